"""What is in the time of a fit, by a clock that shows nothing but counted work."""

import numpy as np
import pytest

from mlnn.tabular import budget, judgement, training
from mlnn.tabular.estimator import TableRegressor
from mlnn.tabular.view import Views

QUICK = {"preset": "fast", "hidden": (4,), "epochs": 3, "members": 3}


class Clock:
    """Hardly moves by itself."""

    now = 0.0

    def __call__(self):
        self.now += 1e-9
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("time.perf_counter", clock)
    return clock


@pytest.fixture
def told(monkeypatch):
    """The seconds that views are trained in."""
    trained, told = training.trained, []

    def train(problem, parts, plan, judge=None):
        told.append(plan.seconds)
        return trained(problem, parts, plan, judge)

    monkeypatch.setattr(training, "trained", train)
    return told


@pytest.mark.parametrize(("limit", "left", "judged"), [(100.0, 40.0, 600), (70.0, 20.0, 300)])
def test_judging_is_part_of_the_time(random, monkeypatch, clock, told, limit, left, judged):
    """At a twentieth of a second for each of 600 rows; by some, where that is more than half of what is left."""
    judgement_of = judgement.judgement_of

    def slow(how, by, *others):
        clock.now += len(by.t) / 20.0
        return judgement_of(how, by, *others)

    for room in (budget, judgement):
        monkeypatch.setattr(room, "judgement_of", slow)
    X = random.normal(size=(600, 2))
    model = TableRegressor(**QUICK, time_budget=limit).fit(X, X[:, 0])
    assert told == pytest.approx([left])
    assert clock.now - 30.0 <= limit - left + 1e-3  # 30 seconds of it are the rehearsal
    assert model.judgement_.rows == judged
    assert model.judgement_.how.startswith(
        "600 rows, each" if judged == 600 else f"{judged} of 600 rows, for want of time, each"
    )
    assert np.isfinite(model.out_of_fold_).all()


@pytest.mark.parametrize(("how", "left"), [("folds", 60.0), ("elsewhere", 55.0), ("again", 76 * 0.8 / 1.8)])
def test_predictions_by_which_members_are_weighed_are_part_of_the_time(random, monkeypatch, clock, told, how, left):
    """At a tenth of a second a row: 100 rows are predicted in a rehearsal, and then all by one, or some by each.

    With rows elsewhere, 50 and then 3 times 50; with one member, 20 in the end, and training again takes 5 parts of 9.
    """
    predict = Views.predict

    def slow(views, matrix):
        clock.now += len(matrix) * len(views.members) / 10.0
        return predict(views, matrix)

    monkeypatch.setattr(Views, "predict", slow)
    X = random.normal(size=(100, 2))
    given = {"eval_set": (X[:50] + 0.5, X[:50, 0])} if how == "elsewhere" else {}
    members = {"members": 1} if how == "again" else {}
    TableRegressor(**QUICK | members, time_budget=90.0).fit(X, X[:, 0], **given)
    assert told == pytest.approx([left])
