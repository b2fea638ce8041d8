"""Many threads and processes at once: the same numbers as alone, or an error that says why not."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from interrupted import X, Y
from support import at_once, compiled

from mlnn import MLPClassifier, MLPRegressor, Model, TableClassifier

BENCH = Path(__file__).parents[2] / "bench"


def trained():
    model = Model([12, 16, 3], seed=0)
    model.train(X, Y, num_passes=5)
    yield model
    yield MLPClassifier((16,), max_iter=3, tol=1.0, random_state=0).fit(X, Y)
    yield MLPRegressor(hidden_layer_sizes=(16,), max_iter=3, tol=1.0, random_state=0).fit(X, X[:, 0])
    yield TableClassifier(hidden=(8,), epochs=3, members=2, random_state=0).fit(X, Y)


@compiled
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_predictions_of_many_threads_are_those_of_one():
    rows = np.tile(X, (5, 1))
    parts = [rows[number : number + 300 * (1 + number % 4)] for number in range(8)]
    for model in trained():
        truth = [model.predict(part) for part in parts]
        for _ in range(5):
            found = at_once(8, lambda number, model=model: model.predict(parts[number]))
            for mine, right in zip(found, truth, strict=True):
                assert not isinstance(mine, Exception), mine
                np.testing.assert_array_equal(mine, right)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_of_several_fits_of_one_object_all_but_one_are_refused():
    """A fit lasts until its watcher has seen the others refused."""
    refused = threading.Event()

    def wait(*_):
        refused.wait(60)

    model, estimator = Model([12, 4, 3], seed=0), MLPClassifier((4,), max_iter=1, callbacks=[wait])
    table = TableClassifier(hidden=(4,), epochs=1, members=2)
    for fit, sentence in (
        (lambda: model.train(X, Y, num_passes=1, callbacks=[wait]), "is being trained"),
        (lambda: estimator.fit(X, Y), "is being fitted by another call"),
        (lambda: table.fit(X, Y, watch=wait), "is being fitted by another call"),
    ):
        refused.clear()
        others = []

        def tried(number, fit=fit, others=others):
            try:
                fit()
            except RuntimeError:
                others.append(number)
                if len(others) == 3:
                    refused.set()
                raise

        found = at_once(4, tried)
        assert sum(isinstance(each, RuntimeError) and sentence in str(each) for each in found) == 3


@compiled
@pytest.mark.slow
@pytest.mark.skipif(not BENCH.exists(), reason="an sdist has no bench/")
def test_threads_processes_and_workers_change_no_bit():
    """In a process of its own, which nothing has threads in yet; bench/same_bits.py takes more configurations."""
    done = subprocess.run(
        [sys.executable, BENCH / "reliability.py", "threads", "--size", "6"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
