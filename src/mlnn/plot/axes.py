"""Where to draw, and what: refused in words, where it is something else."""

from collections.abc import Sequence
from typing import Any


def axes_of(ax: Any) -> Any:
    """Return the axes to draw on: those given, or the present ones.

    Raises
    ------
    TypeError
        If something else is given.
    """
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    if ax is not None and not isinstance(ax, Axes):
        raise TypeError(f"ax must be matplotlib Axes, but got {ax!r:.200}")
    return plt.gca() if ax is None else ax


def require_like(thing: Any, name: str, what: str, each: bool = False) -> Any:
    """Return what has an attribute of this name, or is a sequence of what has, ``each``.

    Raises
    ------
    TypeError
        If it is something else; ``what`` says what it must be.

    Examples
    --------
    >>> require_like("x", "rates", "test must be what range_test(…) returns")
    Traceback (most recent call last):
    ...
    TypeError: test must be what range_test(…) returns, but got 'x'
    """
    listed = each and isinstance(thing, Sequence) and not isinstance(thing, str)
    if not all(hasattr(one, name) for one in (thing if listed else [thing])):
        raise TypeError(f"{what}, but got {thing!r:.200}")
    return thing
