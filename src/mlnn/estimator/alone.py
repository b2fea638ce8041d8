"""One fit at a time, and none that leaves half of itself behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from mlnn.array import as_given


@contextmanager
def alone(estimator: object) -> Iterator[None]:
    """Let one fit at a time have an estimator, whatever numbers it gets; leave it as it was before one that fails.

    Raises
    ------
    RuntimeError
        If another call is fitting it.
    """
    own, mark = estimator.__dict__, object()
    if own.setdefault("_fitting", mark) is not mark:  # one step of the interpreter: no other thread comes between
        raise RuntimeError(f"this {type(estimator).__name__} is being fitted by another call: fit a clone")
    before = {name: value for name, value in own.items() if _is_learned(name)}
    try:
        with as_given():
            yield
    except BaseException:
        for name in filter(_is_learned, own.keys() - before.keys()):
            del own[name]
        own.update(before)
        raise
    finally:
        del own["_fitting"]


def _is_learned(name: str) -> bool:
    """Tell what ``fit`` makes from parameters, and from what scikit-learn's callbacks keep there meanwhile."""
    return name.endswith("_") or name in ("_state", "_ensemble")
