"""Outputs: what turns the last scores into predictions, losses and their derivatives."""

from mlnn.output.base import Elementwise, Output
from mlnn.output.classification import Hinge, Logistic, Softmax, SquaredHinge
from mlnn.output.regression import Absolute, Huber, LeastSquares, Poisson, Quantile
from mlnn.output.several import SeveralSoftmax

__all__ = [
    "Absolute",
    "Elementwise",
    "Hinge",
    "Huber",
    "LeastSquares",
    "Logistic",
    "Output",
    "Poisson",
    "Quantile",
    "SeveralSoftmax",
    "Softmax",
    "SquaredHinge",
]
