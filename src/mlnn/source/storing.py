"""Streams, whose rows come once: they are stored in a folder as they come, and are a memory map from then on."""

import errno
import os
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mlnn import memory
from mlnn.source.arrays import ArrayRows
from mlnn.source.base import WINDOW, float_type
from mlnn.source.batches import Batch, Batches
from mlnn.source.files import RowFiles


def stored(
    batches: Any,
    target: str | None = None,
    weights: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    dtype: npt.DTypeLike = np.float32,
    window: int = WINDOW,
) -> ArrayRows:
    """Write a stream's rows into a folder, batch by batch, and return them as a source.

    They are stored because training goes over all rows again and again, in another order every epoch, and a stream
    gives each row once, in its own. One batch is in memory at a time; so are all different labels, if they are text.

    The folder appears under its name once all rows are in it. Until then they are in one beside it whose name ends in
    ``.draft``, which is removed whatever fails; only a process that is killed leaves it.

    Parameters
    ----------
    batches : stream of Arrow, iterable, or callable
        What has an ``__arrow_c_stream__`` (a table or reader of pyarrow, a frame of Polars or pandas, a relation of
        DuckDB), an iterable of such tables or of pairs (X, y) or triples (X, y, weights) of arrays, or a function
        without arguments that returns one of these.
    target : str, optional
        The column of the targets, numbers or labels, where batches are tables.
    weights : str, optional
        The column that says how much each row counts; by default all weigh 1.
    folder : path, optional
        Where to store the rows: a folder that is not there yet. By default one of the system's temporary ones, which
        may be small; it is removed when the source is.
    dtype : dtype
        Of what type the rows are made: float32 or float64.
    window : int
        Bytes of the rows that are shuffled together.

    Raises
    ------
    FileExistsError
        If there is something at ``folder``, which stays as it is.
    OSError
        If the disk has no room: before rows are written as far as their number is known, or when it is full.
    TypeError, ValueError
        If there are no rows, batches have different columns, or a cell holds no number: with its batch and row.

    References
    ----------
    Arrow PyCapsule interface: https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html

    Examples
    --------
    >>> def batches():
    ...     for k in range(3):
    ...         yield np.full((1000, 2), k), np.arange(1000) % 2
    >>> stored(batches)
    ArrayRows(3,000 rows of 2 in 1 shards)
    """
    rows = Batches(batches, target, weights, float_type(dtype))
    if folder is not None:
        _store(rows, Path(folder))
        return opened(folder, window)
    home = Path(tempfile.mkdtemp(prefix="mlnn-"))
    try:
        _store(rows, home / "rows")
        source = opened(home / "rows", window)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    weakref.finalize(source, shutil.rmtree, home, ignore_errors=True)
    return source


def opened(folder: str | os.PathLike[str], window: int = WINDOW) -> ArrayRows:
    """Return the rows that were ``stored`` in a folder earlier.

    Its files are ``X.npy``, ``y.npy`` and, where there are any, ``weights.npy`` and ``names.npy``, the names of the
    columns. ``np.load`` reads each of them.

    Parameters
    ----------
    folder : path
        Where they are.
    window : int
        Bytes of the rows that are shuffled together.

    Raises
    ------
    FileNotFoundError
        If no rows are stored there.
    """
    place = Path(folder)
    if not (place / "X.npy").exists():
        raise FileNotFoundError(errno.ENOENT, "no rows are stored there", str(folder))
    files = (place / f"{name}.npy" for name in ("X", "y", "weights", "names"))
    X, y, weights, names = (np.load(file, mmap_mode="r") if file.exists() else np.empty(0) for file in files)
    return ArrayRows(X, y, weights if len(weights) else None, window, tuple(map(str, names)))


def _store(batches: Batches, folder: Path) -> None:
    """Write all rows into a new folder."""
    with _draft_of(folder) as draft, RowFiles(draft) as files:
        for batch in batches:
            _require_room(folder, batch, batch.columns * batches.dtype.itemsize, batches.known - files.rows)
            for rows in batch.pieces:
                files.add(batch.place, rows)
        if not files.rows:
            raise ValueError("the stream has no rows")
        files.end(() if batches.about is None else batches.about.names)


@contextmanager
def _draft_of(folder: Path) -> Iterator[Path]:
    """Give a new folder to write to, which takes the name of ``folder`` at the end of the block, if that is reached."""
    if folder.exists():
        advice = "mlnn.source.opened opens what is stored there; name another folder for other rows"
        raise FileExistsError(errno.EEXIST, f"there is something already: {advice}", str(folder))
    if not folder.absolute().parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no folder for it to be in", str(folder))
    draft = folder.with_name(f"{folder.name}-{secrets.token_hex(6)}.draft")
    draft.mkdir()
    try:
        yield draft
        draft.rename(folder)  # refused where somebody has put something there meanwhile
    except OSError as problem:
        if problem.errno == errno.ENOSPC and problem.filename is None:
            raise OSError(problem.errno, problem.strerror, str(folder)) from problem
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # where all went well there is none of that name


def _require_room(folder: Path, batch: Batch, bytes_of_row: int, left: int) -> None:
    """Refuse a batch, or as many rows as are known to be left, for which the disk has no room."""
    rows = max(batch.rows, left)
    needed, free = rows * bytes_of_row, shutil.disk_usage(folder.absolute().parent).free
    if needed > free:
        sizes = f"{rows:,} rows take {memory.amount(needed)}, but {memory.amount(free)} are free"
        raise OSError(errno.ENOSPC, f"the disk has no room: {sizes}", str(folder))
