"""Engines: what runs a network. The reference engine is NumPy, written to be read and held for the truth."""

from mlnn.engine.reference import Block, Reference

__all__ = ["Block", "Reference"]
