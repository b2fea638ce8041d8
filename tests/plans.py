"""Plans as the page sends them."""

import numpy as np
from waiting import until_true

from mlnn.network import Network
from mlnn.play.plan import laid_out
from mlnn.tabular.described import network_json


def points(rows=60, seed=0, classes=2):
    """Rows of two columns, and class numbers that they tell."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, 2))
    return X, (np.arctan2(X[:, 0], X[:, 1]) > 0).astype(float) if classes == 2 else X[:, 0] + X[:, 1]


def plan(network=None, rows=60, **changes):
    """A plan; what is changed of it is named."""
    X, y = points(rows)
    return {
        "network": network_json(network or Network.dense([2, 5, 2])),
        "train": {"X": laid_out(X), "y": laid_out(y)},
        "valid": {"X": laid_out(X[::3]), "y": laid_out(y[::3])},
        "optimizer": {"is": "Adam", "rate": 0.01},
        "schedule": {"is": "Constant"},
        "penalty": {"is": "L2", "strength": 0.001},
        "batch": 8,
        "epochs": 50,
        "seed": 3,
        "sum": False,
        "precision": "float64",
        "frozen": [],
    } | changes


def given(player, theta="fresh", **changes):
    """Give the player a plan."""
    player.set("plan", {"plan": plan(**changes), "theta": theta})


def watched(gradient=False, **values):
    return {"values": {name: {"rows": rows, "gates": gates} for name, (rows, gates) in values.items()}} | {
        "gradient": gradient
    }


def until(player, ready, seconds=60):
    """Look at frames until one is ready; where none comes, the test hangs no longer than that."""

    def looked():
        frame = player.get("frame")
        return frame if ready(frame) else None

    return until_true(looked, lambda: player.get("frame"), seconds)


def rested(player):
    """The first frame in which nothing plays."""
    return until(player, lambda frame: not frame["playing"])
