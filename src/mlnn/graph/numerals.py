"""Numbers as short text: what stands on the arrows and in the boxes of the computation graph."""

import numpy as np

from mlnn.array import Array

WRITTEN_OUT = 4
"""A vector of more elements than this is abbreviated."""


def short(x: float) -> str:
    """Return a number with two significant digits, in at most eight characters from 10⁻⁹⁹ to 10⁹⁹.

    Numbers from 100 to 9,999 show all digits before the point.

    Examples
    --------
    >>> [short(x) for x in (0.123, -4.0, 256.4, -1.23e-4, 7e20, 0.0)]
    ['0.12', '−4', '256', '−1.2e−4', '7e20', '0']
    """
    size = abs(x)
    if size == 0.0 or 0.01 <= size < 99.5 or not np.isfinite(x):
        text = f"{x + 0.0:.2g}"
    elif 99.5 <= size < 9999.5:
        text = f"{x:.0f}"
    else:
        mantissa, exponent = f"{x:.1e}".split("e")
        text = f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    return text.replace("-", "−")


def elements(value: Array) -> list[str]:
    """Return the elements as short texts; of many, the first two and how many there are.

    Examples
    --------
    >>> elements(np.array([0.5, -1.2])), elements(np.arange(64.0))
    (['0.5', '−1.2'], ['0', '1', '… 64 values'])
    """
    flat = np.asarray(value).ravel()
    if flat.size <= WRITTEN_OUT:
        return [_element(x) for x in flat]
    return [*(_element(x) for x in flat[:2]), f"… {flat.size} values"]


def inline(value: Array) -> str:
    """Return an array on one line; a single element stands without brackets, a scalar with four digits.

    Examples
    --------
    >>> inline(np.array([[0.123, -0.5]])), inline(np.ones((8, 8))), inline(np.array([1])), inline(np.array(0.12345))
    ('[0.12, −0.5]', '[1, 1, … 64 values]', '1', '0.1235')
    """
    if np.ndim(value) == 0:
        return f"{float(value):.4g}".replace("-", "−")
    texts = elements(value)
    return texts[0] if np.size(value) == 1 else f"[{', '.join(texts)}]"


def block(value: Array) -> list[str]:
    """Return an array as lines: a small matrix row by row in aligned columns, anything else on one line.

    Examples
    --------
    >>> block(np.array([[1.0, -0.25], [0.5, 10.0]]))
    ['  1 −0.25', '0.5    10']
    """
    if value.ndim != 2 or not 1 < value.shape[0] <= WRITTEN_OUT or value.shape[1] >= WRITTEN_OUT:
        return [inline(value)]
    rows = [[_element(x) for x in row] for row in value]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [" ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def shape(sizes: tuple[int, ...]) -> str:
    """Return a shape as text: 2×3."""
    return "×".join(map(str, sizes))


def _element(x: np.generic) -> str:
    return short(float(x)) if x.dtype.kind == "f" else str(x)
