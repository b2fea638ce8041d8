"""Files that are replaced only by complete new ones, and never while they are read: every face writes through this."""

import errno
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TypeAlias

if os.name == "posix":
    import fcntl

PathLike: TypeAlias = str | os.PathLike[str]

STDOUT = "-"
"""The name of standard output."""

LOCKS = os.name == "posix"
"""Whether a draft is locked while it is written to; Windows renames and removes no file that is open."""

STREAM = re.compile(r"/dev/(stdout|stderr)|(?:/dev/fd|/proc/self/fd)/(\d+)")
"""Names of what the process has open already."""

DRAFT = re.compile(r"\.mlnn-[0-9a-f]{12}\.draft")
"""Names of files that are not whole yet; shorter than any system's limit, whatever the whole one is called."""


PATIENCE = 3.0
"""For so many seconds somebody is waited for who opens the other end of a named pipe."""


@contextmanager
def replacing(path: PathLike, used: Iterable[PathLike] = (), files_only: bool = False) -> Iterator[IO[bytes]]:
    """Give a new file to write to, which takes the place of ``path`` at the end of the block, if that is reached.

    Whatever fails, at whatever moment, be it the power: there is the old file, whole, or the new one, whole. The new
    one is written as a draft beside the old, which is synced, renamed, and its folder synced. Drafts that were left by
    runs that somebody killed are removed.

    A new file's permissions are those of any other new file, a replaced file's stay, and so does its owner where the
    system allows. A link's target is replaced, not the link. Devices and pipes are written to as they are; a named pipe
    that nobody reads from is waited for some seconds, and then refused.

    Parameters
    ----------
    path : path-like
        Where to write; "-" is standard output.
    used : iterable of path-like
        What is read, or written too: ``path`` must be none of it.
    files_only : bool
        Whether devices and pipes are refused.

    Raises
    ------
    OSError
        If it cannot be written, is a directory, or one of ``used``; an old file is as it was then.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder, "new.txt")) as file:
    ...         _ = file.write(b"whole")
    ...     Path(folder, "new.txt").read_bytes()
    b'whole'
    """
    old = checked(path, used, files_only)
    if os.fspath(path) == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    stream = STREAM.fullmatch(os.fspath(path))
    if stream is not None or (old is not None and not stat.S_ISREG(old.st_mode)):
        # what the process has open already goes on where it is, and is not emptied
        with os.fdopen(_opened(path) if stream is None else os.dup(_number(stream)), "wb") as file:
            yield file
        return
    place = Path(path).resolve()
    with _named(path, place.parent), _draft(place.parent) as (draft, handle):
        with os.fdopen(handle, "wb") as file:
            if old is not None:
                _keep_owner(handle, old)
                draft.chmod(stat.S_IMODE(old.st_mode))
            yield file
            file.flush()
            os.fsync(handle)  # a full disk may show only here
        _rename(draft, place, new=old is None)


def checked(path: PathLike, used: Iterable[PathLike] = (), files_only: bool = False) -> os.stat_result | None:
    """Return what is known of a file that is to be replaced, or None if there is none; before any work.

    Raises
    ------
    OSError
        If it could not be written.
    """
    if os.fspath(path) == STDOUT:
        if sys.stdout is None:  # the shell closed it, as >&- does
            raise OSError(errno.EBADF, "it is closed", "standard output")
        return None
    place = Path(path)
    try:
        old = place.stat()
    except FileNotFoundError:
        old = None
    if old is not None and stat.S_ISDIR(old.st_mode):
        raise OSError(errno.EISDIR, "it is a directory", str(path))
    for other in used:
        if _same(place, Path(other)) and (old is None or stat.S_ISREG(old.st_mode)):
            raise OSError(errno.EINVAL, f"it is the same file as '{other}', which is used too", str(path))
    if old is None:
        folder = place.resolve().parent
        if not folder.is_dir():
            lacking = folder if place.parent.is_dir() else place.parent  # a link leads to the former
            raise OSError(errno.ENOENT, f"there is no directory '{lacking}'", str(path))
    else:
        folder = place.resolve().parent if stat.S_ISREG(old.st_mode) else place
        if files_only and not stat.S_ISREG(old.st_mode):
            raise OSError(errno.EINVAL, "there is something else than a file", str(path))
    if not os.access(folder, os.W_OK) or (old is not None and not os.access(place, os.W_OK)):
        raise OSError(errno.EACCES, "permission denied", str(path))
    return old


def write_text(path: PathLike, text: str, used: Iterable[PathLike] = ()) -> None:
    """Write text in UTF-8 as ``replacing`` does."""
    with replacing(path, used) as file:
        file.write(text.encode())


def _opened(path: PathLike) -> int:
    """Open a device, or a pipe whose other end somebody holds; opening it plainly would wait for them for ever."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
        except OSError as problem:
            if problem.errno != errno.ENXIO or not Path(path).is_fifo():
                raise
            if time.monotonic() > end:
                raise OSError(errno.ENXIO, "nobody reads from this pipe", os.fspath(path)) from None
            time.sleep(0.02)
        else:
            if os.name == "posix":
                os.set_blocking(handle, True)
            return handle


def _number(stream: re.Match[str]) -> int:
    name = stream[1] or stream[2]
    return {"stdout": 1, "stderr": 2}[name] if name.startswith("std") else int(name)


def _same(one: Path, other: Path) -> bool:
    with suppress(OSError):  # no name of a file
        return one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other))
    return False


@contextmanager
def _named(path: PathLike, folder: Path) -> Iterator[None]:
    """Let what cannot be written be named by its own name, rather than by its draft's, its folder's or none."""
    try:
        yield
    except OSError as problem:
        where = problem.filename if problem.filename is None else Path(os.fsdecode(problem.filename))
        if problem.errno and (where is None or where == folder or DRAFT.fullmatch(where.name)):
            raise OSError(problem.errno, problem.strerror, os.fspath(path)) from problem
        raise


def _keep_owner(handle: int, old: os.stat_result) -> None:
    """Give a file the owner and group of another, or its group alone: only root may give files away."""
    for owner in (old.st_uid, -1):
        with suppress(OSError, AttributeError):
            os.fchown(handle, owner, old.st_gid)
            return


# Drafts: a running program holds a lock on its own, which the system gives up when the program ends in whatever way


@contextmanager
def _draft(folder: Path) -> Iterator[tuple[Path, int]]:
    """Make a file to write to, whose handle is closed within the block; at the end there is none of that name."""
    _remove_stale(folder)
    draft, handle = _locked(folder)
    try:
        yield draft, os.dup(handle) if LOCKS else handle
    finally:
        with suppress(OSError):  # where all went well the name is gone already
            draft.unlink(missing_ok=True)
        if LOCKS:
            with suppress(OSError):  # what was written is on the disk already
                os.close(handle)


def _locked(folder: Path) -> tuple[Path, int]:
    """Return a new draft and its handle, which keeps it locked until it is closed."""
    while True:
        draft = _name_in(folder)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        if not LOCKS:
            return draft, handle
        with suppress(OSError):  # a file system without locks: nobody takes the draft for stale there
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:  # not removed by somebody who saw it before it was locked
            return draft, handle
        os.close(handle)


def _name_in(folder: Path) -> Path:
    return folder / f".mlnn-{secrets.token_hex(6)}.draft"


def _remove_stale(folder: Path) -> None:
    """Remove drafts of our own that nobody writes to any more."""
    if not LOCKS:
        return
    found: list[Path] = []
    with suppress(OSError), os.scandir(folder) as entries:  # a folder may be written to, but not listed
        found = [Path(each) for each in entries if DRAFT.fullmatch(each.name)]
    for draft in found:
        with suppress(OSError):
            handle = os.open(draft, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                known = os.fstat(handle)
                if stat.S_ISREG(known.st_mode) and known.st_uid == os.geteuid():
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    draft.unlink()
            finally:
                os.close(handle)


def _rename(draft: Path, place: Path, *, new: bool) -> None:
    """Let a draft take its place, for good: where the folder cannot be synced, all is as it was before."""
    before = _name_in(place.parent)
    with suppress(OSError, NotImplementedError):  # there is none, or the file system knows no second names
        os.link(place, before)
    try:
        draft.replace(place)
        try:
            _sync(place.parent)
        except BaseException:
            if before.exists():
                before.replace(place)
            elif new:
                place.unlink()
            raise
    finally:
        with suppress(OSError):
            before.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Let the disk take the names in a folder, where the system can do so."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows; a folder that may be written to, but not read
        return
    try:
        os.fsync(handle)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # file systems that sync no folders
            raise
    finally:
        os.close(handle)
