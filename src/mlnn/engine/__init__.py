"""Engines: what runs a network. The reference engine is NumPy, written to be read; the compiled one is fast."""

from mlnn.engine.around import Around
from mlnn.engine.base import Block, BoundEngine, Engine, Member, Predictor, Stopped
from mlnn.engine.choice import OwnPredictor, SlowerEngine, compiled_by, engine_for, engines, fastest_for
from mlnn.engine.compiled import Compiled
from mlnn.engine.machine import limit_threads
from mlnn.engine.memory import require_memory
from mlnn.engine.peers import Peers
from mlnn.engine.reference import Reference

__all__ = [
    "Around",
    "Block",
    "BoundEngine",
    "Compiled",
    "Engine",
    "Member",
    "OwnPredictor",
    "Peers",
    "Predictor",
    "Reference",
    "SlowerEngine",
    "Stopped",
    "compiled_by",
    "engine_for",
    "engines",
    "fastest_for",
    "limit_threads",
    "require_memory",
]
