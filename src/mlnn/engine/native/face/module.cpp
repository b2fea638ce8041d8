// The native engine's face: what Python sees. Every object serves one call at a time.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <thread>

#include "face/boundary.hpp"
#include "face/read.hpp"
#include "run/members.hpp"
#include "run/predictor.hpp"

namespace mlnn::MLNN_ISA {

using namespace nb::literals;

// Asks Python at most every 20 ms whether an interrupt has come, or whether `stop` is true by now, and holds the
// interpreter's lock only then. Python answers only the thread that called; others are told what it heard.
class Interrupts {
  public:
    explicit Interrupts(nb::handle stop) : stop_(stop) {}

    bool operator()() {
        if (came_ || std::this_thread::get_id() != caller_) return came_;
        const auto now = std::chrono::steady_clock::now();
        if (now - asked_ < std::chrono::milliseconds(20)) return false;
        asked_ = now;
        nb::gil_scoped_acquire lock;
        came_ = PyErr_CheckSignals() != 0 || PyObject_IsTrue(stop_.ptr()) != 0;
        return came_;
    }

  private:
    const nb::handle stop_;
    std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
    const std::thread::id caller_ = std::this_thread::get_id();
    std::atomic<bool> came_{false};
};

// Works without the interpreter's lock, until `stop` is true; raises what a signal's handler raised meanwhile.
template <class Work>
void freely(const Work& work, nb::handle stop = Py_None) {
    Interrupts interrupts(stop);
    {
        nb::gil_scoped_release free;
        work(Interrupted(std::ref(interrupts)));
    }
    if (PyErr_Occurred()) throw nb::python_error();
}

// Something with memory that one call at a time may use: a second thread, or a signal's handler, is refused.
template <class Thing>
struct Owned : Thing {
    using Thing::Thing;
    std::atomic<bool> used{false};
};

class Claim {
  public:
    explicit Claim(std::atomic<bool>& used) : used_(used) {
        if (used.exchange(true))
            throw std::runtime_error("it is at work already, for another thread or for the call that a signal interrupted: "
                                     "what is bound serves one call at a time");
    }
    Claim(const Claim&) = delete;
    ~Claim() { used_.store(false, std::memory_order_release); }

  private:
    std::atomic<bool>& used_;
};

template <class T>
void define_predictor(nb::module_& m, const char* name) {
    using P = Owned<Predictor<T>>;
    const auto room = [](const P& self, const View& out, Size rows) {
        const Size scores = self.plan(0).end.scores;
        if (out.size(0) != rows || out.size(1) != scores)
            throw std::invalid_argument(words("out must have a row for each row of X and ", scores, " columns"));
        return out.template whole<T>();
    };
    const auto rows_for = [](const P& self, const View& X, const View& out) {
        Rows<T> rows{};
        rows.X = X.matrix<T>();
        require_features(rows.X.columns, self.plan(0).inputs);
        rows.end = rows.X.rows;
        if (X.overlaps(out)) throw std::invalid_argument("out must not share memory with X");
        return rows;
    };
    nb::class_<P>(m, name)
        .def(nb::init<const std::vector<Plan>&>())
        .def("bind", [](P& self, nb::handle theta) {
            const View view(theta, "θ", 1);
            view.require_size(self.parameters());
            const Claim claim(self.used);
            self.bind(view.whole<const T>());
        })
        // Not without the interpreter's lock: letting go of it takes as long as a row.
        .def("predict", [room, rows_for](P& self, nb::handle X, nb::handle out) {
            const View from(X, "X", 2), to(out, "out", 2, true);
            const Rows<T> rows = rows_for(self, from, to);
            T* predictions = room(self, to, rows.X.rows);
            const Claim claim(self.used);
            self(0, rows, predictions, false, 1, {});
        })
        // Σ of the predictions by several θ, each for rows of its own, one after another; also under that lock.
        .def("total", [room, rows_for](P& self, const nb::list& thetas, const nb::list& seen, nb::handle out) {
            const View to(out, "out", 2, true);
            const Size size = to.size(0) * to.size(1);
            T* total = room(self, to, to.size(0));
            const std::unique_ptr<T[]> one(new T[size]);
            if (!thetas.size() || thetas.size() != seen.size())
                throw std::invalid_argument("there must be a θ, and for every one rows of its own");
            const Claim claim(self.used);
            for (std::size_t m = 0; m < thetas.size(); ++m) {
                const View theta(thetas[m], "θ", 1), from(seen[m], "X", 2);
                theta.require_size(self.parameters());
                const Rows<T> rows = rows_for(self, from, to);
                room(self, to, rows.X.rows);
                self.bind(theta.whole<const T>());
                self(0, rows, m ? one.get() : total, false, 1, {});
                for (Size i = 0; m && i < size; ++i) total[i] += one[i];
            }
        })
        .def("run", [room](P& self, Size plan, const Data<T>& data, nb::handle out, bool only_scores, int threads) {
            const View to(out, "out", 2, true);
            const Rows<T>& rows = data.rows(self.plan(plan), false);
            T* predictions = room(self, to, rows.X.rows);
            if (data.overlaps(to)) throw std::invalid_argument("out must not share memory with X");
            const Claim claim(self.used);
            freely([&](const Interrupted& interrupted) {
                self(plan, rows, predictions, only_scores, std::max(threads, 1), interrupted);
            });
        });
}

// A view of memory, for as long as this is here.
struct Lent {
    nb::object view;

    ~Lent() {
        try {
            view.attr("release")();
        } catch (nb::python_error& error) {  // somebody made an array of it
            error.discard_as_unraisable("a view of what peers exchange");
        }
    }
};

// Leaves an error to be raised where the interpreter's lock is taken for good.
inline void raised(nb::python_error& error) {
    const nb::object value = nb::borrow(error.value());
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(value.ptr())), value.ptr());
}

template <class T>
void define_trainer(nb::module_& m, const char* name) {
    using E = Owned<Trainer<T>>;
    nb::class_<E>(m, name)
        .def(nb::init<const Plan&>())
        .def("loss_and_gradient",
             [](E& self, nb::handle theta, const Data<T>& data, std::optional<std::pair<std::uint64_t, std::uint64_t>> noise,
                double factor, nb::handle gradient, int threads) {
                 const View at(theta, "θ", 1), slope(gradient, "the gradient", 1, true);
                 at.require_size(self.parameters()), slope.require_size(self.parameters());
                 const Rows<T>& rows = data.rows(self.plan(), true);
                 const Noise drawn = noise ? Noise{noise->first, noise->second} : Noise{};
                 const T* from = at.whole<const T>();
                 T* to = slope.whole<T>();
                 double loss = 0.0;
                 const Claim claim(self.used);
                 freely([&](const Interrupted& interrupted) {
                     loss = self.loss_and_gradient(from, rows, noise ? &drawn : nullptr, factor, to, threads, interrupted);
                 });
                 return loss;
             },
             "theta"_a, "data"_a, "noise"_a.none(), "factor"_a, "gradient"_a, "threads"_a)
        .def_static("run", [](const std::vector<E*>& trainers, const Data<T>& data, const UpdatePlan& update,
                              const nb::list& described, int threads, nb::handle stop, Group* group) {
            if (trainers.empty()) throw std::invalid_argument("somebody must train");
            std::deque<Claim> claims;
            std::vector<Trainer<T>*> those;
            for (E* each : trainers) data.rows(each->plan(), true), claims.emplace_back(each->used), those.push_back(each);
            std::vector<Brought<T>> brought;
            for (nb::handle each : described)
                brought.emplace_back(each, data.rows(trainers[0]->plan(), true), trainers[0]->parameters());
            require_apart(brought);
            std::vector<Member<T>> members;
            for (const Brought<T>& each : brought) members.push_back(each.member());
            std::vector<Size> taken;
            freely([&](const Interrupted& interrupted) { taken = run_members(those, members, update, threads, interrupted, group); }, stop);
            return taken;
        }, "trainers"_a, "data"_a, "update"_a, "members"_a, "threads"_a, "stop"_a.none() = nb::none(),
           "group"_a.none() = nb::none());
}

// A group whose members hear of each other through a function of Python's: it is given what to send and where to put what
// comes, as bytes, each with its spans, and returns whether all went well. What it raises ends the run.
void define_group(nb::module_& m) {
    const auto spans = [](const std::vector<Span>& those) {
        nb::list list;
        for (const Span& span : those) list.append(nb::make_tuple(span.first, span.last));
        return list;
    };
    nb::class_<Group>(m, "Group").def("__init__", [spans](Group* self, Size rank, Size size, nb::callable told) {
        const auto exchange = [spans, told](const char* out, const std::vector<Span>& to, char* in, const std::vector<Span>& from) {
            nb::gil_scoped_acquire lock;
            const auto view = [](char* bytes, const std::vector<Span>& those, int access) {
                Size end = 0;
                for (const Span& span : those) end = std::max(end, span.last);
                return nb::steal(PyMemoryView_FromMemory(bytes, end, access));
            };
            try {
                const Lent sent{view(const_cast<char*>(out), to, PyBUF_READ)}, received{view(in, from, PyBUF_WRITE)};
                const int well = PyObject_IsTrue(told(sent.view, spans(to), received.view, spans(from)).ptr());
                if (well < 0) throw nb::python_error();
                return well == 1;
            } catch (nb::python_error& error) {
                raised(error);
            }
            return false;
        };
        new (self) Group(rank, size, exchange);
    }, "rank"_a, "size"_a, "exchange"_a);
}

template <class T>
void define_data(nb::module_& m, const char* name) {
    nb::class_<Data<T>>(m, name).def(nb::init<nb::handle, nb::handle, nb::handle, const Plan&>(), "X"_a, "y"_a.none(),
                                     "weights"_a.none(), "plan"_a);
}

// A function of elementary.hpp for the numbers of x, whole vectors of them: for tests of its accuracy.
template <class T>
void define_elementary(nb::module_& m, const char* name) {
    m.def(name, [](const std::string& function_name, nb::handle from, nb::handle to) {
        const View x_view(from, "x", 1), y_view(to, "y", 1, true);
        const T* x = x_view.whole<const T>();
        T* y = y_view.whole<T>();
        const Size size = x_view.size();
        if (size != y_view.size() || size % lanes<T>) throw std::invalid_argument("x and y must be whole vectors");
#define MLNN_APPLY(function)        \
    if (function_name == #function) \
        for (Size i = 0; i < size; i += lanes<T>) store(y + i, function(load(x + i)));
        MLNN_APPLY(exp) MLNN_APPLY(expm1) MLNN_APPLY(log) MLNN_APPLY(log1p) MLNN_APPLY(tanh) MLNN_APPLY(erf)
#undef MLNN_APPLY
    });
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
    nb::set_leak_warnings(false);  // what others hold to the interpreter's end is not ours to report
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
    nb::class_<Plan>(m, "Plan").def("__init__", [](Plan* self, nb::handle plan) { new (self) Plan(plan_of(plan)); });
    nb::class_<UpdatePlan>(m, "Update").def("__init__", [](UpdatePlan* self, nb::handle plan) { new (self) UpdatePlan(update_of(plan)); });
    define_group(m);
    define_elementary<float>(m, "elementary32"), define_elementary<double>(m, "elementary64");
    define_data<float>(m, "Data32"), define_data<double>(m, "Data64");
    define_predictor<float>(m, "Predictor32"), define_predictor<double>(m, "Predictor64");
    define_trainer<float>(m, "Trainer32"), define_trainer<double>(m, "Trainer64");
}
