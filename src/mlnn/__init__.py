"""mlnn: the multilayer network you can read in an afternoon.

The rooms, in the order in which they build on each other: ``gate``, ``layer``, ``output``, ``penalty``,
``initializer``, ``optimizer``, ``schedule`` (the mathematics), ``network``, ``objective``, ``engine``, ``training``,
``callback``, ``model`` (the tutorial's face), ``gradient_check``, ``estimator`` (scikit-learn's face),
``diagnosis`` (the doctor), ``plot``, ``cli``.

``import mlnn`` imports none of them: each name below is fetched when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlnn.callback import EarlyStopping, KeepBest, Monitor, Snapshots
    from mlnn.diagnosis import doctor
    from mlnn.engine import engines, limit_threads
    from mlnn.ensemble import Ensemble
    from mlnn.estimator import HiddenActivations, MLPClassifier, MLPRegressor, from_sklearn
    from mlnn.gradient_check import check_gradients
    from mlnn.members import epochs_of_members
    from mlnn.model import Model
    from mlnn.network import Network
    from mlnn.objective import Problem
    from mlnn.recipe import Recipe
    from mlnn.training import Epoch, epochs

_HOME = {
    "EarlyStopping": "callback",
    "Ensemble": "ensemble",
    "Epoch": "training",
    "HiddenActivations": "estimator",
    "KeepBest": "callback",
    "MLPClassifier": "estimator",
    "MLPRegressor": "estimator",
    "Model": "model",
    "Monitor": "callback",
    "Network": "network",
    "Problem": "objective",
    "Recipe": "recipe",
    "Snapshots": "callback",
    "check_gradients": "gradient_check",
    "doctor": "diagnosis",
    "engines": "engine",
    "epochs": "training",
    "epochs_of_members": "members",
    "from_sklearn": "estimator",
    "limit_threads": "engine",
}
_ROOMS = [
    "callback",
    "dataset",
    "diagnosis",
    "engine",
    "gate",
    "gradient_check",
    "initializer",
    "layer",
    "members",
    "network",
    "objective",
    "optimizer",
    "output",
    "penalty",
    "plot",
    "recipe",
    "sanity",
    "schedule",
    "search",
    "training",
]

__all__ = [
    "EarlyStopping",
    "Ensemble",
    "Epoch",
    "HiddenActivations",
    "KeepBest",
    "MLPClassifier",
    "MLPRegressor",
    "Model",
    "Monitor",
    "Network",
    "Problem",
    "Recipe",
    "Snapshots",
    "check_gradients",
    "doctor",
    "engines",
    "epochs",
    "epochs_of_members",
    "from_sklearn",
    "limit_threads",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Fetch a name, or a room, when it is first used."""
    if name in _HOME:
        return getattr(importlib.import_module(f"mlnn.{_HOME[name]}"), name)
    if name in _ROOMS:
        return importlib.import_module(f"mlnn.{name}")
    raise AttributeError(f"module 'mlnn' has no attribute '{name}'")


def __dir__() -> list[str]:
    """List the names."""
    return sorted([*__all__, *_ROOMS, "__version__"])
