"""The command line in processes of its own: signals, pipes, terminals, and no traceback whatever happens."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest
from commands import COMMAND, FAST, SAFETY, assert_one_sentence, done, houses, run, unix

from mlnn import load


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of tables and of a model."""
    folder = tmp_path_factory.mktemp("tables")
    houses(300).drop(columns="sold").to_csv(folder / "price.csv", index=False)
    houses(10_000, seed=2).drop(columns="sold").to_csv(folder / "big.csv", index=False)
    done("train", folder / "price.csv", "--target", "price", *FAST, "-o", folder / "price.mlnn")
    return folder


class Training:
    """A process that trains for a long time, with a terminal for its stderr and a model to replace at the end."""

    def __init__(self, folder, place, *options):
        self.model = place / "m.mlnn"
        self.model.write_bytes((folder / "price.mlnn").read_bytes())
        self.before = self.model.read_bytes()
        self.place = place
        arguments = [
            "train",
            str(folder / "big.csv"),
            "--target",
            "price",
            "--epochs",
            "100000",
            "--patience",
            "100000",
        ]
        self.terminal, stderr = os.openpty()
        command = [*COMMAND, *arguments, "-o", str(self.model), "--report", str(place / "r.html"), *options]
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env=environment)
        os.close(stderr)
        self.shown = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        os.close(self.terminal)

    def wait_for(self, pattern):
        """Read the terminal until something is shown."""
        while not re.search(pattern, self.shown[-5000:]):
            self._read()

    def end(self):
        """Read the terminal to its end; return the exit code and what stood on stdout."""
        try:
            while self._read():
                pass
        except OSError:  # how Linux tells that nobody has the terminal open any more
            pass
        out, _ = self.process.communicate(timeout=SAFETY)
        return self.process.returncode, out

    def _read(self):
        piece = os.read(self.terminal, 65536)
        self.shown += piece
        return piece

    def assert_nothing_was_written(self):
        assert self.model.read_bytes() == self.before
        assert list(self.place.iterdir()) == [self.model]

    def assert_the_best_weights_were_saved(self):
        assert self.model.read_bytes() != self.before
        model = load(self.model)
        for member in model.summary_["members"]:
            assert 1 <= member["best_epoch"] <= len(member["loss"]) < 100_000
        assert model.scores_["r2"] > 0.2
        assert {path.name for path in self.place.iterdir()} == {"m.mlnn", "r.html"}


EPOCH = rb"epoch \d+: loss \d\.\d+, validation \d\.\d+ [^\r]*\d%[^\r]*m\d+:\d\d:\d\d"


@unix
@pytest.mark.parametrize("options", [[], ["--optimizer", "lbfgs"], ["--valid", "0.2"]], ids=str)
def test_an_interrupt_ends_training_and_saves_the_best_weights_so_far(folder, tmp_path, options):
    with Training(folder, tmp_path, "--members", "2", *options) as training:
        training.wait_for(EPOCH)
        training.process.send_signal(signal.SIGINT)
        code, out = training.end()
        assert code == 130, training.shown
        assert b"Traceback" not in training.shown
        last = training.shown.replace(b"\r\n", b"")[-300:].decode()
        assert f"mlnn: interrupted; the best weights so far are in {training.model}" in last
        assert b"\x1b[?25h" in training.shown, "the cursor is shown again"
        assert b"regression: " in out
        training.assert_the_best_weights_were_saved()


@pytest.mark.parametrize("options", [[], ["--optimizer", "lbfgs"]], ids=str)
def test_members_that_have_not_begun_are_left_out(folder, tmp_path, monkeypatch, options):
    """The interrupt comes when the first member alone has weights: rows that others would judge are judged by none."""

    def once(self, member, epoch):
        raise KeyboardInterrupt

    monkeypatch.setattr("mlnn.cli.progress.Progress.__call__", once)
    ended = run("train", folder / "price.csv", "--target", "price", *FAST, *options, "-o", tmp_path / "m.mlnn")
    assert ended.exit_code == 130, ended.output
    model = load(tmp_path / "m.mlnn")
    assert len(model.members_) == 1
    assert model.judgement_.rows == 150
    assert "150 rows held out\n" in ended.stdout


@unix
def test_an_interrupt_while_trained_again_keeps_what_was_judged(folder, tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("mlnn.tabular.base.train_again", interrupt)
    ended = run("train", folder / "price.csv", "--target", "price", *FAST, "--members", 1, "-o", tmp_path / "m.mlnn")
    assert ended.exit_code == 130
    assert load(tmp_path / "m.mlnn").members_
    assert "mlnn: interrupted; the best weights so far are in" in ended.stderr


def test_an_interrupt_before_an_epoch_ended_saves_nothing(folder, tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("mlnn.tabular.base.train", interrupt)
    ended = run("train", folder / "price.csv", "--target", "price", *FAST, "-o", tmp_path / "m.mlnn")
    assert (ended.exit_code, ended.stdout, ended.stderr) == (130, "", "mlnn: interrupted\n")
    assert list(tmp_path.iterdir()) == []


@unix
@pytest.mark.slow
def test_a_termination_ends_training_and_writes_nothing(folder, tmp_path):
    with Training(folder, tmp_path) as training:
        training.wait_for(EPOCH)
        training.process.send_signal(signal.SIGTERM)
        code, out = training.end()
        assert (code, out) == (143, b"")
        assert b"Traceback" not in training.shown
        assert b"\x1b[?25h" in training.shown, "the cursor is shown again"
        training.assert_nothing_was_written()


@unix
@pytest.mark.slow
def test_live_progress_is_one_line_that_never_goes_back_and_is_then_removed(folder, tmp_path):
    with Training(folder, tmp_path, "--epochs", "30", "--members", "3", "--hidden", "64,64") as training:
        code, out = training.end()
        assert code == 0, training.shown
    assert b"regression: " in out
    text = training.shown.decode()
    live, _, rest = text.partition("\x1b[?25h")
    frames = [re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", frame).strip("\r\n") for frame in live.split("\r\x1b[2K")]
    assert all("\n" not in frame and len(frame) <= 80 for frame in frames)
    line = re.compile(r"view (\d), epoch (\d+): loss [\d.]+, validation")
    epochs = [(int(found[1]), int(found[2])) for frame in frames if (found := line.match(frame))]
    shares = [int(found[1]) for frame in frames if (found := re.search(r" (\d+)% ", frame))]
    assert epochs == sorted(epochs)
    assert shares == sorted(shares)
    assert epochs[-1] > (2, 1)
    assert "\x1b[1A\x1b[2K" in rest, "the line is gone at the end"
    assert re.search(r"\x1b\[2Ktrained on 10,000 rows in \d+\.\d s", rest)


@unix
@pytest.mark.slow
def test_an_interrupt_while_libraries_load_shows_no_traceback(tmp_path):
    """The first import after the standard library's is interrupted, as if Ctrl-C had come just then."""
    code = """
import sys
class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Impatient())
from mlnn.cli import main
main()
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=SAFETY)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_any_command_that_is_interrupted_ends_with_130(folder, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("mlnn.cli.use.load", interrupt)
    monkeypatch.setattr("mlnn.cli.inspect.load", interrupt)
    monkeypatch.setattr("mlnn.cli.check.check_catalogue", interrupt)
    for arguments in (["inspect", "m"], ["predict", "m", "d"], ["evaluate", "m", "d"], ["check"]):
        ended = run(*arguments)
        assert (ended.exit_code, ended.stdout, ended.stderr) == (130, "", "mlnn: interrupted\n")


def test_an_interrupt_while_the_model_is_written_leaves_the_old_one(folder, tmp_path, monkeypatch):
    model = tmp_path / "m.mlnn"
    model.write_bytes(b"old")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", interrupt)
    ended = run("train", folder / "price.csv", "--target", "price", "-o", model, *FAST)
    assert ended.exit_code == 130
    assert model.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [model]


IN_TURN = """
import json, os, signal, sys, warnings
signal.signal(signal.SIGINT, signal.default_int_handler)
from mlnn.cli import check, inspect, main, train, use
for number, arguments in enumerate(json.loads(sys.argv[1])):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 warns where a library has begun a thread
        child = os.fork()
    if not child:
        if len(sys.argv) == 3:
            for stream, end in ((1, "out"), (2, "err")):
                os.dup2(os.open(f"{sys.argv[2]}/{number}.{end}", os.O_CREAT | os.O_WRONLY), stream)
        sys.argv[1:] = arguments
        main()
    os.write(codes, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
"""Commands in processes of their own, forked from one that has loaded their libraries: that takes longest."""


def in_turn(commands, *place, cwd, **streams):
    """Begin commands, one after another; return what runs them, and where their exit codes come."""
    codes, theirs = os.pipe()
    command = [*COMMAND[:-1], f"codes = {theirs}\n{IN_TURN}", json.dumps(commands), *map(str, place)]
    begun = subprocess.Popen(command, cwd=cwd, pass_fds=[theirs], **streams)
    os.close(theirs)
    return begun, os.fdopen(codes)


@unix
def test_bad_input_ends_real_processes_with_one_sentence(folder, tmp_path):
    bad = [
        (["train", "nothing.csv", "--target", "y"], "there is no file 'nothing.csv'"),
        (["train", "price.csv", "--target", "price", "-o", "price.csv"], "it is the same file as 'price.csv'"),
        (["predict", "price.mlnn", "price.csv", "-o", "price.mlnn"], "it is the same file as 'price.mlnn'"),
        (["inspect", "a" * 5000], ""),
        (["predict", "price.csv", "price.csv"], "'price.csv': it is not an mlnn model, but text that begins with"),
    ]
    begun, codes = in_turn([arguments for arguments, _ in bad], tmp_path, cwd=folder)
    with codes:
        ended = [int(line) for line in codes]
    assert begun.wait(SAFETY) == 0
    for number, (code, (_, sentence)) in enumerate(zip(ended, bad, strict=True)):
        out, err = ((tmp_path / f"{number}.{end}").read_text(encoding="utf-8") for end in ("out", "err"))
        assert_one_sentence(code, out, err, sentence)


@unix
def test_a_pipe_that_closes_early_is_no_error_to_tell(folder):
    """It closes while the first command writes to it; the others find it closed."""
    commands = [
        ["predict", "price.mlnn", "big.csv"],
        ["inspect", "price.mlnn"],
        ["evaluate", "price.mlnn", "big.csv"],
        ["check"],
    ]
    begun, codes = in_turn(commands, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    assert begun.stdout.read(6) == b"price\n"
    begun.stdout.close()
    err = begun.stderr.read()
    begun.stderr.close()
    assert begun.wait(SAFETY) == 0
    assert err == b""
    with codes:
        ended = [int(line) for line in codes]
    assert len(ended) == len(commands)
    assert {*ended} <= {0, 1}
