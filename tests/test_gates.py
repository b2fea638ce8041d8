"""One gate in and one out: whoever reads a model file or writes any file goes through it, and nobody else."""

import ast
import os
import warnings
from functools import cache
from pathlib import Path

import pytest
from commands import FAST, done, houses, run

import mlnn

HOUSE = Path(mlnn.__file__).parent
BENCH = Path(__file__).parents[1] / "bench"


@cache
def nodes():
    """Return every call and import in the house, with its file."""
    wanted = (ast.Call, ast.Import, ast.ImportFrom)
    files = [(path.relative_to(HOUSE).as_posix(), path.read_text(encoding="utf-8")) for path in HOUSE.rglob("*.py")]
    return [(name, node) for name, text in files for node in ast.walk(ast.parse(text)) if isinstance(node, wanted)]


def calls():
    """Yield the file, the name and the node of every call in the house."""
    for path, node in nodes():
        if isinstance(node, ast.Call):
            yield path, getattr(node.func, "attr", getattr(node.func, "id", "")), node


def imported():
    """Yield the file, the module and the names of every import from somewhere in the house."""
    for path, node in nodes():
        if isinstance(node, ast.ImportFrom):
            yield path, node.module, {each.name for each in node.names}


# Out

WRITING = {
    *("write_text", "write_bytes", "savefig", "save", "savez", "savetxt", "tofile", "to_csv", "to_parquet", "touch"),
    *("mkdir", "makedirs", "rename", "link", "symlink", "unlink", "rmdir", "rmtree", "copyfile", "copy2", "move"),
    *("mkstemp", "NamedTemporaryFile", "TemporaryFile", "fdopen", "ftruncate", "JournalFileBackend"),
}
"""Names of calls that may change a file or a folder."""

ALLOWED = {
    ("frame/replacing.py", "fdopen"): "the gate itself",
    ("frame/replacing.py", "link"): "the gate itself",
    ("frame/replacing.py", "unlink"): "the gate itself",
    ("frame/source.py", "fdopen"): "opens a pipe to read",
    ("engine/trace/printer.py", "write_text"): "the build's own step: it writes C++",
    ("play/static.py", "mkdir"): "the folder that is asked for; its files go through the gate",
    ("play/static.py", "write_text"): "the gate's",
    ("page/picture.py", "savefig"): "into memory",
    ("page/report.py", "write_text"): "the gate's",
    ("page/diagnosis.py", "write_text"): "the gate's",
    ("cli/console.py", "write_text"): "the gate's, by its name there",
    ("cli/explain.py", "savefig"): "into what the gate gives",
    ("cli/moons.py", "savefig"): "into what the gate gives",
    ("cli/distil.py", "save"): "storage's, which goes through the gate",
    ("cli/train.py", "save"): "storage's, which goes through the gate",
    ("cli/tune.py", "save"): "storage's, which goes through the gate",
    ("source/files.py", "TemporaryFile"): "the numbers of labels on their way, in a file that has no name",
    ("source/files.py", "save"): "into a draft: a folder that takes its name by one rename when it is whole",
    ("source/storing.py", "mkdir"): "the draft",
    ("source/storing.py", "rename"): "the draft takes its name, which nobody had before",
    ("source/storing.py", "rmtree"): "a draft that was not completed, or a temporary folder whose source is gone",
    ("training/recorder.py", "mkdir"): "the folder that is asked for; its files go through the gate",
    ("training/recorder.py", "unlink"): "all but the last two checkpoints",
    (
        "tabular/study.py",
        "JournalFileBackend",
    ): "Optuna's own journal, which is appended to, synced, and read with a torn end",
}
"""Calls that may write, and why they may."""


def mode_of(call):
    """Return how a call opens a file: its mode, or the flags of os.open."""
    given = [*call.args, *(each.value for each in call.keywords if each.arg in ("mode", "flags"))]
    modes = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    flags = {each.attr for part in given for each in ast.walk(part) if isinstance(each, ast.Attribute)}
    short = any(len(mode) <= 3 and set(mode) & set("wax+") for mode in modes)
    return short or bool(flags & {"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"})


def test_nobody_writes_but_through_the_gate():
    strange = {(path, name) for path, name, _ in calls() if name in WRITING} - ALLOWED.keys()
    assert not strange, "changes a file: let it go through mlnn.frame.replacing"


def test_nobody_opens_a_file_to_write_but_the_gate():
    found = {path for path, name, call in calls() if name == "open" and mode_of(call)}
    found -= {"frame/pack.py"}  # a member of an archive, in a file that the gate has opened
    found -= {"source/files.py"}  # files of a draft, which grow with a stream: the gate replaces one file by one
    assert found <= {"frame/replacing.py"}, "opens a file to write: let it go through mlnn.frame.replacing"
    assert "frame/replacing.py" in found


GATES = {"replacing", "write_text"}


def test_every_face_that_writes_is_among_those_that_faults_are_tried_on():
    text = (Path(__file__).parent / "writing.py").read_text(encoding="utf-8")
    users = {path for path, module, names in imported() if module == "mlnn.frame.replacing" and names & GATES}
    faces = {path.removesuffix(".py").replace("/", ".") for path in users} | {"frame.replacing"}
    faces -= {"training.recorder", "training.checkpoint"}  # killed a thousand times in tests/killed.py
    assert faces == {face for face in faces if f'"{face}: ' in text}, "let tests/writing.py write with it, too"


# In

READERS = {
    "__init__.py": "mlnn.load",
    "cli/inspect.py": "inspect",
    "cli/use.py": "predict, evaluate, explain, compare, distil (by table_model)",
}
"""Who loads model files; all of them by ``mlnn.tabular.storage.load``."""


def test_nobody_reads_a_model_file_but_through_the_gate():
    gates = {"load", "understood"}
    assert {path for path, module, names in imported() if module == "mlnn.tabular.storage" and names & gates} == set(
        READERS
    )
    sealed = {path for path, module, _ in imported() if module == "mlnn.training.sealed"}
    assert sealed == {"tabular/storage.py", "training/checkpoint.py", "training/recorder.py"}
    modules = {each.name for _, node in nodes() if isinstance(node, ast.Import) for each in node.names}
    assert not modules & {"pickle", "joblib", "marshal", "shelve", "safetensors", "dill"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gates")
    houses(60).drop(columns="sold").to_csv(folder / "data.csv", index=False)
    done("train", folder / "data.csv", "--target", "price", *FAST, "--quiet", "-o", folder / "good.mlnn")
    whole = (folder / "good.mlnn").read_bytes()
    (folder / "cut.mlnn").write_bytes(whole[:-1])
    (folder / "flipped.mlnn").write_bytes(whole[:500] + bytes([whole[500] ^ 4]) + whole[501:])
    (folder / "long.mlnn").write_bytes((2**62).to_bytes(8, "little") + whole[8:])
    (folder / "\x1b[31mred.mlnn").write_bytes(b"{" * 5000)
    return folder


@pytest.mark.parametrize("name", ["cut.mlnn", "flipped.mlnn", "long.mlnn", "\x1b[31mred.mlnn", "none.mlnn", "a" * 5000])
@pytest.mark.parametrize(
    "command",
    [
        lambda model, data, good: ("predict", model, data),
        lambda model, data, good: ("evaluate", model, data),
        lambda model, data, good: ("explain", model, data),
        lambda model, data, good: ("inspect", model),
        lambda model, data, good: ("compare", good, model, data),
    ],
    ids=["predict", "evaluate", "explain", "inspect", "compare"],
)
def test_every_command_that_reads_a_model_refuses_a_bad_one_in_a_line(folder, command, name):
    result = run(*command(folder / name if len(name) < 200 else name, folder / "data.csv", folder / "good.mlnn"))
    assert (result.exit_code, len(result.stderr.splitlines()), result.stdout) == (2, 1, "")
    assert "\x1b" not in result.stderr
    assert len(result.stderr) < 320


def test_mlnn_load_refuses_them_too(folder):
    for name in ("cut.mlnn", "flipped.mlnn", "long.mlnn", "\x1b[31mred.mlnn", "none.mlnn", "a" * 5000, "a\0b"):
        with pytest.raises(mlnn.tabular.described.ModelFileError) as caught:
            mlnn.load(folder / name)
        assert len(str(caught.value)) <= 300
        assert "\x1b" not in str(caught.value)


@pytest.mark.skipif(not BENCH.is_dir(), reason="a source distribution has no bench")
def test_the_fuzzer_finds_nothing_in_a_few_hundred_files(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    import fuzz_models

    with warnings.catch_warnings(action="ignore"):
        every, watch = fuzz_models.bases(), fuzz_models.Watch()
    for text, arrays in every:  # whatever is imported when it is first needed is imported now
        fuzz_models.predicts_finite(fuzz_models.understood(text, arrays))
    for seed in range(-40, 0):
        fuzz_models.tried(seed, every, watch, tmp_path / "m.mlnn")
    outcomes = {"refused": 0, "model": 0}
    for seed in range(int(os.environ.get("MLNN_FUZZED", "300"))):
        outcome, wrong = fuzz_models.tried(seed, every, watch, tmp_path / "m.mlnn")
        assert not wrong or wrong.endswith(" seconds"), f"seed {seed}: {wrong}"
        outcomes[outcome] += 1
    assert min(outcomes.values()) > 20
