"""The direction of imports, who may import what, the length of files, and what ``import mlnn`` costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "src" / "mlnn"
FILES = sorted(HOUSE.rglob("*.py"))

FLOORS = [
    {"array", "names", "line_search"},
    {"initializer", "penalty", "schedule", "tensors"},
    {"gate", "optimizer"},
    {"dropout", "batch_norm", "layer"},
    {"output"},
    {"network"},
    {"objective"},
    {"engine"},
    {"epoch", "lbfgs", "recipe"},
    {"training"},
    {"callback", "members"},
    {"model", "sanity"},
    {"gradient_check", "ensemble"},
    {"catalogue", "column", "dataset", "search"},
    {"table", "table_options", "target", "preparation", "split"},
    {"estimator", "score"},
    {"diagnosis"},
    {"trained"},
    {"model_file"},
    {"plot"},
    {"page"},
    {"cli"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
LEARNERS = {
    "dataset",
    "column",
    "table",
    "target",
    "preparation",
    "estimator",
    "score",
    "trained",
    "search",
    "split",
    "diagnosis",
    "cli",
    "page",
}


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).with_suffix("").parts[0]


def imports(path: Path, inside_functions: bool = True) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if inside_functions else iter(tree.body)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | (
                {f"mlnn.{alias.name}" for alias in node.names} if node.module == "mlnn" else set()
            )
    return found


@pytest.mark.parametrize("path", [path for path in FILES if path.parent != HOUSE or path.stem != "__init__"], ids=str)
def test_imports_run_in_one_direction(path):
    room = room_of(path)
    for name in imports(path, inside_functions=room != "model"):  # the model draws itself, lazily, as its face
        parts = name.split(".")
        if parts[0] == "mlnn" and len(parts) > 1 and parts[1] in FLOOR:
            assert FLOOR[parts[1]] < FLOOR[room] or parts[1] == room, f"{room} imports {parts[1]}, against the arrows"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_libraries_stay_in_their_rooms(path):
    libraries = {name.split(".")[0] for name in imports(path)}
    room = room_of(path)
    assert "sklearn" not in libraries or room in LEARNERS
    assert "matplotlib" not in libraries or room in {"plot", "cli", "page"}
    assert "pandas" not in libraries or room in {"table", "column", "preparation", "target", "trained", "cli", "page"}
    assert not libraries & {"torch", "jax", "pickle"}


def test_every_room_has_a_floor():
    assert {room_of(path) for path in FILES} - {"__init__"} == set(FLOOR)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_file_is_longer_than_a_page(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import mlnn", ["numpy", "sklearn", "scipy", "matplotlib", "pandas"]),
        ("from mlnn import Model", ["sklearn", "scipy", "matplotlib", "pandas"]),
        ("from mlnn import MLPClassifier", ["matplotlib", "click"]),
        ("from mlnn import doctor", ["matplotlib", "click"]),
        ("import mlnn.plot", ["sklearn", "matplotlib.pyplot"]),
    ],
)
def test_imports_are_light(statement, unwanted):
    code = f"{statement}\nimport sys\nprint([name for name in {unwanted!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("room", ["layer", "output", "optimizer", "schedule"])
def test_every_formula_has_a_docstring_with_an_example(room):
    package = __import__(f"mlnn.{room}", fromlist=["*"])
    for name in package.__all__:
        thing = getattr(package, name)
        if isinstance(thing, type) and not getattr(thing, "__abstractmethods__", None):
            assert ">>>" in (thing.__doc__ or ""), f"{name} has no doctest"
