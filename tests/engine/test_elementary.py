"""The compiled engine's exp, log and their kin: their largest errors, in units in the last place, as documented."""

import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import scipy.special

import mlnn.engine
from mlnn.engine import machine
from mlnn.engine.trace.printer import LACKING
from mlnn.engine.trace.symbol import OPERATIONS

try:
    SETS = machine.instruction_sets()
except ImportError:
    pytest.skip("there is no compiled engine", allow_module_level=True)

SOURCE = (Path(mlnn.engine.__file__).parent / "native" / "kernel" / "elementary.hpp").read_text(encoding="utf-8")
BOUNDS = {
    name: {"float64": float(double), "float32": float(single)}
    for name, double, single in re.findall(r"(\w+) ([\d.]+), ([\d.]+)[;.]", SOURCE.replace("\n//", ""))
}
"""As the comment at the head of the source has them."""

ENDS = {
    "exp": {"float32": (-87.3, 88.7), "float64": (-708.3, 709.7)},
    "expm1": {"float32": (-20.0, 88.7), "float64": (-40.0, 709.7)},
    "tanh": {"float32": (-10.0, 10.0), "float64": (-20.0, 20.0)},
    "erf": {"float32": (-4.5, 4.5), "float64": (-6.5, 6.5)},
    "log": {"float32": (2.0**-149, 3e38), "float64": (5e-324, 1.7e308)},
    "log1p": {"float32": (-0.9999999, 3e38), "float64": (-0.9999999999999999, 1.7e308)},
}
"""Where results are finite, normal numbers."""

COUNT = 1 << 16
EXTENDED = np.finfo(np.longdouble).nmant > 60


def samples(name, dtype):
    """Return numbers that are even in value, even in exponent, and dense where a formula passes from piece to piece."""
    random, (low, high) = np.random.default_rng(0), ENDS[name][dtype]
    even = random.uniform(max(low, -1e3), min(high, 1e3), COUNT)
    smallest = {"float32": -126.0, "float64": -1022.0}[dtype]
    powers = 2.0 ** random.uniform(smallest, np.log2(high), COUNT) * random.choice([-1.0, 1.0], COUNT)
    small = 2.0 ** random.uniform(-12.0, 1.0, COUNT) * random.choice([-1.0, 1.0], COUNT)
    around_one = 1.0 + 2.0 ** random.uniform(-20.0, -1.0, COUNT) * random.choice([-1.0, 1.0], COUNT)
    x = np.concatenate([even, powers, small, around_one]).astype(dtype)
    return np.where((x >= low) & (x <= high), x, np.asarray(0.75, dtype))


def erf_of(x):
    """erf x = 2/√π · exp(−x²) Σ 2ⁿ x²ⁿ⁺¹ / (1 · 3 · 5 … (2n + 1)): all terms of one sign, so nothing cancels."""
    term = x.copy()
    total = term.copy()
    for n in range(1, 200):
        term = term * (2.0 * x * x / (2 * n + 1))
        total += term
    return 2.0 / np.sqrt(np.arctan(np.longdouble(1.0)) * 4.0) * np.exp(-x * x) * total


def truth(name, x):
    """Return the function in a format at least eleven bits longer than that of x."""
    if x.dtype == np.float32:
        return getattr(scipy.special if name == "erf" else np, name)(x.astype(np.float64))
    long = x.astype(np.longdouble)
    return erf_of(long) if name == "erf" else getattr(np, name)(long)


def native(instructions, name, x):
    y = np.empty_like(x)
    getattr(import_module(f"mlnn.engine._{instructions}"), f"elementary{8 * x.itemsize}")(name, x, y)
    return y


@pytest.mark.parametrize("instructions", SETS)
@pytest.mark.parametrize(
    "dtype",
    [
        "float32",
        pytest.param("float64", marks=pytest.mark.skipif(not EXTENDED, reason="no longer format to compare with")),
    ],
)
@pytest.mark.parametrize("name", ENDS)
def test_errors_are_within_the_documented_bounds(name, dtype, instructions):
    x = samples(name, dtype)
    exact = truth(name, x)
    units = np.spacing(np.abs(exact.astype(dtype))).astype(exact.dtype)
    errors = np.abs(native(instructions, name, x) - exact) / units
    worst = int(np.argmax(errors))
    assert errors[worst] < BOUNDS[name][dtype] + 0.05, f"{errors[worst]:.3f} units at {x[worst]!r}"
    assert errors[worst] > 0.5 * BOUNDS[name][dtype], "the documented bound is too wide, or the samples too few"


@pytest.mark.parametrize("instructions", SETS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ENDS)
def test_values_at_the_edges_are_numpys(name, dtype, instructions):
    """Zeros of both signs, infinities, NaN, overflow, and what is below or at the end of a logarithm's domain."""
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e4, -1e4, -1.0, 1.0, 0.5, -0.5, -2.0, 3.0, 7.0, 40.0, 300.0])
    x = x.astype(dtype)
    with np.errstate(all="ignore"):
        expected = getattr(scipy.special if name == "erf" else np, name)(x)
    y = native(instructions, name, x)
    np.testing.assert_allclose(y, expected, rtol=4 * np.finfo(dtype).eps)
    zeros = expected == 0.0
    np.testing.assert_array_equal(np.signbit(y[zeros]), np.signbit(expected[zeros]))


def test_every_function_that_is_not_an_instruction_is_among_them():
    instructions = {"add", "subtract", "multiply", "divide", "negative", "absolute", "sign", "square", "sqrt"}
    assert set(OPERATIONS) - LACKING - instructions - {"maximum", "minimum", "heaviside"} == set(ENDS) == set(BOUNDS)
