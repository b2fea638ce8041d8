"""Time a fresh process from its start to its first trained network, and the memory that training takes.

    python bench/startup.py [--rounds 11] [--write docs/benchmarks.md]

Every candidate is a script that a process of its own runs, in interleaved rounds on one core: interpreter, imports,
ten epochs (fifty steps) on 1,000 rows. For memory, the highest that the process ever had before training is taken from
the highest that it had after an epoch. Linux only.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import machine
from report import number, spread, table, write
from workers import ONE_THREAD, idle_shares

FIRST_FIT = """
import numpy as np
random = np.random.default_rng(0)
X = random.standard_normal(({rows}, {columns}), dtype=np.float32)
y = (X[:, 0] + X[:, 1] * X[:, 2] > 0.0).astype(np.int64)
"""
NETWORK = """
from mlnn import Network, Problem, Recipe, epochs
from mlnn.layer import ReLU
from mlnn.optimizer import Adam
network = Network.dense([{columns}, 64, 2], ReLU())
problem = Problem.of(network, X, y)
theta = network.initial(random, np.float32)
*_, last = epochs(problem, theta, Recipe(Adam(), epochs={epochs}, batch_size=200))
loss = last.loss
"""
ESTIMATOR = """
import warnings
warnings.simplefilter("ignore")
from {module} import MLPClassifier
loss = MLPClassifier((64,), max_iter={epochs}, batch_size=200, random_state=0).fit(X, y).loss_curve_[-1]
"""
CANDIDATES = {
    "NumPy alone": "loss = 0.0",
    "mlnn, `epochs`": NETWORK,
    "mlnn, `MLPClassifier`": ESTIMATOR.replace("{module}", "mlnn"),
    "scikit-learn, `MLPClassifier`": ESTIMATOR.replace("{module}", "sklearn.neural_network"),
}
PEAK = """
import resource
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
"""
LARGE = {"rows": 400_000, "columns": 64}
STARTUP = """\
A fresh process: interpreter, imports, ten epochs of 20-64-2 (scikit-learn: one score) on 1,000 rows with Adam, batches
of 200, on one core. Milliseconds, and their ratio to those of `epochs` in the same round: median (least … largest).
Losses at the end differ as first weights and scores do."""
MEMORY = """\
MiB that an epoch over {rows:,} rows of {columns} columns in float32 ({size} MiB) adds to the peak of the process."""


def fresh(script: str) -> tuple[float, list[float]]:
    """Return the seconds that a new process takes for a script, and the numbers that it prints."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, **ONE_THREAD}
    )
    return time.perf_counter() - started, [float(word) for word in done.stdout.split()]


def first_fits(rounds: int) -> list[list[str]]:
    """Return a row of the table for each candidate: seconds, their ratio to mlnn's, and the loss at the end."""
    times: dict[str, list[float]] = {title: [] for title in CANDIDATES}
    losses: dict[str, str] = {}
    for _ in range(rounds):
        for title, script in CANDIDATES.items():
            whole = FIRST_FIT + script + "\nprint(loss)"
            seconds, (loss,) = fresh(whole.format(rows=1000, columns=20, epochs=10))
            losses[title] = number(loss) if loss else ""
            times[title].append(seconds)
    ours = times["mlnn, `epochs`"]
    return [
        [title, spread(found, 1e3), spread([a / b for a, b in zip(found, ours, strict=True)]), losses[title]]
        for title, found in times.items()
    ]


def memory(rounds: int) -> list[list[str]]:
    """Return a row of the table for each candidate: megabytes that training adds to those of the data."""
    rows = []
    for title, script in list(CANDIDATES.items())[1:]:
        # The first, small fit brings in all that is imported late.
        small = f"{FIRST_FIT}{script}".format(rows=1000, columns=LARGE["columns"], epochs=1)
        large = f"{FIRST_FIT}{PEAK}before = peak()\n{script}\nprint(peak() - before)".format(**LARGE, epochs=1)
        rows.append([title, spread([fresh(small + large)[1][0] / 1024 for _ in range(rounds)])])
    return rows


def main() -> None:
    """Measure, print, and write on demand."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--write", type=Path, help="the Markdown file whose section to replace")
    options = parser.parse_args()
    idle = idle_shares()
    os.sched_setaffinity(0, [max(idle, key=lambda core: idle[core])])
    size = LARGE["rows"] * LARGE["columns"] * 4 / 2**20
    text = "\n\n".join(
        [
            STARTUP,
            table(["", "ms", "ratio", "loss"], first_fits(options.rounds)),
            MEMORY.format(**LARGE, size=number(size)),
            table(["", "MiB"], memory(max(1, options.rounds // 4))),
            machine.description(os.cpu_count() or 1),
        ]
    )
    print(text)
    if options.write:
        write(options.write, text, "startup")


if __name__ == "__main__":
    main()
