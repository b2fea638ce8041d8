"""The table models as scikit-learn's citizens, and their members, folds and judgements."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from support import with_checks

from mlnn.estimator import MLPClassifier
from mlnn.frame import ColumnWarning
from mlnn.frame.column import TableError
from mlnn.frame.table import Table
from mlnn.model import Ensemble
from mlnn.tabular.compare import compared
from mlnn.tabular.conformal import Conformal
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.storage import load, save

FOLDED = {
    "check_sample_weight_equivalence_on_dense_data": "a row twice is in two folds, a row of weight 2 in one",
}
QUICK = {"hidden": (8,), "epochs": 15, "members": 3, "batch_size": 16, "rate": 0.01}


@with_checks([TableClassifier(epochs=10), TableRegressor(epochs=10)], expected_failed_checks=lambda _: FOLDED)
def test_scikit_learn_finds_nothing(estimator, check):
    check(estimator)


def people(rows=120, seed=0):
    """Return features with text, numbers and missing values; whether someone buys; and for how much."""
    random = np.random.default_rng(seed)
    age, income = random.uniform(18, 80, rows), random.lognormal(3.0, 0.5, rows)
    job = random.choice(["cook", "clerk", "pilot"], rows)
    score = (age - 50) / 15 + (job == "pilot") * 2.0 - (income - 22) / 20
    frame = pd.DataFrame({"age": age, "job": job, "income": income})
    frame.loc[random.random(rows) < 0.1, "income"] = np.nan
    frame.loc[random.random(rows) < 0.1, "job"] = None
    buys = pd.Series(np.where(score + random.normal(0, 0.3, rows) > 0, "yes", "no"), name="buys")
    return frame, buys, pd.Series(1000.0 + 50.0 * score + random.normal(0, 5, rows), name="amount")


def test_every_row_is_judged_by_a_member_that_has_not_seen_it():
    frame, _, amount = people()
    model = TableRegressor(**QUICK).fit(frame, amount)
    judgement = model.judgement_
    assert sorted(np.unique(judgement.fold)) == [0, 1, 2]
    for number in range(3):
        aside = judgement.fold == number
        matrix, alone = model.preparation_.transform(frame[aside]), 0.0
        for view in model.views_.each:
            seen = list(view.seen(matrix, view.encoded(matrix)))[number]
            alone += view.weight * Ensemble((view.members[number],)).predict_proba(seen)
        np.testing.assert_allclose(model.target_.decode(alone), judgement.predictions[aside, 0], rtol=1e-5)
    errors = judgement.predictions[:, 0] - amount
    assert judgement.scores["rmse"] == pytest.approx(np.sqrt(np.mean(errors**2)))


def test_rows_of_weight_0_are_left_out_and_said():
    frame, buys, _ = people()
    weights, buys[0] = (np.arange(len(buys)) % 10 > 0) * 1.0, None
    model = TableClassifier(**QUICK).fit(frame, buys, weights)
    same = TableClassifier(**QUICK).fit(frame[weights > 0], buys[weights > 0])
    assert model.said_[:2] == [
        "1 of 120 rows has no target and was left out",
        "11 of 120 rows have weight 0 and were left out",
    ]
    assert (model.predict_proba(frame) == same.predict_proba(frame)).all()
    alike = [
        [(each.column, each.mean) for each in explanation.importances]
        for explanation in (
            same.explain(frame.assign(age=frame["age"] + 1.0), buys.fillna("no"), weights),
            same.explain(frame.assign(age=frame["age"] + 1.0)[weights > 0], buys[weights > 0]),
        )
    ]
    assert alike[0] == alike[1]


def test_rows_without_a_target_are_left_out_and_said():
    frame, buys, _ = people()
    gaps = buys.where(np.arange(len(buys)) % 10 > 0, None)
    model = TableClassifier(**QUICK).fit(frame, gaps)
    same = TableClassifier(**QUICK).fit(frame[gaps.notna()], buys[gaps.notna()])
    assert model.said_[0] == "12 of 120 rows have no target and were left out"
    assert (model.predict_proba(frame) == same.predict_proba(frame)).all()
    assert np.isnan(model.out_of_fold_[::10]).all()
    assert not np.isnan(np.delete(model.out_of_fold_, np.arange(0, 120, 10), axis=0)).any()


def outputs(model, frame):
    return model.predict_proba(frame) if isinstance(model, TableClassifier) else model.predict(frame)


def fitted(classifies, frame=None, **settings):
    made, buys, amount = people()
    kind = TableClassifier if classifies else TableRegressor
    return kind(**QUICK | settings).fit(made if frame is None else frame, buys if classifies else amount)


@pytest.mark.parametrize("classifies", [True, False])
def test_threads_change_no_bit(classifies):
    frame = people()[0]
    one, three = fitted(classifies, n_threads=1), fitted(classifies, n_threads=3)
    assert (outputs(one, frame) == outputs(three, frame)).all()
    assert (one.out_of_fold_ == three.out_of_fold_).all()
    assert one.scores_ == three.scores_
    assert one.judgement_.intervals == three.judgement_.intervals
    assert (outputs(fitted(classifies, random_state=1), frame) != outputs(one, frame)).any()


@pytest.mark.parametrize("classifies", [True, False])
def test_a_row_alone_is_predicted_to_the_same_bits(classifies):
    model, frame = fitted(classifies), people()[0]
    alone = np.concatenate([outputs(model, frame.iloc[[row]]) for row in range(8)])
    assert (alone == outputs(model, frame)[:8]).all()


@pytest.mark.parametrize("classifies", [True, False])
def test_pickles_and_copies_are_the_same_model_and_clones_are_unfitted(classifies):
    model, frame = fitted(classifies), people()[0]
    for same in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert (outputs(same, frame) == outputs(model, frame)).all()
        assert (same.out_of_fold_ == model.out_of_fold_).all()
        assert same.said_ == model.said_
    with pytest.raises(NotFittedError):
        clone(model).predict(frame)


def test_predictions_of_many_threads_are_those_of_one():
    model, frame = fitted(True), people()[0]
    expected = model.predict_proba(frame)
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(lambda _: model.predict_proba(frame), range(12)):
            assert (found == expected).all()


def test_frames_of_any_library_are_the_same_table():
    frame, buys, _ = people()
    expected = TableClassifier(**QUICK).fit(frame, buys).predict_proba(frame)
    for other, target in ((pl.from_pandas(frame), pl.Series(buys)), (pa.Table.from_pandas(frame), list(buys))):
        assert (TableClassifier(**QUICK).fit(other, target).predict_proba(frame) == expected).all()


FAILURES = {
    "one class": (lambda X, y: (X[:, :2], np.zeros(len(X)), {}), "only one class"),
    "weights": (lambda X, y: (X[:, :2], y, {"sample_weight": -np.ones(len(X))}), "not negative"),
    "weights of 0": (lambda X, y: (X[:, :2], y, {"sample_weight": np.zeros(len(X))}), "not all zero, but all of them"),
    "groups": (lambda X, y: (X[:, :2], y, {"groups": np.zeros(len(X))}), "at least as many groups"),
    "diverged": (lambda X, y: (X[:, :2] + 1.0, y, {"watch": lambda *_: 1 / 0}), "division by zero"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_fit_that_fails_leaves_an_estimator_as_it_was(random, case):
    X = random.normal(size=(60, 4))
    model = TableClassifier(**QUICK).fit(X, X[:, 0] > 0)
    expected, before = model.predict_proba(X), dict(vars(model))
    given, words = FAILURES[case]
    rows, y, others = given(X, X[:, 0] > 0)
    with pytest.raises((ValueError, ZeroDivisionError), match=words):
        model.fit(rows, y, **others)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)
    assert (model.predict_proba(X) == expected).all()
    with pytest.raises((ValueError, ZeroDivisionError), match=words):
        (new := TableClassifier(**QUICK)).fit(rows, y, **others)
    assert vars(new) == vars(TableClassifier(**QUICK))


def test_one_fit_at_a_time(random):
    X = random.normal(size=(60, 2))
    model, refused = TableRegressor(**QUICK), []

    def again(_member, epoch):
        if epoch.number == 1 and not refused:
            with pytest.raises(RuntimeError, match="this TableRegressor is being fitted by another call") as problem:
                model.fit(X, X[:, 0])
            refused.append(problem)

    assert len(model.fit(X, X[:, 0], watch=again).members_) == 9
    assert len(refused) == 1


@pytest.mark.parametrize("name", ["groups", "times"])
@pytest.mark.parametrize("more", [7, -7])
def test_groups_and_times_are_one_a_row(random, name, more):
    X = random.normal(size=(60, 2))
    with pytest.raises(ValueError, match=f"^{name} has {60 + more} rows, but y has 60$"):
        TableRegressor(**QUICK).fit(X, X[:, 0], **{name: np.arange(60 + more)})


def test_groups_and_times_together_are_refused(random):
    X = random.normal(size=(60, 2))
    with pytest.raises(ValueError, match=r"^rows are parted by groups or by times, but both were given$"):
        TableRegressor(**QUICK).fit(X, X[:, 0], groups=np.arange(60) % 9, times=np.arange(60))
    with pytest.raises(
        ValueError, match=r"^rows are judged by the future \(times\) or by eval_set, but both were given$"
    ):
        TableRegressor(**QUICK).fit(X, X[:, 0], times=np.arange(60), eval_set=(X, X[:, 0]))


def test_groups_are_kept_together(random):
    X, groups = random.normal(size=(60, 2)), random.choice([*"abcdefg"], 60)
    fold = TableRegressor(**QUICK).fit(X, X[:, 0], groups=groups).judgement_.fold
    assert all(len(np.unique(fold[groups == each])) == 1 for each in np.unique(groups))


@pytest.mark.parametrize("members", [1, 3])
def test_groups_are_one_row_each_to_the_judgement(random, members, monkeypatch):
    parts, learn = [], Conformal.learn
    monkeypatch.setattr(
        Conformal, "learn", lambda y, p, fold, weights: parts.append(fold) or learn(y, p, fold, weights)
    )
    X, groups = np.repeat(random.normal(size=(60, 2)), 4, axis=0), np.repeat([f"g{k}" for k in range(60)], 4)
    model = TableRegressor(**QUICK | {"members": members}).fit(X, X[:, 0], groups=groups)
    judged = groups[model.judgement_.fold >= 0]
    assert len(parts[0]) == len(judged)
    assert all(len(np.unique(parts[0][judged == each])) == 1 for each in np.unique(judged))
    found, apart = (np.ptp(each["mae"]) for each in (
        model.judgement_.intervals, replace(model.judgement_.by, groups=None).intervals()
    ))  # fmt: skip
    assert found > 1.3 * apart
    ends = [np.ptp(model.evaluation(X, X[:, 0], groups=each).intervals()["mae"]) for each in (groups, None)]
    assert ends[0] > 1.3 * ends[1]


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%d.%m.%Y", None])
def test_the_future_judges_however_its_dates_are_written(random, written):
    X, order = random.normal(size=(60, 2)), random.permutation(60)
    days = pd.Series(pd.date_range("2023-11-20", periods=60))[order]
    times = list(days.dt.strftime(written)) if written else days
    model = TableRegressor(**QUICK).fit(X, X[:, 0], times=times)
    assert sorted(order[model.judgement_.fold == 0]) == list(range(48, 60))
    assert "then trained again on all 60" in model.judgement_.how


def test_rows_without_a_time_are_refused(random):
    X, times = random.normal(size=(60, 2)), [None, *pd.date_range("2024", periods=59)]
    with pytest.raises(ValueError, match=r"^the time is missing in row 0"):
        TableRegressor(**QUICK).fit(X, X[:, 0], times=times)


@pytest.mark.parametrize("kind", ["string", "Int64", "boolean", "category", "object"])
def test_gaps_among_targets_of_pandas_types(random, kind):
    X = random.normal(size=(60, 2))
    y = X[:, 0] > 0
    labels = y if kind == "boolean" else y.astype(int) if kind == "Int64" else np.where(y, "a", "b")
    gaps = pd.Series(labels, dtype=kind).where(np.arange(60) > 2, pd.NA)
    model = TableClassifier(**QUICK).fit(X, gaps)
    assert model.said_ == ["3 of 60 rows have no target and were left out"]
    assert model.classes_.tolist() == np.unique(labels).tolist()


@pytest.mark.parametrize("kind", [TableClassifier, TableRegressor])
def test_what_training_makes_is_not_there_before(kind):
    model = kind(**QUICK)
    made = ("said_", "judgement_", "views_", "scores_", "columns_", "members_", "out_of_fold_", "threshold_", "target_")
    for name in (*made, "written_", "n_features_in_"):
        assert not hasattr(model, name)
        with pytest.raises(NotFittedError, match=f"This {kind.__name__} instance is not fitted yet"):
            getattr(model, name)
    if kind is TableRegressor:
        with pytest.raises(NotFittedError):
            model.predict_interval(np.zeros((3, 2)))
    with pytest.raises(AttributeError, match=f"^'{kind.__name__}' object has no attribute 'score_s'$") as caught:
        _ = model.score_s
    assert type(caught.value) is AttributeError


def test_rows_to_judge_by_may_be_given(random):
    X = random.normal(size=(90, 2))
    y = X[:, 0] > 0
    model = TableClassifier(**QUICK).fit(X[:60], y[:60], eval_set=(X[60:], y[60:]))
    assert model.judgement_.how == (
        "30 rows given to judge and stop by, never trained on; precision, recall and F1 are of 'True'"
    )
    assert model.evaluate(X[60:], y[60:]) == pytest.approx(model.scores_)


def test_rows_to_judge_by_that_are_trained_on_are_told(random, tmp_path):
    X = random.normal(size=(90, 2))
    known = "20 of 30 rows are rows that the model was trained on"
    with pytest.warns(UserWarning, match=f"^eval_set: {known}: their scores are too good$") as told:
        model = TableRegressor(**QUICK).fit(X[:80], X[:80, 0], eval_set=(X[60:], X[60:, 0]))
    assert [each.filename for each in told] == [__file__]
    assert f"eval_set: {known}: their scores are too good" in model.said_
    assert model.judgement_.how == f"30 rows given to judge and stop by, {known}"
    assert model.judgement_.by.known == known
    save(model, tmp_path / "m.mlnn")
    for each in (model, load(tmp_path / "m.mlnn")):
        said = each.judgement_.conformal.said
        assert said.endswith(f"% of 30 rows, but {known}: for others they are too narrow")


@pytest.mark.parametrize("weights", [-np.ones(60), np.zeros(60), np.full(60, np.nan), np.ones(61)])
def test_weights_to_judge_by_are_checked(random, weights):
    X = random.normal(size=(60, 2))
    model = TableRegressor(**QUICK).fit(X, X[:, 0])
    for judge in (model.evaluate, model.explain):
        with pytest.raises(ValueError, match="weight"):
            judge(X, X[:, 0], weights)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ("cd", "sample_weight must be a vector, an entry for each row, but got str"),
        (2.0, "sample_weight must be a vector, an entry for each row, but got float"),
        (["1", "2.5", *["much"] * 58], "sample_weight must hold numbers, but row 2 (counted from 0) holds 'much'"),
        (np.ones(61), "sample_weight has 61 rows, but y has 60"),
    ],
)
def test_weights_that_are_none_are_refused_in_a_sentence(random, weights, sentence):
    X = random.normal(size=(60, 2))
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        TableRegressor(**QUICK).fit(X, X[:, 0], weights)
    assert str(caught.value) == sentence


def test_an_interruption_keeps_the_best_of_every_member(random):
    X = random.normal(size=(60, 2))

    def press(member, epoch):
        if epoch.number == 4:
            raise KeyboardInterrupt

    model = TableRegressor(**QUICK).fit(X, X[:, 0], watch=press)
    assert model.interrupted_
    assert len(model.predict(X)) == 60
    assert all(len(member["loss"]) <= 4 for member in model.summary_["members"])


def test_time_may_be_limited(random):
    X = random.normal(size=(60, 2))
    model = TableRegressor(**QUICK | {"epochs": 100_000, "patience": 100_000}, time_budget=0.3).fit(X, X[:, 0])
    assert all(len(member["loss"]) < 100_000 for member in model.summary_["members"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"decimal": "x"}, "decimal"),
        ({"columns": {"x0": "colour"}}, "column 'x0' cannot be a 'colour'"),
        ({"columns": {"x9": "drop"}}, "column 'x9' is not in the table"),
        ({"missing": "n/a"}, "missing"),
        ({"hidden": (8, 0)}, r"hidden must be whole numbers above 0, one for each hidden layer, but got \(8, 0\)"),
        ({"layer": "tahn"}, "tahn"),
    ],
)
def test_parameters_are_checked(random, settings, words):
    X = random.normal(size=(60, 2))
    with pytest.raises(ValueError, match=words):
        TableRegressor(**QUICK | settings).fit(X, X[:, 0])


def test_rows_to_judge_by_may_lack_a_target():
    frame, buys, _ = people()
    valid, answers, _ = people(40, seed=2)
    gaps = answers.where(np.arange(40) % 4 > 0, None)
    there = gaps.notna().to_numpy()
    weights = np.linspace(1.0, 2.0, 40)
    model = TableClassifier(**QUICK).fit(frame, buys, eval_set=(valid, gaps, weights))
    same = TableClassifier(**QUICK).fit(frame, buys, eval_set=(valid[there], answers[there], weights[there]))
    assert model.scores_ == same.scores_
    assert "eval_set: 10 of 40 rows have no target and were left out" in model.said_


@pytest.mark.parametrize("kind", [float, np.float32, int])
def test_a_masked_target_is_a_missing_one(kind):
    x = np.random.default_rng(0).normal(size=(60, 1))
    y, gone = np.round(100 * x[:, 0]).astype(kind), np.arange(60) < 20
    masked = np.ma.masked_array(np.where(gone, -9999, y).astype(kind), mask=gone)
    alone, model = (TableRegressor(**QUICK).fit(*given) for given in ((x[~gone], y[~gone]), (x, masked)))
    np.testing.assert_array_equal(model.predict(x), alone.predict(x))
    assert model.evaluation(x, masked).scores == alone.evaluation(x[~gone], y[~gone]).scores
    weights = np.linspace(1.0, 2.0, 60)
    assert model.score(x, masked, weights) == alone.score(x[~gone], y[~gone], weights[~gone]) > 0.5


def test_a_masked_label_is_no_class():
    x, labels = np.arange(60.0)[:, None], np.array(["no", "yes", "?!"])[[0, 1] * 25 + [2] * 10]
    model = TableClassifier(**QUICK).fit(x, np.ma.masked_array(labels, mask=labels == "?!"))
    assert model.classes_.tolist() == ["no", "yes"]


def test_masked_cells_of_a_matrix_are_missing_and_masked_weights_refused():
    x = np.random.default_rng(0).normal(size=(60, 2))
    masked = np.ma.masked_array(np.where(x > 1, -9999.0, x), mask=x > 1)
    model, same = (TableRegressor(**QUICK).fit(each, x[:, 0]) for each in (masked, masked.filled(np.nan)))
    np.testing.assert_array_equal(model.predict(masked), same.predict(masked.filled(np.nan)))
    with pytest.raises(ValueError, match="NaN"):
        model.fit(x, x[:, 0], np.ma.masked_array(np.ones(60), mask=np.arange(60) < 5))


def test_a_target_that_spells_classes_otherwise_than_predictions_is_warned_of():
    frame = people()[0].drop(columns="income")
    model = TableClassifier(epochs=2, members=2).fit(frame, np.where(frame.age > 40, ">50K", "<=50K"))
    model.summary_["target"] = ["income"]
    model.predict(frame.assign(income="<=50K"))  # in silence
    with pytest.warns(UserWarning, match=r"'income' holds ' <=50K', which predictions call '<=50K'") as told:
        model.predict(frame.assign(income=" <=50K"))
    assert [each.filename for each in told] == [__file__]  # once, where predictions are asked for


DAYS = np.arange("2024-01-01", "2024-03-01", dtype="M8[D]")


@pytest.mark.parametrize(
    "y",
    [
        DAYS,
        DAYS.astype("M8[ns]"),
        DAYS.astype(str),
        DAYS.tolist(),
        pd.Series(DAYS).where(np.arange(60) > 1),
        pd.Series(DAYS).dt.tz_localize("UTC"),
        pd.DataFrame({"sold": DAYS, "price": np.arange(60.0)}),
    ],
    ids=["days", "nanoseconds", "text", "list", "gap", "zone", "several"],
)
def test_dates_are_no_amounts(y):
    with pytest.raises(TableError, match=r"must be numbers or classes, but holds dates such as '2024-01-0"):
        TableRegressor().fit(np.arange(60.0)[:, None], y)


def test_durations_are_amounts_in_seconds():
    x, seconds = np.arange(60.0)[:, None], np.arange(60) * 90.0
    lasts = pd.to_timedelta(seconds, unit="s")
    for y in (lasts, lasts.to_numpy(), lasts.to_pytimedelta().tolist(), lasts.astype(str)):
        model = TableRegressor(**QUICK).fit(x, y)
        assert "'y': durations in seconds" in model.said_
        assert model.score(x, y) == model.score(x, seconds)
        assert abs(model.predict(x) - seconds).max() < 3000.0


def test_amounts_are_read_as_those_of_files_are(tmp_path):
    frame, _, amount = people()
    valid, _, theirs = people(20, seed=2)
    text, others = (each.map("${:,.2f}".format).rename("paid") for each in (amount, theirs))
    model = TableRegressor(epochs=3, members=2).fit(frame, text, eval_set=(valid, others))
    plain = TableRegressor(epochs=3, members=2).fit(frame, amount.round(2), eval_set=(valid, theirs.round(2)))
    assert model.predict(frame).tolist() == plain.predict(frame).tolist()
    save(model, tmp_path / "m.mlnn")
    for each in (model, load(tmp_path / "m.mlnn")):
        assert each.summary_["target"] == ["paid"]
        assert each.score(frame, text) == plain.score(frame, amount.round(2))
        assert each.evaluation(frame, text).scores == plain.evaluation(frame, amount.round(2)).scores
    partly = text.where(text.index != 4, "x").where(text.index != 1, None)
    model = TableRegressor(epochs=1, members=2).fit(frame, partly)
    assert "'paid': 1 cell is no number: its row has no target ('x' in row 4 (counted from 0))" in model.said_
    assert f"2 of {len(text)} rows have no target and were left out" in model.said_
    told = TableRegressor(epochs=1, members=2).fit(Table.of(frame), partly)
    assert model.said_ == told.said_
    with pytest.warns(ColumnWarning, match=f"'y': 1 of {len(text)} targets are no numbers: 'x'"):
        model.score(frame, partly)


@pytest.mark.parametrize(
    ("kind", "y", "word", "gone"),
    [
        (TableRegressor, np.array([1.5, 2.5, 4, -999] * 15), "-999", 15),
        (TableRegressor, [1, 2, 3, 4, None, -999] * 10, "-999", 20),
        (TableRegressor, ["$1.50", "$2", "$3", "-"] * 15, "-", 15),
        (TableRegressor, ["1.5", "2", "3", "-999.0"] * 15, "-999", 15),
        (TableRegressor, np.array([[1.0, 2.0], [3.0, 4.0], [4.0, 1.0], [5.0, -999.0]] * 15), "-999", 15),
        (TableClassifier, ["a", "b", "?"] * 20, "?", 20),
        (TableClassifier, np.array([1, 2, -1] * 20), "-1", 20),
    ],
)
def test_what_means_missing_is_no_target_either(kind, y, word, gone):
    X = np.arange(120.0).reshape(60, 2)
    model = kind(epochs=1, members=2, missing=[word]).fit(X, y, eval_set=(X + 0.5, y))
    lost = "no target and were left out" if np.ndim(y) == 1 else "not all targets and were left out: 15 lack target 1"
    assert f"{gone} of 60 rows have {lost}" in model.said_
    assert len(model.evaluation(X, y).t) == 60 - gone
    if kind is TableClassifier:
        assert set(map(type, model.classes_.tolist())) <= set(map(type, np.asarray(y).tolist()))
    with pytest.raises(TableError, match="is missing in all 60 rows"):
        kind(missing=[word]).fit(X, [y[-1]] * 60)


def test_weights_of_nothing_but_rows_without_a_target_are_refused():
    X, y, weights = np.arange(120.0).reshape(60, 2), np.arange(60.0), np.ones(60)
    y[:10], weights[10:] = np.nan, 0.0
    model = TableRegressor(epochs=1, members=2)
    for judge in (model.fit, model.fit(X, np.arange(60.0)).evaluate):
        with pytest.raises(TableError, match="every row that has a target has weight 0: none of 60 rows counts"):
            judge(X, y, weights)


def test_an_infinite_number_is_refused_before_training_also_in_a_row_without_a_target():
    X, y = np.arange(120.0).reshape(60, 2), np.arange(60.0)
    X[0, 0], y[0] = np.inf, np.nan
    with pytest.raises(TableError, match="'x0' must hold finite numbers, but row 0"):
        TableRegressor(epochs=1, members=2).fit(X, y, watch=lambda *_: pytest.fail("trained"))


def test_rows_without_a_group_are_counted():
    frame, _, amount = people()
    groups = [None if k < 7 else k % 11 for k in range(len(frame))]
    model = TableRegressor(epochs=1, members=2).fit(frame, amount, groups=groups)
    assert f"7 of {len(frame)} rows have no group and are kept together as one" in model.said_
    assert len(set(model.judgement_.fold[:7])) == 1


def test_the_points_of_new_targets_part_what_they_parted_in_training():
    frame = people()[0]
    model = TableRegressor(epochs=1, members=2).fit(frame, [f"{k}.{k % 1000:03d},5" for k in range(1, 121)])
    assert model.read_targets(np.array(["1.234", "2.500"]), model.target_).tolist() == [1234.0, 2500.0]


@pytest.mark.parametrize(("row", "cell"), [(3, None), (4, "foo")])
def test_a_time_is_named_by_its_row_among_all(row, cell):
    frame, buys, _ = people()
    times = [f"2024-01-{k % 28 + 1:02d}" for k in range(120)]
    times[0], times[row], buys[0] = None, cell, None
    with pytest.raises(ValueError, match=rf"row {row} \(counted from 0\)"):
        TableClassifier(epochs=1).fit(frame, buys, times=np.array(times, dtype=object))


@pytest.mark.parametrize("way", ["gap", "word", "weight"])
def test_rows_that_are_left_out_need_no_time(way):
    X, times = np.arange(120.0).reshape(60, 2), [f"2024-01-{1 + k % 28:02d}" for k in range(60)]
    y, weights, times[3] = [["no", "yes"][k % 2] for k in range(60)], np.ones(60), None
    model = TableClassifier(epochs=1, members=2, preset="fast")
    with pytest.raises(TableError, match="the time is missing in row 3"):
        model.fit(X, y, weights, times=times)
    y[3], weights[3] = {"gap": None, "word": "n/a", "weight": "no"}[way], float(way != "weight")
    assert "then trained again on all 59" in model.fit(X, y, weights, times=times).judgement_.how


def test_a_frame_that_is_still_to_be_computed_is_computed_once():
    X, y = np.arange(120.0).reshape(60, 2), [["no", "yes"][k % 2] for k in range(60)]
    calls = []
    lazy = pl.DataFrame(X, schema=["a", "b"]).lazy().map_batches(lambda frame: (calls.append(1), frame)[1])
    model = TableClassifier(epochs=1, members=2, preset="fast").fit(lazy, y)
    judge = (
        lambda: model.predict_proba(lazy),
        lambda: model.predict(lazy),
        lambda: model.evaluation(lazy, y),
        lambda: model.score(lazy, y),
        lambda: model.explain(lazy, y, columns=0),
        lambda: compared({"a": model, "b": model}, lazy, y),
    )
    for count, each in enumerate(judge, 2):
        each()
        assert len(calls) == count


@pytest.mark.parametrize(
    "y", [np.full(60, 5.0), ["5"] * 60, np.column_stack([np.arange(60.0), np.full(60, 5)])], ids=["one", "text", "two"]
)
def test_quantities_that_are_all_the_same_teach_nothing(y):
    with pytest.raises(TableError, match="holds only one value, 5: there is nothing to learn"):
        TableRegressor(epochs=1, members=2).fit(np.arange(120.0).reshape(60, 2), y)


def test_what_a_file_does_not_keep_is_said(tmp_path):
    X, y = np.arange(120.0).reshape(60, 2), np.arange(60.0)
    model = TableRegressor(epochs=1, members=2, preset="fast").fit(X, y)
    assert model.out_of_fold_.shape == (60, 1)
    save(model, tmp_path / "m.mlnn")
    with pytest.raises(AttributeError, match=r": target_\.in_units\(unseen_predictions\(X\)\[0\]\) predicts the"):
        load(tmp_path / "m.mlnn").out_of_fold_  # noqa: B018
    again, how = load(tmp_path / "m.mlnn").unseen_predictions(X)
    assert how == "out of fold"
    np.testing.assert_array_equal(model.target_.in_units(again), model.out_of_fold_)


@pytest.mark.parametrize("size", [1e-300, 2.0**900])
def test_only_the_ratios_of_weights_count_and_those_to_the_bit(random, size):
    X, y, w = random.normal(size=(40, 2)), random.normal(size=40), random.uniform(0.5, 2.0, 40)
    one, other = (
        TableRegressor(preset="fast", epochs=3, members=2).fit(X, y, sample_weight=each)
        for each in (w, w * 2.0 ** np.round(np.log2(size)))
    )
    np.testing.assert_array_equal(one.predict(X), other.predict(X))


def test_a_weight_beside_which_the_others_are_nothing_is_refused(random):
    w = np.append(np.ones(39), 1e40)
    with pytest.raises(ValueError, match="at least 1e-30 of the largest, but they are from 1 to 1e\\+40"):
        TableRegressor(preset="fast").fit(random.normal(size=(40, 2)), random.normal(size=40), sample_weight=w)


@pytest.mark.parametrize("kind", ["text", "boolean", "numbers with gaps", "dictionary"])
def test_an_arrow_array_is_a_target(kind, random):
    pa = pytest.importorskip("pyarrow")
    X = random.normal(size=(120, 2))
    plain = {
        "text": np.where(X[:, 0] > 0, "p", "q"),
        "boolean": X[:, 0] > 0,
        "numbers with gaps": np.array([None if k == 5 else k % 2 for k in range(120)], dtype=object),
        "dictionary": np.where(X[:, 0] > 0, "p", "q"),
    }[kind]
    y = pa.array(plain)
    y = y.dictionary_encode() if kind == "dictionary" else y
    model = TableClassifier(preset="fast", epochs=2, members=2, random_state=0)
    expected = model.fit(X, plain).predict(X)
    assert (model.fit(X, y).predict(X) == expected).all()


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ([Decimal("1.5"), Decimal("2.5")], r"holds 1\.5, a Decimal: y\.astype\(str\) makes text of it"),
        ([Fraction(1, 2), Fraction(1, 3)], "a Fraction"),
    ],
    ids=["decimals", "fractions"],
)
def test_labels_that_would_not_come_back_are_refused(labels, why, random):
    X, y = random.normal(size=(60, 2)), np.array(labels * 30, dtype=object)
    with pytest.raises(ValueError, match=why):
        TableClassifier(preset="fast", epochs=2, members=2).fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_scikit_learn_is_told_to_put_out_does_not_reach_the_networks(tmp_path):
    frame = pd.DataFrame({"size": np.arange(60.0), "town": ["Ulm", "Bonn", "Jena"] * 20})
    y = ["no", "yes"] * 30
    few = {"hidden": (4,), "epochs": 3, "members": 2, "random_state": 0}
    truth = TableClassifier(**few).fit(frame, y).predict_proba(frame)
    with sklearn.config_context(transform_output="pandas"):
        model = TableClassifier(**few).fit(frame, y)
        save(model, tmp_path / "model.mlnn")
        for each in (model, load(tmp_path / "model.mlnn")):
            np.testing.assert_array_equal(each.predict_proba(frame), truth)
            each.evaluation(frame, y), each.explain(frame, y), each.unseen_predictions(frame)
        plain = MLPClassifier((4,), max_iter=3, random_state=0).fit(frame[["size"]], y)
        assert plain.predict(frame[["size"]]).shape == (60,)


def test_rows_without_names_for_a_model_with_names_are_told_so():
    frame = pd.DataFrame({"age": np.arange(60.0), "height": np.arange(60.0)[::-1]})
    model = TableRegressor(preset="fast", epochs=2, random_state=0).fit(frame, np.arange(60.0))
    told = r"called 'age', 'height', but these have no names: give a frame, or records"
    with pytest.warns(UserWarning, match="valid feature names"), pytest.raises(TableError, match=told):
        model.predict(frame.to_numpy())
