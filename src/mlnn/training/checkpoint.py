"""Checkpoints: what training reported, on disk, so that a process that ends early costs no bit and little time.

Training goes on exactly after a history, and all that faces, callbacks and rules know comes from its reports. So a
checkpoint is the recorded reports: a process that resumes prepares as the first one did, the reports are told again to
whoever listens, and then training goes on.
"""

import json
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlnn.array import real_number
from mlnn.frame.printable import told
from mlnn.training.record import Stream
from mlnn.training.sealed import Damaged, read

FORMAT = 1
NAME = re.compile(r"checkpoint-(\d{1,12})\.safetensors")
UNITS = ("seconds", "epochs", "steps")


class CheckpointError(ValueError):
    """A folder holds no checkpoint that could be used here."""


@dataclass(frozen=True)
class Checkpoint:
    """Write down now and then where training stands, to resume it: the result is the same, to the last bit.

    A checkpoint is written at the first report after so many seconds, epochs or steps, at the end, and when training is
    interrupted from the keyboard, by an error, or by SIGTERM, after which the process exits with code 143. The last two
    are kept. What was reported is told again to callbacks when training is resumed, so that they end up as if it had
    never stopped; a callback of your own, too, should thus depend on nothing but the epochs it is shown.

    Parameters
    ----------
    path : path-like
        The folder, of this training alone; it is made if there is none.
    every : float, default 60
        How much lies between two checkpoints.
    unit : {"seconds", "epochs", "steps"}, default "seconds"
        Of what.
    resume : bool, default False
        Whether training goes on from the folder's checkpoint, if there is one. Data and settings must be the same.

    Raises
    ------
    ValueError, TypeError
        If ``every`` is not above 0, or the unit is another.
    CheckpointError
        When training begins: if the folder holds a checkpoint and ``resume`` is not set; if it is one of other data or
        settings, which the message names; or if neither of the last two can be read.

    Notes
    -----
    With a time budget the seconds already used count, but where training ends depends on the clock: such a run is
    resumed, though not to the bit.

    Examples
    --------
    >>> import tempfile
    >>> from mlnn.model import Model
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for resume in (False, True):
    ...         model = Model([1, 2, 2], seed=0)
    ...         callbacks = [Checkpoint(folder, every=5, unit="epochs", resume=resume)]
    ...         model.train([[0.0], [1.0]], [0, 1], num_passes=20, every=1, callbacks=callbacks)
    ...     len(model.history)
    20
    """

    path: str | os.PathLike[str]
    every: float = 60.0
    unit: str = "seconds"
    resume: bool = False

    def __post_init__(self) -> None:
        if real_number("every", self.every) <= 0.0:
            raise ValueError(f"every must be above 0, but got {self.every}")
        if self.unit not in UNITS:
            raise ValueError(f'unit must be "seconds", "epochs" or "steps", but got {self.unit!r}')

    def require_place(self) -> None:
        """Refuse a folder that holds another training's checkpoint, before any work."""
        folder = Path(self.path)
        if folder.exists() and not folder.is_dir():
            raise CheckpointError(f"'{self.path}' is a file: a checkpoint is a folder")
        if not self.resume and numbers_in(folder):
            raise CheckpointError(f"'{self.path}' holds a checkpoint: resume it, or take another folder")


def checkpoint_of(callbacks: Any) -> tuple[Checkpoint | None, Any]:
    """Return the checkpoint among callbacks, if there is one, and the others.

    Raises
    ------
    ValueError
        If there are several.
    """
    if not isinstance(callbacks, Sequence):
        return None, callbacks
    found = [each for each in callbacks if isinstance(each, Checkpoint)]
    if len(found) > 1:
        raise ValueError(f"there can be one Checkpoint among the callbacks, but there are {len(found)}")
    return (found[0] if found else None), [each for each in callbacks if not isinstance(each, Checkpoint)]


@dataclass(frozen=True, eq=False)
class Content:
    """A checkpoint as it was read.

    Attributes
    ----------
    number : int
        Of its file.
    written : str
        When, in UTC.
    streams : list of Stream
        What was recorded.
    checksums : mapping of int to str
        Of its file and those that it refers to, by their numbers.
    """

    number: int
    written: str
    streams: list[Stream]
    checksums: Mapping[int, str]


def newest(folder: Path, weights_of_all: bool = True) -> Content:
    """Return the newest checkpoint in a folder that can be read; warn of those that cannot.

    Raises
    ------
    CheckpointError
        If there is none.
    """
    reasons = []
    for number, file in sorted(numbers_in(folder).items(), reverse=True):
        try:
            content = _content(folder, number, weights_of_all)
        except MemoryError:
            raise
        except Exception as problem:  # whatever is broken by a file that was damaged or tampered with
            reasons.append(f"'{file.name}' cannot be used: {' '.join(told(problem).split())[:120]}")
            continue
        if reasons:
            warnings.warn(f"{reasons[0]}; '{file.name}', written before it, is used", stacklevel=2)
        return content
    raise CheckpointError(f"'{folder}' holds no checkpoint" + f" that can be read: {reasons[0]}" * bool(reasons))


def _content(folder: Path, number: int, weights_of_all: bool) -> Content:
    """Read one checkpoint, and the files it refers to."""
    there = numbers_in(folder)
    text, own, checksum = read(there[number])
    described = json.loads(text)
    if described["format"] != FORMAT:
        raise Damaged(f"it has the format {described['format']!r}, but this version of mlnn reads {FORMAT}")
    arrays = {(number, name): array for name, array in own.items()}
    checksums = {number: checksum} | {int(other): str(each) for other, each in described["files"].items()}
    for other in checksums.keys() - {number}:
        if other not in there:
            raise Damaged(f"it needs '{file_name(other)}', which is not there")
        _, more, found = read(there[other])
        if found != checksums[other]:
            raise Damaged(f"it needs another '{file_name(other)}' than the one that is there")
        arrays |= {(other, name): array for name, array in more.items()}
    streams = [Stream(each["facts"], weights_of_all) for each in described["streams"]]
    for stream, each in zip(streams, described["streams"], strict=True):
        stream.restore(each, arrays.__getitem__)
    return Content(number, str(described["written"]), streams, checksums)


def file_name(number: int) -> str:
    """Return the name of a checkpoint's file."""
    return f"checkpoint-{number:06}.safetensors"


def numbers_in(folder: Path) -> dict[int, Path]:
    """Return the checkpoint files of a folder by their numbers; none where there is no folder."""
    if not folder.is_dir():
        return {}
    found = ((NAME.fullmatch(file.name), file) for file in folder.iterdir())
    return {int(name[1]): file for name, file in found if name}
