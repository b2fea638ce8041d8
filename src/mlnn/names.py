"""Names for classes, for the faces that take strings: whatever is defined is found, a user's own classes too."""

import difflib
import inspect
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def every(base: type[T]) -> list[type[T]]:
    """Return all classes derived from ``base`` that can be used, in the order of their definition.

    Python keeps this list itself: a class joins it by being defined.
    """
    found: list[type[T]] = [] if inspect.isabstract(base) else [base]
    for child in base.__subclasses__():
        found += [each for each in every(child) if each not in found]
    return found


def name_of(kind: type) -> str:
    """Return the name a user would type: the class's own, in lower case.

    Examples
    --------
    >>> from mlnn.layer import LeakyReLU
    >>> name_of(LeakyReLU)
    'leakyrelu'
    """
    return kind.__name__.lower()


def named(base: type[T], name: str) -> Callable[..., T]:
    """Return the class derived from ``base`` with this name; case, spaces, dashes and underscores do not matter.

    Raises
    ------
    ValueError
        If there is none, with the nearest name and the list of all.

    Examples
    --------
    >>> from mlnn.layer import Layer
    >>> named(Layer, "leaky_relu")
    <class 'mlnn.layer.rectifier.LeakyReLU'>
    >>> named(Layer, "reul")
    Traceback (most recent call last):
    ...
    ValueError: there is no layer 'reul'; did you mean 'relu'? There are: ...elu, gelu, ...
    """
    kinds = {name_of(kind): kind for kind in every(base)}
    plain = "".join(letter for letter in name.lower() if letter not in " -_")
    if plain in kinds:
        return kinds[plain]
    near = difflib.get_close_matches(plain, kinds, n=1, cutoff=0.5)
    hint = f"; did you mean '{near[0]}'?" if near else "."
    raise ValueError(f"there is no {name_of(base)} '{name}'{hint} There are: {', '.join(sorted(kinds))}")
