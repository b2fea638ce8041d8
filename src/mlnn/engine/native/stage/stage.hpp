// A stage of the chain: forward and backward for a tile of rows, all parameters in the padded layout.
#pragma once

#include "rows.hpp"
#include "stage/layout.hpp"

namespace mlnn::MLNN_ISA {

// What a stage must know of the tile it is given.
template <class T>
struct Pass {
    const Rows<T>* source;                // the rows that the batch is made of
    Size first;                           // the number of its first row within the batch
    Size rows;
    T* scratch;                           // room for products
    const Noise* noise = nullptr;         // null in prediction
    bool fresh = true;                    // its gradients replace what is there; those of later tiles are added
    bool factored = false;                // gradients of products are left as their factors
    SparseMatrix<T> sieved{};             // the tile's rows without their zeros, from the feed that leaves them out
    const Interrupted* interrupted = nullptr;
};

template <class T>
class Stage {
  public:
    Stage(Size inputs, Size width) : inputs(inputs), width(width), stride(padded<T>(width)) {}
    virtual ~Stage() = default;

    const Size inputs, width, stride;  // columns in, columns out, and from one row of the output to the next

    // How many numbers the output for a tile takes.
    virtual Size size(Size rows) const { return rows * stride; }
    // How many numbers a tile's forward pass leaves for its backward pass, besides x and y.
    virtual Size memo(Size rows) const { return 0; }
    // Whether the stage must see all rows of a batch at once.
    virtual bool whole_batch() const { return false; }
    // The number of the tensor that x is multiplied by, where that gradient may be left as its factors, or −1.
    virtual int multiplies() const { return -1; }

    // The output y for x, as the next stage reads it.
    virtual Matrix<T> result(Matrix<T> x, const T* y) const { return {y, x.rows, width, stride}; }

    // Looks at new parameters, once a step, before any tile of it; so many rows will go back through it, none in prediction.
    virtual void prepare(const T* theta, Size rows_back) { theta_ = theta; }
    virtual void forward(const Pass<T>& pass, Matrix<T> x, T* y, T* memo) const = 0;
    // Turns d_y into d_x (which may be null) and puts the parameters' gradients where the layout has them.
    // d_y is the stage's own to overwrite; one that multiplies leaves in it the derivative by the product.
    virtual void backward(const Pass<T>& pass, Matrix<T> x, const T* y, const T* memo, T* d_y, T* d_x,
                          T* gradient) const = 0;
    // Moves running statistics towards those of the batch.
    virtual void observe(Size rows, const T* memo, T* theta) const {}

  protected:
    const T* theta_ = nullptr;
};

// Σ over rows of d, column by column, into `sums` or added to them.
template <class T>
inline void column_sums(Size rows, Size stride, const T* d, T* sums, bool fresh) {
    for (Size j = 0; j < stride; j += lanes<T>) {
        Vector<T> sum = fresh ? Vector<T>{} : load(sums + j);
        for (Size r = 0; r < rows; ++r) sum += load(d + r * stride + j);
        store(sums + j, sum);
    }
}

}  // namespace mlnn::MLNN_ISA
