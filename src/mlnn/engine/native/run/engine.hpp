// The engine: a network's stages over tiles of rows, an optimizer's steps, many in one call.
#pragma once

#include <limits>
#include <memory>

#include "stage/batch_norm.hpp"
#include "stage/columns.hpp"
#include "stage/dropout.hpp"
#include "run/pool.hpp"
#include "stage/sparse.hpp"
#include "stage/unit.hpp"
#include "end/update.hpp"
#include "run/workspace.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
std::unique_ptr<Stage<T>> make_stage(const StageDescription& d, const Layout<T>& layout, bool narrow) {
    if (narrow) return std::make_unique<ColumnDenseStage<T>>(d, layout);
    if (d.kind == "dense" && d.width == 1) return std::make_unique<UnitStage<T>>(d, layout);
    if (d.kind == "dense") return std::make_unique<DenseStage<T>>(d, layout);
    if (d.kind == "sparse") return std::make_unique<SparseDenseStage<T>>(d, layout);
    if (d.kind == "activation") return std::make_unique<ActivationStage<T>>(d);
    if (d.kind == "add") return std::make_unique<AddStage<T>>(d, layout);
    if (d.kind == "prelu") return std::make_unique<PReLUStage<T>>(d, layout);
    if (d.kind == "maxout") return std::make_unique<MaxoutStage<T>>(d);
    if (d.kind == "batch_norm") return std::make_unique<BatchNormStage<T>>(d, layout);
    if (d.kind == "dropout") return std::make_unique<DropoutStage<T>>(d);
    throw std::invalid_argument("unknown stage " + d.kind);
}

template <class T>
std::unique_ptr<Output<T>> make_output(const OutputDescription& d) {
    if (d.kind == "softmax") return std::make_unique<SoftmaxOutput<T>>(d);
    if (d.kind == "softmaxes") return std::make_unique<SeveralSoftmaxOutput<T>>(d);
    if (d.kind == "margin") return std::make_unique<MarginOutput<T>>(d);
    if (d.kind == "elementwise") return std::make_unique<ElementwiseOutput<T>>(d);
    throw std::invalid_argument("unknown output " + d.kind);
}

template <class T>
class Engine {
  public:
    // `tile` rows go through the whole chain before the next. A batch is cut into at most `blocks` blocks of rows, each
    // with at least `least_rows` and a gradient of its own.
    Engine(Size inputs, const std::vector<StageDescription>& stages, const std::vector<Tensor>& tensors,
           const OutputDescription& output, Size tile, Size blocks, Size least_rows, bool narrow)
        : inputs_(inputs), layout_(tensors), output_(make_output<T>(output)), tile_(tile), blocks_(blocks),
          least_rows_(least_rows), narrow_(narrow) {
        for (const StageDescription& d : stages) {
            stages_.push_back(make_stage(d, layout_, narrow));
            whole_batch_ |= stages_.back()->whole_batch();
            if (d.kind == "dense") products_ += d.inputs * d.width;
        }
        while (first_ < stages_.size() && !stages_[first_]->learns()) ++first_;
        takes_any_rows_ = !narrow && !stages.empty() && (stages[0].kind == "dense" || stages[0].kind == "sparse");
        sparse_ = !stages.empty() && stages[0].kind == "sparse";
        if (!narrow && !stages.empty() && stages[0].kind == "dense" && stages[0].width > 1)
            on_sieved_ = std::make_unique<SparseDenseStage<T>>(stages[0], layout_);
        theta_ = Buffer<T>(layout_.size());
    }

    Size inputs() const { return inputs_; }
    Size outputs() const { return output_->scores; }

    // Looks at the θ that `predict` shall use, until another call of this engine brings its own.
    void bind(const T* theta) {
        layout_.pack(theta, theta_.get());
        for (std::size_t s = 0; s < stages_.size(); ++s) prepare(s, 0);
    }

    // Scores, or predictions, of shape (rows, K) for the θ that is bound. Threads claim tiles one by one, each thread with
    // a workspace of its own: where a tile begins does not depend on their number.
    void predict(const Rows<T>& rows, T* out, bool only_scores, int threads) {
        const Size count = rows.X.rows, tile = std::min(count, tile_), tiles = tile ? (count + tile - 1) / tile : 0;
        const int shares = int(std::min<Size>(worth(threads, rows, count), tiles));
        reserve(tile, shares, rows);
        std::atomic<Size> next{0};
        Pool::shared().run(shares, shares, [&](int share) {
            Workspace<T>& w = workspaces_[share];
            for (Size from = tile * next.fetch_add(1); from < count; from = tile * next.fetch_add(1)) {
                const Pass<T> pass{std::min(tile, count - from), from, nullptr, true, false, w.products.get(), &rows, sieved(w)};
                predict_tile(w, pass, rows, out + from * output_->scores, only_scores);
            }
        });
    }

    // factor · data loss over all rows, and its gradient by θ.
    double loss_and_gradient(const T* theta, const Rows<T>& rows, const Noise* noise, double factor, T* gradient,
                             int threads) {
        layout_.pack(theta, theta_.get());
        reserve_blocks(rows.X.rows, rows);
        const double weight = rows.weight(rows.X.rows);
        const double loss = batch(rows, rows.X.rows, noise, factor, weight, worth(threads, rows, rows.X.rows), true, false);
        T* sum = workspaces_[0].gradient.get();
        for (std::size_t b = 1; b < gradients_.size(); ++b)
            for (Size i = 0; i < layout_.size(); ++i) sum[i] += gradients_[b].written[i];
        layout_.unpack(sum, gradient);
        return weight > 0.0 ? factor * loss / weight : 0.0;
    }

    // Takes the steps, changing θ and the state; writes the data's loss and the penalty before each step measured, one
    // pair a step. Between two steps it asks `interrupted` and leaves early where that says so.
    template <class Interrupted>
    void run(const Member<T>& member, const OptimizerDescription& optimizer, int threads, Interrupted& interrupted) {
        const auto& [theta, state, rows, steps, measured] = member;
        double* losses = measured;
        layout_.pack(theta, theta_.get());
        std::vector<T*> inside;
        while (slots_.size() < state.size()) slots_.emplace_back(layout_.size());
        for (std::size_t k = 0; k < state.size(); ++k) {
            layout_.pack(state[k], slots_[k].get());
            inside.push_back(slots_[k].get());
        }
        Size largest = 0;
        for (Size k = 0; k < steps.count; ++k) largest = std::max(largest, steps.bounds[2 * k + 1] - steps.bounds[2 * k]);
        reserve_blocks(largest, rows);
        threads = worth(threads, rows, largest);
        same_rows_ = !rows.order;
        for (Size k = 1; k < steps.count; ++k) same_rows_ &= steps.bounds[2 * k] == steps.bounds[0] && steps.bounds[2 * k + 1] == steps.bounds[1];
        for (Workspace<T>& w : workspaces_) w.gathered = -1;
        const Update<T> update(optimizer, layout_);
        T coefficients[MOST_COEFFICIENTS];
        for (Size k = 0; k < steps.count && !interrupted(); ++k) {
            Rows<T> batch_rows = rows;
            batch_rows.base = steps.bounds[2 * k];
            const Size count = steps.bounds[2 * k + 1] - steps.bounds[2 * k];
            const Noise noise{steps.seed, std::uint64_t(steps.first + k)};
            const double weight = batch_rows.weight(count);
            const double loss = batch(batch_rows, count, &noise, steps.data_factors[k], weight, threads,
                                      k >= steps.measured_from, !narrow_ && !stages_.empty() && count <= FEW_ROWS);
            if (k >= steps.measured_from) {
                *losses++ = weight > 0.0 ? loss / weight : 0.0;
                *losses++ = update.penalty(theta_.get());
            }
            for (std::size_t c = 0; c < steps.coefficients.size(); ++c) coefficients[c] = T(steps.coefficients[c][k]);
            update.step(theta_.get(), gradients_, inside, steps.rates[k], steps.penalty_factors[k], coefficients, threads);
            if (whole_batch_)
                for (std::size_t s = 0; s < stages_.size(); ++s)
                    stages_[s]->observe(count, workspaces_[0].memos[s].get(), theta_.get());
        }
        same_rows_ = false;
        layout_.unpack(theta_.get(), theta);
        for (std::size_t k = 0; k < state.size(); ++k) layout_.unpack(inside[k], state[k]);
    }

  private:
    // Work that takes no longer than threads need to meet is not shared.
    int worth(int threads, const Rows<T>& rows, Size count) const {
        const double entries = sparse_ && rows.X.rows ? rows.sparse.starts[rows.X.rows] / double(rows.X.rows) : 0.0;
        return count * (products_ + entries * stages_[0]->stride) < LEAST_PRODUCTS ? 1 : threads;
    }

    // How many blocks a large batch has.
    Size most_blocks() const { return whole_batch_ ? 1 : blocks_; }

    void reserve_blocks(Size batch, const Rows<T>& rows) {
        reserve(whole_batch_ ? batch : std::min(tile_, batch), most_blocks(), rows);
    }

    // Has at least so many workspaces for tiles of so many rows, and decides how these rows are read.
    void reserve(Size tile, Size count, const Rows<T>& rows) {
        const Size now = workspaces_.size(), room = now ? workspaces_[0].rows : 0;
        if (now < count || room < tile) {
            workspaces_.clear();
            const Size most = std::max(tile, room), wide = sparse_ ? 0 : padded<T>(inputs_);  // sparse rows stay where they are
            for (Size b = 0; b < std::max(count, now); ++b)
                workspaces_.emplace_back(most, narrow_ ? inputs_ * padded<T>(most) : most * wide, wide, stages_, *output_, layout_);
        }
        const bool countable = workspaces_.empty() || workspaces_[0].rows * inputs_ <= std::numeric_limits<std::int32_t>::max();
        sieves_ = on_sieved_ && tile >= LEAST_SIEVED && countable && mostly_zeros(rows.X);
        for (Workspace<T>& w : workspaces_)
            if (sieves_ && w.sieve.room() < w.rows * inputs_) w.sieve = Sieve<T>(w.rows, inputs_);
    }

    // Stage s, as these rows need it.
    Stage<T>& stage(std::size_t s) const { return s == 0 && sieves_ ? *on_sieved_ : *stages_[s]; }

    void prepare(std::size_t s, Size rows_back) {
        stages_[s]->prepare(theta_.get(), rows_back);
        if (s == 0 && on_sieved_) on_sieved_->prepare(theta_.get(), rows_back);
    }

    // Forward and backward over a batch: fills the blocks' gradients, returns Σ weight · loss.
    double batch(const Rows<T>& rows, Size count, const Noise* noise, double factor, double weight,
                 int threads, bool measure, bool few) {
        Pool& pool = Pool::shared();
        pool.run(threads, int(stages_.size()), [&](int s) { prepare(s, std::size_t(s) > first_ ? count : 0); });
        const T share = T(weight > 0.0 ? factor / weight : 0.0);
        Size blocks = 1;  // or another power of two, because so many threads there mostly are
        while (blocks < most_blocks() && 3 * blocks * least_rows_ < 2 * count) blocks *= 2;
        const Size most = (count + blocks - 1) / blocks;
        const Size used = (count + most - 1) / most;
        pool.run(threads, int(used), [&](int b) {
            Workspace<T>& w = workspaces_[b];
            const Size start = b * most, stop = std::min(count, start + most);
            w.loss = 0.0;
            for (Size from = start; from < stop; from += w.rows) {
                const Pass<T> pass{std::min(w.rows, stop - from), from, noise, from == start, few, w.products.get(), &rows, sieved(w)};
                w.loss += tile(w, pass, rows, share, measure);
            }
        });
        double loss = 0.0;
        gradients_.clear();
        for (Size b = 0; b < used; ++b) {
            loss += workspaces_[b].loss;
            gradients_.push_back({workspaces_[b].gradient.get(), few ? &workspaces_[b].factored : nullptr});
        }
        return loss;
    }

    double tile(Workspace<T>& w, const Pass<T>& pass, const Rows<T>& rows, T share, bool measure) {
        const T* S = forward(w, pass, rows);
        T *d_y = pass.few ? w.kept.back().get() : w.d[0].get(), *d_x = w.d[1].get();
        if (pass.few) std::fill(w.factored.begin(), w.factored.end(), Factored<T>{});
        double loss;
        if (narrow_) {
            std::memcpy(d_y, S, stages_.back()->size(w.rows) * sizeof(T));
            loss = output_->on_columns(pass.rows, rows, pass.first, d_y, w.stride(), share, measure,
                                       w.scratch.get());
        } else {
            loss = output_->on_rows(pass.rows, rows, pass.first, S, share, measure, d_y, w.scratch.get());
        }
        for (std::size_t s = stages_.size(); s-- > first_;) {
            if (pass.few && s > first_) d_x = w.kept[s - 1].get();
            const Matrix<T> x = input(w, s, pass, rows);
            stage(s).backward(pass, x, w.values[s].get(), w.memos[s].get(), d_y, s > first_ ? d_x : nullptr, w.gradient.get());
            if (const int tensor = stage(s).multiplies(); pass.few && tensor >= 0) w.factored[tensor] = {x, d_y, stages_[s]->stride};
            std::swap(d_y, d_x);
        }
        return loss;
    }

    void predict_tile(Workspace<T>& w, const Pass<T>& pass, const Rows<T>& rows, T* out, bool only_scores) {
        const T* S = forward(w, pass, rows);
        const Size K = output_->scores, n = padded<T>(pass.rows);
        const Size next_row = narrow_ ? 1 : padded<T>(K), next = narrow_ ? w.stride() : 1;
        T* columns = w.scratch.get();
        for (Size k = 0; k < K; ++k)
            for (Size r = 0; r < pass.rows; ++r) columns[k * n + r] = S[r * next_row + k * next];
        if (!only_scores) output_->predict(n, columns);
        for (Size r = 0; r < pass.rows; ++r)
            for (Size k = 0; k < K; ++k) out[r * K + k] = columns[k * n + r];
    }

    const T* forward(Workspace<T>& w, const Pass<T>& pass, const Rows<T>& rows) {
        if (!direct(rows) && !(same_rows_ && w.gathered == pass.first)) gather(w, pass, rows);
        w.gathered = pass.first;
        for (std::size_t s = 0; s < stages_.size(); ++s)
            stage(s).forward(pass, input(w, s, pass, rows), w.values[s].get(), w.memos[s].get());
        return stages_.empty() ? w.x.get() : w.values.back().get();
    }

    const SparseMatrix<T>* sieved(const Workspace<T>& w) const { return sieves_ ? &w.sieve.rows() : nullptr; }

    // Rows that lie one after another need no copy where the first stage is content with rows that are not padded.
    bool direct(const Rows<T>& rows) const { return sparse_ || (takes_any_rows_ && !rows.order && !sieves_); }

    Matrix<T> input(const Workspace<T>& w, std::size_t s, const Pass<T>& pass, const Rows<T>& rows) const {
        if (narrow_) return {s ? w.values[s - 1].get() : w.x.get(), stages_[s]->inputs, pass.rows, w.stride()};
        if (s > 0) return {w.values[s - 1].get(), pass.rows, stages_[s]->inputs, stages_[s - 1]->stride};
        if (sparse_ || sieves_) return {};
        if (direct(rows)) return {rows.X.row(rows.row(pass.first)), pass.rows, inputs_, rows.X.row_stride};
        return {w.x.get(), pass.rows, inputs_, padded<T>(inputs_)};
    }

    void gather(Workspace<T>& w, const Pass<T>& pass, const Rows<T>& rows) const {
        const TileOfRows<T> tile{rows, pass.first, pass.rows};
        if (sieves_) return w.sieve.gather(tile);
        if (narrow_) return gather_columns(tile, w.x.get(), w.stride(), w.products.get());
        gather_rows(tile, w.x.get(), padded<T>(inputs_));
    }

    static constexpr Size LEAST_PRODUCTS = 1 << 20, LEAST_SIEVED = 16;

    const Size inputs_;
    const Layout<T> layout_;
    std::vector<std::unique_ptr<Stage<T>>> stages_;
    std::unique_ptr<Stage<T>> on_sieved_;  // the first stage for rows that are mostly zeros, if it can leave those out
    const std::unique_ptr<Output<T>> output_;
    const Size tile_, blocks_, least_rows_;
    Size products_ = 0;      // multiplications of one row on its way forward
    std::size_t first_ = 0;  // the first stage that learns: no gradient is needed before it
    const bool narrow_;
    bool same_rows_ = false;  // whether every step of this run takes the same rows: a tile gathered once is there
    bool sieves_ = false;     // whether the rows of this call are read without their zeros
    bool whole_batch_ = false, takes_any_rows_ = false, sparse_ = false;
    Buffer<T> theta_;
    std::vector<Buffer<T>> slots_;  // the optimizer's
    std::vector<Workspace<T>> workspaces_;
    std::vector<Gradient<T>> gradients_;  // of the batch's blocks
};

}  // namespace mlnn::MLNN_ISA
