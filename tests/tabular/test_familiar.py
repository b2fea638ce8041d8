"""Rows of training among others: how many they are, exactly or estimated, and no alarm by chance."""

import numpy as np
import pytest

from mlnn.tabular.familiar import SAMPLE, Familiar, digests_of


def rows(random, count):
    return random.normal(size=(count, 3)).astype(np.float32), random.integers(0, 2, count)


def learned(X, t, key):
    return Familiar.of(digests_of(X, t, key), key)


def beside(one, other):
    return tuple(np.concatenate(each) for each in zip(one, other, strict=True))


def test_rows_of_a_small_table_are_counted(random):
    X, t = rows(random, 500)
    familiar = learned(X, t, "key")
    assert familiar.among(*beside((X[:30], t[:30]), rows(random, 70))) == (
        "30 of 100 rows are rows that the model was trained on"
    )
    assert not familiar.among(*rows(random, 100))
    assert not familiar.among(X, 1 - t)  # the same inputs with other targets are other rows
    assert not learned(X, t, "other key").among(X + 1, t)
    assert not np.isin(learned(X, t, "other key").digests, familiar.digests).any()


def test_the_share_of_rows_of_a_large_table_is_estimated(random):
    X, t = rows(random, 5 * SAMPLE)
    familiar = learned(X, t, "key")
    assert len(familiar.digests) == SAMPLE
    assert not familiar.whole
    said = familiar.among(*beside((X[:6000], t[:6000]), rows(random, 4000)))
    share, error = (float(said.split(mark)[1].split(" %")[0]) for mark in ("about ", "± "))
    assert abs(share - 60) < 4 * error
    assert 0.5 < error < 2
    assert said.endswith("of the 10,000 rows are rows that the model was trained on")
    assert not familiar.among(*rows(random, 10_000))


@pytest.mark.parametrize("kinds", [2, 10, 100])
def test_rows_that_are_alike_by_chance_are_no_alarm(random, kinds):
    def drawn(count):
        return random.integers(0, kinds, (count, 2)).astype(float), random.integers(0, 2, count)

    X, t = drawn(1000)
    familiar = learned(X, t, "key")
    assert sum(bool(familiar.among(*drawn(300))) for _ in range(20)) <= 1
    assert bool(familiar.among(X[:300], t[:300])) == (kinds == 100)


def test_zeros_are_the_same_whatever_their_sign(random):
    X, t = rows(random, 50)
    X[:, 0], t = 0.0, t.astype(float)
    familiar = learned(X, t, "key")
    assert familiar.among(X * [-1.0, 1.0, 1.0], np.where(t, t, -0.0)).startswith("50 of 50")


def test_a_file_keeps_the_same(random):
    X, t = rows(random, 50)
    familiar = learned(X, t, "key")
    again = Familiar.from_json(familiar.to_json(), familiar.array(), "key")
    np.testing.assert_array_equal(again.digests, familiar.digests)
    assert again.among(X, t) == familiar.among(X, t)
    assert again.among(X, t).startswith("50 of 50")
