// What a tile of rows needs on its way forward, and what it needs besides on its way back: used by one thread at a time.
#pragma once

#include "end/gradient.hpp"
#include "end/output.hpp"
#include "run/chain.hpp"
#include "run/feed.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
struct Forward {
    Forward(const Chain<T>& chain, Size rows)
        : rows(rows), inputs(chain.stages.size()), scratch(chain.output->scratch(rows)) {
        for (const auto& stage : chain.stages) {
            values.emplace_back(stage->size(rows));
            memos.emplace_back(stage->memo(rows));
        }
        products = Buffer<T>(product_scratch<T>(std::max(padded<T>(rows), chain.widest)));
    }

    // The feed for rows that are, or are not, in an order of their own; made when it is needed first.
    void begin(const Plan& plan, bool ordered, bool same) {
        std::unique_ptr<Feed<T>>& chosen = ordered ? ordered_ : in_place_;
        if (!chosen) chosen = make_feed<T>(ordered ? plan.feed : plan.feed_in_place, plan, rows);
        feed = chosen.get();
        feed->begin(same);
    }

    Size rows;  // of the largest tile
    Feed<T>* feed = nullptr;
    std::vector<Matrix<T>> inputs;         // of every stage
    std::vector<Buffer<T>> values, memos;  // of every stage, for the way back
    Buffer<T> products, scratch;           // of the products, and of the output

  private:
    std::unique_ptr<Feed<T>> ordered_, in_place_;
};

template <class T>
struct Backward {
    Backward(const Chain<T>& chain, const Layout<T>& layout, Size rows)
        : gradient(layout.size()), factored(layout.tensors().size()) {
        for (Buffer<T>& derivative : d) derivative = Buffer<T>(padded<T>(rows) * chain.widest);
        for (const auto& stage : chain.stages) kept.emplace_back(chain.plan.small_batch * stage->stride);
    }

    double loss = 0.0;
    bool complete = true;  // or left before its last tile was done
    Buffer<T> gradient, d[2];
    std::vector<Buffer<T>> kept;        // of a small batch, every stage's derivative
    std::vector<Factored<T>> factored;  // and what those make of the gradients of products
};

}  // namespace mlnn::MLNN_ISA
