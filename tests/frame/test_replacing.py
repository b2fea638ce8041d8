import errno
import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlnn.frame.column import TableError
from mlnn.frame.read import read_table
from mlnn.frame.replacing import DRAFT, checked, replacing, write_text

unix = pytest.mark.skipif(os.name != "posix", reason="locks, permissions and links as on Unix")


def put(path, content=b"new", **options):
    with replacing(path, **options) as file:
        file.write(content)


def test_a_new_file_is_there_at_the_end_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    with replacing(path) as file:
        file.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    assert [each.name for each in (tmp_path).iterdir()] == ["a.txt"]


def test_an_old_file_stays_whole_until_the_end_and_where_something_fails(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    with pytest.raises(TypeError), replacing(path) as file:
        file.writelines([b"half", None])
    assert path.read_bytes() == b"new"
    assert [each.name for each in (tmp_path).iterdir()] == ["a.txt"]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        put(path)
    assert path.read_bytes() == b"old"
    assert [each.name for each in (tmp_path).iterdir()] == ["a.txt"]


@unix
def test_a_name_may_be_as_long_as_the_system_allows(tmp_path):
    longest = os.pathconf(tmp_path, "PC_NAME_MAX")
    put(tmp_path / ("a" * longest))
    put(tmp_path / ("a" * longest))
    assert (tmp_path / ("a" * longest)).read_bytes() == b"new"
    with pytest.raises(OSError, match=r"[Nn]ame too long"):
        put(tmp_path / ("a" * (longest + 1)))
    assert len(list(tmp_path.iterdir())) == 1


WAITING = """
import sys, time
from mlnn.frame.replacing import replacing
with replacing(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    sys.stdin.read()
"""


def writer(path):
    """Start a process that writes half of a file, and waits."""
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", WAITING, path], stdin=pipe, stdout=pipe, text=True)
    assert process.stdout.readline() == "writing\n"
    return process


@unix
def test_the_draft_of_a_killed_run_is_cleared_by_the_next_and_nobody_else_s(tmp_path):
    path, others = tmp_path / "a.txt", (".abc.draft", ".mlnn-0123456789ab.draft.txt", ".0123456789ab.part")
    for name in others:
        (tmp_path / name).write_bytes(b"somebody's")
    with writer(path) as killed, writer(path) as alive:
        assert len([each for each in tmp_path.iterdir() if DRAFT.fullmatch(each.name)]) == 2
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        put(tmp_path / "b.txt")
        (draft,) = (each for each in tmp_path.iterdir() if DRAFT.fullmatch(each.name))
        assert draft.read_bytes() == b"half", "of the run that still writes"
        alive.communicate()
    assert path.read_bytes() == b"half"
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([*others, "a.txt", "b.txt"])


@unix
def test_what_is_called_like_a_draft_but_is_none_stays(tmp_path):
    (tmp_path / ".mlnn-0123456789ab.draft").mkdir()
    (tmp_path / "far").write_bytes(b"far")
    (tmp_path / ".mlnn-0123456789ac.draft").symlink_to("far")
    os.mkfifo(tmp_path / ".mlnn-0123456789ad.draft")
    put(tmp_path / "a.txt")
    assert len(list(tmp_path.iterdir())) == 5


@unix
def test_many_may_write_to_one_folder_and_one_file_at_once(tmp_path):
    def write(number):
        for k in range(40):
            put(tmp_path / ("shared" if k % 2 else str(number)), b"%d" % number * 1000)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert sorted(each.name for each in tmp_path.iterdir()) == [*map(str, range(8)), "shared"]
    content = (tmp_path / "shared").read_bytes()
    assert content == content[:1] * 1000


@unix
@pytest.mark.parametrize("old", [None, b"old"])
def test_a_folder_that_cannot_be_synced_is_as_before(tmp_path, monkeypatch, old):
    path, sync = tmp_path / "a.txt", os.fsync
    if old:
        path.write_bytes(old)

    def failing(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EIO, "Input/output error")
        sync(handle)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="Input/output error"):
        put(path)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == ({"a.txt": old} if old else {})


@unix
def test_a_file_is_synced_then_renamed_then_its_folder_is_synced(tmp_path, monkeypatch):
    done, sync, rename = [], os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append(stat.S_ISDIR(os.fstat(handle).st_mode)), sync(handle)))
    monkeypatch.setattr(Path, "replace", lambda self, other: (done.append("rename"), rename(self, other)))
    put(tmp_path / "a.txt")
    assert done == [False, "rename", True]


@unix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_replaced_file_keeps_its_owner(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    os.chown(path, 1234, 2345)
    path.chmod(0o640)
    put(path)
    known = path.stat()
    assert (known.st_uid, known.st_gid, stat.S_IMODE(known.st_mode)) == (1234, 2345, 0o640)


def test_a_dash_is_standard_output(tmp_path, monkeypatch, capfdbinary):
    monkeypatch.chdir(tmp_path)
    put("-", b"whole")
    write_text("-", "é")
    assert capfdbinary.readouterr().out == "wholeé".encode()
    assert not list(tmp_path.iterdir())


@unix
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_new_file_has_a_new_file_s_permissions_and_a_replaced_one_keeps_its_own(tmp_path, mask, mode):
    path = tmp_path / "a.txt"
    before = os.umask(mask)
    try:
        put(path)
        assert stat.S_IMODE(path.stat().st_mode) == mode
        path.chmod(0o660)
        put(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
    finally:
        os.umask(before)


@unix
def test_a_link_stays_and_its_target_is_replaced_even_where_there_is_none_yet(tmp_path):
    (tmp_path / "far").mkdir()
    link = tmp_path / "link"
    link.symlink_to("far/a.txt")
    for content in (b"one", b"two"):
        put(link, content)
        assert link.is_symlink()
        assert (tmp_path / "far" / "a.txt").read_bytes() == content
    assert [each.name for each in (tmp_path / "far").iterdir()] == ["a.txt"]


def test_a_link_to_nowhere_names_the_directory_that_is_missing(tmp_path):
    (tmp_path / "a.csv").symlink_to("nowhere/a.csv")
    with pytest.raises(OSError, match=r"there is no directory '.*nowhere'"):
        checked(tmp_path / "a.csv")


def test_what_cannot_be_written_is_refused_before(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="it is a directory"):
        checked(tmp_path / "folder")
    with pytest.raises(OSError, match="there is no directory"):
        checked(tmp_path / "none" / "a.txt")
    with pytest.raises(OSError, match=r"[Nn]ame too long"):
        checked(tmp_path / ("a" * 300))
    assert checked(tmp_path / "a.txt") is None


def test_permission_is_asked_for_the_file_and_its_directory(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    for locked in (path, tmp_path):
        monkeypatch.setattr(os, "access", lambda place, mode, locked=locked: place != locked)
        with pytest.raises(OSError, match="permission denied"):
            put(path)
    assert path.read_bytes() == b"old"


def test_what_is_read_or_written_too_is_never_replaced(tmp_path):
    data, link, other = tmp_path / "a.csv", tmp_path / "link.csv", tmp_path / "b.csv"
    data.write_bytes(b"x")
    link.symlink_to(data)
    os.link(data, other)
    for path in (data, link, other, tmp_path / "." / "a.csv"):
        with pytest.raises(OSError, match="the same file"):
            put(path, used=[data])
    with pytest.raises(OSError, match="the same file"):
        put(tmp_path / "new", used=[tmp_path / "new"])
    assert data.read_bytes() == b"x"
    put(tmp_path / "new", used=[data, "-", "x" * 5000])


@unix
def test_devices_and_pipes_are_written_as_they_are_and_stay(tmp_path):
    put(os.devnull)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    with pytest.raises(OSError, match="something else than a file"):
        put(os.devnull, files_only=True)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    put(pipe, b"through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@unix
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_standard_output_goes_on_where_it_is(tmp_path, name):
    out = tmp_path / "out.txt"
    code = "import os; from mlnn.frame.replacing import write_text; "
    code += f"os.write(1, b'a'); write_text({name!r}, 'b'); os.write(1, b'c')"
    with out.open("wb") as file:
        subprocess.run([sys.executable, "-c", code], stdout=file, check=True)
    assert out.read_bytes() == b"abc"
    assert [each.name for each in (tmp_path).iterdir()] == ["out.txt"]


def test_text_is_written_in_utf_8(tmp_path):
    write_text(str(tmp_path / "a"), "é\n")
    assert (tmp_path / "a").read_bytes() == b"\xc3\xa9\n"


def test_streams_that_the_shell_closed_are_refused_in_words(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OSError, match="it is closed"), replacing("-"):
        raise AssertionError("nothing can be written")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(TableError, match="standard input is closed"):
        read_table("-")
