"""One example of hostile training: data and settings of a number, and what must become of them."""

import linecache
import signal
import traceback
import warnings
from contextlib import contextmanager, redirect_stdout
from io import StringIO

import numpy as np
import pandas as pd
from hostile.arrays import COLUMNS, DOUBTFUL, LAYOUTS, ROWS, frame, numbers, one_of, targets, weights
from hostile.things import setting, settings_of, stop_soon, thing
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning

import mlnn
from mlnn.training import Diverged

FACES = ("classifier", "regressor", "table classifier", "table regressor", "model", "epochs")
LIMIT = 20
"""Seconds after which an example counts as hanging."""


class Finding(Exception):
    """What must not happen did."""


class Hangs(BaseException):
    """An example takes too long."""


def example(number):
    """Run an example; return its face and "trained" or "refused", and the refusal.

    Raises
    ------
    Finding
        If it is neither.
    """
    random = np.random.default_rng(number)
    face = one_of(random, FACES)
    with bounded(), warnings.catch_warnings(record=True) as said, redirect_stdout(StringIO()):
        warnings.simplefilter("always")
        try:
            given, act, ask = WAYS[face](random)
            before = [footprint(each) for each in given]
            try:
                said.clear()
                trained = act()
                end = "trained", ""
            except (ValueError, TypeError, IndexError, Diverged, MemoryError) as problem:
                end = "refused", sentence(problem)
            if before != [footprint(each) for each in given]:
                raise Finding("an argument was altered")
            if end[0] == "trained":
                try:
                    ask(trained)
                except ValueError as problem:
                    if "is not finite" not in str(problem):
                        raise
                    end = "refused", sentence(problem)
        except Finding:
            raise
        except Exception as problem:
            raise Finding(f"{type(problem).__name__}: {problem}") from problem
    for each in said:
        if not issubclass(each.category, UserWarning | ConvergenceWarning | DataConversionWarning):
            raise Finding(f"{each.category.__name__}: {each.message} ({each.filename}:{each.lineno})")
    return face, *end


@contextmanager
def bounded(seconds=LIMIT):
    """End what takes longer than it should."""

    def ring(*_):
        raise Hangs

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    except Hangs as problem:
        raise Finding("it hangs") from problem
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def sentence(problem):
    """Return what a refusal says, if that is a sentence of somebody who knows what was asked."""
    text, last = str(problem), traceback.extract_tb(problem.__traceback__)[-1]
    lines = [linecache.getline(last.filename, n) for n in range(last.lineno - 12, last.end_lineno + 1)]
    if "rows may hold" in text:  # documented, an IndexError
        return text
    theirs = any("sklearn" in each.filename for each in traceback.extract_tb(problem.__traceback__)[-4:])
    if not theirs and ("mlnn" not in last.filename or not any("raise" in line for line in lines)):
        raise Finding(f"not ours: {type(problem).__name__}: {text}") from problem
    if len(text) < 12 or " " not in text or "incompatible function arguments" in text:
        raise Finding(f"no sentence: {type(problem).__name__}: {text}") from problem
    if not theirs and not text.replace("\n", "").isprintable():
        raise Finding(f"unprintable: {type(problem).__name__}: {text!r}") from problem
    return f"{type(problem).__name__}: {text}"


def footprint(thing):
    """Return what tells whether an argument was altered."""
    if isinstance(thing, np.ndarray):
        content = repr(thing.tolist()) if thing.dtype.hasobject else np.ascontiguousarray(thing).tobytes()
        return thing.dtype.str, thing.shape, thing.strides, thing.flags.writeable, content
    if isinstance(thing, pd.DataFrame | pd.Series):
        kinds = list(map(str, thing.dtypes)) if thing.ndim == 2 else [str(thing.dtype)]
        return kinds, repr(list(thing.index)), repr(thing.to_dict()), repr(thing.attrs)
    if sparse.issparse(thing):
        parts = (getattr(thing, name, None) for name in ("data", "indices", "indptr", "row", "col"))
        return thing.shape, [None if each is None else np.array(each).tobytes() for each in parts]
    if isinstance(thing, dict):
        return {repr(name): footprint(each) for name, each in thing.items()}
    if isinstance(thing, list | tuple):
        return repr(thing)
    if hasattr(thing, "to_pydict"):
        return repr(thing.to_pydict())
    if hasattr(thing, "collect"):
        return repr(thing.collect().to_dict(as_series=False))
    if hasattr(thing, "to_dict"):
        return repr(thing.to_dict(as_series=False))
    return None


def rows_of(random, values, frames, odd):
    """Return rows in some layout: one that must do, or, where they are odd, perhaps another."""
    if frames and random.random() < 0.5:
        return frame(random, values, odd)
    if random.random() < (0.02 if frames else 0.1):
        kind = one_of(random, (sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix))
        return kind(values.astype(float))
    return one_of(random, DOUBTFUL if odd and random.random() < 0.4 else LAYOUTS)(random, values)


def drawn(random, classes, frames, named=True):
    """Return rows and targets: mostly plain ones in any layout."""
    odd = random.random() < 0.2
    shape = (
        (one_of(random, ROWS), one_of(random, COLUMNS)) if odd else (one_of(random, (12, 30)), one_of(random, (2, 5)))
    )
    with np.errstate(all="ignore"):
        X = rows_of(random, numbers(random, shape, odd), frames, odd and random.random() < 0.7)
        y = targets(random, shape[0], classes, random.random() < 0.1, named)
        if isinstance(y, np.ndarray) and y.dtype.kind in "iufb" and random.random() < 0.4:
            y = (
                one_of(random, LAYOUTS[:12])(random, y)
                if y.dtype.kind == "f"
                else one_of(random, LAYOUTS[:8])(random, y)
            )
        if random.random() < 0.01:
            y = thing(random)
    return X, y, shape


def require_finite(values, rows, what):
    """Refuse predictions of another shape, or that are no finite numbers."""
    values = values.toarray() if sparse.issparse(values) else np.asarray(values)
    if len(values) != rows:
        raise Finding(f"{what} has shape {values.shape} for {rows} rows")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise Finding(f"{what} is not finite")


def fitted(kind, usual, classes, frames):
    """Return what draws an example of an estimator."""

    def draw(random):
        X, y, shape = drawn(random, classes, frames)
        count = one_of(random, (0, 0, 1, 1, 2))
        settings = settings_of(kind, random, usual(random), count, ("callbacks",) if random.random() < 0.9 else ())
        more = {"sample_weight": weights(random, shape[0])} if random.random() < 0.2 else {}
        if random.random() < 0.1:
            other, answers, _ = drawn(random, classes, frames)
            more["eval_set"] = one_of(
                random, ((X, y), [X, y], (X, y), (X, y), (other, answers), (X,), (X, y, y, y), "x")
            )
        if frames and random.random() < 0.1:
            more[one_of(random, ("groups", "times"))] = one_of(random, (
                random.integers(0, 4, shape[0]), weights(random, shape[0]), ["a", "b"] * (shape[0] // 2),
                pd.to_datetime(random.integers(0, 9, shape[0]), unit="D"), np.arange(shape[0]), thing(random),
            ))  # fmt: skip

        def act():
            return kind(**settings).fit(X, y, **more)

        def ask(model):
            rows = frame_rows(X)
            again = rows_of(random, X, False, True) if type(X) is np.ndarray and random.random() < 0.2 else X
            try:
                found = model.predict(again)
                count = rows if again is X else len(found)
            except (ValueError, TypeError) as problem:
                if again is X and "is not finite" not in str(problem):
                    raise Finding(f"it was trained on, but not predicted: {problem}") from problem
                sentence(problem)
                return
            require_finite(found, count, "predict")
            if hasattr(model, "predict_proba"):
                found = model.predict_proba(again)
                for each in found if isinstance(found, list) else [found]:
                    require_finite(each, count, "predict_proba")

        return [X, y, *more.values(), *settings.values()], act, ask

    return draw


def frame_rows(X):
    """Return how many rows there are."""
    if hasattr(X, "collect"):
        return X.collect().height
    if isinstance(X, dict):
        return len(next(iter(X.values())))
    return X.shape[0] if hasattr(X, "shape") else len(X)


def network_settings(random):
    """Return settings of the tutorial's face."""
    names = ("layers_dim", "layer", "output", "squash_scores", "weights", "biases", "batch_norm", "dropout",
             "input_dropout", "penalties", "max_norm", "seed", "random")  # fmt: skip
    name = one_of(random, names)
    return {name: setting(random, name)} if random.random() < 0.4 else {}


def model(random):
    """Draw an example of the tutorial's face."""
    X, y, shape = drawn(random, True, False, named=False)
    base = {"layers_dim": [shape[1], 3, one_of(random, (2, 3, 5))], "squash_scores": False, "seed": 0}
    settings = base | network_settings(random)
    names = ("num_passes", "epsilon", "reg_lambda", "print_loss", "optimizer", "schedule", "penalty", "batch_size",
             "sum_gradients", "print_penalty", "weights", "valid", "callbacks", "every", "engine")  # fmt: skip
    more = {"num_passes": one_of(random, (1, 2, 3)), "engine": one_of(random, ("reference", "compiled"))}
    if random.random() < 0.4:
        name = one_of(random, names)
        more[name] = setting(random, name)
    if random.random() < 0.1:
        more["weights"] = weights(random, shape[0])
    if random.random() < 0.1:
        more["valid"] = one_of(random, ((X, y), [X, y], (X,), (y, X)))
    if "callbacks" not in more:
        more["callbacks"] = [stop_soon]

    def act():
        made = mlnn.Model(**settings)
        made.train(X, y, **more)
        return made

    def ask(made):
        require_finite(made.predict(X), frame_rows(X), "predict")
        require_finite(made.predict_proba(X), frame_rows(X), "predict_proba")
        made.calculate_loss(X, y)

    return [X, y, *more.values(), *settings.values()], act, ask


def plain_epochs(random):
    """Draw an example of the generator under all faces."""
    X, y, shape = drawn(random, True, False, named=False)
    widths = {"layers_dim": [shape[1], 3, one_of(random, (2, 3, 5))]} | network_settings(random)
    widths = {name: each for name, each in widths.items() if name not in ("squash_scores", "seed", "random")}
    names = ("optimizer", "schedule", "epochs", "batch_size", "every", "seed", "order", "convention")
    name = one_of(random, names)
    recipe = {"epochs": 2} | ({name: setting(random, name)} if random.random() < 0.25 else {})
    names = ("valid", "scores", "rows", "engine", "after")
    more = {"stop": stop_soon} | ({one_of(random, names): thing(random)} if random.random() < 0.1 else {})
    if random.random() < 0.1:
        rows = (np.arange(3), np.array([0, 0]), [0, 1], np.array([-1]), np.array([10**6]), np.arange(3.0), np.arange(0))
        more["rows"] = one_of(random, (*rows, np.arange(3, dtype="u1"), np.arange(3).astype(">i8"), np.ones(3, bool)))
    share = weights(random, shape[0]) if random.random() < 0.15 else None
    theta = thing(random) if random.random() < 0.05 else None

    def act():
        network = mlnn.Network.dense(**widths)
        problem = mlnn.Problem.of(network, X, y, share, thing(random) if random.random() < 0.1 else None)
        start = network.initial(np.random.default_rng(0), problem.X.dtype) if theta is None else theta
        *_, last = mlnn.epochs(problem, start, mlnn.Recipe(**recipe), **more)
        return last

    def ask(last):
        require_finite(last.theta, len(last.theta), "theta")

    return [X, y, share, *widths.values(), *recipe.values(), *more.values()], act, ask


def _dense(random):
    solver = one_of(random, ("adam", "adam", "sgd", "lbfgs", "nadam"))
    return {"hidden_layer_sizes": (4,), "max_iter": 2, "callbacks": [stop_soon], "solver": solver, "random_state": 0}


def _tabular(random):
    return {"hidden": (4,), "epochs": 2, "members": one_of(random, (1, 2, 3)), "time_budget": 5.0}


WAYS = {
    "classifier": fitted(mlnn.MLPClassifier, _dense, True, False),
    "regressor": fitted(mlnn.MLPRegressor, _dense, False, False),
    "table classifier": fitted(mlnn.TableClassifier, _tabular, True, True),
    "table regressor": fitted(mlnn.TableRegressor, _tabular, False, True),
    "model": model,
    "epochs": plain_epochs,
}
"""How each face's examples are drawn: what is given, how it trains, what is asked of it then."""
