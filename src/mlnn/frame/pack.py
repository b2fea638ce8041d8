"""Text into packed files, by the end of their name."""

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from mlnn.frame.column import TableError


def _zip(file: IO[bytes], name: str, stack: ExitStack) -> Any:
    """Return the only file in a zip, which bears no time: the same content gives the same bytes."""
    member = zipfile.ZipInfo(name)
    member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return stack.enter_context(zipfile.ZipFile(file, "w")).open(member, "w", force_zip64=True)


PACKERS: dict[str, Callable[[IO[bytes], str, ExitStack], Any]] = {
    ".gz": lambda file, *_: gzip.GzipFile("", "wb", fileobj=file, mtime=0),
    ".bz2": lambda file, *_: bz2.BZ2File(file, "wb"),
    ".xz": lambda file, *_: lzma.LZMAFile(file, "wb"),  # noqa: SIM115 - a stack closes it
    ".zip": _zip,
}
"""What packs a file, by the end of its name."""

OTHERS = (".zst", ".zstd", ".lz4", ".br", ".7z", ".rar", ".tar", ".tgz", ".z", ".snappy")
"""Packings that are not written."""


def unpacked_name(path: str) -> tuple[str, str]:
    """Return a file's name without the end that tells how it is packed, and that end.

    Raises
    ------
    TableError
        If it is to be packed in a way that is not written.

    Examples
    --------
    >>> unpacked_name("there/new.csv.gz"), unpacked_name("new.csv")
    (('new.csv', '.gz'), ('new.csv', ''))
    """
    name = Path(path).name
    end = Path(name).suffix.lower()
    if end in OTHERS:
        raise TableError(f"cannot write '{path}': of packed files, {', '.join(PACKERS)} are written")
    return (name[: -len(end)], end) if end in PACKERS else (name, "")


def refuse_packed(path: str) -> None:
    """Refuse a name that tells of a packing, of what is written as it is.

    Raises
    ------
    TableError
        If it does so.
    """
    end = Path(path).suffix.lower()
    if end in PACKERS or end in OTHERS:
        raise TableError(f"cannot write '{path}': it would not be packed; leave {end} out")


def packing(file: IO[bytes], name: str, end: str, stack: ExitStack) -> IO[bytes]:
    """Return what packs all that is written to it into a file, as an end of a name tells; a stack closes it."""
    packed: IO[bytes] = stack.enter_context(PACKERS[end](file, name, stack))
    return packed
