// A gradient as the optimizer reads it: a chunk of a tensor at a time.
#pragma once

#include <vector>

#include "stage/layout.hpp"

namespace mlnn::MLNN_ISA {

// Rows whose factors fit in registers; a plan's small batch is at most as large.
constexpr Size MOST_FACTORS = 8;

// The gradient of a product x W by W, which is xᵀ d, as its factors.
template <class T>
struct Factored {
    Matrix<T> x{};
    const T* d = nullptr;
    Size stride = 0;  // of d and of W

    bool is_written() const { return !d; }

    // The elements of the gradient from `start` on; sums run over the rows in ascending order.
    void form(Size start, Size n, T* g) const { form<MOST_FACTORS>(start, n, g); }

  private:
    template <Size Rows>
    void form(Size start, Size n, T* g) const {
        if constexpr (Rows > 1)
            if (x.rows < Rows) return form<Rows - 1>(start, n, g);
        for (Size k = start / stride, j = start % stride, end; n > 0; ++k, j = 0, n -= end, g += end) {
            end = std::min(stride - j, n);
            Vector<T> factors[Rows];
#pragma GCC unroll 8
            for (Size r = 0; r < Rows; ++r) factors[r] = broadcast<Vector<T>>(x.row(r)[k]);
            for (Size i = 0; i < end; i += lanes<T>) {
                Vector<T> sum{};
#pragma GCC unroll 8
                for (Size r = 0; r < Rows; ++r) sum += factors[r] * load(d + r * stride + j + i);
                store(g + i, sum);
            }
        }
    }
};

// The gradient of a block of rows.
template <class T>
struct Gradient {
    const T* written;                          // in the padded layout
    const std::vector<Factored<T>>* factored;  // by the number of the tensor; null where all is written
};

// g = the elements of a tensor's gradient from `start` on, summed over blocks in their order.
template <class T>
void read(const std::vector<Gradient<T>>& blocks, const Layout<T>& layout, Size tensor, Size start, Size n, T* g) {
    const Gradient<T>& first = blocks[0];
    if (first.factored && !(*first.factored)[tensor].is_written())  // a small batch is a single block
        return (*first.factored)[tensor].form(start, n, g);
    start += layout.tensors()[tensor].start;
    for (Size i = 0; i < n; i += lanes<T>) {
        Vector<T> total = load(first.written + start + i);
        for (std::size_t b = 1; b < blocks.size(); ++b) total += load(blocks[b].written + start + i);
        store(g + i, total);
    }
}

}  // namespace mlnn::MLNN_ISA
