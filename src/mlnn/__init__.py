"""mlnn: the multilayer network you can read in an afternoon.

The rooms, in the order in which they build on each other: ``gate``, ``layer``, ``output``, ``penalty``,
``initializer``, ``schedule``, ``optimizer`` (the mathematics), ``network``, ``objective``, ``engine``, ``graph``,
``source`` (rows in shards), ``training``, ``check``, ``plot``, ``model`` (the tutorial's face), ``estimator``
(scikit-learn's face), ``frame`` and ``tabular`` (the face for tables), ``diagnosis`` (the doctor), ``distributed``
(many machines), ``page``, ``play`` (the live page), ``cli``.

``import mlnn`` imports none of them: each name below is fetched when it is first used.
"""

import importlib.util
import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlnn.check import Monitor, check_gradients
    from mlnn.diagnosis import doctor
    from mlnn.engine import engines, limit_threads
    from mlnn.estimator import HiddenActivations, MLPClassifier, MLPRegressor, from_sklearn
    from mlnn.frame import ColumnWarning
    from mlnn.model import Ensemble, Model
    from mlnn.network import Network
    from mlnn.objective import Problem
    from mlnn.play.widget import Play
    from mlnn.tabular.distil import distil
    from mlnn.tabular.estimator import TableClassifier, TableRegressor
    from mlnn.tabular.storage import load, save
    from mlnn.training import (
        Checkpoint,
        Diverged,
        EarlyStopping,
        Epoch,
        Interrupted,
        KeepBest,
        Recipe,
        Snapshots,
        epochs,
        epochs_of_members,
    )

_NAMES = {
    "check": ("Monitor", "check_gradients"),
    "diagnosis": ("doctor",),
    "engine": ("engines", "limit_threads"),
    "estimator": ("HiddenActivations", "MLPClassifier", "MLPRegressor", "from_sklearn"),
    "frame": ("ColumnWarning",),
    "model": ("Ensemble", "Model"),
    "network": ("Network",),
    "objective": ("Problem",),
    "play.widget": ("Play",),
    "tabular.distil": ("distil",),
    "tabular.estimator": ("TableClassifier", "TableRegressor"),
    "tabular.storage": ("load", "save"),
    "training": ("Checkpoint", "Diverged", "EarlyStopping", "Epoch", "Interrupted", "KeepBest", "Recipe", "Snapshots"),
    "training.loop": ("epochs", "epochs_of_members"),
}
_HOME = {name: room for room, names in _NAMES.items() for name in names}
_INNER = {
    "callback": "training.callback",
    "ensemble": "model.ensemble",
    "gradient_check": "check.gradient",
    "members": "training.loop",
    "recipe": "training.recipe",
    "sanity": "check.sanity",
    "search": "estimator.search",
}
"""Modules inside rooms that are reached as ``mlnn.callback`` too."""

__all__ = [
    "Checkpoint",
    "ColumnWarning",
    "Diverged",
    "EarlyStopping",
    "Ensemble",
    "Epoch",
    "HiddenActivations",
    "Interrupted",
    "KeepBest",
    "MLPClassifier",
    "MLPRegressor",
    "Model",
    "Monitor",
    "Network",
    "Play",
    "Problem",
    "Recipe",
    "Snapshots",
    "TableClassifier",
    "TableRegressor",
    "check_gradients",
    "distil",
    "doctor",
    "engines",
    "epochs",
    "epochs_of_members",
    "from_sklearn",
    "limit_threads",
    "load",
    "save",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Fetch a name, or a room, when it is first used."""
    if name in _HOME:
        return getattr(importlib.import_module(f"mlnn.{_HOME[name]}"), name)
    place = f"mlnn.{_INNER.get(name, name)}"
    if importlib.util.find_spec(place):
        return importlib.import_module(place)
    raise AttributeError(f"module 'mlnn' has no attribute '{name}'")


def __dir__() -> list[str]:
    """List the names."""
    rooms = {each.name for each in pkgutil.iter_modules(__path__)} - {"cli", "page"}  # which need mlnn-learn[cli]
    return sorted([*__all__, *rooms, *_INNER, "__version__"])
