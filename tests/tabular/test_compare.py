"""Comparisons of models by pairs of losses: real differences are found, chance is called chance."""

import json
import re
from copy import copy

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from mlnn.frame.column import TableError
from mlnn.tabular.compare import compared
from mlnn.tabular.estimator import TableClassifier, TableRegressor

QUICK = {"hidden": (8,), "epochs": 20, "members": 3, "rate": 0.01}


def line(random, rows=300):
    X = random.normal(size=(rows, 3))
    return X, X[:, 0] * 2.0 + random.normal(size=rows)


@pytest.fixture(scope="module")
def models():
    """Return a model, the same again, and one that cannot see what matters."""
    X, y = line(np.random.default_rng(7))
    model = TableRegressor(**QUICK).fit(X, y)
    return {"one": model, "same": copy(model), "blind": TableRegressor(**QUICK, columns={"x0": "drop"}).fit(X, y)}


def test_a_difference_that_is_real_exceeds_noise(models, random):
    X, y = line(random)
    found = compared(models, X, y)
    assert [each.name for each in found.models] == ["one", "same", "blind"]
    assert [each.exceeds for each in found.models] == [False, False, True]
    same = "one and same lose the same in every row"
    assert found.said == f"{same}; they are better than all others, and that is more than noise"
    assert compared({name: models[name] for name in ("one", "same")}, X, y).said == same
    near = copy(models["one"])
    near.unseen_predictions = lambda X: (
        models["one"].unseen_predictions(X)[0] + 1e-3 * random.normal(size=(300, 1)),
        "new",
    )
    said = compared({"one": models["one"], "near": near}, X, y).said
    assert re.fullmatch(r"(one|near) is best, but its difference from (one|near) may be noise \(300 rows\)", said)
    assert all(each.seen == "new" for each in found.models)
    assert found.models[0].mean == found.models[1].mean == found.models[1].error == 0.0
    json.dumps(found.to_json())


@pytest.mark.parametrize("count", [2, 5])
def test_guesses_are_seldom_called_different(models, random, count):
    """Of two that guess, one is called worse in about one of 20 comparisons; of more, not more often."""
    X, y = line(random, 80)
    guessers = {str(k): copy(models["one"]) for k in range(count)}
    called = 0
    for _ in range(200):
        for guesser in guessers.values():
            guess = guesser.target_.encode(random.normal(size=80))
            guesser.unseen_predictions = lambda _, guess=guess: (guess, "new")
        called += any(each.exceeds for each in compared(guessers, X, y).models)
    assert 0 < called < 25


def test_means_and_standard_errors_are_those_of_pairs(models, random):
    X, y = line(random)
    found = {each.name: each for each in compared(models, X, y).models}
    losses = {name: (y - model.predict(X)) ** 2 / y.var() for name, model in models.items()}
    best = min(losses, key=lambda name: losses[name].mean())
    differences = losses["blind"] - losses[best]
    assert found["blind"].mean == pytest.approx(differences.mean(), rel=1e-4)
    statistic = ttest_1samp(differences, 0.0).statistic
    assert found["blind"].mean / found["blind"].error == pytest.approx(statistic, rel=1e-3)


def test_rows_of_a_group_are_no_more_evidence_than_one_of_them(models, random):
    X, y = line(random)
    alone, copies = compared(models, X, y), (np.repeat(each, 4, axis=0) for each in (X, y))
    grouped = compared(models, *copies, groups=np.repeat(random.permutation(300), 4))
    for one, other in zip(alone.models, grouped.models, strict=True):
        assert (other.mean, other.error) == pytest.approx((one.mean, one.error))
    assert not any(each.exceeds for each in compared(models, X, y, groups=np.zeros(300)).models)


def test_rows_of_training_are_predicted_out_of_fold(models):
    X, y = line(np.random.default_rng(7))
    found = {each.name: each for each in compared(models, X, y).models}
    assert {each.seen for each in found.values()} == {"out of fold"}
    assert found["one"].scores == pytest.approx(models["one"].scores_)


def test_who_was_trained_on_the_rows_is_told_so(models):
    X, y = line(np.random.default_rng(7))
    alone = TableRegressor(**QUICK | {"members": 1}).fit(X, y)
    found = compared({"alone": alone, "one": models["one"]}, X, y)
    assert {each.name: each.seen for each in found.models} == {"alone": "trained on", "one": "out of fold"}
    assert found.said == "these rows were trained on by some of the models: compare by others"


def test_targets_in_another_order_are_other_targets(random):
    X, y = random.normal(size=(60, 2)), np.round(random.normal(size=(60, 2)))
    one, other = TableRegressor(**QUICK).fit(X, y), TableRegressor(**QUICK).fit(X, y[:, ::-1])
    one.summary_["target"], other.summary_["target"] = ["low", "high"], ["high", "low"]
    with pytest.raises(TableError, match=r"'b' predicts 2 quantities of 'high', 'low', but 'a' predicts .* of 'low', "):
        compared({"a": one, "b": other}, X, y)


def test_rows_of_training_beside_others_are_counted(models, random):
    X, y = line(np.random.default_rng(7))
    new, t = line(random, 100)
    later = TableRegressor(**QUICK).fit(new, t)
    rows, targets = np.concatenate([X[50:100], new]), np.concatenate([y[50:100], t])
    found = compared({"one": models["one"], "later": later}, rows, targets)
    known = {each.name: (each.seen, each.known) for each in found.models}
    assert known["one"] == ("partly trained on", "50 of 150 rows are rows that the model was trained on")
    assert known["later"] == ("partly trained on", "100 of 150 rows are rows that the model was trained on")
    assert "50 of 150 rows are rows that the model was trained on (one)" in found.said
    both = compared({"one": models["one"], "too": models["one"]}, rows, targets)
    assert both.said == both.flattered == f"{known['one'][1]} (one, too): compare by others"
    assert compared(models, new, t).flattered == ""
    with pytest.warns(UserWarning, match="^50 of 150 rows .* trained on: their scores are too good$"):
        models["one"].evaluate(rows, targets)
    with pytest.warns(UserWarning, match="^these are the rows of training .*: their scores are too good$"):
        models["one"].evaluate(X, y)


def test_classifiers_are_compared_by_log_loss(random):
    X = random.normal(size=(300, 2))
    y = np.where(X[:, 0] + random.normal(size=300) > 0, "yes", "no")
    one = TableClassifier(**QUICK).fit(X, y)
    weak = TableClassifier(**QUICK, columns={"x0": "drop"}).fit(X, y)
    gaps = np.where(np.arange(300) % 10 == 0, None, y)
    found = compared({"weak": weak, "one": one}, X[::-1] + 0.001, gaps[::-1], np.ones(300))
    assert found.rows == 270
    assert [each.name for each in found.models] == ["one", "weak"]
    assert found.models[1].exceeds
    assert found.said == "one is better than all others, and that is more than noise"
    assert found.models[1].mean == pytest.approx(
        found.models[1].scores["log_loss"] - found.models[0].scores["log_loss"], rel=1e-6
    )


def test_rows_without_a_target_take_their_weights_along(models, random):
    X, y = line(random)
    weights, gaps = random.uniform(0.1, 9.0, 300), np.where(np.arange(300) < 100, np.nan, y)
    found, expected = compared(models, X, gaps, weights), compared(models, X[100:], y[100:], weights[100:])
    assert found.to_json() == expected.to_json()


def test_models_of_different_targets_are_not_compared(models, random):
    X, y = line(random)
    with pytest.raises(
        TableError, match=r"'sorts' predicts the classes \('False', 'True'\), but 'one' predicts a quantity"
    ):
        compared({"one": models["one"], "sorts": TableClassifier(**QUICK).fit(X, y > 0)}, X, y)
    with pytest.raises(TableError, match="the target is missing in all 300 rows"):
        compared(models, X, y * np.nan)


def test_a_row_or_two_prove_nothing(models, random):
    X, y = line(random)
    assert [each.exceeds for each in compared(models, X[:1], y[:1]).models] == [False] * 3
    guessers = {str(k): copy(models["one"]) for k in range(2)}
    called = 0
    for _ in range(200):
        for guesser in guessers.values():
            guess = guesser.target_.encode(random.normal(size=3))
            guesser.unseen_predictions = lambda _, guess=guess: (guess, "new")
        called += any(each.exceeds for each in compared(guessers, X[:3], y[:3]).models)
    assert called == 0


@pytest.mark.parametrize("groups", [np.arange(300) % 5, np.maximum(np.arange(300) - 270, 0)])
def test_groups_that_are_too_few_for_intervals_prove_nothing(models, random, groups):
    X, y = line(random)
    found = compared(models, X, y, groups=groups)
    few = models["one"].evaluation(X, y, groups=groups).too_few.removesuffix(": too few for intervals of the scores")
    assert found.too_few == few != ""
    assert [each.exceeds for each in found.models] == [False] * 3
    assert found.said.endswith(f"they are best, but {few}: too few to tell a difference from noise")
    assert found.to_json()["too_few"] == few


def test_models_tell_the_thresholds_that_their_accuracies_are_at(random):
    X = random.normal(size=(120, 2))
    y = np.where(X[:, 0] + random.normal(size=120) > 0, "yes", "no")
    model = TableClassifier(**QUICK | {"epochs": 2}).fit(X, y)
    low = copy(model)
    low.choose_threshold(0.25)
    assert compared({"one": model, "low": low}, X + 1.0, y).thresholds == (
        "what depends on a threshold is at each model's own: one 0.5, low 0.25"
    )
    assert compared({"one": model}, X + 1.0, y).thresholds == ""


def test_rows_of_weight_0_compare_nothing(models, random):
    X, y = line(random, 40)
    weights = np.where(np.arange(40) < 30, 0.0, 1.0)
    found, few = compared(models, X, y, weights), compared(models, X[30:], y[30:])
    assert found.rows == few.rows == 10
    assert [each.scores for each in found.models] == [each.scores for each in few.models]
