// A multiply gate on compressed sparse rows: only what is not zero is multiplied, and the table stays sparse.
#pragma once

#include "dense.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
class SparseDenseStage : public DenseStage<T> {
  public:
    using DenseStage<T>::DenseStage;

    void prepare(const T* theta, bool) override { this->theta_ = theta; }

    // y = b + Σ over the entries of a row of value · (row of W), then the layer.
    void forward(const Pass<T>& pass, Matrix<T>, T* y, T* memo) const override {
        const SparseMatrix<T>& x = pass.source->sparse;
        const Size stride = this->stride;
        T* z = this->keeps_x() ? memo : y;
        for (Size r = 0; r < pass.rows; ++r, z += stride) {
            std::memcpy(z, this->bias(), stride * sizeof(T));
            const Size row = pass.source->row(pass.first + r);
            for (Size e = x.starts[row]; e < x.starts[row + 1]; ++e) {
                const T* W = this->theta_ + this->W_ + x.columns[e] * stride;
                const Vector<T> value = broadcast<Vector<T>>(x.values[e]);
                for (Size j = 0; j < stride; j += lanes<T>) store(z + j, load(z + j) + value * load(W + j));
            }
        }
        z -= pass.rows * stride;
        if (this->layer_) this->layer_->forward(pass.rows * stride, z, y, this->h_.data());
    }

    // There is no gradient for the rows: a sparse stage is always the first.
    void backward(const Pass<T>& pass, Matrix<T>, const T* y, const T* memo, T* d_y, T*, T* gradient) const override {
        const SparseMatrix<T>& x = pass.source->sparse;
        const Size stride = this->stride;
        T* d_W = gradient + this->W_;
        this->back_to_sums(pass, y, memo, d_y, gradient);
        if (pass.fresh) std::memset(d_W, 0, this->inputs * stride * sizeof(T));
        for (Size r = 0; r < pass.rows; ++r) {
            const Size row = pass.source->row(pass.first + r);
            const T* d = d_y + r * stride;
            for (Size e = x.starts[row]; e < x.starts[row + 1]; ++e) {
                T* slope = d_W + x.columns[e] * stride;
                const Vector<T> value = broadcast<Vector<T>>(x.values[e]);
                for (Size j = 0; j < stride; j += lanes<T>) store(slope + j, load(slope + j) + value * load(d + j));
            }
        }
    }
};

}  // namespace mlnn::MLNN_ISA
