"""A sweep of shapes that nobody tuned for: mlnn against the fastest of its peers, and a list of those where it loses.

python bench/shapes.py [--units 1,64,1024] [--rows 1,256] [--layer relu]
"""

import argparse
import statistics
from itertools import product

from cases import Case
from limit import speeds
from peers import OURS, PEERS
from report import Measured, number
from rounds import measure
from workers import Worker, idle_shares, pinned

UNITS = "1,2,5,16,33,64,100,250,512,1024"
ROWS = "1,4,17,64,256,1000,4096"
INPUTS, SCORES = 20, 3


def shape(units: int, rows: int, hidden: int, layer: str, dtype: str) -> Case:
    """Return the case of one shape: an epoch of 20 to 200 steps."""
    sizes = (INPUTS, *[units] * hidden, SCORES)
    steps = min(200, max(20, 4000 // rows))
    title = f"{'-'.join(map(str, sizes))}, batch {rows}"
    return Case(title, title, sizes, steps * rows, rows, layer, dtype)


def line(result: Measured) -> tuple[float, str]:
    """Return the ratio of the fastest peer's time to ours, and the shape in words."""
    medians = {title: statistics.median(times) for title, times in result.times.items()}
    ours = medians.pop(OURS.title, float("inf"))
    if not medians:
        return 1.0, f"{result.case.title}: nobody to compare with"
    name = min(medians, key=lambda title: medians[title])
    ratio = statistics.median(result.ratios(name)) if OURS.title in result.times else 0.0
    times = f"mlnn {number(1e6 * ours):>8s} µs, {name} {number(1e6 * medians[name])} µs"
    unequal = [title for title, reason in result.absent.items() if reason.startswith("NOT EQUAL")]
    warning = f" (unequal work: {', '.join(unequal)})" if unequal else ""
    return ratio, f"{result.case.title:32s} {times}, ratio {number(ratio)}{warning}"


def main() -> None:
    """Print a line a shape, then those where a peer is faster."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", default=UNITS)
    parser.add_argument("--rows", default=ROWS)
    parser.add_argument("--hidden", default="1,2", help="numbers of hidden layers")
    parser.add_argument("--layer", default="relu", choices=["relu", "tanh"])
    parser.add_argument("--dtype", default="float32", choices=["float32", "float64"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.1, help="of a block")
    options = parser.parse_args()

    idle = idle_shares()
    core = max(idle, key=lambda number: idle[number])
    speed = pinned(core, speeds, options.dtype)
    peers = [entry for entry in PEERS if not (entry.missing or entry.all_cores or entry.options)]
    workers = [Worker(entry, core) for entry in [OURS, *peers]]
    lines = []
    grid = product(*([int(word) for word in text.split(",")] for text in (options.hidden, options.units, options.rows)))
    for hidden, units, rows in grid:
        case = shape(units, rows, hidden, options.layer, options.dtype)
        lines.append(line(measure(case, workers, speed, options.rounds, options.seconds)))
        print(lines[-1][1], flush=True)
    for worker in workers:
        worker.close()
    slower = sorted(found for found in lines if found[0] < 1.0)
    print(f"\n{len(slower)} of {len(lines)} shapes where a peer is faster:")
    for _, words in slower:
        print(words)


if __name__ == "__main__":
    main()
