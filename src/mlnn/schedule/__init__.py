"""Schedules: how a rate (or a momentum) changes while training goes on; time is counted in epochs, and fractional."""

from mlnn.schedule.base import Constant, Schedule, Time, factors_at
from mlnn.schedule.cycle import Cosine, CosineRestarts, OneCycle
from mlnn.schedule.decay import Exponential, InverseTime, Linear, StepDecay
from mlnn.schedule.plateau import ReduceOnPlateau
from mlnn.schedule.warm_up import WarmUp

__all__ = [
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Exponential",
    "InverseTime",
    "Linear",
    "OneCycle",
    "ReduceOnPlateau",
    "Schedule",
    "StepDecay",
    "Time",
    "WarmUp",
    "factors_at",
]
