"""Frames: a table becomes numbers, and says how."""

from mlnn.frame.drift import ColumnWarning
from mlnn.frame.unknown import unknown_values

__all__ = ["ColumnWarning", "unknown_values"]
