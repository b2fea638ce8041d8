"""What a step on many machines costs: a model, fitted to what was measured, held against it, and carried further.

    python bench/scaling_model.py [--json bench/clusters.json] [--write docs/scaling.md]

A step takes as long as its slowest worker computes, plus two exchanges. Everything that the model knows of a machine
and of a line is fitted by least squares of relative errors, with no number below zero, to what ``bench/clusters.py``
left in its file, of every case the round that others disturbed least: the machine to trainings by one worker, the line
to exchanges after next to no computing. What two workers take is not fitted to; it is where the model is tried.
"""

import argparse
import json
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from clusters import CASES, CROWDS, EXCHANGES, TRANSPORTS, WIDE, Case, F
from report import number, table, write
from scipy.optimize import nnls

from mlnn.engine.plan import PRODUCTS_FOR_THREADS

SINGLE = 4
"""Bytes of a number in float32."""


@dataclass(frozen=True)
class Machine:
    """A worker's machine.

    Attributes
    ----------
    rate : float
        Operations a second of a core, in products of matrices.
    number, block : float
        Seconds a weight and step, and a weight and part of the step: for the update, and for adding up gradients.
    cores : int
        How many share products, where each of them gets as many as are worth a thread.
    """

    rate: float
    number: float
    block: float
    cores: int = 1

    def seconds(self, operations: float) -> float:
        """Return what so many operations take."""
        return operations / self.rate / min(self.cores, max(operations // (6 * PRODUCTS_FOR_THREADS), 1.0))


@dataclass(frozen=True)
class Line:
    """What carries messages.

    Attributes
    ----------
    latency : float
        Seconds that an exchange takes at least.
    message : float
        Seconds of the processor for each peer that a worker exchanges with, to send and to receive.
    bandwidth : float
        Bytes a second that a worker sends, receiving as many.
    """

    latency: float
    message: float
    bandwidth: float


class Seconds(NamedTuple):
    """Where a step's time goes: products, weights, exchanges' latency and messages, their bytes."""

    products: float
    weights: float
    messages: float
    bytes: float


def operations(widths: Sequence[int]) -> int:
    """Return the operations of a row: six a weight, in the first stage four, since nothing lies before it.

    Examples
    --------
    >>> operations([3, 5, 2])
    120
    """
    products = [a * b for a, b in pairwise(widths)]
    return 6 * sum(products) - 2 * products[0]


def stored(widths: Sequence[int], lanes: int = 8) -> int:
    """Return how many numbers a gradient has in memory, where rows of matrices are whole vectors.

    Examples
    --------
    >>> stored([3, 5, 2])
    80
    """
    return sum((a + 1) * math.ceil(b / lanes) * lanes for a, b in pairwise(widths))


def subtrees(first: int, last: int, start: int, stop: int) -> int:
    """Return into how many subtrees the parts from ``first`` to ``last`` fall, of the tree over ``start`` to ``stop``.

    Examples
    --------
    >>> subtrees(2, 5, 0, 8)
    2
    """
    if first >= stop or start >= last:
        return 0
    if first <= start and stop <= last:
        return 1
    middle = (start + stop) // 2
    return subtrees(first, last, start, middle) + subtrees(first, last, middle, stop)


def sent(widths: Sequence[int], workers: int, parts: int, rank: int, lanes: int = 8) -> int:
    """Return the bytes that a worker sends in a step: its subtrees of others' slices, and its own slice to all.

    Examples
    --------
    >>> sent([3, 5, 2], 2, 2, 0)
    328
    """
    vectors = stored(widths, lanes) // lanes

    def slice_of(r: int) -> int:
        return (vectors * (r + 1) // workers - vectors * r // workers) * lanes * SINGLE

    first, last = parts * rank // workers, parts * (rank + 1) // workers
    others = sum(slice_of(r) for r in range(workers) if r != rank)
    return subtrees(first, last, 0, parts) * others + (workers - 1) * (slice_of(rank) + 8 * (last - first))


def step(case: Case, workers: int, parts: int, machine: Machine, line: Line) -> Seconds:
    """Return what a step takes: its slowest worker's share, and what the worker sends that sends most.

    Examples
    --------
    >>> case = Case("", (16, 512, 512, 2), 4096, 1)
    >>> one, two = (sum(step(case, w, 2, Machine(1e11, 1e-9, 0.0), Line(25e-6, 0.0, 1e9))) for w in (1, 2))
    >>> 1.8 < one / two < 2.0
    True
    """
    workers = min(workers, parts)
    own = math.ceil(parts / workers)
    numbers = stored(case.widths)
    messages = bytes_ = 0.0
    if workers > 1:
        messages = 2 * (line.latency + (workers - 1) * line.message)
        some = range(0, workers, max(workers // 16, 1))
        bytes_ = max(sent(case.widths, workers, parts, rank) for rank in some) / line.bandwidth
    return Seconds(
        machine.seconds(operations(case.widths) * case.batch * own / parts),
        numbers * (machine.number + machine.block * own),
        messages,
        bytes_,
    )


def fitted(rows: Sequence[Sequence[float]], seconds: Sequence[float]) -> np.ndarray:
    """Return the factors, none below zero, whose sums come nearest to the seconds, relative to these."""
    return nnls(np.array(rows) / np.array(seconds)[:, None], np.ones(len(seconds)))[0]


# What was measured


class Measured:
    """What ``bench/clusters.py`` left."""

    def __init__(self, path: Path) -> None:
        read = json.loads(path.read_text(encoding="utf-8"))
        self.machine, self.found = str(read["machine"]), list(read["found"])

    def all(self, what: str, **where: Any) -> list[Any]:
        """Return all values of this name where the others are as said, in the order of rounds."""
        wanted = where.items()
        return [
            each[what] for each in self.found if what in each and all(each.get(name) == value for name, value in wanted)
        ]

    def least(self, what: str, **where: Any) -> float:
        """Return the least of them."""
        return float(min(self.all(what, **where)))

    def fitted_machine(self) -> Machine:
        """Return this machine, one core of it, from what one worker takes."""
        rows, seconds = [], []
        for case in [*CASES, *EXCHANGES]:
            numbers = stored(case.widths)
            rows.append([operations(case.widths) * case.batch, numbers, numbers * case.parts])
            seconds.append(min(self.alone(case)))
        operation, each, block = fitted(rows, seconds)
        return Machine(1.0 / operation, float(each), float(block))

    def alone(self, case: Case) -> list[float]:
        """Return the seconds of a step by one worker, of all transports: they differ in nothing then."""
        return self.all("worked", case=case.key, workers=1)

    def fitted_line(self, transport: str) -> Line:
        """Return what a transport's exchanges take, of which a step has two."""
        rows = [[2.0, self.least("sent", of=transport, case=case.key, workers=2)] for case in EXCHANGES]
        waited = [self.least("waited", of=transport, case=case.key, workers=2) for case in EXCHANGES]
        latency, byte = fitted(rows, waited)
        return Line(float(latency), 0.0, 1.0 / byte)

    def fitted_report(self, transport: str) -> tuple[float, float]:
        """Return the seconds of a report, and of each weight in it."""
        cases = [*CASES, *EXCHANGES]
        seconds = [self.least("report", of=transport, case=case.key, workers=2) for case in cases]
        fixed, each = fitted([[1.0, stored(case.widths)] for case in cases], seconds)
        return float(fixed), float(each)

    def message(self) -> float:
        """Return the seconds of the processor for each peer, by TCP."""
        peers = sorted({each["peers"] for each in self.found if "peers" in each})
        seconds = [self.least("processor", peers=count) for count in peers]
        return float(fitted([[1.0, count] for count in peers], seconds)[1])

    def crowding(self) -> float:
        """Return how much longer steps take where two processes take them at once, each its own."""
        ratios = [
            statistics.mean(each["both"]) / each["alone"] for each in self.found if "both" in each and "alone" in each
        ]
        return float(statistics.median(ratios))


def ratios(above: Sequence[float], below: Sequence[float]) -> str:
    """Return the ratios of pairs: median (least … largest)."""
    each = [a / b for a, b in zip(above, below, strict=True)]
    return f"{number(statistics.median(each))} ({number(min(each))} … {number(max(each))})"


def time(seconds: float) -> str:
    """Return seconds in a unit that suits them.

    Examples
    --------
    >>> time(0.0000123), time(0.0123), time(123.0), time(12300.0)
    ('12.3 µs', '12.3 ms', '2.05 min', '3.42 h')
    """
    units = ((1e-6, "µs"), (1e-3, "ms"), (1.0, "s"), (60.0, "min"), (3600.0, "h"), (86400.0, "days"))
    size, name = next((unit for unit in reversed(units[:-1]) if seconds >= unit[0]), units[0])
    if seconds >= 3 * units[-1][0]:
        size, name = units[-1]
    return f"{number(seconds / size)} {name}"


# The tables


NAMES = {"threads": "threads", "dask": "Dask", "mpi": "MPI"}


def of_pairs(measured: Measured) -> str:
    """Return the table of one worker against two."""
    rows = []
    for case in CASES:
        cells = []
        for transport in TRANSPORTS:
            one, two = (measured.all("step", of=transport, case=case.key, workers=count) for count in (1, 2))
            cells.append(ratios(one, two))
        plain = ratios(*(measured.all("step", case=case.key, threads=count) for count in (1, 2)))
        controls = [each for each in measured.found if "both" in each and each["case"] == case.key]
        most = ratios([2 * each["alone"] for each in controls], [statistics.mean(each["both"]) for each in controls])
        own = ratios(*(measured.all("own", of="threads", case=case.key, workers=count) for count in (2, 1)))
        rows.append([case.key, _span(measured.alone(case)), *cells, plain, most, own])
    head = ["case", "a step, one worker: least (median)", *(f"two, {NAMES[each]}" for each in TRANSPORTS)]
    return table([*head, "no cluster, two threads", "two trainings at once", "processor time"], rows)


def of_exchanges(measured: Measured) -> str:
    """Return the table of exchanges."""
    rows = []
    for case in EXCHANGES:
        sizes = [f"{measured.least('sent', of='dask', case=case.key, workers=2) / 1e6:.2f}"]
        waits = [measured.all("waited", of=each, case=case.key, workers=2) for each in TRANSPORTS]
        spans = [_span(values) for values in [*waits, measured.all("allreduce", case=case.key)]]
        rows.append([f"{stored(case.widths) * SINGLE / 1e6:.2f}", *sizes, *spans])
    head = ["MB of gradient", "MB sent by each", *(NAMES[each] for each in TRANSPORTS), "`Allreduce` of MPI"]
    return table(head, rows)


def _span(values: Sequence[float]) -> str:
    return f"{time(min(values))} ({time(statistics.median(values))})"


def of_task(measured: Measured) -> str:
    """Return what a task of Dask's takes that does nothing."""
    return f"A task of Dask's that does nothing, and its answer: {_span(measured.all('task'))}."


def of_crowds(measured: Measured) -> str:
    """Return the table of many workers in one process."""
    rows = []
    for count in CROWDS:
        rows.append([f"{count:,}", time(measured.least("step", crowd=count))])
        rows[-1] += [f"{measured.least('sent', crowd=count):,.0f}"]
    return table(["workers", "a step, all of them on this machine", "bytes sent by each"], rows)


def of_fits(measured: Measured) -> str:
    """Return what was fitted, in sentences."""
    machine = measured.fitted_machine()
    rate, *each_weight = number(machine.rate / 1e9), number(1e9 * machine.number), number(1e9 * machine.block)
    says = [
        f"- A core: {rate}·10⁹ operations a second; {' ns a weight and step, '.join(each_weight)} ns a weight and part."
    ]
    for transport in TRANSPORTS:
        line, (fixed, each) = measured.fitted_line(transport), measured.fitted_report(transport)
        says.append(
            f"- {NAMES[transport]}: an exchange {time(line.latency)}, {number(line.bandwidth / 1e6)} MB/s; a report "
            f"{time(fixed)}, and {number(1e9 * each)} ns a weight."
        )
    says.append(f"- Another peer: {time(measured.message())} of the processor an exchange, by TCP.")
    says.append(f"- Two processes at once: each takes {number(measured.crowding())} times as long as alone.")
    return "\n".join(says)


def of_predictions(measured: Measured) -> str:
    """Return the table of what two workers should take, and took, with errors."""
    machine, crowding = measured.fitted_machine(), measured.crowding()
    rows, errors = [], []
    for case in CASES:
        parts = case.parts
        foreseen = sum(step(case, 1, parts, machine, Line(0.0, 0.0, math.inf)))
        found = min(measured.alone(case))
        rows.append([case.key, "one worker", time(foreseen), time(found), _error(foreseen, found)])
        for transport in TRANSPORTS:
            line, (fixed, each) = measured.fitted_line(transport), measured.fitted_report(transport)
            seconds = step(case, 2, parts, machine, line)
            foreseen = crowding * (seconds.products + seconds.weights) + seconds.messages + seconds.bytes
            foreseen += (fixed + each * stored(case.widths)) / case.steps
            found = measured.least("step", of=transport, case=case.key, workers=2)
            rows.append([case.key, f"two, {NAMES[transport]}", time(foreseen), time(found)])
            rows[-1].append(_error(foreseen, found))
            errors.append(foreseen / found)
    short = sum(error < 1.0 for error in errors)
    median = _error(statistics.median(errors))
    says = f"Of {len(errors)} predictions for two workers {short} are too short; the median error is {median}."
    return table(["case", "", "predicted", "measured", "error"], rows) + f"\n\n{says}"


def _error(foreseen: float, found: float = 1.0) -> str:
    return f"{100 * (foreseen / found - 1):+.0f} %".replace("-", "−")


def there(measured: Measured) -> tuple[Machine, Line]:
    """Return the machine and the line that are assumed for a cluster."""
    return replace(measured.fitted_machine(), cores=CORES), Line(LATENCY, measured.message(), BANDWIDTH)


CORES, LATENCY, BANDWIDTH = 16, 25e-6, 10e9 / 8
"""Assumed of a cluster: cores of a machine, for products; seconds; bytes a second."""

ROWS, COLUMNS = 10_000_000_000, 25
"""1 TB in float32."""

TOGETHER = 1, 8, 64, 1000, 1024
LARGE = 4096, 65536, 1048576


def parts_for(workers: int) -> int:
    """Return the fewest parts that give every worker one, and no fewer than 2.

    Examples
    --------
    >>> parts_for(1), parts_for(8), parts_for(1000)
    (2, 8, 1024)
    """
    return max(2, 1 << (workers - 1).bit_length())


def of_many(measured: Measured) -> str:
    """Return the table of gains by many machines."""
    machine, line = there(measured)
    rows = []
    networks: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = [
        ("30-64-32-2", (30, 64, 32, 2), (32, 4096, 1048576)),
        ("f: 16-512³-2", F, (256, *LARGE)),
        ("784-1024³-10", WIDE, (512, *LARGE)),
    ]
    for name, widths, batches in networks:
        for batch in batches:
            case = Case(name, widths, batch, 1)
            alone = sum(step(case, 1, 2, machine, line))
            gains = [alone / sum(step(case, count, parts_for(count), machine, line)) for count in TOGETHER[1:]]
            cells = [f"**{number(gain)}**" if gain > 1.5 else number(gain) for gain in gains]
            if batch < 1024:
                cells[2:] = ["", ""]
            rows.append([name, f"{batch:,}", time(alone), *cells])
    return table(["network", "rows a step", "a step, one machine", *(f"{count:,}" for count in TOGETHER[1:])], rows)


def of_where_it_goes(measured: Measured) -> str:
    """Return the table of what a step's time is spent on."""
    machine, line = there(measured)
    rows = []
    for count in TOGETHER:
        spent = step(Case("", F, LARGE[1], 1), count, parts_for(count), machine, line)
        rows.append(
            [f"{count:,}", f"{parts_for(count):,}", *(time(each) if each else "" for each in spent), time(sum(spent))]
        )
    return table(["machines", "parts", "products", "weights", "messages", "bytes", "a step"], rows)


def of_terabyte(measured: Measured) -> str:
    """Return the table of an epoch over 10 billion rows."""
    machine, line = there(measured)
    rows = []
    reading = SINGLE * ROWS * COLUMNS / BANDWIDTH
    for batch in LARGE[1:]:
        for count in TOGETHER:
            case = Case("", (COLUMNS, *F[1:]), batch, 1)
            steps = ROWS / batch
            seconds = steps * sum(step(case, count, parts_for(count), machine, line))
            spent = max(seconds, reading)
            rows.append(
                [
                    f"{batch:,}",
                    f"{count:,}",
                    f"{steps:,.0f}",
                    time(seconds),
                    time(spent),
                    f"{count * spent / 3600:,.0f}",
                ]
            )
    head = ["rows a step", "machines", "steps", "all steps", "with reading", "machine hours"]
    return table(head, rows)


SECTIONS: dict[str, Callable[[Measured], str]] = {
    "pairs": of_pairs,
    "exchanges": of_exchanges,
    "task": of_task,
    "crowds": of_crowds,
    "fits": of_fits,
    "predictions": of_predictions,
    "many": of_many,
    "where": of_where_it_goes,
    "terabyte": of_terabyte,
    "machine": lambda measured: measured.machine,
}


def main() -> None:
    """Print all tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, default=Path(__file__).with_name("clusters.json"))
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    measured = Measured(options.json)
    for name, make in SECTIONS.items():
        if options.write:
            write(options.write, make(measured), name)
        else:
            print(f"{name}\n\n{make(measured)}\n")


if __name__ == "__main__":
    main()
