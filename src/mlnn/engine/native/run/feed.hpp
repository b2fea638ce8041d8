// Feeds: how a tile's rows come to the first stage, from wherever they lie in the table.
#pragma once

#include <memory>
#include <stdexcept>

#include "kernel/memory.hpp"
#include "kernel/transposed.hpp"
#include "stage/stage.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
class Feed {
  public:
    virtual ~Feed() = default;

    // Begins with other rows; `same` tells that every pass to come over a tile finds in it the rows of the pass before.
    virtual void begin(bool same) {}
    // The pass's rows, as the first stage takes them.
    virtual Matrix<T> operator()(Pass<T>& pass) = 0;
};

// Rows that lie one after another are read where they lie, by a first stage that is content with rows without padding.
template <class T>
class PlainFeed : public Feed<T> {
  public:
    Matrix<T> operator()(Pass<T>& pass) override {
        const Rows<T>& rows = *pass.source;
        return {rows.X.row(rows.row(pass.first)), pass.rows, rows.X.columns, rows.X.row_stride};
    }
};

// So are sparse rows, entry by entry; only their shape is handed on.
template <class T>
class SparseFeed : public Feed<T> {
  public:
    Matrix<T> operator()(Pass<T>& pass) override { return {nullptr, pass.rows, pass.source->X.columns, 0}; }
};

// Other feeds bring rows into memory of their own, and need not do so again for the same ones.
template <class T>
class CopyingFeed : public Feed<T> {
  public:
    void begin(bool same) override { same_ = same, held_ = -1; }
    Matrix<T> operator()(Pass<T>& pass) override {
        if (!same_ || held_ != pass.first) copy(pass);
        held_ = pass.first;
        return matrix(pass);
    }

  protected:
    virtual void copy(const Pass<T>& pass) = 0;
    virtual Matrix<T> matrix(Pass<T>& pass) const = 0;

    static const T* row(const Pass<T>& pass, Size r) {
        const Rows<T>& rows = *pass.source;
        if (rows.order) prefetch(rows.X, rows.later(pass.first + r + 4));
        return rows.X.row(rows.row(pass.first + r));
    }

  private:
    bool same_ = false;
    Size held_ = -1;  // the first row of the tile that is in here
};

// Row by row, padded to whole vectors.
template <class T>
class GatheredFeed : public CopyingFeed<T> {
  public:
    GatheredFeed(Size rows, Size inputs) : stride_(padded<T>(inputs)), x_(rows * stride_) {}

  protected:
    void copy(const Pass<T>& pass) override {
        const Size size = pass.source->X.columns * sizeof(T);
        for (Size r = 0; r < pass.rows; ++r) std::memcpy(x_.get() + r * stride_, this->row(pass, r), size);
    }
    Matrix<T> matrix(Pass<T>& pass) const override { return {x_.get(), pass.rows, pass.source->X.columns, stride_}; }

  private:
    const Size stride_;
    const Buffer<T> x_;
};

// Column by column.
template <class T>
class ColumnsFeed : public CopyingFeed<T> {
  public:
    ColumnsFeed(Size rows, Size inputs, Size blocked_from)
        : blocked_from_(blocked_from), stride_(padded<T>(rows)), x_(inputs * stride_), side_by_side_(lanes<T> * padded<T>(inputs)) {}

  protected:
    void copy(const Pass<T>& pass) override {
        const Matrix<T>& X = pass.source->X;
        if (pass.rows < blocked_from_) {
            for (Size r = 0; r < pass.rows; ++r) {
                const T* row = this->row(pass, r);
                for (Size c = 0; c < X.columns; ++c) x_[c * stride_ + r] = row[c];
            }
        } else if (!pass.source->order) {  // columns far apart, and often by a power of two, push each other out of the cache
            transpose(pass.rows, X.columns, this->row(pass, 0), X.row_stride, x_.get(), stride_);
        } else {
            const Size wide = padded<T>(X.columns);
            for (Size from = 0; from < pass.rows; from += lanes<T>) {  // some rows side by side, then transposed
                const Size count = std::min<Size>(lanes<T>, pass.rows - from);
                for (Size r = 0; r < count; ++r)
                    std::memcpy(side_by_side_.get() + r * wide, this->row(pass, from + r), X.columns * sizeof(T));
                transpose(count, X.columns, side_by_side_.get(), wide, x_.get() + from, stride_);
            }
        }
    }
    Matrix<T> matrix(Pass<T>& pass) const override { return {x_.get(), pass.source->X.columns, pass.rows, stride_}; }

  private:
    const Size blocked_from_, stride_;
    const Buffer<T> x_, side_by_side_;
};

// Without zeros.
template <class T>
class SievedFeed : public CopyingFeed<T> {
  public:
    SievedFeed(Size rows, Size inputs) : values_(rows * inputs), columns_(rows * inputs), starts_(rows + 1) {}

  protected:
    void copy(const Pass<T>& pass) override {
        Size kept = 0;
        for (Size r = 0; r < pass.rows; ++r) {
            const T* row = this->row(pass, r);
            for (Size c = 0; c < pass.source->X.columns; ++c) {  // without a branch, which no processor could predict
                values_[kept] = row[c];
                columns_[kept] = std::int32_t(c);
                kept += row[c] != T(0);
            }
            starts_[r + 1] = kept;
        }
    }
    Matrix<T> matrix(Pass<T>& pass) const override {
        pass.sieved = {starts_.get(), columns_.get(), values_.get()};
        return {nullptr, pass.rows, pass.source->X.columns, 0};
    }

  private:
    const Buffer<T> values_;
    const Buffer<std::int32_t> columns_;
    const Buffer<Size> starts_;
};

// The feed of this name for tiles of at most so many rows.
template <class T>
std::unique_ptr<Feed<T>> make_feed(const std::string& name, const Plan& plan, Size rows) {
    if (name == "plain") return std::make_unique<PlainFeed<T>>();
    if (name == "gathered") return std::make_unique<GatheredFeed<T>>(rows, plan.inputs);
    if (name == "columns") return std::make_unique<ColumnsFeed<T>>(rows, plan.inputs, plan.blocked_from);
    if (name == "sieved") return std::make_unique<SievedFeed<T>>(rows, plan.inputs);
    if (name == "sparse") return std::make_unique<SparseFeed<T>>();
    throw std::invalid_argument("unknown feed " + name);
}

}  // namespace mlnn::MLNN_ISA
