"""Measure what mlnn survives, and write the table in docs/reliability.md.

    python bench/reliability.py [--full | --size N] [--write] [names…]

Each row of ``MEASURES`` names a function in a script beside this one, ``measure(size: int) -> Outcome``, which does
its work ``size`` times and says what came out (``outcome.py``). Without names all are run, in the size that CI affords.

``--write`` records each outcome in bench/reliability.json as soon as it is there, with the day and the kind of machine,
and makes the page's table of what is recorded. ``--page`` makes the table and runs nothing, after a merge for instance.
"""

import argparse
import datetime
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import machine
from outcome import Outcome
from report import table, write

RECORDED = Path(__file__).with_suffix(".json")
PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"


@dataclass(frozen=True)
class Measure:
    """A row of the table.

    Parameters
    ----------
    name : str
        What it is called, here and in the file of outcomes.
    done : str
        What is done, and what must come out.
    unit : str
        What is counted.
    small, full : int
        How many in CI (none, where it is a leg of its own there), and for the figures of a release.
    function : str
        Where it is: "script:function".
    """

    name: str
    done: str
    unit: str
    small: int
    full: int
    function: str

    def load(self) -> Callable[[int], Outcome] | None:
        """Return the function, or None where there is none yet."""
        script, _, name = self.function.partition(":")
        return getattr(import_module(script), name, None) if find_spec(script) else None


MEASURES = (
    Measure(
        "kills",
        "`kill -9` at a random moment of a training that checkpoints constantly: a checkpoint loads, and what is "
        "resumed ends in the same SHA-256 of weights, state and history",
        "kills",
        small=20,
        full=1_000,
        function="kills:of_a_model",
    ),
    Measure(
        "kills-members",
        "the same, of table models with members",
        "kills",
        small=5,
        full=1_000,
        function="kills:of_members",
    ),
    Measure("kills-lbfgs", "the same, of L-BFGS", "kills", small=5, full=1_000, function="kills:of_lbfgs"),
    Measure(
        "terminations",
        "SIGTERM at a random moment of a training with a checkpoint: exit code 143, and what is resumed ends in the "
        "same SHA-256",
        "signals",
        small=12,
        full=500,
        function="kills:by_terminating",
    ),
    Measure(
        "threads",
        "a random configuration trained on 1, 2 and 8 threads: the same bits",
        "configurations",
        small=10,
        full=100,
        function="same_bits:over_threads",
    ),
    Measure(
        "interrupts",
        "Ctrl-C or SIGTERM at a random moment: exactly the state of some complete step is left",
        "signals",
        small=20,
        full=500,
        function="interrupts:at_random",
    ),
    Measure(
        "faults",
        "each n-th open, read, write, fsync, rename and close fails once, also of checkpoints while training writes or "
        "resumes them, a full disk, and allocation: a clear error, the old file whole, nothing left over, the "
        "estimator usable, a resumed training's bits the same",
        "faults",
        small=100,
        full=1_000,
        function="faults:injected",
    ),
    Measure(
        "power",
        "power loss after any prefix of what was written and not synced: the old file or the new one",
        "prefixes",
        small=100,
        full=1_000,
        function="faults:power_lost_after_any_call",
    ),
    Measure(
        "truncations",
        "a model file cut short, at every length: refused",
        "files",
        small=500,
        full=5_000,
        function="fuzz_models:truncated",
    ),
    Measure(
        "flips",
        "a small model file with one bit turned over, every one: refused",
        "files",
        small=5_000,
        full=40_000,
        function="fuzz_models:flipped",
    ),
    Measure(
        "attacks", "model files forged by hand: refused", "files", small=120, full=120, function="fuzz_models:attacks"
    ),
    Measure(
        "fuzzed",
        "model files forged by a fuzzer that knows their structure and repairs the checksum: a typed error or a model "
        "that predicts finite numbers; no import, no network, no file, under 1 s, memory below the file's size + 50 MB",
        "files",
        small=20_000,
        full=10_000_000,
        function="fuzz_models:fuzzed",
    ),
    Measure(
        "data",
        "hostile data and hyperparameters for estimators, table models, `Model` and the command line: a clear error, "
        "or finite numbers; no argument altered",
        "examples",
        small=500,
        full=100_000,
        function="fuzz_training:measure",
    ),
    Measure(
        "command-lines",
        "hostile CSV, Parquet and options on the command line: the right answer, or exit code 2 and one line",
        "command lines",
        small=200,
        full=20_000,
        function="fuzz_commands:measure",
    ),
    Measure(
        "properties",
        "weight ≡ repetition, the rows' order changes no prediction, a row alone = in its batch, "
        "any layout of an array",
        "examples",
        small=200,
        full=5_000,
        function="properties:measure",
    ),
    Measure(
        "sanitized",
        "the native code under AddressSanitizer and UndefinedBehaviorSanitizer, in the suite's tests that touch it "
        "(`.ci/run checked`)",
        "tests",
        small=0,
        full=2_500,
        function="legs:sanitized",
    ),
    Measure(
        "threads-sanitized",
        "Python's threads and the engine's under ThreadSanitizer, in the suite's tests of them (`.ci/run raced`)",
        "tests",
        small=0,
        full=150,
        function="legs:threads",
    ),
    Measure(
        "free-threaded",
        "on a Python without the interpreter's lock: the suite's tests of formulas, training and ownership "
        "(`.ci/run free`)",
        "tests",
        small=0,
        full=1_000,
        function="legs:free_threaded",
    ),
    Measure(
        "built-twice",
        "wheel and sdist built in two folders and time zones: the same bytes (`.ci/run packages`)",
        "files",
        small=0,
        full=2,
        function="legs:built_twice",
    ),
)


def recorded() -> dict[str, dict[str, Any]]:
    """Return the outcomes on record, by name."""
    return json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else {}


def lasted(seconds: float) -> str:
    """Return a duration in words.

    Examples
    --------
    >>> lasted(3.2), lasted(312.0), lasted(9000.0)
    ('3 s', '5 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def page(outcomes: dict[str, dict[str, Any]]) -> str:
    """Return the table, and on which machines it was measured."""
    machines = list(dict.fromkeys(outcome["machine"] for outcome in outcomes.values()))
    rows = []
    for measure in MEASURES:
        row = [f"**{measure.name}**: {measure.done}", f"{measure.full:,} {measure.unit}"]
        if outcome := outcomes.get(measure.name):
            where = chr(ord("A") + machines.index(outcome["machine"]))
            text = outcome["text"] if outcome["passed"] else f"**does not hold**: {outcome['text']}"
            row += [f"{outcome['count']:,}", text, f"{outcome['day']}, {lasted(outcome['seconds'])}, {where}"]
        else:
            row += ["not run", "", ""]
        rows.append(row)
    head = ["what is done, and what must come out", "full size", "run", "what came out", "when, for how long, where"]
    lines = [f"- {chr(ord('A') + number)}: {name}" for number, name in enumerate(machines)]
    return "\n\n".join([table(head, rows), *(["\n".join(lines)] if lines else [])])


def run(measure: Measure, size: int) -> dict[str, Any] | None:
    """Run a measure, print what came out, and return it as it is recorded; None where it is not written yet."""
    function = measure.load()
    if function is None:
        print(f"{measure.name}: not written yet ({measure.function})", flush=True)
        return None
    begun = time.monotonic()
    outcome = function(size)
    seconds = time.monotonic() - begun
    verdict = "holds" if outcome.passed else "DOES NOT HOLD"
    print(f"{measure.name}: {verdict}, {outcome.count:,} {measure.unit}, {lasted(seconds)}: {outcome.text}", flush=True)
    found = {"day": datetime.date.today().isoformat(), "machine": machine.description(os.cpu_count() or 1)}
    return asdict(outcome) | {"seconds": round(seconds, 1)} | found


def record(name: str, outcome: dict[str, Any]) -> None:
    """Keep an outcome in place of the one before it."""
    outcomes = recorded() | {name: outcome}
    ordered = {measure.name: outcomes[measure.name] for measure in MEASURES if measure.name in outcomes}
    RECORDED.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> int:
    """Measure, print, and write on demand; return 1 if anything does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = [measure.name for measure in MEASURES]
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(known)}")
    parser.add_argument("--full", action="store_true", help="in the size of a release's figures")
    parser.add_argument("--size", type=int, help="in this size")
    parser.add_argument("--write", action="store_true", help="record what comes out, and write it into the page")
    parser.add_argument("--page", action="store_true", help="write the page of what is recorded, and run nothing")
    options = parser.parse_args()
    if unknown := set(options.names) - set(known):
        parser.error(f"no measure is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")

    held = True
    for measure in MEASURES if not options.page else ():
        if options.names and measure.name not in options.names:
            continue
        by_name = measure.full if options.names else 0
        size = options.size or (measure.full if options.full else measure.small or by_name)
        outcome = run(measure, size) if size else None
        held &= outcome is None or outcome["passed"]
        if outcome and options.write:
            record(measure.name, outcome)
    if options.write or options.page:
        write(PAGE, page(recorded()), "reliability")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
