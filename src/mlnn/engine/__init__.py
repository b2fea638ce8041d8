"""Engines: what runs a network. The reference engine is NumPy, written to be read; the compiled one is fast."""

from mlnn.engine.base import Block, Predictor
from mlnn.engine.choice import SlowerEngine, engine_for, engine_given, engines
from mlnn.engine.compiled import Compiled
from mlnn.engine.machine import limit_threads
from mlnn.engine.reference import Reference

__all__ = [
    "Block",
    "Compiled",
    "Predictor",
    "Reference",
    "SlowerEngine",
    "engine_for",
    "engine_given",
    "engines",
    "limit_threads",
]
