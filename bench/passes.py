"""Time a training pass of the tutorial's network on the reference engine, and losses, in interleaved rounds.

With a path to a Python file that holds another ``Model`` with the tutorial's ``train`` (the tutorial's own, typed from
its text), both run in turn, from equal weights, and must end with equal weights.

    python bench/passes.py [OTHER.py]
"""

import importlib.util
import statistics
import sys
import time
from typing import Any

import numpy as np
from sklearn.datasets import make_moons

from mlnn.model import Model

PASSES, ROUNDS = 3000, 9


def timed(kind: Any) -> tuple[float, list[np.ndarray]]:
    """Return seconds a pass, and the weights after training."""
    np.random.seed(0)  # noqa: NPY002 - the tutorial's model draws from NumPy's global state, and nowhere else
    X, y = make_moons(200, noise=0.20)
    model = kind([2, 3, 2])
    started = time.perf_counter()
    model.train(X, y, num_passes=PASSES)
    return (time.perf_counter() - started) / PASSES, [np.array(W) for W in model.W]


def main() -> None:
    """Print the median of every pair's times and ratio."""
    kinds: list[Any] = [Model]
    if len(sys.argv) > 1:
        spec = importlib.util.spec_from_file_location("other", sys.argv[1])
        assert spec is not None
        assert spec.loader is not None
        other = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(other)
        kinds.append(other.Model)
    rounds = []
    for _ in range(ROUNDS):
        results = [timed(kind) for kind in kinds]
        for W, reference in zip(results[-1][1], results[0][1], strict=True):
            np.testing.assert_array_equal(W, reference)
        rounds.append([seconds for seconds, _ in results])
    for kind, times in zip(kinds, zip(*rounds, strict=True), strict=True):
        print(f"{kind.__module__}.Model: {1e6 * statistics.median(times):.1f} µs a pass")
    if len(kinds) > 1:
        ratios = [ours / theirs for ours, theirs in rounds]
        print(f"ratio: {statistics.median(ratios):.3f} ({min(ratios):.3f} … {max(ratios):.3f}), equal weights")


if __name__ == "__main__":
    main()
