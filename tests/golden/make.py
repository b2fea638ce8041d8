"""Golden files: models of the format that is written today, and what they predict. Each is made once, for ever.

python tests/golden/make.py
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from mlnn import MLPClassifier, MLPRegressor, Model, TableClassifier, TableRegressor, save
from mlnn.gate import AddGate, BatchNorm, Dropout, MultiplyGate
from mlnn.layer import LeakyReLU, Maxout, PReLU, Tanh
from mlnn.network import Network
from mlnn.output import Softmax
from mlnn.tabular.storage import FORMAT

HERE = Path(__file__).parent
ROWS = 18
QUICK = {"epochs": 3, "members": 2, "hidden": (3,)}


def frame():
    """Return the table that golden models predict: numbers, gaps, categories, dates, truth values and text."""
    words = [
        "a good wine",
        "bad corked bottle",
        "fine wine of a good year",
        "an old and bad bottle",
        "nice",
        "cheap wine",
    ]
    return pd.DataFrame(
        {
            "age": [20.0, 31.5, np.nan, 44.0, 27.25, 63.0] * 3,
            "job": ["cook", None, "clerk", "Cook", "pilot", "clerk"] * 3,
            "day": pd.Series(pd.date_range("2024-01-01", periods=ROWS, freq="17D")).astype(str),
            "own": ["yes", "no"] * 9,
            "note": [f"{word} {k}" for k, word in enumerate(words * 3)],
        }
    )


def matrix():
    """Return the matrix that the other golden models predict."""
    return np.linspace(-2.0, 2.0, 3 * ROWS).reshape(ROWS, 3)


def predicted(model):
    """Return what a model predicts as JSON has it."""
    rows = frame() if isinstance(model, TableClassifier | TableRegressor) else matrix()
    rows = rows[list(model.feature_names_in_)] if hasattr(model, "feature_names_in_") else rows
    found = model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)
    return [np.asarray(part, dtype=float).tolist() for part in (found if isinstance(found, list) else [found])]


def models():
    """Train a model of every kind."""
    classes, values = pd.Series(["no", "yes", "maybe"] * 6), np.arange(ROWS) / 7
    gates = (
        MultiplyGate(4),
        AddGate(),
        BatchNorm(),
        PReLU(),
        Dropout(),
        Maxout(),
        MultiplyGate(2),
        LeakyReLU(),
        AddGate(),
    )
    odd = Model([3, 2], seed=0)
    odd.network = Network(3, gates, Softmax())
    odd.theta = odd.network.initial(np.random.default_rng(0))
    moons = Model([3, 4, 2], Tanh(), seed=0)
    moons.train(matrix(), np.arange(ROWS) % 2, 50)
    both = pd.DataFrame({"class": classes, "half": values > 1.0})
    return {
        "model": moons,
        "gates": odd,
        "classifier": TableClassifier(**QUICK).fit(frame(), classes),
        "questions": TableClassifier(**QUICK).fit(frame()[["age", "job"]], both),
        "threshold": TableClassifier(**QUICK, threshold="f1").fit(frame(), values > 1.0),
        "regressor": TableRegressor(**QUICK).fit(frame()[["age", "job", "own"]], values),
        "views": TableRegressor(**QUICK).fit(frame()[["age", "day", "own"]], values**2),
        "mlp-classifier": MLPClassifier(hidden_layer_sizes=(3,), max_iter=5, random_state=0).fit(matrix(), classes),
        "mlp-regressor": MLPRegressor(hidden_layer_sizes=(3,), max_iter=5, random_state=0).fit(matrix(), values),
    }


def main():
    """Write those that are not there: golden files stay as they are."""
    folder = HERE / str(FORMAT)
    folder.mkdir(exist_ok=True)
    warnings.simplefilter("ignore")
    predictions = folder / "predictions.json"
    told = json.loads(predictions.read_text(encoding="utf-8")) if predictions.exists() else {}
    for name, model in models().items():
        if name not in told:
            save(model, folder / f"{name}.mlnn")
            told[name] = predicted(model)
    predictions.write_text(json.dumps(told) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
