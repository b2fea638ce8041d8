"""Bytes as text: how they are encoded, how they are laid out, and their lines."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from mlnn.frame import headers
from mlnn.frame.column import TableError
from mlnn.frame.layout import Layout, encoding_of, layout, wrong_encoding
from mlnn.frame.naming import unique
from mlnn.frame.reading import Reading
from mlnn.frame.source import Source

SAMPLE = 1 << 18
"""So many bytes tell how a file is laid out, and more only if its lines are long."""


class Text:
    """A source as text."""

    def __init__(self, source: Source, reading: Reading) -> None:
        self.source, self.name = source, source.name
        size = SAMPLE
        while True:
            head = source.head(size)
            whole = len(head) < size
            self.encoding = encoding_of(head, reading, self.name)
            sample = self._decoded(head, whole)
            if whole or size >= 1 << 26 or sample.count("\n") + sample.count("\r") > 4:
                break
            size *= 8
        self.layout: Layout = layout(sample, whole, reading, self.name)
        unique([name for name in self.layout.names if name], self.name)
        self.said = list(self.layout.said)

    def _decoded(self, head: bytes, whole: bool) -> str:
        try:
            return codecs.getincrementaldecoder(self.encoding)().decode(head, final=whole)
        except UnicodeError:
            raise self.undecodable() from None

    def say_skipped(self, comments: int) -> None:
        """Say how many comments there were."""
        if comments:
            lines = "1 line" if comments == 1 else f"{comments} lines"
            self.said.append(f"{lines} of {self.name} skipped, beginning with #")

    def say_repeated(self, repeats: int) -> None:
        """Say how many lines repeat the header."""
        if repeats:
            first = next(line for line, fields in self.records() if headers.is_header(fields, self.layout.header))
            self.said.append(headers.sentence(repeats, first, self.name))

    def undecodable(self) -> TableError:
        """Return the sentence on the first line that is not in the encoding."""
        line = 0
        with self.source.open() as file:
            for line, content in enumerate(file, 1):
                try:
                    content.decode(self.encoding)
                except UnicodeError as problem:
                    start = getattr(problem, "start", 0)
                    return wrong_encoding(self.name, self.encoding, line, content[max(start - 8, 0) : start + 12])
        return wrong_encoding(self.name, self.encoding, line, b"")

    @contextmanager
    def lines(self) -> Iterator[IO[str]]:
        """Give the lines, with their ends."""
        with self.source.open() as file, io.TextIOWrapper(file, self.encoding, newline="") as text:
            yield text

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Return every row's line and its fields, those of blank lines and comments too."""
        skipped = self.layout.skipped
        try:
            with self.lines() as lines:
                for _ in range(skipped):
                    next(lines, None)
                for line, fields in self.layout.records(lines):
                    yield line + skipped, fields
        except UnicodeError:
            raise self.undecodable() from None

    @contextmanager
    def utf8(self) -> Iterator[Any]:
        """Give the bytes in UTF-8."""
        if self.encoding.lower().replace("_", "-") in ("utf-8", "utf-8-sig", "utf8", "ascii"):
            with self.source.open() as file:
                yield file
        else:
            with self.lines() as text:
                yield _Recoded(text)


class _Recoded(io.RawIOBase):
    """Text as bytes in UTF-8."""

    def __init__(self, text: IO[str]) -> None:
        self.text = text

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read some bytes, a few more than asked for are never returned: a character has four at most."""
        return self.text.read(-1 if size < 0 else max(size // 4, 1)).encode()
