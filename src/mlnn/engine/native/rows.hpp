// What Python brings to a run: rows with their targets, and networks on their way through steps. Nothing here is owned.
#pragma once

#include <algorithm>
#include <functional>

#include "plan.hpp"

namespace mlnn::MLNN_ISA {

// A matrix; columns are neighbours.
template <class T>
struct Matrix {
    const T* data;
    Size rows, columns, row_stride;

    const T* row(Size i) const { return data + i * row_stride; }
};

// Compressed sparse rows: row i has the entries from starts[i] to starts[i + 1].
template <class T>
struct SparseMatrix {
    const Size* starts;
    const std::int32_t* columns;
    const T* values;
};

// Rows with their targets and weights. `classes` or `values` holds the targets; `weights` may be null.
template <class T>
struct Rows {
    Matrix<T> X;  // of sparse rows only the shape is here
    SparseMatrix<T> sparse;
    const Size* classes;
    Matrix<T> values;
    const T* weights;
    const Size* order;  // row numbers, or null: as they stand
    Size end = 0;       // of the part of that order that is run through
    Size base = 0;      // where in it a batch begins

    Size row(Size i) const { return order ? order[base + i] : base + i; }
    // A row that is soon to be read, in this batch or the next: in random order only the software knows which to prefetch.
    Size later(Size i) const { return row(std::min(base + i, end - 1) - base); }
    double weight(Size count) const {
        if (!weights) return double(count);
        double sum = 0.0;
        for (Size i = 0; i < count; ++i) sum += double(weights[row(i)]);
        return sum;
    }
};

// Asks the memory for a row, or for as much of a long one as it takes the hardware to see where this leads.
template <class T>
inline void prefetch(const Matrix<T>& X, Size row) {
    constexpr Size line = 64 / sizeof(T);
    for (Size c = 0; c < std::min(X.columns, 16 * line); c += line) __builtin_prefetch(X.row(row) + c);
}

// Where the noise of a forward pass comes from; null in prediction.
struct Noise {
    std::uint64_t seed, step;
};

// Many steps in one call; every array has an entry a step.
struct Steps {
    Size count, first;
    const Size* bounds;  // pairs
    const double *rates, *data_factors, *penalty_factors;
    std::vector<const double*> coefficients;
    Size measured_from;
    std::uint64_t seed;

    Size start(Size k) const { return bounds[2 * k]; }
    Size rows(Size k) const { return bounds[2 * k + 1] - bounds[2 * k]; }

    // Those from one to another, which begin where the steps before them end.
    Steps part(Size from, Size to) const {
        Steps some{to - from, first + from, bounds + 2 * from, rates + from, data_factors + from, penalty_factors + from,
                   coefficients, std::max<Size>(measured_from - from, 0), seed};
        for (const double*& each : some.coefficients) each += from;
        return some;
    }
};

// A network on its way through some steps: its θ and slots, which the steps change, and its rows in its own order.
template <class T>
struct Member {
    T* theta;
    std::vector<T*> state;
    Rows<T> rows;
    Steps steps;
    double* losses;  // of the data and of the penalty before each step measured

    Member part(Size from, Size to) const {
        return {theta, state, rows, steps.part(from, to), losses + 2 * std::max<Size>(from - steps.measured_from, 0)};
    }
};

// Whether somebody wants the run to end; asked between steps and between tiles, by any thread. An empty one never is.
using Interrupted = std::function<bool()>;

inline bool asks(const Interrupted& interrupted) { return interrupted && interrupted(); }

}  // namespace mlnn::MLNN_ISA
