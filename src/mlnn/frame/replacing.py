"""Files that are replaced only by complete new ones, and never while they are read: every face writes through this."""

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TypeAlias

PathLike: TypeAlias = str | os.PathLike[str]

STREAM = re.compile(r"/dev/(stdout|stderr)|(?:/dev/fd|/proc/self/fd)/(\d+)")
"""Names of what the process has open already."""


@contextmanager
def replacing(path: PathLike, used: Iterable[PathLike] = (), files_only: bool = False) -> Iterator[IO[bytes]]:
    """Give a new file to write to, which takes the place of ``path`` at the end of the block, if that is reached.

    A new file's permissions are those of any other new file, a replaced file's stay. A link's target is replaced, not
    the link. Devices and pipes are written to as they are.

    Parameters
    ----------
    path : path-like
        Where to write.
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
    stream = STREAM.fullmatch(os.fspath(path))
    if stream is not None or (old is not None and not stat.S_ISREG(old.st_mode)):
        # what the process has open already goes on where it is, and is not emptied
        with Path(path).open("wb") if stream is None else os.fdopen(os.dup(_number(stream)), "wb") as file:
            yield file
        return
    place = Path(path).resolve()
    draft = place.with_name(f".{secrets.token_hex(6)}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            if old is not None:
                with suppress(OSError, AttributeError):  # only root may keep another owner
                    os.fchown(handle, old.st_uid, old.st_gid)
                draft.chmod(stat.S_IMODE(old.st_mode))
            yield file
            file.flush()
            os.fsync(handle)  # a full disk may show only here
        draft.replace(place)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def checked(path: PathLike, used: Iterable[PathLike] = (), files_only: bool = False) -> os.stat_result | None:
    """Return what is known of a file that is to be replaced, or None if there is none; before any work.

    Raises
    ------
    OSError
        If it could not be written.
    """
    place = Path(path)
    if place.is_dir():
        raise OSError(errno.EISDIR, "it is a directory", str(path))
    old = place.stat() if place.exists() else None
    for other in used:
        if _same(place, Path(other)) and (old is None or stat.S_ISREG(old.st_mode)):
            raise OSError(errno.EINVAL, f"it is the same file as '{other}', which is used too", str(path))
    if old is None:
        folder = place.resolve().parent
        if not folder.is_dir():
            raise OSError(errno.ENOENT, f"there is no directory '{place.parent}'", str(path))
    else:
        folder = place.resolve().parent if stat.S_ISREG(old.st_mode) else place
        if files_only and not stat.S_ISREG(old.st_mode):
            raise OSError(errno.EINVAL, "there is something else than a file", str(path))
    if not os.access(folder, os.W_OK) or (old is not None and not os.access(place, os.W_OK)):
        raise OSError(errno.EACCES, "permission denied", str(path))
    return old


def _number(stream: re.Match[str]) -> int:
    name = stream[1] or stream[2]
    return {"stdout": 1, "stderr": 2}[name] if name.startswith("std") else int(name)


def _same(one: Path, other: Path) -> bool:
    with suppress(OSError):  # no name of a file
        return one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other))
    return False


def write_text(path: PathLike, text: str, used: Iterable[PathLike] = ()) -> None:
    """Write text in UTF-8 as ``replacing`` does."""
    with replacing(path, used) as file:
        file.write(text.encode())
