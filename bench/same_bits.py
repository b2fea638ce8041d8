"""Train random configurations on 1, 2 and 8 threads, and in processes and threads of every kind: the same bits."""

import hashlib
import multiprocessing
import sys
import threading
from pathlib import Path

import numpy as np
from outcome import Outcome

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from chains import case

from mlnn.engine import Compiled, Reference
from mlnn.training import Diverged, epochs


def bits(seed: int, threads: int) -> str:
    """Return what a random configuration comes to: weights, state, losses and predictions."""
    one = case(seed)
    engine = Reference() if one.own else Compiled(threads)
    found = hashlib.sha256()
    with np.errstate(all="ignore"):
        try:
            for epoch in epochs(one.problem, one.theta, one.recipe, engine=engine):
                for each in (epoch.theta, epoch.raw_theta, *epoch.state, np.array([epoch.loss, epoch.objective])):
                    found.update(each.tobytes())
        except Diverged:
            found.update(b"diverged")
        found.update(engine.predict(one.problem.network, one.theta, one.rows).tobytes())
    return found.hexdigest()


def over_threads(size: int) -> Outcome:
    """Train so many configurations on 1, 2 and 8 threads, after a fork, spawned, in loky's workers and in threads."""
    from joblib import Parallel, delayed

    truth = {seed: bits(seed, 1) for seed in range(size)}
    ways = {
        "2 threads": lambda seeds: [bits(seed, 2) for seed in seeds],
        "8 threads": lambda seeds: [bits(seed, 8) for seed in seeds],
        "threads side by side": lambda seeds: _in_threads(seeds),
        "loky": lambda seeds: Parallel(2)(delayed(bits)(seed, 2) for seed in seeds),
    }
    for method in ("fork", "spawn"):
        if method in multiprocessing.get_all_start_methods():
            ways[method] = lambda seeds, method=method: _in_processes(seeds, method)
    wrong = [
        f"{seed} by {way}"
        for way, work in ways.items()
        for seed, other in zip(truth, work(list(truth)), strict=True)
        if other != truth[seed]
    ]
    text = f"as on one thread: {', '.join(ways)}" if not wrong else f"other bits: {', '.join(wrong[:10])}"
    return Outcome(size, text, not wrong)


def _in_threads(seeds: list[int]) -> list[str]:
    found: dict[int, str] = {}
    threads = [threading.Thread(target=lambda some=some: found.update({seed: bits(seed, 2) for seed in some}))
               for some in (seeds[::2], seeds[1::2])]  # fmt: skip
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return [found[seed] for seed in seeds]


def _in_processes(seeds: list[int], method: str) -> list[str]:
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.starmap(bits, [(seed, 2) for seed in seeds])
