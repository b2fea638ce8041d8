"""Checkpoints: a training that is resumed ends in the same bits; what is damaged or another's is refused."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from alone import alone
from commands import SAFETY, unix
from recorded import TRAININGS, WRONG, X, Y, files, members, model, perceptron, table

from mlnn import Checkpoint, MLPClassifier, Model, TableClassifier, epochs
from mlnn.engine import Reference, engine_for
from mlnn.estimator.progress import Control, Governed
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, SGD, Adam
from mlnn.schedule import Constant
from mlnn.training import CheckpointError, Recipe, record, recorder, sealed

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # trained for a short while


class Died(BaseException):
    """What stands for the end of a process."""


@pytest.fixture
def dying(monkeypatch):
    """Return a list of how many checkpoints are written before the process dies, once for each of its lives."""
    lives = []
    write = recorder.Recorder.write

    def writing(self):
        write(self)
        if lives:
            lives[0] -= 1
            if lives[0] == 0:
                lives.pop(0)
                raise Died

    monkeypatch.setattr(recorder.Recorder, "write", writing)
    return lives


def often(folder, resume=True):
    return Checkpoint(folder, every=1, unit="epochs", resume=resume)


def resumed(training, folder, lives, dying):
    """Train in so many lives, and once more to the end; return what all came to."""
    dying[:] = lives
    for _ in lives:
        with suppress(Died):
            training(often(folder))
    dying.clear()
    return training(often(folder))


@pytest.mark.parametrize("name", TRAININGS)
def test_a_resumed_training_ends_in_the_same_bits(name, tmp_path, dying):
    whole = TRAININGS[name](None)
    assert TRAININGS[name](often(tmp_path / "whole")) == whole
    assert resumed(TRAININGS[name], tmp_path / "parts", [2, 1, 5], dying) == whole
    assert TRAININGS[name](often(tmp_path / "parts")) == whole  # what has ended is told again, and nothing added


def test_l_bfgs_knows_that_it_has_converged(tmp_path):
    network = Network.dense([2, 3, 2])
    problem, recipe = Problem.of(network, X, Y, penalty="l2"), Recipe(LBFGS(tolerance=0.0), epochs=5000)
    train = partial(epochs, problem, network.initial(np.random.default_rng(0)), recipe)
    whole = list(train(checkpoint=often(tmp_path)))
    assert len(whole) < 5000
    assert len(list(train(checkpoint=often(tmp_path)))) == len(whole)
    assert list(train(after=whole)) == []


def test_a_checkpoint_is_written_at_the_end_and_when_an_error_comes(tmp_path):
    class Trouble(Exception):
        pass

    def troubled(epoch):
        if epoch.number == 5:
            raise Trouble

    def train(folder, *callbacks, resume=False):
        trained = Model([2, 3, 2], seed=0)
        trained.train(X, Y, num_passes=9, every=1, callbacks=[*callbacks, Checkpoint(folder, 3600.0, resume=resume)])
        return [epoch.number for epoch in trained.history]

    assert train(tmp_path / "whole") == [*range(1, 10)]
    assert files(tmp_path / "whole") == ["checkpoint-000001.safetensors"]
    with pytest.raises(Trouble):
        train(tmp_path / "parts", troubled)
    with pytest.raises(CheckpointError, match=r"made with callbacks \[<function .*, but this training has \[\]"):
        train(tmp_path / "parts", resume=True)
    with pytest.raises(Trouble):
        train(tmp_path / "parts", troubled, resume=True)
    assert files(tmp_path / "parts") == ["checkpoint-000001.safetensors"]


@pytest.mark.parametrize(("every", "unit", "written"), [(4, "epochs", 3), (24, "steps", 5), (1e-9, "seconds", 10)])
def test_so_often_a_checkpoint_is_written(every, unit, written, tmp_path):
    network = Network.dense([2, 3, 2])
    recipe = Recipe(SGD(), epochs=10, batch_size=10)  # of 12 steps an epoch
    checkpoint = Checkpoint(tmp_path, every, unit)
    list(epochs(Problem.of(network, X, Y), np.zeros(network.size), recipe, checkpoint=checkpoint))
    assert files(tmp_path)[-1] == f"checkpoint-{written:06}.safetensors"


def test_only_what_is_still_asked_for_is_kept(tmp_path):
    table(often(tmp_path))
    assert len(files(tmp_path)) <= 2 + 2 * 3  # the last two, and each member's best and last


def test_drafts_of_those_who_died_are_removed(tmp_path):
    (tmp_path / ".mlnn-0123456789ab.draft").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    model(often(tmp_path))
    assert not [name for name in files(tmp_path) if name.endswith(".draft")]
    assert (tmp_path / "notes.txt").read_text() == "mine"


# Damage


def damaged(path, how):
    content = bytearray(path.read_bytes())
    if how == "short":
        content = content[: len(content) // 2]
    elif how == "empty":
        content = b""
    else:
        content[int(how * (len(content) - 1))] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("how", ["short", "empty", 0.0, 0.01, 0.3, 0.99])
def test_the_one_before_is_used_where_the_newest_is_damaged_and_that_is_said(how, tmp_path, dying):
    whole = TRAININGS["adam in batches that listen"](None)
    dying[:] = [7]
    with pytest.raises(Died):
        TRAININGS["adam in batches that listen"](often(tmp_path))
    damaged(tmp_path / files(tmp_path)[-1], how)
    with pytest.warns(UserWarning, match="'checkpoint-000007.safetensors' cannot be used.*000006.safetensors'"):
        assert TRAININGS["adam in batches that listen"](often(tmp_path)) == whole


def test_nothing_is_overwritten_where_none_can_be_read(tmp_path):
    table(often(tmp_path))
    for name in files(tmp_path):
        damaged(tmp_path / name, 0.5)
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    with pytest.raises(CheckpointError, match=r"holds no checkpoint that can be read: .* its checksum is wrong"):
        table(often(tmp_path))
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_a_file_of_weights_that_is_gone_is_missed(tmp_path):
    whole = TRAININGS["model"](often(tmp_path))
    (tmp_path / "checkpoint-000003.safetensors").unlink()
    said = "'checkpoint-000013.*' cannot be used: it needs '.*-000003.*', which is not there; '.*-000002.*is used"
    with pytest.warns(UserWarning, match=said):
        assert TRAININGS["model"](often(tmp_path)) == whole


def forged(folder, change):
    """Change the description in a checkpoint, its checksum repaired; return what would resume the training."""
    network = Network.dense([2, 3, 2])
    problem, recipe = Problem.of(network, X, Y), Recipe(SGD(), epochs=2)

    def train():
        return list(epochs(problem, np.zeros(network.size), recipe, checkpoint=Checkpoint(folder, resume=True)))

    train()
    (name,) = files(folder)
    text, arrays, _ = sealed.read(folder / name)
    assert change(text) != text
    (folder / name).write_bytes(sealed.sealed(change(text), arrays)[0])
    return train


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: text.replace('"reports":[[[0, 1,', '"reports":[[[0, -1,'),
        lambda text: text.replace('"reports":[[[0, 1,', '"reports":[[[0, 1.5,'),
        lambda text: text.replace('"parameters": ', '"parameters": 1'),
        lambda text: text.replace('"type of numbers": "float64"', '"type of numbers": "float16"'),
        lambda text: text.replace('"weights":{', '"weights":{"0 0": [[1, "nowhere"], [1, "nowhere"]], "x":{'),
        lambda text: text.replace('"facts"', '"fiction"'),
        lambda text: "[" * 100_000,
        lambda text: "null",
        lambda text: "",
    ],
)
def test_what_is_whole_and_makes_no_sense_is_refused(change, tmp_path):
    train = forged(tmp_path, change)
    with pytest.raises(CheckpointError, match="holds no checkpoint that can be read") as found:
        train()
    assert len(str(found.value)) < 300 + len(str(tmp_path))


# What is another's


def test_a_folder_with_a_checkpoint_is_left_alone_unless_it_is_to_be_resumed(tmp_path):
    model(often(tmp_path))
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    for training in (model, perceptron, table, members):
        with pytest.raises(CheckpointError, match="holds a checkpoint: resume it, or take another folder"):
            training(often(tmp_path, resume=False))
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="is a file: a checkpoint is a folder"):
        model(often(tmp_path / "file"))


def test_other_data_and_settings_are_refused_by_name(tmp_path):
    network = Network.dense([2, 3, 2])
    problem, theta = Problem.of(network, X, Y), network.initial(np.random.default_rng(0))
    recipe = Recipe(SGD(), epochs=3, batch_size=32)

    def train(problem=problem, theta=theta, recipe=recipe, **more):
        return list(epochs(problem, theta, recipe, checkpoint=often(tmp_path), **more))

    train()
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    other = Network.dense([2, 4, 2])
    changes = {
        r"with batch_size 32, but this training has 64": {"recipe": replace(recipe, batch_size=64)},
        r"with epochs 3, but this training has 4": {"recipe": replace(recipe, epochs=4)},
        r"with optimizer SGD\(rate=0.01\), but .* SGD\(rate=0.1\)": {"recipe": replace(recipe, optimizer=SGD(0.1))},
        r"with slots 0, but this training has 2": {"recipe": replace(recipe, optimizer=Adam())},
        r"with seeds 0, but this training has 1": {"recipe": replace(recipe, seed=1)},
        r"with other rows X than": {"problem": Problem.of(network, X + 1e-9, Y)},
        r"with other targets y than": {"problem": Problem.of(network, X, 1 - Y)},
        r"with other weights of rows than": {"problem": Problem.of(network, X, Y, np.ones(len(X)))},
        r"with other rows of the members than": {"rows": np.arange(50)},
        r"with other validation rows than": {"valid": Problem.of(network, X[:30], WRONG)},
        r"with other first weights than": {"theta": theta + 1.0},
        r"with penalty None, but this training has L2": {"problem": Problem.of(network, X, Y, penalty="l2")},
        r"with network .*, but this training has .*": {
            "problem": Problem.of(other, X, Y),
            "theta": np.zeros(other.size),
        },
    }
    if engine_for(problem).arithmetic != Reference().arithmetic:
        changes[r"with arithmetic .*, but this training has NumPy"] = {"engine": Reference()}
    for sentence, change in changes.items():
        with pytest.raises(CheckpointError, match=f"cannot be resumed: the checkpoint was made {sentence}") as found:
            train(**change)
        assert len(str(found.value)) < 300 + len(str(tmp_path))
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_what_a_stranger_wrote_commands_no_terminal(tmp_path):
    train = forged(tmp_path, lambda text: text.replace('"SGD(rate=0.01)"', json.dumps("\x1b[2J" + 500 * "?")))
    with pytest.raises(CheckpointError, match=r"with optimizer \\x1b\[2J\?{10,70}, but this") as found:
        train()
    assert len(str(found.value)) < 300 + len(str(tmp_path))


def test_faces_refuse_other_settings_of_their_own(tmp_path):
    perceptron(often(tmp_path / "a"))
    with pytest.raises(CheckpointError, match="with n_iter_no_change 10, but this training has 11"):
        perceptron(often(tmp_path / "a"), n_iter_no_change=11)
    table(often(tmp_path / "b"))
    with pytest.raises(CheckpointError, match="with patience 4, but this training has 5"):
        table(often(tmp_path / "b"), patience=5)
    with pytest.raises(CheckpointError, match="with members 3, but this training has 2"):
        table(often(tmp_path / "b"), members=2)


def test_more_threads_and_words_are_no_other_setting(tmp_path, capsys):
    whole = perceptron(None)
    assert perceptron(often(tmp_path / "a"), n_threads=1) == whole
    assert perceptron(often(tmp_path / "a"), n_threads=2, verbose=True) == whole
    whole = table(None)
    assert table(often(tmp_path / "b"), n_threads=1) == whole
    assert table(often(tmp_path / "b"), n_threads=2) == whole
    assert "Iteration 24" in capsys.readouterr().out


def test_what_no_other_process_could_prepare_again_is_refused(tmp_path):
    with pytest.raises(ValueError, match="needs a random_state"):
        MLPClassifier(callbacks=[often(tmp_path)]).fit(X, Y)
    with pytest.raises(ValueError, match="needs a random_state"):
        TableClassifier(random_state=None).fit(X, Y, checkpoint=often(tmp_path))
    with pytest.raises(ValueError, match="partial_fit takes one epoch"):
        MLPClassifier(random_state=0, callbacks=[often(tmp_path)]).partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ValueError, match="one Checkpoint among the callbacks, but there are 2"):
        Model([2, 3, 2], seed=0).train(X, Y, callbacks=[often(tmp_path), often(tmp_path)])
    assert files(tmp_path) == []


def test_a_model_without_a_seed_goes_on_from_the_weights_of_the_checkpoint(tmp_path, dying):
    random = np.random.default_rng(0)

    def train(checkpoint):
        trained = Model([2, 3, 2], random=random)
        trained.train(X, Y, num_passes=9, every=1, callbacks=[checkpoint])
        return [epoch.loss for epoch in trained.history], trained.theta

    dying[:] = [4]
    with pytest.raises(Died):
        train(often(tmp_path))
    losses, theta = train(often(tmp_path))
    again = train(often(tmp_path))
    assert losses == again[0]
    np.testing.assert_array_equal(theta, again[1])


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"every": 0}, "every must be above 0, but got 0"),
        ({"every": float("nan")}, "every must be finite|every must be a number"),
        ({"unit": "hours"}, 'unit must be "seconds", "epochs" or "steps", but got \'hours\''),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence):
        Checkpoint(tmp_path, **settings)


def test_under_a_time_budget_the_seconds_of_earlier_processes_count():
    clock = Governed(Constant(), Control(np.inf, 0.0), seconds=100.0)
    assert not clock.is_over(10, elapsed=90.0)
    assert clock.elapsed >= 90.0
    assert clock.is_over(10, elapsed=91.0)
    assert repr(clock) == repr(Governed(Constant(), Control(1.0, 0.5), seconds=7.0))  # a plan, not what came of it


# Signals


KILLED = Path(__file__).parents[1] / "killed.py"
SOME = ["model in batches", "table of one member", "l-bfgs"]


@unix
def test_processes_that_are_killed_at_random_moments_lose_nothing():
    """The full thousand is bench/kills.py's."""
    command = [sys.executable, str(KILLED), "KILL", "9", "0", *SOME]
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SAFETY, env=os.environ | path)
    assert done.returncode == 0, done.stderr
    for name, outcome in json.loads(done.stdout).items():
        assert outcome["killed"] == 3, name
        assert outcome["wrong"] == [], f"{name}: {outcome}{done.stderr}"


@pytest.fixture
def terminated(monkeypatch):
    """Return a list; SIGTERM comes after as many reports as it holds."""
    after, take = [], record.Stream.take

    def taking(self, epochs):
        take(self, epochs)
        if after and len(self.reports) == after[0]:
            after.pop()
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(record.Stream, "take", taking)
    return after


@unix
@pytest.mark.parametrize("name", SOME)
def test_sigterm_writes_the_last_report_and_ends_with_143(name, tmp_path, terminated):
    terminated.append(5)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        TRAININGS[name](Checkpoint(tmp_path, 3600.0))
    assert ended.value.code == 143
    assert signal.getsignal(signal.SIGTERM) == before
    assert files(tmp_path) == ["checkpoint-000001.safetensors"]
    assert TRAININGS[name](Checkpoint(tmp_path, 3600.0, resume=True)) == TRAININGS[name](None)


@unix
def test_a_handler_of_ones_own_is_asked_after_the_checkpoint_is_written(tmp_path, terminated):
    def handler(number, frame):
        there.extend(files(tmp_path))
        raise Died

    there, before = [], signal.signal(signal.SIGTERM, handler)
    terminated.append(5)
    try:
        with pytest.raises(Died):
            TRAININGS["sgd"](Checkpoint(tmp_path, 3600.0))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert there == ["checkpoint-000001.safetensors"]


def test_handlers_are_restored_and_other_threads_have_none(tmp_path):
    seen = []

    def look(epoch):
        seen.append(signal.getsignal(signal.SIGTERM))

    def train(folder):
        callbacks = [look, often(tmp_path / folder)]
        Model([2, 3, 2], seed=0).train(X, Y, num_passes=2, callbacks=callbacks)

    before = signal.getsignal(signal.SIGTERM)
    train("a")
    assert signal.getsignal(signal.SIGTERM) == before
    assert seen.pop() != before
    thread = threading.Thread(target=train, args=["b"])
    thread.start()
    thread.join()
    assert seen.pop() == before


@unix
def test_children_and_other_trainings_leave_it_alone(tmp_path):
    """A child that was forked meanwhile ends as it would have; nobody else writes to the folder."""
    alone(
        """
X, y, folder = np.eye(4), [0, 1, 0, 1], sys.argv[1]
def look(epoch):
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(theirs, b"ready")  # a signal that comes before is forgotten by Python
        time.sleep(60)
        os._exit(1)
    os.read(ours, 5)
    os.kill(child, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
    child = os.fork()
    if child == 0:
        sys.exit(5)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
    assert os.listdir(folder) == []
    try:
        Model([4, 2, 2], seed=0).train(X, y, num_passes=1, callbacks=[Checkpoint(folder)])
    except ValueError as refused:
        assert "another training writes its checkpoints to" in str(refused)
    else:
        raise AssertionError("two write to one folder")
Model([4, 2, 2], seed=0).train(X, y, num_passes=1, callbacks=[look, Checkpoint(folder)])
assert os.listdir(folder) == ["checkpoint-000001.safetensors"]
""",
        tmp_path,
    )


@pytest.mark.parametrize("name", [*SOME, "classifier", "members"])
@pytest.mark.filterwarnings("ignore:.*interrupted")
def test_what_the_keyboard_interrupts_is_resumed_to_the_same_bits(name, tmp_path, monkeypatch):
    take, left = record.Stream.take, [3]

    def taking(self, epochs):
        take(self, epochs)
        left[0] -= 1
        if left[0] == 0:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(record.Stream, "take", taking)
    with suppress(KeyboardInterrupt):
        TRAININGS[name](Checkpoint(tmp_path, 3600.0))
    assert files(tmp_path) == ["checkpoint-000001.safetensors"]
    assert TRAININGS[name](Checkpoint(tmp_path, 3600.0, resume=True)) == TRAININGS[name](None)


def test_an_interrupt_from_the_keyboard_writes_too(tmp_path):
    def interrupted(epoch):
        if epoch.number == 5:
            raise KeyboardInterrupt

    trained = Model([2, 3, 2], seed=0)
    with pytest.raises(KeyboardInterrupt):
        trained.train(X, Y, num_passes=9, every=1, callbacks=[interrupted, Checkpoint(tmp_path)])
    assert files(tmp_path) == ["checkpoint-000001.safetensors"]
