"""Checks: gradients against differences, and what CS231n notes 3 call sanity checks and babysitting."""

from mlnn.check.catalogue import Check, check_catalogue
from mlnn.check.gradient import check_engine, check_gradients
from mlnn.check.monitor import Babysitting, Monitor, gate_names
from mlnn.check.range_test import RangeTest
from mlnn.check.report import GradientReport
from mlnn.check.sanity import InitialLoss, Overfit, initial_loss, overfit

__all__ = [
    "Babysitting",
    "Check",
    "GradientReport",
    "InitialLoss",
    "Monitor",
    "Overfit",
    "RangeTest",
    "check_catalogue",
    "check_engine",
    "check_gradients",
    "gate_names",
    "initial_loss",
    "overfit",
]
