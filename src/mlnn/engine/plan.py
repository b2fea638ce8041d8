"""The planner: everything about a run that can be decided before it, by name; native code obeys and decides nothing."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mlnn.array import Array, is_sparse
from mlnn.engine.parts import NEVER, End, Stage, Tensor, Unsupported, output, stages, tensors
from mlnn.names import name_of
from mlnn.network import Network

FIRST_CACHE, SECOND_CACHE = 32 * 1024, 1024 * 1024
"""Bytes; what a core of the last ten years has at least, roughly."""

NARROW, ROWS_A_UNIT = 32, 8
"""Units of the widest layer up to which vectors hold rows rather than units, and how many rows for each it takes."""

PRODUCTS_A_BLOCK, PRODUCTS_FOR_THREADS = 1 << 21, 1 << 20
"""Multiplications for which a block of rows earns a gradient of its own, and for which threads earn their meeting."""

SMALL_BATCH = 8
"""Rows up to which it takes less time to form the gradient of a product than to write it down and read it again."""

SIEVED_FROM, SIEVED_PRODUCTS = 16, 1 << 20
"""Rows of a batch, and multiplications of a prediction, from which it pays to look for zeros to leave out."""

TRANSPOSED_WITHIN, ROWS_BEYOND = 1 << 18, 64
"""Bytes of weights that are transposed within the caches; larger ones are for more rows than these only."""

LONG_TILE, WHOLE_TILE = 1 << 26, 1024
"""Multiplications of a tile between whose stages interrupts are heard; rows of a piece of a batch run as a whole."""

BLOCKED_FROM, NEAR = 256, 8
"""Rows of a tile from which columns, where they are more than these, are filled block by block: they lie far apart."""


FEEDS = {"gathered": "gathered", "columns": "transposed", "sieved": "sieved of their zeros", "sparse": "sparse"}
"""What is done with rows before the first stage, in words."""


@dataclass(frozen=True)
class Plan:
    """How a network is run: all that native code is told of it, under these names (``native/plan.hpp``).

    A feed says how a tile's rows come to the first stage: "plain" (where they lie), "gathered" (copied), "columns"
    (transposed), "sieved" (without zeros), "sparse". The blocks of a batch are the same for any number of threads, and
    so are the sums, to the last bit.
    """

    inputs: int  # columns of X
    stages: tuple[Stage, ...]  # the chain, fused where it can be
    tensors: tuple[Tensor, ...]
    end: End
    feed: str  # of rows in a given order
    feed_in_place: str  # of rows that lie one after another
    whole_batch: bool  # whether a stage must see all rows of a batch at once
    tile: int  # rows that pass the chain before the next; of a whole batch, a stage that need not see all of it
    split_from: tuple[int, ...]  # rows from which a batch is shared out in 2, 4, 8 blocks, each with its own gradient
    threads_from: int  # rows of a batch from which threads share it
    small_batch: int  # rows up to which gradients of products are left as their factors
    long_tiles: bool  # whether a tile takes so long that interrupts are heard between its stages, too
    blocked_from: int  # rows of a tile from which the feed of columns transposes block by block

    def blocks(self, rows: float) -> int:
        """Return into how many blocks a batch of so many rows is shared out at most."""
        return int(2 ** sum(rows >= least for least in self.split_from))

    def words(self, network: Network) -> str:
        """Say it in words, for the network that it is the plan of."""
        chain = " → ".join(stage.words(network) for stage in self.stages)
        says = [f"{chain} {name_of(type(network.output))}".lstrip()]
        in_place = "" if self.feed == self.feed_in_place else " (not where they need no order)"
        says.append(f"rows are {FEEDS[self.feed]}{in_place}")
        says.append("all rows of a batch at once" if self.whole_batch else f"tiles of {self.tile} rows")
        if self.split_from:
            blocks = ", ".join(str(2 << k) for k in range(len(self.split_from)))
            says.append(f"{blocks} blocks from {', '.join(map(str, self.split_from))} rows")
        says.append(f"threads from {self.threads_from} rows" if self.threads_from < NEVER else "one thread")
        if self.small_batch and any(stage.kind == "dense" for stage in self.stages):
            says.append(f"gradients of products stay factors up to {self.small_batch} rows")
        for least in sorted({stage.transposed_from for stage in self.stages} - {NEVER}):
            which = ", ".join(str(n) for n, stage in enumerate(self.stages, 1) if stage.transposed_from == least)
            says.append(f"weights of stage {which} transposed from {least} rows")
        says.append(f"vectors hold {'rows' if self.feed == 'columns' else 'units'}")
        return "; ".join(says)


def is_narrow(network: Network, rows: float) -> bool:
    """Tell whether layers are so narrow, and rows so many, that vectors had better hold rows."""
    widest = max(network.widths)
    return widest <= NARROW and rows >= ROWS_A_UNIT * widest


def mostly_zeros(X: Array) -> bool:
    """Tell whether leaving out a table's zeros saves more than it costs to find them, by a look at some of its rows."""
    some = X[:: max(len(X) // 64, 1)]
    return bool(3 * np.count_nonzero(some) < some.size)


def plan(
    network: Network,
    native: Any,
    dtype: npt.DTypeLike = np.float32,
    rows: float = np.inf,
    entries: float | None = None,
    zeros: bool = False,
    training: bool = True,
    parts: int | None = None,
) -> Plan:
    """Return the plan for a network and batches of so many rows.

    Parameters
    ----------
    entries : float, optional
        How many entries a row of X has, if X is sparse.
    zeros : bool
        Whether X is mostly zeros, of which the first stage can be spared.
    training : bool
        Whether rows also go back; if not, no stage needs to see a whole batch.
    parts : int, optional
        Into how many blocks a batch is cut, a power of two; by default as many as pay on one machine.

    Raises
    ------
    Unsupported
        If the network has a gate that the native module does not know.
    """
    chain = list(stages(network, native))
    size = np.dtype(dtype).itemsize
    lanes = native.vector_bytes // size
    if entries is not None and not (chain and chain[0].multiplies):
        raise Unsupported("sparse rows need a matrix product as the first gate")
    chained = bool(chain) and all(stage.multiplies for stage in chain)
    narrow = chained and entries is None and is_narrow(network, rows)
    if not training and chained and is_narrow(network, np.inf):  # a row alone has the bits of a row in a vector of rows
        chain = [stage._replace(kind="dense") for stage in chain]
    feed = in_place = "gathered"
    if narrow:
        feed = in_place = "columns"
        chain = [stage._replace(kind="columns") for stage in chain]
    elif entries is not None or (zeros and rows >= SIEVED_FROM and chain and chain[0].kind == "dense"):
        feed = in_place = "sieved" if entries is None else "sparse"
        chain[0] = chain[0]._replace(kind=feed)
    elif chain and chain[0].multiplies:
        in_place = "plain"
    learning = next((k for k, stage in enumerate(chain) if stage.tensors), len(chain))
    for k, stage in enumerate(chain):
        if k > learning and stage.kind == "dense":
            stored = stage.inputs * _padded(stage.width, lanes) * size
            chain[k] = stage._replace(transposed_from=2 if stored <= TRANSPOSED_WITHIN else ROWS_BEYOND + 1)
    products = sum(stage.products for stage in chain)
    work = products + (entries * _padded(chain[0].width, lanes) if entries else 0)
    whole = training and any(stage.kind == "batch_norm" for stage in chain)
    least = max(64, PRODUCTS_A_BLOCK // max(products, 1))
    split_from = [3 * half * least // 2 + 1 for half in (1, 2, 4)][
        : 3 if size * network.size <= SECOND_CACHE // 8 else 1
    ]
    if parts is not None:
        split_from = [max(2 << k, SMALL_BATCH + 1) for k in range(parts.bit_length() - 1)]
    # Where weights do not stay in the first cache, a tile must be large enough for what it costs to fetch them.
    tile = WHOLE_TILE if whole else 128 if size * network.size <= FIRST_CACHE and not narrow else 512
    return Plan(
        inputs=network.inputs,
        stages=tuple(chain),
        tensors=tuple(tensors(network)),
        end=output(network.output, network.widths[-1], native),
        feed=feed,
        feed_in_place=in_place,
        whole_batch=whole,
        tile=tile,
        split_from=() if whole else tuple(split_from),
        threads_from=math.ceil(PRODUCTS_FOR_THREADS / work) if work else NEVER,
        small_batch=0 if narrow or not chain else SMALL_BATCH,
        long_tiles=whole or tile * products > LONG_TILE,
        blocked_from=BLOCKED_FROM if network.inputs > NEAR else NEVER,
    )


class Prediction(NamedTuple):
    """The plans of a predictor over one θ, by number. A dense row has the same numbers by any of them."""

    plans: tuple[Plan, ...]
    numbers: dict[str, int]
    columns_from: int
    sieved_from: int
    products: int
    products_an_entry: int

    @property
    def few(self) -> int:
        """Return the number of rows from which another plan than the first, or threads, may serve them better."""
        return min(self.columns_from, self.sieved_from, PRODUCTS_FOR_THREADS // max(self.products, 1))

    def choose(self, X: Array, threads: int) -> tuple[int, int]:
        """Return the number of the plan for these rows, and how many threads of these share them.

        Raises
        ------
        Unsupported
            If X is sparse and the network does not begin with a matrix product.
        """
        rows, products, number = X.shape[0], self.products, 0
        if is_sparse(X):
            if "sparse" not in self.numbers:
                raise Unsupported("sparse rows need a matrix product as the first gate")
            number = self.numbers["sparse"]
            products += (X.nnz // max(rows, 1) - X.shape[1]) * self.products_an_entry  # type: ignore[attr-defined]
        elif rows >= self.columns_from:
            number = self.numbers["columns"]
        elif rows >= self.sieved_from and mostly_zeros(X):
            number = self.numbers["sieved"]
        return number, threads if rows * products >= PRODUCTS_FOR_THREADS else 1


def prediction(network: Network, native: Any, dtype: npt.DTypeLike = np.float32) -> Prediction:
    """Return the plans for predictions of any rows."""
    plain = plan(network, native, dtype, rows=1, training=False)
    plans = {plain.feed: plain}
    first = plain.stages[0] if plain.stages else None
    if first and first.multiplies:
        plans["sparse"] = plan(network, native, dtype, rows=1, entries=0, training=False)
        for many in (
            plan(network, native, dtype, rows=SIEVED_FROM, zeros=True, training=False),
            plan(network, native, dtype, training=False),
        ):
            plans.setdefault(many.feed, many)
    first_products = first.products if first else 0
    return Prediction(
        plans=tuple(plans.values()),
        numbers={feed: number for number, feed in enumerate(plans)},
        columns_from=ROWS_A_UNIT * max(network.widths) if "columns" in plans else NEVER,
        sieved_from=max(SIEVED_FROM, SIEVED_PRODUCTS // max(first_products, 1)) if "sieved" in plans else NEVER,
        products=sum(stage.products for stage in plain.stages),
        products_an_entry=first.width if first else 0,
    )


def _padded(n: int, lanes: int) -> int:
    return -(-n // lanes) * lanes
