// A group: trainers that take the same steps, in this process or in others. Each goes through some blocks of a batch, and all
// of them add up the same gradient, along the tree by which one alone adds it up.
#pragma once

#include <cstring>
#include <utility>

#include "end/gradient.hpp"
#include "kernel/memory.hpp"

namespace mlnn::MLNN_ISA {

// From a first to before a last.
struct Span {
    Size first, last;

    Size size() const { return last - first; }
};

// Sends a span of `out` to every member and receives a span of `in` from every member, all in bytes; that of the member
// itself is not looked at. Returns false where somebody is lost.
using Exchange = std::function<bool(const char* out, const std::vector<Span>& to, char* in, const std::vector<Span>& from)>;

class Group {
  public:
    Group(Size rank, Size size, Exchange exchange) : rank_(rank), size_(size), exchange_(std::move(exchange)) {
        if (size < 1 || rank < 0 || rank >= size) throw std::invalid_argument("a rank is at least 0, and below the group's size");
    }

    // The blocks that are this member's.
    Span share(Size blocks) const { return share(blocks, rank_); }

    // total = the gradient of all members' blocks, of which `mine` are this one's; losses has one for each block, and gets
    // those of others. Each member adds up a slice of the gradient: first its part of all subtrees goes to it, then its sum
    // to everybody.
    template <class T>
    bool add_up(const std::vector<Gradient<T>>& mine, Size blocks, Size n, std::vector<double>& losses, T* total) {
        std::vector<Subtrees> subtrees(size_);
        for (Size r = 0; r < size_; ++r) find(share(blocks, r), {0, blocks}, subtrees[r]);
        const Span part = slice<T>(n, rank_), own = share(blocks);

        begin();
        for (Size r = 0; r < size_; ++r) {
            const Span other = slice<T>(n, r);
            T* at = room<T>(out_, to_, subtrees[rank_].size() * other.size());
            for (const Span& subtree : subtrees[rank_]) {
                MLNN_ISA::add_up(mine.data() + (subtree.first - own.first), subtree.size(), other.first, other.size(), at);
                at += other.size();
            }
            room<T>(in_, from_, subtrees[r].size() * part.size());
        }
        if (!exchange_(out_.data(), to_, in_.data(), from_)) return false;
        std::memcpy(in_.data() + from_[rank_].first, out_.data() + to_[rank_].first, to_[rank_].size());

        std::vector<Summed<T>> summed;
        for (Size r = 0; r < size_; ++r) {
            const T* at = reinterpret_cast<const T*>(in_.data() + from_[r].first);
            for (const Span& subtree : subtrees[r]) summed.push_back({subtree, at}), at += part.size();
        }
        for (Size i = 0; i < part.size(); i += lanes<T>) store(total + part.first + i, sum(summed, {0, blocks}, i));
        return tell(part, n, own, blocks, losses, total);
    }

  private:
    using Subtrees = std::vector<Span>;  // by their blocks

    template <class T>
    struct Summed {
        Span blocks;
        const T* sum;
    };

    Span share(Size blocks, Size rank) const { return {blocks * rank / size_, blocks * (rank + 1) / size_}; }

    // Whole vectors of the gradient.
    template <class T>
    Span slice(Size n, Size rank) const {
        const Size vectors = n / lanes<T>;
        return {vectors * rank / size_ * lanes<T>, vectors * (rank + 1) / size_ * lanes<T>};
    }

    // The largest subtrees whose blocks are all in a share, from left to right.
    static void find(Span share, Span tree, Subtrees& found) {
        if (share.first >= tree.last || tree.first >= share.last) return;
        if (share.first <= tree.first && tree.last <= share.last) return found.push_back(tree);
        const Size middle = tree.first + left_of(tree.size());
        find(share, {tree.first, middle}, found), find(share, {middle, tree.last}, found);
    }

    template <class T>
    static Vector<T> sum(const std::vector<Summed<T>>& parts, Span tree, Size at) {
        for (const Summed<T>& part : parts)
            if (part.blocks.first == tree.first && part.blocks.last == tree.last) return load(part.sum + at);
        const Size middle = tree.first + left_of(tree.size());
        return sum(parts, {tree.first, middle}, at) + sum(parts, {middle, tree.last}, at);
    }

    // Tells everybody the sum of this member's slice, and the losses of its blocks; hears theirs.
    template <class T>
    bool tell(Span part, Size n, Span own, Size blocks, std::vector<double>& losses, T* total) {
        begin();
        std::memcpy(room<T>(out_, to_, part.size()), total + part.first, part.size() * sizeof(T));
        std::memcpy(room<double>(out_, to_, own.size()), losses.data() + own.first, own.size() * sizeof(double));
        to_.assign(size_, {0, Size(out_.size())});
        for (Size r = 0; r < size_; ++r) {
            const Size bytes = slice<T>(n, r).size() * sizeof(T) + share(blocks, r).size() * sizeof(double);
            room<char>(in_, from_, bytes);
        }
        if (!exchange_(out_.data(), to_, in_.data(), from_)) return false;
        for (Size r = 0; r < size_; ++r) {
            if (r == rank_) continue;
            const Span other = slice<T>(n, r), theirs = share(blocks, r);
            const char* at = in_.data() + from_[r].first;
            std::memcpy(total + other.first, at, other.size() * sizeof(T));
            std::memcpy(losses.data() + theirs.first, at + other.size() * sizeof(T), theirs.size() * sizeof(double));
        }
        return true;
    }

    void begin() { out_.clear(), in_.clear(), to_.clear(), from_.clear(); }

    // Room for so many values at the end of a message, which counts as a span of it.
    template <class Value>
    static Value* room(std::vector<char>& message, std::vector<Span>& spans, Size count) {
        const Size first = message.size();
        message.resize(first + count * sizeof(Value));
        spans.push_back({first, Size(message.size())});
        return reinterpret_cast<Value*>(message.data() + first);
    }

    const Size rank_, size_;
    const Exchange exchange_;
    std::vector<char> out_, in_;  // messages; kept, since memory that is taken anew is slow
    std::vector<Span> to_, from_;
};

}  // namespace mlnn::MLNN_ISA
