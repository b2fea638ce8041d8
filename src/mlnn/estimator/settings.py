"""The parameters of the estimators, each listed once: its type, what may be given, what it means, its default.

``estimator`` makes of them a constructor with a signature of its own, scikit-learn's constraints, and the docstring.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from inspect import cleandoc
from numbers import Integral, Real
from textwrap import indent
from typing import Any, ClassVar, TypeVar, dataclass_transform

import numpy as np
from sklearn.utils._param_validation import Hidden, Interval, Options, StrOptions

from mlnn.initializer import Initializer
from mlnn.layer import Activation
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.output import Output
from mlnn.penalty import Penalty
from mlnn.schedule import Schedule
from mlnn.training import Callback, Checkpoint, Watcher

T = TypeVar("T")

COUNT = Interval(Integral, 1, None, closed="left")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
SHARE = Interval(Real, 0, 1, closed="left")
INFINITE = Options(Real, {np.inf})


def parameter(allowed: Sequence[Any], kind: str, meaning: str, *, default: Any, kw_only: bool = True) -> Any:
    """Return the entry of one parameter; ``allowed`` is in scikit-learn's notation of constraints."""
    return field(default=default, kw_only=kw_only, metadata={"allowed": allowed, "kind": kind, "meaning": meaning})


@dataclass_transform(eq_default=False, kw_only_default=True, field_specifiers=(parameter,))
def estimator(kind: type[T]) -> type[T]:
    """Make of a class and its parameters an estimator: its constructor, its constraints, its docstring."""
    made: Any = dataclass(eq=False, repr=False)(kind)
    made._parameter_constraints = {each.name: each.metadata["allowed"] for each in fields(made)}
    parameters, attributes = "\n".join(map(_described, fields(made))), getattr(made, "_attributes", "")
    made.__doc__ = cleandoc(made.__doc__).replace("{parameters}", parameters).replace("{attributes}", attributes)
    return made


def _described(entry: Any) -> str:
    """Return a parameter's lines in the docstring."""
    kind, meaning = entry.metadata["kind"], indent(cleandoc(entry.metadata["meaning"]), "    ")
    default = repr(entry.default).replace("'", '"')
    return f"{entry.name} : {kind}, default {default}\n{meaning}"


@estimator
class Settings:
    """What the classifier and the regressor let their users choose, all of it with a default.

    Parameters
    ----------
    {parameters}
    """

    _parameter_constraints: ClassVar[dict[str, Any]]

    loss: str | Output | type[Output] = parameter(
        [str, type, Output],
        '{"squared_error", "poisson", …} or Output',
        'The end of the network: also "absolute", "huber", "quantile", ``Huber(2.0)``, ``Quantile(0.9)``.',
        default="squared_error",
        kw_only=False,
    )
    hidden_layer_sizes: int | Sequence[int] = parameter(
        ["array-like", COUNT], "int or array-like of int", "Units of each hidden layer.", default=(100,), kw_only=False
    )
    activation: str | Activation | type[Activation] | Sequence[Any] = parameter(
        [str, type, Activation, "array-like"],
        '{"identity", "logistic", "tanh", "relu", …}, Activation or sequence of them',
        "The layer: any of the library's by name, an object, or one for each hidden layer.",
        default="relu",
        kw_only=False,
    )
    solver: str | Optimizer | LBFGS | type[Optimizer] | type[LBFGS] = parameter(
        [str, type, Optimizer, LBFGS],
        '{"adam", "sgd", "lbfgs", …}, Optimizer or LBFGS',
        """\
        "adam", "sgd" (with ``momentum``) and "lbfgs" are scikit-learn's and take their numbers from the parameters
        below; any other optimizer by name, with ``learning_rate_init``; an object brings its own numbers.""",
        default="adam",
    )
    alpha: float = parameter(
        [NOT_NEGATIVE],
        "float",
        "Strength of the L2 penalty. As in scikit-learn, each step divides it by the weight of its rows.",
        default=0.0001,
    )
    batch_size: int | str = parameter(
        [StrOptions({"auto"}), COUNT],
        'int or "auto"',
        'Rows a step; "auto" is the smaller of 200 and all. L-BFGS takes all rows.',
        default="auto",
    )
    learning_rate: str = parameter(
        [StrOptions({"constant", "invscaling", "adaptive"})],
        '{"constant", "invscaling", "adaptive"}',
        'scikit-learn\'s rule for the rate of "sgd".',
        default="constant",
    )
    learning_rate_init: float = parameter(
        [POSITIVE], "float", "The learning rate of a solver given by name.", default=0.001
    )
    power_t: float = parameter([NOT_NEGATIVE], "float", 'The exponent of "invscaling".', default=0.5)
    max_iter: int = parameter([COUNT], "int", "Epochs at most (L-BFGS: iterations).", default=200)
    shuffle: bool = parameter(["boolean"], "bool", "Whether every epoch takes the rows in a new order.", default=True)
    random_state: Any = parameter(
        ["random_state"],
        "int, RandomState or None",
        "Source of weights, of the rows put aside, of row orders and of dropout.",
        default=None,
    )
    tol: float = parameter(
        [NOT_NEGATIVE],
        "float",
        """\
        An epoch makes progress if its loss is lower than the best one by this much. For L-BFGS, the largest element of
        the gradient at which it ends.""",
        default=0.0001,
    )
    verbose: bool = parameter(["verbose"], "bool", "Whether every epoch prints a line.", default=False)
    warm_start: bool | str = parameter(
        ["boolean", StrOptions({"exact"})],
        'bool or "exact"',
        """\
        Whether ``fit`` goes on from the last weights. True begins anew with the optimizer and the random numbers, as
        scikit-learn does; after "exact", 50 and 50 epochs are 100, to the last bit.""",
        default=False,
    )
    momentum: float = parameter([Interval(Real, 0, 1, closed="both")], "float", 'Of "sgd".', default=0.9)
    nesterovs_momentum: bool = parameter(["boolean"], "bool", 'Whether "sgd" looks ahead.', default=True)
    early_stopping: bool | str = parameter(
        ["boolean", StrOptions({"score", "loss"})],
        'bool, "score" or "loss"',
        """\
        Put rows aside (or take ``eval_set``), stop when their score (True, "score") or their loss makes no progress,
        and keep the best weights. Works with every solver.""",
        default=False,
    )
    validation_fraction: float = parameter([SHARE], "float", "The share of the rows put aside.", default=0.1)
    beta_1: float = parameter([SHARE], "float", 'Of "adam".', default=0.9)
    beta_2: float = parameter([SHARE], "float", 'Of "adam".', default=0.999)
    epsilon: float = parameter([POSITIVE], "float", 'Of "adam".', default=1e-8)
    n_iter_no_change: int | float = parameter(
        [COUNT, INFINITE], "int or inf", "Epochs without progress that are forgiven.", default=10
    )
    max_fun: int = parameter([COUNT], "int", 'Evaluations of "lbfgs" at most.', default=15000)
    dropout: float | Sequence[float] = parameter(
        [SHARE, "array-like"],
        "float or sequence of float",
        "Probability of dropping a hidden unit, one for all layers or one for each.",
        default=0.0,
    )
    batch_norm: bool = parameter(["boolean"], "bool", "Batch normalization before every hidden layer.", default=False)
    penalty: str | Penalty | type[Penalty] | None = parameter(
        [None, str, type, Penalty],
        "str, Penalty or None",
        'R(θ) in place of ``alpha``: "l1", "elasticnet", ``L2(0.01)``. It does not depend on the batch size.',
        default=None,
    )
    max_norm: float = parameter(
        [Interval(Real, 0, None, closed="right"), INFINITE],
        "float",
        "Bound on the norm of the weights into each unit.",
        default=np.inf,
    )
    schedule: str | Schedule | type[Schedule] | None = parameter(
        [None, str, type, Schedule],
        "str, Schedule or None",
        'How the rate changes until ``max_iter``: "cosine", ``WarmUp(5, then=Cosine())``.',
        default=None,
    )
    initializer: str | Initializer | type[Initializer] | None = parameter(
        [None, str, type, Initializer],
        "str, Initializer or None",
        """\
        How W is drawn, b being zero: "he", ``Orthogonal()``, or "recommended", as each layer advises. None draws both
        as scikit-learn does.""",
        default=None,
    )
    time_budget: float | None = parameter(
        [None, POSITIVE],
        "float or None",
        """\
        Seconds that training may take. The schedule (a cosine, unless given) is planned for them, so that the rate has
        fallen when they are over.""",
        default=None,
    )
    categorical_features: str | None = parameter(
        [None, StrOptions({"from_dtype"})],
        '"from_dtype" or None',
        """\
        With "from_dtype" X is a pandas or Polars frame: categories become one-hot, numbers are scaled, missing values
        filled in and marked, unknown categories accepted.""",
        default=None,
    )
    engine: str | None = parameter(
        [None, StrOptions({"compiled", "reference"})],
        '{"compiled", "reference"} or None',
        "Who computes; None takes the compiled engine wherever it can run the network.",
        default=None,
    )
    n_threads: int | None = parameter(
        [None, COUNT], "int or None", "Threads at most; their number changes no bit of the result.", default=None
    )
    callbacks: Sequence[Callback | Watcher | Checkpoint] = parameter(
        ["array-like", Hidden(tuple)],
        "sequence of Callback or callable",
        """\
        ``mlnn.EarlyStopping()``, ``mlnn.KeepBest()`` … start a watcher in every fit, found in ``watchers_``. It, or any
        function, is called with every ``Epoch``; one that returns True stops training. ``mlnn.Checkpoint(folder)``
        writes down where training stands, so that it can be resumed; it needs a ``random_state``. scikit-learn's own
        callbacks, from its version 1.9 on, are given to ``set_callbacks``.""",
        default=(),
    )
