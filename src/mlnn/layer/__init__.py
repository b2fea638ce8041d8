"""Layers: elementwise gates (activations), and the two activations with a little more: PReLU and maxout."""

from mlnn.layer.base import Activation, Layer
from mlnn.layer.maxout import Maxout
from mlnn.layer.prelu import PReLU
from mlnn.layer.rectifier import ELU, SELU, LeakyReLU, ReLU
from mlnn.layer.smooth import GELU, Mish, SiLU, Softplus
from mlnn.layer.squashing import HardTanh, Identity, Sigmoid, Softsign, Tanh

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "HardTanh",
    "Identity",
    "Layer",
    "LeakyReLU",
    "Maxout",
    "Mish",
    "PReLU",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Softsign",
    "Tanh",
]
