// A dense stage of one unit, the end of many networks: products with a vector, where tiles of a matrix would be mostly
// padding.
#pragma once

#include <algorithm>

#include "stage/dense.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
class UnitStage : public DenseStage<T> {
  public:
    UnitStage(const StagePlan& d, const Layout<T>& layout)
        : DenseStage<T>(d, layout), w_(padded<T>(d.inputs)), vectors_(d.inputs / lanes<T>) {}

    int multiplies() const override { return -1; }
    void prepare(const T* theta, Size) override {
        this->theta_ = theta;
        for (Size k = 0; k < this->inputs; ++k) w_[k] = theta[this->W_ + k * this->stride];
    }

    void forward(const Pass<T>& pass, Matrix<T> x, T* y, T* memo) const override {
        T* z = this->keeps_x() ? memo : y;
        Size r = 0;
        for (; r + ROWS <= pass.rows; r += ROWS) rows_forward<ROWS>(x, r, z);
        for (; r < pass.rows; ++r) rows_forward<1>(x, r, z);
        if (this->layer_) this->layer_->forward(pass.rows * this->stride, z, y, this->h_.data());
    }

    void backward(const Pass<T>& pass, Matrix<T> x, const T* y, const T* memo, T* d_y, T* d_x, T* gradient) const override {
        this->back_to_sums(pass, y, memo, d_y, gradient);
        T* d_w = gradient + this->W_;
        for (Size v = 0; v < vectors_; v += MOST) sums(pass, x, d_y, v, std::min(MOST, vectors_ - v), d_w);
        for (Size k = vectors_ * lanes<T>; k < this->inputs; ++k) {  // rows of the user's end where they end
            T sum = pass.fresh ? T(0) : d_w[k * this->stride];
            for (Size r = 0; r < pass.rows; ++r) sum += x.row(r)[k] * d_y[r * this->stride];
            put(d_w, k, sum);
        }
        if (!d_x) return;
        const Size row = padded<T>(this->inputs);
        for (Size r = 0; r < pass.rows; ++r) {
            const Vector<T> d = broadcast<Vector<T>>(d_y[r * this->stride]);
            for (Size k = 0; k < row; k += lanes<T>) store(d_x + r * row + k, d * load(w_.get() + k));
        }
    }

  private:
    static constexpr int ROWS = 4;   // as many sums as hide the time that one takes
    static constexpr Size MOST = 8;  // vectors of sums that stay in registers

    // x w + b for some rows, in the first of each row's columns; the others are padding.
    template <int Rows>
    void rows_forward(Matrix<T> x, Size r, T* z) const {
        Vector<T> sum[Rows] = {};
        for (Size v = 0; v < vectors_; ++v)
            for (int i = 0; i < Rows; ++i) sum[i] += load(x.row(r + i) + v * lanes<T>) * load(w_.get() + v * lanes<T>);
        for (int i = 0; i < Rows; ++i) {
            T total = this->bias()[0];
            for (int l = 0; l < lanes<T>; ++l) total += sum[i][l];
            for (Size k = vectors_ * lanes<T>; k < this->inputs; ++k) total += x.row(r + i)[k] * w_[k];
            put(z, r + i, total);
        }
    }

    // Σ over rows of x d, for some vectors of columns; it goes on from what earlier tiles left.
    void sums(const Pass<T>& pass, Matrix<T> x, const T* d_y, Size first, Size count, T* d_w) const {
        Vector<T> sum[MOST] = {};
        if (!pass.fresh)
            for (Size k = 0; k < count * lanes<T>; ++k) sum[k / lanes<T>][k % lanes<T>] = d_w[(first * lanes<T> + k) * this->stride];
        for (Size r = 0; r < pass.rows; ++r) {
            const Vector<T> d = broadcast<Vector<T>>(d_y[r * this->stride]);
            const T* row = x.row(r) + first * lanes<T>;
            if (count == MOST) {
#pragma GCC unroll 8
                for (Size v = 0; v < MOST; ++v) sum[v] += load(row + v * lanes<T>) * d;
            } else {
                for (Size v = 0; v < count; ++v) sum[v] += load(row + v * lanes<T>) * d;
            }
        }
        for (Size k = 0; k < count * lanes<T>; ++k) put(d_w, first * lanes<T> + k, sum[k / lanes<T>][k % lanes<T>]);
    }

    // Writes a row that has one column, and its padding.
    void put(T* rows, Size row, T value) const {
        Vector<T> padding{};
        padding[0] = value;
        store(rows + row * this->stride, padding);
    }

    Buffer<T> w_;         // the weights side by side
    const Size vectors_;  // of whole columns
};

}  // namespace mlnn::MLNN_ISA
