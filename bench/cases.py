"""The cases that are timed: shapes, data, first weights and row orders, the same numbers for every peer."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

Weights = list[np.ndarray]
"""W₁ (D, H), b₁ (H,), W₂, b₂ …"""

ADAM = {"rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}


@dataclass(frozen=True)
class Case:
    """One training task.

    Parameters
    ----------
    key, title : str
        Short and long name.
    sizes : tuple of int
        Widths, inputs first, scores last.
    rows : int
        Rows of data.
    batch : int, optional
        Rows a step; None takes all at once.
    layer : str
        "relu" or "tanh".
    dtype : str
        Of data, weights and arithmetic.
    optimizer : str
        "adam" with the numbers of ``ADAM``, or "descent": θ ← θ − rate · g.
    rate : float
        Of "descent".
    penalty : float
        λ of the penalty λ/2 Σ W².
    summed, squashed : bool
        The tutorial's habits: gradients summed over rows, and the layer on the last scores too.
    batch_norm, dropout : bool, float
        Before, and after, every hidden layer.
    members : int
        Networks that train side by side on the same batches.
    every : int
        Passes between two reports of the loss, where a step takes all rows.
    only_call : bool
        No training: the probabilities of one row, over and over.
    """

    key: str
    title: str
    sizes: tuple[int, ...]
    rows: int
    batch: int | None
    layer: str = "relu"
    dtype: str = "float32"
    optimizer: str = "adam"
    rate: float = ADAM["rate"]
    penalty: float = 0.0
    summed: bool = False
    squashed: bool = False
    batch_norm: bool = False
    dropout: float = 0.0
    members: int = 1
    every: int = 1
    only_call: bool = False

    @property
    def steps(self) -> int:
        """Return the steps of an epoch."""
        return 1 if self.batch is None else -(-self.rows // self.batch)

    @property
    def batch_rows(self) -> int:
        """Return the rows of a step."""
        return self.rows if self.batch is None else self.batch

    @property
    def layers(self) -> list[tuple[int, int]]:
        """Return the shapes of the weight matrices."""
        return list(zip(self.sizes, self.sizes[1:], strict=False))

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Return standard normal features, and the labels that a random network of one hidden layer gives them."""
        random = np.random.default_rng(1)
        X = random.standard_normal((self.rows, self.sizes[0]))
        hidden = np.tanh(X @ (random.standard_normal((self.sizes[0], 16)) / np.sqrt(self.sizes[0])))
        y = (hidden @ random.standard_normal((16, self.sizes[-1]))).argmax(axis=1)
        return X.astype(self.dtype), y

    def weights(self, member: int = 0) -> Weights:
        """Return a member's first weights; small random biases, so that no path is left unchecked."""
        random = np.random.default_rng([2, member])
        gain = 2.0 if self.layer == "relu" else 1.0
        return [
            (scale * random.standard_normal(shape)).astype(self.dtype)
            for D, H in self.layers
            for shape, scale in (((D, H), np.sqrt(gain / D)), ((H,), 0.1))
        ]

    def order(self, epoch: int) -> np.ndarray:
        """Return the order of the rows in an epoch, counted from 1."""
        return np.random.default_rng([0, epoch]).permutation(self.rows)

    def batches(self, order: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the row numbers of every step."""
        for start in range(0, self.rows, self.batch_rows):
            yield order[start : start + self.batch_rows]

    def short(self) -> "Case":
        """Return the case cut to twenty steps without noise, which all peers must walk alike."""
        steps = 20
        if self.batch is None:
            return replace(self, every=steps, members=min(self.members, 3))
        return replace(self, rows=steps * self.batch, members=min(self.members, 3), dropout=0.0)


CASES = [
    Case(
        *(
            "a",
            "tutorial 2-3-2 tanh, 200 rows, float64",
            (2, 3, 2),
            200,
            None,
            "tanh",
            "float64",
            "descent",
            0.01,
            0.01,
        ),
        summed=True,
        squashed=True,
        every=1000,
    ),
    Case("b", "784-256-128-10 ReLU, batch 128", (784, 256, 128, 10), 12_800, 128),
    Case("c", "64-100-10 ReLU, batch 200", (64, 100, 10), 10_000, 200),
    Case("c2", "c with batch norm, dropout 0.1", (64, 100, 10), 10_000, 200, batch_norm=True, dropout=0.1),
    Case("d", "30-64-32-2 ReLU, batch 32", (30, 64, 32, 2), 3_200, 32),
    Case("e", "4-32-16-4 tanh, 10,000 rows", (4, 32, 16, 4), 10_000, None, "tanh", every=20),
    Case("f", "16-512-512-512-2 ReLU, batch 256", (16, 512, 512, 512, 2), 5_120, 256),
    Case("g", "100 × 20-64-64-2 ReLU, batch 256", (20, 64, 64, 2), 2_560, 256, members=100),
    Case("h", "one row through 30-64-32-2, a call", (30, 64, 32, 2), 100, None, only_call=True),
]
