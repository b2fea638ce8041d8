"""Rows on their way into ``.npy`` files, which grow piece by piece: how many there are is known at the end."""

import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Self

import numpy as np
from numpy.lib import format as npy

from mlnn.array import Array
from mlnn.source.base import Shard

CODES = 1 << 17
"""So many labels are written at a time."""


class Numbers:
    """Numbers in a ``.npy`` file, all of the type and width of the first ones."""

    def __init__(self, path: Path, like: Array) -> None:
        self._file, self._like, self._rows = path.open("wb"), like[:0].copy(), 0
        self._head()

    def add(self, what: str, values: Array) -> None:
        """Write more; errors say what they are."""
        if (values.dtype, values.shape[1:]) != (self._like.dtype, self._like.shape[1:]):
            raise ValueError(f"{what} is {_words(values)} a row, but before it was {_words(self._like)}")
        self._file.write(values.tobytes())
        self._rows += len(values)

    def end(self) -> None:
        """Write how many there are, and let the disk take all: that it is full may show only here."""
        self._file.seek(0)
        self._head()
        self._file.flush()
        os.fsync(self._file.fileno())

    def _head(self) -> None:
        """Write the header, which has as many bytes whatever the number of rows: NumPy leaves room for that."""
        shape, kind = (self._rows, *self._like.shape[1:]), npy.dtype_to_descr(self._like.dtype)
        npy.write_array_header_1_0(self._file, {"shape": shape, "fortran_order": False, "descr": kind})

    def close(self) -> None:
        """Write no more."""
        self._file.close()


class Labels:
    """Text in a ``.npy`` file.

    How wide it is shows with the last row: until then each label's number, in the order in which they came, is kept in
    a file that has no name.
    """

    def __init__(self, path: Path) -> None:
        self._codes = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115 - ``close`` closes it
        self._path, self._known, self._rows = path, dict[str, int](), 0

    def add(self, what: str, values: Array) -> None:
        """Take note of more; errors say what they are."""
        texts = values.tolist()
        for row, each in enumerate(texts, self._rows):
            if not isinstance(each, str):
                raise ValueError(f"{what} must be text throughout, but holds {each!r} in row {row:,} of the stream")
        codes = [self._known.setdefault(each, len(self._known)) for each in texts]
        self._codes.write(np.array(codes, np.int64).tobytes())
        self._rows += len(texts)

    def end(self) -> None:
        """Write the labels."""
        labels = np.array(list(self._known))
        self._codes.seek(0)
        with closing(Numbers(self._path, labels)) as file:
            while codes := self._codes.read(CODES * np.int64().nbytes):
                file.add("y", labels[np.frombuffer(codes, np.int64)])
            file.end()

    def close(self) -> None:
        """Take note of no more."""
        self._codes.close()


class RowFiles:
    """The files of a folder that rows are added to: ``X.npy``, ``y.npy`` and, where rows have some, ``weights.npy``.

    Parameters
    ----------
    folder : path
        Where they are made; it is empty.

    Attributes
    ----------
    rows : int
        How many there are by now.
    """

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        self._folder, self._files = folder, dict[str, Numbers | Labels]()

    def add(self, place: str, rows: Shard) -> None:
        """Write more rows, which errors look for at a place.

        Raises
        ------
        ValueError
            If they are not like those before.
        """
        named = dict(zip(rows._fields, rows.parts, strict=False))
        if not self._files:
            for name, values in named.items():
                self._files[name] = self._begun(place, name, values)
        if named.keys() != self._files.keys():
            raise ValueError(f"{place}: either all batches have weights, or none has")
        for name, values in named.items():
            self._files[name].add(f"{place}: {name}", values)
        self.rows += len(rows.X)

    def end(self, names: Sequence[str]) -> None:
        """Complete the files; names are those of the columns, if they have some."""
        for file in self._files.values():
            file.end()
        if names:
            np.save(self._folder / "names.npy", np.array(names))

    def _begun(self, place: str, name: str, values: Array) -> Numbers | Labels:
        path, kind = self._folder / f"{name}.npy", values.dtype.kind
        if kind in "OU":
            return Labels(path)
        if kind not in "biuf":
            raise ValueError(f"{place}: {name} must be numbers or text, but is {values.dtype}")
        return Numbers(path, values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as opened:  # which closes each, though another may fail: of a full disk, closing tells again
            for file in self._files.values():
                opened.callback(file.close)


def _words(values: Array) -> str:
    """Return of what type and width a row is."""
    width = f" × {' × '.join(map(str, values.shape[1:]))}" if values.ndim > 1 else ""
    return f"{values.dtype}{width}"
