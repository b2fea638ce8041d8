// One step of an optimizer: penalty, clipping, wrappers, rule and max-norm, in one pass over θ.
#pragma once

#include <algorithm>
#include <cmath>

#include "stage/activation.hpp"
#include "end/gradient.hpp"
#include "kernel/memory.hpp"
#include "run/pool.hpp"

namespace mlnn::MLNN_ISA {

// The numbers of one step that are the same for all elements of a tensor.
template <class T>
struct StepNumbers {
    T rate, decay;
    const T* coefficients;
};

constexpr int MOST_COEFFICIENTS = 8, MOST_SLOTS = 8;

template <class T>
struct RuleKernels {
    int slots, coefficients;
    void (*update)(Size n, T* theta, const T* gradient, T* const* state, StepNumbers<T> f, const T* h);
};

template <class Rule, class T>
void rule_update(Size n, T* theta, const T* gradient, T* const* state, StepNumbers<T> f, const T* h) {
    using V = Vector<T>;
    V coefficients[Rule::coefficients + 1], slots[Rule::slots + 1];
    for (int k = 0; k < Rule::coefficients; ++k) coefficients[k] = broadcast<V>(f.coefficients[k]);
    const V rate = broadcast<V>(f.rate), decay = broadcast<V>(f.decay);
    for (Size i = 0; i < n; i += lanes<T>) {
        V at = load(theta + i);
        for (int k = 0; k < Rule::slots; ++k) slots[k] = load(state[k] + i);
        Rule::update(at, load(gradient + i), slots, rate, decay, coefficients, h);
        store(theta + i, at);
        for (int k = 0; k < Rule::slots; ++k) store(state[k] + i, slots[k]);
    }
}

template <class T>
struct WrapperKernels {
    int slots, coefficients;
    void (*before)(Size n, T* theta, T* gradient, StepNumbers<T> f, const T* h);
    void (*after)(Size n, T* theta, T* const* state, StepNumbers<T> f, const T* h);
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
void wrapper_after(Size n, T* theta, T* const* state, StepNumbers<T> f, const T* h) {
    if constexpr (Wrapper::changes_after) {
        using V = Vector<T>;
        V coefficients[Wrapper::coefficients + 1], slots[Wrapper::slots + 1];
        for (int k = 0; k < Wrapper::coefficients; ++k) coefficients[k] = broadcast<V>(f.coefficients[k]);
        for (Size i = 0; i < n; i += lanes<T>) {
            V at = load(theta + i);
            for (int k = 0; k < Wrapper::slots; ++k) slots[k] = load(state[k] + i);
            Wrapper::after(at, slots, broadcast<V>(f.rate), broadcast<V>(f.decay), coefficients, h);
            store(theta + i, at);
            for (int k = 0; k < Wrapper::slots; ++k) store(state[k] + i, slots[k]);
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

template <class T>
class Update {
  public:
    using Gradients = std::vector<Gradient<T>>;

    Update(const OptimizerDescription& d, const Layout<T>& layout) : layout_(layout) {
#define MLNN_ROW(R) {R::slots, R::coefficients, rule_update<R, T>},
        static const RuleKernels<T> rules[] = {MLNN_RULES(MLNN_ROW)};
#undef MLNN_ROW
#define MLNN_ROW(W) {W::slots, W::coefficients, wrapper_before<W, T>, wrapper_after<W, T>},
        static const WrapperKernels<T> wrappers[] = {MLNN_WRAPPERS(MLNN_ROW)};
#undef MLNN_ROW
#define MLNN_ROW(P) {penalty_slope<P, T>, penalty_sum<P, T>},
        static const PenaltyKernels penalties[] = {MLNN_PENALTIES(MLNN_ROW)};
#undef MLNN_ROW
        rule_ = rules[d.rule.formula];
        rule_h_ = as<T>(d.rule.h);
        for (const RuleDescription& w : d.wrappers)
            wrappers_.push_back({wrappers[w.formula], as<T>(w.h), w.limit, 0, 0});
        // A wrapper's slots and coefficients come after those of what it wraps.
        int slots = rule_.slots, coefficients = rule_.coefficients;
        for (auto w = wrappers_.rbegin(); w != wrappers_.rend(); ++w) {
            w->slot = slots, w->coefficient = coefficients;
            slots += w->kernels.slots, coefficients += w->kernels.coefficients;
        }
        for (Size tensor = 0; tensor < Size(layout.tensors().size()); ++tensor)
            for (Size at = 0, size = layout.tensors()[tensor].size(); at < size; at += PIECE)
                pieces_.push_back({tensor, at, std::min(at + PIECE, size)});
        if (d.penalty >= 0) penalty_ = penalties[d.penalty], penalty_h_ = as<T>(d.penalty_h);
    }

    // Takes a step. `gradients` are those of blocks of rows, in a fixed order.
    void step(T* theta, const Gradients& gradients, const std::vector<T*>& state, double rate,
              double penalty_factor, const T* coefficients, int threads) const {
        const T scale = T(gradient_scale(theta, gradients, penalty_factor));
        Pool::shared().run(threads, int(pieces_.size()), [&](int k) {
            const Piece& piece = pieces_[k];
            const auto& p = layout_.tensors()[piece.tensor];
            for (Size at = piece.start; at < piece.stop; at += CHUNK)
                chunk(piece.tensor, at, std::min(CHUNK, piece.stop - at), theta, gradients, state, scale,
                      T(penalty_factor) * T(p.decay), StepNumbers<T>{T(rate) * T(p.rate), T(p.decay), coefficients});
        });
        for (const auto& p : layout_.tensors())
            if (std::isfinite(p.max_norm)) project(p, theta + p.start);
    }

    // R(θ), summed in a fixed order.
    double penalty(const T* theta) const {
        double total = 0.0;
        for (const auto& p : layout_.tensors())
            for (Size at = 0; penalty_.sum && p.decay != 0.0 && at < p.size(); at += CHUNK)
                total += p.decay * penalty_.sum(std::min(CHUNK, p.size() - at), theta + p.start + at, penalty_h_.data());
        return total;
    }

  private:
    struct PenaltyKernels {
        void (*add_slope)(Size n, const T* theta, T* gradient, T factor, const T* h);
        double (*sum)(Size n, const T* theta, const T* h);
    };
    static constexpr Size CHUNK = 1024;  // small enough for every vector that takes part to stay in the first cache

    static constexpr Size PIECE = 16 * CHUNK;  // long enough to be worth a thread's while

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
    void gradient(Size tensor, Size at, Size n, const T* theta, const Gradients& gradients, T factor, T* g) const {
        read(gradients, layout_, tensor, at, n, g);
        theta += layout_.tensors()[tensor].start + at;
        if (penalty_.add_slope && factor != T(0)) penalty_.add_slope(n, theta, g, factor, penalty_h_.data());
    }

    void chunk(Size tensor, Size at, Size n, T* theta, const Gradients& gradients, const std::vector<T*>& state,
               T scale, T penalty_factor, StepNumbers<T> f) const {
        alignas(64) T g[CHUNK];
        T* slots[MOST_SLOTS];
        gradient(tensor, at, n, theta, gradients, penalty_factor, g);
        const Size start = layout_.tensors()[tensor].start + at;
        for (std::size_t k = 0; k < state.size(); ++k) slots[k] = state[k] + start;
        if (scale != T(1))
            for (Size i = 0; i < n; i += lanes<T>) store(g + i, load(g + i) * broadcast<Vector<T>>(scale));
        const T* all = f.coefficients;
        for (const Wrapped& w : wrappers_) {
            f.coefficients = all + w.coefficient;
            w.kernels.before(n, theta + start, g, f, w.h.data());
        }
        f.coefficients = all;
        rule_.update(n, theta + start, g, slots, f, rule_h_.data());
        for (auto w = wrappers_.rbegin(); w != wrappers_.rend(); ++w) {
            f.coefficients = all + w->coefficient;
            w->kernels.after(n, theta + start, slots + w->slot, f, w->h.data());
        }
    }

    // The factor that the ClipNorms among the wrappers put on the whole gradient, the outermost first.
    double gradient_scale(const T* theta, const Gradients& gradients, double penalty_factor) const {
        const auto clips = [](const Wrapped& w) { return std::isfinite(w.limit); };
        if (std::none_of(wrappers_.begin(), wrappers_.end(), clips)) return 1.0;
        alignas(64) T g[CHUNK];
        double square = 0.0, scale = 1.0;
        for (const Piece& piece : pieces_)
            for (Size at = piece.start; at < piece.stop; at += CHUNK) {
                const Size n = std::min(CHUNK, piece.stop - at);
                const T factor = T(penalty_factor) * T(layout_.tensors()[piece.tensor].decay);
                gradient(piece.tensor, at, n, theta, gradients, factor, g);
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
    PenaltyKernels penalty_{nullptr, nullptr};
};

}  // namespace mlnn::MLNN_ISA
