"""Data as nobody should have it: numbers, layouts, kinds and shapes that fit badly, drawn from a generator."""

import os
import tempfile
from decimal import Decimal
from fractions import Fraction
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from scipy import sparse

SMALLEST, LARGEST = 5e-324, np.finfo(float).max
ROWS, COLUMNS = (0, 1, 2, 3, 5, 30, 60), (0, 1, 2, 3, 4, 40)
LETTERS = ("a", "b", "", "=1+1", "\x1b[31m", "ü", "n/a", "\u202e", "\x00", "1", "x" * 300)
PLACED = (np.nan, np.inf, -np.inf, LARGEST, -LARGEST, SMALLEST, 1e300, 1e30, -0.0)
FOLDER, NUMBER = tempfile.TemporaryDirectory(), count()


def one_of(random, choices):
    """Return one of the choices as it is, which NumPy's own would make an array of."""
    return choices[random.integers(len(choices))]


def numbers(random, shape, odd):
    """Return a matrix of numbers: plain ones, or of odd sizes."""
    plain = random.normal(0.0, 1.0, shape)
    if not odd:
        return plain
    how = random.integers(12)
    if how == 0:
        return np.full(shape, one_of(random, (0.0, 1.0, -3.5, 1e12, *PLACED)))
    if how == 1:
        return np.repeat(plain[:1], shape[0], axis=0)
    if how in (2, 3):
        values = plain.copy()
        if values.size:
            values.ravel()[random.integers(values.size, size=random.integers(1, 4))] = one_of(random, PLACED)
        return values
    if how == 4:
        return plain * SMALLEST * 1e3
    if how == 5:
        return plain * one_of(random, (1e-300, 1e-30, 1e-8, 1e8, 1e30, 1e100, 1e154, 1e200))
    if how == 6:
        return plain * 10.0 ** random.integers(-30, 30, shape)
    if how == 7:
        return np.sign(plain) * LARGEST
    if how == 8:
        return random.integers(0, 3, shape).astype(float)
    if how == 9:
        return plain + one_of(random, (1e6, 1e15, -1e300))
    if how == 10:
        return np.where(plain > 0, 0.0, -0.0)
    return np.round(plain * 100.0)


def _memory_mapped(random, values):
    file = Path(FOLDER.name, f"{random.integers(8)}-{next(NUMBER)}.npy")  # no other map's, which this would cut short
    if not values.size or values.dtype.hasobject:
        return values
    mapped = np.lib.format.open_memmap(file, "w+", values.dtype, values.shape)
    mapped[...] = values
    if os.name == "posix":
        file.unlink()  # the map stays
    return mapped


def _strided(random, values):
    wide = np.zeros(tuple(2 * size for size in values.shape), values.dtype)
    view = wide[tuple(slice(0, 2 * size, 2) for size in values.shape)]
    view[...] = values
    return view


def _read_only(random, values):
    values = values.copy()
    values.setflags(write=False)
    return values


def _unaligned(random, values):
    if values.dtype.hasobject:
        return values
    held = np.zeros(values.nbytes + 1, np.uint8)[1:].view(values.dtype).reshape(values.shape)
    held[...] = values
    return held


def _cast(values, kind):
    with np.errstate(all="ignore"):
        return values.astype(kind)


def _whole(random, values):
    kind = one_of(random, "bhilqBHILQ?")
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.clip(values, 0, 100)).astype(kind)


LAYOUTS = (
    lambda random, values: values,
    lambda random, values: np.asfortranarray(values),
    _strided,
    lambda random, values: values[::-1].copy()[::-1],
    _read_only,
    _unaligned,
    lambda random, values: values.astype(values.dtype.newbyteorder()),
    _memory_mapped,
    lambda random, values: _cast(values, np.float32),
    lambda random, values: _cast(values, ">f4"),
    lambda random, values: _cast(values, np.float16),
    lambda random, values: values.astype(np.longdouble),
    _whole,
    lambda random, values: values.astype(object),
    lambda random, values: values.tolist(),
    lambda random, values: tuple(map(tuple, values.tolist())) if values.ndim == 2 else tuple(values.tolist()),
    lambda random, values: np.broadcast_to(values[:1], values.shape) if len(values) else values,
)
"""Ways to hold the same numbers that must all do."""

DOUBTFUL = (
    lambda random, values: values.astype(complex),
    lambda random, values: values.astype(str),
    lambda random, values: values.astype("S"),
    lambda random, values: np.ma.masked_array(values, random.random(values.shape) < one_of(random, (0.0, 0.3))),
    lambda random, values: values.ravel(),
    lambda random, values: values[None],
    lambda random, values: values[0] if len(values) else values,
    lambda random, values: None,
    lambda random, values: values.size,
    lambda random, values: "text",
    lambda random, values: {"a": 1},
    lambda random, values: object(),
    lambda random, values: [list(row)[: k % 3] for k, row in enumerate(np.atleast_2d(values))],
    lambda random, values: _with_one(random, values, one_of(random, (None, "a", "", [1], {}, b"x", 1j, object()))),
    lambda random, values: _with_one(random, values, one_of(random, (10**400, Decimal("0.5"), Fraction(1, 3)))),
    lambda random, values: _with_one(random, values, one_of(random, (np.datetime64("NaT"), pd.NA, pd.Timestamp(0)))),
    lambda random, values: values.astype("datetime64[s]") if values.dtype.kind in "iu" else values,
    lambda random, values: values.astype([("a", float), ("b", float)]),
    lambda random, values: iter(values.tolist()),
    lambda random, values: sparse.csr_matrix(_native(np.atleast_2d(values))),
    lambda random, values: sparse.coo_array(_native(np.atleast_2d(values))),
    lambda random, values: memoryview(np.ascontiguousarray(values)),
)
"""Ways that are to be refused in a sentence, unless somebody knows what is meant."""


def _native(values):
    return values.astype(float if values.dtype.hasobject else values.dtype.newbyteorder("="))


def _with_one(random, values, thing):
    held = values.astype(object)
    if held.size:
        held.reshape(-1)[random.integers(held.size)] = thing
    return held


def cells(random, rows, kind):
    """Return a column of a frame, of a kind that people's frames have."""
    plain = random.normal(size=rows).round(3)
    words = [one_of(random, LETTERS) for _ in range(rows)]
    gap = [None if random.random() < 0.3 else each for each in plain]
    mixed = [one_of(random, (1, 1.5, "a", None, True, b"x", np.nan, (1,), Decimal(1), [2])) for _ in range(rows)]
    return (
        pd.Series(plain),
        pd.Series(plain.astype("float32")),
        pd.Series(random.integers(0, 2, rows).astype(bool)),
        pd.Series(random.integers(-5, 5, rows).astype("int8")),
        pd.Series(gap, dtype="Float64"),
        pd.Series([None if each is None else int(each) for each in gap], dtype="Int64"),
        pd.Series(words, dtype=object),
        pd.Series(words, dtype="category"),
        pd.Series(words, dtype="str"),
        pd.Series(pd.to_datetime(random.integers(0, 10**9, rows), unit="s")),
        pd.Series(pd.to_datetime(random.integers(0, 10**9, rows), unit="s")).dt.tz_localize("UTC"),
        pd.Series(pd.to_timedelta(random.integers(0, 10**6, rows), unit="s")),
        pd.Series(mixed, dtype=object),
        pd.Series([None] * rows, dtype=object),
        pd.Series([10**400] * rows, dtype=object),
        pd.Series(np.full(rows, np.inf)),
        pd.Series(plain + 1j),
        pd.Series(pd.arrays.SparseArray(plain)),
        pd.Series(np.full(rows, LARGEST)),
        pd.Series([f"{each}" for each in plain], dtype=object),
    )[kind]


KINDS, NUMERIC = 20, (0, 1, 2, 3)
NAMES = ("a", "b", "", " ", 0, 1, "=x", "\x1b]0;x\x07", "y" * 200, "a\nb", None, ("t", 1), 1.5, "x0", "classes", "ü")


def frame(random, values, odd):
    """Return a frame of one of the libraries with these numbers, or with columns that fit badly."""
    made = pd.DataFrame(values, columns=[f"c{k}" for k in range(values.shape[1])])
    for k in range(values.shape[1]):
        if odd and random.random() < 0.5:
            made[f"c{k}"] = (
                cells(random, len(made), random.integers(KINDS)).to_numpy(dtype=object, na_value=None)
                if (random.random() < 0.1)
                else cells(random, len(made), random.integers(KINDS))
            )
    if odd and random.random() < 0.3:
        made.columns = [one_of(random, NAMES) for _ in made.columns]
    if odd and random.random() < 0.2:
        made.index = [one_of(random, ("i", 1, None)) for _ in range(len(made))]
    if odd and random.random() < 0.1:
        made.attrs["name"] = "\x1b[2J"
    form = random.integers(6)
    try:
        if form == 1:
            return pl.from_pandas(made)
        if form == 2:
            return pa.Table.from_pandas(made, preserve_index=False)
        if form == 3:
            return pl.from_pandas(made).lazy()
        if form == 4:
            return {name: made[name].to_numpy() for name in made.columns}
        if form == 5:
            return made.to_dict("records")
    except Exception:  # no frame of that library holds it
        return made
    return made


def targets(random, rows, classes, odd, named=True):
    """Return targets for so many rows: classes, which may have names, or quantities."""
    if classes:
        count = 2 if not odd and not named else one_of(random, (2, 2, 3, 5) if not odd else (1, 2, 3, rows or 1))
        numbered = random.integers(0, count, rows)
        if not (odd or named):
            return numbered.astype(one_of(random, ("i8", "i4", "u1", ">i8", "?", "f8", "f4", "O")))
        names = [np.arange(count), np.arange(count) * 2.0, np.array(["no", "yes", "maybe", "=1", "\x1b[1m"] * 20)]
        names += [np.array([False, True] * 30), np.arange(count) - 1, np.arange(count).astype("u1")]
        y = one_of(random, names)[numbered]
        if odd:
            y = one_of(random, (
                lambda: y,
                lambda: _with_one(random, y, one_of(random, (None, "a", 1.5, np.nan, True, b"x", (1, 2), pd.NA,
                10**30))),
                lambda: np.column_stack([y, y]),
                lambda: random.integers(0, 2, (rows, 3)),
                lambda: np.column_stack([y.astype(object), random.integers(0, 2, rows).astype(object)]),
                lambda: pd.Series(y, dtype="category"),
                lambda: y[:-1],
                lambda: numbers(random, (rows, 1), True).ravel(),
                lambda: y.reshape(-1, 1),
                lambda: np.array(["\ud800", "x"] * rows, dtype=object)[:rows],
            ))()  # fmt: skip
        return y
    y = numbers(random, (rows, 1), odd).ravel()
    return one_of(random, (y, y, y, np.column_stack([y, -y]), y[:, None], np.abs(y))) if odd else y


def weights(random, rows):
    """Return weights of rows, or what is none."""
    plain = random.uniform(0.1, 2.0, rows)
    some = plain * (random.random(rows) < 0.5)
    return one_of(random, (
        plain, plain, plain, some, np.ones(rows), np.zeros(rows), -plain, plain * 1e300, plain * 1e-300,
        plain * SMALLEST,
        np.full(rows, np.nan), np.full(rows, np.inf), plain[:-1], plain.astype("float32"), plain.astype(">f8"),
        plain.tolist(), plain > 1, np.round(plain).astype(int), pd.Series(plain), plain[:, None], 2.0, "x",
        ["a"] * rows,
        _with_one(random, plain, one_of(random, (None, np.nan, -1.0, np.inf, "1", LARGEST))), {}, np.array(plain, str),
        plain.astype(np.float16), plain + 0j, _read_only(random, plain), np.full(rows, LARGEST), [10**400] * rows,
    ))  # fmt: skip
