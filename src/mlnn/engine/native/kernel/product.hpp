// Matrix products and padded copies for one core; all matrices are row-major.
//
// A tile of sums stays in registers over all of K. Each step of k takes a few vectors of B, mostly two, and for every row of
// the tile one scalar of A, which is broadcast. A sum runs over k in ascending order in one accumulator: it depends
// neither on where it stands in C nor on how C is cut into tiles, and into parts for threads.
#pragma once

#include "kernel/vector.hpp"

namespace mlnn::MLNN_ISA {

// The scalars of scratch memory that a product with sums of up to K terms needs.
template <class T>
constexpr std::int64_t product_scratch(std::int64_t K) {
    return 2 * lanes<T> * K;
}

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int vector_registers = 32;
#else
constexpr int vector_registers = 16;
#endif

// The largest tiles: enough sums to keep the multipliers busy, that is four cycles times two a cycle, or four on Arm.
// Of 32 registers more could be sums, but then the next tile starts too late to hide the end of this one; and of rows
// of A a power of two apart, eight are what many a first-level cache can hold.
template <int Vectors>
constexpr int tile_rows = Vectors == 1 ? 12 : Vectors > 2 ? 16 / Vectors : vector_registers == 32 ? 8 : 6;

// out[m, n] = start[m, n] + Σₖ A[m, k] · B[k, n] for a tile of Rows rows and Vectors vectors; without `start`, from 0.
// The step from column to column of A is in bytes: otherwise GCC makes a second copy of the loop for a step of one.
template <class T, int Rows, int Vectors>
[[gnu::noinline]] void tile(std::int64_t K, const T* A, std::int64_t a_row, std::int64_t a_step, const T* B,
                            std::int64_t b_row, const T* start, T* out, std::int64_t out_row) {
    // Every third row has a pointer and the others are reached from it: more pointers would not fit in the registers.
    constexpr int pointers = (Rows + 2) / 3;
    const char* rows[pointers];
    for (int p = 0; p < pointers; ++p) rows[p] = reinterpret_cast<const char*>(A + 3 * p * a_row);
    Vector<T> sums[Rows][Vectors];
    if (start) {
#pragma GCC unroll 12
        for (int m = 0; m < Rows; ++m)
#pragma GCC unroll 8
            for (int v = 0; v < Vectors; ++v) sums[m][v] = load(start + m * out_row + v * lanes<T>);
    } else {
#pragma GCC unroll 12
        for (int m = 0; m < Rows; ++m)
#pragma GCC unroll 8
            for (int v = 0; v < Vectors; ++v) sums[m][v] = Vector<T>{};
    }
    do {  // and not `for`: a way past the loop makes GCC move the sums in and out of memory
        Vector<T> b[Vectors];
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) b[v] = load(B + v * lanes<T>);
#pragma GCC unroll 12
        for (int m = 0; m < Rows; ++m) {
            const Vector<T> a = broadcast<Vector<T>>(reinterpret_cast<const T*>(rows[m / 3])[m % 3 * a_row]);
#pragma GCC unroll 8
            for (int v = 0; v < Vectors; ++v) sums[m][v] += a * b[v];
        }
#pragma GCC unroll 4
        for (int p = 0; p < pointers; ++p) rows[p] += a_step;
        B += b_row;
    } while (--K > 0);
#pragma GCC unroll 12
    for (int m = 0; m < Rows; ++m, out += out_row)
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) store(out + v * lanes<T>, sums[m][v]);
}

// The tile of `rows` rows, 1 ≤ rows ≤ Rows.
template <class T, int Vectors, int Rows = tile_rows<Vectors>, class... Arguments>
inline void tile_of(int rows, Arguments... arguments) {
    if constexpr (Rows > 1)
        if (rows < Rows) return tile_of<T, Vectors, Rows - 1>(rows, arguments...);
    tile<T, Rows, Vectors>(arguments...);
}

template <class T>
struct Factors {
    std::int64_t M, N, K;
    const T* A;
    std::int64_t a_row, a_col;
    const T* B;
    std::int64_t b_row;
    T* scratch;
};

// Computes the columns of C from n on that one vector or two of B give: tile by tile, either in place or in `sums`,
// which `output` turns into C while they are in the first-level cache. The tiles know nothing of what it does: that
// keeps them out of line and few.
template <int Vectors, class T, class Output>
inline void panel(const Factors<T>& f, std::int64_t n, Output& output) {
    constexpr std::int64_t width = Vectors * lanes<T>, most = tile_rows<Vectors>;
    std::int64_t tiles = (f.M + most - 1) / most, b_row = f.b_row;
    const T* B = f.B + n;
    // Rows of B a power of two apart evict one another from the first-level cache. While the tiles are few, that costs
    // less than a copy of the panel.
    if (tiles > 16 && f.K * b_row * sizeof(T) > 16384) {
        T* b = f.scratch;
        for (std::int64_t k = 0; k < f.K; ++k, B += b_row, b += width)
            for (int v = 0; v < width; v += lanes<T>) store(b + v, load(B + v));
        B = f.scratch;
        b_row = width;
    }
    alignas(Vector<T>) T sums[most * width];
    const bool in_place = output.in_place(n + width);
    for (std::int64_t m = 0; tiles > 0; --tiles) {
        const int rows = int((f.M - m + tiles - 1) / tiles);  // even shares rather than a small last tile
        T* out = in_place ? output.C + m * output.c_row + n : sums;
        if (!in_place) output.before(sums, width, rows, m, n);
        tile_of<T, Vectors>(rows, f.K, f.A + m * f.a_row, f.a_row, f.a_col * std::int64_t(sizeof(T)), B, b_row,
                            output.accumulate ? static_cast<const T*>(out) : nullptr, out,
                            in_place ? output.c_row : width);
        if (!in_place) output.after(sums, width, rows, m, n);
        m += rows;
    }
}

// Few rows of sums take wider panels: as many sums at a time, and more of each row of B.
template <class T, class Output>
void panels(const Factors<T>& f, Output output) {
    std::int64_t n = 0;
    if constexpr (vector_registers == 32) {
        if (f.M <= tile_rows<8>)
            for (; n + 7 * lanes<T> < f.N; n += 8 * lanes<T>) panel<8>(f, n, output);
        if (f.M <= tile_rows<4>)
            for (; n + 3 * lanes<T> < f.N; n += 4 * lanes<T>) panel<4>(f, n, output);
    }
    for (; n + lanes<T> < f.N; n += 2 * lanes<T>) panel<2>(f, n, output);
    if (n < f.N) panel<1>(f, n, output);
}

template <class T, class Epilogue>
struct Finished {
    T* C;
    std::int64_t c_row;
    Epilogue epilogue;
    static constexpr bool accumulate = false;

    bool in_place(std::int64_t) const { return false; }
    void before(T*, std::int64_t, int, std::int64_t, std::int64_t) {}
    void after(const T* sums, std::int64_t width, int rows, std::int64_t m, std::int64_t n) {
        T* c = C + m * c_row + n;
        for (int r = 0; r < rows; ++r, c += c_row, sums += width)
            for (int v = 0; v < width; v += lanes<T>)
                store(c + v, Vector<T>(epilogue(load(sums + v), m + r, n + v)));
    }
};

// C[m, n] = epilogue(Σₖ A[m·a_row + k·a_col] · B[k·b_row + n], m, n), where the epilogue takes and gives a vector of
// columns from n on. N is rounded up to whole vectors, in B and in C; K ≥ 1.
template <class T, class Epilogue>
void product(std::int64_t M, std::int64_t N, std::int64_t K, const T* A, std::int64_t a_row, std::int64_t a_col,
             const T* B, std::int64_t b_row, T* C, std::int64_t c_row, T* scratch, Epilogue epilogue) {
    panels(Factors<T>{M, N, K, A, a_row, a_col, B, b_row, scratch}, Finished<T, Epilogue>{C, c_row, epilogue});
}

// B[r, c] = A[r, c]; the rows of B are padded with zeros to whole vectors.
template <class T>
void pack(std::int64_t rows, std::int64_t columns, const T* A, std::int64_t a_row, T* B, std::int64_t b_row) {
    constexpr std::int64_t n = lanes<T>;
    const std::int64_t whole = columns / n * n, rest = columns - whole;
    Integers<T> valid;
    for (int i = 0; i < n; ++i) valid[i] = -(i < rest);
    for (std::int64_t r = 0; r < rows; ++r, A += a_row, B += b_row) {
        for (std::int64_t c = 0; c < whole; c += n) store(B + c, load(A + c));
        if (!rest) continue;
        if ((rows - 1 - r) * a_row >= n) {  // what a vector reads beyond the row's end belongs to the rows after it
            store(B + whole, valid ? load(A + whole) : Vector<T>{});
        } else {
            for (std::int64_t c = whole; c < whole + n; ++c) B[c] = c < columns ? A[c] : 0;
        }
    }
}

template <class T>
struct Ragged {
    T* C;
    std::int64_t c_row, N;
    bool accumulate;

    bool in_place(std::int64_t end) const { return end <= N; }
    void before(T* sums, std::int64_t width, int rows, std::int64_t m, std::int64_t n) {
        if (accumulate) pack(rows, N - n, C + m * c_row + n, c_row, sums, width);
    }
    void after(const T* sums, std::int64_t width, int rows, std::int64_t m, std::int64_t n) {
        T* c = C + m * c_row + n;
        for (int r = 0; r < rows; ++r, c += c_row, sums += width)
            for (int i = 0; i < N - n; ++i) c[i] = sums[i];
    }
};

// C = A · B or C += A · B without an epilogue; in C, N is not rounded up: nothing is written beyond column N − 1. Sums
// that accumulate go on from C, so that batch after batch they are the same as over all batches at once; K ≥ 1.
template <class T>
void product_ragged(std::int64_t M, std::int64_t N, std::int64_t K, const T* A, std::int64_t a_row,
                    std::int64_t a_col, const T* B, std::int64_t b_row, T* C, std::int64_t c_row, bool accumulate,
                    T* scratch) {
    // Parts of K of which the caches hold the lines of A, each used by several tiles, when A is read across its rows.
    constexpr std::int64_t most = MLNN_VECTOR_BYTES == 64 ? 256 : 96;
    std::int64_t parts = (K + most - 1) / most;
    for (std::int64_t k = 0; parts > 0; --parts, accumulate = true) {
        const std::int64_t terms = (K - k + parts - 1) / parts;
        panels(Factors<T>{M, N, terms, A + k * a_col, a_row, a_col, B + k * b_row, b_row, scratch},
               Ragged<T>{C, c_row, N, accumulate});
        k += terms;
    }
}

}  // namespace mlnn::MLNN_ISA
