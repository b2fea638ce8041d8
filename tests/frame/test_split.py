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
