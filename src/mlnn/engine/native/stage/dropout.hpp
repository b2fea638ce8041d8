// Dropout with the reference engine's masks, bit for bit: 16 bits a unit of a Philox stream.
#pragma once

#include <algorithm>

#include "stage/stage.hpp"

namespace mlnn::MLNN_ISA {

// Philox-4x64 with ten rounds (Salmon, Moraes, Dror, Shaw 2011): four words that are a function of counter and key.
struct Philox {
    std::uint64_t key[2];

    void operator()(const std::uint64_t counter[4], std::uint64_t words[4]) const {
        std::uint64_t a = counter[0], b = counter[1], c = counter[2], d = counter[3], k0 = key[0], k1 = key[1];
        for (int round = 0; round < 10; ++round) {
            const unsigned __int128 left = (unsigned __int128)0xD2E7470EE14C6C93u * a;
            const unsigned __int128 right = (unsigned __int128)0xCA5A826395121157u * c;
            a = std::uint64_t(right >> 64) ^ b ^ k0;
            b = std::uint64_t(right);
            c = std::uint64_t(left >> 64) ^ d ^ k1;
            d = std::uint64_t(left);
            k0 += 0x9E3779B97F4A7C15u;
            k1 += 0xBB67AE8584CAA73Bu;
        }
        words[0] = a, words[1] = b, words[2] = c, words[3] = d;
    }
};

template <class T>
class DropoutStage : public Stage<T> {
  public:
    explicit DropoutStage(const StagePlan& d)
        : Stage<T>(d.inputs, d.width),
          gate_(d.gate),
          dropped_(std::uint16_t(d.hyperparameters[0])),
          scale_(T(d.hyperparameters[1])) {}

    Size memo(Size rows) const override { return rows * this->stride; }

    void forward(const Pass<T>& pass, Matrix<T> x, T* y, T* memo) const override {
        const Size stride = this->stride;
        if (!pass.noise) {
            for (Size r = 0; r < pass.rows; ++r) std::memcpy(y + r * stride, x.row(r), stride * sizeof(T));
            return;
        }
        draw(pass, memo);
        for (Size r = 0; r < pass.rows; ++r)
            for (Size j = 0; j < stride; j += lanes<T>)
                store(y + r * stride + j, load(x.row(r) + j) * load(memo + r * stride + j));
    }

    void backward(const Pass<T>& pass, Matrix<T> x, const T* y, const T* memo, T* d_y, T* d_x, T* gradient) const override {
        if (!d_x) return;
        const Size size = pass.rows * this->stride;
        if (!pass.noise)
            std::memcpy(d_x, d_y, size * sizeof(T));
        else
            for (Size i = 0; i < size; i += lanes<T>) store(d_x + i, load(d_y + i) * load(memo + i));
    }

  private:
    static constexpr Size PER_BLOCK = 16;  // units that four words are enough for
    static constexpr Size BLOCKS = 64;     // drawn at a time, since none waits for another

    // Fills the mask with 0 where a unit is dropped and 1 / (1 − p) where it is kept.
    void draw(const Pass<T>& pass, T* mask) const {
        const Size width = this->width, end = (pass.first + pass.rows) * width;
        std::uint16_t levels[BLOCKS * PER_BLOCK];
        Size unit = pass.first * width, first = 0, drawn = 0;  // those of the levels
        for (Size r = 0; r < pass.rows; ++r)
            for (Size j = 0; j < width;) {
                if (unit >= drawn) {
                    first = unit / PER_BLOCK * PER_BLOCK;
                    drawn = std::min(first + BLOCKS * PER_BLOCK, (end + PER_BLOCK - 1) / PER_BLOCK * PER_BLOCK);
                    draw(*pass.noise, first / PER_BLOCK, drawn / PER_BLOCK, levels);
                }
                const Size count = std::min(width - j, drawn - unit);
                const std::uint16_t* level = levels + (unit - first);
                T* kept = mask + r * this->stride + j;
                for (Size i = 0; i < count; ++i) kept[i] = level[i] >= dropped_ ? scale_ : T(0);
                j += count, unit += count;
            }
    }

    // Writes the levels of some blocks of the stream.
    void draw(const Noise& noise, Size block, Size end, std::uint16_t* levels) const {
        const Philox philox{{noise.seed, std::uint64_t(gate_)}};
        for (; block < end; ++block) {
            const std::uint64_t counter[4] = {std::uint64_t(block) + 1, 0, noise.step, 0};
            std::uint64_t words[4];
            philox(counter, words);
            for (const std::uint64_t word : words)
                for (int place = 0; place < 4; ++place) *levels++ = std::uint16_t(word >> (16 * place));
        }
    }

    const Size gate_;
    const std::uint16_t dropped_;  // of the levels that 16 bits have
    const T scale_;
};

}  // namespace mlnn::MLNN_ISA
