// A multiply gate on rows that are mostly zeros: only what is not zero is multiplied. The sums are those of the dense
// gate to the last bit, because a zero's products change none (unless a weight is infinite).
#pragma once

#include "stage/dense.hpp"

namespace mlnn::MLNN_ISA {

// The vectors of a row of W that fit in the registers beside the value and the operand.
constexpr int MOST_COLUMNS = vector_registers == 32 ? 16 : 8;

// What is not zero in a row: `count` values, each with its column.
template <class T>
struct Entries {
    Size count;
    const T* values;
    const std::int32_t* columns;
};

template <class T>
inline Entries<T> entries_of(const SparseMatrix<T>& x, Size row) {
    const Size start = x.starts[row];
    return {x.starts[row + 1] - start, x.values + start, x.columns + start};
}

// z = b + Σ value · (row of W), in some vectors of columns.
template <class T, int Vectors>
void combine(const Entries<T>& row, const T* W, Size stride, const T* b, T* z) {
    Vector<T> sums[Vectors];
#pragma GCC unroll 16
    for (int v = 0; v < Vectors; ++v) sums[v] = Vector<T>{};
    for (Size e = 0; e < row.count; ++e) {
        const T* w = W + row.columns[e] * stride;
        const Vector<T> value = broadcast<Vector<T>>(row.values[e]);
#pragma GCC unroll 16
        for (int v = 0; v < Vectors; ++v) sums[v] += value * load(w + v * lanes<T>);
    }
#pragma GCC unroll 16
    for (int v = 0; v < Vectors; ++v) store(z + v * lanes<T>, sums[v] + load(b + v * lanes<T>));
}

// Adds value · d to the row of the gradient that belongs to each value's column, in some vectors of columns.
template <class T, int Vectors>
void spread(const Entries<T>& row, const T* d, T* gradient, Size stride) {
    Vector<T> factors[Vectors];
#pragma GCC unroll 16
    for (int v = 0; v < Vectors; ++v) factors[v] = load(d + v * lanes<T>);
    for (Size e = 0; e < row.count; ++e) {
        T* slope = gradient + row.columns[e] * stride;
        const Vector<T> value = broadcast<Vector<T>>(row.values[e]);
#pragma GCC unroll 16
        for (int v = 0; v < Vectors; ++v) store(slope + v * lanes<T>, load(slope + v * lanes<T>) + value * factors[v]);
    }
}

// Calls f(number of vectors as a constant, first column) until all columns are done.
template <class T, int Vectors = MOST_COLUMNS, class F>
inline void in_vectors(Size columns, Size first, F f) {
    if constexpr (Vectors == MOST_COLUMNS)
        for (; columns - first >= Vectors * lanes<T>; first += Vectors * lanes<T>) f(std::integral_constant<int, Vectors>{}, first);
    else if (columns - first == Vectors * lanes<T>)
        return f(std::integral_constant<int, Vectors>{}, first);
    if constexpr (Vectors > 1) in_vectors<T, Vectors - 1>(columns, first, f);
}

// The rows that the user gave as sparse.
struct SparseRows {
    template <class T>
    static Entries<T> entries(const Pass<T>& pass, Size r) {
        const SparseMatrix<T>& x = pass.source->sparse;
        // Where a later row's entries lie is known only when its start has come: that is asked for first.
        __builtin_prefetch(x.starts + pass.source->later(pass.first + r + 16));
        const Size next = x.starts[pass.source->later(pass.first + r + 8)];
        for (int line = 0; line < 2; ++line) __builtin_prefetch(x.values + next + line * 64 / sizeof(T));
        __builtin_prefetch(x.columns + next);
        return entries_of(x, pass.source->row(pass.first + r));
    }
    template <class T>
    static void prefetch_for_the_next_tile(const Pass<T>&, Size) {}
};

// Rows whose zeros the feed has left out.
struct SievedRows {
    template <class T>
    static Entries<T> entries(const Pass<T>& pass, Size r) {
        return entries_of(pass.sieved, r);
    }
    template <class T>
    static void prefetch_for_the_next_tile(const Pass<T>& pass, Size r) {
        prefetch(pass.source->X, pass.source->later(pass.first + pass.rows + r));
    }
};

template <class T, class From>
class SparseDenseStage : public DenseStage<T> {
  public:
    using DenseStage<T>::DenseStage;

    int multiplies() const override { return -1; }
    void prepare(const T* theta, Size) override { this->theta_ = theta; }

    void forward(const Pass<T>& pass, Matrix<T>, T* y, T* memo) const override {
        const Size stride = this->stride;
        T* z = this->keeps_x() ? memo : y;
        const T *W = this->theta_ + this->W_, *b = this->bias();
        in_vectors<T>(stride, 0, [&](auto vectors, Size first) {
            for (Size r = 0; r < pass.rows; ++r)
                combine<T, decltype(vectors)::value>(From::entries(pass, r), W + first, stride, b + first, z + r * stride + first);
        });
        if (this->layer_) this->layer_->forward(pass.rows * stride, z, y, this->h_.data());
    }

    // There is no gradient for the rows: a sparse stage is always the first.
    void backward(const Pass<T>& pass, Matrix<T>, const T* y, const T* memo, T* d_y, T*, T* gradient) const override {
        const Size stride = this->stride;
        T* d_W = gradient + this->W_;
        this->back_to_sums(pass, y, memo, d_y, gradient);
        if (pass.fresh) std::memset(d_W, 0, this->inputs * stride * sizeof(T));
        in_vectors<T>(stride, 0, [&](auto vectors, Size first) {
            for (Size r = 0; r < pass.rows; ++r) {
                if (first == 0) From::prefetch_for_the_next_tile(pass, r);
                spread<T, decltype(vectors)::value>(From::entries(pass, r), d_y + r * stride + first, d_W + first, stride);
            }
        });
    }
};

}  // namespace mlnn::MLNN_ISA
