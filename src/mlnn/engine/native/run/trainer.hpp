// The trainer: an optimizer's steps, many in one call, and the gradient alone.
#pragma once

#include <numeric>

#include "end/update.hpp"
#include "kernel/flushing.hpp"
#include "run/group.hpp"
#include "run/passes.hpp"
#include "run/pool.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
class Trainer {
  public:
    explicit Trainer(const Plan& plan) : layout_(plan.tensors), chain_(plan, layout_), theta_(layout_.size()) {}

    const Plan& plan() const { return chain_.plan; }
    Size parameters() const { return layout_.parameters(); }

    // Takes the steps, changing θ and the state; writes the data's loss and the penalty before each step measured, one
    // pair a step. An interrupt ends it: θ and the state are then as the last complete step left them. Returns how many
    // steps are complete. With a group, others take the same steps meanwhile; where one of them is lost, the run ends.
    Size run(const Member<T>& member, const UpdatePlan& plan, int threads, const Interrupted& interrupted,
             Group* group = nullptr) {
        const Flushing flushing;
        const Steps& steps = member.steps;
        const Update<T> update(plan, layout_);
        require("slots", update.slots(), "state", member.state.size());
        require("coefficients", update.coefficients(), "block", steps.coefficients.size());
        std::vector<T*> state = take(member);
        threads = reserve(member.rows, steps, threads, group);
        double* losses = member.losses;
        std::vector<T> coefficients(steps.coefficients.size());
        Size k = 0;
        for (; k < steps.count && !asks(interrupted); ++k) {
            const Noise noise{steps.seed, std::uint64_t(steps.first + k)};
            Batch batch{member.rows, steps.rows(k)};
            batch.rows.base = steps.start(k);
            batch.noise = &noise;
            batch.factor = steps.data_factors[k];
            batch.measured = k >= steps.measured_from;
            batch.factored = batch.count <= chain_.plan.small_batch;
            batch.group = sharing(group, batch.count);
            double loss;
            if (!gradient(batch, threads, interrupted, loss)) break;
            if (batch.measured) {
                *losses++ = loss;
                *losses++ = update.penalty(theta_.get());
            }
            for (std::size_t c = 0; c < coefficients.size(); ++c) coefficients[c] = T(steps.coefficients[c][k]);
            update({theta_.get(), state, gradients_, steps.rates[k], steps.penalty_factors[k], coefficients.data()},
                   [&](int pieces, const auto& piece) { Pool::shared().run(threads, pieces, piece); });
            if (chain_.plan.whole_batch)
                for (std::size_t s = 0; s < chain_.stages.size(); ++s)
                    chain_.stages[s]->observe(batch.count, forward_[0].memos[s].get(), theta_.get());
        }
        give(member);
        return k;
    }

    // factor · data loss over all rows, and its gradient by θ, which an interrupt leaves unfinished.
    double loss_and_gradient(const T* theta, const Rows<T>& rows, const Noise* noise, double factor, T* gradient, int threads,
                             const Interrupted& interrupted) {
        layout_.pack(theta, theta_.get());
        Batch batch{rows, rows.X.rows};
        batch.noise = noise;
        batch.factor = factor;
        threads = reserve(batch.count, blocks(batch.count), false, false, threads);
        double loss;
        if (!this->gradient(batch, threads, interrupted, loss)) return 0.0;
        T* sum = backward_[0].gradient.get();  // added up in place: every element is read before it is written
        add_up(gradients_.data(), Size(gradients_.size()), 0, layout_.size(), sum);
        layout_.unpack(sum, gradient);
        return factor * loss;
    }

  private:
    static void require(const char* what, std::size_t needed, const char* where, std::size_t there) {
        if (needed != there)
            throw std::invalid_argument("the optimizer needs " + std::to_string(needed) + " " + what + ", but the " + where +
                                        " has " + std::to_string(there));
    }

    // The rows of a step, and what is wanted of them.
    struct Batch {
        Rows<T> rows;
        Size count;
        const Noise* noise = nullptr;
        double factor = 1.0;
        bool measured = true, factored = false;
        Group* group = nullptr;  // who shares its blocks
    };

    // Forward and backward over a batch: fills the blocks' gradients and the mean loss. Returns false if it was left early.
    bool gradient(const Batch& batch, int threads, const Interrupted& interrupted, double& loss) {
        Pool& pool = Pool::shared();
        pool.run(threads, int(chain_.stages.size()), [&](int s) { chain_.prepare(s, theta_.get(), batch.count); });
        const double weight = batch.rows.weight(batch.count);
        const T share = T(weight > 0.0 ? batch.factor / weight : 0.0);
        const Size most = rows_a_block(batch.count), used = blocks(batch.count);
        const Span mine = batch.group ? batch.group->share(used) : Span{0, used};
        pool.run(threads, int(mine.size()), [&](int b) {
            const Size start = (mine.first + b) * most;
            block(batch, start, std::min(batch.count, start + most), share, interrupted, forward_[b], backward_[b]);
        });
        bool complete = true;
        losses_.assign(used, 0.0);
        gradients_.clear();
        for (Size b = 0; b < mine.size(); ++b) {
            const Backward<T>& w = backward_[b];
            losses_[mine.first + b] = w.loss;
            complete &= w.complete;
            gradients_.push_back({w.gradient.get(), batch.factored ? &w.factored : nullptr});
        }
        if (complete && batch.group) {
            if (!total_.size()) total_ = Buffer<T>(layout_.size());
            complete = batch.group->add_up(gradients_, used, layout_.size(), losses_, total_.get());
            gradients_.assign(1, {total_.get(), nullptr});
        }
        const double sum = std::accumulate(losses_.begin(), losses_.end(), 0.0);
        loss = weight > 0.0 ? sum / weight : 0.0;
        return complete;
    }

    // The rows of a batch from `start` to `stop`, tile by tile.
    void block(const Batch& batch, Size start, Size stop, T share, const Interrupted& interrupted, Forward<T>& w,
               Backward<T>& b) const {
        const Size tile = chain_.plan.whole_batch ? batch.count : chain_.plan.tile;
        b.loss = 0.0;
        b.complete = true;
        for (Size from = start; from < stop; from += tile) {
            if (from > start && asks(interrupted)) b.complete = false;
            if (!b.complete) return;
            Pass<T> pass{&batch.rows, from, std::min(tile, stop - from), w.products.get()};
            pass.noise = batch.noise;
            pass.fresh = from == start;
            pass.factored = batch.factored;
            pass.interrupted = &interrupted;
            const Matrix<T> scores = forward(chain_, w, pass);
            b.loss += backward(chain_, w, b, pass, scores, share, batch.measured);
            b.complete = !chain_.plan.long_tiles || !asks(interrupted);
        }
    }

    // How a batch is shared out: into equal blocks of so many rows.
    Size rows_a_block(Size count) const {
        Size blocks = 1;
        for (Size from : chain_.plan.split_from) blocks *= count >= from ? 2 : 1;
        return (count + blocks - 1) / blocks;
    }
    Size blocks(Size count) const {
        const Size most = rows_a_block(count);
        return most ? (count + most - 1) / most : 0;
    }

    // The group, where a step of so many rows is cut: the others everybody takes alone, and nobody waits.
    Group* sharing(Group* group, Size count) const { return blocks(count) > 1 ? group : nullptr; }

    // Has the workspaces for some steps, or for a batch of which so many blocks are one's own; returns how many threads
    // share one.
    int reserve(const Rows<T>& rows, const Steps& steps, int threads, Group* group) {
        Size largest = 0, own = 0;
        bool same = !rows.order;  // whether every step takes the same rows: a tile that was copied once is there
        for (Size k = 0; k < steps.count; ++k) {
            const Size count = steps.rows(k);
            largest = std::max(largest, count);
            own = std::max(own, sharing(group, count) ? group->share(blocks(count)).size() : blocks(count));
            same &= steps.start(k) == steps.start(0) && count == steps.rows(0);
        }
        return reserve(largest, own, rows.order != nullptr, same, threads);
    }
    int reserve(Size count, Size own, bool ordered, bool same, int threads) {
        const Size rows = chain_.plan.whole_batch ? count : std::min(chain_.plan.tile, count);
        if (!forward_.empty() && forward_[0].rows < rows) forward_.clear(), backward_.clear();
        while (Size(backward_.size()) < own) {  // where there is no memory for one of the two, the other waits for it
            const Size room = forward_.empty() ? rows : forward_[0].rows;
            if (forward_.size() == backward_.size()) forward_.emplace_back(chain_, room);
            backward_.emplace_back(chain_, layout_, room);
        }
        for (Forward<T>& w : forward_) w.begin(chain_.plan, ordered, same);
        return count < chain_.plan.threads_from ? 1 : threads;
    }

    // Python's θ and state, into memory of the trainer's own, and back.
    std::vector<T*> take(const Member<T>& member) {
        layout_.pack(member.theta, theta_.get());
        while (slots_.size() < member.state.size()) slots_.emplace_back(layout_.size());
        std::vector<T*> state;
        for (std::size_t k = 0; k < member.state.size(); ++k) {
            layout_.pack(member.state[k], slots_[k].get());
            state.push_back(slots_[k].get());
        }
        return state;
    }
    void give(const Member<T>& member) const {
        layout_.unpack(theta_.get(), member.theta);
        for (std::size_t k = 0; k < member.state.size(); ++k) layout_.unpack(slots_[k].get(), member.state[k]);
    }

    const Layout<T> layout_;
    Chain<T> chain_;
    const Buffer<T> theta_;
    std::vector<Buffer<T>> slots_;  // the optimizer's
    std::vector<Forward<T>> forward_;
    std::vector<Backward<T>> backward_;   // of the batch's blocks
    std::vector<Gradient<T>> gradients_;
    std::vector<double> losses_;          // of the batch's blocks
    Buffer<T> total_;                     // the gradient of all of a group's blocks
};

}  // namespace mlnn::MLNN_ISA
