// Batch normalization: every unit standardized over all rows of the batch, then scaled and shifted.
#pragma once

#include "kernel/elementary.hpp"
#include "stage/stage.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
class BatchNormStage : public Stage<T> {
  public:
    BatchNormStage(const StagePlan& d, const Layout<T>& layout)
        : Stage<T>(d.inputs, d.width),
          gain_(layout.tensors()[d.tensors[0]].start),
          shift_(layout.tensors()[d.tensors[1]].start),
          mean_(layout.tensors()[d.tensors[2]].start),
          variance_(layout.tensors()[d.tensors[3]].start),
          momentum_(T(d.hyperparameters[0])),
          rest_(T(d.hyperparameters[1])),
          epsilon_(T(d.hyperparameters[2])) {}

    bool whole_batch() const override { return true; }
    // x̂, then deviation, mean and variance of every column.
    Size memo(Size rows) const override { return (rows + 3) * this->stride; }

    void forward(const Pass<T>& pass, Matrix<T> x, T* y, T* memo) const override {
        const Size stride = this->stride, rows = pass.rows;
        T* statistics = memo + rows * stride;
        const Vector<T> count = broadcast<Vector<T>>(T(rows)), epsilon = broadcast<Vector<T>>(epsilon_);
        for (Size j = 0; j < stride && !asks(*pass.interrupted); j += lanes<T>) {
            Vector<T> mean{}, variance{};
            if (pass.noise) {
                for (Size r = 0; r < rows; ++r) mean += load(x.row(r) + j);
                mean /= count;
                for (Size r = 0; r < rows; ++r) variance += square(load(x.row(r) + j) - mean);
                variance /= count;
            } else {
                mean = load(this->theta_ + mean_ + j);
                variance = load(this->theta_ + variance_ + j);
            }
            const Vector<T> deviation = sqrt(variance + epsilon);
            const Vector<T> gain = load(this->theta_ + gain_ + j), shift = load(this->theta_ + shift_ + j);
            for (Size r = 0; r < rows; ++r) {
                const Vector<T> standardized = (load(x.row(r) + j) - mean) / deviation;
                store(memo + r * stride + j, standardized);
                store(y + r * stride + j, gain * standardized + shift);
            }
            store(statistics + j, deviation);
            store(statistics + stride + j, mean);
            store(statistics + 2 * stride + j, variance);
        }
    }

    void backward(const Pass<T>& pass, Matrix<T> x, const T* y, const T* memo, T* d_y, T* d_x, T* gradient) const override {
        const Size stride = this->stride, rows = pass.rows;
        const Vector<T> count = broadcast<Vector<T>>(T(rows));
        for (Size j = 0; j < stride && !asks(*pass.interrupted); j += lanes<T>) {
            Vector<T> d_gain{}, d_shift{};
            for (Size r = 0; r < rows; ++r) {
                const Vector<T> d = load(d_y + r * stride + j);
                d_gain += d * load(memo + r * stride + j);
                d_shift += d;
            }
            store(gradient + gain_ + j, pass.fresh ? d_gain : d_gain + load(gradient + gain_ + j));
            store(gradient + shift_ + j, pass.fresh ? d_shift : d_shift + load(gradient + shift_ + j));
            if (!d_x) continue;
            const Vector<T> factor = load(this->theta_ + gain_ + j) / load(memo + rows * stride + j);
            for (Size r = 0; r < rows; ++r) {
                Vector<T> d = load(d_y + r * stride + j);
                // The batch's statistics depend on every row; the running ones on none.
                if (pass.noise) d -= (d_shift + load(memo + r * stride + j) * d_gain) / count;
                store(d_x + r * stride + j, factor * d);
            }
        }
    }

    void observe(Size rows, const T* memo, T* theta) const override {
        const T* statistics = memo + rows * this->stride;
        const Vector<T> keep = broadcast<Vector<T>>(momentum_), rest = broadcast<Vector<T>>(rest_);
        const Vector<T> unbiased = broadcast<Vector<T>>(rows > 1 ? T(double(rows) / double(rows - 1)) : T(0));
        for (Size j = 0; j < this->stride; j += lanes<T>) {
            T *mean = theta + mean_ + j, *variance = theta + variance_ + j;
            store(mean, keep * load(mean) + rest * load(statistics + this->stride + j));
            if (rows > 1)
                store(variance, keep * load(variance) + rest * load(statistics + 2 * this->stride + j) * unbiased);
        }
    }

  private:
    const Size gain_, shift_, mean_, variance_;
    const T momentum_, rest_, epsilon_;
};

}  // namespace mlnn::MLNN_ISA
