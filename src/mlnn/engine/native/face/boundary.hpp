// The boundary: what Python brings is checked here, once, and from here on looked up unchecked.
//
// Whatever another thread could change meanwhile and would lead astray (row numbers, class numbers, the places of
// sparse entries) is copied, and the copy is checked.
#pragma once

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "face/view.hpp"
#include "rows.hpp"

namespace mlnn::MLNN_ISA {

// Copies integers; refuses the copy where one is not from `low` to `high`. All are copied before the first is looked at.
template <class To, class From>
std::vector<To> copied(const View& view, const From* from, Size low, Size high, const char* what) {
    std::vector<From> taken(from, from + view.size());
    From least = std::numeric_limits<From>::max(), most = std::numeric_limits<From>::min();
    for (const From value : taken) least = std::min(least, value), most = std::max(most, value);
    if (!taken.empty() && (Size(least) < low || Size(most) > high))
        throw std::out_of_range(words(what, " may hold ", low, " … ", high, ", but holds ", least, " … ", most));
    if constexpr (std::is_same_v<To, From>)
        return taken;
    else
        return {taken.begin(), taken.end()};
}

template <class To>
std::vector<To> copied(nb::handle array, const char* name, Size low, Size high, const char* what) {
    const View view(array, name, 1);
    if (view.holds<std::int32_t>()) return copied<To>(view, view.whole<std::int32_t>(), low, high, what);
    return copied<To>(view, view.whole<std::int64_t>(), low, high, what);
}

inline void require_features(Size features, Size inputs) {
    if (features == inputs) return;
    throw std::invalid_argument(words("X has ", features, " features, but the network expects ", inputs));
}

// How many classes each question of an output has; none where its targets are values.
inline std::vector<Size> classes_of(const EndPlan& end) {
    if (end.kind == "elementwise") return {};
    if (end.kind != "softmaxes") return {end.scores};
    return {end.hyperparameters.begin() + 1, end.hyperparameters.end()};
}

// Rows, with or without targets and weights, for networks with these inputs and this output.
template <class T>
class Data {
  public:
    Data(nb::handle X, nb::handle y, nb::handle weights, const Plan& plan) : end_(plan.end), trains_(!y.is_none()) {
        if (nb::isinstance<nb::tuple>(X)) {
            read_sparse(nb::cast<nb::tuple>(X));
        } else {
            X_ = View(X, "X", 2);
            rows_.X = X_.matrix<T>();
        }
        require_features(rows_.X.columns, plan.inputs);
        rows_.end = rows_.X.rows;
        if (trains_ && rows_.X.rows == 0) throw std::invalid_argument("X has no rows");
        if (trains_) end_.kind == "elementwise" ? read_values(y) : read_classes(y, classes_of(end_));
        if (weights.is_none()) return;
        weights_ = View(weights, "weights", 1);
        weights_.require_size(rows_.X.rows);
        rows_.weights = weights_.whole<const T>();
    }

    // The rows, for a plan that takes such rows.
    const Rows<T>& rows(const Plan& plan, bool trains) const {
        require_features(rows_.X.columns, plan.inputs);
        if ((plan.feed == "sparse") != (rows_.sparse.starts != nullptr)) throw std::invalid_argument("the plan is for other rows");
        if (trains && (!trains_ || end_.scores != plan.end.scores || classes_of(end_) != classes_of(plan.end)))
            throw std::invalid_argument("the plan is for other targets");
        return rows_;
    }
    bool overlaps(const View& out) const { return X_.overlaps(out); }

  private:
    // Starts, columns and values of compressed sparse rows, and their shape.
    void read_sparse(const nb::tuple& parts) {
        if (parts.size() != 5) throw std::invalid_argument("sparse rows come as starts, columns, values, and their shape");
        const Size count = nb::cast<Size>(parts[3]), columns = nb::cast<Size>(parts[4]);
        if (columns > std::numeric_limits<std::int32_t>::max())
            throw std::invalid_argument(words("sparse rows may have 2147483647 columns, but X has ", columns));
        X_ = View(parts[2], "the values of X", 1);
        starts_ = copied<Size>(parts[0], "the starts of X", 0, X_.size(), "the starts of sparse rows");
        columns_ = copied<std::int32_t>(parts[1], "the columns of X", 0, columns - 1, "the columns of sparse rows");
        if (Size(starts_.size()) != count + 1 || !std::is_sorted(starts_.begin(), starts_.end()) ||
            starts_.back() > std::min<Size>(X_.size(), columns_.size()))
            throw std::invalid_argument("the starts of sparse rows must ascend, one for each row and one for their end");
        rows_.X = {nullptr, count, columns, 0};
        rows_.sparse = {starts_.data(), columns_.data(), X_.whole<const T>()};
    }

    void read_values(nb::handle y) {
        const Size scores = end_.scores;
        y_ = View(y, "y", 2);
        if (y_.size(0) != rows_.X.rows || y_.size(1) != scores)
            throw std::invalid_argument(words("y must have shape (", rows_.X.rows, ", ", scores, "), but its shape is (",
                                              y_.size(0), ", ", y_.size(1), ")"));
        rows_.values = y_.matrix<T>();
    }

    // Class numbers lie question after question.
    void read_classes(nb::handle y, const std::vector<Size>& classes) {
        const Size most = *std::max_element(classes.begin(), classes.end()) - 1;
        classes_ = copied<Size>(y, "y", 0, most, "class numbers");
        const Size rows = rows_.X.rows, wanted = rows * Size(classes.size());
        if (Size(classes_.size()) != wanted)
            throw std::invalid_argument(words("y must have ", wanted, " class numbers, but has ", classes_.size()));
        for (std::size_t q = 0; q < classes.size(); ++q)
            for (Size i = 0; i < rows && classes[q] <= most; ++i)
                if (const Size number = classes_[q * rows + i]; number >= classes[q])
                    throw std::out_of_range(words("class numbers of question ", q, " may hold 0 … ", classes[q] - 1,
                                                  ", but row ", i, " holds ", number));
        rows_.classes = classes_.data();
    }

    const EndPlan end_;
    const bool trains_;
    Rows<T> rows_{};
    View X_, y_, weights_;
    std::vector<Size> classes_, starts_;
    std::vector<std::int32_t> columns_;
};

// A member with its block of steps, as Python's tuple has them.
template <class T>
class Brought {
  public:
    Brought(nb::handle described, const Rows<T>& rows, Size parameters) {
        const nb::tuple t = nb::cast<nb::tuple>(described);
        if (t.size() != 12) throw std::invalid_argument(words("a member has 12 parts, but this has ", t.size()));
        member_.theta = changed(t[0], "θ", parameters);
        for (nb::handle slot : nb::cast<nb::list>(t[1])) member_.state.push_back(changed(slot, "a slot of the state", parameters));
        member_.rows = rows;
        if (!t[2].is_none()) {
            order_ = copied<Size>(t[2], "the order", 0, rows.X.rows - 1, "an order of rows");
            member_.rows.order = order_.data();
        }
        read_bounds(t[4], t[2].is_none() ? rows.X.rows : Size(order_.size()));
        Steps& steps = member_.steps;
        steps.first = not_negative(t[3], "first_step");
        steps.rates = of_steps(t[5], "rates");
        steps.data_factors = of_steps(t[6], "data_factors");
        steps.penalty_factors = of_steps(t[7], "penalty_factors");
        for (nb::handle column : nb::cast<nb::list>(t[8])) steps.coefficients.push_back(of_steps(column, "coefficients"));
        steps.measured_from = not_negative(t[9], "measured_from");
        steps.seed = nb::cast<std::uint64_t>(t[10]);
        views_.emplace_back(t[11], "the losses", 2, true);
        if (views_.back().size(0) != std::max<Size>(steps.count - steps.measured_from, 0) || views_.back().size(1) != 2)
            throw std::invalid_argument("losses must have two columns and a row for every step measured");
        member_.losses = views_.back().template whole<double>();
    }

    const Member<T>& member() const { return member_; }
    // The arrays that the steps change: θ, then the slots.
    const View* changed_begin() const { return views_.data(); }
    const View* changed_end() const { return views_.data() + 1 + member_.state.size(); }

  private:
    T* changed(nb::handle array, const char* name, Size parameters) {
        views_.emplace_back(array, name, 1, true);
        views_.back().require_size(parameters);
        return views_.back().template whole<T>();
    }

    const double* of_steps(nb::handle array, const char* name) {
        views_.emplace_back(array, name, 1);
        views_.back().require_size(member_.steps.count);
        return views_.back().template whole<const double>();
    }

    static Size not_negative(nb::handle number, const char* name) {
        const Size value = nb::cast<Size>(number);
        if (value < 0) throw std::invalid_argument(words(name, " must be at least 0, but is ", value));
        return value;
    }

    void read_bounds(nb::handle array, Size rows) {
        const View view(array, "bounds", 2);
        if (view.size(1) != 2) throw std::invalid_argument("bounds must have two columns");
        const Size* bounds = view.whole<const Size>();
        bounds_.assign(bounds, bounds + 2 * view.size());
        for (std::size_t k = 0; k < bounds_.size(); k += 2) {
            if (bounds_[k] < 0 || bounds_[k] >= bounds_[k + 1])
                throw std::invalid_argument(words("a step must take at least one row, but step ", k / 2, " goes from ",
                                                  bounds_[k], " to ", bounds_[k + 1]));
            member_.rows.end = std::max(k ? member_.rows.end : 0, bounds_[k + 1]);
        }
        if (member_.rows.end > rows)
            throw std::out_of_range(words("a step needs ", member_.rows.end, " rows, but there are ", rows));
        member_.steps.count = view.size();
        member_.steps.bounds = bounds_.data();
    }

    Member<T> member_{};
    std::vector<View> views_;
    std::vector<Size> order_, bounds_;
};

// Refuses arrays to be changed that share memory: steps would get into each other's way.
template <class T>
void require_apart(const std::vector<Brought<T>>& members) {
    std::vector<std::pair<const char*, const char*>> extents;
    for (const Brought<T>& each : members)
        for (const View* view = each.changed_begin(); view != each.changed_end(); ++view) extents.push_back(view->extent());
    std::sort(extents.begin(), extents.end());
    for (std::size_t i = 1; i < extents.size(); ++i)
        if (extents[i].first < extents[i - 1].second) throw std::invalid_argument("θ and the slots of all members must not share memory");
}

}  // namespace mlnn::MLNN_ISA
