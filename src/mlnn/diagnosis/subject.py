"""Who is examined: the one place that knows estimators, and turns one and its rows into the library's own objects."""

from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import _safe_indexing

from mlnn.array import Array, is_sparse
from mlnn.check.subject import Checked, Estimator, checked
from mlnn.check.subject import Subject as Given
from mlnn.estimator.base import Multilayer
from mlnn.estimator.parameters import first_theta, network_for, penalty_of, rows_a_step, schedule_of, solver_of
from mlnn.frame.split import hold_out
from mlnn.model import Model
from mlnn.objective import Problem
from mlnn.penalty import L2, Penalty
from mlnn.training import Recipe, sum_of_rows

HELD_OUT = 0.25
"""The share of the rows that is held out."""

MOST_ROWS = 2000, 1000
"""The most rows to train on and to judge by: more would cost time and change no verdict."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What the checks look at: data, network, first weights and recipe.

    Attributes
    ----------
    problem, valid : Problem
        The rows to train on, with the penalty, and rows to judge by.
    theta : array of shape (P,)
        The weights before training.
    recipe : Recipe
        How it is trained.
    names : tuple of str
        A name for every column of ``problem.X``.
    keeps_best : bool
        Whether training ends with the weights of the epoch with the lowest loss on held-out rows.
    """

    problem: Problem
    valid: Problem
    theta: Array
    recipe: Recipe
    names: tuple[str, ...]
    keeps_best: bool = False


def subject_of(
    estimator: Given, X: Any, y: Any, seed: int = 0, recipe: Recipe | None = None, penalty: Penalty | None = None
) -> Subject:
    """Return what is examined, built as the estimator would build it; estimator and data are left as they are.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor, Pipeline, TransformedTargetRegressor, Model, Network or (Network, θ)
        Fitted or not. Of a pipeline, the last step is examined; those before it are fitted on the rows to train on.
    X, y : array-like, DataFrame or sparse matrix
        All rows.
    seed : int
        Seed of the split, the weights and (but for a recipe, which has its own) the training.
    recipe, penalty : optional
        How a Model or network is trained; estimators know.

    Raises
    ------
    TypeError, ValueError
        If it is nothing of this library, a recipe is missing or too many, or the rows cannot be used.
    """
    if not isinstance(estimator, Estimator):
        return _of_network(estimator, checked(estimator), X, y, seed, recipe, penalty)
    if recipe is not None or penalty is not None:
        raise TypeError("an estimator says itself how it is trained: recipe and penalty are for a Model or a Network")
    model, before, of_target = _opened(estimator)
    classifies = is_classifier(model)
    targets = np.unique(y, return_inverse=True)[1] if classifies else np.asarray(y, dtype=np.float64)
    choice = targets if classifies else np.zeros(len(targets))
    rows, aside = hold_out(choice, HELD_OUT, seed, "classification" if classifies else "regression")
    rows, aside = (part[:most] for part, most in zip((rows, aside), MOST_ROWS, strict=True))
    train, judged = _safe_indexing(X, rows), _safe_indexing(X, aside)
    names: Any = getattr(X, "columns", None)
    for step in before:
        fitted = clone(step).fit(train, targets[rows])
        train, judged = fitted.transform(train), fitted.transform(judged)
        names = fitted.get_feature_names_out(names) if hasattr(fitted, "get_feature_names_out") else None
    train, judged = (part if is_sparse(part) else np.asarray(part, dtype=np.float64) for part in (train, judged))
    if of_target is not None:
        column = targets.reshape(len(targets), -1)
        targets = clone(of_target).fit(column[rows]).transform(column).reshape(targets.shape)

    model = clone(model)
    model._validate_params()
    learned = model.learn_targets(targets)
    answers, count = model.encode(targets, learned), len(rows)
    network = network_for(model, train.shape[1], learned.output, learned.scores)
    asked = rows_a_step(model, count)
    size = count if asked is None else min(asked, count)
    # scikit-learn's α is divided by the rows of a step, the library's penalties are not.
    penalty = L2(model.alpha / size) if model.penalty is None and model.alpha else penalty_of(model)
    recipe = Recipe(solver_of(model), schedule_of(model), model.max_iter, None if asked is None else size, seed=seed)
    return Subject(
        Problem.of(network, train, answers[rows], None, penalty),
        Problem.of(network, judged, answers[aside]),
        first_theta(model, network, np.random.RandomState(seed), np.float64),
        recipe,
        _named(names, train.shape[1]),
        bool(model.early_stopping),
    )


def _of_network(
    given: Any, network: Checked, X: Any, y: Any, seed: int, recipe: Recipe | None, penalty: Penalty | None
) -> Subject:
    """Return a network as it begins: with the weights that came with it, or those of a Model drawn anew."""
    usual = signature(Model.train).parameters
    if isinstance(given, Model):
        network = network._replace(theta=None)
        penalty = L2(usual["reg_lambda"].default) if recipe is None and penalty is None else penalty
        optimizer, schedule, passes = (usual[name].default for name in ("optimizer", "schedule", "num_passes"))
        recipe = recipe or Recipe(optimizer, schedule, passes, seed=seed, convention=sum_of_rows)
    if recipe is None:
        raise TypeError("a Network does not say how it is trained: give recipe=mlnn.Recipe(…)")
    whole, classifies = network.problem(X, y), network.network.output.classifies
    classes = np.unique(whole.y, return_inverse=True)[1] if classifies and whole.y.size == len(whole.y) else None
    choice = np.zeros(len(whole.y)) if classes is None else classes.reshape(-1)
    task = "regression" if classes is None else "classification"
    rows, aside = (part[:most] for part, most in zip(hold_out(choice, HELD_OUT, seed, task), MOST_ROWS, strict=True))
    return Subject(
        Problem(whole.network, whole.X[rows], whole.y[rows], None, penalty),
        whole.batch(aside),
        whole.network.initial(np.random.default_rng(seed)) if network.theta is None else network.theta,
        recipe,
        _named(getattr(X, "columns", None), whole.network.inputs),
    )


def _named(names: Any, columns: int) -> tuple[str, ...]:
    if names is None or len(names) != columns:
        names = [f"x{k}" for k in range(columns)]
    return tuple(str(name) for name in names)


def _opened(estimator: Estimator) -> tuple[Multilayer, list[Any], Any]:
    """Return the network's own estimator, the transformers of rows before it, and the one of targets, or None."""
    before, of_target = [], None
    inner: Any = estimator  # what is wrapped around a network is scikit-learn's, which has no types
    while not isinstance(inner, Multilayer):
        if hasattr(inner, "steps"):
            *steps, (_, inner) = inner.steps
            before += [step for _, step in steps if step not in (None, "passthrough")]
        elif hasattr(inner, "regressor"):
            of_target = inner.transformer or FunctionTransformer(inner.func)
            inner = inner.regressor
        else:
            kind = f"{type(inner).__module__.partition('.')[0]}.{type(inner).__name__}"  # scikit-learn has namesakes
            raise ValueError(
                f"the doctor examines a Model, a Network, mlnn.MLPClassifier and mlnn.MLPRegressor, but got {kind}"
            )
    return inner, before, of_target
