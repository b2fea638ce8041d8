// A tile's rows, from wherever they lie in the table into a block's own memory, in the form that its first stage wants.
#pragma once

#include "stage/description.hpp"
#include "kernel/memory.hpp"
#include "kernel/transposed.hpp"

namespace mlnn::MLNN_ISA {

// Asks the memory for a row, or for as much of a long one as it takes to see where this leads.
template <class T>
inline void foresee(const Matrix<T>& X, Size row) {
    constexpr Size line = 64 / sizeof(T);
    for (Size c = 0; c < std::min(X.columns, 16 * line); c += line) __builtin_prefetch(X.row(row) + c);
}

// Some of a batch's rows: `count` of them from the one with the number `first`.
template <class T>
struct TileOfRows {
    const Rows<T>& rows;
    Size first, count;

    const T* row(Size r) const {
        if (rows.order) foresee(rows.X, rows.later(first + r + 4));
        return rows.X.row(rows.row(first + r));
    }
};

template <class T>
void gather_rows(const TileOfRows<T>& tile, T* x, Size stride) {
    for (Size r = 0; r < tile.count; ++r) std::memcpy(x + r * stride, tile.row(r), tile.rows.X.columns * sizeof(T));
}

// Column by column; `scratch` has room for as many rows as a vector has lanes.
template <class T>
void gather_columns(const TileOfRows<T>& tile, T* x, Size stride, T* scratch) {
    const Size columns = tile.rows.X.columns;
    // Columns of many rows are far apart, and often by a power of two: one row after another, they would push each
    // other out of the cache.
    const bool far = columns > 8 && tile.count >= 256;
    if (!far) {
        for (Size r = 0; r < tile.count; ++r) {
            const T* row = tile.row(r);
            for (Size c = 0; c < columns; ++c) x[c * stride + r] = row[c];
        }
    } else if (!tile.rows.order) {
        transpose(tile.count, columns, tile.row(0), tile.rows.X.row_stride, x, stride);
    } else {
        const Size wide = padded<T>(columns);
        for (Size from = 0; from < tile.count; from += lanes<T>) {  // a few rows are put side by side, and turned
            const Size count = std::min<Size>(lanes<T>, tile.count - from);
            for (Size r = 0; r < count; ++r)
                std::memcpy(scratch + r * wide, tile.row(from + r), columns * sizeof(T));
            transpose(count, columns, scratch, wide, x + from, stride);
        }
    }
}

// Whether leaving out the zeros of a table's rows saves more than it costs to find them, by a look at some of them.
template <class T>
bool mostly_zeros(const Matrix<T>& X) {
    constexpr Size most = 64;
    const Size step = std::max<Size>(X.rows / most, 1);
    Size looked_at = 0, others = 0;
    for (Size r = 0; r < X.rows; r += step, looked_at += X.columns)
        for (Size c = 0; c < X.columns; ++c) others += X.row(r)[c] != T(0);
    return 3 * others < looked_at;
}

// Rows without their zeros.
template <class T>
class Sieve {
  public:
    explicit Sieve(Size rows = 0, Size columns = 0)
        : values_(rows * columns), columns_(rows * columns), starts_(rows ? rows + 1 : 0),
          rows_{starts_.get(), columns_.get(), values_.get()} {}

    Size room() const { return values_.size(); }
    void gather(const TileOfRows<T>& tile) {
        Size kept = 0;
        for (Size r = 0; r < tile.count; ++r) {
            const T* row = tile.row(r);
            for (Size c = 0; c < tile.rows.X.columns; ++c) {  // without a branch, which nobody could foresee
                values_[kept] = row[c];
                columns_[kept] = std::int32_t(c);
                kept += row[c] != T(0);
            }
            starts_[r + 1] = std::int32_t(kept);
        }
    }
    const SparseMatrix<T>& rows() const { return rows_; }

  private:
    Buffer<T> values_;
    Buffer<std::int32_t> columns_, starts_;
    SparseMatrix<T> rows_;
};

}  // namespace mlnn::MLNN_ISA
