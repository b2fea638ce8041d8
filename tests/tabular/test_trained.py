"""Training on tables: options that make sense, rows that are where they should be, members that are averaged."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlnn
import mlnn.tabular.train
from mlnn.engine import Reference
from mlnn.frame.column import TableError
from mlnn.frame.preparation import Preparation
from mlnn.frame.split import folds, hold_out
from mlnn.frame.target import ClassCode, NumberCode
from mlnn.network import Network
from mlnn.optimizer import LBFGS, Adam, AdamW
from mlnn.output import LeastSquares
from mlnn.tabular.options import TableOptions
from mlnn.tabular.score import baseline_scores
from mlnn.tabular.train import TrainedTable, train_table

QUICK = TableOptions(hidden=(8,), epochs=15, members=3, batch_size=16, rate=0.01)


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


@pytest.fixture(scope="module")
def classifier():
    frame, buys, _ = people()
    return train_table(frame, buys, "buys", QUICK)


@pytest.fixture(scope="module")
def regressor():
    frame, _, amount = people()
    return train_table(frame, amount, "amount", QUICK)


# Options


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"task": "clustering"}, "task must be auto, classification or regression, but got clustering"),
        ({"hidden": (8, 0)}, r"hidden layers need at least 1 unit, but got \[8, 0\]"),
        ({"hidden": (-3,)}, "hidden layers need at least 1 unit"),
        ({"layer": "rleu"}, "there is no activation 'rleu'; did you mean 'relu'"),
        ({"layer": ""}, "there is no activation ''"),
        ({"optimizer": "adma"}, "there is no optimizer 'adma'; did you mean 'adam"),
        ({"optimizer": "averaged"}, "'averaged' has settings without a default"),
        ({"schedule": "cosinus"}, "there is no schedule 'cosinus'; did you mean 'cosine'"),
        ({"rate": 0.0}, "rate must be above 0, but got 0.0"),
        ({"rate": -1.0}, "rate must be above 0"),
        ({"rate": float("nan")}, "rate must be above 0"),
        ({"rate": float("inf")}, "rate must be above 0"),
        ({"batch_size": 0}, "batch_size must be at least 1, but got 0"),
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"patience": 0}, "patience must be at least 1"),
        ({"members": 0}, "members must be at least 1"),
        ({"dropout": 1.0}, r"dropout must lie in \[0, 1\), but got 1.0"),
        ({"dropout": -0.1}, "dropout must lie in"),
        ({"dropout": float("nan")}, "dropout must lie in"),
        ({"l2": -1e-9}, "l2 must be at least 0"),
        ({"l2": float("nan")}, "l2 must be at least 0"),
        ({"l2": float("inf")}, "l2 must be at least 0"),
        ({"valid_fraction": 0.0}, "valid_fraction must lie between 0 and 1"),
        ({"valid_fraction": 1.0}, "valid_fraction must lie between 0 and 1"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"seed": 2**32 - 5}, "seed must be at least 0 and below"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_work(setting, sentence):
    with pytest.raises(ValueError, match=sentence):
        TableOptions(**setting)


def test_names_may_be_written_as_people_write_them():
    assert TableOptions(layer="Leaky-ReLU", optimizer="Adam", schedule="COSINE").solver() == Adam()
    assert TableOptions(optimizer="AdamW").solver() == TableOptions().solver() == AdamW().with_rate(0.002)
    assert TableOptions(optimizer="L-BFGS").solver() == TableOptions(optimizer="lbfgs").solver() == LBFGS()
    assert TableOptions(optimizer="adam", rate=0.3).solver().rate == 0.3
    assert TableOptions(seed=2**32 - 6).seed == 2**32 - 6


@pytest.mark.parametrize(("rows", "size"), [(1, 16), (800, 16), (3200, 64), (5000, 128), (10**6, 256)])
def test_the_batch_size_grows_with_the_table(rows, size):
    assert TableOptions().rows_a_step(rows) == size
    assert TableOptions(batch_size=7).rows_a_step(rows) == 7


# What is learned


def test_a_classifier_beats_the_class_frequencies_on_new_rows(classifier):
    frame, buys, _ = people(200, seed=1)
    scores, trivial = classifier.evaluate(frame, buys), baseline_scores("classification", people()[1], buys)
    assert classifier.task == "classification"
    assert scores["log_loss"] < 0.7 * trivial["log_loss"]
    assert scores["accuracy"] == (classifier.predict(frame) == buys).mean() > 0.8
    assert set(classifier.predict(frame)) == {"no", "yes"}


def test_a_regressor_predicts_in_the_targets_own_units(regressor):
    frame, _, amount = people(200, seed=1)
    scores = regressor.evaluate(frame, amount)
    assert regressor.task == "regression"
    assert scores["r2"] > 0.7
    assert scores["rmse"] == pytest.approx(np.sqrt(np.mean((regressor.predict(frame) - amount) ** 2)), rel=1e-12)
    assert abs(regressor.predict(frame).mean() - 1000) < 50


def test_the_task_can_be_said():
    frame = people()[0]
    grades = pd.Series([0, 1, 2, 3] * 30)
    assert train_table(frame, grades, "grade", replace(QUICK, epochs=1)).task == "classification"
    assert train_table(frame, grades, "grade", replace(QUICK, epochs=1, task="regression")).task == "regression"
    trained = train_table(frame, grades + 3.5, "grade", replace(QUICK, epochs=1, task="classification"))
    assert trained.target == ClassCode((3.5, 4.5, 5.5, 6.5))


@pytest.mark.filterwarnings("ignore::mlnn.ColumnWarning")  # the rows to judge by are as unlike as can be
def test_the_preparation_is_learned_from_the_rows_to_train_on_alone():
    frame, buys, _ = people()
    valid, answers, _ = people(40, seed=2)
    valid["age"] = 1e9
    valid["job"] = "astronaut"
    valid.loc[:20, "age"] = np.nan
    trained = train_table(frame, buys, "buys", replace(QUICK, epochs=1), valid=(valid, answers))
    assert trained.preparation.to_json() == Preparation().fit(frame).to_json()
    assert trained.target.to_json() == {"classes": ["no", "yes"]}


def test_what_is_given_is_left_as_it_is():
    frame, buys, _ = people()
    before, answers = frame.copy(deep=True), buys.copy(deep=True)
    train_table(frame, buys, "buys", replace(QUICK, epochs=1)).predict(frame)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_series_equal(buys, answers)


def test_new_categories_and_gaps_are_welcome_at_prediction(classifier):
    frame = people()[0].iloc[:3].copy()
    frame["job"] = ["astronaut", None, "cook"]
    frame["age"] = [np.nan, 1e300, -1e300]
    probabilities = classifier.predict_proba(frame)
    assert np.isfinite(probabilities).all()
    assert probabilities.sum(axis=1) == pytest.approx(1.0, abs=1e-6)


# Who is trained on what


class Spied:
    """A stand-in for an estimator class that writes down the rows it was fitted on and judged by."""

    def __init__(self, kind):
        self.kind, self.seen = kind, []

    def __call__(self, *arguments, **settings):
        estimator = self.kind(*arguments, **settings)
        fit = estimator.fit

        def spying(X, y, eval_set):
            self.seen.append((X[:, 0], eval_set[0][:, 0]))
            return fit(X, y, eval_set=eval_set)

        estimator.fit = spying
        return estimator


def spied(monkeypatch, name, *arguments, **settings):
    spy = Spied(getattr(mlnn.tabular.train, name))
    monkeypatch.setattr(mlnn.tabular.train, name, spy)
    trained = train_table(*arguments, **settings)
    first = trained.preparation.transform(arguments[0]).astype(np.float32)[:, 0]
    assert len(set(first)) == len(first), "rows can be told apart"
    return trained, spy.seen, set(first)


@pytest.mark.parametrize(("name", "target"), [("MLPClassifier", 1), ("MLPRegressor", 2)])
def test_the_members_judge_themselves_by_folds_that_cover_all_rows(monkeypatch, name, target):
    table = people(61)
    trained, seen, everyone = spied(monkeypatch, name, table[0], table[target], "y", QUICK)
    assert len(trained.members) == len(seen) == 3
    for rows, aside in seen:
        assert len(rows) + len(aside) == 61
        assert set(rows) | set(aside) == everyone
        assert 20 <= len(aside) <= 21
    assert set().union(*(aside for _, aside in seen)) == everyone


def test_a_single_member_holds_a_fraction_out(monkeypatch):
    frame, buys, _ = people(100)
    options = replace(QUICK, members=1, valid_fraction=0.3)
    _, [(rows, aside)], everyone = spied(monkeypatch, "MLPClassifier", frame, buys, "buys", options)
    assert (len(rows), len(aside)) == (70, 30)
    assert set(rows) | set(aside) == everyone


def test_with_rows_to_judge_by_every_member_trains_on_all_others(monkeypatch):
    frame, _, amount = people(60)
    valid, answers = people(30, seed=5)[0], people(30, seed=5)[2]
    trained, seen, everyone = spied(monkeypatch, "MLPRegressor", frame, amount, "y", QUICK, valid=(valid, answers))
    judge = set(trained.preparation.transform(valid).astype(np.float32)[:, 0])
    for rows, aside in seen:
        assert set(rows) == everyone
        assert set(aside) == judge


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.floats(0.05, 0.95), st.integers(0, 99))
def test_a_part_is_held_out_and_every_class_is_trained_on(numbers, fraction, seed):
    t = np.unique(numbers, return_inverse=True)[1]
    try:
        rows, aside = hold_out(t, fraction, seed, "classification")
    except TableError as problem:
        assert "too few rows" in str(problem)  # noqa: PT017 - it may also succeed
        return
    assert sorted([*rows, *aside]) == list(range(len(t)))
    assert set(t[rows]) == set(t)
    assert len(aside) >= 1


def test_shares_of_the_classes_are_kept():
    t = np.repeat([0, 1], [80, 20])
    rows, aside = hold_out(t, 0.25, 0, "classification")
    assert [list(np.bincount(t[part])) for part in (rows, aside)] == [[60, 15], [20, 5]]
    for rows, aside in folds(t, 5, 0, "classification"):
        assert [list(np.bincount(t[part])) for part in (rows, aside)] == [[64, 16], [16, 4]]


def test_quantities_need_no_classes_to_be_split():
    t = np.linspace(-1.0, 1.0, 10)
    assert sorted(np.concatenate([aside for _, aside in folds(t, 5, 0, "regression")])) == list(range(10))
    assert len(hold_out(t, 0.2, 0, "regression")[1]) == 2


# Training


def test_the_same_seed_gives_the_same_bits_whatever_was_drawn_before(classifier):
    frame, buys, _ = people()
    np.random.seed(5)
    again = train_table(frame, buys, "buys", QUICK)
    for (network, theta), (same, bits) in zip(classifier.members, again.members, strict=True):
        assert network == same
        np.testing.assert_array_equal(theta, bits)
    np.testing.assert_array_equal(classifier.predict_proba(frame), again.predict_proba(frame))
    other = train_table(frame, buys, "buys", replace(QUICK, seed=1))
    assert not np.array_equal(other.members[0][1], again.members[0][1])


def test_members_differ(classifier):
    thetas = [theta for _, theta in classifier.members]
    assert not np.allclose(thetas[0], thetas[1])
    assert all(theta.dtype == np.float32 for theta in thetas)


def test_lbfgs_needs_neither_batches_nor_a_schedule():
    frame, _, amount = people()
    options = replace(QUICK, optimizer="lbfgs", layer="tanh", rate=None, dropout=0.0, epochs=40)
    trained, again = (train_table(frame, amount, "amount", options) for _ in range(2))
    assert trained.evaluate(frame, amount)["r2"] > 0.9
    np.testing.assert_array_equal(trained.predict(frame), again.predict(frame))


@pytest.mark.parametrize("options", [{"optimizer": "sgd", "schedule": "constant"}, {"layer": "prelu"}, {"hidden": ()}])
def test_names_reach_the_networks(options):
    frame, buys, _ = people()
    trained = train_table(frame, buys, "buys", replace(QUICK, epochs=2, members=1, **options))
    gates = [type(gate).__name__ for gate in trained.members[0][0].gates]
    if options.get("hidden") == ():
        assert gates == ["MultiplyGate", "AddGate"]
    else:
        assert {"prelu": "PReLU"}.get(options.get("layer"), "ReLU") in gates
        assert "Dropout" in gates


def test_every_epoch_is_seen_and_the_best_one_kept():
    frame, buys, _ = people()
    seen = []
    trained = train_table(
        frame,
        buys,
        "buys",
        replace(QUICK, patience=2, epochs=60, rate=0.05),
        on_epoch=lambda k, epoch: seen.append((k, epoch)),
    )
    for k, member in enumerate(trained.summary["members"]):
        mine = [epoch for number, epoch in seen if number == k]
        assert [epoch.number for epoch in mine] == list(range(1, len(mine) + 1))
        assert member["loss"] == [epoch.loss for epoch in mine]
        assert member["valid_loss"] == [epoch.valid_loss for epoch in mine]
        best = int(np.argmin(member["valid_loss"]))
        assert member["best_epoch"] == best + 1
        np.testing.assert_array_equal(trained.members[k][1], mine[best].theta)
        assert len(mine) == 60 or len(mine) == best + 1 + 2
    assert len(trained.summary["members"][0]["loss"]) < 60


def test_the_summary_is_ready_for_json(classifier):
    summary = json.loads(json.dumps(classifier.summary, allow_nan=False))
    assert summary["task"] == summary["options"]["task"] == "classification"
    assert summary["rows"] == 120
    assert summary["features"] == ["age", "job", "income"]
    assert summary["options"]["hidden"] == [8]


# Prediction


def test_predictions_are_the_mean_of_the_members(classifier, regressor):
    frame = people(50, seed=3)[0]
    for trained in (classifier, regressor):
        X = trained.preparation.transform(frame)
        mean = np.mean([Reference().predict(network, theta, X) for network, theta in trained.members], axis=0)
        if trained.task == "classification":
            np.testing.assert_allclose(trained.predict_proba(frame), mean, atol=1e-6)
            np.testing.assert_array_equal(trained.predict(frame), np.array(["no", "yes"])[mean.argmax(axis=1)])
        else:
            code = trained.target
            np.testing.assert_allclose(trained.predict(frame), mean[:, 0] * code.scale[0] + code.mean[0], rtol=1e-5)


def test_the_order_of_the_columns_does_not_matter(classifier):
    frame = people()[0]
    np.testing.assert_array_equal(classifier.predict(frame[["income", "age", "job"]]), classifier.predict(frame))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda frame: frame.drop(columns="age"), "the columns differ from those of training: 'age' missing"),
        (
            lambda frame: frame.rename(columns={"age": "Age"}),
            "the columns differ from those of training: 'age' missing, 'Age' unknown",
        ),
        (
            lambda frame: frame.assign(age=np.inf),
            "column 'age' must hold numbers, but row 0 (counted from 0) holds inf",
        ),
        (lambda frame: frame.iloc[:0], "the table has no rows: a minimum of 1 is required"),
    ],
)
def test_other_columns_than_in_training_give_one_sentence(classifier, change, sentence):
    for use in (classifier.predict, classifier.predict_proba, lambda frame: classifier.evaluate(frame, people()[1])):
        with pytest.raises(TableError) as caught:
            use(change(people()[0]))
        assert str(caught.value) == sentence


def test_a_column_of_other_content_is_warned_of_and_a_column_too_many_is_ignored(classifier):
    frame = people()[0]
    with pytest.warns(mlnn.ColumnWarning, match=r"^'age' has 100 % unreadable values: 'old'; training had 0 %$"):
        classifier.predict(frame.assign(age="old"))
    np.testing.assert_array_equal(classifier.predict(frame.assign(hat=1)), classifier.predict(frame))


def test_a_quantity_has_no_probabilities(regressor):
    with pytest.raises(TableError, match="'amount' is a quantity: this model predicts values, not"):
        regressor.predict_proba(people()[0])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (["1", "two", "3"], "column 'amount' must hold numbers, but row 1 (counted from 0) holds 'two'"),
        ([1.0, np.nan, 3.0], "the target has 1 missing value, in row 1 (counted from 0)"),
        ([1.0, np.inf, 3.0], "column 'amount' must hold numbers, but row 1 (counted from 0) holds inf"),
        ([1.0, 1e200, 3.0], "the target holds numbers beyond ±1e+150, whose squares cannot be summed"),
    ],
)
def test_quantities_that_are_none_are_refused_in_training_and_in_judging(regressor, values, sentence):
    frame = people(3)[0]
    y = pd.Series(values, name="amount")
    for use in (
        lambda: regressor.evaluate(frame, y),
        lambda: train_table(frame, y, "amount", replace(QUICK, task="regression")),
    ):
        with pytest.raises(TableError) as caught:
            use()
        assert str(caught.value) == sentence


def test_one_row_is_too_few_to_judge_a_quantity_by(regressor, classifier):
    frame, buys, amount = people(1)
    with pytest.raises(TableError, match="at least 2 rows"):
        regressor.evaluate(frame, amount)
    assert "auc" not in classifier.evaluate(frame, buys)  # an area needs rows of both classes


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (["no", "maybe", "yes"], r"row 1 \(counted from 0\) holds the class 'maybe', but training had 'no', 'yes'"),
        (["no", None, "yes"], "the target has 1 missing value"),
    ],
)
def test_classes_unknown_to_training_are_refused_in_judging(classifier, labels, sentence):
    with pytest.raises(TableError, match=sentence):
        classifier.evaluate(people(3)[0], pd.Series(labels))


@pytest.mark.parametrize(
    ("values", "task", "sentence"),
    [
        (["yes"] * 6, "auto", "the target 'y' has only one class or value, yes: nothing to learn"),
        (["yes"] * 6, "classification", "a classification target needs at least 2 classes"),
        ([1.0, np.inf] * 3, "classification", "class labels must be text or numbers, but one is inf"),
        ([1.0, -np.inf] * 3, "classification", "class labels must be text or numbers, but one is -inf"),
        (["a", "b"] * 3, "regression", "column 'y' must hold numbers, but row 0"),
        ([0, 1, 0, 1], "auto", "5 folds need at least as many rows, but there are 4"),
    ],
)
def test_a_target_that_no_network_can_learn_is_refused(values, task, sentence):
    frame = people(len(values))[0]
    with pytest.raises(TableError, match=sentence):
        train_table(frame, pd.Series(values, name="y"), "y", TableOptions(task=task))


def test_too_few_rows_to_hold_a_part_out():
    frame = people(3)[0]
    with pytest.raises(TableError, match="too few rows"):
        train_table(frame, pd.Series(["a", "b", "c"]), "y", TableOptions(members=1))


# The whole


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        (lambda good: (), "needs members"),
        (lambda good: ((Network.dense([2, 2]), np.zeros(6)),), "does not fit the table and its classification"),
        (lambda good: ((Network.dense([good.inputs, 3]), np.zeros(99)),), "does not fit the table"),
        (lambda good: ((Network.dense([good.inputs, 2], output=LeastSquares()), np.zeros(99)),), "does not fit"),
        (lambda good: ((good, np.zeros(good.size - 1)),), "θ does not fit the network"),
        (lambda good: ((good, np.zeros((1, good.size))),), "θ does not fit the network"),
        (lambda good: ((good, np.full(good.size, np.nan)),), "θ does not fit the network"),
        (lambda good: ((good, np.zeros(good.size, dtype=int)),), "θ does not fit the network"),
    ],
)
def test_parts_that_do_not_fit_each_other_are_refused(classifier, members, sentence):
    with pytest.raises(ValueError, match=sentence):
        TrainedTable(classifier.preparation, classifier.target, "y", members(classifier.members[0][0]), {})


def test_a_code_knows_its_scores():
    assert (ClassCode(("a", "b", "c")).scores, NumberCode((0.0, 1.0), (1.0, 1.0)).scores) == (3, 2)
