// The chain: a plan's stages and its output, made once.
#pragma once

#include <memory>
#include <stdexcept>

#include "end/gradient.hpp"
#include "end/output.hpp"
#include "stage/batch_norm.hpp"
#include "stage/columns.hpp"
#include "stage/dropout.hpp"
#include "stage/sparse.hpp"
#include "stage/unit.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
std::unique_ptr<Stage<T>> make_stage(const StagePlan& plan, const Layout<T>& layout) {
    if (plan.kind == "dense") return std::make_unique<DenseStage<T>>(plan, layout);
    if (plan.kind == "unit") return std::make_unique<UnitStage<T>>(plan, layout);
    if (plan.kind == "columns") return std::make_unique<ColumnDenseStage<T>>(plan, layout);
    if (plan.kind == "sieved") return std::make_unique<SparseDenseStage<T, SievedRows>>(plan, layout);
    if (plan.kind == "sparse") return std::make_unique<SparseDenseStage<T, SparseRows>>(plan, layout);
    if (plan.kind == "activation") return std::make_unique<ActivationStage<T>>(plan);
    if (plan.kind == "add") return std::make_unique<AddStage<T>>(plan, layout);
    if (plan.kind == "prelu") return std::make_unique<PReLUStage<T>>(plan, layout);
    if (plan.kind == "maxout") return std::make_unique<MaxoutStage<T>>(plan);
    if (plan.kind == "batch_norm") return std::make_unique<BatchNormStage<T>>(plan, layout);
    if (plan.kind == "dropout") return std::make_unique<DropoutStage<T>>(plan);
    throw std::invalid_argument("unknown stage " + plan.kind);
}

template <class T>
std::unique_ptr<Output<T>> make_output(const EndPlan& plan) {
    if (plan.kind == "softmax") return std::make_unique<SoftmaxOutput<T>>(plan);
    if (plan.kind == "softmaxes") return std::make_unique<SeveralSoftmaxOutput<T>>(plan);
    if (plan.kind == "margin") return std::make_unique<MarginOutput<T>>(plan);
    if (plan.kind == "elementwise") return std::make_unique<ElementwiseOutput<T>>(plan);
    throw std::invalid_argument("unknown output " + plan.kind);
}

template <class T>
struct Chain {
    Chain(const Plan& plan, const Layout<T>& layout)
        : plan(plan), output(make_output<T>(plan.end)), columns(plan.feed == "columns"),
          widest(plan.feed == "sparse" ? 0 : padded<T>(plan.inputs)) {
        if (plan.small_batch > MOST_FACTORS) throw std::invalid_argument("a small batch has at most 8 rows");
        for (const StagePlan& stage : plan.stages) {
            stages.push_back(make_stage(stage, layout));
            widest = std::max(widest, stages.back()->stride);
            if (learning == stages.size() - 1 && stage.tensors.empty()) ++learning;
        }
    }

    // Looks at new parameters in stage s; so many rows of a batch will go back, none in prediction.
    void prepare(std::size_t s, const T* theta, Size rows) { stages[s]->prepare(theta, s > learning ? rows : 0); }

    const Plan plan;
    std::vector<std::unique_ptr<Stage<T>>> stages;
    std::unique_ptr<Output<T>> output;
    const bool columns;        // values lie column by column
    Size widest;               // stride of x and of all values
    std::size_t learning = 0;  // the first stage that learns: no gradient is needed before it
};

}  // namespace mlnn::MLNN_ISA
