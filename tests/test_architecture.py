"""The walls of the house: the direction of imports, who may import what, the length of files, what an import costs."""

import ast
import importlib
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import FunctionType

import pytest

HOUSE = Path(__file__).resolve().parents[1] / "src" / "mlnn"
FILES = sorted(HOUSE.rglob("*.py"))

LEVELS = [
    {"array", "memory", "names"},
    {"gate", "layer", "output", "penalty", "initializer", "schedule", "optimizer", "frame", "dataset"},
    {"network", "objective"},
    {"engine", "graph", "source"},
    {"training"},
    {"check"},
    {"plot"},
    {"model", "estimator"},
    {"tabular", "diagnosis", "distributed"},
    {"page", "play"},
    {"cli"},
]
"""What may import what: a room its own level and those before it, as long as no circle comes of it."""
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}


def module_of(path):
    parts = path.relative_to(HOUSE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}
FACE = "mlnn"  # the package's own __init__ names what is fetched when it is used: it imports no room
ROOMS = [module for module in MODULES if module != FACE]


def room_of(module):
    return module.split(".")[1]


@cache
def names_imported(path):
    """Return what a file imports: anywhere in it, inside functions and for types too; nothing is exempt."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def modules_imported(module):
    """Return the modules of the house that a module imports, the most particular ones where a package is named too."""
    hits = {name for name in names_imported(MODULES[module]) if name in MODULES} - {module, "mlnn"}
    return {hit for hit in hits if not any(other.startswith(f"{hit}.") for other in hits)}


@cache
def imports():
    """Return what each module imports of the house; all its files are read for it, so not before a test asks."""
    return {module: modules_imported(module) for module in ROOMS}


def test_imports_run_in_one_direction():
    against = [
        f"{module} imports {other}"
        for module, others in imports().items()
        for other in others
        if LEVEL[room_of(other)] > LEVEL[room_of(module)]
    ]
    assert against == []


def circle(graph):
    """Return a circle in a graph of what each node needs, or None."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return found.args[1]
    return None


def test_no_file_reaches_itself_by_imports():
    assert circle(imports()) is None


def test_no_room_reaches_itself_by_imports():
    rooms = {room_of(module): set() for module in ROOMS}
    for module, others in imports().items():
        rooms[room_of(module)] |= {room_of(other) for other in others} - {room_of(module)}
    assert circle(rooms) is None


def test_a_circle_would_be_seen():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) is not None


def test_every_room_has_a_level_and_the_listing_is_short():
    assert {room_of(module) for module in ROOMS} == set(LEVEL)
    entries = {path.relative_to(HOUSE).parts[0] for path in FILES} | {"py.typed"}
    assert len(LEVELS) <= 12
    assert len(entries) <= 30


LIBRARIES = {
    "sklearn": {"dataset", "frame", "estimator", "tabular", "diagnosis", "page", "play", "cli"},  # play: its digits
    "matplotlib": {"plot", "estimator", "page", "cli"},
    "pandas": {"frame", "tabular", "page", "cli"},
    "torch": set(),
    "jax": set(),
    "pickle": set(),
}


def test_libraries_stay_in_their_rooms():
    strayed = [
        f"{module} imports {library}"
        for module in ROOMS
        for library in {name.split(".")[0] for name in names_imported(MODULES[module])} & set(LIBRARIES)
        if room_of(module) not in LIBRARIES[library]
    ]
    assert strayed == []


def test_no_file_is_longer_than_a_page():
    assert [str(path) for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > 300] == []


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


def test_every_name_is_there_after_import_mlnn():
    code = (
        "import mlnn\nfor name in dir(mlnn): getattr(mlnn, name)\nmlnn.names, mlnn.estimator, mlnn.model, mlnn.ensemble"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.parametrize("room", ["layer", "output", "optimizer", "schedule"])
def test_every_formula_has_a_docstring_with_an_example(room):
    package = __import__(f"mlnn.{room}", fromlist=["*"])
    for name in package.__all__:
        thing = getattr(package, name)
        if isinstance(thing, type) and not getattr(thing, "__abstractmethods__", None):
            assert ">>>" in (thing.__doc__ or ""), f"{name} has no doctest"


def undescribed(module):
    """Return the public methods of a module's classes that say nowhere what they do."""
    there = vars(importlib.import_module(module)).values()
    for kind in (each for each in there if isinstance(each, type) and each.__module__ == module):
        for name, method in vars(kind).items():
            if not name.startswith("_") and isinstance(method, FunctionType | property | classmethod | staticmethod):
                bases = [vars(base).get(name) for base in kind.__mro__]
                if not any(getattr(each, "__doc__", None) for each in bases):
                    yield f"{kind.__module__}.{kind.__name__}.{name}"


def test_every_public_method_is_described_where_it_is_declared_or_here():
    assert [name for module in ROOMS for name in undescribed(module)] == []
