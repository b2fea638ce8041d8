"""How sure figures of merit are: bootstrap intervals against their definition, and each class by itself."""

import numpy as np
import pytest
from sklearn import metrics

from mlnn.tabular.evaluation import Evaluation
from mlnn.tabular.score import scores_of
from mlnn.tabular.target import Classes, Quantities


def classified(random, rows=300, classes=3):
    scores = random.normal(size=(rows, classes))
    y = (scores + random.normal(size=(rows, classes))).argmax(axis=1)
    P = np.exp(scores)
    return Classes.learn(np.arange(40) % classes), y, P / P.sum(axis=1, keepdims=True)


def by_definition(evaluation, random, draws=600):
    """Return the ends of the middle 95 % of the scores of drawn rows, each worked out anew."""
    t, P = evaluation.t, evaluation.predictions
    drawn = []
    for _ in range(draws):
        rows = random.integers(0, len(t), len(t))
        drawn.append(scores_of(evaluation.target, t[rows], P[rows]))
    return {name: np.quantile([each[name] for each in drawn], [0.025, 0.975]) for name in evaluation.scores}


@pytest.mark.parametrize("classes", [2, 3])
def test_intervals_of_class_scores_are_those_of_drawn_rows(random, classes):
    evaluation = Evaluation(*classified(random, classes=classes))
    expected, found = by_definition(evaluation, random), evaluation.intervals()
    assert set(found) == set(expected) - {"calibration_error"}
    for name, (low, high) in found.items():
        width = np.ptp(expected[name])
        assert low < evaluation.scores[name] < high
        assert [low, high] == pytest.approx(expected[name], abs=0.12 * width), name


def test_rows_of_a_group_are_drawn_together(random):
    """So what copies of rows tell is what the rows tell alone."""
    y = random.normal(size=(250, 1))
    values, classes = Quantities.learn(y[:, 0]), classified(random, 250, 2)
    groups = np.repeat(np.arange(250), 8)
    for target, t, P in ((values, y, y + random.normal(size=y.shape)), classes):
        copies = np.repeat(t, 8, axis=0), np.repeat(P, 8, axis=0)
        alone, grouped = Evaluation(target, t, P).intervals(), Evaluation(target, *copies, groups=groups).intervals()
        assert grouped.keys() == alone.keys()
        for name, ends in alone.items():
            assert grouped[name] == pytest.approx(ends, abs=0.1 * np.ptp(ends)), name
            assert np.ptp(Evaluation(target, *copies).intervals()[name]) < 0.6 * np.ptp(ends)


@pytest.mark.parametrize("columns", [1, 2])
def test_intervals_of_value_scores_are_those_of_drawn_rows(random, columns):
    y = 100.0 + 10.0 * random.standard_normal((250, columns))
    target = Quantities.learn(y if columns > 1 else y[:, 0])
    t = target.encode(y)
    evaluation = Evaluation(target, t, t + 0.5 * random.standard_normal(t.shape))
    expected, found = by_definition(evaluation, random), evaluation.intervals()
    assert set(found) == set(expected)
    for name, (low, high) in found.items():
        if not (columns == 2 and name == "median_error"):  # two medians are not drawn together
            assert [low, high] == pytest.approx(expected[name], abs=0.15 * np.ptp(expected[name])), name


def test_intervals_of_many_rows_are_as_narrow_as_theirs(random):
    """Rows are added up in parts before they are drawn; that changes no width."""
    right = random.random(100_000) < 0.7
    P = np.where(right[:, None], [0.2, 0.8], [0.8, 0.2])
    low, high = Evaluation(Classes.learn(np.array([0, 1])), np.ones(100_000, dtype=int), P).intervals()["accuracy"]
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.21 / 100_000), rel=0.15)


def test_few_rows_or_groups_have_no_intervals(random):
    target, t, P = classified(random, 90, 2)
    few, groups = Evaluation(target, t, P).only(np.arange(9)), Evaluation(target, t, P, groups=np.arange(90) % 3)
    for each, said in (
        (few, "9 rows: too few for"),
        (groups, "3 groups: too few for"),
        (few.only(np.arange(1)), "1 row:"),
    ):
        with pytest.warns(UserWarning, match=f"^{each.too_few}$"):
            assert each.intervals() == {}
        assert each.too_few in repr(each)
        assert each.too_few.startswith(said)
    ten = Evaluation(target, t, P).only(np.arange(10))
    assert (ten.intervals().keys() >= {"log_loss", "accuracy"}, ten.too_few) == (True, "")


@pytest.mark.parametrize("uneven", ["groups", "weights"])
def test_groups_and_rows_that_weigh_too_unequally_have_no_intervals(random, uneven):
    """A hundred rows of one group, and 20 of groups of their own, tell hardly more than one group does."""
    target, t, P = classified(random, 120, 2)
    groups, weights = np.maximum(np.arange(120) - 99, 0), np.where(np.arange(120) < 2, 1000.0, 1.0)
    judged = Evaluation(target, t, P, **({"groups": groups} if uneven == "groups" else {"weights": weights}))
    told = "21 groups, which tell as little as 1.4" if uneven == "groups" else "120 rows, which tell as little as 2.2"
    assert judged.too_few == f"{told} of equal weight: too few for intervals of the scores"
    assert Evaluation(target, t, P, groups=np.arange(120) % 21).too_few == ""


def test_every_group_is_scored_by_itself(random, monkeypatch):
    target, t, P = classified(random, 90, 2)
    groups = np.r_[np.full(50, 1), np.full(30, 0), np.full(10, -1)]
    judged = Evaluation(target, t, P, groups=groups, called=("Ulm", "Bonn"))
    assert {name: each["rows"] for name, each in judged.by_group.items()} == {"Bonn": 50, "Ulm": 30, "(none)": 10}
    assert judged.by_group["Ulm"] == Evaluation(target, t, P).only(groups == 0).scores | {"rows": 30}
    assert (judged.group_count, Evaluation(target, t, P).group_count, Evaluation(target, t, P).by_group) == (3, 0, {})
    monkeypatch.setattr("mlnn.tabular.evaluation.GROUPS", 2)
    assert list(Evaluation(target, t, P, groups=groups).by_group) == ["1", "0"]


def test_an_evaluation_is_shown_in_a_line(random):
    shown = repr(Evaluation(*classified(random)))
    assert shown.startswith("<Evaluation of 300 rows: log loss 0.")
    assert len(shown) < 300


def test_intervals_are_the_same_every_time_and_wider_for_a_higher_level(random):
    given = classified(random)
    assert Evaluation(*given).intervals() == Evaluation(*given).intervals()
    (low, high), (lower, higher) = (Evaluation(*given).intervals(level)["f1"] for level in (0.8, 0.99))
    assert lower < low < high < higher


def test_every_class_by_itself_is_scikit_learns(random):
    target, y, P = classified(random)
    w = random.uniform(0.5, 2.0, len(y))
    rates = metrics.precision_recall_fscore_support(y, P.argmax(axis=1), sample_weight=w)
    for k, row in enumerate(Evaluation(target, y, P, w).by_class.values()):
        assert [row["precision"], row["recall"], row["f1"]] == pytest.approx([rate[k] for rate in rates[:3]])
        assert row["auc"] == pytest.approx(metrics.roc_auc_score(y == k, P[:, k], sample_weight=w))
        assert row["average_precision"] == pytest.approx(
            metrics.average_precision_score(y == k, P[:, k], sample_weight=w)
        )
        assert row["rows"] == (y == k).sum()


def test_the_areas_of_classes_are_worked_out_once(random, monkeypatch):
    from mlnn.tabular import class_score, evaluation

    worked_out, areas = [], class_score.class_areas

    def counted(*arguments):
        worked_out.append(arguments)
        return areas(*arguments)

    monkeypatch.setattr(class_score, "class_areas", counted)
    monkeypatch.setattr(evaluation, "class_areas", counted)
    judged = Evaluation(*classified(random))
    assert judged.scores["auc"] == np.mean([row["auc"] for row in judged.by_class.values()])
    assert len(worked_out) == 1
