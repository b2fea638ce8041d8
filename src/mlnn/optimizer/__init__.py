"""Optimizers: the rules by which a gradient moves θ."""

from mlnn.optimizer.adaptive import Adadelta, Adagrad, Adam, RMSprop
from mlnn.optimizer.base import SGD, Factor, Optimizer, State
from mlnn.optimizer.lbfgs import LBFGS
from mlnn.optimizer.momentum import Momentum, Nesterov
from mlnn.optimizer.variant import Lion, Nadam
from mlnn.optimizer.wrapper import AdamW, Averaged, ClipNorm, ClipValue, DecoupledDecay, Wrapper

__all__ = [
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Averaged",
    "ClipNorm",
    "ClipValue",
    "DecoupledDecay",
    "Factor",
    "Lion",
    "Momentum",
    "Nadam",
    "Nesterov",
    "Optimizer",
    "RMSprop",
    "State",
    "Wrapper",
]
