"""Frames: a table becomes numbers, and says how."""

from mlnn.frame.drift import ColumnWarning

__all__ = ["ColumnWarning"]
