"""Intervals that hold what they promise, and say how often they did."""

import json

import numpy as np
import pytest

from mlnn.tabular.conformal import COVERAGES, Conformal, Errors
from mlnn.tabular.estimator import TableRegressor

QUICK = {"hidden": (16,), "epochs": 20, "rate": 0.01}


def noisy(random, rows):
    """Values whose errors grow with them and are skewed."""
    x = random.uniform(0.0, 1.0, rows)
    return x, 10.0 * x + (0.2 + 2.0 * x) * (random.gamma(2.0, 1.0, rows) - 2.0)


def held(ends, y):
    return np.mean((ends[..., 0] <= y) & (y <= ends[..., 1]))


def test_the_ranks_of_few_errors_are_those_of_the_definition():
    """Of 19 errors the smallest and the largest hold a twentieth on either side: 18 of 20 intervals between."""
    errors = Errors.learn(np.arange(19.0), np.zeros(19), np.zeros(19))
    assert errors.interval(np.zeros(1), 0.9)[0] == pytest.approx([0.0, 18.0])
    for coverage in (0.95, 0.999999, 0.04, 1e-9):
        with pytest.raises(
            ValueError, match=rf"cannot be {coverage:g}: the 19 errors .* can promise from 0.05 to 0.9$"
        ):
            errors.interval(np.zeros(1), coverage)
    with pytest.raises(ValueError, match=r"cannot be 0\.5: one judged row is too few for any"):
        Errors((0.0,), (1.0,), (0.0,)).interval(np.zeros(1), 0.5)


@pytest.mark.parametrize("coverage", [0, 1, 90, "0.9", float("nan")])
def test_a_coverage_that_is_none_is_refused(coverage):
    learned = Conformal.learn(np.arange(19.0)[:, None], np.zeros((19, 1)), np.zeros(19))
    with pytest.raises(ValueError, match=f"must lie between 0 and 1, but got {coverage!r}"):
        learned.interval(np.zeros((1, 1)), coverage)


def test_what_intervals_hold_of_other_rows_is_counted_by_weight():
    learned = Conformal.learn(np.arange(19.0)[:, None], np.zeros((19, 1)), np.zeros(19))
    y = np.array([[-1.0], [9.0], [18.0], [19.0]])
    assert learned.held(y, np.zeros((4, 1)))[0.9] == 0.5
    assert learned.held(y, np.zeros((4, 1)), np.array([0.0, 1.0, 0.0, 3.0]))[0.9] == 0.25
    both = Conformal(learned.targets * 2, 19, {})
    assert both.held(np.hstack([y, y[::-1]]), np.zeros((4, 2)))[0.9] == 0.5  # a half of every row
    assert 0.95 not in learned.held(y, np.zeros((4, 1)))  # of 19 errors none can promise it


def test_what_is_measured_counts_by_weight(random):
    y, w, fold, zeros = random.normal(size=(80, 1)), random.uniform(0.1, 9.0, 80), np.arange(80) % 2, np.zeros((40, 1))
    parts = [fold == number for number in (0, 1)]
    of = [Conformal.learn(y[~part], zeros, fold[~part], w[~part]).held(y[part], zeros, w[part]) for part in parts]
    measured = Conformal.learn(y, np.zeros((80, 1)), fold, w).measured
    assert measured[0.8] == pytest.approx(
        np.average([each[0.8] for each in of], weights=[w[part].sum() for part in parts])
    )


def test_an_evaluation_counts_by_weight_what_intervals_hold(random):
    x, y = noisy(random, 120)
    model = TableRegressor(**QUICK | {"members": 2, "preset": "fast"}).fit(x[:, None], y)
    w = np.where(np.arange(120) < 60, 1.0, 9.0)
    ends = model.predict_interval(x[:, None], 0.8)
    inside = (ends[:, 0] <= y) & (y <= ends[:, 1])
    assert model.evaluation(x[:, None], y, w).held[0.8] == pytest.approx(np.average(inside, weights=w))


def test_what_can_be_promised_is_measured(random):
    """Of 38 rows in two folds, 19 promise 90 % for the others, and of 36 rows 18 do not."""
    for rows, measured in ((38, [0.5, 0.8, 0.9]), (36, [0.5, 0.8])):
        y = random.normal(size=(rows, 1))
        assert list(Conformal.learn(y, 0.0 * y, np.arange(rows) % 2).measured) == measured


def test_intervals_cover_as_promised_wide_where_errors_are_large(random):
    (x, y), (x_new, y_new) = noisy(random, 4000), noisy(random, 4000)
    found = Conformal.learn(y[:, None], 10.0 * x[:, None], np.arange(4000) % 5)
    for coverage in COVERAGES:
        ends = found.interval(10.0 * x_new[:, None], coverage)[:, 0]
        noise = np.sqrt(2.0 * coverage * (1.0 - coverage) / 4000)
        assert held(ends, y_new) == pytest.approx(coverage, abs=3.0 * noise)
        assert found.measured[coverage] == pytest.approx(coverage, abs=3.0 * noise)
        low, high = x_new < 0.3, x_new > 0.7
        assert np.ptp(ends[high], axis=1).mean() > 2.0 * np.ptp(ends[low], axis=1).mean()
        assert held(ends[low], y_new[low]) == pytest.approx(held(ends[high], y_new[high]), abs=0.07)
    below, above = np.mean(y_new < ends[:, 0]), np.mean(y_new > ends[:, 1])
    assert below == pytest.approx(above, abs=0.02)


def test_rows_count_by_their_weight(random):
    """Rows that count twice are rows that are there twice."""
    x, y = noisy(random, 300)
    twice = random.integers(1, 3, 300)
    fold = np.arange(300) % 5
    weighted = Errors.learn(y, 10.0 * x, fold, twice.astype(float))
    doubled = Errors.learn(*(np.repeat(each, twice) for each in (y, 10.0 * x, fold)))
    ends = weighted.interval(10.0 * x, 0.8)
    assert ends == pytest.approx(doubled.interval(10.0 * x, 0.8), rel=0.15, abs=0.2)
    assert abs(ends - Errors.learn(y, 10.0 * x, fold).interval(10.0 * x, 0.8)).max() > 0.0


def test_a_new_row_weighs_what_rows_weigh_on_the_average():
    """Of weights 5, 1, 1, 1 and the new row's 2, shares of 5, 6, 7 and 8 tenths lie up to each of the errors."""
    errors = Errors.learn(np.array([-3.0, -1.0, 1.0, 3.0]), np.zeros(4), np.zeros(4), np.array([5.0, 1.0, 1.0, 1.0]))
    assert errors.size == (2.0,)
    assert errors.ranks == (-1.5, -1.5, -0.5, 1.5)  # those at 2, 4, 6 and 8 tenths


def test_where_no_row_errs_some_error_is_expected():
    predictions = np.repeat([0.0, 1.0], 50)
    y = predictions + np.where(predictions > 0, np.tile([1.0, -1.0], 50), 0.0)
    errors = Errors.learn(y, predictions, np.arange(100) % 5)
    assert errors.size == pytest.approx([0.05 * 0.5, 1.0])  # a twentieth of the typical error elsewhere
    low, high = errors.interval(np.zeros(1), 0.9)[0]
    assert low < 0.0 < high


def test_a_row_is_no_yardstick_of_its_own_error():
    """Where one fold errs by a hundred times more, its errors are large by the other folds' measure."""
    fold = np.arange(100) % 5
    errors = np.where(fold == 0, 100.0, 1.0) * (-1.0) ** (np.arange(100) // 5)
    assert max(Errors.learn(errors, np.zeros(100), fold).ranks) == pytest.approx(100.0)


def test_a_model_gives_intervals_and_says_how_often_they_held(random):
    x = random.normal(size=(900, 3))
    y = x[:, 0] * 2.0 + random.normal(size=900) * np.where(x[:, 1] > 0, 1.5, 0.5)
    model = TableRegressor(**QUICK).fit(x[:600], y[:600])
    assert held(model.predict_interval(x[600:]), y[600:]) == pytest.approx(0.9, abs=3 * np.sqrt(0.09 / 300))
    said = model.judgement_.conformal.said
    measured = model.judgement_.conformal.measured
    assert said.startswith("intervals of 50, 80, 90 and 95 % held the truth in ")
    assert f", {100 * measured[0.9]:.1f} and {100 * measured[0.95]:.1f} % of 600" in said
    assert "600 rows from which neither networks nor intervals were learned" in said
    low, high = (model.predict_interval(x[:5], coverage) for coverage in (0.5, 0.95))
    assert (high[:, 0] < low[:, 0]).all()
    assert (low[:, 1] < high[:, 1]).all()


def test_several_targets_each_have_intervals(random):
    x = random.normal(size=(600, 2))
    y = np.column_stack([x[:, 0] + random.normal(size=600), 100.0 * (x[:, 1] + random.normal(size=600))])
    ends = TableRegressor(**QUICK | {"epochs": 60}).fit(x[:300], y[:300]).predict_interval(x[300:])
    assert ends.shape == (300, 2, 2)
    assert held(ends[:, 0], y[300:, 0]) == pytest.approx(0.9, abs=0.06)
    assert held(ends[:, 1], y[300:, 1]) == pytest.approx(0.9, abs=0.06)


@pytest.mark.parametrize("how", ["eval_set", "times", "one member"])
def test_however_it_was_judged_there_are_intervals(random, how):
    x = random.normal(size=(400, 2))
    y = x[:, 0] + random.normal(size=400)
    given = {"eval_set": {"eval_set": (x[300:], y[300:])}, "times": {"times": np.arange(300)}}.get(how, {})
    model = TableRegressor(**QUICK, members=1 if how == "one member" else 3).fit(x[:300], y[:300], **given)
    assert held(model.predict_interval(x[300:], 0.8), y[300:]) == pytest.approx(0.8, abs=0.15)
    assert 0.5 < model.judgement_.conformal.measured[0.8] < 1.0


def test_what_cannot_be_promised_is_refused(random):
    x = random.normal(size=(12, 2))
    model = TableRegressor(epochs=2).fit(x, x[:, 0])
    assert model.predict_interval(x, 0.8).shape == (12, 2)
    with pytest.raises(ValueError, match=r"cannot be 0\.9: the 12 errors .* can promise from 0\.077 to 0\.8461$"):
        model.predict_interval(x)
    with pytest.raises(ValueError, match="between 0 and 1, but got 90"):
        model.predict_interval(x, 90)


def test_intervals_are_read_back_as_they_were_written(random):
    x, y = noisy(random, 200)
    found = Conformal.learn(y[:, None], x[:, None], np.arange(200) % 5)
    again = Conformal.from_json(json.loads(json.dumps(found.to_json())))
    assert again.targets == found.targets
    assert (again.interval(x[:, None]) == found.interval(x[:, None])).all()
    assert again.said == found.said
    broken = found.to_json()
    broken["targets"][0]["ranks"] = []
    with pytest.raises(ValueError, match="intervals need errors"):
        Conformal.from_json(broken)


def test_rows_that_do_not_count_are_as_good_as_not_there(random):
    x, y = noisy(random, 300)
    weights, fold = np.where(np.arange(300) < 60, 0.0, random.uniform(0.5, 2.0, 300)), np.arange(300) // 60
    some = np.arange(60, 300)
    every = Conformal.learn(y[:, None], 10.0 * x[:, None], fold, weights)
    few = Conformal.learn(y[some, None], 10.0 * x[some, None], fold[some], weights[some])
    assert (every.targets, every.rows, every.measured) == (few.targets, few.rows, few.measured)


def test_folds_count_by_the_weight_of_their_rows(random):
    """A fold whose rows hardly count hardly counts in what was measured."""
    x, y = noisy(random, 300)
    fold = np.arange(300) % 5
    y[fold == 0] += 1000.0
    light = Conformal.learn(y[:, None], 10.0 * x[:, None], fold, np.where(fold == 0, 1e-9, 1.0))
    assert light.measured[0.5] > 0.38  # 0.33 where rows are counted
