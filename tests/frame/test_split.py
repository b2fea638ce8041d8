"""Which rows are trained on, and which are judged by."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlnn.frame.column import TableError
from mlnn.frame.split import folds, hold_out, past_and_future


@settings(max_examples=150)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.integers(2, 6), st.integers(0, 99))
def test_every_row_is_judged_by_once_and_classes_are_dealt_out(numbers, count, seed):
    t = np.unique(numbers, return_inverse=True)[1]
    if len(t) < count:
        with pytest.raises(TableError, match=f"{count} folds need at least as many rows"):
            folds(t, count, seed, "classification")
        return
    parts = folds(t, count, seed, "classification")
    assert sorted(np.concatenate([aside for _, aside in parts])) == list(range(len(t)))
    for rows, aside in parts:
        assert sorted([*rows, *aside]) == list(range(len(t)))
        assert set(t[np.isin(t, np.flatnonzero(np.bincount(t) >= 2))]) <= set(t[rows])
    counts = np.array([np.bincount(t[aside], minlength=t.max() + 1) for _, aside in parts])
    assert np.ptp(counts, axis=0).max() <= 1


@settings(max_examples=60)
@given(st.lists(st.integers(0, 8), min_size=6, max_size=40), st.integers(0, 99))
def test_a_group_is_trained_on_or_judged_by(groups, seed):
    groups = np.array(groups)
    t = np.zeros(len(groups))
    if len(set(groups)) < 3:
        remedy = r"are 2; members=2 takes fewer folds" if len(set(groups)) == 2 else "are 1$"
        with pytest.raises(TableError, match=f"3 folds need at least as many groups, but there {remedy}"):
            folds(t, 3, seed, "regression", groups)
        return
    parts = [*folds(t, 3, seed, "regression", groups), hold_out(t, 0.3, seed, "regression", groups)]
    for rows, aside in parts:
        assert not set(groups[rows]) & set(groups[aside])
        assert len(rows) + len(aside) == len(t)


@pytest.mark.parametrize("seed", range(20))
def test_a_group_with_a_class_of_its_own_is_trained_on_as_a_whole(seed):
    groups = np.repeat(np.arange(10), 10)
    t = np.where(groups == 3, np.arange(100) % 3, np.arange(100) % 2)
    rows, aside = hold_out(t, 0.2, seed, "classification", groups)
    assert not set(groups[rows]) & set(groups[aside])
    assert sorted([*rows, *aside]) == list(range(100))
    assert set(t[rows]) == {0, 1, 2}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(
    ("sizes", "fraction", "held"),
    [
        ([900] + [10] * 10, 0.2, {100}),
        ([900, 100], 0.2, {100}),
        ([150, 100, 100, 650], 0.2, {200}),
        ([400, 600], 0.1, {400}),
        ([300, 700], 0.9, {700}),
        ([90, 210, 300, 400], 0.2, {210}),
        ([1] * 1000, 0.2, {198}),
        ([30] * 7, 0.2, {30, 60}),
    ],
)
def test_groups_hold_out_as_nearly_a_fraction_of_the_rows_as_they_can(sizes, fraction, held, seed):
    groups = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    t = np.zeros(len(groups))
    aside = hold_out(t, fraction, seed, "regression", groups)[1]
    assert len(aside) in held
    assert np.array_equal(aside, hold_out(t, fraction, seed, "regression", groups)[1])


def test_groups_are_held_out_by_chance():
    groups = np.repeat(np.arange(100), np.arange(1, 101))
    drawn = [np.unique(groups[hold_out(groups, 0.2, seed, "regression", groups)[1]]) for seed in range(100)]
    often = np.bincount(np.concatenate(drawn), minlength=100)
    assert often.min() > 5  # small and large ones alike, about 20 of 100 times
    assert often.max() < 40


def test_one_group_alone_holds_out_nothing():
    with pytest.raises(TableError, match="a group is trained on or judged by, never both, but there is only 1 group"):
        hold_out(np.zeros(9), 0.2, 0, "regression", np.zeros(9))


@given(st.lists(st.integers(0, 20), min_size=2, max_size=40), st.floats(0.05, 0.95))
def test_the_future_comes_after_the_past(times, fraction):
    times = np.array(times)
    if len(set(times)) == 1:
        with pytest.raises(TableError, match="no past"):
            past_and_future(times, fraction)
        return
    past, future = past_and_future(times, fraction)
    assert times[past].max() < times[future].min()
    assert sorted([*past, *future]) == list(range(len(times)))
