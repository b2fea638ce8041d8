// One step of an optimizer: penalty, clipping, wrappers, rule and max-norm, in one pass over θ.
#pragma once

#include <algorithm>
#include <cmath>

#include "stage/activation.hpp"
#include "end/gradient.hpp"
#include "kernel/memory.hpp"

namespace mlnn::MLNN_ISA {

// The numbers of one step that are the same for all elements of a tensor.
template <class T>
struct StepNumbers {
    T rate, decay;
    const T* coefficients;
};

// Kernels work on n elements of θ and of the gradient; in the slots, those begin at `at`.
template <class T>
struct RuleKernels {
    int slots, coefficients;
    void (*update)(Size n, T* theta, const T* gradient, T* const* state, Size at, StepNumbers<T> f, const T* h);
};

template <class Rule, class T>
void rule_update(Size n, T* theta, const T* gradient, T* const* state, Size at, StepNumbers<T> f, const T* h) {
    using V = Vector<T>;
    T* rows[Rule::slots + 1];
    for (int k = 0; k < Rule::slots; ++k) rows[k] = state[k] + at;
    V coefficients[Rule::coefficients + 1], slots[Rule::slots + 1];
    for (int k = 0; k < Rule::coefficients; ++k) coefficients[k] = broadcast<V>(f.coefficients[k]);
    const V rate = broadcast<V>(f.rate), decay = broadcast<V>(f.decay);
    for (Size i = 0; i < n; i += lanes<T>) {
        V moved = load(theta + i);
        for (int k = 0; k < Rule::slots; ++k) slots[k] = load(rows[k] + i);
        Rule::update(moved, load(gradient + i), slots, rate, decay, coefficients, h);
        store(theta + i, moved);
        for (int k = 0; k < Rule::slots; ++k) store(rows[k] + i, slots[k]);
    }
}

template <class T>
struct WrapperKernels {
    int slots, coefficients;
    void (*before)(Size n, T* theta, T* gradient, StepNumbers<T> f, const T* h);
    void (*after)(Size n, T* theta, T* const* state, Size at, StepNumbers<T> f, const T* h);
};

template <class Wrapper, class T>
void wrapper_before(Size n, T* theta, T* gradient, StepNumbers<T> f, const T* h) {
    if constexpr (Wrapper::changes_before) {
        using V = Vector<T>;
        V coefficients[Wrapper::coefficients + 1];
        for (int k = 0; k < Wrapper::coefficients; ++k) coefficients[k] = broadcast<V>(f.coefficients[k]);
        for (Size i = 0; i < n; i += lanes<T>) {
            V at = load(theta + i), g = load(gradient + i);
            Wrapper::before(at, g, broadcast<V>(f.rate), broadcast<V>(f.decay), coefficients, h);
            store(theta + i, at);
            store(gradient + i, g);
        }
    }
}

template <class Wrapper, class T>
void wrapper_after(Size n, T* theta, T* const* state, Size at, StepNumbers<T> f, const T* h) {
    if constexpr (Wrapper::changes_after) {
        using V = Vector<T>;
        V coefficients[Wrapper::coefficients + 1], slots[Wrapper::slots + 1];
        T* rows[Wrapper::slots + 1];
        for (int k = 0; k < Wrapper::slots; ++k) rows[k] = state[k] + at;
        for (int k = 0; k < Wrapper::coefficients; ++k) coefficients[k] = broadcast<V>(f.coefficients[k]);
        for (Size i = 0; i < n; i += lanes<T>) {
            V moved = load(theta + i);
            for (int k = 0; k < Wrapper::slots; ++k) slots[k] = load(rows[k] + i);
            Wrapper::after(moved, slots, broadcast<V>(f.rate), broadcast<V>(f.decay), coefficients, h);
            store(theta + i, moved);
            for (int k = 0; k < Wrapper::slots; ++k) store(rows[k] + i, slots[k]);
        }
    }
}

// gradient += factor · slope of the penalty.
template <class Penalty, class T>
void penalty_slope(Size n, const T* theta, T* gradient, T factor, const T* h) {
    for (Size i = 0; i < n; i += lanes<T>)
        store(gradient + i, load(gradient + i) + broadcast<Vector<T>>(factor) * Penalty::slope(load(theta + i), h));
}

// Σ formula of the penalty.
template <class Penalty, class T>
double penalty_sum(Size n, const T* theta, const T* h) {
    Vector<T> sums{};
    for (Size i = 0; i < n; i += lanes<T>) sums += Penalty::formula(load(theta + i), h);
    double total = 0.0;
    for (Size k = 0; k < lanes<T>; ++k) total += double(sums[k]);
    return total;
}

// What a step moves, and by what.
template <class T>
struct UpdateStep {
    T* theta;
    const std::vector<T*>& state;
    const std::vector<Gradient<T>>& gradients;  // of blocks of rows, in a fixed order
    double rate, penalty_factor;
    const T* coefficients;
};

template <class T>
class Update {
  public:
    Update(const UpdatePlan& plan, const Layout<T>& layout) : layout_(layout) {
#define MLNN_ROW(R) {R::slots, R::coefficients, rule_update<R, T>},
        static const RuleKernels<T> rules[] = {MLNN_RULES(MLNN_ROW)};
#undef MLNN_ROW
#define MLNN_ROW(W) {W::slots, W::coefficients, wrapper_before<W, T>, wrapper_after<W, T>},
        static const WrapperKernels<T> wrappers[] = {MLNN_WRAPPERS(MLNN_ROW)};
#undef MLNN_ROW
#define MLNN_ROW(P) {penalty_slope<P, T>, penalty_sum<P, T>},
        static const PenaltyKernels penalties[] = {MLNN_PENALTIES(MLNN_ROW)};
#undef MLNN_ROW
        rule_ = rules[plan.rule.formula];
        rule_h_ = as<T>(plan.rule.hyperparameters);
        for (const RulePlan& w : plan.wrappers)
            wrappers_.push_back({wrappers[w.formula], as<T>(w.hyperparameters), w.limit, 0, 0});
        // A wrapper's slots and coefficients come after those of what it wraps.
        slots_ = rule_.slots, coefficients_ = rule_.coefficients;
        for (auto w = wrappers_.rbegin(); w != wrappers_.rend(); ++w) {
            w->slot = slots_, w->coefficient = coefficients_;
            slots_ += w->kernels.slots, coefficients_ += w->kernels.coefficients;
        }
        for (Size tensor = 0; tensor < Size(layout.tensors().size()); ++tensor)
            for (Size at = 0, size = layout.tensors()[tensor].size(); at < size; at += plan.piece)
                pieces_.push_back({tensor, at, std::min(at + plan.piece, size)});
        if (plan.penalty >= 0) penalty_ = penalties[plan.penalty], penalty_h_ = as<T>(plan.penalty_hyperparameters);
    }

    // How many slots and coefficients the rule and its wrappers take.
    int slots() const { return slots_; }
    int coefficients() const { return coefficients_; }

    // Takes a step. `share` runs so many pieces of work, one after another or side by side.
    template <class Share>
    void operator()(const UpdateStep<T>& step, const Share& share) const {
        const T scale = T(gradient_scale(step));
        share(int(pieces_.size()), [&](int k) {
            const Piece& piece = pieces_[k];
            const auto& p = layout_.tensors()[piece.tensor];
            const StepNumbers<T> numbers{T(step.rate) * T(p.rate), T(p.penalty), step.coefficients};
            for (Size at = piece.start; at < piece.stop; at += CHUNK)
                chunk(step, piece.tensor, at, std::min(CHUNK, piece.stop - at), scale, numbers);
        });
        for (const auto& p : layout_.tensors())
            if (std::isfinite(p.max_norm)) project(p, step.theta + p.start);
    }

    // R(θ), summed in a fixed order.
    double penalty(const T* theta) const {
        double total = 0.0;
        for (const auto& p : layout_.tensors())
            for (Size at = 0; penalty_.sum && p.penalty != 0.0 && at < p.size(); at += CHUNK)
                total += p.penalty * penalty_.sum(std::min(CHUNK, p.size() - at), theta + p.start + at, penalty_h_.data());
        return total;
    }

  private:
    struct PenaltyKernels {
        void (*add_slope)(Size n, const T* theta, T* gradient, T factor, const T* h);
        double (*sum)(Size n, const T* theta, const T* h);
    };
    static constexpr Size CHUNK = 1024;  // the gradient on the stack; whatever takes part stays in the first cache

    struct Piece {
        Size tensor, start, stop;
    };
    struct Wrapped {
        WrapperKernels<T> kernels;
        std::vector<T> h;
        double limit;
        int slot, coefficient;
    };

    // The gradient of J from an element of a tensor on: that of the data, and the penalty's slope.
    void gradient(const UpdateStep<T>& step, Size tensor, Size at, Size n, T* g) const {
        const auto& p = layout_.tensors()[tensor];
        const T factor = T(step.penalty_factor) * T(p.penalty);
        read(step.gradients, layout_, tensor, at, n, g);
        if (penalty_.add_slope && factor != T(0))
            penalty_.add_slope(n, step.theta + p.start + at, g, factor, penalty_h_.data());
    }

    void chunk(const UpdateStep<T>& step, Size tensor, Size at, Size n, T scale, StepNumbers<T> f) const {
        alignas(64) T g[CHUNK];
        gradient(step, tensor, at, n, g);
        const Size start = layout_.tensors()[tensor].start + at;
        T* const theta = step.theta + start;
        T* const* const slots = step.state.data();
        if (scale != T(1))
            for (Size i = 0; i < n; i += lanes<T>) store(g + i, load(g + i) * broadcast<Vector<T>>(scale));
        const T* all = f.coefficients;
        for (const Wrapped& w : wrappers_) {
            f.coefficients = all + w.coefficient;
            w.kernels.before(n, theta, g, f, w.h.data());
        }
        f.coefficients = all;
        rule_.update(n, theta, g, slots, start, f, rule_h_.data());
        for (auto w = wrappers_.rbegin(); w != wrappers_.rend(); ++w) {
            f.coefficients = all + w->coefficient;
            w->kernels.after(n, theta, slots + w->slot, start, f, w->h.data());
        }
    }

    // The factor that the ClipNorms among the wrappers put on the whole gradient, the outermost first.
    double gradient_scale(const UpdateStep<T>& step) const {
        const auto clips = [](const Wrapped& w) { return std::isfinite(w.limit); };
        if (std::none_of(wrappers_.begin(), wrappers_.end(), clips)) return 1.0;
        alignas(64) T g[CHUNK];
        double square = 0.0, scale = 1.0;
        for (const Piece& piece : pieces_)
            for (Size at = piece.start; at < piece.stop; at += CHUNK) {
                const Size n = std::min(CHUNK, piece.stop - at);
                gradient(step, piece.tensor, at, n, g);
                for (Size i = 0; i < n; ++i) square += double(g[i]) * double(g[i]);
            }
        for (const Wrapped& w : wrappers_)
            if (clips(w)) scale *= w.limit / std::max(std::sqrt(square) * scale, w.limit);
        return scale;
    }

    // Scales each column whose norm is above the limit back to it.
    void project(const typename Layout<T>::Placed& p, T* W) const {
        const Vector<T> limit = broadcast<Vector<T>>(T(p.max_norm)), one = broadcast<Vector<T>>(T(1));
        for (Size j = 0; j < p.row_stride; j += lanes<T>) {
            Vector<T> square_sum{};
            for (Size r = 0; r < p.rows; ++r) square_sum += square(load(W + r * p.row_stride + j));
            const Vector<T> norm = sqrt(square_sum), factor = norm > limit ? limit / norm : one;
            for (Size r = 0; r < p.rows; ++r)
                store(W + r * p.row_stride + j, load(W + r * p.row_stride + j) * factor);
        }
    }

    const Layout<T>& layout_;
    RuleKernels<T> rule_;
    std::vector<T> rule_h_, penalty_h_;
    std::vector<Wrapped> wrappers_;
    std::vector<Piece> pieces_;
    int slots_, coefficients_;
    PenaltyKernels penalty_{nullptr, nullptr};
};

}  // namespace mlnn::MLNN_ISA
