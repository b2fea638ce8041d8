"""Hold the estimators against scikit-learn's: the same call, the same numbers, and the ratio of the times.

    python bench/estimators.py [--adult FILE.csv] [--rounds 5] [--write docs/benchmarks.md]

Run it with OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1 in the environment: everyone on one core, in turn, once a
round. Both must have done the same work: as many epochs, losses equal to 1e-6. Shown are medians of the times and of
the ratios of the rounds.
"""

import argparse
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn.neural_network as theirs
from machine import description
from report import number
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

from mlnn import estimator as ours
from mlnn.frame.preparation import Preparation

BEGIN, END = "<!-- estimators -->", "<!-- /estimators -->"
Call = Callable[[Any], Any]
"""What is timed, with a module that has the two classes; returns what must be equal."""


def tables(adult: str | None) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield title, kind of estimator, rows and targets."""
    for load in (load_digits, load_breast_cancer, load_diabetes):
        X, y = load(return_X_y=True)
        kind = "MLPRegressor" if load is load_diabetes else "MLPClassifier"
        X = X / 16.0 if load is load_digits else StandardScaler().fit_transform(X)
        yield f"{load.__name__[5:].replace('_', ' ')} {X.shape[0]} × {X.shape[1]}", kind, X, y
    if adult:
        frame = pd.read_csv(adult)
        y = frame.pop("income").to_numpy()
        X = Preparation().fit(frame).transform(frame)
        yield f"adult, encoded, {X.shape[0]:,} × {X.shape[1]}", "MLPClassifier", X, y
    X, y = make_classification(20_000, 50, n_informative=20, random_state=0)
    yield "synthetic 20,000 × 50", "MLPClassifier", X, y


def fitted(kind: str, X: Any, y: Any, **settings: Any) -> Call:
    """Return a fit, which tells its epochs and its losses."""

    def call(module: Any) -> Any:
        estimator = getattr(module, kind)(random_state=0, **settings).fit(X, y)
        return [estimator.n_iter_, *getattr(estimator, "loss_curve_", [])[:20], estimator.loss_]

    return call


def cases(adult: str | None) -> Iterator[tuple[str, Call, int]]:
    """Yield what is timed: title, call, and how often it is repeated."""
    for title, kind, X, y in tables(adult):
        yield f"fit, {title}", fitted(kind, X, y), 1
        if len(X) < 10_000:
            single = np.asarray(X, np.float32)
            yield f"fit, {title}, float32", fitted(kind, single, y), 1
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    yield "fit by lbfgs, breast cancer", fitted("MLPClassifier", X, y, solver="lbfgs"), 1
    digits, number_of = load_digits(return_X_y=True)
    yield "fit by lbfgs, digits", fitted("MLPClassifier", digits / 16.0, number_of, solver="lbfgs"), 1
    grid = {"hidden_layer_sizes": [(20,), (50,)], "alpha": np.logspace(-5, -1, 10)}

    def search(module: Any) -> Any:
        found = GridSearchCV(module.MLPClassifier(random_state=0, max_iter=60), grid, cv=3, n_jobs=2).fit(X, y)
        return found.cv_results_["mean_test_score"].tolist()

    yield "GridSearchCV, 20 candidates, n_jobs=2", search, 1
    known = {module: module.MLPClassifier((64, 32), random_state=0).fit(X, y) for module in (ours, theirs)}
    yield "predict_proba, one row", lambda module: known[module].predict_proba(X[:1]).ravel().tolist(), 2000
    many = np.tile(X, (176, 1))[:100_000]
    yield "predict_proba, 100,000 rows", lambda module: known[module].predict_proba(many)[::1000].ravel().tolist(), 1


def measured(call: Call, repeats: int, rounds: int) -> tuple[float, float, list[float], bool]:
    """Return median seconds of both, the ratios of the rounds, and whether both did the same work."""
    seconds: dict[Any, list[float]] = {ours: [], theirs: []}
    results = {module: call(module) for module in seconds}
    for _ in range(rounds):
        for module, spent in seconds.items():
            started = time.perf_counter()
            for _ in range(repeats):
                call(module)
            spent.append((time.perf_counter() - started) / repeats)
    ratios = [b / a for a, b in zip(seconds[ours], seconds[theirs], strict=True)]
    mine, other = results[ours], results[theirs]
    same = len(mine) == len(other) and bool(np.allclose(mine, other, rtol=1e-6, atol=1e-9))
    return statistics.median(seconds[ours]), statistics.median(seconds[theirs]), ratios, same


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--adult", help="the table of the UCI repository, with a column 'income'")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="a part of the titles to run")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = ["| | mlnn | scikit-learn | ratio (lowest, highest) | same numbers |", "|---|---|---|---|---|"]
    fits = []
    for title, call, repeats in cases(options.adult):
        if options.only not in title:
            continue
        mine, other, ratios, same = measured(call, repeats, options.rounds)
        ratio = statistics.median(ratios)
        fits += [ratio] if title.startswith("fit, ") and "float32" not in title else []
        unit, factor = ("µs", 1e6) if other < 1e-3 else ("ms", 1e3)
        spread = f"**{ratio:.1f}** ({min(ratios):.1f}, {max(ratios):.1f})"
        times = f"{number(factor * mine)} {unit} | {number(factor * other)} {unit}"
        lines.append(f"| {title} | {times} | {spread} | {'yes' if same else 'no'} |")
        print(lines[-1], flush=True)
    text = "\n".join(lines)
    if fits:
        text += f"\n\nGeometric mean of the fits in float64: {statistics.geometric_mean(fits):.1f} times."
    text += f"\n\nOn {description(1)}"
    print(text)
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        options.write.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
