"""Frames: a table becomes numbers, and says how."""
