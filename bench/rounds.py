"""Interleaved rounds: every peer a block of steps, then every peer again."""

from cases import Case
from equal import Truth
from limit import Speeds, limit
from report import Measured
from workers import Worker


def able(case: Case, workers: list[Worker], seconds: float) -> tuple[dict[Worker, int], dict[str, str]]:
    """Check that the peers do equal work.

    Returns
    -------
    dict of Worker to int
        How many epochs or calls each of them runs in a block of so many seconds.
    dict of str to str
        Why the others do not take part, by their titles.
    """
    truth, blocks, absent = Truth(case), {}, {}
    for worker in workers:
        title = worker.entry.title
        try:
            distance = truth.distance(worker)
            if isinstance(distance, str):
                absent[title] = distance
            elif not distance <= 1.0:
                absent[title] = f"NOT EQUAL: its losses differ by {distance:.3g} times what is allowed"
            else:
                worker.ask("prepare", case)
                blocks[worker] = worker.ask("block", seconds)
        except RuntimeError as problem:
            absent[title] = str(problem).splitlines()[0][:150]
    return blocks, absent


def measure(case: Case, workers: list[Worker], core: Speeds, rounds: int, seconds: float) -> Measured:
    """Check and time a case."""
    blocks, absent = able(case, workers, seconds)
    result = Measured(case, limit(case, core), absent=absent)
    steps = 1 if case.only_call else case.steps
    for worker in blocks:
        worker.interrupted = 0
    for _ in range(rounds):
        for worker, count in blocks.items():
            result.times.setdefault(worker.entry.title, []).append(worker.timed(count) / count / steps)
    result.interrupted = sum(worker.interrupted for worker in blocks) / max(1, rounds * len(blocks))
    return result
