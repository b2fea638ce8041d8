"""What this machine can run: the native modules that were built, and the instruction sets of its processor."""

import importlib
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import ModuleType

SETS = ("avx512", "avx2", "baseline")
"""Names of the native modules, best first."""

CHOICE = "MLNN_INSTRUCTIONS"
"""The environment variable that forces one of them."""


def instruction_sets() -> list[str]:
    """Return the native modules that were built and that this processor can run, best first."""
    try:
        baseline = importlib.import_module("mlnn.engine._baseline")
    except ImportError as problem:
        raise ImportError(f"mlnn was installed without its native part, for want of a compiler ({problem})") from None
    return [name for name in SETS if name in baseline.instruction_sets()]


@cache
def native_module() -> ModuleType:
    """Return the native module for the best instruction set of this processor, or for the one that is asked for.

    Raises
    ------
    ImportError
        If mlnn was built without its native part, or the set asked for is not one this processor has.
    """
    here = instruction_sets()
    asked = os.environ.get(CHOICE, here[0])
    if asked not in here:
        raise ImportError(f"{CHOICE} asks for '{asked}', but this processor has: {', '.join(here)}")
    return importlib.import_module(f"mlnn.engine._{asked}")


_limit: ContextVar[float] = ContextVar("the most threads", default=float("inf"))


@contextmanager
def limit_threads(count: int) -> Iterator[None]:
    """Let the compiled engine use at most so many threads inside a ``with`` block.

    The limit belongs to the thread of Python that enters the block, as NumPy's ``errstate`` does; blocks inside blocks
    can only lower it. No number of threads changes a bit of any result. NumPy and SciPy have threads of their own:
    ``threadpoolctl`` limits those.

    Parameters
    ----------
    count : int
        The most threads, at least 1.

    Raises
    ------
    ValueError
        If it is below 1.

    Examples
    --------
    >>> with limit_threads(1):
    ...     threads()
    1
    """
    if count < 1:
        raise ValueError(f"the limit must be at least 1 thread, but got {count}")
    token = _limit.set(min(count, _limit.get()))
    try:
        yield
    finally:
        _limit.reset(token)


def limited(count: int) -> int:
    """Return so many threads, or as many as the limit allows where that is fewer."""
    return int(min(count, _limit.get()))


def threads() -> int:
    """Return how many threads to use here and now."""
    return limited(available())


def available() -> int:
    """Return how many threads to use at most: what ``OMP_NUM_THREADS`` says, or the cores this process may use."""
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    return int(asked) if asked.isdecimal() and int(asked) > 0 else cores()


def cores() -> int:
    """Return the cores that this process may use: no more than its affinity mask has, nor than its cgroup pays for."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(here, _quota())))


@cache
def _quota() -> float:
    return cpu_quota(Path("/"))


def cpu_quota(root: Path) -> float:
    """Return how many processors' time the cgroups of this process allow it (version 2 or 1); infinity for no limit.

    A limit of any group above holds, too. Inside a container the group's own path is often not visible: then the
    container's limit stands at the top.
    """
    least = math.inf
    for line in _lines(root / "proc/self/cgroup"):
        number, controllers, path = (*line.split(":", 2), "", "")[:3]
        if number == "0" and not controllers:
            top, files = root / "sys/fs/cgroup", ["cpu.max"]  # "max 100000", or "150000 100000": of how many µs
        elif "cpu" in controllers.split(","):
            mounts = [root / "sys/fs/cgroup" / name for name in (controllers, "cpu", "cpu,cpuacct")]
            top = next((each for each in mounts if each.is_dir()), mounts[0])
            files = ["cpu.cfs_quota_us", "cpu.cfs_period_us"]  # a quota of −1 is none
        else:
            continue
        group = top / path.strip("/")
        for each in (group, *group.parents):
            if each == top or top in each.parents:
                numbers = " ".join(line for name in files for line in _lines(each / name)).split()
                if len(numbers) == 2 and all(number.isdecimal() and int(number) > 0 for number in numbers):
                    least = min(least, int(numbers[0]) / int(numbers[1]))
    return least


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []
