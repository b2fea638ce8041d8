"""Layouts: however an array lies in memory, every face makes the same bits of its numbers, and leaves it as it was."""

import tempfile
import tracemalloc
import warnings
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from mlnn import MLPClassifier, MLPRegressor, Model, TableClassifier, TableRegressor
from mlnn.engine import Reference, fastest_for
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import Adam
from mlnn.output import LeastSquares
from mlnn.training import Recipe, epochs

RANDOM = np.random.default_rng(0)
X = RANDOM.integers(-6, 7, (40, 3)) / 2.0
Y, T = (X.sum(axis=1) > 0.0).astype(int), X @ [[1.0, -1.0], [2.0, 0.5], [3.0, 0.0]]
WEIGHTS = RANDOM.integers(1, 4, 40).astype(float)
NETWORK = Network.dense([3, 4, 2])
NUMBER = count()
FOLDER = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


def read_only(values):
    values = values.copy()
    values.setflags(write=False)
    return values


def apart(values):
    """Every second number of every second row, in memory that is twice as large in each direction."""
    wide = np.full([2 * size for size in values.shape], 7, values.dtype)
    view = wide[tuple(slice(0, 2 * size, 2) for size in values.shape)]
    view[...] = values
    return view


def unaligned(values):
    held = np.zeros(values.nbytes + 1, np.uint8)[1:].view(values.dtype).reshape(values.shape)
    held[...] = values
    return held


def mapped(values):
    file = Path(FOLDER.name, f"{next(NUMBER)}.npy")
    np.save(file, values)
    return np.load(file, mmap_mode="r")


LAYOUTS = {
    "read-only": read_only,
    "every second row": lambda values: np.repeat(values, 2, axis=0)[::2],
    "rows backwards": lambda values: values[::-1].copy()[::-1],
    "columns backwards": lambda values: values[..., ::-1].copy()[..., ::-1],
    "apart": apart,
    "Fortran": np.asfortranarray,
    "unaligned": unaligned,
    "one row for all": lambda values: np.broadcast_to(values[:1], values.shape),
    "memory-mapped": mapped,
    "memory-mapped >f8": lambda values: mapped(values.astype(">f8")),
    ">f8": lambda values: values.astype(">f8"),
    ">f4 Fortran": lambda values: np.asfortranarray(values.astype(">f4")),
    "float32 apart": lambda values: apart(values.astype("f4")),
    "float16": lambda values: values.astype("f2"),
    "long double": lambda values: values.astype(np.longdouble),
    "int8": lambda values: values.astype("i1"),
    "uint64": lambda values: np.abs(values).astype("u8"),
    "bool": lambda values: values > 0,
}


def trained(engine):
    def face(X, y, weights):
        network = Network.dense([3, 4, y.shape[1]], output=LeastSquares()) if np.ndim(y) == 2 else NETWORK
        problem = Problem.of(network, X, y, weights)
        theta = network.initial(np.random.default_rng(0), problem.X.dtype)
        runs = Reference() if engine == "reference" else fastest_for(network)[0]
        ends = [[*epochs(problem, theta, Recipe(Adam(), epochs=2, batch_size=size), engine=runs)][-1].theta
                for size in (None, 16)]  # fmt: skip
        with runs.predictor(network, ends[0]) as predict:
            return np.concatenate([*ends, predict(np.asarray(X)).ravel(), predict.scores(np.asarray(X)).ravel()])

    return face


def model(X, y, weights):
    model = Model([3, 4, 2], seed=0)
    model.train(X, y, num_passes=2, weights=weights)
    return np.concatenate([model.theta, model.predict_proba(X).ravel(), [model.calculate_loss(X, y)]])


def classifier(X, y, weights):
    model = fitted(MLPClassifier((4,), max_iter=2, random_state=0), X, y, weights)
    return np.concatenate([model.predict_proba(X).ravel(), model.predict_log_proba(X).ravel(), model.predict(X)])


def regressor(X, y, weights):
    return fitted(MLPRegressor(hidden_layer_sizes=(4,), max_iter=2, random_state=0), X, y, weights).predict(X)


def table_classifier(X, y, weights):
    return fitted(TableClassifier(epochs=2, members=2, hidden=(4,)), X, y, weights).predict_proba(X)


def table_regressor(X, y, weights):
    return fitted(TableRegressor(epochs=2, members=2, hidden=(4,)), X, y, weights).predict(X)


def fitted(estimator, *given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # two epochs are few
        return estimator.fit(*given)


FACES = {
    "reference": (trained("reference"), Y),
    "fastest": (trained("fastest"), Y),
    "reference, values": (trained("reference"), T),
    "fastest, values": (trained("fastest"), T),
    "model": (model, Y),
    "classifier": (classifier, Y),
    "regressor": (regressor, T),
    "table classifier": (table_classifier, Y),
    "table regressor": (table_regressor, T),
}
CASES = [
    (face, layout)
    for face in FACES
    for layout in LAYOUTS
    if not face.startswith("table") or layout in ("apart", "Fortran", "memory-mapped >f8", "float16", "uint64")
]
"""All of them, but for tables, whose preparation makes arrays of its own: those that differ most."""


def plain(values, face, which):
    """The same numbers, one after another, in double precision, or in single where rows are."""
    if which == "y" and FACES[face][1] is Y:
        return np.array(values, int, order="C")
    single = which == "X" and values.dtype == np.dtype("f4")
    return np.array(values, np.float32 if single else np.float64, order="C")


@pytest.mark.parametrize(("face", "layout"), CASES)
def test_every_layout_has_the_bits_of_a_plain_copy_and_stays_as_it_is(face, layout):
    function, y = FACES[face]
    given = {which: LAYOUTS[layout](values) for which, values in (("X", X), ("y", y), ("weights", WEIGHTS))}
    if layout == "one row for all":  # nothing to learn
        given["y"] = y
    before = [(each.tobytes(), each.dtype, each.strides, each.flags.writeable) for each in given.values()]
    one = function(*given.values())
    other = function(*(plain(values, face, which) for which, values in given.items()))
    assert one.astype(other.dtype).tobytes() == other.tobytes()
    assert [(each.tobytes(), each.dtype, each.strides, each.flags.writeable) for each in given.values()] == before


PLAIN = pd.DataFrame(X, columns=list("abc")).assign(town=np.resize(["Ulm", "Bonn"], 40))
TWICE = PLAIN.loc[np.repeat(np.arange(40), 2)]
FRAMES = {
    "every second row": TWICE.iloc[::2],
    "columns backwards": PLAIN.iloc[:, ::-1].copy().iloc[:, ::-1],
    "a slice of Arrow": pa.Table.from_pandas(pd.concat([PLAIN[:5], PLAIN]), preserve_index=False).slice(5),
    "chunks of Arrow": pa.concat_tables(
        [pa.Table.from_pandas(part, preserve_index=False) for part in (PLAIN[:7], PLAIN[7:])]
    ),
    "a batch of Arrow": pa.RecordBatch.from_pandas(PLAIN, preserve_index=False).slice(0),
}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("face", ["table classifier", "table regressor"])
def test_a_part_of_a_frame_has_the_bits_of_its_copy(face, frame):
    function, y = FACES[face]
    assert function(FRAMES[frame], y, None).tobytes() == function(PLAIN, y, None).tobytes()


@pytest.mark.parametrize("face", ["reference", "fastest", "model", "classifier", "regressor"])
def test_a_part_of_a_frame_of_numbers_has_the_bits_of_its_rows(face):
    (function, y), every = FACES[face], slice(None, None, 2)
    frame, targets = TWICE.iloc[every][["a", "b", "c"]], np.repeat(y, 2, axis=0)
    weights = pd.Series(np.repeat(WEIGHTS, 2))[every]
    given = pd.DataFrame(targets).iloc[every] if y is T else pd.Series(targets)[every]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it has names
        assert function(frame, given, weights).tobytes() == function(X.copy(), y, WEIGHTS).tobytes()


@pytest.mark.parametrize("shape", [(), (40,), (40, 1, 3)], ids=str)
@pytest.mark.parametrize("face", FACES)
def test_what_is_no_matrix_is_refused_in_a_sentence(face, shape):
    function, y = FACES[face]
    with pytest.raises(ValueError, match=r"X must be a matrix|Expected 2D array|dim 3"):
        function(np.ones(shape), y, WEIGHTS)


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("rows", [1, 40])
def test_one_row_and_one_column_are_trained_on(rows, columns):
    given = np.asfortranarray(X[:rows, :columns])
    for face in (classifier, regressor):
        assert np.isfinite(face(given, Y[:rows], WEIGHTS[:rows])).all()
        np.testing.assert_array_equal(face(given, Y[:rows], None), face(given.copy("C"), Y[:rows], None))


# Without a copy where none is needed

MOST = 0.3
"""Shares of the rows' bytes: what batches, activations and answers take beside them."""


@pytest.fixture(scope="module")
def large():
    """25 MB of rows in a file."""
    file = Path(FOLDER.name, "large.npy")
    rows = np.lib.format.open_memmap(file, "w+", np.float64, (50_000, 64))
    rows[:, ::7] = 1.0
    rows.flush()
    return np.load(file, mmap_mode="r"), np.arange(50_000) % 2


def peak(function):
    tracemalloc.start()
    function()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("part", [slice(None), slice(None, None, -1), slice(None, None, 2)], ids=str)
def test_a_file_mapped_into_memory_is_read_in_place(large, part):
    rows, y = (each[part] for each in large)
    network = Network.dense([64, 2])
    allowed = MOST * rows.shape[0] * rows.shape[1] * 8
    assert peak(lambda: Problem.of(network, rows, y)) < allowed
    problem, theta = Problem.of(network, rows, y), np.zeros(network.size)
    assert np.shares_memory(problem.X, rows)
    for engine in (Reference(), fastest_for(network)[0]):
        recipe = Recipe(epochs=1, batch_size=1000)
        assert peak(lambda: list(epochs(problem, theta, recipe, engine=engine))) < allowed  # noqa: B023
        assert peak(lambda: engine.scores(network, theta, rows)) < allowed  # noqa: B023
    model = Model([64, 2], seed=0)
    assert peak(lambda: model.predict(rows)) < allowed
    estimator = MLPClassifier((2,), max_iter=1)
    assert peak(lambda: fitted(estimator, rows, y)) < allowed
    assert max(peak(lambda: estimator.predict_proba(rows)), peak(lambda: estimator.predict_log_proba(rows))) < allowed
