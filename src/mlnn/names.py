"""Names for classes, for the faces that take strings: whatever is defined is found, a user's own classes too."""

import difflib
import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar, get_args

T = TypeVar("T")

Choice: TypeAlias = T | type[T] | str
"""What may be given where a layer, output, optimizer … is asked for: the object, its class, or the class's name."""

SYNONYMS = {
    "logistic": "sigmoid",
    "squarederror": "leastsquares",
    "absoluteerror": "absolute",
    "logloss": "softmax",
    "crossentropy": "softmax",
    "mse": "leastsquares",
    "mae": "absolute",
}
"""Names that scikit-learn and others have for what has another name here."""


def every(base: type[T]) -> list[type[T]]:
    """Return all classes derived from ``base`` that can be used, in the order of their definition.

    Python keeps this list itself: a class joins it by being defined.
    """
    return [kind for kind in _family(base) if not getattr(kind, "__abstractmethods__", None)]


def _family(base: type[T]) -> dict[type[T], None]:
    found = {base: None}
    for child in base.__subclasses__():
        found |= _family(child)
    return found


def shipped(base: type[T]) -> list[type[T]]:
    """Return those of ``every(base)`` that come with the library: not its user's own.

    Examples
    --------
    >>> from mlnn.penalty import Penalty
    >>> [kind.__name__ for kind in shipped(Penalty)]
    ['L2', 'L1', 'ElasticNet']
    """
    return [kind for kind in every(base) if kind.__module__.startswith("mlnn.")]


def name_of(kind: type) -> str:
    """Return the name a user would type: the class's own, in lower case.

    Examples
    --------
    >>> from mlnn.layer import LeakyReLU
    >>> name_of(LeakyReLU)
    'leakyrelu'
    """
    return kind.__name__.lower()


def is_own(part: object) -> bool:
    """Tell whether a part's class was defined outside the library: by its user.

    Examples
    --------
    >>> from mlnn.layer import Tanh
    >>> is_own(Tanh()), is_own(0.5)
    (False, True)
    """
    return not type(part).__module__.startswith("mlnn.")


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
    bases = get_args(base) or (base,)
    kinds = {name_of(kind): kind for each in bases for kind in every(each)}
    plain = "".join(letter for letter in name.lower() if letter not in " -_")
    plain = plain if plain in kinds else SYNONYMS.get(plain, plain)
    if plain in kinds:
        return kinds[plain]
    near = difflib.get_close_matches(plain, kinds, n=1, cutoff=0.5)
    hint = f"; did you mean '{near[0]}'?" if near else "."
    raise ValueError(f"there is no {name_of(bases[0])} {name!r}{hint} There are: {', '.join(sorted(kinds))}")


def require(kind: type[T], thing: object, what: str) -> T:
    """Return the thing, which must be of this kind.

    Raises
    ------
    TypeError
        If it is not.

    Examples
    --------
    >>> require(int, "1", "rows")
    Traceback (most recent call last):
    ...
    TypeError: rows must be an int, but got '1'
    """
    if not isinstance(thing, kind):
        raise TypeError(f"{what} must be {_one(kind)}, but got {thing!r:.200}")
    return thing


def found(base: Any, thing: Any, what: str | None = None, several: bool = False) -> Any:
    """Return the object that is meant: an object as it is; a class, or a class's name, with its defaults.

    Of a sequence, where there may be ``several``, each. ``what`` is what the faces call it, by default the name of
    ``base``.

    Raises
    ------
    ValueError
        If there is no class of that name, or it has settings without a default.
    TypeError
        If it is something else.

    Examples
    --------
    >>> from mlnn.layer import Activation, ELU
    >>> found(Activation, ["logistic", "leaky_relu", ELU, ELU(alpha=2.0)], several=True)
    [Sigmoid(), LeakyReLU(leak=0.01), ELU(alpha=1.0), ELU(alpha=2.0)]
    >>> found(Activation, 4, "layer")
    Traceback (most recent call last):
    ...
    TypeError: layer must be an Activation, its class or its name, but got 4
    """
    if isinstance(thing, base):
        return thing
    if several and isinstance(thing, Sequence) and not isinstance(thing, str):
        return [found(base, each, what) for each in thing]
    kind = named(base, thing) if isinstance(thing, str) else thing
    bases = get_args(base) or (base,)
    if not (isinstance(kind, type) and issubclass(kind, base)) or inspect.isabstract(kind):
        raise TypeError(
            f"{what or name_of(bases[0])} must be {_one(bases[0])}, its class or its name, but got {thing!r}"
        )
    try:
        return kind()
    except TypeError as problem:
        settings = inspect.signature(kind).parameters.values()
        open_ = [each.name for each in settings if each.default is each.empty and each.kind not in _ANY_NUMBER]
        if not open_:
            raise
        raise ValueError(
            f"{kind.__name__} has settings without a default ({', '.join(open_)}): give an object, "
            f"{kind.__name__}(…), not its class or name"
        ) from problem


def _one(kind: type) -> str:
    """Return a class's name with its article."""
    return f"{'an' if kind.__name__[0] in 'AEIOUaeiou' else 'a'} {kind.__name__}"


_ANY_NUMBER = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
