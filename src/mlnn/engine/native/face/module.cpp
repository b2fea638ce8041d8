// The native engine's face: arrays in, arrays changed in place; checks of shapes and types are Python's.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <chrono>
#include <optional>

#include "face/read.hpp"
#include "run/members.hpp"
#include "run/predictor.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace mlnn::MLNN_ISA {

template <class T>
using Vec = nb::ndarray<T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Out = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class T>
using Mat = nb::ndarray<T, nb::ndim<2>, nb::device::cpu>;

template <class T>
Matrix<T> matrix(const Mat<const T>& m) {
    if (m.shape(1) > 1 && m.stride(1) != 1) throw std::invalid_argument("columns must be neighbours");
    return {m.data(), Size(m.shape(0)), Size(m.shape(1)), Size(m.stride(0))};
}

// Rows of Python's: a matrix, or starts, columns, values and shape of compressed sparse rows.
template <class T>
Rows<T> rows_of(nb::object X, nb::object y, nb::object weights) {
    Rows<T> rows{};
    if (nb::isinstance<nb::tuple>(X)) {
        using Sparse = std::tuple<Vec<const Size>, Vec<const std::int32_t>, Vec<const T>, Size, Size>;
        const auto [starts, columns, values, count, width] = nb::cast<Sparse>(X);
        rows.X = {nullptr, count, width, 0};
        rows.sparse = {starts.data(), columns.data(), values.data()};
    } else {
        rows.X = matrix<T>(nb::cast<Mat<const T>>(X));
    }
    rows.end = rows.X.rows;
    if (y.is_none()) return rows;
    if (nb::isinstance<Vec<const Size>>(y))
        rows.classes = nb::cast<Vec<const Size>>(y).data();
    else
        rows.values = matrix<T>(nb::cast<Mat<const T>>(y));
    if (!weights.is_none()) rows.weights = nb::cast<Vec<const T>>(weights).data();
    return rows;
}

// θ, slots and a block of steps of Python's.
template <class T>
using MemberTuple =
    std::tuple<Vec<T>, std::vector<Vec<T>>, std::optional<Vec<const Size>>, Size, Out<const Size>, Vec<const double>,
               Vec<const double>, Vec<const double>, std::vector<Vec<const double>>, Size, std::uint64_t, Out<double>>;

// Refuses rows that are not there, because from here on they are looked up unchecked; returns where the last step ends.
inline Size check_rows(Size rows, const std::optional<Vec<const Size>>& order, const Out<const Size>& bounds) {
    Size low = 0, high = 0, last = 0;
    for (std::size_t i = 0; order && i < order->size(); ++i)
        low = std::min(low, order->data()[i]), high = std::max(high, order->data()[i]);
    if (low < 0 || high >= rows)
        throw std::out_of_range("an order of rows may hold 0 … " + std::to_string(rows - 1) + ", but holds " +
                                std::to_string(low) + " … " + std::to_string(high));
    for (std::size_t i = 0; i < bounds.size(); ++i) last = std::max(last, bounds.data()[i]);
    if (last > (order ? Size(order->size()) : rows))
        throw std::out_of_range("a step needs " + std::to_string(last) + " rows, but there are " +
                                std::to_string(order ? Size(order->size()) : rows));
    return last;
}

template <class T>
Member<T> member_of(const MemberTuple<T>& t, Rows<T> rows) {
    const auto& [theta, state, order, first, bounds, rates, data_factors, penalty_factors, columns, from, seed, losses] = t;
    if (Size(losses.shape(0)) != std::max<Size>(Size(bounds.shape(0)) - from, 0) || losses.shape(1) != 2)
        throw std::invalid_argument("losses must have two columns and a row for every step measured");
    rows.end = check_rows(rows.X.rows, order, bounds);
    std::vector<T*> slots;
    for (const auto& slot : state) slots.push_back(slot.data());
    std::vector<const double*> coefficients;
    for (const auto& column : columns) coefficients.push_back(column.data());
    if (order) rows.order = order->data();
    return {theta.data(), slots, rows,
            {Size(bounds.shape(0)), first, bounds.data(), rates.data(), data_factors.data(), penalty_factors.data(),
             coefficients, from, seed},
            losses.data()};
}

// Asks Python at most every 20 ms whether an interrupt has come, and holds the interpreter's lock only then. Python
// answers only the thread that called; others are told what it heard.
class Interrupts {
  public:
    bool operator()() {
        if (came_ || std::this_thread::get_id() != caller_) return came_;
        const auto now = std::chrono::steady_clock::now();
        if (now - asked_ < std::chrono::milliseconds(20)) return false;
        asked_ = now;
        nb::gil_scoped_acquire lock;
        came_ = PyErr_CheckSignals() != 0;
        return came_;
    }
    bool came() const { return came_; }

  private:
    std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
    const std::thread::id caller_ = std::this_thread::get_id();
    std::atomic<bool> came_{false};
};

// Rows to predict, which must fit the network and the room for predictions.
template <class T>
Rows<T> rows_for(const Predictor<T>& predictor, const Mat<const T>& X, const Out<T>& out) {
    if (Size(X.shape(1)) != predictor.inputs())
        throw std::invalid_argument("X has " + std::to_string(X.shape(1)) + " features, but the network expects " +
                                    std::to_string(predictor.inputs()));
    if (out.shape(0) != X.shape(0) || Size(out.shape(1)) != predictor.outputs())
        throw std::invalid_argument("out must have a row for each row of X and " + std::to_string(predictor.outputs()) +
                                    " columns");
    Rows<T> rows{};
    rows.X = matrix<T>(X);
    rows.end = rows.X.rows;
    return rows;
}

template <class T>
void define_predictor(nb::module_& m, const char* name) {
    using P = Predictor<T>;
    nb::class_<P>(m, name)
        .def("__init__", [](P* self, nb::sequence plans) {
            std::vector<Plan> read;
            for (nb::handle plan : plans) read.push_back(plan_of(plan));
            new (self) P(read);
        })
        .def("bind", [](P& self, Vec<const T> theta) { self.bind(theta.data()); })
        // Not without the interpreter's lock: letting go of it takes as long as a row.
        .def("predict", [](P& self, Mat<const T> X, Out<T> out) {
            self(0, rows_for(self, X, out), out.data(), false, 1, Interrupted{});
        })
        .def("run", [](P& self, nb::object X, Out<T> out, std::size_t plan, bool only_scores, int threads) {
            const Rows<T> rows = nb::isinstance<nb::tuple>(X) ? rows_of<T>(X, nb::none(), nb::none())
                                                              : rows_for(self, nb::cast<Mat<const T>>(X), out);
            Interrupts interrupts;
            {
                nb::gil_scoped_release free;
                self(plan, rows, out.data(), only_scores, threads, [&] { return interrupts(); });
            }
            if (interrupts.came()) throw nb::python_error();
        }, "X"_a, "out"_a, "plan"_a, "only_scores"_a, "threads"_a);
}

template <class T>
void define_trainer(nb::module_& m, const char* name) {
    using E = Trainer<T>;
    nb::class_<E>(m, name)
        .def("__init__", [](E* self, nb::handle plan) { new (self) E(plan_of(plan)); })
        .def("loss_and_gradient",
             [](E& self, Vec<const T> theta, nb::object X, nb::object y, nb::object weights,
                std::optional<std::pair<std::uint64_t, std::uint64_t>> noise, double factor, Vec<T> gradient,
                int threads) {
                 const Rows<T> rows = rows_of<T>(X, y, weights);
                 const Noise drawn = noise ? Noise{noise->first, noise->second} : Noise{};
                 Interrupts interrupts;
                 double loss;
                 {
                     nb::gil_scoped_release free;
                     loss = self.loss_and_gradient(theta.data(), rows, noise ? &drawn : nullptr, factor, gradient.data(),
                                                   threads, [&] { return interrupts(); });
                 }
                 if (interrupts.came()) throw nb::python_error();
                 return loss;
             },
             "theta"_a, "X"_a, "y"_a, "weights"_a.none(), "noise"_a.none(), "factor"_a, "gradient"_a, "threads"_a)
        .def_static("run", [](const std::vector<E*>& trainers, nb::object X, nb::object y, nb::object weights,
                              nb::handle update, const std::vector<MemberTuple<T>>& described, int threads) {
            const UpdatePlan steps = update_of(update);
            const Rows<T> rows = rows_of<T>(X, y, weights);
            std::vector<Member<T>> members;
            for (const auto& each : described) members.push_back(member_of(each, rows));
            Interrupts interrupts;
            {
                nb::gil_scoped_release free;
                run_members<T>(trainers, members, steps, threads, [&] { return interrupts(); });
            }
            if (interrupts.came()) throw nb::python_error();
        },
             "trainers"_a, "X"_a, "y"_a, "weights"_a.none(), "update"_a, "members"_a, "threads"_a);
}

// A function of elementary.hpp for the numbers of x, whole vectors of them: for tests of its accuracy.
template <class T>
void define_elementary(nb::module_& m) {
    m.def("elementary", [](const std::string& name, Vec<const T> x, Vec<T> y) {
        if (x.size() != y.size() || x.size() % lanes<T>) throw std::invalid_argument("x and y must be whole vectors");
#define MLNN_APPLY(function) \
    if (name == #function)   \
        for (std::size_t i = 0; i < x.size(); i += lanes<T>) store(y.data() + i, function(load(x.data() + i)));
        MLNN_APPLY(exp) MLNN_APPLY(expm1) MLNN_APPLY(log) MLNN_APPLY(log1p) MLNN_APPLY(tanh) MLNN_APPLY(erf)
#undef MLNN_APPLY
    }, "name"_a, "x"_a.noconvert(), "y"_a.noconvert());
}

std::vector<std::string> names(const char* list) {
    std::vector<std::string> found;
    for (std::string word; *list; ++list)
        if (*list == ' ')
            found.push_back(std::move(word)), word.clear();
        else
            word += *list;
    return found;
}

// The instruction sets, by the names of the modules, that this processor has.
std::vector<std::string> instruction_sets() {
    std::vector<std::string> found{"baseline"};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back("avx2");
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
        found.push_back("avx512");
#endif
    return found;
}

}  // namespace mlnn::MLNN_ISA

NB_MODULE(MLNN_MODULE, m) {
    using namespace mlnn::MLNN_ISA;
#define MLNN_NAME(N) #N " "
    m.attr("layers") = names(MLNN_LAYERS(MLNN_NAME));
    m.attr("margins") = names(MLNN_MARGINS(MLNN_NAME));
    m.attr("elementwise") = names(MLNN_ELEMENTWISE(MLNN_NAME));
    m.attr("penalties") = names(MLNN_PENALTIES(MLNN_NAME));
    m.attr("rules") = names(MLNN_RULES(MLNN_NAME));
    m.attr("wrappers") = names(MLNN_WRAPPERS(MLNN_NAME));
#undef MLNN_NAME
    m.attr("vector_bytes") = MLNN_VECTOR_BYTES;
    m.def("instruction_sets", instruction_sets);
    define_elementary<float>(m);
    define_elementary<double>(m);
    define_predictor<float>(m, "Predictor32");
    define_predictor<double>(m, "Predictor64");
    define_trainer<float>(m, "Trainer32");
    define_trainer<double>(m, "Trainer64");
}
