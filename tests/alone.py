"""Scripts that might take the interpreter with them run in a process of their own."""

import subprocess
import sys

import numpy as np

from mlnn.engine import Block

PREFACE = """
import os, resource, signal, sys, threading, time, warnings
import numpy as np
from mlnn import Checkpoint, Model, Network, Problem, Recipe, epochs, epochs_of_members
from mlnn.engine import Block, Compiled, Member, OwnPredictor, Reference
from mlnn.layer import ReLU, Tanh
from mlnn.optimizer import SGD, Adam
from mlnn.output import LeastSquares, Softmax
warnings.simplefilter("ignore")
random = np.random.default_rng(0)
def kilobytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
"""


def alone(script, *arguments):
    """Run a script in a process of its own; return what it printed, or fail with what it said at its end.

    Estimators and sparse rows it imports itself: scikit-learn and SciPy take longer than most scripts.
    """
    command = [sys.executable, "-c", PREFACE + script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stderr[-3000:]}"
    return done.stdout


def block_of(bounds, order=None, **others):
    """Return a block of plain steps with these bounds."""
    bounds = np.array(bounds, np.int64).reshape(-1, 2)
    ones = np.ones(len(bounds))
    plain = {"first_step": 0, "rates": 0.01 * ones, "data_factors": ones, "penalty_factors": ones, "coefficients": ()}
    return Block(**plain | {"order": order, "bounds": bounds} | others)
