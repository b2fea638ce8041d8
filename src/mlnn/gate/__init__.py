"""Gates: the nodes of the computation graph, each with a forward and a hand-written backward."""

from mlnn.gate.add import AddGate
from mlnn.gate.base import Gate, Parameter, Step
from mlnn.gate.batch_norm import BatchNorm
from mlnn.gate.dropout import Dropout
from mlnn.gate.multiply import MultiplyGate

__all__ = ["AddGate", "BatchNorm", "Dropout", "Gate", "MultiplyGate", "Parameter", "Step"]
