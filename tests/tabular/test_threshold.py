"""Thresholds between two classes: chosen on rows that were not trained on, kept, and obeyed."""

import copy
import json

import numpy as np
import pytest
from sklearn import metrics

import mlnn
from mlnn.tabular.class_score import decided
from mlnn.tabular.described import settings_of
from mlnn.tabular.estimator import TableClassifier
from mlnn.tabular.kept import kept, restored
from mlnn.tabular.threshold import Thresholds

QUICK = {"hidden": (8,), "epochs": 15, "members": 3, "batch_size": 16, "rate": 0.01}


def rare(random, rows=400):
    """Features and labels, of which a tenth is positive and hard to tell."""
    x = random.normal(size=(rows, 2))
    return x, np.where(x[:, 0] + random.normal(size=rows) > 1.8, "ill", "well")


@pytest.mark.parametrize("weighted", [False, True])
def test_the_scores_of_every_threshold_are_scikit_learns(random, weighted):
    y, p = random.integers(0, 2, 60), random.random(60).round(1)
    w = random.uniform(0.5, 2.0, 60) if weighted else None
    curve = Thresholds.learn(y, p, w)
    for k, threshold in enumerate(curve.at):
        said = (p >= threshold).astype(int)
        assert curve.scores["f1"][k] == pytest.approx(metrics.f1_score(y, said, sample_weight=w))
        assert curve.scores["balanced_accuracy"][k] == pytest.approx(
            metrics.balanced_accuracy_score(y, said, sample_weight=w)
        )


def test_the_chosen_threshold_is_the_best_of_all(random):
    y, p = random.integers(0, 2, 200), random.random(200)
    curve = Thresholds.learn(y, p)
    for scoring, measure in {"f1": metrics.f1_score, "accuracy": metrics.accuracy_score}.items():
        best = max(measure(y, p >= threshold) for threshold in [*p, 1.01])
        assert measure(y, p >= curve.choose(scoring)) == pytest.approx(best)


def test_costs_choose_as_theory_says(random):
    """Where probabilities are true, positive is what is likelier than the costs' ratio, 1 / (1 + 9)."""
    p = random.random(200_000)
    y = (random.random(200_000) < p).astype(int)
    chosen = Thresholds.learn(y, p).choose({"false_positive": 1.0, "false_negative": 9.0})
    assert chosen == pytest.approx(0.1, abs=0.03)


def test_of_equally_good_thresholds_the_one_nearest_to_a_half_is_taken():
    assert Thresholds.learn(np.array([0, 0, 1]), np.array([0.1, 0.2, 0.9])).choose("f1") == 0.5


def test_what_goes_without_a_choice_is_told_exactly(random):
    costs = {"false_positive": 1.0, "false_negative": 5.0}
    for kinds in (3, 2000):
        likely, w = random.choice(random.random(kinds), 1500), random.random(1500)
        y = (random.random(1500) < likely).astype(int)
        said = likely >= 0.5
        truth = np.average((said != y) * np.where(y == 1, 5.0, 1.0), weights=w)
        curve = Thresholds.learn(y, likely, w)
        assert curve.cost_at(costs, 0.5) == pytest.approx(truth)
        assert curve.scores_at(None)["accuracy"] == pytest.approx(np.average(said == y, weights=w))


def test_a_model_obeys_its_threshold_and_is_judged_by_it(random):
    X, y = rare(random)
    plain, model = TableClassifier(**QUICK).fit(X, y), TableClassifier(**QUICK, threshold=0.9).fit(X, y)
    assert plain.threshold_ is None
    assert model.threshold_ == 0.9
    P = model.predict_proba(X)[:, 1]
    assert (model.predict(X) == np.where(P >= 0.9, "well", "ill")).all()
    aside = np.where(model.out_of_fold_[:, 1] >= 0.9, "well", "ill")
    assert model.scores_["accuracy"] == pytest.approx(np.mean(aside == y))
    assert model.evaluation(X, y).scores["accuracy"] == pytest.approx(np.mean(model.predict(X) == y))
    assert (plain.predict_proba(X) == model.predict_proba(X)).all()


def test_it_is_chosen_on_rows_that_were_not_trained_on(random):
    X, y = rare(random)
    model = TableClassifier(**QUICK, threshold="balanced_accuracy").fit(X, y)
    p = model.out_of_fold_[:, 1]
    best = max(metrics.balanced_accuracy_score(y == "well", p >= threshold) for threshold in np.unique(p))
    assert best - 0.005 < model.scores_["balanced_accuracy"] <= best + 1e-9  # of the thresholds that a curve keeps
    plain = TableClassifier(**QUICK).fit(X, y)
    assert model.scores_["balanced_accuracy"] > plain.scores_["balanced_accuracy"] + 0.05
    assert plain.choose_threshold("balanced_accuracy") == model.threshold_
    assert (plain.predict(X) == model.predict(X)).all()
    assert plain.scores_["f1"] == pytest.approx(model.scores_["f1"])
    assert plain.choose_threshold(None) is None
    assert (plain.predict(X) == plain.classes_[plain.predict_proba(X).argmax(axis=1)]).all()


def test_the_weights_of_classes_train_but_do_not_judge(random):
    """Otherwise a threshold would be chosen for a world in which classes are equally frequent."""
    X, y = rare(random)
    model = TableClassifier(**QUICK, class_weight="balanced").fit(X, y)
    right = model.classes_[model.out_of_fold_.argmax(axis=1)] == y
    assert model.scores_["accuracy"] == pytest.approx(right.mean())


def test_a_saved_model_keeps_its_threshold(random, tmp_path):
    X, y = rare(random)
    model = TableClassifier(**QUICK, threshold={"false_positive": 1.0, "false_negative": 3.0}).fit(X, y)
    mlnn.save(model, tmp_path / "m.mlnn")
    again = mlnn.load(tmp_path / "m.mlnn")
    assert again.threshold_ == model.threshold_
    assert (again.predict(X) == model.predict(X)).all()
    assert again.choose_threshold("f1") == model.choose_threshold("f1")


def test_a_curve_is_read_back_as_it_was_written(random):
    curve = Thresholds.learn(random.integers(0, 2, 900), random.random(900)).chosen_by("f1")
    assert len(curve.at) <= 400
    again = Thresholds.from_json(json.loads(json.dumps(curve.to_json())))
    assert again.chosen == curve.chosen == again.choose("f1")
    with pytest.raises(ValueError, match="equally many"):
        Thresholds.from_json(curve.to_json() | {"true": [1.0]})
    with pytest.raises(ValueError, match="a threshold is chosen for"):
        Thresholds.from_json(curve.to_json() | {"rule": [1.0]})


def test_a_file_of_before_keeps_a_threshold_that_nothing_reaches():
    curve = Thresholds.learn(np.array([1, 0, 0]), np.array([0.5, 1.0, 1.0])).chosen_by("accuracy")
    before = {name: each for name, each in curve.to_json().items() if name not in ("rule", "share")}
    assert Thresholds.from_json(before).chosen == curve.chosen > 1.0


def test_a_file_of_before_may_hold_costs_of_nothing():
    curve = Thresholds.learn(np.array([1, 0, 0]), np.array([0.5, 1.0, 1.0])).chosen_by("accuracy")
    free = {"false_positive": 0.0, "false_negative": 0.0}
    assert Thresholds.from_json(curve.to_json() | {"rule": free}).rule == free


@pytest.mark.parametrize(
    ("threshold", "words"),
    [
        ({"false_positive": 1.0}, "false_positive and false_negative"),
        ({"false_positive": 1.0, "false_negative": -1.0}, "from 0 on"),
        (
            {"false_positive": 0.0, "false_negative": 0},
            "at least one cost must be above 0, but got {'false_positive': 0.0",
        ),
        ({"false_positive": "1", "false_negative": "5"}, "from 0 on, but got {'false_positive': '1'"),
        ({"false_positive": 1.0, "false_negative": float("nan")}, "from 0 on"),
        ("recall", "threshold"),
        (1.5, "threshold"),
        (True, "or a number, but got True"),
    ],
)
def test_what_no_threshold_can_be_chosen_by_is_refused(random, threshold, words):
    X, y = rare(random, 60)
    with pytest.raises(ValueError, match=words):
        TableClassifier(**QUICK, threshold=threshold).fit(X, y)


@pytest.mark.parametrize("threshold", [-0.1, 1.5, "recall", True, np.True_])
def test_what_no_threshold_can_be_is_refused_later_too(random, threshold):
    X, y = rare(random, 60)
    model = TableClassifier(**QUICK).fit(X, y)
    with pytest.raises(ValueError, match="a threshold"):
        model.choose_threshold(threshold)
    assert model.threshold_ is None


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_numbers_of_numpy_are_thresholds_and_costs(random, kind):
    X, y = rare(random, 60)
    model = TableClassifier(**QUICK, threshold=kind(0.25)).fit(X, y)
    assert (model.threshold_, type(model.threshold_)) == (0.25, float)
    costs = {"false_positive": 1.0, "false_negative": 5.0}
    chosen = model.choose_threshold(costs)
    assert model.choose_threshold({name: kind(each) for name, each in costs.items()}) == chosen
    assert model.choose_threshold(np.int64(1)) == 1.0


def test_more_classes_have_no_threshold(random):
    X = random.normal(size=(60, 2))
    with pytest.raises(ValueError, match="between two classes, but there are 3"):
        TableClassifier(**QUICK, threshold=0.5).fit(X, np.arange(60) % 3)
    model = TableClassifier(**QUICK).fit(X, np.arange(60) % 3)
    with pytest.raises(ValueError, match="between two classes"):
        model.choose_threshold("f1")


def test_the_curve_of_a_rare_class_keeps_its_steps(random):
    hit = random.permutation(20_000) < 20
    p = np.where(hit, 0.8, 0.2) + random.normal(0.0, 0.2, 20_000)
    curve = Thresholds.learn(hit.astype(int), p)
    assert len(curve.at) <= 400
    assert len(np.unique(curve.true)) == 21
    area = np.trapezoid(curve.true / curve.positives, curve.false / curve.negatives)
    assert area == pytest.approx(metrics.roc_auc_score(hit, p), abs=1e-3)


def test_a_threshold_chosen_later_counts_in_every_class(random):
    x, y = rare(random)
    model = TableClassifier(**QUICK).fit(x, y)
    p, well = model.out_of_fold_[:, 1], y == "well"
    model.choose_threshold("balanced_accuracy")
    said = p >= model.threshold_
    by_class = model.judgement_.by_class
    assert by_class["well"]["recall"] == pytest.approx(np.mean(said[well]))
    assert by_class["ill"]["recall"] == pytest.approx(np.mean(~said[~well]))
    assert by_class["ill"]["precision"] == pytest.approx(np.mean(~well[~said]))
    assert by_class["ill"]["f1"] == pytest.approx(metrics.f1_score(~well, ~said))


def test_whatever_a_threshold_decides_is_judged_by_it_whenever_it_was_chosen(random, tmp_path):
    X, y = rare(random, 900)
    given = TableClassifier(**QUICK, threshold=0.03).fit(X, y)
    late = TableClassifier(**QUICK).fit(X, y)
    mlnn.save(late, tmp_path / "late.mlnn")
    late.choose_threshold(0.03)
    for name in ("scores", "spread", "intervals", "by_class", "baseline"):
        assert getattr(given.judgement_, name) == getattr(late.judgement_, name)
    aside = np.where(given.out_of_fold_[:, 1] >= 0.03, "well", "ill") == y
    folds = [aside[given.judgement_.fold == k].mean() for k in range(3)]
    assert given.judgement_.spread["accuracy"] == pytest.approx(np.std(folds))
    low, high = late.judgement_.intervals["accuracy"]
    assert low < late.scores_["accuracy"] < high
    read = mlnn.load(tmp_path / "late.mlnn")
    read.choose_threshold(0.03)
    assert not {"accuracy", "f1"} & {*read.judgement_.intervals, *read.judgement_.spread}
    assert {"log_loss", "auc"} <= {*read.judgement_.intervals}
    assert read.judgement_.baseline == given.judgement_.baseline


def test_who_knows_shares_alone_is_judged_at_the_same_threshold(random):
    X, y = rare(random)
    model = TableClassifier(**QUICK, threshold=0.99).fit(X, y)
    baseline, ill = model.judgement_.baseline, np.mean(y == "ill")
    assert (baseline["accuracy"], baseline["recall"]) == (pytest.approx(ill), 0.0)
    model.choose_threshold(None)
    assert (model.judgement_.baseline["accuracy"], model.judgement_.baseline["recall"]) == (pytest.approx(1 - ill), 1.0)


def test_what_a_threshold_was_chosen_by_goes_with_it(random, tmp_path):
    X, y = rare(random)
    costs = {"false_positive": 1.0, "false_negative": 3.0}
    model = TableClassifier(**QUICK, threshold=costs).fit(X, y)
    mlnn.save(model, tmp_path / "m.mlnn")
    other = rare(random)
    for each in (model, mlnn.load(tmp_path / "m.mlnn")):
        judged, well = each.evaluation(*other), other[1] == "well"
        p = each.predict_proba(other[0])[:, 1]
        for name, at in (("cost", each.threshold_), ("cost_at_half", 0.5)):
            said = p >= at
            assert judged.prices[name] == pytest.approx(np.mean(said & ~well) + 3.0 * np.mean(~said & well))
        assert settings_of(each)["threshold"] == costs
        each.choose_threshold(0.3)
        assert (settings_of(each)["threshold"], each.evaluation(*other).prices) == (0.3, {})
        assert each.judgement_.thresholds.words("well") == "'well' is predicted from a probability of 0.3 on"
        each.choose_threshold(None)
        assert settings_of(each)["threshold"] is None


def test_a_file_of_before_tells_the_costs_that_choose_its_threshold(random):
    X, y = rare(random)
    costs = {"false_positive": 1.0, "false_negative": 3.0}
    model = TableClassifier(**QUICK, threshold=costs).fit(X, y)
    for rule, expected in ((costs, costs), (0.3, 0.3)):
        model.choose_threshold(rule)
        before = copy.deepcopy(kept(model))
        del before.json["judgement"]["thresholds"]["rule"], before.json["judgement"]["thresholds"]["share"]
        again = restored(before)
        assert again.judgement_.thresholds.rule == expected
        assert again.threshold_ == model.threshold_


def test_a_threshold_just_above_one_predicts_nothing():
    assert decided(np.array([[0.0, 1.0]], np.float32), float(np.nextafter(1.0, 2.0))).tolist() == [0]


@pytest.mark.parametrize(
    ("rule", "labels", "sentence"),
    [
        ("recall", 2, "is chosen for accuracy"),
        ("false_positive=1,false_negative=5", 2, "by costs such as {'false_positive': 1, 'false_negative': 5}, or"),
        ({"false_positive": 1.0}, 2, "costs must say what"),
        ("f1", 3, "between two classes, but there are 3 classes"),
    ],
)
def test_what_no_threshold_can_be_chosen_by_is_refused_before_training(rule, labels, sentence):
    model = TableClassifier(**QUICK)
    model.threshold = rule
    with pytest.raises(ValueError, match=sentence):
        model.learn_targets(np.arange(60) % labels)
