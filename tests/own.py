"""Parts that a user might write: what keeps every contract."""

from mlnn.gate import Gate, Parameter
from mlnn.initializer import Constant


class Scale(Gate):
    """y = x q: a gate with a parameter, as it should be."""

    def parameters(self, inputs):
        return (Parameter("q", (1, inputs), Constant(1.0)),)

    def apply(self, p, x, step):
        return x * p[0], None

    def pullback(self, p, x, y, memo, d_y, d_p):
        d_p[0][...] = (d_y * x).sum(axis=0, keepdims=True)
        return d_y * p[0]
