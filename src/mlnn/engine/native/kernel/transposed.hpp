// Transposition in registers, of whole matrices, and products with a matrix that is read as if it were transposed.
#pragma once

#include <algorithm>
#include <utility>

#include "kernel/product.hpp"

namespace mlnn::MLNN_ISA {

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

// The dot products of Rows rows of A with as many rows of B as make a vector of products; `count` of those are wanted.
template <class T, int Rows>
void dot_products(std::int64_t count, std::int64_t K, const T* A, std::int64_t a_row, const T* B, std::int64_t b_row, T* C,
                  std::int64_t c_row) {
    constexpr int columns = lanes<T> / Rows;
    Vector<T> sums[lanes<T>] = {};
    const auto add = [&](auto row) {
        for (std::int64_t k = 0; k < K; k += lanes<T>) {
            Vector<T> b[columns];
#pragma GCC unroll 16
            for (int j = 0; j < columns; ++j) b[j] = load(row(j) + k);
#pragma GCC unroll 4
            for (int i = 0; i < Rows; ++i) {
                const Vector<T> a = load(A + i * a_row + k);
#pragma GCC unroll 16
                for (int j = 0; j < columns; ++j) sums[i * columns + j] += a * b[j];
            }
        }
    };
    if (count == columns)
        add([&](int j) { return B + j * b_row; });
    else
        add([&](int j) { return B + (j < count ? j : 0) * b_row; });
    exchange_all<lanes<T> / 2>(sums);
#pragma GCC unroll 16
    for (int l = 1; l < lanes<T>; ++l) sums[0] += sums[l];
    alignas(Vector<T>) T products[lanes<T>];
    store(products, sums[0]);
    for (int i = 0; i < Rows; ++i) std::memcpy(C + i * c_row, products + i * columns, count * sizeof(T));
}

// C[m, n] = Σₖ A[m, k] · B[n, k] for a few rows of A, where to transpose B would take longer than the product; rows are
// padded with zeros to whole vectors.
template <class T, int Rows = std::min(4, lanes<T>)>
void product_transposed(std::int64_t M, std::int64_t N, std::int64_t K, const T* A, std::int64_t a_row, const T* B,
                        std::int64_t b_row, T* C, std::int64_t c_row) {
    constexpr int columns = lanes<T> / Rows;
    const std::int64_t whole = M / Rows * Rows;
    for (std::int64_t n = 0; n < N; n += columns)
        for (std::int64_t m = 0; m < whole; m += Rows)  // the rows of B stay in the cache
            dot_products<T, Rows>(std::min<std::int64_t>(N - n, columns), K, A + m * a_row, a_row, B + n * b_row, b_row,
                                  C + m * c_row + n, c_row);
    for (std::int64_t m = 0; m < whole; ++m) std::fill(C + m * c_row + N, C + (m + 1) * c_row, T(0));
    if constexpr (Rows > 1)
        if (whole < M) product_transposed<T, Rows / 2>(M - whole, N, K, A + whole * a_row, a_row, B, b_row, C + whole * c_row, c_row);
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
