// The engine: a network's stages over tiles of rows, an optimizer's steps, many in one call.
#pragma once

#include <memory>

#include "batch_norm.hpp"
#include "columns.hpp"
#include "dropout.hpp"
#include "pool.hpp"
#include "sparse.hpp"
#include "loss.hpp"
#include "unit.hpp"
#include "update.hpp"

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
        theta_ = Buffer<T>(layout_.size());
    }

    Size inputs() const { return inputs_; }
    Size outputs() const { return output_->scores; }

    // Looks at the θ that `predict` shall use, until another call of this engine brings its own.
    void bind(const T* theta) {
        layout_.pack(theta, theta_.get());
        for (auto& stage : stages_) stage->prepare(theta_.get(), false);
    }

    // Scores, or predictions, of shape (rows, K) for the θ that is bound. Threads claim tiles one by one, each thread with
    // a workspace of its own: where a tile begins does not depend on their number.
    void predict(const Rows<T>& rows, T* out, bool only_scores, int threads) {
        const Size count = rows.X.rows, tile = std::min(count, tile_), tiles = tile ? (count + tile - 1) / tile : 0;
        const int shares = int(std::min<Size>(worth(threads, rows, count), tiles));
        reserve(tile, shares);
        std::atomic<Size> next{0};
        Pool::shared().run(shares, shares, [&](int share) {
            Workspace& w = workspaces_[share];
            for (Size from = tile * next.fetch_add(1); from < count; from = tile * next.fetch_add(1)) {
                const Pass<T> pass{std::min(tile, count - from), from, nullptr, true, w.products.get(), &rows};
                predict_tile(w, pass, rows, out + from * output_->scores, only_scores);
            }
        });
    }

    // factor · data loss over all rows, and its gradient by θ.
    double loss_and_gradient(const T* theta, const Rows<T>& rows, const Noise* noise, double factor, T* gradient,
                             int threads) {
        layout_.pack(theta, theta_.get());
        reserve_blocks(rows.X.rows);
        const double weight = rows.weight(rows.X.rows);
        const double loss = batch(rows, rows.X.rows, noise, factor, weight, worth(threads, rows, rows.X.rows), true);
        T* sum = workspaces_[0].gradient.get();
        for (std::size_t b = 1; b < used_.size(); ++b)
            for (Size i = 0; i < layout_.size(); ++i) sum[i] += used_[b][i];
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
        std::vector<Buffer<T>> slots;
        std::vector<T*> inside;
        for (const T* flat : state) {
            slots.emplace_back(layout_.size());
            layout_.pack(flat, slots.back().get());
            inside.push_back(slots.back().get());
        }
        Size largest = 0;
        for (Size k = 0; k < steps.count; ++k) largest = std::max(largest, steps.bounds[2 * k + 1] - steps.bounds[2 * k]);
        reserve_blocks(largest);
        threads = worth(threads, rows, largest);
        same_rows_ = !rows.order;
        for (Size k = 1; k < steps.count; ++k) same_rows_ &= steps.bounds[2 * k] == steps.bounds[0] && steps.bounds[2 * k + 1] == steps.bounds[1];
        for (Workspace& w : workspaces_) w.gathered = -1;
        const Update<T> update(optimizer, layout_);
        T coefficients[MOST_COEFFICIENTS];
        for (Size k = 0; k < steps.count && !interrupted(); ++k) {
            Rows<T> batch_rows = rows;
            batch_rows.base = steps.bounds[2 * k];
            const Size count = steps.bounds[2 * k + 1] - steps.bounds[2 * k];
            const Noise noise{steps.seed, std::uint64_t(steps.first + k)};
            const double weight = batch_rows.weight(count);
            const double loss = batch(batch_rows, count, &noise, steps.data_factors[k], weight, threads,
                                      k >= steps.measured_from);
            if (k >= steps.measured_from) {
                *losses++ = weight > 0.0 ? loss / weight : 0.0;
                *losses++ = update.penalty(theta_.get());
            }
            for (std::size_t c = 0; c < steps.coefficients.size(); ++c) coefficients[c] = T(steps.coefficients[c][k]);
            update.step(theta_.get(), used_, inside, steps.rates[k], steps.penalty_factors[k], coefficients, threads);
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

    // What one block of rows needs; taken before the first step.
    struct Workspace {
        Size rows = 0;  // of a tile
        Size stride() const { return padded<T>(rows); }  // from one column to the next on the narrow path
        Size gathered = -1;  // the first row of the tile that x holds
        double loss = 0.0;
        Buffer<T> x, gradient, scratch, products, d[2];
        std::vector<Buffer<T>> values, memos;
    };

    // How many blocks a large batch has.
    Size most_blocks() const { return whole_batch_ ? 1 : blocks_; }

    void reserve_blocks(Size batch) { reserve(whole_batch_ ? batch : std::min(tile_, batch), most_blocks()); }

    // Has at least so many workspaces for tiles of so many rows.
    void reserve(Size rows, Size count) {
        const Size now = workspaces_.size(), room = now ? workspaces_[0].rows : 0;
        if (now >= count && room >= rows) return;
        workspaces_.clear();
        rows = std::max(rows, room);
        for (Size b = 0; b < std::max(count, now); ++b) {
            Workspace w;
            w.rows = rows;
            Size widest = sparse_ ? 0 : padded<T>(inputs_);  // sparse rows are read where they are
            w.x = Buffer<T>(narrow_ ? inputs_ * w.stride() : rows * widest);
            w.gradient = Buffer<T>(layout_.size());
            w.scratch = Buffer<T>(output_->scratch(rows));
            for (const auto& stage : stages_) {
                widest = std::max(widest, stage->stride);
                w.values.emplace_back(stage->size(rows));
                w.memos.emplace_back(stage->memo(rows));
            }
            for (Buffer<T>& d : w.d) d = Buffer<T>(padded<T>(rows) * widest);
            w.products = Buffer<T>(product_scratch<T>(std::max(w.stride(), widest)));
            workspaces_.push_back(std::move(w));
        }
    }

    // Forward and backward over a batch: fills the blocks' gradients, returns Σ weight · loss.
    double batch(const Rows<T>& rows, Size count, const Noise* noise, double factor, double weight,
                 int threads, bool measure) {
        Pool& pool = Pool::shared();
        pool.run(threads, int(stages_.size()), [&](int s) { stages_[s]->prepare(theta_.get(), std::size_t(s) > first_ && count > FEW); });
        const T share = T(weight > 0.0 ? factor / weight : 0.0);
        const Size blocks = std::min(most_blocks(), std::max<Size>(count / least_rows_, 1));
        const Size most = (count + blocks - 1) / blocks;
        const Size used = (count + most - 1) / most;
        pool.run(threads, int(used), [&](int b) {
            Workspace& w = workspaces_[b];
            const Size start = b * most, stop = std::min(count, start + most);
            w.loss = 0.0;
            for (Size from = start; from < stop; from += w.rows) {
                const Pass<T> pass{std::min(w.rows, stop - from), from, noise, from == start, w.products.get(), &rows};
                w.loss += tile(w, pass, rows, share, measure);
            }
        });
        double loss = 0.0;
        used_.clear();
        for (Size b = 0; b < used; ++b) {
            loss += workspaces_[b].loss;
            used_.push_back(workspaces_[b].gradient.get());
        }
        return loss;
    }

    double tile(Workspace& w, const Pass<T>& pass, const Rows<T>& rows, T share, bool measure) {
        const T* S = forward(w, pass, rows);
        T *d_y = w.d[0].get(), *d_x = w.d[1].get();
        double loss;
        if (narrow_) {
            std::memcpy(d_y, S, stages_.back()->size(w.rows) * sizeof(T));
            loss = output_->on_columns(pass.rows, rows, pass.first, d_y, w.stride(), share, measure,
                                       w.scratch.get());
        } else {
            loss = output_->on_rows(pass.rows, rows, pass.first, S, share, measure, d_y, w.scratch.get());
        }
        for (std::size_t s = stages_.size(); s-- > first_;) {
            stages_[s]->backward(pass, input(w, s, pass, rows), w.values[s].get(), w.memos[s].get(), d_y,
                                 s > first_ ? d_x : nullptr, w.gradient.get());
            std::swap(d_y, d_x);
        }
        return loss;
    }

    void predict_tile(Workspace& w, const Pass<T>& pass, const Rows<T>& rows, T* out, bool only_scores) {
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

    const T* forward(Workspace& w, const Pass<T>& pass, const Rows<T>& rows) {
        if (!direct(rows) && !(same_rows_ && w.gathered == pass.first)) gather(w, pass, rows);
        w.gathered = pass.first;
        for (std::size_t s = 0; s < stages_.size(); ++s)
            stages_[s]->forward(pass, input(w, s, pass, rows), w.values[s].get(), w.memos[s].get());
        return stages_.empty() ? w.x.get() : w.values.back().get();
    }

    // Rows that lie one after another need no copy where the first stage is content with rows that are not padded.
    bool direct(const Rows<T>& rows) const { return sparse_ || (takes_any_rows_ && !rows.order); }

    Matrix<T> input(const Workspace& w, std::size_t s, const Pass<T>& pass, const Rows<T>& rows) const {
        if (narrow_) return {s ? w.values[s - 1].get() : w.x.get(), stages_[s]->inputs, pass.rows, w.stride()};
        if (s > 0) return {w.values[s - 1].get(), pass.rows, stages_[s]->inputs, stages_[s - 1]->stride};
        if (sparse_) return {};
        if (direct(rows)) return {rows.X.row(rows.row(pass.first)), pass.rows, inputs_, rows.X.row_stride};
        return {w.x.get(), pass.rows, inputs_, padded<T>(inputs_)};
    }

    void gather(Workspace& w, const Pass<T>& pass, const Rows<T>& rows) const {
        const Size stride = narrow_ ? w.stride() : padded<T>(inputs_);
        // Columns of many rows are far apart, and often by a power of two: one row after another, they would push each
        // other out of the cache.
        const bool far = inputs_ > 8 && pass.rows >= 256;
        if (narrow_ && !far) {
            for (Size r = 0; r < pass.rows; ++r) {
                const T* row = rows.X.row(rows.row(pass.first + r));
                for (Size c = 0; c < inputs_; ++c) w.x[c * stride + r] = row[c];
            }
        } else if (narrow_ && !rows.order) {
            transpose(pass.rows, inputs_, rows.X.row(rows.row(pass.first)), rows.X.row_stride, w.x.get(), stride);
        } else if (narrow_) {
            const Size wide = padded<T>(inputs_);
            for (Size from = 0; from < pass.rows; from += lanes<T>) {  // a few rows are put side by side, and turned
                const Size count = std::min<Size>(lanes<T>, pass.rows - from);
                for (Size r = 0; r < count; ++r)
                    std::memcpy(w.products.get() + r * wide, rows.X.row(rows.row(pass.first + from + r)), inputs_ * sizeof(T));
                transpose(count, inputs_, w.products.get(), wide, w.x.get() + from, stride);
            }
        }
        for (Size r = 0; r < pass.rows && !narrow_; ++r)
            std::memcpy(w.x.get() + r * stride, rows.X.row(rows.row(pass.first + r)), inputs_ * sizeof(T));
    }

    static constexpr Size LEAST_PRODUCTS = 1 << 20, FEW = 1;

    const Size inputs_;
    const Layout<T> layout_;
    std::vector<std::unique_ptr<Stage<T>>> stages_;
    const std::unique_ptr<Output<T>> output_;
    const Size tile_, blocks_, least_rows_;
    Size products_ = 0;      // multiplications of one row on its way forward
    std::size_t first_ = 0;  // the first stage that learns: no gradient is needed before it
    const bool narrow_;
    bool same_rows_ = false;  // whether every step of this run takes the same rows: a tile gathered once is there
    bool whole_batch_ = false, takes_any_rows_ = false, sparse_ = false;
    Buffer<T> theta_;
    std::vector<Workspace> workspaces_;
    std::vector<const T*> used_;
};

}  // namespace mlnn::MLNN_ISA
