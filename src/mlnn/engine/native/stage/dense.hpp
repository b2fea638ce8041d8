// A multiply gate with the add gate and the layer behind it: y = f(x W + b), what most of a network is made of.
#pragma once

#include "stage/activation.hpp"
#include "kernel/memory.hpp"
#include "kernel/transposed.hpp"

namespace mlnn::MLNN_ISA {

// What becomes of a finished sum of products while it is still in registers.
template <class T>
struct AddRow {
    const T* row;
    Vector<T> operator()(Vector<T> sum, Size, Size n) const { return sum + load(row + n); }
};

template <class T>
class DenseStage : public Stage<T> {
  public:
    DenseStage(const StagePlan& d, const Layout<T>& layout)
        : Stage<T>(d.inputs, d.width),
          W_(layout.tensors()[d.tensors[0]].start),
          b_(d.tensors[1] < 0 ? -1 : layout.tensors()[d.tensors[1]].start),
          weights_(d.tensors[0]),
          layer_(d.layer < 0 ? nullptr : &layer_kernels<T>(d.layer)),
          h_(as<T>(d.hyperparameters)),
          zeros_(this->stride),
          transposed_from_(d.transposed_from) {}

    int multiplies() const override { return weights_; }
    Size memo(Size rows) const override { return keeps_x() ? rows * this->stride : 0; }

    void prepare(const T* theta, Size rows_back) override {
        this->theta_ = theta;
        transposes_ = rows_back >= transposed_from_;
        if (!transposes_) return;
        if (!transposed_.size()) transposed_ = Buffer<T>(this->width * padded<T>(this->inputs));
        transpose(this->inputs, this->width, theta + W_, this->stride, transposed_.get(), padded<T>(this->inputs));
    }

    void forward(const Pass<T>& pass, Matrix<T> x, T* y, T* memo) const override {
        T* z = keeps_x() ? memo : y;
        product(pass.rows, this->width, this->inputs, x.data, x.row_stride, Size(1), this->theta_ + W_, this->stride, z,
                this->stride, pass.scratch, AddRow<T>{bias()});
        if (layer_) layer_->forward(pass.rows * this->stride, z, y, h_.data());
    }

    void backward(const Pass<T>& pass, Matrix<T> x, const T* y, const T* memo, T* d_y, T* d_x, T* gradient) const override {
        const Size stride = this->stride;
        back_to_sums(pass, y, memo, d_y, gradient);
        T* d_W = gradient + W_;
        if (!pass.factored)
            product_ragged(this->inputs, stride, pass.rows, x.data, Size(1), x.row_stride, d_y, stride, d_W, stride,
                           !pass.fresh, pass.scratch);
        if (d_x && !transposes_)
            product_transposed(pass.rows, this->inputs, stride, d_y, stride, this->theta_ + W_, stride, d_x,
                               padded<T>(this->inputs));
        else if (d_x)
            product_ragged(pass.rows, padded<T>(this->inputs), this->width, d_y, stride, Size(1), transposed_.get(),
                           padded<T>(this->inputs), d_x, padded<T>(this->inputs), false, pass.scratch);
    }

  protected:
    // Turns d_y into the derivative by x W + b, and leaves its sum as the bias's gradient.
    void back_to_sums(const Pass<T>& pass, const T* y, const T* memo, T* d_y, T* gradient) const {
        if (layer_) layer_->backward(pass.rows * this->stride, memo, y, d_y, h_.data());
        if (b_ >= 0) column_sums(pass.rows, this->stride, d_y, gradient + b_, pass.fresh);
    }
    bool keeps_x() const { return layer_ && layer_->slope_needs_x; }
    const T* bias() const { return b_ < 0 ? zeros_.get() : this->theta_ + b_; }

    const Size W_, b_;
    const int weights_;
    const LayerKernels<T>* layer_;
    const std::vector<T> h_;
    const Buffer<T> zeros_;  // the bias of those that have none

  private:
    const Size transposed_from_;
    bool transposes_ = false;
    Buffer<T> transposed_;
};

}  // namespace mlnn::MLNN_ISA
