// The narrow path: values lie column by column, so that a vector holds one unit's value for many rows.
//
// A layer of three units then fills every lane, where a row of three would leave most of a vector empty, and the
// scores come as the output wants them. What it costs is sums over lanes for the gradients of the weights.
#pragma once

#include "stage/dense.hpp"

namespace mlnn::MLNN_ISA {

// The dot products of Rows rows of A with Columns rows of B, all `n` long, n a multiple of the vector's length.
template <class T, int Rows, int Columns>
void dots(Size n, const T* A, Size a_row, const T* B, Size b_row, T* C, Size c_row, bool fresh) {
    Vector<T> sums[Rows][Columns] = {};
    for (Size k = 0; k < n; k += lanes<T>) {
        Vector<T> b[Columns];
#pragma GCC unroll 4
        for (int j = 0; j < Columns; ++j) b[j] = load(B + j * b_row + k);
#pragma GCC unroll 4
        for (int i = 0; i < Rows; ++i) {
            const Vector<T> a = load(A + i * a_row + k);
#pragma GCC unroll 4
            for (int j = 0; j < Columns; ++j) sums[i][j] += a * b[j];
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < Columns; ++j) {
            T& c = C[i * c_row + j];
            c = fresh ? sum(sums[i][j]) : c + sum(sums[i][j]);
        }
}

// C = A Bᵀ, or C += A Bᵀ, for rows of A and B that are `n` long.
template <class T>
void products_of_rows(Size M, Size N, Size n, const T* A, Size a_row, const T* B, Size b_row, T* C, Size c_row,
                      bool fresh) {
    const auto strip = [&](auto rows, Size m) {
        constexpr int R = decltype(rows)::value;
        const T* a = A + m * a_row;
        Size j = 0;
        for (; j + 4 <= N; j += 4) dots<T, R, 4>(n, a, a_row, B + j * b_row, b_row, C + m * c_row + j, c_row, fresh);
        for (; j + 2 <= N; j += 2) dots<T, R, 2>(n, a, a_row, B + j * b_row, b_row, C + m * c_row + j, c_row, fresh);
        for (; j < N; ++j) dots<T, R, 1>(n, a, a_row, B + j * b_row, b_row, C + m * c_row + j, c_row, fresh);
    };
    Size m = 0;
    for (; m + 4 <= M; m += 4) strip(std::integral_constant<int, 4>{}, m);
    for (; m + 2 <= M; m += 2) strip(std::integral_constant<int, 2>{}, m);
    for (; m < M; ++m) strip(std::integral_constant<int, 1>{}, m);
}

// Adds to every element of a column its own unit's bias.
template <class T>
struct AddScalar {
    const T* biases;
    Vector<T> operator()(Vector<T> sum, Size m, Size) const { return sum + broadcast<Vector<T>>(biases[m]); }
};

// A multiply gate with its bias and layer, on columns.
template <class T>
class ColumnDenseStage : public DenseStage<T> {
  public:
    using DenseStage<T>::DenseStage;

    Matrix<T> result(Matrix<T> x, const T* y) const override { return {y, this->width, x.columns, x.row_stride}; }
    Size size(Size rows) const override { return this->width * padded<T>(rows); }
    int multiplies() const override { return -1; }
    void prepare(const T* theta, Size rows_back) override { this->theta_ = theta; }

    Size memo(Size rows) const override { return this->keeps_x() ? this->width * padded<T>(rows) : 0; }

    void forward(const Pass<T>& pass, Matrix<T> x, T* y, T* memo) const override {
        const Size stride = x.row_stride, n = padded<T>(pass.rows);
        T* z = this->keeps_x() ? memo : y;
        product(this->width, n, this->inputs, this->theta_ + this->W_, Size(1), this->stride, x.data, stride, z, stride,
                pass.scratch, AddScalar<T>{this->bias()});
        if (this->layer_)
            for (Size j = 0; j < this->width; ++j)
                this->layer_->forward(n, z + j * stride, y + j * stride, this->h_.data());
    }

    void backward(const Pass<T>& pass, Matrix<T> x, const T* y, const T* memo, T* d_y, T* d_x,
                  T* gradient) const override {
        const Size stride = x.row_stride, n = padded<T>(pass.rows);
        for (Size j = 0; j < this->width; ++j) {
            T* d = d_y + j * stride;
            if (this->layer_)
                this->layer_->backward(n, this->keeps_x() ? memo + j * stride : nullptr, y + j * stride, d,
                                       this->h_.data());
            if (this->b_ < 0) continue;
            Vector<T> total{};
            for (Size r = 0; r < n; r += lanes<T>) total += load(d + r);
            T& d_b = gradient[this->b_ + j];
            d_b = pass.fresh ? sum(total) : d_b + sum(total);
        }
        products_of_rows(this->inputs, this->width, n, x.data, stride, d_y, stride, gradient + this->W_, this->stride,
                         pass.fresh);
        if (d_x)
            product_ragged(this->inputs, n, this->width, this->theta_ + this->W_, this->stride, Size(1), d_y, stride,
                           d_x, stride, false, pass.scratch);
    }
};

}  // namespace mlnn::MLNN_ISA
