"""Where the bytes of a table come from: a file, a pipe or standard input; never more of them than are allowed."""

import errno
import io
import lzma
import os
import stat
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mlnn.frame.column import TableError
from mlnn.frame.printable import printable
from mlnn.frame.replacing import PATIENCE

STORED = (b"PAR1", b"ARROW1", b"SQLite format 3\0")
"""How files begin that are read a part at a time, so that their size does not matter (and DuckDB's, after 8 bytes)."""

BINARY = (
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"PK",
    b"\xff\xff\xff\xff",
    b"\xd0\xcf",
    b"\xff\xfe",
    b"\xfe\xff",
)
"""How other files begin that may have zeros."""


@dataclass(frozen=True)
class Source:
    """Bytes that can be read from their beginning again and again.

    Parameters
    ----------
    name : str
        What messages call them.
    open : callable
        Returns them as a binary file, at their beginning.
    path : str or None
        The file whose bytes they are, unchanged.
    kept : bool
        Whether they are somewhere else than in memory, so that keeping them costs nothing.
    said : tuple of str
        What was skipped on the way.
    """

    name: str
    open: Callable[[], IO[bytes]]
    path: str | None = None
    kept: bool = True
    said: tuple[str, ...] = ()

    def head(self, size: int) -> bytes:
        """Return the first bytes."""
        with self.open() as file:
            return file.read(size)

    def size(self) -> int:
        """Return how many bytes there are."""
        with self.open() as file:
            return file.seek(0, io.SEEK_END)

    def content(self) -> bytes:
        """Return all bytes."""
        with self.open() as file:
            return file.read()


def source(path: str, most: int) -> Source:
    """Return what a path names: a file, or what comes through a pipe, a device or, by "-", standard input.

    Raises
    ------
    TableError
        If there is no such file, it cannot be read, or it is larger than ``most`` bytes.
    """
    if path == "-":
        if sys.stdin is None:  # the shell closed it, as <&- does
            raise TableError("standard input is closed")
        return _drained(_Pipe(sys.stdin.buffer, lambda: None), "standard input", most)
    file, name = Path(path), shortened(Path(path).name or path)
    try:
        mode = file.stat().st_mode
        if stat.S_ISREG(mode):
            found = Source(name, lambda: file.open("rb"), path)
            head = found.head(16)
            if file.stat().st_size > most and not head.startswith(STORED) and head[8:12] != b"DUCK":
                raise too_large(name, most)
            return found
        if stat.S_ISFIFO(mode):
            return _drained(_opened_pipe(path, name), name, most)
        device = file.open("rb", buffering=0)
        return _drained(_Pipe(device, device.close), name, most)
    except FileNotFoundError:
        raise TableError(f"there is no file '{shortened(path)}'") from None
    except TableError:
        raise
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise TableError(f"'{shortened(path)}' cannot be read: {reason}") from None


def shortened(path: str) -> str:
    """Return a path as a sentence can bear it: printable, and not too long."""
    path = printable(path)
    return path if len(path) <= 150 else f"{path[:70]}…{path[-70:]}"


def held(name: str, content: bytes) -> Source:
    """Return bytes in memory."""
    return Source(name, lambda: io.BytesIO(content), kept=False)


class _Pipe:
    """Something that can be read once, whose first byte may have been read."""

    def __init__(self, pipe: Any, close: Callable[[], None], first: bytes = b"") -> None:
        self.pipe, self.close, self.first = pipe, close, first

    def read(self, size: int) -> bytes:
        """Read some bytes."""
        first, self.first = self.first, b""
        return first or self.pipe.read(size) or b""


def _opened_pipe(path: str, name: str) -> _Pipe:
    """Open a named pipe whose other end somebody holds; opening it plainly would wait for them for ever."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    pipe = os.fdopen(handle, "rb", buffering=0)
    end = time.monotonic() + PATIENCE
    while (first := pipe.read(1)) == b"":  # None would be: somebody holds the other end, but has not written yet
        if time.monotonic() > end:
            pipe.close()
            raise TableError(f"nothing came through the pipe {name}: nobody writes to it")
        time.sleep(0.02)
    os.set_blocking(handle, True)
    return _Pipe(pipe, pipe.close, first or b"")


FEW_ZEROS = 0.001
"""So small a share of bytes that are 0 is in text by mistake."""


def refuse_zeros(name: str, head: bytes) -> None:
    """Refuse what is no text because of bytes that are 0: in which line, where these are few.

    Raises
    ------
    TableError
        If there is one.
    """
    zeros = head.count(0)
    if not zeros:
        return
    if zeros > FEW_ZEROS * len(head):
        raise TableError(f"{name} is not a table: it holds neither text nor anything else that is known")
    line = head[: head.index(0)].count(b"\n") + 1
    raise TableError(f"{name} holds a byte that is 0 in line {line:,}, which no text does: remove it")


def _drained(pipe: _Pipe, name: str, most: int) -> Source:
    """Read to the end, unless the beginning shows that there is no point in it, as of /dev/zero and /dev/random."""
    with within(pipe, name, most) as file:
        first = file.read(1 << 16)
        zeros = first.count(0) / max(len(first), 1)
        if zeros == 1 or (0 < zeros < 0.1 and not first.startswith((*STORED, *BINARY))):  # UTF-16 has more zeros
            refuse_zeros(name, first)
        return held(name, first + file.read())


class _Within(io.RawIOBase):
    """A file that ends with a sentence where more bytes come than are allowed, or it cannot be unpacked."""

    def __init__(self, file: Any, name: str, most: int, under: tuple[Any, ...]) -> None:
        self.file, self.under, self.name, self.most, self.count = file, under, name, most, 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes."""
        with unpacking(self.name):
            part = self.file.read(len(buffer)) or b""
        self.count += len(part)
        if self.count > self.most:
            raise too_large(self.name, self.most)
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Close the file, and those that it was opened on."""
        if not self.closed:
            for file in (self.file, *self.under):
                file.close()
        super().close()


def within(file: Any, name: str, most: int, *under: Any) -> IO[bytes]:
    """Return a file that gives no more bytes than allowed, and closes with it those that it was opened on."""
    return io.BufferedReader(_Within(file, name, most, under), 1 << 20)


@contextmanager
def unpacking(name: str) -> Iterator[None]:
    """End with one sentence where packed bytes are damaged, or a device fails."""
    try:
        yield
    except TableError:
        raise
    except (OSError, EOFError, ValueError, RuntimeError, lzma.LZMAError, zlib.error, zipfile.BadZipFile) as problem:
        if isinstance(problem, OSError) and problem.errno not in (None, errno.EINVAL):
            raise TableError(f"{name} cannot be read: {problem.strerror}") from None
        raise TableError(f"{name} is packed, but cannot be unpacked: {problem}") from None


def size_of(count: int) -> str:
    """Return a number of bytes as people write it: 1 KB is 1,000 of them, and 1 KiB 1,024.

    Examples
    --------
    >>> size_of(2 * 10**9), size_of(2 << 30), size_of(1501)
    ('2 GB', '2 GiB', '1501 bytes')
    """
    for power in (3, 2, 1):
        for base, unit in ((1000, "KMG"[power - 1] + "B"), (1024, "KMG"[power - 1] + "iB")):
            if count >= base**power and count % base**power == 0:
                return f"{count // base**power} {unit}"
    return f"{count} bytes"


def too_large(name: str, most: int) -> TableError:
    """Return the sentence on what has more bytes than allowed."""
    return TableError(f"{name} holds more than {size_of(most)}", "allow it with a larger most_bytes=")
