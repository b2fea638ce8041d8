// A predictor: θ, and a forward workspace for every thread. It has nothing for gradients.
#pragma once

#include <atomic>

#include "run/passes.hpp"
#include "run/pool.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
class Predictor {
  public:
    // One θ, and a plan for every kind of rows.
    explicit Predictor(const std::vector<Plan>& plans) : layout_(plans.at(0).tensors), theta_(layout_.size()) {
        for (const Plan& plan : plans) chains_.emplace_back(plan, layout_);
        workspaces_.resize(plans.size());
    }

    const Plan& plan(std::size_t number) const { return chains_.at(number).plan; }
    Size parameters() const { return layout_.parameters(); }

    // Looks at a θ, which is copied.
    void bind(const T* theta) {
        layout_.pack(theta, theta_.get());
        for (Chain<T>& chain : chains_)
            for (std::size_t s = 0; s < chain.stages.size(); ++s) chain.prepare(s, theta_.get(), 0);
    }

    // Scores, or predictions, of shape (rows, K) by the plan of this number. Threads claim tiles one by one: where a tile
    // begins does not depend on their number. After an interrupt the rows that were left have nothing in `out`.
    void operator()(std::size_t number, const Rows<T>& rows, T* out, bool only_scores, int threads,
                    const Interrupted& interrupted) {
        const Chain<T>& chain = chains_.at(number);
        std::vector<Forward<T>>& workspaces = workspaces_[number];
        const Size count = rows.X.rows, tile = std::min(count, chain.plan.tile), tiles = tile ? (count + tile - 1) / tile : 0;
        const int shares = int(std::min<Size>(threads, tiles));
        if (!workspaces.empty() && workspaces[0].rows < tile) workspaces.clear();
        while (int(workspaces.size()) < shares) workspaces.emplace_back(chain, tile);
        const auto work = [&](Forward<T>& w, Size t) {
            Pass<T> pass{&rows, t * tile, std::min(tile, count - t * tile), w.products.get()};
            pass.interrupted = &interrupted;
            write_predictions(chain, w, pass, forward(chain, w, pass), out + t * tile * chain.output->scores, only_scores);
        };
        for (int share = 0; share < shares; ++share) workspaces[share].begin(chain.plan, false, false);
        if (tiles == 1) return work(workspaces[0], 0);
        std::atomic<Size> next{0};
        Pool::shared().run(shares, shares, [&](int share) {
            for (Size t = next.fetch_add(1); t < tiles && !asks(interrupted); t = next.fetch_add(1)) work(workspaces[share], t);
        });
    }

  private:
    const Layout<T> layout_;
    const Buffer<T> theta_;
    std::vector<Chain<T>> chains_;
    std::vector<std::vector<Forward<T>>> workspaces_;  // of every plan, for every thread
};

}  // namespace mlnn::MLNN_ISA
