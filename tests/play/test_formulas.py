"""Formulas of training and of first weights, as the page prints them, give what Python computes."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from tex import computed

from mlnn.initializer import Initializer
from mlnn.names import shipped
from mlnn.optimizer import SGD, Momentum, Optimizer, Wrapper
from mlnn.penalty import Penalty
from mlnn.play.catalogue import catalogue
from mlnn.play.points import DRAWS, PointSet
from mlnn.schedule import Schedule, Time

FORMULAS = {(family, kind["is"]): kind["formulas"] for family, kinds in catalogue().items() for kind in kinds}


def made(base, family, *inner):
    """Return one of every class of a family that has formulas."""
    kinds = [kind for kind in shipped(base) if FORMULAS.get((family, kind.__name__))]
    return [kind(*inner) for kind in kinds]


def value(text, own, **numbers):
    """Compute a formula of a part with these numbers; a letter that stands alone is a number too."""
    for letter, number in numbers.items():
        text = re.sub(rf"(?<![\w@\\]){letter}(?![\w@])", f"({number!r})", text)

    def number(name, index, at):
        full = f"{name}_{index}" if index else name
        return float(numbers[full] if full in numbers else getattr(own, full))

    return computed(text, number, lambda _: 0, {})


def assigned(text, own, **numbers):
    """Compute assignments one after another; what a letter has become is used bare from then on."""
    before, bare = dict(numbers), {}
    for line in text.split(r" \\ "):
        target, formula = line.split(r" \leftarrow ")
        target = target.removeprefix("\\")
        for letter, new in bare.items():
            formula = re.sub(rf"(?<![\w@\\]){letter}(?![\w@])", f"({new!r})", formula)
        bare[target] = value(formula, own, **before)
    return bare


LETTERS = {"RMSprop": "v", "Adadelta": "vu", "Adagrad": "s", "Adam": "mv", "Nadam": "mv", "Lion": "m"}
LETTERS |= {"Momentum": "v", "Nesterov": "v", "SGD": ""}


@pytest.mark.parametrize("rule", made(Optimizer, "optimizers"), ids=lambda rule: type(rule).__name__)
def test_a_rule(rule):
    texts, letters = FORMULAS["optimizers", type(rule).__name__], LETTERS[type(rule).__name__]
    time = Time(np.array([3]), np.array([0.2]), epochs=4)
    factors = [float(each[0]) for each in rule.coefficients(time)]
    names = ["momentum"] if isinstance(rule, Momentum) else ["c"] if len(factors) == 1 else ["c_1", "c_2"]
    state = {letter: 0.3 + 0.2 * k for k, letter in enumerate(letters)}
    numbers = {"theta": 0.7, "g": -0.45} | state | dict(zip(names, factors, strict=False))
    found = assigned(texts["update"], rule, **numbers)
    slots = tuple(np.array([each]) for each in state.values())
    theta, after = rule.update(np.array([0.7]), np.array([-0.45]), slots, rule.rate, 1.0, *factors)
    assert found["theta"] == pytest.approx(theta[0], rel=1e-12)
    for letter, slot in zip(letters, after, strict=True):
        assert found[letter] == pytest.approx(slot[0], rel=1e-12)
    if not isinstance(rule, Momentum):
        for name, factor in zip(names, factors, strict=False):
            assert value(texts[name].replace("{t", "{3").replace("^{t}", "^{3}"), rule) == pytest.approx(
                factor, rel=1e-12
            )


@pytest.mark.parametrize("wrapper", made(Wrapper, "wrappers", SGD(0.5)), ids=lambda wrapper: type(wrapper).__name__)
def test_a_wrapper(wrapper):
    texts = FORMULAS["wrappers", type(wrapper).__name__]
    numbers = {"theta": 0.7, "g": -1.45, "rate": 0.5, "d": 1.0, "a": 0.2, "c": 0.25}
    text = next(texts[half] for half in ("before", "after") if half in texts)
    (found,) = assigned(text.replace(r"\left\|g\right\|_2", "1.45"), wrapper, **numbers).items()
    state, factors = ((np.array([0.2]),), (0.25,)) if wrapper.slots else ((), ())
    gradient = np.array([-1.45]) * wrapper.gradient_scale(np.array([-1.45]))
    theta, after = wrapper.update(np.array([0.7]), gradient, state, 0.5, 1.0, *factors)
    if found[0] == "a":  # the average of where the inner step leads
        moved = assigned(text, wrapper, **numbers | {"theta": 0.7 + 0.5 * 1.45})
        assert moved["a"] == pytest.approx(after[0][0], rel=1e-12)
    elif found[0] == "g":
        assert theta[0] == pytest.approx(0.7 - 0.5 * found[1], rel=1e-12)
    else:
        assert theta[0] == pytest.approx(found[1] + 0.5 * 1.45, rel=1e-12)


@pytest.mark.parametrize("schedule", made(Schedule, "schedules"), ids=lambda schedule: type(schedule).__name__)
@pytest.mark.parametrize("epoch", [0.0, 3.5, 11.0, 20.0])
def test_a_schedule(schedule, epoch):
    text = FORMULAS["schedules", type(schedule).__name__]["factor"]
    (factor,) = schedule(Time(np.array([1]), np.array([epoch]), epochs=20))
    assert value(text, schedule, t=epoch, p=epoch / 20) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("penalty", made(Penalty, "penalties"), ids=lambda penalty: type(penalty).__name__)
@pytest.mark.parametrize("name", ["formula", "slope"])
def test_a_penalty(penalty, name):
    text = FORMULAS["penalties", type(penalty).__name__][name]
    assert value(text, penalty, w=-0.6) == pytest.approx(getattr(penalty, name)(np.array([-0.6]))[0], rel=1e-12)


@pytest.mark.parametrize("initializer", made(Initializer, "initializers"), ids=lambda each: type(each).__name__)
def test_an_initializer(initializer):
    text = FORMULAS["initializers", type(initializer).__name__]["draw"]
    source = SimpleNamespace(
        standard_normal=lambda shape: np.full(shape, 0.3),
        uniform=lambda low, high, shape: np.full(shape, low + (high - low) * 0.3),
    )
    filled = re.sub(r"\\mathcal\{\w\}\(0, 1\)", "0.3", text)
    assert value(filled, initializer, D=4, H=2) == pytest.approx(initializer((4, 2), source)[0, 0], rel=1e-12)


@pytest.mark.parametrize("points", [kind() for kind in shipped(PointSet)], ids=lambda each: type(each).__name__)
def test_a_point_set(points):
    texts = FORMULAS["points", type(points).__name__]
    draws = dict(zip(DRAWS, (0.4, 1.0, 0.2, 0.7, -0.5, 1.5), strict=True))
    wanted = points.place(*map(np.float64, draws.values()), np.float64(0.1))
    spelled = {"u_1": draws["u1"], "u_2": draws["u2"], "n_1": draws["n1"], "n_2": draws["n2"]}
    for name, number in zip(("x1", "x2", "target"), wanted, strict=True):
        found = value(texts[name], points, **spelled, t=draws["t"], k=draws["k"], noise=0.1)
        assert found == pytest.approx(number, rel=1e-12, abs=1e-12)
