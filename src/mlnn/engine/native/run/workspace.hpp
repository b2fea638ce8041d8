// What one block of rows needs on its way forward and back: taken before the first step, used by one thread at a time.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "run/gather.hpp"
#include "end/gradient.hpp"
#include "end/loss.hpp"
#include "stage/stage.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
struct Workspace {
    Workspace(Size rows, Size x_size, Size widest, const std::vector<std::unique_ptr<Stage<T>>>& stages,
              const Output<T>& output, const Layout<T>& layout)
        : rows(rows), x(x_size), gradient(layout.size()), scratch(output.scratch(rows)), factored(layout.tensors().size()) {
        for (const auto& stage : stages) {
            widest = std::max(widest, stage->stride);
            values.emplace_back(stage->size(rows));
            memos.emplace_back(stage->memo(rows));
            kept.emplace_back(FEW_ROWS * stage->stride);
        }
        for (Buffer<T>& derivative : d) derivative = Buffer<T>(padded<T>(rows) * widest);
        products = Buffer<T>(product_scratch<T>(std::max(stride(), widest)));
    }

    Size stride() const { return padded<T>(rows); }  // from one column to the next on the narrow path

    Size rows = 0;       // of a tile
    Size gathered = -1;  // the first row of the tile that is held in here
    double loss = 0.0;
    Buffer<T> x, gradient, scratch, products, d[2];
    Sieve<T> sieve;
    std::vector<Buffer<T>> values, memos;
    std::vector<Buffer<T>> kept;        // of few rows, every stage's derivative
    std::vector<Factored<T>> factored;  // and what those make of the gradients of products
};

}  // namespace mlnn::MLNN_ISA
