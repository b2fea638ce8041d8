"""Which of several processes this is that an MPI launcher has begun; asked without MPI itself."""

import os

SIZES = {"PMI_SIZE": "PMI_RANK", "OMPI_COMM_WORLD_SIZE": "OMPI_COMM_WORLD_RANK", "PALS_NRANKS": "PALS_RANKID"}
"""Where launchers (of MPICH and its kin, Open MPI, PALS) say how many processes there are, and this one's number."""

TOGETHER = ("train", "tune")
"""Commands that several processes run together; of all others the first runs them alone."""


def launched() -> bool:
    """Tell whether several processes of an MPI program are meant to work together.

    Examples
    --------
    >>> launched()
    False
    """
    return _size() is not None


def is_first() -> bool:
    """Tell whether this is the first of them, or the only one.

    Examples
    --------
    >>> is_first()
    True
    """
    size = _size()
    return size is None or os.environ.get(SIZES[size], "0") == "0"


def _size() -> str | None:
    several = (name for name in SIZES if os.environ.get(name, "").isdecimal() and int(os.environ[name]) > 1)
    return next(several, None)
