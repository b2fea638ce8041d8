// The engine's own layout of θ: the tensors one after another as in Python's, but every row padded to whole vectors.
//
// So every kernel works on whole vectors only, with no remainders anywhere. Padding holds zeros and keeps them: its
// gradient is zero, and no update rule moves a zero that has no gradient.
#pragma once

#include <vector>

#include "plan.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
class Layout {
  public:
    struct Placed : Tensor {
        Size start, row_stride;  // in the padded layout
        Size size() const { return this->rows * row_stride; }
    };

    explicit Layout(const std::vector<Tensor>& tensors) {
        for (const Tensor& tensor : tensors) {
            placed_.push_back({tensor, size_, padded<T>(tensor.columns)});
            size_ += placed_.back().size();
            parameters_ += tensor.rows * tensor.columns;
        }
    }

    Size size() const { return size_; }
    Size parameters() const { return parameters_; }  // in Python's layout
    const std::vector<Placed>& tensors() const { return placed_; }

    // Copies from Python's layout into the padded one.
    void pack(const T* flat, T* inside) const {
        for (const Placed& p : placed_) {
            if (p.row_stride == p.columns) {
                std::memcpy(inside + p.start, flat + p.place, p.size() * sizeof(T));
                continue;
            }
            for (Size r = 0; r < p.rows; ++r) {
                T* row = inside + p.start + r * p.row_stride;
                std::memcpy(row, flat + p.place + r * p.columns, p.columns * sizeof(T));
                std::memset(row + p.columns, 0, (p.row_stride - p.columns) * sizeof(T));
            }
        }
    }

    void unpack(const T* inside, T* flat) const {
        for (const Placed& p : placed_)
            for (Size r = 0; r < p.rows; ++r)
                std::memcpy(flat + p.place + r * p.columns, inside + p.start + r * p.row_stride,
                            p.columns * sizeof(T));
    }

  private:
    std::vector<Placed> placed_;
    Size size_ = 0, parameters_ = 0;
};

}  // namespace mlnn::MLNN_ISA
