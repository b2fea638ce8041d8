// A tile's way through the chain: forward to its scores, and back from their derivative to the gradient.
#pragma once

#include <algorithm>

#include "run/workspace.hpp"

namespace mlnn::MLNN_ISA {

// Returns the scores; what the way back needs stays in the workspace. After an interrupt the rest is left out: what lies
// in the workspace then is older, but there.
template <class T>
Matrix<T> forward(const Chain<T>& chain, Forward<T>& w, Pass<T>& pass) {
    Matrix<T> x = (*w.feed)(pass);
    for (std::size_t s = 0; s < chain.stages.size(); ++s) {
        const Stage<T>& stage = *chain.stages[s];
        T *y = w.values[s].get(), *memo = w.memos[s].get();
        w.inputs[s] = x;
        if (!chain.plan.long_tiles || !asks(*pass.interrupted))
            in_pieces(chain, stage, pass, [&](const Pass<T>& piece, Size from) {
                stage.forward(piece, rows_from(x, from), y + from * stage.stride, memo + (memo ? from * stage.stride : 0));
            });
        x = stage.result(x, y);
    }
    return x;
}

// Fills the gradient; returns Σ weight · loss, if that is measured. `share` is the factor of a row of weight 1.
template <class T>
double backward(const Chain<T>& chain, Forward<T>& w, Backward<T>& b, const Pass<T>& pass, Matrix<T> scores, T share,
                bool measure) {
    const auto derivative = [&](std::size_t s, int other) { return pass.factored ? b.kept[s].get() : b.d[other].get(); };
    const std::size_t count = chain.stages.size();
    int other = 0;
    T* d_y = count ? derivative(count - 1, other) : b.d[0].get();
    const double loss = loss_and_derivative(chain, w, pass, scores, share, measure, d_y);
    if (pass.factored) std::fill(b.factored.begin(), b.factored.end(), Factored<T>{});
    for (std::size_t s = count; s-- > chain.learning;) {
        if (chain.plan.long_tiles && asks(*pass.interrupted)) break;
        const Stage<T>& stage = *chain.stages[s];
        const Matrix<T> x = w.inputs[s];
        const T *y = w.values[s].get(), *memo = w.memos[s].get();
        T* const d_x = s > chain.learning ? derivative(s - 1, other ^= 1) : nullptr;
        in_pieces(chain, stage, pass, [&](const Pass<T>& piece, Size from) {
            const Size at = from * stage.stride;
            stage.backward(piece, rows_from(x, from), y + at, memo + (memo ? at : 0), d_y + at,
                           d_x ? d_x + from * padded<T>(stage.inputs) : nullptr, b.gradient.get());
        });
        if (const int tensor = stage.multiplies(); pass.factored && tensor >= 0) b.factored[tensor] = {x, d_y, stage.stride};
        d_y = d_x;
    }
    return loss;
}

// The output's part of it: turns the scores into share · ∂loss/∂S, in d_S.
template <class T>
double loss_and_derivative(const Chain<T>& chain, Forward<T>& w, const Pass<T>& pass, Matrix<T> scores, T share, bool measure,
                           T* d_S) {
    const Output<T>& output = *chain.output;
    if (!chain.columns)
        return output.on_rows(pass.rows, *pass.source, pass.first, scores.data, share, measure, d_S, w.scratch.get());
    std::memcpy(d_S, scores.data, output.scores * scores.row_stride * sizeof(T));
    return output.on_columns(pass.rows, *pass.source, pass.first, d_S, scores.row_stride, share, measure, w.scratch.get());
}

// Writes a tile's scores, or the predictions that the output makes of them, row after row.
template <class T>
void write_predictions(const Chain<T>& chain, Forward<T>& w, const Pass<T>& pass, Matrix<T> scores, T* out, bool only_scores) {
    const Size K = chain.output->scores, stride = padded<T>(K), slice = chain.output->slice;
    const auto write = [&](const T* rows, Size row_stride, Size from, Size count) {
        for (Size r = 0; r < count; ++r) std::memcpy(out + (from + r) * K, rows + r * row_stride, K * sizeof(T));
    };
    if (only_scores && !chain.columns) return write(scores.data, scores.row_stride, 0, pass.rows);
    for (Size from = 0; from < pass.rows; from += slice) {
        const Size count = std::min(slice, pass.rows - from), n = padded<T>(count);
        T *columns = w.scratch.get(), *rows = columns + K * n;
        if (chain.columns)
            for (Size k = 0; k < K; ++k) std::memcpy(columns + k * n, scores.row(k) + from, count * sizeof(T));
        else
            transpose(count, K, scores.row(from), scores.row_stride, columns, n);
        if (!only_scores) chain.output->predict(n, columns);
        transpose(K, count, columns, n, rows, stride);
        write(rows, stride, from, count);
    }
}

// Where a batch goes through the chain as a whole, stages that need not see all of it take a tile of rows at a time, so
// that an interrupt is heard; sums over rows go on from tile to tile and have the same bits.
template <class T, class Work>
void in_pieces(const Chain<T>& chain, const Stage<T>& stage, const Pass<T>& pass, const Work& work) {
    if (!chain.plan.whole_batch || stage.whole_batch() || pass.rows <= chain.plan.tile) return work(pass, 0);
    for (Size from = 0; from < pass.rows && !asks(*pass.interrupted); from += chain.plan.tile) {
        Pass<T> piece = pass;
        piece.first += from;
        piece.rows = std::min(chain.plan.tile, pass.rows - from);
        piece.fresh = pass.fresh && from == 0;
        if (piece.sieved.starts) piece.sieved.starts += from;
        work(piece, from);
    }
}

template <class T>
Matrix<T> rows_from(Matrix<T> x, Size from) {
    return {x.data ? x.row(from) : nullptr, x.rows - from, x.columns, x.row_stride};
}

}  // namespace mlnn::MLNN_ISA
