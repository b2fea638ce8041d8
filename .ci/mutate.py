"""Break the formulas on purpose, one place at a time, and see whether the room's own tests notice.

    python .ci/mutate.py              every mutant; what survives is printed
    python .ci/mutate.py --sample 60  as many, drawn with a fixed seed

A mutant that no test kills ends this with 1, unless docs/mutation.md lists its name, and why it changes nothing; so
does a name there that is no mutant any more. Each core runs one mutant at a time, for at most ``PATIENCE`` times as
long as the room's tests take with nothing broken.
"""

import argparse
import ast
import copy
import io
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from importlib.machinery import SourceFileLoader
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "src" / "mlnn"
TESTS = {
    "gate": ["tests/gate", "tests/test_objective.py", "src/mlnn/gate"],
    "layer": ["tests/layer", "src/mlnn/layer"],
    "output": [
        "tests/output",
        "src/mlnn/output",
        "--deselect=tests/output/test_output.py::test_several_softmaxes_are_compiled",
    ],
    "objective.py": ["tests/test_objective.py", "tests/gate"],  # a file named here itself would be loaded by pytest
    "optimizer": ["tests/optimizer", "src/mlnn/optimizer"],
}
PATIENCE = 5.0  # a mutant that takes longer, in seconds of a core, does not end: that is noticed too
OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
NAMES = {"maximum": "minimum", "minimum": "maximum", "exp": "expm1", "log1p": "log", "max": "min", "min": "max"}


def changes(node):
    """Yield every way to break a node, each a function that changes it in place."""
    match node:
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in OPERATORS:
            yield lambda n: setattr(n, "op", OPERATORS[type(op)]())
        case ast.Compare(ops=[op]) if type(op) in OPERATORS:
            yield lambda n: setattr(n, "ops", [OPERATORS[type(op)]()])
        case ast.UnaryOp(op=ast.USub()):
            yield lambda n: setattr(n, "op", ast.UAdd())
        case ast.UnaryOp(op=ast.Not()):
            yield lambda n: setattr(n, "operand", ast.UnaryOp(ast.Not(), n.operand))
        case ast.Constant(value=bool(value)):
            yield lambda n: setattr(n, "value", not value)
        case ast.Constant(value=int(value) | float(value)):
            yield lambda n: setattr(n, "value", value + 1)
        case ast.Attribute(attr=name) if name in NAMES:
            yield lambda n: setattr(n, "attr", NAMES[name])
        case ast.IfExp():
            yield lambda n: (lambda body, other: (setattr(n, "body", other), setattr(n, "orelse", body)))(
                n.body, n.orelse
            )


def places(node, scope=()):
    """Yield (node, the names around it) wherever a formula may stand: not in annotations, decorators or messages."""
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list"} or isinstance(node, ast.JoinedStr | ast.Raise):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                named = isinstance(child, ast.FunctionDef | ast.ClassDef)
                inner = (*scope, child.name) if named else scope
                yield child, inner
                yield from places(child, inner)


def mutants(path):
    """Yield (name, tree) for every way to break a file; a name says what becomes of which expression, and where."""
    tree, seen = ast.parse(path.read_text(encoding="utf-8")), Counter()
    for number, (node, scope) in enumerate(places(tree)):
        for way, _ in enumerate(changes(node)):
            broken = copy.deepcopy(tree)
            changed, _ = next(each for k, each in enumerate(places(broken)) if k == number)
            list(changes(changed))[way](changed)
            name = f"{path.relative_to(HOUSE)} {'.'.join(scope)}: {ast.unparse(node)} → {ast.unparse(changed)}"
            seen[name] += 1
            yield name + (f" ({seen[name]})" if seen[name] > 1 else ""), broken


def room_of(path):
    """Return the key into TESTS."""
    return path.relative_to(HOUSE).parts[0]


def begin(path, tree, seconds=0.0):
    """Run the tests with a broken file in a child process that has loaded everything but mlnn; return its number."""
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        load = SourceFileLoader.get_code
        SourceFileLoader.get_code = lambda self, name: (
            compile(ast.fix_missing_locations(tree), str(path), "exec") if Path(self.path) == path else load(self, name)
        )
        import pytest

        quiet = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            code = pytest.main([*quiet, "--hypothesis-seed=0", *TESTS[room_of(path)]])
        os._exit(int(code))
    return child


def patience(path):
    """Return how many seconds a mutant of a file may take, once its room's tests have passed with nothing broken."""
    _, status, usage = os.wait4(begin(path, ast.parse(path.read_text(encoding="utf-8"))), 0)
    assert status == 0, f"the tests of {room_of(path)} do not even pass with nothing broken"
    return PATIENCE * (usage.ru_utime + usage.ru_stime)


def judged(found):
    """Yield (name, whether the tests pass with it), in the order in which they end."""
    seconds = {room: patience(path) for room, path in {room_of(path): path for _, path, _ in found}.items()}
    waiting, running = iter(found), {}
    while True:
        for name, path, tree in islice(waiting, len(os.sched_getaffinity(0)) - len(running)):
            running[begin(path, tree, seconds[room_of(path)])] = name
        if not running:
            return
        child, status = os.wait()
        yield running.pop(child), status == 0


def main():
    """Run them, and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, help="how many mutants, instead of all")
    parser.add_argument("--only", default="", help="mutants whose name contains this")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT / "src"))
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "src")}
    import sklearn.neural_network
    import sklearn.utils.estimator_checks  # noqa: F401

    files = [path for room in TESTS for path in sorted((HOUSE / room).rglob("*.py")) or [HOUSE / room]]
    every = [(name, path, tree) for path in files for name, tree in mutants(path)]
    found = [mutant for mutant in every if arguments.only in mutant[0]]
    if arguments.sample:
        found = random.Random(0).sample(found, min(arguments.sample, len(found)))
    explained = re.findall(r"^- `(.*)`$", (ROOT / "docs" / "mutation.md").read_text(encoding="utf-8"), re.MULTILINE)
    gone = sorted(set(explained) - {name for name, _, _ in every})
    for name in gone:
        print("is explained, but there is no such mutant:", name)
    start, survivors = time.monotonic(), []
    for name, survives in judged(found):
        if survives:
            survivors.append(name)
            print("survives, as explained:" if name in explained else "SURVIVES:", name, flush=True)
    unexplained = set(survivors) - set(explained)
    took = time.monotonic() - start
    print(f"{len(found)} mutants, {len(survivors)} survive, {len(unexplained)} of them unexplained; {took:.0f} s")
    sys.exit(bool(unexplained or gone))


if __name__ == "__main__":
    main()
