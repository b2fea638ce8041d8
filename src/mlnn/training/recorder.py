"""The recorder: writes checkpoints while training runs, and lets a process that is told to end do so in order."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Self

from mlnn.array import Array
from mlnn.training.checkpoint import FORMAT, Checkpoint, CheckpointError, file_name, newest, numbers_in
from mlnn.training.epoch import Epoch
from mlnn.training.facts import difference
from mlnn.training.record import Kept, Place, Stream, Unrecorded
from mlnn.training.sealed import sealed

if os.name == "posix":
    import fcntl

TERMINATED = 128 + signal.SIGTERM
"""What a process exits with that was asked to end, as shells have it."""


class Recorder:
    """Records one fit, which may train several times, one after another: ``with recording(checkpoint) as recorder: …``.

    Parameters
    ----------
    settings : Checkpoint
        Where and how often.
    about : mapping
        Settings of whoever trains.
    weights_of_all : bool
        Whether somebody looks at every report's weights without holding on to them.
    any_start : bool
        Whether the first weights may differ: those of a resumed training are in the checkpoint anyway.
    """

    def __init__(
        self,
        settings: Checkpoint,
        about: Mapping[str, Any],
        *,
        weights_of_all: bool = True,
        any_start: bool = False,
    ) -> None:
        self.settings, self.folder, self.about = settings, Path(settings.path), dict(about)
        self.weights_of_all, self.any_start = weights_of_all, any_start
        self.streams: list[Stream] = []
        self._begun = 0  # streams that training has asked for
        self._number = 0  # of the last file
        self._needed: list[set[int]] = []  # files that the last two checkpoints refer to, themselves included
        self._checksums: dict[int, str] = {}
        self._written = time.perf_counter()
        self._marks = {"epochs": 0, "steps": 0}  # where the stream at hand stood when last written
        self._unwritten = self._terminated = False
        self._process = os.getpid()
        self._heard: Any = None  # the handler of SIGTERM before
        self._lock: int | None = None  # on the folder, while it is written to

    def __enter__(self) -> Self:
        self.settings.require_place()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            if self.settings.resume and numbers_in(self.folder):
                self._load()
        except BaseException:
            self._release_lock()
            raise
        self._listen()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if os.getpid() != self._process:
            return  # a child that was forked meanwhile: neither files nor handlers are its own
        try:
            if self._unwritten and not (kind and issubclass(kind, OSError)):
                self.write()
        finally:
            self._release_lock()
            heard, self._heard = self._heard, None
            if heard is not None:
                signal.signal(signal.SIGTERM, heard)
        if self._terminated and callable(heard):
            heard(signal.SIGTERM, None)

    def stream(self, facts: Mapping[str, Any]) -> Stream:
        """Return what records the next training: with what was recorded before, if it is the same training.

        Raises
        ------
        CheckpointError
            If that was another one.
        """
        known, self._begun = self._begun < len(self.streams), self._begun + 1
        facts = {"settings": self.about} | dict(facts)
        if not known:
            self.streams.append(Stream(facts, self.weights_of_all))
        stream = self.streams[self._begun - 1]
        spared = {"first weights"} if self.any_start else set()
        before, now = ({k: v for k, v in each.items() if k not in spared} for each in (stream.facts, facts))
        if wrong := difference(before, now):
            raise CheckpointError(f"'{self.settings.path}' cannot be resumed: {wrong}")
        self._marks, stream.changed = _standing(stream), self._changed
        return stream

    def write(self) -> None:
        """Write a checkpoint, and remove what the last two do not need.

        Raises
        ------
        OSError
            If it cannot be written; those before are as they were.
        """
        from mlnn.frame.replacing import replacing  # here, because few need it

        number, fresh, placed = self._number + 1, dict[str, Array](), dict[int, tuple[Kept, Place]]()

        def place_of(kept: Kept) -> Place | None:
            array = kept.array()
            if kept.place is None and id(kept) not in placed and array is not None:
                placed[id(kept)] = kept, (number, str(len(fresh)))
                fresh[str(len(fresh))] = array
            return placed[id(kept)][1] if id(kept) in placed else kept.place

        streams = [stream.text(place_of) for stream in self.streams]
        used = {place[0] for stream in self.streams for place in stream.places()}
        files = {str(each): self._checksums[each] for each in sorted(used)}
        head = {"format": FORMAT, "written": datetime.now(UTC).isoformat(timespec="seconds"), "files": files}
        text = f'{json.dumps(head)[:-1]}, "streams": [{",".join(streams)}]}}'
        content, checksum = sealed(text, fresh)
        with replacing(self.folder / file_name(number), files_only=True) as file:
            file.write(content)
        for kept, place in placed.values():
            kept.place, kept.held = place, None
        self._number, self._checksums[number] = number, checksum
        self._needed = [*self._needed[-1:], used | {number}]
        self._unwritten, self._written = False, time.perf_counter()
        self._marks = _standing(self.streams[-1])
        self._clear()

    def _changed(self, stream: Stream) -> None:
        """Take note of a new report; write, if it is time."""
        del self.streams[self._begun :]  # what came after, before training took another way
        self._unwritten = True
        if self._terminated:
            raise SystemExit(TERMINATED)
        now = _standing(stream)
        unit, every = self.settings.unit, self.settings.every
        past = time.perf_counter() - self._written if unit == "seconds" else now[unit] - self._marks[unit]
        if past >= every:
            self.write()

    def _listen(self) -> None:
        """Hear SIGTERM where that is allowed, and nobody has decided to ignore it."""
        there = signal.getsignal(signal.SIGTERM)  # None is a handler that could not be restored
        if threading.current_thread() is threading.main_thread() and there not in (None, signal.SIG_IGN):
            self._heard = signal.signal(signal.SIGTERM, self._terminate)

    def _terminate(self, number: int, _: FrameType | None) -> None:
        """End the process in order: what ``__exit__`` does comes on the way."""
        if os.getpid() != self._process:  # a child that was forked meanwhile ends as it would have
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.raise_signal(number)
        self._terminated = True
        raise SystemExit(TERMINATED)

    def _take_lock(self) -> None:
        """Refuse a folder that another training writes to now; where there are no such locks, trust that none does."""
        if os.name != "posix":
            return
        self._lock = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise CheckpointError(f"another training writes its checkpoints to '{self.settings.path}' now") from None
        except OSError:
            pass  # a file system without locks

    def _release_lock(self) -> None:
        if self._lock is not None:
            lock, self._lock = self._lock, None
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_UN)  # children that were forked meanwhile have it too
            with suppress(OSError):  # all is written: what is done is not lost for a lock that is given up anyway
                os.close(lock)

    def _load(self) -> None:
        """Take over the newest checkpoint that can be read."""
        content = newest(self.folder, self.weights_of_all)
        self.streams, self._checksums = content.streams, dict(content.checksums)
        self._needed = [{*self._checksums}]
        self._number = max(numbers_in(self.folder))  # which may be that of a damaged one

    def _clear(self) -> None:
        """Remove files that neither of the last two checkpoints needs."""
        needed = set().union(*self._needed)
        for number, file in numbers_in(self.folder).items():
            if number not in needed:
                with suppress(OSError):
                    file.unlink()
        self._checksums = {number: each for number, each in self._checksums.items() if number in needed}


def _standing(stream: Stream) -> dict[str, int]:
    """Return how far a stream has come."""
    last = stream.latest.values()
    epochs, steps = max((each.number for each in last), default=0), max((each.step for each in last), default=0)
    return {"epochs": epochs, "steps": steps}


def recording(
    checkpoint: Checkpoint | Recorder | None,
    about: Mapping[str, Any] | None = None,
    *,
    weights_of_all: bool = True,
    any_start: bool = False,
) -> AbstractContextManager[Recorder | None]:
    """Return what records a fit: a new recorder, which ends with the ``with`` block, or one that is at work already.

    The settings ``about`` and what else a ``Recorder`` takes are for a new one.
    """
    if isinstance(checkpoint, Checkpoint):
        return Recorder(checkpoint, about or {}, weights_of_all=weights_of_all, any_start=any_start)
    if checkpoint is not None and not isinstance(checkpoint, Recorder):
        raise TypeError(f"checkpoint must be a Checkpoint, but got {checkpoint!r:.200}")
    return nullcontext(checkpoint)


def begun(recorder: Recorder | None, facts: Callable[[], Mapping[str, Any]], last: Sequence[Epoch | None]) -> Stream:
    """Return the stream of a training that goes on after some epochs; without a recorder, one that nobody keeps."""
    stream = Unrecorded({}) if recorder is None else recorder.stream(facts())
    stream.latest = {member: epoch for member, epoch in enumerate(last) if epoch} | stream.latest
    return stream
