"""Numbers as short text: what stands on the arrows and in the boxes of the computation graph."""

import numpy as np

from mlnn.array import Array

WRITTEN_OUT = 8
"""Lines of a column of numbers; of a longer one, one line fewer, and how many are left out."""

LINES, WIDE = 4, 24
"""Lines of a matrix, and characters on each."""


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
    """Return the elements as short texts; of many, the first seven and how many are left out.

    Examples
    --------
    >>> elements(np.array([0.5, -1.2])), elements(np.arange(64.0))[-3:]
    (['0.5', '−1.2'], ['5', '6', '… 57 more'])
    """
    flat = np.asarray(value).ravel()
    if flat.size <= WRITTEN_OUT:
        return [_element(x) for x in flat]
    return [*(_element(x) for x in flat[: WRITTEN_OUT - 1]), f"… {flat.size - WRITTEN_OUT + 1} more"]


def inline(value: Array, width: int = 28) -> str:
    """Return an array on one line: what fits, and how many are left out.

    A single element stands without brackets, a scalar with four digits.

    Examples
    --------
    >>> inline(np.array([[0.123, -0.5]])), inline(np.ones((8, 8))), inline(np.array([1])), inline(np.array(0.12345))
    ('[0.12, −0.5]', '[1, 1, 1, 1, 1, … 59 more]', '1', '0.1235')
    """
    if np.ndim(value) == 0:
        return f"{float(value):.4g}".replace("-", "−")
    flat = np.asarray(value).ravel()
    texts = [_element(x) for x in flat[:width]]
    for shown in range(len(texts), 0, -1):
        more = [f"… {flat.size - shown} more"] if shown < flat.size else []
        line = f"[{', '.join(texts[:shown] + more)}]" if flat.size > 1 else texts[0]
        if len(line) <= width:
            return line
    return f"[{flat.size} values]" if flat.size != 1 else texts[0]


def block(value: Array) -> list[str]:
    """Return an array as lines: a matrix row by row in aligned columns, as much as fits; a vector on one line.

    Examples
    --------
    >>> block(np.array([[1.0, -0.25], [0.5, 10.0]]))
    ['  1 −0.25', '0.5    10']
    """
    if value.ndim != 2 or value.shape[0] == 1 or value.size == 0:
        return [inline(value)]
    rows, columns = value.shape
    tall = rows if rows <= LINES else LINES - 1
    for wide in range(min(columns, WIDE), 0, -1):
        cells = [[_element(x) for x in row[:wide]] for row in value[:tall]]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        if sum(widths) + wide <= WIDE or wide == 1:
            break
    tail = " …" if wide < columns else ""
    lines = [" ".join(cell.rjust(size) for cell, size in zip(row, widths, strict=True)) + tail for row in cells]
    return lines if wide * tall == value.size else [*lines, f"… {value.size - wide * tall} more"]


def shape(sizes: tuple[int, ...]) -> str:
    """Return a shape as text: 2×3."""
    return "×".join(map(str, sizes))


def _element(x: np.generic) -> str:
    return short(float(x)) if x.dtype.kind == "f" else str(x)
