// What Python tells the engine: plain numbers, read once when a network is compiled into an Engine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "kernel/vector.hpp"

namespace mlnn::MLNN_ISA {

using Size = std::int64_t;

// One parameter tensor: where it lies in θ, its shape, and its factors.
struct Tensor {
    Size place, rows, columns;
    double rate, decay, max_norm;
};

// One stage of the chain: a gate, or a multiply gate with the bias and the layer behind it.
struct StageDescription {
    std::string kind;           // "dense", "activation", "prelu", "maxout", "batch_norm", "dropout"
    Size gate;                  // its first gate's number in the network; keys the noise
    Size inputs, width;         // columns in, columns out
    std::vector<int> tensors;   // numbers of its tensors, in the gate's order; −1 where a bias is missing
    int layer;                  // number of its layer among the traced ones, or −1
    std::vector<double> h;      // hyperparameters
};

struct OutputDescription {
    std::string kind;  // "softmax", "softmaxes", "margin", "elementwise"
    int formula;       // number among the traced ones of its kind, or −1
    Size scores;
    std::vector<double> h;
};

// A rule or a wrapper, by number, with its hyperparameters; `limit` is a ClipNorm's, or infinity.
struct RuleDescription {
    int formula;
    std::vector<double> h;
    double limit;
};

struct OptimizerDescription {
    RuleDescription rule;
    std::vector<RuleDescription> wrappers;  // outermost first
    int penalty = -1;                       // number among the traced ones, or −1
    std::vector<double> penalty_h;
};

// A matrix that belongs to someone else; columns are neighbours.
template <class T>
struct Matrix {
    const T* data;
    Size rows, columns, row_stride;

    const T* row(Size i) const { return data + i * row_stride; }
};

// Compressed sparse rows: row i has the entries from starts[i] to starts[i + 1].
template <class T>
struct SparseMatrix {
    const std::int32_t *starts, *columns;
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
    // A row that is soon to be read, in this batch or the next: in random order nobody but us foresees which.
    Size later(Size i) const { return row(std::min(base + i, end - 1) - base); }
    double weight(Size count) const {
        if (!weights) return double(count);
        double sum = 0.0;
        for (Size i = 0; i < count; ++i) sum += double(weights[row(i)]);
        return sum;
    }
};

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
};

// A network on its way through some steps: its θ and slots, which the steps change, and its rows in its own order.
template <class T>
struct Member {
    T* theta;
    std::vector<T*> state;
    Rows<T> rows;
    Steps steps;
    double* losses;  // of the data and of the penalty before each step measured
};

}  // namespace mlnn::MLNN_ISA
