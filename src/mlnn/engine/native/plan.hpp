// What Python decided before a run, under the names that it has there (engine/plan.py). Native code obeys.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/vector.hpp"

namespace mlnn::MLNN_ISA {

using Size = std::int64_t;

// One parameter tensor: where it lies in θ, its shape, and its factors.
struct Tensor {
    Size place, rows, columns;
    double rate, penalty, max_norm;
};

// One stage of the chain: a gate, or a multiply gate with the bias and the layer behind it.
struct StagePlan {
    std::string kind;
    Size gate;                            // its first gate's number in the network; keys the noise
    Size inputs, width;                   // columns in, columns out
    std::vector<int> tensors;             // numbers of its tensors, in the gate's order; −1 where a bias is missing
    int layer;                            // number of its layer among the traced ones, or −1
    std::vector<double> hyperparameters;
    Size transposed_from;                 // rows of a batch from which weights are transposed for the way back
};

struct EndPlan {
    std::string kind;
    int formula;  // number among the traced ones of its kind, or −1
    Size scores;
    std::vector<double> hyperparameters;
};

// A rule or a wrapper, by number, with its hyperparameters; `limit` is a ClipNorm's, or infinity.
struct RulePlan {
    int formula;
    std::vector<double> hyperparameters;
    double limit;
};

struct UpdatePlan {
    RulePlan rule;
    std::vector<RulePlan> wrappers;  // outermost first
    int penalty;                     // number among the traced ones, or −1
    std::vector<double> penalty_hyperparameters;
    Size piece;                      // elements of θ that a thread updates at a time
};

struct Plan {
    Size inputs;
    std::vector<StagePlan> stages;
    std::vector<Tensor> tensors;
    EndPlan end;
    std::string feed, feed_in_place;  // of rows in a given order, and of those that lie one after another
    bool whole_batch;                 // a stage must see all rows of a batch at once
    Size tile;                        // rows that go through the whole chain before the next
    std::vector<Size> split_from;     // rows from which a batch is cut into 2, 4, 8 blocks
    Size threads_from;                // rows of a batch from which threads share it
    Size small_batch;                 // rows up to which gradients of products are left as their factors
    bool long_tiles;                  // interrupts are asked for between the stages of a tile, too
    Size blocked_from;                // rows of a tile from which the feed of columns transposes block by block
};

}  // namespace mlnn::MLNN_ISA
