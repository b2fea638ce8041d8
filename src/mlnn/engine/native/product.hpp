// Matrix products, transposes and padded copies for one core; all matrices are row-major.
//
// A tile of sums stays in registers over all of K. Each step of k takes one vector or two of B, and for every row of
// the tile one scalar of A, which is broadcast. A sum runs over k in ascending order in one accumulator: it depends
// neither on where it stands in C nor on how C is cut into tiles, and into parts for threads.
#pragma once

#include <utility>

#include "vector.hpp"

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
constexpr int tile_rows = Vectors == 1 ? 12 : vector_registers == 32 ? 8 : 6;

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
#pragma GCC unroll 2
            for (int v = 0; v < Vectors; ++v) sums[m][v] = load(start + m * out_row + v * lanes<T>);
    } else {
#pragma GCC unroll 12
        for (int m = 0; m < Rows; ++m)
#pragma GCC unroll 2
            for (int v = 0; v < Vectors; ++v) sums[m][v] = Vector<T>{};
    }
    do {  // and not `for`: a way past the loop makes GCC move the sums in and out of memory
        Vector<T> b[Vectors];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) b[v] = load(B + v * lanes<T>);
#pragma GCC unroll 12
        for (int m = 0; m < Rows; ++m) {
            const Vector<T> a = broadcast<Vector<T>>(reinterpret_cast<const T*>(rows[m / 3])[m % 3 * a_row]);
#pragma GCC unroll 2
            for (int v = 0; v < Vectors; ++v) sums[m][v] += a * b[v];
        }
#pragma GCC unroll 4
        for (int p = 0; p < pointers; ++p) rows[p] += a_step;
        B += b_row;
    } while (--K > 0);
#pragma GCC unroll 12
    for (int m = 0; m < Rows; ++m, out += out_row)
#pragma GCC unroll 2
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

template <class T, class Output>
void panels(const Factors<T>& f, Output output) {
    std::int64_t n = 0;
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

// C[m, n] = Σₖ A[m, k] · B[n, k] for a few rows of A, where to transpose B would take longer than the product; rows are
// padded with zeros to whole vectors.
template <class T>
void product_transposed(std::int64_t M, std::int64_t N, std::int64_t K, const T* A, std::int64_t a_row, const T* B,
                        std::int64_t b_row, T* C, std::int64_t c_row) {
    constexpr int side = 4;  // as many sums as hide the time that one takes
    for (std::int64_t m = 0; m < M; ++m) {
        for (std::int64_t n = 0; n < N; n += side) {
            const std::int64_t count = N - n < side ? N - n : side;
            Vector<T> sums[side] = {};
            for (std::int64_t k = 0; k < K; k += lanes<T>) {
                const Vector<T> a = load(A + m * a_row + k);
#pragma GCC unroll 4
                for (int i = 0; i < side; ++i) sums[i] += a * load(B + (i < count ? n + i : n) * b_row + k);
            }
            for (std::int64_t i = 0; i < count; ++i) {
                T total{};
                for (int l = 0; l < lanes<T>; ++l) total += sums[i][l];
                C[m * c_row + n + i] = total;
            }
        }
        for (std::int64_t n = N; n < c_row; ++n) C[m * c_row + n] = T(0);
    }
}

// The elements of two rows, Half apart, that change places in a transposition: those whose columns differ from their
// rows in bit Half.
template <int Half, class V, int... J>
inline void exchange(V& a, V& b, std::integer_sequence<int, J...>) {
    constexpr int n = sizeof...(J);
#ifdef __clang__
    const V upper = __builtin_shufflevector(a, b, (J & Half ? n + J - Half : J)...);
    b = __builtin_shufflevector(a, b, (J & Half ? n + J : J + Half)...);
#else
    using Mask = Integers<Scalar<V>>;
    const V upper = __builtin_shuffle(a, b, Mask{(J & Half ? n + J - Half : J)...});
    b = __builtin_shuffle(a, b, Mask{(J & Half ? n + J : J + Half)...});
#endif
    a = upper;
}

template <int Half, class V, int Rows>
inline void exchange_all(V (&rows)[Rows]) {
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i)
        if (!(i & Half)) exchange<Half>(rows[i], rows[i + Half], std::make_integer_sequence<int, Rows>());
    if constexpr (Half > 1) exchange_all<Half / 2>(rows);
}

// B[c, r] = A[r, c] for as many rows and columns as a vector has lanes; the rows of A from `rows` on count as zeros.
template <class T>
[[gnu::noinline]] void transpose_block(std::int64_t rows, const T* A, std::int64_t a_row, T* B, std::int64_t b_row) {
    constexpr int n = lanes<T>;
    alignas(Vector<T>) const T zeros[n] = {};
    Vector<T> block[n];
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) block[i] = load(i < rows ? A + i * a_row : zeros);
    exchange_all<n / 2>(block);
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) store(B + i * b_row, block[i]);
}

// B[c, r] = A[r, c]; the rows of B are padded with zeros to whole vectors.
template <class T>
void transpose(std::int64_t rows, std::int64_t columns, const T* A, std::int64_t a_row, T* B, std::int64_t b_row) {
    constexpr std::int64_t n = lanes<T>, line = 64 / sizeof(T);
    // A cache line of columns at a time: of rows a power of two apart the cache does not keep the line for later.
    for (std::int64_t first = 0; first < columns; first += line)
        for (std::int64_t r = 0; r < rows; r += n)
            for (std::int64_t c = first; c < first + line && c < columns; c += n) {
                const T* a = A + r * a_row + c;
                T* b = B + c * b_row + r;
                const std::int64_t height = rows - r < n ? rows - r : n, width = columns - c;
                if (width >= n) {
                    transpose_block(height, a, a_row, b, b_row);
                } else {
                    alignas(Vector<T>) T edge[n * n];
                    pack(height, width, a, a_row, edge, n);
                    transpose_block(height, edge, n, edge, n);
                    for (std::int64_t i = 0; i < width; ++i) store(b + i * b_row, load(edge + i * n));
                }
            }
}

}  // namespace mlnn::MLNN_ISA
