// Matrix products for one core, all matrices row-major.
//
// A tile of sums stays in registers over the whole of K. Each step of k takes one vector or two of B, and for every
// row of the tile one scalar of A, which is broadcast. A sum runs over k in ascending order in one accumulator: it
// depends neither on where it stands in C nor on how C is cut into tiles and into parts for threads.
#pragma once

#include <utility>

#include "vector.hpp"

namespace mlnn::MLNN_ISA {

// The largest tiles: they leave but a few of the registers, 32 with AVX-512 and 16 otherwise, to A and B.
template <int Vectors>
constexpr int tile_rows = MLNN_VECTOR_BYTES == 64 ? 14 : Vectors == 1 ? 12 : 6;

// The number of scalars of scratch memory that a product with sums of up to K terms needs.
template <class T>
constexpr std::int64_t product_scratch(std::int64_t K) {
    return 2 * lanes<T> * K;
}

// Where indices differ in bit `Half` only, the upper half of a pair of vectors' columns changes place with the lower.
template <int Half, class V, int... J>
inline void exchange(V& a, V& b, std::integer_sequence<int, J...>) {
    constexpr int n = sizeof...(J);
#ifdef __clang__
    const V low = __builtin_shufflevector(a, b, (J & Half ? n + J - Half : J)...);
    b = __builtin_shufflevector(a, b, (J & Half ? n + J : J + Half)...);
#else
    using Mask = Integers<Scalar<V>>;
    const V low = __builtin_shuffle(a, b, Mask{(J & Half ? n + J - Half : J)...});
    b = __builtin_shuffle(a, b, Mask{(J & Half ? n + J : J + Half)...});
#endif
    a = low;
}

template <int Half, class V, int Lanes>
inline void exchange_all(V (&rows)[Lanes]) {
#pragma GCC unroll 16
    for (int i = 0; i < Lanes; ++i)
        if (!(i & Half)) exchange<Half>(rows[i], rows[i + Half], std::make_integer_sequence<int, Lanes>());
    if constexpr (Half > 1) exchange_all<Half / 2>(rows);
}

// B = Aᵀ for a square block of whole vectors, where the rows of A from `rows` on are zero.
template <class T>
[[gnu::noinline]] void transpose_block(std::int64_t rows, const T* A, std::int64_t a_row, T* B, std::int64_t b_row) {
    constexpr int n = lanes<T>;
    const Vector<T> zero{};
    Vector<T> block[n];
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) block[i] = load(i < rows ? A + i * a_row : reinterpret_cast<const T*>(&zero));
    exchange_all<n / 2>(block);
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) store(B + i * b_row, block[i]);
}

// B[c, r] = A[r, c]; the rows of B are padded with zeros to whole vectors.
template <class T>
void transpose(std::int64_t rows, std::int64_t columns, const T* A, std::int64_t a_row, T* B, std::int64_t b_row) {
    constexpr std::int64_t n = lanes<T>, line = 64 / sizeof(T);
    // Columns of one cache line at a time: of rows a power of two apart the cache keeps but a few.
    for (std::int64_t first = 0; first < columns; first += line)
        for (std::int64_t r = 0; r < rows; r += n)
            for (std::int64_t c = first; c < first + line && c < columns; c += n) {
                const T* a = A + r * a_row + c;
                T* b = B + c * b_row + r;
                const std::int64_t height = rows - r < n ? rows - r : n, width = columns - c;
                if (width >= n) {
                    transpose_block(height, a, a_row, b, b_row);
                } else {
                    alignas(Vector<T>) T edge[n * n] = {};
                    for (std::int64_t i = 0; i < height; ++i)
                        for (std::int64_t j = 0; j < width; ++j) edge[i * n + j] = a[i * a_row + j];
                    transpose_block(n, edge, n, edge, n);
                    for (std::int64_t j = 0; j < width; ++j) store(b + j * b_row, load(edge + j * n));
                }
            }
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
        if ((rows - 1 - r) * a_row >= n) {  // beyond the row's end there are other rows, not the end of memory
            store(B + whole, valid ? load(A + whole) : Vector<T>{});
        } else {
            for (std::int64_t c = whole; c < whole + n; ++c) B[c] = c < columns ? A[c] : 0;
        }
    }
}

// out[m, n] = start[m, n] + Σₖ A[m, k] · B[k, n] for a tile of Rows rows and Vectors vectors; K ≥ 1. The step from
// column to column of A is in bytes: otherwise GCC makes a second copy of the loop for steps of one scalar.
template <class T, int Rows, int Vectors>
[[gnu::noinline]] void tile(std::int64_t K, const T* A, std::int64_t a_row, std::int64_t a_step, const T* B,
                            std::int64_t b_row, const T* start, std::int64_t start_row, T* out,
                            std::int64_t out_row) {
    // Every third row has a pointer and the others are reached from it: more pointers would not fit in the registers.
    constexpr int pointers = (Rows + 2) / 3;
    const char* rows[pointers];
    for (int p = 0; p < pointers; ++p) rows[p] = reinterpret_cast<const char*>(A + 3 * p * a_row);
    Vector<T> sums[Rows][Vectors];
#pragma GCC unroll 16
    for (int m = 0; m < Rows; ++m, start += start_row)
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) sums[m][v] = load(start + v * lanes<T>);
    do {
        Vector<T> b[Vectors];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) b[v] = load(B + v * lanes<T>);
#pragma GCC unroll 16
        for (int m = 0; m < Rows; ++m) {
            const Vector<T> a = broadcast<Vector<T>>(reinterpret_cast<const T*>(rows[m / 3])[m % 3 * a_row]);
#pragma GCC unroll 2
            for (int v = 0; v < Vectors; ++v) sums[m][v] += a * b[v];
        }
#pragma GCC unroll 8
        for (int p = 0; p < pointers; ++p) rows[p] += a_step;
        B += b_row;
    } while (--K > 0);
#pragma GCC unroll 16
    for (int m = 0; m < Rows; ++m, out += out_row)
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) store(out + v * lanes<T>, sums[m][v]);
}

// The tile of `rows` rows, 1 ≤ rows ≤ Rows.
template <class T, int Vectors, int Rows = tile_rows<Vectors>, class... Rest>
inline void tile_of(int rows, Rest... rest) {
    if constexpr (Rows > 1)
        if (rows < Rows) return tile_of<T, Vectors, Rows - 1>(rows, rest...);
    tile<T, Rows, Vectors>(rest...);
}

template <class T>
struct Factors {
    std::int64_t M, N, K;
    const T* A;
    std::int64_t a_row, a_col;
    const T* B;
    std::int64_t b_row;
};

// Where sums start from. Zeros that were written just before would not do: read as wider vectors than they were
// written as, they would have to wait for everything that came before them.
template <class T>
alignas(MLNN_VECTOR_BYTES) constexpr T zeros[2 * lanes<T>] = {};

// The columns of C from n on that one vector or two of B give.
template <int Vectors, class T, class Output>
inline void panel(const Factors<T>& f, std::int64_t n, T* scratch, Output& output) {
    constexpr std::int64_t width = Vectors * lanes<T>, bytes = sizeof(T);
    // Of rows of A that are a multiple of 4 KB apart a first-level cache of eight ways keeps but eight.
    const int most = f.a_row * bytes % 4096 == 0 && tile_rows<Vectors> > 8 ? 7 : tile_rows<Vectors>;
    std::int64_t tiles = (f.M + most - 1) / most, b_row = f.b_row;
    const T* B = f.B + n;
    // Rows of B a power of two apart would evict one another, too; and few of them fit in the first-level page table.
    if (tiles > 2 && f.K * b_row * bytes > 16384) {
        T* b = scratch;
        for (std::int64_t k = 0; k < f.K; ++k, B += b_row, b += width)
            for (int v = 0; v < Vectors; ++v) store(b + v * lanes<T>, load(B + v * lanes<T>));
        B = scratch;
        b_row = width;
    }
    alignas(Vector<T>) T sums[tile_rows<Vectors> * width];
    const bool direct = output.direct(n + width), starts = output.accumulate;
    for (std::int64_t m = 0; tiles > 0; --tiles) {
        const int rows = int((f.M - m + tiles - 1) / tiles);  // even shares rather than a small last tile
        T* out = direct ? output.C + m * output.c_row + n : sums;
        const std::int64_t out_row = direct ? output.c_row : width;
        if (!direct) output.before(sums, width, rows, m, n);
        tile_of<T, Vectors>(rows, f.K, f.A + m * f.a_row, f.a_row, f.a_col * bytes, B, b_row, starts ? out : zeros<T>,
                            starts ? out_row : 0, out, out_row);
        if (!direct) output.after(sums, width, rows, m, n);
        m += rows;
    }
}

template <class T, class Output>
void panels(const Factors<T>& f, T* scratch, Output output) {
    std::int64_t n = 0;
    for (; n + lanes<T> < f.N; n += 2 * lanes<T>) panel<2>(f, n, scratch, output);
    if (n < f.N) panel<1>(f, n, scratch, output);
}

template <class T, class Epilogue>
struct Finished {
    T* C;
    std::int64_t c_row;
    Epilogue epilogue;
    static constexpr bool accumulate = false;

    static constexpr bool direct(std::int64_t) { return false; }
    void before(T*, std::int64_t, int, std::int64_t, std::int64_t) {}
    void after(const T* sums, std::int64_t width, int rows, std::int64_t m, std::int64_t n) {
        T* c = C + m * c_row + n;
        for (int r = 0; r < rows; ++r, c += c_row, sums += width)
            for (int v = 0; v < width; v += lanes<T>)
                store(c + v, Vector<T>(epilogue(load(sums + v), m + r, n + v)));
    }
};

template <class T>
struct Plain {
    T* C;
    std::int64_t c_row, N;
    bool accumulate;

    bool direct(std::int64_t end) const { return end <= N; }
    void before(T* sums, std::int64_t width, int rows, std::int64_t m, std::int64_t n) {
        if (!accumulate) return;
        const T* c = C + m * c_row + n;
        for (int r = 0; r < rows; ++r)
            for (int i = 0; i < width; ++i) sums[r * width + i] = i < N - n ? c[r * c_row + i] : 0;
    }
    void after(const T* sums, std::int64_t width, int rows, std::int64_t m, std::int64_t n) {
        T* c = C + m * c_row + n;
        for (int r = 0; r < rows; ++r)
            for (int i = 0; i < N - n; ++i) c[r * c_row + i] = sums[r * width + i];
    }
};

// C[m, n] = epilogue(Σₖ A[m·a_row + k·a_col] · B[k·b_row + n], m, n) for all n of whole vectors, K ≥ 1.
template <class T, class Epilogue>
void product(std::int64_t M, std::int64_t N, std::int64_t K, const T* A, std::int64_t a_row, std::int64_t a_col,
             const T* B, std::int64_t b_row, T* C, std::int64_t c_row, T* scratch, Epilogue epilogue) {
    panels(Factors<T>{M, N, K, A, a_row, a_col, B, b_row}, scratch, Finished<T, Epilogue>{C, c_row, epilogue});
}

// C = A B, or C += A B; writes to no column of C but the first N.
template <class T>
void product_ragged(std::int64_t M, std::int64_t N, std::int64_t K, const T* A, std::int64_t a_row,
                    std::int64_t a_col, const T* B, std::int64_t b_row, T* C, std::int64_t c_row, bool accumulate,
                    T* scratch) {
    constexpr std::int64_t most = MLNN_VECTOR_BYTES == 64 ? 384 : 192;
    std::int64_t parts = (K + most - 1) / most;
    for (std::int64_t k = 0; parts > 0; --parts, accumulate = true) {
        const std::int64_t terms = (K - k + parts - 1) / parts;
        panels(Factors<T>{M, N, terms, A + k * a_col, a_row, a_col, B + k * b_row, b_row}, scratch,
               Plain<T>{C, c_row, N, accumulate});
        k += terms;
    }
}

}  // namespace mlnn::MLNN_ISA
