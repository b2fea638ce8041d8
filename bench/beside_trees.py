"""Train on Dask clusters of one, two and three workers: ours, XGBoost's and LightGBM's, on the same rows.

    python bench/beside_trees.py [--rows 200000] [--rounds 3] [--write docs/scaling.md]

Everybody gets the same rows, in as many chunks for any number of workers, and is told a fixed seed. Each number of
workers has a cluster of processes of its own, of one thread each, in which all three train in turn, in every round.
What held-out rows are predicted to be has a SHA-256: who has several has another model for every number of workers.
"""

import argparse
import hashlib
import logging
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from machine import description
from report import number, spread, table, write
from sklearn.metrics import log_loss

from mlnn import MLPClassifier
from mlnn.distributed import Cluster
from mlnn.layer import ReLU

WORKERS = 1, 2, 3
COLUMNS, CHUNKS = 28, 12
EPOCHS, TREES = 10, 100

Data = tuple[np.ndarray, np.ndarray]
Fit = Callable[[Any, Data, np.ndarray], np.ndarray]
"""Train with a client of Dask's on rows; return the second class's probability of others."""


def made(rows: int, seed: int) -> Data:
    """Return rows of which some columns act together, and classes that are drawn by their probability."""
    random = np.random.default_rng(seed)
    X = random.standard_normal((rows, COLUMNS), dtype=np.float32)
    score = 2 * X[:, 0] * X[:, 1] + np.abs(X[:, 2]) - 1 + X[:, 3] + 2 * (X[:, 4] > 0.5) * X[:, 5]
    return X, (random.random(rows) < 1 / (1 + np.exp(-2 * score))).astype(np.int64)


def ours(client: Any, data: Data, others: np.ndarray) -> np.ndarray:
    """Train a network."""
    options = {"batch_size": 1024, "max_iter": EPOCHS, "random_state": 0, "activation": ReLU()}
    with Cluster(client, parts=4), warnings.catch_warnings(action="ignore"):
        model = MLPClassifier((128, 64), **options).fit(*data)
    return model.predict_proba(others)[:, 1]


def xgboost(client: Any, data: Data, others: np.ndarray) -> np.ndarray:
    """Train trees of XGBoost's."""
    from xgboost.dask import DaskXGBClassifier

    model = DaskXGBClassifier(n_estimators=TREES, tree_method="hist", random_state=0, n_jobs=1)
    model.client = client
    model.fit(*chunks(data))
    return model.get_booster().inplace_predict(others)


def lightgbm(client: Any, data: Data, others: np.ndarray) -> np.ndarray:
    """Train trees of LightGBM's."""
    from lightgbm import DaskLGBMClassifier

    options = {"random_state": 0, "deterministic": True, "force_row_wise": True, "verbose": -1}
    model = DaskLGBMClassifier(client=client, n_estimators=TREES, **options).fit(*chunks(data))
    return model.to_local().predict_proba(others)[:, 1]


EVERYBODY: dict[str, tuple[Fit, int]] = {
    "mlnn": (ours, EPOCHS),
    "XGBoost": (xgboost, TREES),
    "LightGBM": (lightgbm, TREES),
}
"""Who trains, and how often each goes through all rows."""


def chunks(data: Data) -> list[Any]:
    """Return rows and classes as arrays of Dask's, in the same chunks whoever trains on them."""
    import dask.array

    X, y = data
    size = -(-len(X) // CHUNKS)
    return [dask.array.from_array(X, chunks=(size, COLUMNS)), dask.array.from_array(y, chunks=size)]


def measured(rows: int, rounds: int) -> list[dict[str, Any]]:
    """Train everybody in every cluster, in every round; return what came out."""
    from dask.distributed import Client, LocalCluster

    data, (others, truth), found = made(rows, 1), made(20_000, 2), []
    for _ in range(rounds):
        for count in WORKERS:
            options = {"n_workers": count, "threads_per_worker": 1, "dashboard_address": None}
            with LocalCluster(**options, silence_logs=logging.ERROR) as cluster, Client(cluster) as client:
                for name, (fit, passes) in EVERYBODY.items():
                    began = time.perf_counter()
                    p = np.asarray(fit(client, data, others), np.float64)
                    seconds = time.perf_counter() - began
                    found.append(
                        {"who": name, "workers": count, "seconds": seconds, "rate": passes * rows / seconds}
                        | {"loss": log_loss(truth, p), "bits": hashlib.sha256(p.tobytes()).hexdigest()[:8]}
                    )
                    print(found[-1], flush=True)
    return found


def told(found: list[dict[str, Any]], rows: int) -> str:
    """Return the table."""
    lines = []
    for name, (_, passes) in EVERYBODY.items():
        own = [each for each in found if each["who"] == name]
        bits = {each["bits"] for each in own}
        for count in WORKERS:
            some = [each for each in own if each["workers"] == count]
            mine = sorted({each["bits"] for each in some})
            loss = statistics.median(each["loss"] for each in some)
            seconds, rate = (spread([each[what] for each in some]) for what in ("seconds", "rate"))
            lines.append([name, str(count), ", ".join(mine), f"{loss:.6f}", seconds, rate, f"{passes}"])
        print(f"{name}: {len(bits)} results")
    head = ["", "workers", "SHA-256 of predictions", "log loss", "seconds", "rows a second", "passes"]
    return f"{number(rows)} rows of {COLUMNS} columns, {CHUNKS} chunks.\n\n{table(head, lines)}"


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    text = told(measured(given.rows, given.rounds), given.rows)
    print(text)
    if given.write:
        import distributed as dask
        import lightgbm as of_microsoft
        import xgboost as of_dmlc

        versions = f"dask {dask.__version__}, xgboost {of_dmlc.__version__}, lightgbm {of_microsoft.__version__}"
        write(given.write, f"{text}\n\n{versions}. {description(2)}", "trees")


if __name__ == "__main__":
    main()
