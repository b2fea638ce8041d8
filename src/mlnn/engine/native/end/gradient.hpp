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

// Sums over blocks are added up along a tree whose shape is given by their number alone: to the left of its root are a power
// of two of them, as many as there can be. Whoever has some blocks in a row adds up the subtrees within, and others go on
// from there, to the same bits.
inline Size left_of(Size blocks) {
    Size left = 1;
    while (2 * left < blocks) left *= 2;
    return left;
}

template <class T>
Vector<T> sum(const Gradient<T>* blocks, Size count, Size at) {
    if (count == 1) return load(blocks->written + at);
    const Size left = left_of(count);
    return sum(blocks, left, at) + sum(blocks + left, count - left, at);
}

// The same for a number that is known to be a power of two.
template <Size Count, class T>
Vector<T> sum(const Gradient<T>* blocks, Size at) {
    if constexpr (Count == 1)
        return load(blocks->written + at);
    else
        return sum<Count / 2>(blocks, at) + sum<Count / 2>(blocks + Count / 2, at);
}

// g = the elements of the gradient from `start` on, summed over blocks of which all is written.
template <class T>
void add_up(const Gradient<T>* blocks, Size count, Size start, Size n, T* g) {
    const auto all = [&](const auto& summed) {
        for (Size i = 0; i < n; i += lanes<T>) store(g + i, summed(start + i));
    };
    switch (count) {
        case 1: return all([&](Size at) { return sum<1>(blocks, at); });
        case 2: return all([&](Size at) { return sum<2>(blocks, at); });
        case 4: return all([&](Size at) { return sum<4>(blocks, at); });
        case 8: return all([&](Size at) { return sum<8>(blocks, at); });
        default: return all([&](Size at) { return sum(blocks, count, at); });
    }
}

// g = the elements of a tensor's gradient from `start` on.
template <class T>
void read(const std::vector<Gradient<T>>& blocks, const Layout<T>& layout, Size tensor, Size start, Size n, T* g) {
    const Gradient<T>& first = blocks[0];
    if (first.factored && !(*first.factored)[tensor].is_written())  // a small batch is a single block
        return (*first.factored)[tensor].form(start, n, g);
    add_up(blocks.data(), Size(blocks.size()), layout.tensors()[tensor].start + start, n, g);
}

}  // namespace mlnn::MLNN_ISA
