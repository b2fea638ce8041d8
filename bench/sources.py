"""Train one epoch on rows that stay on disk: how fast, beside the same rows in memory and beside reading alone.

    python bench/sources.py FOLDER [--rows 12500000] [--in-memory 2000000] [--rounds 3]

FOLDER gets a memory map and Parquet files of so many rows of 100 float32 columns, which stay there for the next run.
Every candidate is a process of its own, in interleaved rounds, so that its memory is its own: the highest that was
resident at any time, file pages included. In memory there are the first ``--in-memory`` rows, in the order of windows
that the memory map is trained in; on as many rows both must end in the same bits, or nothing is reported. Reading alone
goes once over all shards.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from report import table

from mlnn import Network, Problem, Recipe, epochs
from mlnn.layer import ReLU
from mlnn.optimizer import Adam
from mlnn.source import ArrayRows, ParquetRows, Source, Windows

COLUMNS, UNITS, BATCH = 100, 64, 256
PART = 1 << 20
"""Rows of a Parquet file; a group of it has an eighth of them."""


def made(folder: Path, rows: int) -> None:
    """Write the memory map, its targets and the Parquet files, unless they are there."""
    import pyarrow as pa
    from pyarrow import parquet

    done = folder / f"{rows}.{COLUMNS}"
    if done.exists():
        return
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    X = open_memmap(folder / "X.npy", "w+", np.float32, (rows, COLUMNS))
    y = open_memmap(folder / "y.npy", "w+", np.int64, (rows,))
    for number, start in enumerate(range(0, rows, PART)):
        part = np.random.default_rng(number).standard_normal((min(PART, rows - start), COLUMNS), dtype=np.float32)
        here = slice(start, start + len(part))
        X[here], y[here] = part, part[:, 0] + part[:, 1] * part[:, 2] > 0.0
        columns = {f"x{k}": part[:, k] for k in range(COLUMNS)} | {"y": y[here]}
        parquet.write_table(
            pa.table(columns), folder / "parts" / f"{number:05d}.parquet", row_group_size=PART // 8, compression="none"
        )
    X.flush(), y.flush()
    done.touch()


def source(kind: str, folder: Path, rows: int) -> Source:
    """Return the first rows of the memory map, or all of the Parquet files."""
    if kind == "parquet":
        return ParquetRows(folder / "parts", "y")
    X, y = (np.load(folder / name, mmap_mode="r")[:rows] for name in ("X.npy", "y.npy"))
    return ArrayRows(X, y)


def one(what: str, folder: Path, rows: int) -> dict[str, object]:
    """Do what a candidate does, in this process: return seconds, rows, bits and the highest memory in bytes."""
    peak = Peak()
    network = Network.dense([COLUMNS, UNITS, 2], ReLU())
    theta = network.initial(np.random.default_rng(0), np.float32)
    recipe = Recipe(Adam(), epochs=1, batch_size=BATCH)
    if what == "memory":
        stored = source("map", folder, rows)
        problem = Problem.of(network, *stored.at_once())
        recipe = Recipe(Adam(), epochs=1, batch_size=BATCH, order=Windows(stored.sizes, stored.window_rows))
    else:
        stored = source(what.split()[-1], folder, rows)
        problem = Problem.of(network, stored)
    began = time.perf_counter()
    if what.startswith("read"):
        taken = sum(len(piece.X) for shard in range(len(stored.sizes)) for piece in stored.pieces(shard))
        bits = ""
    else:
        *_, last = epochs(problem, theta, recipe)
        taken, bits = stored.rows, hashlib.sha256(last.theta.tobytes()).hexdigest()
    return {"seconds": time.perf_counter() - began, "rows": taken, "bits": bits, "peak": peak.bytes}


class Peak:
    """The highest resident memory of this process, looked at twenty times a second."""

    def __init__(self) -> None:
        self.bytes = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            status = Path("/proc/self/status").read_text(encoding="ascii")
            self.bytes = max(self.bytes, 1024 * int(status.split("VmRSS:")[1].split()[0]))
            time.sleep(0.05)


def run(what: str, options: argparse.Namespace, rows: int) -> dict[str, object]:
    """Do what a candidate does in a process of its own."""
    command = [sys.executable, __file__, str(options.folder), "--one", what, "--rows", str(rows)]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(json.loads(found))


def main() -> None:
    """Run the rounds and print what they gave."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=12_500_000)
    parser.add_argument("--in-memory", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.one, options.folder, options.rows)))
        return
    made(options.folder, options.rows)
    few = min(options.in_memory, options.rows)
    here, there = run("memory", options, few), run("map", options, few)
    if here["bits"] != there["bits"]:
        sys.exit(f"on {few:,} rows memory and memory map end in other bits: {here['bits']} and {there['bits']}")
    names = ("memory", "read map", "map", "read parquet", "parquet")
    rounds = [
        {name: run(name, options, few if name == "memory" else options.rows) for name in names}
        for _ in range(options.rounds)
    ]
    speeds = {name: [each[name]["rows"] / each[name]["seconds"] for each in rounds] for name in names}
    lines = []
    for name in names:
        limit = {"map": "read map", "parquet": "read parquet"}.get(name)
        bound = [min(a, b) for a, b in zip(speeds["memory"], speeds[limit], strict=True)] if limit else None
        ratio = f"{np.median(np.divide(speeds[name], bound)):.2f}" if bound else ""
        highest = max(each[name]["peak"] for each in rounds) / 1e9
        lines.append([name, f"{rounds[0][name]['rows']:,}", f"{np.median(speeds[name]):,.0f}", ratio, f"{highest:.2f}"])
    head = ["rows from", "rows", "rows/s", "of the slower of memory and reading", "peak GB"]
    print(table(head, lines))


if __name__ == "__main__":
    main()
