"""Every test draws without a window and leaves no figure behind; its name is the same in every process.

NumPy's products run on one thread: their matrices are small, and threads that wait for each other on busy cores took
most of the time.
"""

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

BENCH = Path(__file__).parents[1] / "bench"

settings.register_profile("mlnn", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # busy machines are slow
settings.load_profile("mlnn")
os.environ["MPLBACKEND"] = "Agg"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin without


def pytest_make_parametrize_id(val, argname):
    """Packed bytes hold the time of their packing: in a name they would differ between pytest-xdist's workers."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture
def random():
    """A generator of the test's own: what ran before it changes nothing."""
    import numpy as np  # here, because OpenBLAS counts its threads as it is imported

    return np.random.default_rng(0)


@pytest.fixture
def bench(monkeypatch):
    """Return a function that imports a script of bench/, and leave none of them behind: their names are common ones."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(BENCH)
    yield __import__
    for name in set(sys.modules) - before:
        if str(BENCH) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
