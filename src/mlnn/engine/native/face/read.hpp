// Reads what Python's planner decided, attribute by attribute, under the names that both sides share.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "plan.hpp"

namespace mlnn::MLNN_ISA {

template <class Value>
void read(nanobind::handle from, const char* name, Value& value) {
    value = nanobind::cast<Value>(from.attr(name));
}

template <class Value>
std::vector<Value> each(nanobind::handle from, const char* name, Value (*one)(nanobind::handle)) {
    std::vector<Value> values;
    for (nanobind::handle item : from.attr(name)) values.push_back(one(item));
    return values;
}

#define MLNN_READ(field) read(from, #field, plan.field)

inline Tensor tensor_of(nanobind::handle from) {
    Tensor plan{};
    MLNN_READ(place), MLNN_READ(rows), MLNN_READ(columns), MLNN_READ(rate), MLNN_READ(penalty), MLNN_READ(max_norm);
    return plan;
}

inline StagePlan stage_of(nanobind::handle from) {
    StagePlan plan{};
    MLNN_READ(kind), MLNN_READ(gate), MLNN_READ(inputs), MLNN_READ(width), MLNN_READ(tensors), MLNN_READ(layer);
    MLNN_READ(hyperparameters), MLNN_READ(transposed_from);
    return plan;
}

inline EndPlan end_of(nanobind::handle from) {
    EndPlan plan{};
    MLNN_READ(kind), MLNN_READ(formula), MLNN_READ(scores), MLNN_READ(hyperparameters);
    return plan;
}

inline RulePlan rule_of(nanobind::handle from) {
    RulePlan plan{};
    MLNN_READ(formula), MLNN_READ(hyperparameters), MLNN_READ(limit);
    return plan;
}

inline UpdatePlan update_of(nanobind::handle from) {
    UpdatePlan plan{};
    plan.rule = rule_of(from.attr("rule"));
    plan.wrappers = each(from, "wrappers", rule_of);
    MLNN_READ(penalty), MLNN_READ(penalty_hyperparameters), MLNN_READ(piece);
    return plan;
}

inline Plan plan_of(nanobind::handle from) {
    Plan plan{};
    plan.stages = each(from, "stages", stage_of);
    plan.tensors = each(from, "tensors", tensor_of);
    plan.end = end_of(from.attr("end"));
    MLNN_READ(inputs), MLNN_READ(feed), MLNN_READ(feed_in_place), MLNN_READ(whole_batch), MLNN_READ(tile);
    MLNN_READ(split_from), MLNN_READ(threads_from), MLNN_READ(small_batch), MLNN_READ(long_tiles), MLNN_READ(blocked_from);
    return plan;
}

#undef MLNN_READ

}  // namespace mlnn::MLNN_ISA
