"""Frames: a table becomes numbers, and says how."""

from mlnn.frame.drift import ColumnWarning
from mlnn.frame.strange import strangers

__all__ = ["ColumnWarning", "strangers"]
