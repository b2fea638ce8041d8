"""The tracer: every formula against its trace, bit for bit, and the generated header against NumPy."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.special import erf

from mlnn.engine.trace.formula import FAMILIES, formulas, members
from mlnn.engine.trace.printer import LACKING, Struct, header, hyperparameters, traced
from mlnn.engine.trace.symbol import OPERATIONS, Symbol, Untraceable, as_symbol
from mlnn.layer import ELU, Layer, Mish, ReLU, Tanh
from mlnn.optimizer import SGD, Adam, AdamW, Averaged, ClipNorm, ClipValue, Momentum, Wrapper
from mlnn.output import Hinge, Huber
from mlnn.penalty import ElasticNet
from mlnn.schedule import Linear, Time

HOUSE = Path(__file__).parents[2]
NATIVE = HOUSE / "src" / "mlnn" / "engine" / "native"
COMPILER = next(filter(None, map(shutil.which, (os.environ.get("CXX", "c++"), "g++", "clang++"))), None)
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C++ compiler")
PRECISIONS = [np.float64, np.float32]
UFUNCS = {name: erf if name == "erf" else getattr(np, name) for name in OPERATIONS}
EVERY = [(family, kind) for family in FAMILIES for kind in members(family)]
PLAIN = [(family, kind) for family, kind in EVERY if family not in ("RULES", "WRAPPERS")]


def settings(kind, *inner):
    """Return the default and three others: every number of every class may lie between 0 and 1."""
    random = np.random.default_rng(0)
    numbers = [f.name for f in fields(kind) if f.init and isinstance(getattr(kind(*inner), f.name), float)]
    drawn = [{name: random.uniform(0.05, 0.95) for name in numbers} for _ in range(3)]
    return [kind(*inner), *(replace(kind(*inner), **each) for each in drawn)]


def numbers(precision, count=1, positive=False):
    """Return arrays of random numbers, the first of them full of the places where formulas break."""
    random = np.random.default_rng(1)
    edges = [0.0, -0.0, 1.0, -1.0, 1e-30, -1e-30, 60.0, -60.0, 1.0 + 1e-7, 1.0 - 1e-7, 20.0, -20.0]
    first = np.concatenate([edges, random.normal(0.0, 3.0, 52), random.normal(0.0, 0.1, 64)])
    arrays = [first, *random.normal(0.0, 1.0, (count - 1, first.size))]
    return [(np.abs(each) if positive else each).astype(precision) for each in arrays]


def run(thing, name, **arguments):
    """Run a generated function as Python: without its types, a line of C++ is one."""
    (body,) = re.findall(rf"static \w+ {name}\([^)]*\) {{\n(.*?)    }}\n", traced(type(thing)).members, re.DOTALL)
    code = re.sub(r"const V |broadcast<V>|Scalar<V>|;", "", body).replace("return ", "result = ")
    arguments |= {"h": hyperparameters(thing)}
    exec("".join(line.strip() + "\n" for line in code.splitlines()), dict(UFUNCS), arguments)
    return arguments


def assert_same_bits(one, other):
    assert one.dtype == other.dtype
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(("family", "kind"), PLAIN)
def test_the_trace_of_a_formula_gives_its_bits(family, kind, precision):
    for thing in settings(kind):
        for name, letters in FAMILIES[family][1].items():
            values = numbers(precision, len(letters))
            if family == "LAYERS" and name == "slope":
                values[1] = thing.forward(values[0])
            result = run(thing, name, **dict(zip(letters, values, strict=True)))["result"]
            assert_same_bits(result, getattr(thing, name)(*values))


def coefficients_of(optimizer):
    return len(optimizer.coefficients(Time(np.array([1]), np.array([0.0]), epochs=1)))


def step(optimizer, theta, gradient, state, rate, decay, *coefficients):
    """Take a step as an engine does: down through the wrappers, the rule, and up again."""
    own = [int(re.search(rf"{each} = (\d+)", traced(type(optimizer)).members)[1]) for each in ("slots", "coefficients")]
    slots, factors = len(state) - own[0], len(coefficients) - own[1]
    factor = {"rate": rate, "decay": decay, "coefficients": coefficients[factors:]}
    if not isinstance(optimizer, Wrapper):
        done = run(optimizer, "update", theta=theta, gradient=gradient, state=list(state), **factor)
        return done["theta"], done["state"]
    into = run(optimizer, "before", theta=theta, gradient=gradient, **factor)
    moved, inner = step(
        optimizer.optimizer, into["theta"], into["gradient"], state[:slots], rate, decay, *coefficients[:factors]
    )
    out = run(optimizer, "after", moved=moved, state=list(state[slots:]), **factor)
    return out["moved"], [*inner, *out["state"]]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("kind", members("RULES"))
def test_the_trace_of_a_rule_gives_its_bits(kind, precision):
    for optimizer in settings(kind):
        assert_same_step(optimizer, precision)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("inner", [SGD(), Adam(), Averaged(AdamW(Momentum()))], ids=str)
@pytest.mark.parametrize("kind", members("WRAPPERS"))
def test_the_trace_of_a_wrapper_gives_its_bits(kind, inner, precision):
    for optimizer in settings(kind, inner):
        assert_same_step(optimizer, precision)


def assert_same_step(optimizer, precision):
    theta, gradient, decay = numbers(precision, 3)
    state = tuple(numbers(precision, optimizer.slots, positive=True)) if optimizer.slots else ()
    rate = np.full_like(theta, 0.3)
    coefficients = [0.7, 0.9, 0.4][: coefficients_of(optimizer)]
    arguments = theta, gradient, state, rate, decay, *coefficients
    new_theta, new_state = optimizer.update(*arguments)
    traced_theta, traced_state = step(optimizer, *arguments)
    for one, other in zip([traced_theta, *traced_state], [new_theta, *new_state], strict=True):
        assert_same_bits(one, other)


def test_what_is_known_before_the_run_is_computed_before_it():
    assert hyperparameters(ELU(0.5)) == (0.5,)
    assert hyperparameters(ELU(1)) == (1.0,)
    assert hyperparameters(Adam(beta1=0.9, beta2=0.999)) == (0.9, 1.0 - 0.9, 0.999, 1.0 - 0.999, 1e-8)
    assert hyperparameters(Huber(2.0)) == (2.0, -2.0)
    assert hyperparameters(ElasticNet(0.3, 0.2)) == (0.3 * 0.2, 0.5 * (0.3 * (1.0 - 0.2)), 0.3 * (1.0 - 0.2))
    assert hyperparameters(AdamW(strength=0.25)) == (0.25,)
    assert hyperparameters(ClipValue(Adam(), limit=3.0)) == (-3.0, 3.0)
    assert all(type(number) is float for number in hyperparameters(Adam()))


def test_what_a_formula_does_not_read_is_no_argument():
    for thing in (Tanh(), Hinge(margin=2.0), Momentum(momentum=Linear(0.5, 0.9)), Averaged(SGD()), ClipNorm(SGD())):
        assert hyperparameters(thing) == ()


def test_no_equal_expressions_and_no_idle_ones():
    for _, kind in EVERY:
        for body in traced(kind).members.split("template"):
            lines = re.findall(r"const V (\w+) = (.*);", body)
            assert len({text.strip() for _, text in lines}) == len(lines)
            for name, _ in lines:
                assert len(re.findall(rf"\b{name}\b", body)) > 1, (kind, name)


def test_a_slope_says_what_it_reads():
    assert "slope_needs_x = false, slope_needs_y = true" in traced(ReLU).members
    assert "slope_needs_x = true, slope_needs_y = false" in traced(Mish).members


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (Wrapper, "", ""),
        (ClipNorm, "", ""),
        (ClipValue, "gradient", ""),
        (AdamW, "theta", ""),
        (Averaged, "", "state[0]"),
    ],
)
def test_a_wrapper_says_which_half_changes_what(kind, before, after):
    text = traced(kind).members
    assert f"changes_before = {str(bool(before)).lower()};" in text
    assert f"changes_after = {str(bool(after)).lower()};" in text
    assert re.findall(r"^ +(\S+) = ", text, re.MULTILINE) == [each for each in (before, after) if each]


def test_powers_become_products():
    x = Symbol("x")
    assert (repr(x**2), repr(x**3.0)) == ("square(x)", "multiply(square(x), x)")


def test_constants_come_back_to_the_last_bit():
    for number in (0.1, 1 / 3, 1e-300, 5e-324, -0.0, 2**53 + 1):
        assert float(repr(as_symbol(number))).hex() == float(number).hex()


FILLED = np.zeros(3)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (lambda x: np.where(x, x, 0.0), "np.where"),
        (lambda x: np.where(x > 0.0, x, 0.0), "np.greater cannot be traced; there are: add, .*maximum"),
        (lambda x: np.where(FILLED, x, 0.0), "np.where"),
        (lambda x: np.sum(x), "np.where, np.sum"),
        (lambda x: np.clip(x, 0.0, 1.0), "np.where, np.sum"),
        (lambda x: np.asarray(x) + 1.0, "make arrays"),
        (lambda x: x[0], "index: it sees one element"),
        (lambda x: x if x else 0.0, "branch on a number: use np.maximum"),
        (lambda x: max(x, 0.0), "np.less cannot be traced"),
        (lambda x: np.add.reduce(x), "np.add can be traced as a plain call only, not as reduce"),
        (lambda x: np.add.at(FILLED, 0, x), "plain call only, not as at"),
        (lambda x: np.exp(x, out=FILLED), "plain call only"),
        (lambda x: np.maximum(x, 0.0, dtype=np.float32), "plain call only"),
        (lambda x: np.tan(x), "np.tan cannot be traced; there are: add"),
        (lambda x: x @ x, "np.matmul cannot be traced"),
        (lambda x: x + FILLED, r"needs symbols and finite numbers, but got array\(\[0"),
        (lambda x: x + "1", "needs symbols and finite numbers, but got '1'"),
        (lambda x: x * np.inf, "finite numbers, but got inf"),
        (lambda x: FILLED > 0.0, "needs symbols and finite numbers"),
        (lambda x: None, "needs symbols and finite numbers, but got None"),
    ],
)
def test_what_cannot_be_traced_is_refused(formula, message):
    with pytest.raises(Untraceable, match=message):
        as_symbol(formula(Symbol("x")))


@pytest.mark.parametrize("formula", [np.sin, np.cos, np.floor, lambda x: x**0.5, lambda x: 2.0**x, lambda x: x**x])
def test_what_the_kernels_lack_is_no_cpp(formula):
    symbol = formula(Symbol("x"))
    assert symbol.operation in LACKING
    with pytest.raises(Untraceable, match=f"the native engine has no np.{symbol.operation}, only powers of 2 and 3"):
        Struct().function("V forward(V x, const Scalar<V>* h)", {"": symbol})


@pytest.mark.parametrize("formula", [lambda x: x.sum(), lambda x: x.astype(float)])
def test_a_symbol_has_no_methods_of_arrays(formula):
    with pytest.raises(AttributeError, match="'Symbol' object has no attribute"):
        formula(Symbol("x"))


def test_a_layer_that_loses_the_trace_is_refused(monkeypatch):
    monkeypatch.setattr(Tanh, "forward", lambda self, x: np.ones(2))
    with pytest.raises(Untraceable, match=r"got array\(\[1\., 1\.\]\)"):
        formulas.__wrapped__(Tanh)


@pytest.mark.parametrize(
    ("update", "message"),
    [
        (
            lambda self, t, g, s, *f: (self.optimizer.update(t, g, s, *f)[0] - g, s),
            "gradient is out of reach of .* aft",
        ),
        (lambda self, t, g, s, *f: (self.optimizer.update(t, g, s, *f)[0] - t, s), "theta is out of reach of void aft"),
        (lambda self, t, g, s, r, d: self.optimizer.update(t, g, s, 2.0 * r, d), "must call the inner update once"),
        (lambda self, t, g, s, *f: self.optimizer.update(*self.optimizer.update(t, g, s, *f), s, *f), "once"),
        (lambda self, t, g, s, *f: (t - g, s), "must call the inner update once"),
    ],
)
def test_a_wrapper_that_reaches_too_far_is_refused(monkeypatch, update, message):
    monkeypatch.setattr(ClipValue, "update", update)
    formulas.cache_clear()
    try:
        with pytest.raises(Untraceable, match=message):
            traced.__wrapped__(ClipValue)
    finally:
        formulas.cache_clear()


def test_arguments_that_swap_their_values():
    struct, (a, b) = Struct(), map(Symbol, "ab")
    struct.function("void swap(V& a, V& b)", {"a": b, "b": a})
    lines = [line.strip() for line in struct.members.splitlines()]
    assert lines[2:-1] == ["const V a0 = b;", "const V a1 = a;", "a = a0;", "b = a1;"]


def test_six_lines_make_a_layer_that_is_traced_but_not_shipped():
    (code,) = re.findall(
        r"```python\n(@dataclass.*?class Bent.*?)```", (HOUSE / "CONTRIBUTING.md").read_text(), re.DOTALL
    )
    names = {"__name__": __name__}
    exec("import numpy as np\nfrom dataclasses import dataclass\nfrom mlnn.layer import Layer\n" + code, names)
    bent = names["Bent"]()
    x, y = numbers(np.float32)[0], bent.forward(numbers(np.float32)[0])
    assert_same_bits(run(bent, "forward", x=x)["result"], y)
    assert_same_bits(run(bent, "slope", x=x, y=y)["result"], bent.slope(x, y))
    assert "slope_needs_x = true, slope_needs_y = false" in traced(type(bent)).members
    assert issubclass(type(bent), Layer)
    assert "Bent" not in header()


def python(code, *arguments):
    subprocess.run([sys.executable, "-c", f"import sys\n{code}", *map(str, arguments)], check=True)


@pytest.mark.parametrize("missing", ["nothing", "scipy", "sklearn"])
def test_the_header_is_always_the_same_whatever_is_installed(tmp_path, missing):
    code = "import runpy; runpy.run_module('mlnn.engine.trace.printer', run_name='__main__')"
    python(f"sys.modules['{missing}'] = None; {code}", tmp_path / "formulas.hpp")
    assert (tmp_path / "formulas.hpp").read_text() == header()


def test_hyperparameters_do_not_load_scipy():
    python(
        "from mlnn.engine.trace import printer; from mlnn.layer import GELU\n"
        "assert printer.hyperparameters(GELU()) == () and 'scipy' not in sys.modules"
    )


SMOKE = """
#include "formulas.hpp"
using namespace mlnn::smoke;

template <class L, class T>
void layer(int n, const T* x, T* y, T* d, const T* h) {
    for (int i = 0; i < n; i += lanes<T>) {
        store(y + i, L::forward(load(x + i), h));
        store(d + i, L::slope(load(x + i), load(y + i), h));
    }
}

template <class R, class T>
void rule(int n, T* theta, const T* gradient, T* state, T rate, const T* coefficients, const T* h) {
    using V = Vector<T>;
    for (int i = 0; i < n; i += lanes<T>) {
        V at = load(theta + i), slots[R::slots + 1], factors[R::coefficients + 1];
        for (int k = 0; k < R::slots; ++k) slots[k] = load(state + k * n + i);
        for (int k = 0; k < R::coefficients; ++k) factors[k] = broadcast<V>(coefficients[k]);
        R::update(at, load(gradient + i), slots, broadcast<V>(rate), V{}, factors, h);
        store(theta + i, at);
        for (int k = 0; k < R::slots; ++k) store(state + k * n + i, slots[k]);
    }
}

#define LAYER(L, T, name) \\
    extern "C" void L##_##name(int n, T* x, T* y, T* d, T* h) { layer<L, T>(n, x, y, d, h); }
#define RULE(R, T, name) \\
    extern "C" void R##_##name(int n, T* theta, T* g, T* s, T* f, T* h) { rule<R, T>(n, theta, g, s, *f, f + 1, h); }
#define BOTH(L) LAYER(L, float, float32) LAYER(L, double, float64)
MLNN_LAYERS(BOTH)
#undef BOTH
#define BOTH(R) RULE(R, float, float32) RULE(R, double, float64)
MLNN_RULES(BOTH)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Compile the layers and rules, without fused multiplications, which round once where NumPy rounds twice."""
    folder = tmp_path_factory.mktemp("smoke")
    (folder / "formulas.hpp").write_text(header())
    (folder / "smoke.cpp").write_text(SMOKE)
    options = f"-std=c++17 -O1 -shared -fPIC -ffp-contract=off -fno-math-errno -Wno-psabi -DMLNN_ISA=smoke -I{NATIVE}"
    done = subprocess.run(
        [COMPILER, *options.split(), folder / "smoke.cpp", "-o", folder / "smoke.so"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(folder / "smoke.so"))


def call(library, kind, precision, size, *arrays):
    """Call a compiled function; arrays are changed in place."""
    pointers = [ctypes.c_void_p(each.ctypes.data) for each in arrays]
    getattr(library, f"{kind.__name__}_{np.dtype(precision).name}")(size, *pointers)


@needs_compiler
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("kind", members("LAYERS"))
def test_compiled_layers_give_numpy_s_numbers(library, kind, precision):
    tolerance = 8 * np.finfo(precision).eps  # also absolute: far left, 1 + erf x has few digits, in NumPy too
    for thing in settings(kind):
        (x,) = numbers(precision)
        y, d = np.empty_like(x), np.empty_like(x)
        call(library, kind, precision, x.size, x, y, d, np.array([*hyperparameters(thing), 0.0], precision))
        np.testing.assert_allclose(y, thing.forward(x), rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(d, thing.slope(x, y), rtol=tolerance, atol=tolerance)


@needs_compiler
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("kind", members("RULES"))
def test_compiled_rules_give_numpy_s_bits(library, kind, precision):
    for thing in settings(kind):
        theta, gradient = numbers(precision, 2)
        state = np.array(numbers(precision, thing.slots + 1, positive=True)[: thing.slots])
        factors = np.array([0.5, 0.25, 2.0], precision)  # whose products with other numbers are exact
        needed = coefficients_of(thing)
        rate = np.full_like(theta, factors[0])
        new, slots = thing.update(theta, gradient, tuple(state), rate, 0.0, *factors[1 : 1 + needed].tolist())
        h = np.array([*hyperparameters(thing), 0.0], precision)
        call(library, kind, precision, theta.size, theta, gradient, state, factors, h)
        for one, other in zip([theta, *state], [new, *slots], strict=True):
            assert_same_bits(one, other)


@cache
def machine_options():
    done = subprocess.run([COMPILER, "-dumpmachine"], capture_output=True, text=True)
    return ["", "-mavx2 -mfma", "-march=x86-64-v4"] if "x86_64" in done.stdout else [""]


@needs_compiler
def test_the_header_compiles_without_warnings_for_every_instruction_set(tmp_path):
    (tmp_path / "formulas.hpp").write_text(header())
    for options in machine_options():
        options = f"-std=c++17 -fsyntax-only -Wall -Werror -Wno-psabi -DMLNN_ISA=smoke -I{NATIVE} {options}"
        (tmp_path / "all.cpp").write_text(SMOKE)
        done = subprocess.run([COMPILER, *options.split(), tmp_path / "all.cpp"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
