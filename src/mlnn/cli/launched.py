"""Whether this process is one of several that an MPI launcher has begun; asked without MPI itself."""

import os

SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "PALS_NRANKS")
"""Variables in which launchers (of MPICH and its kin, Open MPI, PALS) say how many processes there are."""


def launched() -> bool:
    """Tell whether several processes of an MPI program are meant to work together.

    Examples
    --------
    >>> launched()
    False
    """
    return any(os.environ.get(name, "").isdecimal() and int(os.environ[name]) > 1 for name in SIZES)
