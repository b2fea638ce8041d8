"""Rows that occur more than once are told of where their twins are trained on, and not where chance makes them."""

import numpy as np
import pytest

from mlnn import TableClassifier, TableRegressor
from mlnn.frame.split import dealt
from mlnn.tabular.copies import copied


def twins(model):
    return [each for each in model.said_ if "twin" in each]


@pytest.fixture
def table(random):
    X = random.normal(size=(240, 3))
    return X, X[:, 0] + 0.1 * random.normal(size=240)


def doubled(X, y, count):
    return np.concatenate([X, X[:count]]), np.concatenate([y, y[:count]])


def test_copies_are_told_of_and_a_table_without_is_silent(table):
    model = TableRegressor(preset="fast", epochs=2, members=3, random_state=0)
    assert not twins(model.fit(*table))
    (said,) = twins(model.fit(*doubled(*table, 80)))
    assert said.endswith(
        "of 320 rows have a twin in another fold, target included: if these are copies, scores are too good: "
        "leave them out, or keep them together by groups"
    )


def test_copies_that_groups_keep_together_are_no_matter(table):
    X, y = doubled(*table, 80)
    groups = np.concatenate([np.arange(240), np.arange(80)])
    assert not twins(TableRegressor(preset="fast", epochs=2, members=3, random_state=0).fit(X, y, groups=groups))


def test_rows_of_few_categories_are_alike_by_chance(random):
    X = random.integers(0, 3, (300, 3)).astype(str)
    y = np.where(X[:, 0] == "1", "yes", "no")
    assert not twins(TableClassifier(preset="fast", epochs=2, members=3, random_state=0).fit(X, y))


def test_few_copies_change_no_score(random):
    matrix = random.normal(size=(1000, 3))[[*range(996), *range(4)]]
    fold = dealt(1000, 0)
    assert not copied(matrix[:, 0], fold, matrix, np.zeros(1000))
    matrix[900:] = matrix[:100]
    assert copied(matrix[:, 0], fold, matrix, np.zeros(1000))


def rows_of(matrix, t):
    return np.unique(np.column_stack([matrix, t]), axis=0, return_inverse=True)[1].ravel()


@pytest.mark.parametrize(
    ("matrix", "t"),
    [
        (lambda r: np.column_stack([r.integers(0, 2, (200, 2))]), lambda r: r.normal(size=200)),
        (lambda r: r.normal(size=(200, 1)), lambda r: np.zeros(200)),
    ],
    ids=["a target of quantities", "one column"],
)
def test_copies_are_found_however_few_columns_there_are(matrix, t, random):
    X, t = np.tile(matrix(random), (2, 1)), np.tile(t(random), 2)
    assert copied(rows_of(X, t), dealt(400, 0), X, t)


def test_rows_that_are_alike_in_crowds_are_no_copies(random):
    city = random.integers(0, 20, 400)
    of_city = random.normal(size=(20, 6))[city]
    t = (of_city[:, 0] > 0).astype(float)
    assert not copied(rows_of(of_city, t), dealt(400, 0), of_city, t)
    idle = random.normal(size=(1000, 8)) * (np.arange(1000) >= 300)[:, None]
    assert not copied(rows_of(idle, idle[:, 0]), dealt(1000, 0), idle, idle[:, 0])
