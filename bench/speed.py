"""Time a training step of mlnn against its peers, in interleaved rounds, after checking that all do equal work.

    python bench/speed.py [--cases a,b] [--rounds 9] [--write docs/benchmarks.md]

Every peer lives in a process of its own, all on one core (those that say so: on all cores). Peers that are not
installed are left out; ``pip install -e '.[peers]'`` brings them. Linux only: cores are chosen there.
"""

import argparse
import os
from pathlib import Path

import machine
from cases import CASES
from limit import Speeds, speeds
from peers import OURS, OURS_ON_ALL, PEERS, REFERENCE, Entry
from peers.ours import compiled_engine
from report import Measured, number, spread, tables, write
from rounds import measure
from workers import Worker, idle_shares, pinned

QUIET = 0.9
"""A core that is idle for less than this share of the time is in use by others."""


def entries(wanted: str, alone: bool) -> list[Entry]:
    """Return who takes part, mlnn first; on all cores only if nobody else uses them."""
    own = [OURS, OURS_ON_ALL, REFERENCE] if compiled_engine() else [OURS]
    for entry in PEERS:
        if entry.missing:
            print(f"{entry.title}: left out, {', '.join(entry.missing)} is not installed")
    chosen = [*own, *(entry for entry in PEERS if not entry.missing and wanted.lower() in entry.title.lower())]
    if not alone:
        print("others are at work here: peers on all cores are left out (--all-cores times them all the same)")
    return [entry for entry in chosen if alone or not entry.all_cores]


def show(result: Measured) -> None:
    """Print a case."""
    print(f"{result.case.key}: {result.case.title}; at best {number(1e6 * result.limit)} µs")
    for title, times in result.times.items():
        ratios = f"ratio {spread(found)}" if (found := result.ratios(title)) else ""
        print(f"  {title:20s} {spread(times, 1e6):>32s}  {ratios}")
    for title, reason in result.absent.items():
        print(f"  {title:20s} left out, {reason}")
    if result.interrupted:
        print(f"  {result.interrupted:.0%} of the blocks were interrupted; their processor time counts", flush=True)


def about(core: dict[str, Speeds]) -> str:
    """Return the machine and its measured speeds in a few sentences."""
    words = [
        f"{dtype}: {now.flops / 1e9:.0f} GFLOP/s, {now.exp / 1e9:.2f}·10⁹ exp/s, {now.tanh / 1e9:.2f}·10⁹ tanh/s"
        for dtype, now in core.items()
    ]
    return f"{machine.description(os.cpu_count() or 1)} One core, {'; '.join(words)}."


def main() -> None:
    """Check, time, print, and write on demand."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default=",".join(case.key for case in CASES), help="keys, separated by commas")
    parser.add_argument("--peers", default="", help="only peers whose title contains this")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.25, help="of a block")
    parser.add_argument("--core", type=int, help="which core; by default the one that has the least to do")
    parser.add_argument("--all-cores", action="store_true", help="even if others use them")
    parser.add_argument("--write", type=Path, help="the Markdown file whose section to replace")
    options = parser.parse_args()

    idle = idle_shares()
    core = max(idle, key=lambda number: (idle[number] > QUIET, number)) if options.core is None else options.core
    speed = {dtype: pinned(core, speeds, dtype) for dtype in ("float32", "float64")}
    print(about(speed))
    taking_part = entries(options.peers, options.all_cores or min(idle.values()) > QUIET)
    workers = [Worker(entry, core) for entry in taking_part]
    results = []
    for case in CASES:
        if case.key in options.cases.split(","):
            results.append(measure(case, workers, speed[case.dtype], options.rounds, options.seconds))
            show(results[-1])
    for worker in workers:
        worker.close()
    text = f"{tables(results)}\n\n{about(speed)}"
    if options.write:
        write(options.write, text)
    else:
        print(f"\n{text}")


if __name__ == "__main__":
    main()
