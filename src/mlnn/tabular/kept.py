"""What a file keeps of each kind of model, and the model again; each checked as closely as what a stranger wrote."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from mlnn.array import Array
from mlnn.engine import Reference
from mlnn.estimator import MLPClassifier, MLPRegressor
from mlnn.estimator.parameters import judged_by
from mlnn.estimator.progress import Control
from mlnn.estimator.state import State
from mlnn.frame.answers import record_of
from mlnn.frame.preparation import Preparation
from mlnn.model import Member, Model
from mlnn.network import Network
from mlnn.tabular.base import TableModel
from mlnn.tabular.described import ModelFileError, network_json, network_of, parameters_json, parameters_of
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.judgement import Judgement
from mlnn.tabular.parts import EVERYBODY
from mlnn.tabular.target import Classes, Target
from mlnn.tabular.view import Views

Saveable: TypeAlias = TableClassifier | TableRegressor | MLPClassifier | MLPRegressor | Model
"""What a file can keep."""


LARGEST_WEIGHTS = {np.dtype(np.float32): 1e12, np.dtype(np.float64): 1e100}
"""Types of weights that engines compute in, and how large weights may be: products of several are finite yet."""


class Kept(NamedTuple):
    """A model as plain JSON and arrays; ``left`` names the parameters that are neither."""

    json: dict[str, Any]
    arrays: dict[str, Array]
    left: Sequence[str] = ()


def kept(model: Saveable) -> Kept:
    """Return what a file keeps of a trained model.

    Raises
    ------
    TypeError
        If it is none that a file can keep.
    """
    if isinstance(model, TableClassifier | TableRegressor | MLPClassifier | MLPRegressor):
        check_is_fitted(model)
        parameters, left = parameters_json(model.get_params(deep=False))
        json = {"kind": type(model).__name__, "parameters": parameters, "inputs": model.n_features_in_}
        json["names"] = list(map(str, getattr(model, "feature_names_in_", ()))) or None
        table = isinstance(model, TableClassifier | TableRegressor)
        content = _table(model, json) if table else _perceptron(model, json)
        return content._replace(left=left)
    if not isinstance(model, Model):
        kinds = "TableClassifier, TableRegressor, MLPClassifier, MLPRegressor or Model"
        raise TypeError(f"a file keeps a {kinds}, but this is a {type(model).__name__}")
    return _model(model)


def restored(content: Kept) -> Saveable:
    """Return the model.

    Raises
    ------
    ModelFileError, ValueError, TypeError, KeyError
        If the content is not what ``kept`` returns.
    """
    json = content.json
    if json["kind"] == "Model":
        ((network, theta),) = _members_of(content)
        model = Model(
            [1, 1], seed=None if json["seed"] is None else _whole(json["seed"]), random=np.random.default_rng(0)
        )
        model.network, model.theta = network, theta
        return model
    kinds = (TableClassifier, TableRegressor, MLPClassifier, MLPRegressor)
    kind = next((each for each in kinds if each.__name__ == json["kind"]), None)
    if kind is None:
        raise ModelFileError(f"a model of the kind {json['kind']!r} is unknown to this version of mlnn")
    estimator = kind(**parameters_of(json["parameters"]))
    estimator._validate_params()
    estimator.n_features_in_ = _whole(json["inputs"])
    if json["names"] is not None:
        names = texts(json["names"])
        if len(names) != estimator.n_features_in_:
            raise ValueError(f"there are {len(names)} names of {estimator.n_features_in_} columns")
        estimator.feature_names_in_ = np.array(names, dtype=object)
    (_restore_table if isinstance(estimator, TableModel) else _restore_perceptron)(estimator, content)
    return estimator


def texts(json: Any) -> list[str]:
    """Return a list of texts, if it is one."""
    if not isinstance(json, list) or not all(isinstance(each, str) for each in json):
        raise ValueError("there is something else where a list of texts should be")
    return json


def _model(model: Model) -> Kept:
    return _members([(model.network, model.theta)], {"kind": "Model", "seed": model.seed})


# Tables


def _table(model: Any, json: dict[str, Any]) -> Kept:
    described = {
        "preparation": model.preparation_.to_json(),
        "target": model.target_.to_json(),
        "judgement": model.judgement_.to_json(),
        "summary": model.summary_,
        "said": list(model.said_),
    }
    views = model.views_
    if len(views.each) > 1:  # else its members see the table as it is
        described["views"] = views.to_json()
    content = _members(views.members, json | described)
    arrays = views.arrays() | {f"preparation.{name}": array for name, array in model.preparation_.arrays().items()}
    of_rows = {"judgement.fold": model.judgement_.fold.astype(np.int16)}
    if model.judgement_.familiar is not None:
        of_rows["judgement.digests"] = model.judgement_.familiar.array()
    return content._replace(arrays=content.arrays | arrays | of_rows)


def _restore_table(model: Any, content: Kept) -> None:
    json, preparation = content.json, _preparation(content)
    target = Target.from_json(json["target"])
    members = _members_of(content)
    names = [column.name for column in preparation.columns_]
    if model.n_features_in_ != len(names) or list(getattr(model, "feature_names_in_", names)) != names:
        raise ValueError(f"the columns {names} are not those of the model")
    views = Views.from_json(json.get("views"), content.arrays, members, len(preparation.get_feature_names_out()))
    for network, _ in members:
        if (network.widths[-1], network.output) != (target.scores, target.output):
            raise ValueError(f"a network of widths {network.widths} does not fit the table and its {target.task}")
        _ = network.rates, network.penalties
    if isinstance(model, TableClassifier) != (target.task == "classification"):
        raise ValueError(f"a {type(model).__name__} does not fit a {target.task}")
    fold = content.arrays["judgement.fold"]
    judgement = Judgement.from_json(json["judgement"], fold, content.arrays.get("judgement.digests"))
    curve, rule = judgement.thresholds, getattr(model, "threshold", None)
    if (
        curve is not None
        and "rule" not in json["judgement"]["thresholds"]
        and curve.chosen_by(rule).chosen == curve.chosen
    ):
        judgement = replace(judgement, thresholds=replace(curve, rule=rule))  # which files of before did not keep
    if fold.size and judgement.mark.partition(" ")[0] != str(fold.size):  # of a table in windows no folds are kept
        raise ValueError(f"the judgement is of other rows than the {fold.size} that folds are told of")
    count = len(views.each[0].members)
    if fold.size and not EVERYBODY <= fold.min() <= fold.max() < count:
        raise ValueError(f"the rows' folds are {fold.min()} to {fold.max()}, but there are {count} members")
    model.restore(preparation, target, views, judgement, summary(json["summary"], names))
    model.said_ = texts(json["said"])


def _preparation(content: Kept) -> Preparation:
    json, prefix = content.json["preparation"], "preparation."
    arrays = {name[len(prefix) :]: array for name, array in content.arrays.items() if name.startswith(prefix)}
    return Preparation.from_json(json | {"columns": _taken(json["columns"])}, arrays).for_model()


def _taken(records: list[Any]) -> Iterator[Any]:
    """Give a list's parts, each of which goes when it was given: those of 20,000 columns are 50 MB."""
    records.reverse()
    while records:
        yield records.pop()


SUMMARY = {"task": str, "data": str, "rows": int, "batch_size": int, "seconds": float}
SUMMARY |= {"members": list, "target": list, "reading": dict}
"""The types of what is shown of a summary."""


def summary(json: dict[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """Return the summary if what is shown of it has the types that training wrote, and its target is no column."""
    for name, kind in SUMMARY.items():
        if type(json.get(name, kind())) is not kind or (kind is int and json.get(name, 0) < 0):
            raise ValueError(f"the summary's {name} is no {kind.__name__}")
    for member in json.get("members", []):
        for number in (member["best_epoch"], *member["loss"], *member["valid_loss"]):
            if type(number) not in (int, float):
                raise ValueError("the summary holds something else where numbers should be")
    target, reading = texts(json.get("target", [])), json.get("reading", {})
    if len(set(target)) < len(target) or not set(columns).isdisjoint(target):
        raise ValueError(f"the targets {target} must differ, and be no columns to learn from")
    texts(reading.get("ids", []))
    texts(reading.get("aside", []))
    if reading.get("answers") is not None:
        record_of(reading["answers"])
    return json


# scikit-learn's perceptrons


def _perceptron(model: Any, json: dict[str, Any]) -> Kept:
    state: State = model.state
    described = {
        "outputs": state.outputs,
        "target": None if state.labels is None else Classes(state.labels).to_json(),
        "preparation": None if state.preparation is None else state.preparation.to_json(),
        "course": parameters_json({name: getattr(state, name) for name in COURSE})[0],
    }
    content = _members([(state.network, state.theta)], json | described)
    arrays: dict[str, Array] = {} if state.preparation is None else state.preparation.arrays()
    return content._replace(arrays=content.arrays | {f"preparation.{name}": each for name, each in arrays.items()})


COURSE = ("n_iter", "t", "loss", "loss_curve", "best_loss", "validation_scores", "validation_loss_curve")
"""What is shown of how a perceptron was trained."""


def _restore_perceptron(model: Any, content: Kept) -> None:
    json = content.json
    ((network, theta),) = _members_of(content)
    labels = None if json["target"] is None else Target.from_json(json["target"])
    if isinstance(model, MLPClassifier) != isinstance(labels, Classes):
        raise ValueError(f"a {type(model).__name__} does not fit this target")
    outputs = _whole(json["outputs"])
    random, control = check_random_state(model.random_state), Control(model.n_iter_no_change, model.tol)
    state = State(network, theta, outputs, random, control, labels.labels if isinstance(labels, Classes) else None)
    inputs = model.n_features_in_
    if json["preparation"] is not None:
        state.preparation = _preparation(content)
        inputs = len(state.preparation.get_feature_names_out())
    if inputs != network.inputs or outputs != network.widths[-1]:
        raise ValueError(f"a network of widths {network.widths} does not fit {inputs} inputs and {outputs} outputs")
    state.be_judged_by(judged_by(model))
    for name, value in parameters_of(json["course"]).items():
        if name in COURSE:
            setattr(state, name, _curve(value) if isinstance(value, tuple) else _figure(value))
    model._state = state


def _curve(values: tuple[Any, ...]) -> list[Any]:
    return [_figure(value) for value in values]


def _figure(value: Any) -> Any:
    if value is not None and type(value) not in (int, float):
        raise ValueError(f"the course of training holds {value!r}")
    return value


# Networks


def _members(members: Sequence[Member], json: dict[str, Any]) -> Kept:
    for network, theta in members:
        _require_weights(network, theta)
    arrays = {f"theta{k}": theta for k, (_, theta) in enumerate(members)}
    return Kept(json | {"networks": [network_json(network) for network, _ in members]}, arrays)


def _members_of(content: Kept) -> tuple[Member, ...]:
    """Return the networks and their weights, after one prediction each by the reference, which looks closest."""
    described = content.json["networks"]
    members = tuple((network_of(each), content.arrays[f"theta{k}"]) for k, each in enumerate(described))
    if not members:
        raise ValueError("there is no network")
    for network, theta in members:
        _require_weights(network, theta)
        with np.errstate(all="ignore"):
            rows = np.repeat(np.array([[0.0], [1.0], [-1.0]], theta.dtype), network.inputs, axis=1)
            predictions = Reference().predict(network, theta, rows)
            network.output.decide(predictions)
        if not np.isfinite(predictions).all():
            raise ValueError("its networks predict numbers that are not finite")
    known = {f"theta{k}" for k in range(len(members))} | {"judgement.fold", "judgement.digests"}
    known |= Views.names(content.json.get("views"))
    if strange := [name for name in content.arrays if name not in known and not name.startswith("preparation.column")]:
        raise ValueError(f"nothing is known of an array '{min(strange)}'")
    return members


def _require_weights(network: Network, theta: Array) -> None:
    largest = LARGEST_WEIGHTS.get(theta.dtype)
    if largest is None or theta.shape != (network.size,) or not (np.abs(theta) <= largest).all():
        raise ValueError(
            f"θ does not fit the network: it must hold {network.size} numbers of type float32 up to 1e12 or float64 up "
            "to 1e100, none of them NaN"
        )


def _whole(number: Any) -> int:
    """Return a whole number of at least 0, if it is one."""
    if type(number) is not int or number < 0:
        raise ValueError(f"{number!r} is no whole number of at least 0")
    return number
