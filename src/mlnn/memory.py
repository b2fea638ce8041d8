"""How much memory is free, and a refusal, before any work, of what needs more than that."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

CGROUPS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
"""Where a group of processes has its limit and its use, in the second version of cgroups and in the first."""


SMALL = 5e7
"""Bytes that are taken sooner than it is known whether they are there."""


def free() -> float:
    """Return the bytes that this process may still take: of the machine, of its group, and by its own limits.

    Infinite where the system does not tell.
    """
    return max(min([*_machine(), *_groups(), *_limits()], default=float("inf")), 0.0)


def require(needed: float, what: str) -> None:
    """Refuse what needs more memory than is free.

    Raises
    ------
    MemoryError
        If it does; ``what`` is what takes that much, as in "this network has 17 weights: training".

    Examples
    --------
    >>> require(1e18, "this network has 2 × 10¹⁷ weights: training")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    MemoryError: this network has 2 × 10¹⁷ weights: training takes about 1,000,000,000 GB, but ... are free
    """
    there = free() if needed > SMALL else float("inf")
    if needed > there:
        raise MemoryError(f"{what} takes about {amount(needed)}, but {amount(there)} are free")


def amount(size: float) -> str:
    """Return bytes in words.

    Examples
    --------
    >>> amount(7.64e9), amount(4.8e10), amount(3.2e6), amount(2.34e4)
    ('7.6 GB', '48 GB', '3.2 MB', '23 KB')
    """
    unit, name = (1e9, "GB") if size >= 1e9 else (1e6, "MB") if size >= 1e5 else (1e3, "KB")
    return f"{size / unit:.1f} {name}" if size < 10 * unit else f"{size / unit:,.0f} {name}"


def count(number: int) -> str:
    """Return a count in words, a large one as a power of ten.

    Examples
    --------
    >>> count(1234), count(3_000_000_001)
    ('1,234', '3 × 10⁹')
    """
    if number < 10**7:
        return f"{number:,}"
    digits, power = f"{number:.1e}".split("e") if number < 10**300 else ("1", str(len(str(number)) - 1))
    return f"{float(digits):g} × 10{str(int(power)).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def _machine() -> Iterator[float]:
    """Yield what the whole machine has free, as Linux tells; elsewhere, all that it has."""
    told = _text("/proc/meminfo")
    if told is not None:
        values = dict(line.split(":", 1) for line in told.splitlines() if ":" in line)
        if "MemAvailable" in values:
            yield 1024.0 * int(values["MemAvailable"].split()[0])
    elif hasattr(os, "sysconf") and {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= os.sysconf_names.keys():
        yield float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")


def _groups() -> Iterator[float]:
    """Yield what the limits of this process's groups leave, those of the groups around them included."""
    for line in (_text("/proc/self/cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory") or "memory" in controllers.split(","):
            own = Path(path.lstrip("/"))
            for group in (own, *own.parents):
                for limit, use in CGROUPS:
                    folder, (limit_name, use_name) = _folder(limit, group), (Path(limit).name, Path(use).name)
                    most, taken = _text(folder / limit_name), _text(folder / use_name)
                    if most and taken and most.strip().isdigit():
                        yield float(most) - float(taken) + _cached(folder)


def _folder(limit: str, group: Path) -> Path:
    return Path("/sys/fs/cgroup") / Path(limit).parent / group


def _cached(folder: Path) -> float:
    """Return what a group's use holds of files that the system gives back when it is asked."""
    values = dict(line.split(" ", 1) for line in (_text(folder / "memory.stat") or "").splitlines() if " " in line)
    return float(values.get("inactive_file", values.get("total_inactive_file", 0)))


def _limits() -> Iterator[float]:
    """Yield what ``ulimit -v`` and ``ulimit -d`` leave."""
    if sys.platform == "win32":
        return
    import resource  # here, because Windows has none

    used = _text("/proc/self/statm")
    pages = [int(word) for word in used.split()] if used else [0] * 7
    for name, place in (("RLIMIT_AS", 0), ("RLIMIT_DATA", 5)):
        most, _ = resource.getrlimit(getattr(resource, name))
        if most != resource.RLIM_INFINITY:
            yield float(most) - pages[place] * resource.getpagesize()


def _text(path: str | Path) -> str | None:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
