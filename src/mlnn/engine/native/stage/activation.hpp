// Activations: every traced layer as a pair of loops, PReLU, and maxout.
#pragma once

#include "formulas.hpp"
#include "stage/stage.hpp"

namespace mlnn::MLNN_ISA {

// A traced layer for n numbers, n a multiple of the vector's length.
template <class T>
struct LayerKernels {
    bool slope_needs_x;
    void (*forward)(Size n, const T* x, T* y, const T* h);
    void (*backward)(Size n, const T* x, const T* y, T* d, const T* h);  // d becomes slope · d
};

template <class Layer, class T>
void layer_forward(Size n, const T* x, T* y, const T* h) {
    for (Size i = 0; i < n; i += lanes<T>) store(y + i, Layer::forward(load(x + i), h));
}

template <class Layer, class T>
void layer_backward(Size n, const T* x, const T* y, T* d, const T* h) {
    for (Size i = 0; i < n; i += lanes<T>) {
        Vector<T> at{}, to{};
        if constexpr (Layer::slope_needs_x) at = load(x + i);
        if constexpr (Layer::slope_needs_y) to = load(y + i);
        store(d + i, Layer::slope(at, to, h) * load(d + i));
    }
}

template <class T>
const LayerKernels<T>& layer_kernels(int number) {
#define MLNN_ROW(L) {L::slope_needs_x, layer_forward<L, T>, layer_backward<L, T>},
    static const LayerKernels<T> all[] = {MLNN_LAYERS(MLNN_ROW)};
#undef MLNN_ROW
    return all[number];
}

template <class T>
std::vector<T> as(const std::vector<double>& numbers) {
    return std::vector<T>(numbers.begin(), numbers.end());
}

// A layer that follows something else than a multiply gate.
template <class T>
class ActivationStage : public Stage<T> {
  public:
    explicit ActivationStage(const StagePlan& d)
        : Stage<T>(d.inputs, d.width), kernels_(layer_kernels<T>(d.layer)), h_(as<T>(d.hyperparameters)) {}

    void forward(const Pass<T>& pass, Matrix<T> x, T* y, T* memo) const override {
        for (Size r = 0; r < pass.rows; ++r) kernels_.forward(this->stride, x.row(r), y + r * this->stride, h_.data());
    }
    void backward(const Pass<T>& pass, Matrix<T> x, const T* y, const T* memo, T* d_y, T* d_x, T* gradient) const override {
        if (!d_x) return;
        for (Size r = 0; r < pass.rows; ++r)
            kernels_.backward(this->stride, x.row(r), y + r * this->stride, d_y + r * this->stride, h_.data());
        std::memcpy(d_x, d_y, pass.rows * this->stride * sizeof(T));
    }

  private:
    const LayerKernels<T>& kernels_;
    const std::vector<T> h_;
};

// A bias that follows something else than a multiply gate.
template <class T>
class AddStage : public Stage<T> {
  public:
    AddStage(const StagePlan& d, const Layout<T>& layout)
        : Stage<T>(d.inputs, d.width), bias_(layout.tensors()[d.tensors[0]].start) {}

    void forward(const Pass<T>& pass, Matrix<T> x, T* y, T* memo) const override {
        const T* b = this->theta_ + bias_;
        for (Size r = 0; r < pass.rows; ++r)
            for (Size j = 0; j < this->stride; j += lanes<T>)
                store(y + r * this->stride + j, load(x.row(r) + j) + load(b + j));
    }
    void backward(const Pass<T>& pass, Matrix<T> x, const T* y, const T* memo, T* d_y, T* d_x, T* gradient) const override {
        column_sums(pass.rows, this->stride, d_y, gradient + bias_, pass.fresh);
        if (d_x) std::memcpy(d_x, d_y, pass.rows * this->stride * sizeof(T));
    }

  private:
    const Size bias_;
};

// A rectifier that learns its leak a, one for every unit; its formulas are traced like a layer's.
template <class T>
class PReLUStage : public Stage<T> {
  public:
    PReLUStage(const StagePlan& d, const Layout<T>& layout)
        : Stage<T>(d.inputs, d.width), leak_(layout.tensors()[d.tensors[0]].start) {}

    void forward(const Pass<T>& pass, Matrix<T> x, T* y, T* memo) const override {
        for (Size j = 0; j < this->stride; j += lanes<T>) {
            const Vector<T> a = load(this->theta_ + leak_ + j);
            for (Size r = 0; r < pass.rows; ++r)
                store(y + r * this->stride + j, PReLU::forward(load(x.row(r) + j), a, none()));
        }
    }
    void backward(const Pass<T>& pass, Matrix<T> x, const T* y, const T* memo, T* d_y, T* d_x, T* gradient) const override {
        for (Size j = 0; j < this->stride; j += lanes<T>) {
            const Vector<T> a = load(this->theta_ + leak_ + j);
            Vector<T> d_a = pass.fresh ? Vector<T>{} : load(gradient + leak_ + j);
            for (Size r = 0; r < pass.rows; ++r) {
                const Vector<T> v = load(x.row(r) + j), d = load(d_y + r * this->stride + j);
                d_a += PReLU::slope_by_leak(v, none()) * d;
                if (d_x) store(d_x + r * this->stride + j, PReLU::slope(v, a, none()) * d);
            }
            store(gradient + leak_ + j, d_a);
        }
    }

  private:
    static constexpr const T* none() { return nullptr; }  // they have no hyperparameters

    const Size leak_;
};

// The largest of a few neighbouring columns; the first of equals wins.
template <class T>
class MaxoutStage : public Stage<T> {
  public:
    explicit MaxoutStage(const StagePlan& d) : Stage<T>(d.inputs, d.width), pieces_(d.inputs / d.width) {}

    void forward(const Pass<T>& pass, Matrix<T> x, T* y, T* memo) const override {
        for (Size r = 0; r < pass.rows; ++r)
            for (Size j = 0; j < this->width; ++j) {
                const T* group = x.row(r) + j * pieces_;
                y[r * this->stride + j] = group[winner(group)];
            }
    }
    void backward(const Pass<T>& pass, Matrix<T> x, const T* y, const T* memo, T* d_y, T* d_x, T* gradient) const override {
        if (!d_x) return;
        const Size stride = padded<T>(this->inputs);
        std::memset(d_x, 0, pass.rows * stride * sizeof(T));
        for (Size r = 0; r < pass.rows; ++r)
            for (Size j = 0; j < this->width; ++j)
                d_x[r * stride + j * pieces_ + winner(x.row(r) + j * pieces_)] = d_y[r * this->stride + j];
    }

  private:
    Size winner(const T* group) const {
        Size best = 0;
        for (Size k = 1; k < pieces_; ++k)
            if (group[k] > group[best]) best = k;
        return best;
    }
    const Size pieces_;
};

}  // namespace mlnn::MLNN_ISA
