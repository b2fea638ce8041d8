"""Nothing native outlives those who hold it, and the end of a process is quiet."""

import gc
import subprocess
import sys

import numpy as np
import pytest
from support import compiled

import mlnn
from mlnn.engine import planned
from mlnn.engine.machine import native_module
from mlnn.estimator import MLPClassifier
from mlnn.objective import Problem
from mlnn.training import Recipe, epochs

pytestmark = compiled
WITH_LOCK = getattr(sys, "_is_gil_enabled", lambda: True)()


def living():
    """Return the references to each native class: its objects hold one each."""
    planned._kept.cache_clear()
    gc.collect()
    native = native_module()
    kinds = [name for name in vars(native) if name[0].isupper()]
    assert len(kinds) >= 8
    return {name: sys.getrefcount(getattr(native, name)) for name in kinds}


def used(dtype):
    """Train and predict to the end, broken off, and refused."""
    X, y = mlnn.dataset.moons()
    X = X.astype(dtype)
    network = mlnn.Network.dense([2, 8, 2])
    training = epochs(Problem.of(network, X, y), network.initial(np.random.default_rng(0)), Recipe(epochs=5))
    next(training)
    training.close()
    model = mlnn.Model([2, 4, 2], seed=0)
    model.train(X, y, num_passes=5)
    model.predict(X)
    MLPClassifier(max_iter=3, random_state=0, solver="lbfgs").fit(X, y).predict_proba(X)
    MLPClassifier(max_iter=3, random_state=0, early_stopping=True).fit(X, y).predict_proba(X)
    with pytest.raises(ValueError, match="2"):
        model.predict(X[:, :1])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.skipif(not WITH_LOCK, reason="without the interpreter's lock references are counted thread by thread")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_native_object_is_left(dtype):
    used(dtype)
    before = living()
    used(dtype)
    assert living() == before
    network = mlnn.Network.dense([2, 2])
    kept = mlnn.engine.Compiled(1).predictor(network, np.zeros(network.size, dtype))
    assert living() != before, "an object that is held would be seen"
    kept.close()


def test_the_end_of_a_process_is_quiet():
    """Also where something else holds a model to the very end, as test runners and notebooks do."""
    code = """
import ctypes
import mlnn

X, y = mlnn.dataset.moons()
model = mlnn.estimator.MLPClassifier(tol=1.0).fit(X, y)
model.predict(X)
ctypes.pythonapi.Py_IncRef(ctypes.py_object(model))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
