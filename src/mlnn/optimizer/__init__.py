"""Optimizers: the rules by which a gradient moves θ."""

from mlnn.optimizer.adadelta import Adadelta
from mlnn.optimizer.adagrad import Adagrad
from mlnn.optimizer.adam import Adam
from mlnn.optimizer.averaged import Averaged
from mlnn.optimizer.base import Factor, Optimizer, State
from mlnn.optimizer.clip import ClipNorm, ClipValue
from mlnn.optimizer.decay import AdamW, DecoupledDecay
from mlnn.optimizer.lbfgs import LBFGS
from mlnn.optimizer.lion import Lion
from mlnn.optimizer.momentum import Momentum, Nesterov
from mlnn.optimizer.nadam import Nadam
from mlnn.optimizer.rmsprop import RMSprop
from mlnn.optimizer.sgd import SGD
from mlnn.optimizer.wrapper import Wrapper

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
