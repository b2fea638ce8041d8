"""Nasty values in every argument of every public callable: it works, or a sentence says why not.

What is refused is refused as ValueError, TypeError or MemoryError, and never in the words of a binding.
"""

import contextlib
import inspect
import io
import os

import numpy as np
import pytest

import mlnn
from mlnn import (
    Ensemble,
    Model,
    Network,
    Problem,
    Recipe,
    dataset,
    epochs,
    epochs_of_members,
    gate,
    initializer,
    layer,
    optimizer,
    output,
    penalty,
    plot,
    schedule,
)

PART = max(int(os.environ.get("MLNN_NASTY", "7")), 1)
"""One value in so many is tried for each argument; 1 tries them all."""


class Odd:
    """Something that nothing expects."""


NASTY = [None, "", "x\x1b", -1, 0, 2**63, 10**400, -(10**400), 1e308, float("nan"), float("inf"), float("-inf"), 5e-324,
         1.5, True, 1j, [], {}, (), [1, "a"], [[]], object(), Odd, np.array([]), np.array([np.nan]), np.array("a"),
         np.zeros((2, 0)), b"x", np.float32(3), range(3), [10**400], set()]  # fmt: skip
X, Y = np.array([[0.0, 1.0], [1.0, 0.5], [0.2, -0.3], [-1.0, 2.0]]), np.array([0, 1, 0, 1])
NETWORK = Network.dense([2, 3, 2])
THETA = NETWORK.initial(np.random.default_rng(0))
PROBLEM = Problem.of(NETWORK, X, Y)
RECIPE = Recipe(epochs=2)
GIVEN = {"network": NETWORK, "theta": THETA, "X": X, "y": Y, "row": X[0], "target": 1, "optimizer": optimizer.Adam(),
         "problem": PROBLEM, "recipe": RECIPE, "thetas": np.stack([THETA, THETA]), "layers_dim": [2, 3, 2],
         "inputs": 2,
         "gates": (gate.MultiplyGate(2), gate.AddGate()), "output": output.Softmax(), "history": [],
         "rows": 10}  # fmt: skip


def model():
    return Model([2, 3, 2], seed=0)


def arguments(function, **given):
    """Return good arguments of a function by name: what it says, or what is given."""
    found = {}
    for name, each in inspect.signature(function).parameters.items():
        if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL) and name != "self":
            found[name] = each.default if each.default is not each.empty else GIVEN.get(name, 2)
    return found | given


def callables():
    """Return every public callable by name, each with arguments that it takes."""
    for room in (gate, layer, output, penalty, initializer, schedule, optimizer):
        for name, kind in vars(room).items():
            if inspect.isclass(kind) and hasattr(kind, "__dataclass_fields__") and not inspect.isabstract(kind):
                yield f"{room.__name__}.{name}", kind, arguments(kind)
    for kind in (Network, Recipe, Model, mlnn.EarlyStopping, mlnn.KeepBest, mlnn.Snapshots):
        yield kind.__name__, kind, arguments(kind)
    for function in (Network.dense, Problem.of, mlnn.check_gradients, mlnn.from_sklearn):
        yield function.__qualname__, function, arguments(function)
    yield "Ensemble.train", Ensemble.train, arguments(Ensemble.train, recipe=RECIPE, rows=None)
    yield "epochs", lambda **given: list(epochs(**given)), arguments(epochs, rows=None)
    yield "epochs_of_members", lambda **given: list(epochs_of_members(**given)), arguments(epochs_of_members, rows=None)
    for name in ("train", "predict", "predict_proba", "calculate_loss", "graph", "plot_graph"):
        given = arguments(getattr(Model, name), **({"num_passes": 2} if name == "train" else {}))
        yield f"Model.{name}", lambda name=name, **given: getattr(model(), name)(**given), given
    for name in plot.__all__:
        if inspect.isfunction(function := getattr(plot, name)):
            given = {"pred_func": model().predict} if name == "plot_decision_boundary" else {}
            yield f"plot.{name}", function, arguments(function, **given)
    for name in ("moons", "circles", "blobs", "spirals"):
        yield f"dataset.{name}", getattr(dataset, name), arguments(getattr(dataset, name))


def is_ours(problem):
    """Tell whether an exception was raised by mlnn itself."""
    trace = problem.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return f"{os.sep}mlnn{os.sep}" in trace.tb_frame.f_code.co_filename


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "function", "good"), [pytest.param(*each, id=each[0]) for each in callables()])
def test_it_works_or_a_sentence_says_why_not(name, function, good):
    for place, argument in enumerate(good):
        for bad in NASTY[place % PART :: PART]:
            try:
                with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
                    function(**{**good, argument: bad})
            except (MemoryError, mlnn.Diverged):
                pass
            except (ValueError, TypeError) as problem:
                if not is_ours(problem) and "incompatible function arguments" in str(problem):
                    raise AssertionError(f"a binding's words, for {argument}={bad!r}") from problem
