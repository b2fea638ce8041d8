"""Leaves of trees: the formula, growing, and what files may hold."""

import numpy as np
import pytest
from sklearn.tree import ExtraTreeRegressor

from mlnn.tabular.forest import LEAVES, TREES, Forest
from mlnn.tabular.parts import Rows


@pytest.fixture
def rows(random):
    """Return rows whose classes are two thresholds together."""
    X = random.normal(size=(300, 4)).astype(np.float32)
    return Rows(X, ((X[:, 0] > 0.3) & (X[:, 1] > -0.2)).astype(np.int64))


def leaves_of(forest, tree, x):
    """Return the leaves of which every question is answered as they lie: one, or none in a tree without questions."""
    hits = []
    for leaf in range(LEAVES):
        asked = np.flatnonzero(forest.sides[tree, :, leaf])
        answers = x[forest.features[tree, asked]] <= forest.thresholds[tree, asked]
        if asked.size and (answers == (forest.sides[tree, asked, leaf] == 1)).all():
            hits.append(leaf)
    return hits


def test_a_row_is_in_the_leaf_to_which_the_answers_lead(rows, random):
    forest = Forest.grow(rows, seed=3)
    new = random.normal(size=(40, 4)).astype(np.float32)
    leaves = forest.transform(new).reshape(40, TREES, LEAVES)
    for x, row in zip(new, leaves, strict=True):
        for tree in range(TREES):
            assert np.flatnonzero(row[tree]).tolist() == leaves_of(forest, tree, x)
    assert leaves.dtype == np.float32


def test_trees_are_those_of_scikit_learn(rows):
    forest = Forest.grow(rows, seed=5)
    classes = np.stack([rows.t == 0, rows.t == 1], axis=1)
    options = {"max_leaf_nodes": LEAVES, "max_features": 0.5, "min_samples_leaf": 3}
    options["random_state"] = np.random.RandomState(5)
    leaves = forest.transform(rows.matrix).reshape(-1, TREES, LEAVES)
    assert leaves.sum() > 0.8 * TREES * len(leaves)
    for number in range(TREES):
        theirs = ExtraTreeRegressor(**options).fit(rows.matrix, classes).apply(rows.matrix)
        pairs = set(zip(theirs.tolist(), leaves[:, number].argmax(axis=1).tolist(), strict=True))
        assert len(pairs) == len(set(theirs.tolist()))


def test_targets_of_all_kinds_grow_trees(rows, random):
    kinds = [
        rows.t,
        rows.t + 2 * (rows.matrix[:, 2] > 0),
        np.stack([rows.t, 1 - rows.t], axis=1),
        random.normal(size=(300, 1)).astype(np.float32),
        random.normal(size=(300, 3)).astype(np.float32),
    ]
    for t in kinds:
        trees = Forest.grow(Rows(rows.matrix, t), 0).transform(rows.matrix).reshape(-1, TREES, LEAVES).sum(axis=2)
        assert (trees.all(axis=0) | (trees == 0.0).all(axis=0)).all()
        assert trees.mean() > 0.8


def test_rows_that_count_nothing_grow_nothing(rows):
    some = np.arange(300) < 200
    weights = np.where(some, 1.0, 0.0).astype(np.float32)
    other = np.where(some, rows.t, 1 - rows.t)
    one, two = (Forest.grow(Rows(rows.matrix, t, weights), 0).arrays() for t in (rows.t, other))
    assert all(np.array_equal(one[name], two[name]) for name in Forest.NAMES)


def test_where_no_question_can_be_asked_there_is_no_leaf():
    forest = Forest.grow(Rows(np.ones((50, 2), np.float32), np.arange(50) % 2), 0)
    assert not forest.transform(np.zeros((3, 2), np.float32)).any()


def test_trees_are_grown_by_rows_from_everywhere_and_not_too_many(random, monkeypatch):
    X = random.normal(size=(1000, 3)).astype(np.float32)
    rows = Rows(X, X[:, 0] > 0.2)
    some = Forest.grow(rows.only(np.linspace(0, 999, 100).astype(np.int64)), 0).arrays()
    monkeypatch.setattr("mlnn.tabular.forest.GROWN", 100)
    few = Forest.grow(rows, 0).arrays()
    assert all(np.array_equal(few[name], some[name]) for name in Forest.NAMES)


def test_many_classes_take_fewer_rows(random, monkeypatch):
    X = random.normal(size=(1000, 3)).astype(np.float32)
    t = random.integers(0, 50, 1000)
    some = Forest.grow(Rows(X, t).only(np.linspace(0, 999, 200).astype(np.int64)), 0).arrays()
    monkeypatch.setattr("mlnn.tabular.forest.TARGETS", 50 * 200)
    few = Forest.grow(Rows(X, t), 0).arrays()
    assert all(np.array_equal(few[name], some[name]) for name in Forest.NAMES)


def test_a_row_alone_has_the_same_leaves(random):
    X = random.integers(0, 3, (80, 3)).astype(np.float32)
    forest = Forest.grow(Rows(X, X[:, 0] + random.normal(size=80).astype(np.float32)), 0)
    np.testing.assert_array_equal(np.concatenate([forest.transform(x[None]) for x in X]), forest.transform(X))


def test_it_comes_back_from_its_arrays(rows):
    forest = Forest.grow(rows, 0)
    again = Forest.from_arrays(forest.arrays(), 4)
    np.testing.assert_array_equal(again.transform(rows.matrix), forest.transform(rows.matrix))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"features": np.array([[0, 2]], np.int16)}, "columns up to 2, but the table has 2"),
        ({"features": np.array([[0, -1]], np.int16)}, "columns from -1"),
        ({"features": np.array([[0, 1]], np.int32)}, "must be of int16"),
        ({"features": np.array([[0]], np.int16)}, r"must have shapes \(T, I\)"),
        ({"features": np.array([0, 1], np.int16)}, r"must have shapes \(T, I\)"),
        ({"thresholds": np.array([[0.0, np.nan]])}, "finite"),
        ({"thresholds": np.array([[0, 1]])}, "must be of int16, float32"),
        ({"thresholds": np.array([[0.0]])}, r"must have shapes \(T, I\)"),
        ({"sides": np.array([[[1, -1, 0], [0, 2, -1]]], np.int16)}, "from -1 to 2"),
        ({"sides": np.array([[[-32768, -1, -1], [0, 1, -1]]], np.int16)}, "from -32768 to 1"),
        ({"sides": np.zeros((1, 2), np.int16)}, r"must have shapes \(T, I\)"),
        ({"sides": np.zeros((1, 2, 3))}, "must be of int16"),
    ],
)
def test_other_arrays_are_refused(change, words):
    fine = {
        "features": np.array([[0, 1]], np.int16),
        "thresholds": np.array([[0.0, 1.0]]),
        "sides": np.array([[[1, -1, -1], [0, 1, -1]]], np.int16),
    }
    assert Forest.from_arrays(fine, 2).width == 3
    with pytest.raises(ValueError, match=words):
        Forest.from_arrays(fine | change, 2)
