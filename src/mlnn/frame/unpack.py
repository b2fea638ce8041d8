"""Bytes without their packing: gzip, bzip2, xz, zstd and zip, also one in another."""

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import PurePosixPath
from typing import IO, Any

from mlnn.frame.column import TableError, quoted
from mlnn.frame.reading import ASIDE, MOST_BYTES
from mlnn.frame.source import Source, held, unpacking, within


def _zstd(file: IO[bytes]) -> Any:
    import pyarrow

    return pyarrow.CompressedInputStream(pyarrow.PythonFile(file, "r"), "zstd")


PACKED: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    **{b"BZh%d" % level: bz2.BZ2File for level in range(1, 10)},
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": _zstd,
}
"""How packed files begin, and what unpacks them."""

ZIP = b"PK\x03\x04"
TIMES, UNSUSPECTED = 64, 1 << 28
"""What unpacks to more than so many times its size, and to more bytes than these, is no table in earnest, which are
packed to a twentieth at best; unless somebody says that it may be so large."""

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".ods")


def unpacked(packed: Source, most: int, member: str | None = None) -> Source:
    """Return the bytes without their packing.

    A workbook, which is a zip, stays as it is. What systems add to a zip is skipped: hidden files and resource forks;
    and what people put beside the only table in it, such as a README.

    Raises
    ------
    TableError
        If a zip holds several files and ``member`` names none of them, or nothing; or it cannot be unpacked.
    """
    if most == MOST_BYTES and packed.head(8).startswith((*PACKED, ZIP)):
        most = min(most, max(UNSUSPECTED, TIMES * packed.size() >> 20 << 20))
    for _ in range(5):
        head = packed.head(8)
        unpack = next((each for beginning, each in PACKED.items() if head.startswith(beginning)), None)
        if unpack is not None:
            packed = replace(packed, open=_opener(packed, unpack, most), path=None)
        elif head.startswith((ZIP, b"PK\x05\x06")):
            inner = _from_zip(packed, most, member)
            if inner is None:
                return packed
            packed = inner
        else:
            return packed
    raise TableError(f"{packed.name} is packed again and again")


def _opener(packed: Source, unpack: Callable[[IO[bytes]], Any], most: int) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        with ExitStack() as stack:
            under = stack.enter_context(packed.open())
            with unpacking(packed.name):
                file = within(unpack(under), packed.name, most, under)
            stack.pop_all()  # all was opened, so that whoever reads it closes it
            return file

    return opened


def _from_zip(packed: Source, most: int, member: str | None) -> Source | None:
    """Return the file in a zip, or None if the zip is a workbook."""
    workbook = packed.name.lower().endswith(WORKBOOKS)
    if packed.path is None:
        packed = replace(held(packed.name, packed.content()), said=packed.said)
    with packed.open() as file:
        try:
            with unpacking(packed.name), zipfile.ZipFile(file) as archive:
                files = [each.filename for each in archive.infolist() if not each.is_dir()]
        except TableError:
            if workbook:
                return None  # a broken one
            raise
    if workbook or "[Content_Types].xml" in files or "mimetype" in files:
        return None
    hidden = [each for each in files if any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(each).parts)]
    shown = [member] if member in files else [each for each in files if each not in hidden]
    tables = [each for each in shown if not ASIDE.search(PurePosixPath(each).name)]
    beside = [each for each in shown if each not in tables] if len(tables) == 1 else []
    shown = tables if beside else shown
    if len(shown) != 1:
        if not shown:
            raise TableError(f"{packed.name} holds no file")
        raise TableError(f"{packed.name} holds {len(shown)} files: {quoted(shown)}", "say which with table=")
    said = list(packed.said)
    said += [f"{packed.name}: {quoted(hidden)} skipped, which the system added"] if hidden else []
    said += [f"'{shown[0]}' of {packed.name} was read; beside it {quoted(beside)}"] if beside else []

    def opened() -> IO[bytes]:
        with ExitStack() as stack:
            under = stack.enter_context(packed.open())
            with unpacking(packed.name):
                archive = zipfile.ZipFile(under)
                file = within(archive.open(shown[0]), packed.name, most, archive, under)
            stack.pop_all()
            return file

    return replace(packed, open=opened, path=None, said=tuple(said))
