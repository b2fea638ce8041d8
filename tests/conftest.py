"""Every test draws without a window and leaves no figure behind; its name is the same in every process."""

import os
import sys

import pytest

os.environ["MPLBACKEND"] = "Agg"


def pytest_make_parametrize_id(val, argname):
    """Packed bytes hold the time of their packing: in a name they would differ between pytest-xdist's workers."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
