"""What this core could do at best: its speed at products of matrices, at exp and tanh, and at moving numbers."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from cases import Case

SIZES = [1 << power for power in range(15, 28)]
"""Bytes of the arrays that the bandwidth is measured on."""


@dataclass(frozen=True)
class Speeds:
    """One core's speeds for numbers of one type.

    Attributes
    ----------
    flops : float
        Additions and multiplications a second in a product of two 512 × 512 matrices.
    exp, tanh : float
        Results a second on arrays that fit the first cache.
    bandwidth : dict of int to float
        Bytes a second, read and written alike, by the bytes of the array.
    """

    flops: float
    exp: float
    tanh: float
    bandwidth: dict[int, float]

    def moving(self, size: int) -> float:
        """Return the bandwidth for arrays of this many bytes altogether."""
        return self.bandwidth[min([known for known in SIZES if known >= size], default=SIZES[-1])]


def fastest(work: Callable[[], object], seconds: float = 0.2) -> float:
    """Return the shortest of the times that a piece of work took, waiting for the processor left out."""
    best, end, count = np.inf, time.perf_counter() + seconds, 1
    while time.perf_counter() < end:
        started = time.process_time()
        for _ in range(count):
            work()
        spent = time.process_time() - started
        if spent < 2e-4:
            count *= 2
        else:
            best = min(best, spent / count)
    return float(best)


def speeds(dtype: str) -> Speeds:
    """Measure the core that this process is pinned to."""
    random = np.random.default_rng(0)
    A, B, C = (random.standard_normal((512, 512)).astype(dtype) for _ in range(3))
    flops = 2 * 512**3 / fastest(lambda: np.matmul(A, B, out=C))
    x = random.standard_normal(2048).astype(dtype)
    y = np.empty_like(x)
    exp = len(x) / fastest(lambda: np.exp(x, out=y))
    tanh = len(x) / fastest(lambda: np.tanh(x, out=y))
    bandwidth = {}
    for size in SIZES:
        z = np.ones(size // np.dtype(dtype).itemsize, dtype)
        one = z.dtype.type(1.0)
        bandwidth[size] = 2 * size / fastest(lambda z=z, one=one: np.multiply(z, one, out=z), 0.05)
    return Speeds(flops, exp, tanh, bandwidth)


def limit(case: Case, core: Speeds) -> float:
    """Return the seconds that a step takes if products, exponentials and the optimizer run at those speeds.

    A step's products are forward, to the weights and, except in the first layer, to the values: 2 n D H operations
    each. Adam reads θ, g, m, v and writes θ, m, v; plain descent reads θ, g and writes θ.
    """
    products = [D * H for D, H in case.layers]
    units, scores = sum(case.sizes[1:-1]), case.sizes[-1]
    rows, size = (1 if case.only_call else case.batch_rows), np.dtype(case.dtype).itemsize
    bends = (units + scores * case.squashed) * (case.layer == "tanh")
    seconds = rows * (bends / core.tanh + scores / core.exp)
    if case.only_call:
        return float(seconds + 2 * rows * sum(products) / core.flops)
    seconds += 2 * rows * (3 * sum(products) - products[0]) / core.flops
    parameters = sum(products) + sum(case.sizes[1:]) + 2 * units * case.batch_norm
    vectors, moves = (4, 7) if case.optimizer == "adam" else (2, 3)
    seconds += moves * parameters * size / core.moving(vectors * parameters * size * case.members)
    return float(seconds * case.members)
