"""Members: when they stop, which weights they keep, and what whoever watches is told."""

import signal
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import mlnn
from mlnn.model.ensemble import first_thetas
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.output import LeastSquares
from mlnn.tabular import training
from mlnn.tabular.compare import compared
from mlnn.tabular.estimator import TableRegressor
from mlnn.tabular.members import Course, Plan, again
from mlnn.tabular.parts import Rows
from mlnn.tabular.sight import Sight
from mlnn.tabular.training import _better_weights
from mlnn.tabular.view import View
from mlnn.training import epochs_of_members


def epoch(number, loss, theta=None):
    return SimpleNamespace(number=number, loss=loss, valid_loss=loss, watched_loss=loss, theta=theta)


@pytest.mark.parametrize(
    ("best", "least", "patience", "end"),
    [(2, 5, 20, 7), (8, 5, 20, 16), (40, 5, 20, 60), (3, 12, 20, 15), (3, 50, 20, 23), (9, 5, 3, 12), (1, 5, 1, 2)],
)
def test_a_member_waits_as_long_as_it_took_to_its_best_within_bounds(best, least, patience, end):
    course = Course(patience, least)
    stops = [course(epoch(number, abs(number - best))) for number in range(1, end + 1)]
    assert stops == [False] * (end - 1) + [True]
    assert (course.kept.number, course.last.number) == (best, end)
    course.late = True
    assert course.kept.number == course.to_json()["best_epoch"] == end


@pytest.mark.parametrize("late", [False, True])
def test_of_best_and_last_weights_those_are_kept_whose_mean_with_the_views_before_is_better(late):
    """Alone the best are better in both cases; what is before errs as the best do, or the other way."""
    target = TableRegressor().learn_targets(np.array([-1.0, 1.0]))
    matrix, t = np.zeros((4, 1), np.float32), np.zeros((4, 1), np.float32)
    network = Network.dense([1, 1], output=LeastSquares())
    rows, fold = Rows(matrix, t), np.array([0, 0, 1, 1])
    before = np.full((4, 1), 0.5 if late else -0.1, np.float32)
    courses = [Course(20), Course(20)]
    for course in courses:
        course(epoch(1, 0.01, np.array([0.0, 0.1], np.float32)))
        course(epoch(2, 0.16, np.array([0.0, -0.4], np.float32)))
    seen = Sight.of(TableRegressor(hidden=()), target, View(()), rows, 2, None)
    assert seen.problem.network.widths == network.widths
    view, unseen = _better_weights(seen, courses, [before], target, rows, fold, None)
    assert [course.late for course in courses] == [late, late]
    np.testing.assert_allclose(unseen, -0.4 if late else 0.1, rtol=1e-6)
    np.testing.assert_array_equal(view.members[0][1], courses[0].kept.theta)


def test_later_views_wait_as_long_as_the_first_took(random, monkeypatch):
    plans = []

    def trained(problem, parts, plan, judge=None):
        plans.append(plan)
        return real(problem, parts, plan, judge)

    from mlnn.tabular import training

    real = training.trained
    monkeypatch.setattr(training, "trained", trained)
    X = random.normal(size=(300, 2))
    model = TableRegressor(hidden=(8,), members=3, epochs=60).fit(X, np.sin(3.0 * X[:, 0]))
    first = int(np.median([each["best_epoch"] for each in model.summary_["members"][:3]]))
    assert [plan.least for plan in plans] == [5, max(first, 5), max(first, 5)]
    assert first > 5


def test_members_are_trained_again_for_as_many_epochs_as_were_best(random, monkeypatch):
    from mlnn.tabular import training

    asked, real = [], training.again
    monkeypatch.setattr(training, "again", lambda *given: asked.extend(given[2]) or real(*given))
    X = random.normal(size=(60, 2))
    model = TableRegressor(hidden=(16,), members=1, epochs=60, rate=0.03, patience=5).fit(X, random.normal(size=60))
    assert asked == [each["best_epoch"] for each in model.summary_["members"]]
    assert max(asked) < 60


def test_a_member_that_is_trained_again_ends_with_the_epoch_it_is_told(random):
    problem = Problem.of(Network.dense([2, 3, 1], output=LeastSquares()), random.normal(size=(20, 2)), np.ones((20, 1)))
    plan = Plan(TableRegressor(epochs=6).recipe(20, 0), 20)
    thetas, rows = first_thetas(problem, plan.recipe, 2), [np.arange(20)] * 2
    reports = list(epochs_of_members(problem, thetas, plan.recipe, rows=rows))
    for member, (theta, number) in enumerate(zip(again(problem, rows, [2, 5], plan), [2, 5], strict=True)):
        np.testing.assert_array_equal(theta, reports[number - 1][member].theta)


def test_who_watches_is_told_who_has_stopped(random):
    class Watch:
        def __init__(self):
            self.seen, self.stopped = [], []

        def __call__(self, member, epoch):
            self.seen.append(member)

        def ended(self, member):
            assert member in self.seen
            self.stopped.append(member)

    watch, X = Watch(), random.normal(size=(80, 2))
    TableRegressor(hidden=(4,), members=2, epochs=500, patience=2).fit(X, random.normal(size=80), watch=watch)
    assert sorted(watch.stopped) == sorted(set(watch.seen)) == list(range(6))


@pytest.mark.parametrize("seed", [2**32 - 1, 2**32 - 2])
def test_the_largest_seeds_are_seeds(random, seed):
    X = random.normal(size=(60, 2))
    assert len(TableRegressor(hidden=(4,), epochs=1, members=3, random_state=seed).fit(X, X[:, 0]).members_) == 9


def test_rows_that_only_a_member_not_begun_would_have_judged_are_no_new_rows(random, tmp_path):
    """L-BFGS trains one member after another; those before an interrupt were trained on what the rest would judge."""

    def press(member, epoch):
        if member == 2 and epoch.number == 2:
            signal.raise_signal(signal.SIGINT)

    X = random.normal(size=(80, 2))
    y = np.where(np.arange(80) < 10, np.nan, X[:, 0])
    settings = {"preset": "fast", "hidden": (4,), "optimizer": "lbfgs", "epochs": 5, "members": 4}
    model, whole = (TableRegressor(**settings).fit(X, y, watch=watch) for watch in (press, None))
    assert model.interrupted_
    fold = np.where(whole.judgement_.fold == 3, -2, whole.judgement_.fold)
    np.testing.assert_array_equal(model.judgement_.fold, fold)
    assert np.bincount(fold + 2)[1] == 10  # those without a target, which nobody saw
    mlnn.save(model, tmp_path / "part.mlnn")
    for each in (model, mlnn.load(tmp_path / "part.mlnn")):
        assert each.explain(X, y).how.startswith(f"{(fold >= 0).sum()} rows, predicted by networks that were not")
        seen = {one.name: one.seen for one in compared({"part": each, "whole": whole}, X, y).models}
        assert seen == {"part": "trained on", "whole": "out of fold"}


def test_the_time_to_train_a_view_again_is_given_to_no_later_one(random, monkeypatch):
    granted, real = [], training.trained

    def at_once(problem, parts, plan, judge=None):
        granted.append(plan.seconds)
        return real(problem, parts, replace(plan, recipe=replace(plan.recipe, epochs=1)), judge)

    monkeypatch.setattr(training, "trained", at_once)
    X = random.normal(size=(200, 3))
    TableRegressor(hidden=(4,), members=1, time_budget=1000.0).fit(X, X[:, 0])
    share = training.SHARE
    first = 1000.0 / 3 * share
    second = (1000.0 - first * (1 / share - 1)) / 2 * share  # what the first has not spent, but not what waits for it
    third = (1000.0 - (first + second) * (1 / share - 1)) * share
    assert granted == pytest.approx([first, second, third], rel=0.01)
