// Outputs: losses and their derivatives, row by row in the lanes of vectors.
//
// Scores come in as rows and are transposed into columns first: then a row is a lane, every sum over classes is a sum of
// vectors, and two classes cost no more than two.
#pragma once

#include <algorithm>
#include <limits>

#include "stage/activation.hpp"
#include "kernel/memory.hpp"
#include "kernel/transposed.hpp"

namespace mlnn::MLNN_ISA {

constexpr Size SLICE = 1 << 14;  // bytes

template <class T>
class Output {
  public:
    explicit Output(const EndPlan& d)
        : scores(d.scores),
          slice(std::max<Size>(SLICE / std::max<Size>(scores * sizeof(T), 1) / lanes<T>, 1) * lanes<T>),
          h_(as<T>(d.hyperparameters)) {}
    virtual ~Output() = default;

    const Size scores;
    const Size slice;  // rows whose scores stay in the first cache while they are transposed there and back

    // Room that a tile of at most so many rows needs.
    Size scratch(Size rows) const { return (2 * padded<T>(scores) + 3) * padded<T>(rows); }

    // Returns Σ weight · loss over the tile's rows, and turns the scores, column after column `stride` apart, into
    // share · ∂loss/∂S. `first` is the tile's first row in the batch; `share` is the factor of a row of weight 1.
    virtual double on_columns(Size count, const Rows<T>& rows, Size first, T* S, Size stride, T share, bool measure,
                              T* scratch) const {
        const Size n = padded<T>(count);
        Columns c{count, n, stride, measure, S, scratch, scratch + n, scratch + 2 * n, scratch + 3 * n};
        for (Size r = 0; r < count; ++r) c.weight[r] = T(1);
        if (rows.weights)
            for (Size r = 0; r < count; ++r) c.weight[r] = rows.weights[rows.row(first + r)];
        for (Size r = count; r < n; ++r) c.weight[r] = T(0);
        for (Size r = 0; r < n; r += lanes<T>) store(c.share + r, load(c.weight + r) * broadcast<Vector<T>>(share));
        return columns(c, rows, first);
    }

    // The same for scores that lie row by row.
    double on_rows(Size count, const Rows<T>& rows, Size first, const T* S, T share, bool measure, T* d_S,
                   T* scratch) const {
        const Size stride = padded<T>(scores);
        double loss = 0.0;
        for (Size from = 0; from < count; from += slice) {
            const Size some = std::min(slice, count - from), n = padded<T>(some);
            T* columns = scratch + (scores + 3) * n;
            transpose(some, scores, S + from * stride, stride, columns, n);
            loss += on_columns(some, rows, first + from, columns, n, share, measure, scratch);
            transpose(scores, some, columns, n, d_S + from * stride, stride);
        }
        return loss;
    }

    // Turns the scores of a few rows, column after column `n` apart, into predictions.
    virtual void predict(Size n, T* S) const {}

  protected:
    struct Columns {
        Size count, n, stride;  // rows, rows rounded up to whole vectors, and from one column to the next
        bool measure;           // whether anybody wants the loss
        T* S;                   // scores, to become share · derivative
        T *weight, *share, *losses;
        T* target;  // room for a matrix of targets, columns n apart
    };

    virtual double columns(Columns& c, const Rows<T>& rows, Size first) const { return 0.0; }

    // Σ weight · loss, in double: the losses of a large batch are many.
    static double total(const Columns& c) {
        double sum = 0.0;
        for (Size r = 0; r < c.count && c.measure; ++r) sum += double(c.weight[r]) * double(c.losses[r]);
        return sum;
    }

    const std::vector<T> h_;
};

// Cross-entropy of a softmax, with label smoothing h[0] and the size h[1] beyond which scores are shifted.
template <class T>
class SoftmaxOutput : public Output<T> {
  public:
    using Output<T>::Output;

    void predict(Size n, T* S) const override {
        for (Size r = 0; r < n; r += lanes<T>) {
            const Vector<T> sum = exponentials(n, S + r, shift(n, S + r));
            for (Size k = 0; k < this->scores; ++k) store(S + k * n + r, load(S + k * n + r) / sum);
        }
    }

  protected:
    double columns(typename Output<T>::Columns& c, const Rows<T>& rows, Size first) const override {
        const Size K = this->scores, n = c.n, stride = c.stride;
        const T smoothing = this->h_[0], rest = T(1.0 - double(smoothing));
        const Vector<T> even = broadcast<Vector<T>>(smoothing / T(K));
        T* losses = c.losses;
        for (Size r = 0; r < c.count && c.measure; ++r)
            losses[r] = -rest * c.S[rows.classes[rows.row(first + r)] * stride + r];
        for (Size r = c.count; r < n; ++r) losses[r] = T(0);
        for (Size r = 0; r < n; r += lanes<T>) {
            Vector<T> total{};
            if (smoothing != T(0))
                for (Size k = 0; k < K; ++k) total += load(c.S + k * stride + r);
            const Vector<T> off_zero = shift(stride, c.S + r), sum = exponentials(stride, c.S + r, off_zero);
            const Vector<T> share = load(c.share + r), scale = share / sum, off = share * even;
            for (Size k = 0; k < K; ++k) store(c.S + k * stride + r, load(c.S + k * stride + r) * scale - off);
            if (c.measure) store(losses + r, load(losses + r) + off_zero + log(sum) - even * total);
        }
        for (Size r = 0; r < c.count; ++r) c.S[rows.classes[rows.row(first + r)] * stride + r] -= rest * c.share[r];
        return this->total(c);
    }

  private:
    // What to subtract from a row's scores so that no power of e is infinite and one is well above 0.
    Vector<T> shift(Size stride, const T* S) const {
        const Vector<T> bound = broadcast<Vector<T>>(this->h_[1]);
        Vector<T> largest = load(S);
        for (Size k = 1; k < this->scores; ++k) largest = maximum(load(S + k * stride), largest);
        return largest - minimum(maximum(largest, -bound), bound);
    }

    // Replaces the scores by e to their power, and returns the sums.
    Vector<T> exponentials(Size stride, T* S, Vector<T> shift) const {
        Vector<T> sum{};
        for (Size k = 0; k < this->scores; ++k) {
            const Vector<T> power = exp(load(S + k * stride) - shift);
            store(S + k * stride, power);
            sum += power;
        }
        return sum;
    }
};

// Several softmaxes side by side; behind the size beyond which scores are shifted, h holds how many classes each has.
// Class numbers lie question after question.
template <class T>
class SeveralSoftmaxOutput : public Output<T> {
  public:
    explicit SeveralSoftmaxOutput(const EndPlan& d) : Output<T>(d) {
        EndPlan group = d;
        group.hyperparameters = {0.0, d.hyperparameters[0]};
        for (std::size_t k = 1; k < d.hyperparameters.size(); ++k) {
            group.scores = Size(d.hyperparameters[k]);
            groups_.emplace_back(group);
        }
    }

    double on_columns(Size count, const Rows<T>& rows, Size first, T* S, Size stride, T share, bool measure,
                      T* scratch) const override {
        Rows<T> part = rows;
        double loss = 0.0;
        for (const SoftmaxOutput<T>& group : groups_) {
            loss += group.on_columns(count, part, first, S, stride, share, measure, scratch);
            S += group.scores * stride;
            part.classes += rows.X.rows;
        }
        return loss;
    }

    void predict(Size n, T* S) const override {
        for (const SoftmaxOutput<T>& group : groups_) {
            group.predict(n, S);
            S += group.scores * n;
        }
    }

  private:
    std::vector<SoftmaxOutput<T>> groups_;
};

// A traced margin loss over the wrong classes; h[0] is the margin.
template <class T>
struct MarginKernels {
    Vector<T> (*formula)(Vector<T>, const T*);
    Vector<T> (*slope)(Vector<T>, const T*);
};

template <class T>
class MarginOutput : public Output<T> {
  public:
    explicit MarginOutput(const EndPlan& d) : Output<T>(d), kernels_(all()[d.formula]) {}

  protected:
    double columns(typename Output<T>::Columns& c, const Rows<T>& rows, Size first) const override {
        const Size K = this->scores, n = c.n, stride = c.stride;
        const T margin = this->h_[0];
        const T* h = this->h_.data() + 1;
        T *truth = c.target, *losses = c.losses;
        for (Size r = 0; r < c.count; ++r) truth[r] = c.S[rows.classes[rows.row(first + r)] * stride + r];
        for (Size r = c.count; r < n; ++r) truth[r] = T(0);
        for (Size r = 0; r < c.count; ++r)  // the true class does not compete with itself
            c.S[rows.classes[rows.row(first + r)] * stride + r] = -std::numeric_limits<T>::infinity();
        for (Size r = 0; r < n; r += lanes<T>) {
            Vector<T> loss{}, sum{};
            for (Size k = 0; k < K; ++k) {
                const Vector<T> s = load(c.S + k * stride + r), none = broadcast<Vector<T>>(-margin);
                Vector<T> v = s - load(truth + r) + broadcast<Vector<T>>(margin);
                v = s == broadcast<Vector<T>>(-std::numeric_limits<T>::infinity()) ? none : v;
                loss += kernels_.formula(v, h);
                const Vector<T> d = kernels_.slope(v, h) * load(c.share + r);
                sum += d;
                store(c.S + k * stride + r, d);
            }
            store(losses + r, loss);
            store(truth + r, sum);
        }
        for (Size r = 0; r < c.count; ++r) c.S[rows.classes[rows.row(first + r)] * stride + r] = -truth[r];
        return this->total(c);
    }

  private:
    static const MarginKernels<T>* all() {
#define MLNN_ROW(L) {L::template formula<Vector<T>>, L::template slope<Vector<T>>},
        static const MarginKernels<T> kernels[] = {MLNN_MARGINS(MLNN_ROW)};
#undef MLNN_ROW
        return kernels;
    }
    const MarginKernels<T> kernels_;
};

// A traced loss of score and target, summed over the columns.
template <class T>
struct ElementwiseKernels {
    void (*run)(Size n, T* s, const T* t, const T* share, T* losses, const T* h);
    void (*predict)(Size n, T* s, const T* h);
};

// Adds the losses and replaces the scores by share · slope.
template <class Loss, class T>
void elementwise(Size n, T* s, const T* t, const T* share, T* losses, const T* h) {
    for (Size i = 0; i < n; i += lanes<T>) {
        const Vector<T> score = load(s + i), target = load(t + i);
        store(losses + i, load(losses + i) + Loss::formula(score, target, h));
        store(s + i, load(share + i) * Loss::slope(score, target, h));
    }
}

template <class Loss, class T>
void elementwise_predict(Size n, T* s, const T* h) {
    for (Size i = 0; i < n; i += lanes<T>) store(s + i, Loss::predict(load(s + i), h));
}

template <class T>
class ElementwiseOutput : public Output<T> {
  public:
    explicit ElementwiseOutput(const EndPlan& d) : Output<T>(d), kernels_(all()[d.formula]) {}

    void predict(Size n, T* S) const override { kernels_.predict(this->scores * n, S, this->h_.data()); }

  protected:
    double columns(typename Output<T>::Columns& c, const Rows<T>& rows, Size first) const override {
        const Size K = this->scores, n = c.n, stride = c.stride;
        T* losses = c.losses;
        std::memset(losses, 0, n * sizeof(T));
        std::memset(c.target, 0, K * n * sizeof(T));
        for (Size r = 0; r < c.count; ++r) {
            const T* target = rows.values.row(rows.row(first + r));
            for (Size k = 0; k < K; ++k) c.target[k * n + r] = target[k];
        }
        for (Size k = 0; k < K; ++k)
            kernels_.run(n, c.S + k * stride, c.target + k * n, c.share, losses, this->h_.data());
        return this->total(c);
    }

  private:
    static const ElementwiseKernels<T>* all() {
#define MLNN_ROW(L) {elementwise<L, T>, elementwise_predict<L, T>},
        static const ElementwiseKernels<T> kernels[] = {MLNN_ELEMENTWISE(MLNN_ROW)};
#undef MLNN_ROW
        return kernels;
    }
    const ElementwiseKernels<T> kernels_;
};

}  // namespace mlnn::MLNN_ISA
