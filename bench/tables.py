"""Hold the table models' defaults against those of others, on three splits of each table; write what came out.

    python bench/tables.py [FILE:TARGET[:TASK] ...] [@ARGUMENTS] [--only MODELS] [--again] [--write docs/benchmarks.md]

Each model is fitted on each split in a process of its own, on one thread (``one_fit.py``; ``field.py`` has who takes
part). Results are kept in bench/tables.json after every fit, and what is there is not fitted again: so peers run once,
and ``--only mlnn`` after a change. Without tables, only the report is made of what is kept (``standings.py``). A file
of arguments has one a line.
"""

import argparse
import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import machine
import one_fit
from field import FIELD
from one_fit import Task
from report import write
from standings import standings

RECORD = Path(__file__).with_suffix(".json")
PROCESSES = multiprocessing.get_context("forkserver")
"""Each forks from one that has imported what all need, and computed nothing."""

ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")
KEY = ("model", "version", "table", "seed")

Result = dict[str, Any]


def recorded(path: Path) -> list[Result]:
    """Return the results on record, the latest last."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def record(path: Path, result: Result) -> None:
    """Keep a result, one a line, in place of the one before it."""
    others = [each for each in recorded(path) if any(each[name] != result[name] for name in KEY)]
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in [*others, result])
    unfinished = path.with_suffix(".part")
    unfinished.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    unfinished.replace(path)


def fit(model: str, argument: str, seed: int, timeout: float) -> Result:
    """Fit in a process of its own; return its scores, or what failed."""
    receiver, sender = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=one_fit.send, args=(sender, model, argument, seed))
    process.start()
    sender.close()
    try:
        return receiver.recv() if receiver.poll(timeout) else {"failed": f"not done after {timeout:.0f} s"}
    except EOFError:
        process.join()
        return {"failed": f"ended with {process.exitcode}"}
    finally:
        process.kill()
        process.join()


def run(options: argparse.Namespace) -> None:
    """Fit whatever is not on record, table by table, all models on a split in turn, and print a line each."""
    paths = filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")])  # a fork server has no other
    os.environ |= ONE_THREAD | {"PYTHONPATH": os.pathsep.join(paths)}
    packages = {FIELD[model].package for model in options.only}  # what is imported by another name is so already
    PROCESSES.set_forkserver_preload(["one_fit", *packages])
    where = f"{machine.processor()}; {os.cpu_count()} cores"
    named = {"mlnn": options.version} if options.version else {}
    versions = {model: named.get(model, FIELD[model].version) for model in options.only}
    for model in [model for model, version in versions.items() if version is None and options.tables]:
        print(f"{FIELD[model].title} is not installed and does not take part ({FIELD[model].package})")
    for argument in options.tables:
        for seed in range(options.seeds):
            for model, version in versions.items():
                key = dict(zip(KEY, (model, version, Task.of(argument).name, seed), strict=True))
                known = any(each | key == each for each in recorded(options.record))
                if version is None or (known and not options.again):
                    continue
                result = fit(model, argument, seed, options.timeout)
                record(options.record, key | result | {"machine": where})
                figures = "{loss:.4f} {error:.4f} {fit_seconds:.2f} s"
                print(*key.values(), result.get("failed") or figures.format(**result), flush=True)


def main() -> None:
    """Run, and print the report or write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, fromfile_prefix_chars="@"
    )
    parser.add_argument("tables", nargs="*", metavar="FILE:TARGET[:TASK]")
    parser.add_argument("--only", default=",".join(FIELD), metavar="MODELS", help=f"of {', '.join(FIELD)}")
    parser.add_argument("--again", action="store_true", help="fit again what is on record")
    parser.add_argument("--seeds", type=int, default=3, help="splits of each table (default: 3)")
    parser.add_argument("--timeout", type=float, default=1800.0, help="seconds a fit may take (default: 1800)")
    parser.add_argument("--version", help="what this mlnn is called on record (default: its version)")
    parser.add_argument("--record", type=Path, default=RECORD, help="where results are kept")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the report into this page's section")
    options = parser.parse_args()
    options.only = options.only.split(",")
    if unknown := set(options.only) - set(FIELD):
        parser.error(f"no model is called {', '.join(sorted(unknown))}; there are {', '.join(FIELD)}")
    for argument in options.tables:
        try:
            Task.of(argument)
        except ValueError as problem:
            parser.error(str(problem))
    run(options)
    text = standings(recorded(options.record))
    if options.write:
        write(options.write, text, "tables")
    else:
        print(text)


if __name__ == "__main__":
    main()
