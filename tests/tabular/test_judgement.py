"""The judgement: what is compared with, how it spreads, and by which rows."""

import numpy as np
import pytest

from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.score import scores_of

QUICK = {"preset": "fast", "hidden": (4,), "epochs": 5, "members": 3}


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_baseline_knows_how_much_rows_count(random, elsewhere):
    X, y = random.normal(size=(90, 2)), np.arange(90) % 3 == 0
    weights, judges = np.where(y, 8.0, 1.0), random.normal(size=(20, 2))
    given = {"eval_set": (judges, np.arange(20) % 2 == 0)} if elsewhere else {}
    judgement = TableClassifier(**QUICK).fit(X, y, weights, **given).judgement_
    likely = 240.0 / 300.0  # of 30 rows with a weight of 8 and 60 with 1
    expected = -np.mean(np.log([likely, 1.0 - likely])) if elsewhere else -0.8 * np.log(0.8) - 0.2 * np.log(0.2)
    assert judgement.baseline["log_loss"] == pytest.approx(expected, abs=0.01)


def test_scores_spread_as_those_of_the_folds_do(random):
    X = random.normal(size=(60, 2))
    model = TableRegressor(**QUICK).fit(X, X[:, 0] + random.normal(size=60))
    judged, fold = model.judgement_.by, model.judgement_.fold
    each = [scores_of(judged.target, judged.t[fold == k], judged.predictions[fold == k]) for k in range(3)]
    assert set(model.judgement_.spread) == set(each[0])
    for name, spread in model.judgement_.spread.items():
        assert spread == pytest.approx(np.std([scores[name] for scores in each]))


def test_rows_of_weight_0_are_as_good_as_not_there(random):
    X, weights = random.normal(size=(60, 2)), np.where(np.arange(60) < 20, 0.0, random.uniform(1.0, 2.0, 60))
    all_of_them = TableRegressor(**QUICK).fit(X, X[:, 0], weights)
    few = TableRegressor(**QUICK).fit(X[20:], X[20:, 0], weights[20:])
    np.testing.assert_array_equal(all_of_them.predict(X), few.predict(X))
    assert all_of_them.scores_ == few.scores_
    assert (all_of_them.judgement_.fold[:20] == -1).all()


def test_weights_of_rows_and_of_their_classes_are_multiplied(random):
    X = random.normal(size=(60, 2))
    y, weights = X[:, 0] + random.normal(size=60) > 0, random.uniform(0.5, 2.0, 60)
    both = TableClassifier(**QUICK, class_weight={False: 1.0, True: 3.0}).fit(X, y, weights)
    same = TableClassifier(**QUICK).fit(X, y, weights * np.where(y, 3.0, 1.0))
    np.testing.assert_array_equal(both.predict_proba(X), same.predict_proba(X))


def test_rows_of_weight_0_judge_nothing(random):
    X, weights = random.normal(size=(60, 2)), np.where(np.arange(60) < 2, 1.0, 0.0)
    model = TableRegressor(**QUICK).fit(X, X[:, 0])
    judged, by_two = model.evaluation(X, X[:, 0], weights), model.evaluation(X[:2], X[:2, 0])
    assert judged.scores == by_two.scores
    assert judged.too_few == by_two.too_few == "2 rows: too few for intervals of the scores"


@pytest.mark.parametrize("questions", [False, True])
def test_score_is_the_share_of_rows_that_are_right_among_those_with_a_target(random, questions):
    X = random.normal(size=(90, 2))
    first, second = np.where(X[:, 0] > 0, "high", "low").astype(object), (X[:, 1] > 0).astype(int) + 3
    y = np.column_stack([first, second]) if questions else first
    model = TableClassifier(**QUICK).fit(X, y)
    gaps = y.copy()
    gaps[5] = None
    right = (model.predict(X) == y).reshape(90, -1).all(axis=1)
    assert 0.0 < model.score(X, y) < 1.0
    assert model.score(X, y) == np.mean(right)
    assert model.score(X, gaps) == pytest.approx(np.mean(np.delete(right, 5)))


@pytest.mark.parametrize(
    ("targets", "over"),
    [
        (lambda X: X, "; means over 2 targets"),
        (
            lambda X: np.where(X > 0, "a", "b"),
            "; means over 2 targets; scores of several targets of classes have no intervals",
        ),
        (
            lambda X: (X > 0).astype(int),
            "; accuracy is of rows whose 2 labels are all right; scores of several labels have no intervals",
        ),
        (lambda X: X[:, 0], ""),
        (lambda X: np.where(X[:, 0] > 0, "yes", "no"), "; precision, recall and F1 are of 'yes'"),
    ],
)
def test_it_says_what_figures_of_several_targets_are_of(random, targets, over):
    X = random.normal(size=(60, 2))
    y = targets(X)
    model = (TableRegressor if y.dtype == float else TableClassifier)(**QUICK).fit(X, y)
    assert model.judgement_.how == f"60 rows, each predicted by the one of 3 networks that was not trained on it{over}"
