r"""What a gate and an output do to one row, element by element, in LaTeX into which the page plugs numbers.

The tracer prints the formulas of layers, losses and margins; here stand those of gates that are written by hand, and
how a printed formula becomes a gate's backward and an output's loss. ``@x_i@`` stands for a number: of the input x, the
output y, dy = ∂loss/∂y or a parameter, at an index. Without an index it is the element's own. ``\sum_i{…}`` holds what
it sums, and likewise ``\max_g{…}``. Indices: i of the input, j of the output, g of the pieces that end in unit j; of
scores k, or j in a sum within; t is the true class.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from mlnn.gate import AddGate, BatchNorm, Dropout, MultiplyGate
from mlnn.layer import Layer, Maxout, PReLU
from mlnn.output import Elementwise, Softmax
from mlnn.output.classification import WestonWatkins

_DEVIATION = r"\sqrt{@variance@ + @epsilon@}"

_STANDARDIZED = rf"\frac{{@x@ - @mean@}}{{{_DEVIATION}}}"

_VIOLATION = "@s_k@ - @s_t@ + @margin@"

BY_HAND: Mapping[type, Mapping[str, str]] = MappingProxyType(
    {
        MultiplyGate: {
            "matrix forward": r"y = x\,W",
            "forward": r"\sum_i{@x_i@ \cdot @W_ij@}",
            "matrix d_x": r"\mathrm{d}x = \mathrm{d}y\;W^\top",
            "d_x": r"\sum_j{@dy_j@ \cdot @W_ij@}",
            "matrix d_W": r"\mathrm{d}W = x^\top\,\mathrm{d}y",
            "d_W": r"@x_i@ \cdot @dy_j@",
        },
        AddGate: {"forward": "@x@ + @b@", "d_x": "@dy@", "d_b": "@dy@"},
        BatchNorm: {
            "forward": rf"@gain@ \cdot {_STANDARDIZED} + @shift@",
            "d_x": rf"\frac{{@gain@}}{{{_DEVIATION}}} \cdot @dy@",
            "d_gain": rf"{_STANDARDIZED} \cdot @dy@",
            "d_shift": "@dy@",
        },
        Dropout: {
            "training": r"\frac{m}{1 - @p@} \cdot x,\quad m \in \{0, 1\},\quad P(m = 0) = @p@",
            "forward": "@x@",
            "d_x": "@dy@",
        },
        Maxout: {"forward": r"\max_g{@x_jg@}", "d_x": r"@dy_j@ \cdot \left[@x_jg@ = @y_j@\right]"},
        Softmax: {
            "predict": r"\frac{e^{@s_k@}}{\sum_j{e^{@s_j@}}}",
            "loss": r"-\sum_k{@q_k@ \cdot \ln @p_k@}",
            "diff": "@p_k@ - @q_k@",
        },
    }
)
"""Formulas of what has a hand-written kernel. Rows pass as in prediction; q is the target as a distribution."""


def equations(kind: type, printed: Mapping[str, str]) -> dict[str, str]:
    r"""Return the formulas of a gate or an output for one row, from what the tracer printed of its class.

    Examples
    --------
    >>> from mlnn.layer import Tanh
    >>> equations(Tanh, {"forward": r"\tanh(@x@)", "slope": "1 - @y@^2"})
    {'d_x': '@dy@ \\cdot \\left(1 - @y@^2\\right)'}
    >>> from mlnn.output import Hinge
    >>> equations(Hinge, {"formula": r"\max(@v@, 0)", "slope": "[@v@ > 0]"})["loss"]
    '\\sum_{k \\neq t}{\\max(@s_k@ - @s_t@ + @margin@, 0)}'
    """
    if kind in BY_HAND:
        return dict(BY_HAND[kind])
    if issubclass(kind, Layer):
        return {"d_x": _times_dy(printed["slope"])}
    if issubclass(kind, PReLU):
        return {"d_x": _times_dy(printed["slope"]), "d_a": _times_dy(printed["slope_by_leak"])}
    if issubclass(kind, Elementwise):
        own = {name: printed[name].replace("@s@", "@s_k@").replace("@t@", "@t_k@") for name in ("formula", "slope")}
        predict = printed.get("predict", "@s@").replace("@s@", "@s_k@")
        return {"predict": predict, "loss": rf"\sum_k{{{own['formula']}}}", "diff": own["slope"]}
    if issubclass(kind, WestonWatkins):
        formula, slope = (printed[name].replace("@v@", _VIOLATION) for name in ("formula", "slope"))
        others = r"\sum_{k \neq t}"
        return {"predict": "@s_k@", "loss": f"{others}{{{formula}}}", "diff": slope, "diff t": f"-{others}{{{slope}}}"}
    return {}


_GROUP = re.compile(r"\{[^{}]*\}|\\left(?:(?!\\left|\\right).)*\\right.")


def _times_dy(slope: str) -> str:
    """Return dy times the slope, in brackets if it is a sum."""
    outside, inner = "", slope
    while outside != inner:
        outside, inner = inner, _GROUP.sub("", inner)
    return rf"@dy@ \cdot \left({slope}\right)" if re.search(" [+-] ", outside) else rf"@dy@ \cdot {slope}"
