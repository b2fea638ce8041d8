"""The search for better settings: it finds, keeps, goes on, and ends when it is told to."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from mlnn.frame.column import TableError
from mlnn.optimizer import SGD
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.tune import tuned
from mlnn.training import Diverged

optuna = pytest.importorskip("optuna")


def waves(random, rows=120):
    X = random.normal(size=(rows, 2))
    return X, np.sin(3.0 * X[:, 0]) + 0.1 * random.normal(size=rows)


@pytest.fixture
def short(monkeypatch):
    """Let every trial train for three epochs."""
    fit = TableRegressor.fit

    def shortly(self, *args, **options):
        return fit(self.set_params(epochs=3), *args, **options)

    monkeypatch.setattr(TableRegressor, "fit", shortly)


@pytest.mark.usefixtures("short")
def test_the_best_trial_is_the_model(random):
    X, y = waves(random)
    seen = []
    found = tuned(TableRegressor(members=2), X, y, trials=4, on_trial=lambda trial, best: seen.append((trial, best)))
    assert [trial.number for trial, _ in seen] == [0, 1, 2, 3]
    assert found.trials == tuple(sorted((trial for trial, _ in seen), key=lambda trial: trial.score))
    assert found.trials[0].score == seen[-1][1] == found.model.scores_["rmse"]
    assert [best for _, best in seen] == list(np.minimum.accumulate([trial.score for trial, _ in seen]))
    first = next(trial for trial in found.trials if trial.number == 0)
    usual = {"hidden": [64, 64], "layer": "relu", "rate": 0.002, "dropout": 0.1, "l2": 0.0, "batch_size": None}
    assert first.parameters == first.parameters | usual
    assert first.score == TableRegressor(members=2).fit(X, y).scores_["rmse"]
    assert found.model.members == 2
    assert not found.interrupted
    json.dumps(found.to_json())


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("optimizer", ["sgd", "adam", SGD(rate=0.05)])
def test_the_first_trial_is_the_default_of_any_optimizer(random, optimizer):
    X, y = waves(random)
    model = TableRegressor(members=2, optimizer=optimizer)
    assert tuned(model, X, y, trials=1).trials[0].score == clone(model).fit(X, y).scores_["rmse"]


@pytest.mark.usefixtures("short")
def test_a_study_goes_on_where_it_ended(random, tmp_path):
    X, y = waves(random)
    path = tmp_path / "study.journal"
    first = tuned(TableRegressor(members=2), X, y, trials=2, study=path)
    second = tuned(TableRegressor(members=2), X, y, trials=1, study=path)
    assert {trial.number for trial in second.trials} == {0, 1, 2}
    assert all(trial in second.trials for trial in first.trials)
    assert second.model.scores_["rmse"] == pytest.approx(second.trials[0].score)
    groups, before = np.arange(120) % 7, path.read_bytes()
    others = [((X, y + 1.0), {}), ((X + 1.0, y), {}), ((X, y), {"groups": groups}), ((X, y), {"sample_weight": groups})]
    others += [((X, y), {"eval_set": (X[:9], y[:9])})]
    for data, given in others:
        with pytest.raises(TableError, match="is of other rows"):
            tuned(TableRegressor(members=2), *data, trials=1, study=path, **given)
        assert path.read_bytes() == before
    table = pd.DataFrame(X, columns=["x0", "x1"])
    assert len(tuned(TableRegressor(members=2), table, y, trials=1, study=path).trials) == 4


@pytest.mark.usefixtures("short")
def test_a_study_of_other_settings_or_a_damaged_one_is_refused(random, tmp_path):
    X, y = random.normal(size=(60, 2)), random.normal(size=60)
    path = tmp_path / "a.study"
    tuned(TableRegressor(members=2), X, y, trials=1, study=path)
    before = path.read_bytes()
    with pytest.raises(TableError, match=r"made with other settings \(columns, random_state\)"):
        tuned(TableRegressor(members=2, columns={"x0": "drop"}, random_state=1), X, y, trials=1, study=path)
    assert path.read_bytes() == before
    first, second, rest = before.split(b"\n", 2)
    for damaged in (first, first[:-9] + b"\n" + second + b"\n" + rest[:-9], rest[5:], b"\xc9\n", b"{}\n", b"3\n"):
        path.write_bytes(damaged)
        with pytest.raises(TableError, match=r"'.*a\.study' is no study, or damaged: line \d+ of \d+"):
            tuned(TableRegressor(members=2), X, y, trials=1, study=path)
        assert path.read_bytes() == damaged


@pytest.mark.usefixtures("short")
def test_of_a_study_whose_last_line_was_cut_off_the_others_go_on(random, tmp_path):
    X, y = random.normal(size=(60, 2)), random.normal(size=60)
    path = tmp_path / "a.study"
    first = tuned(TableRegressor(members=2), X, y, trials=1, study=path)
    whole = path.read_bytes()
    lines, broken = len(whole.splitlines()), whole + whole.splitlines()[-1][:-9]
    path.write_bytes(broken)
    with pytest.raises(TableError, match="is of other rows"):
        tuned(TableRegressor(members=2), X, y + 1.0, trials=1, study=path)
    assert path.read_bytes() == broken
    warned = rf"^line {lines + 1} of '.*a\.study', its last, has no end, .*: it is left out$"
    with pytest.warns(UserWarning, match=warned) as caught:
        second = tuned(TableRegressor(members=2), X, y, trials=1, study=path)
    assert caught[0].filename == __file__
    assert path.read_bytes().startswith(whole + b"{")
    assert first.trials[0] in second.trials
    assert len(tuned(TableRegressor(members=2), X, y, trials=1, study=path).trials) == 3


@pytest.mark.usefixtures("short")
def test_a_study_that_goes_on_keeps_its_best(random, tmp_path, monkeypatch):
    X, y = waves(random)
    first = tuned(TableRegressor(members=2), X, y, trials=1, study=tmp_path / "study.journal")
    fit, calls = TableRegressor.fit, []

    def worse_at_first(self, X, y, **options):
        calls.append(1)
        return fit(self, X, y if len(calls) > 1 else random.permutation(y), **options)

    monkeypatch.setattr(TableRegressor, "fit", worse_at_first)
    found = tuned(TableRegressor(members=2), X, y, trials=1, study=tmp_path / "study.journal")
    assert [trial.number for trial in found.trials] == [0, 1]
    assert found.model.scores_ == first.model.scores_


@pytest.mark.usefixtures("short")
def test_a_best_model_of_earlier_is_whole_or_none(random, tmp_path, monkeypatch):
    X, y = waves(random)
    tuned(TableRegressor(members=2), X, y, trials=1, study=tmp_path / "study.journal")
    fit, calls = TableRegressor.fit, []

    def worse_at_first_and_then_cut_short(self, X, y, **options):
        calls.append(1)
        fit(self, X, y if len(calls) > 1 else random.permutation(y), **options)
        self.interrupted_ = len(calls) > 1
        return self

    monkeypatch.setattr(TableRegressor, "fit", worse_at_first_and_then_cut_short)
    with pytest.raises(KeyboardInterrupt):
        tuned(TableRegressor(members=2), X, y, trials=1, study=tmp_path / "study.journal")
    assert len(calls) == 2


@pytest.mark.usefixtures("short")
def test_a_study_that_goes_on_tries_something_else(random, tmp_path):
    X, y = waves(random, 60)
    for _ in range(3):
        found = tuned(TableRegressor(members=2), X, y, trials=2, study=tmp_path / "study.journal")
    assert len({trial.parameters["rate"] for trial in found.trials}) == 6


@pytest.mark.usefixtures("short")
def test_an_interruption_keeps_what_was_found(random, monkeypatch):
    X, y = waves(random)
    fit, calls = TableRegressor.fit, []

    def interrupted(self, *args, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return fit(self, *args, **options)

    monkeypatch.setattr(TableRegressor, "fit", interrupted)
    found = tuned(TableRegressor(members=2), X, y)
    assert found.interrupted
    assert len(found.trials) == 2
    assert found.left_out == {2: "an interruption"}
    assert found.model.predict(X).shape == (120,)


def test_a_trial_that_the_budget_ends_is_left_out(random, tmp_path, monkeypatch):
    X, y = waves(random)
    fit, begun = TableRegressor.fit, []

    def late(self, *args, watch=None, **options):
        begun.append(self)
        if watch is not None:
            watch.ends = np.inf if len(begun) < 3 else 0.0
        return fit(self.set_params(epochs=3), *args, watch=watch, **options)

    monkeypatch.setattr(TableRegressor, "fit", late)
    found = tuned(TableRegressor(members=2), X, y, trials=5)
    assert len(begun) == 3
    assert [trial.number for trial in sorted(found.trials, key=lambda trial: trial.number)] == [0, 1]
    assert not any(trial.shortened for trial in found.trials)
    assert not found.interrupted
    assert found.left_out == {2: "the budget"}
    assert found.said[0] == "1 further trial (2) was ended by the budget and is left out"
    begun.clear()
    again = tuned(TableRegressor(members=2), X, y, trials=1, study=tmp_path / "study")
    assert again.said == ["only the defaults were tried to the end, and the model has them: nothing was chosen"]
    begun.append("now the next one is late")
    again = tuned(TableRegressor(members=2), X, y, trials=1, study=tmp_path / "study")
    assert (len(again.trials), again.left_out) == (1, {1: "the budget"})
    begun.clear()
    again = tuned(TableRegressor(members=2), X, y, trials=1, study=tmp_path / "study")  # which remembers number 1
    assert ({trial.number for trial in again.trials}, again.left_out) == ({0, 2}, {1: "the budget"})


class Watcher:
    """A watch with all that one may have."""

    def __init__(self):
        self.epochs, self.views = [], []

    def __call__(self, member, epoch):
        self.epochs.append(epoch.number)

    def begins(self, views, members):
        self.views.append((views, members))


def test_of_a_first_trial_that_the_budget_ends_the_model_is_what_it_has_learned(random, tmp_path, monkeypatch):
    X, y = waves(random)
    fit, most = TableRegressor.fit, 100_000

    def long(self, *args, **options):
        return fit(self.set_params(epochs=most, patience=most), *args, **options)

    monkeypatch.setattr(TableRegressor, "fit", long)
    model, watcher = TableRegressor(members=2), Watcher()
    study = {"study": tmp_path / "study"}
    for count in (1, 2):  # a later call gives the defaults another chance
        found = tuned(model, X, y, budget=0.02, watch=watcher, **study)
        assert [trial.shortened for trial in found.trials] == [True] * count
        assert found.model.interrupted_
        assert found.model.scores_["rmse"] in [trial.score for trial in found.trials]
        assert not found.interrupted
        assert found.said[0].startswith("the budget ended before the defaults had been tried to the end: ")
    assert 1 <= max(watcher.epochs) < most
    assert watcher.views == [(3, 2)] * 2
    most = 3
    whole = tuned(model, X, y, trials=1, **study)
    assert [trial.shortened for trial in whole.trials] == [False, True, True]  # whatever their scores
    assert whole.trials[0].parameters == whole.trials[1].parameters
    assert not whole.model.interrupted_


@pytest.mark.usefixtures("short")
def test_a_study_of_another_time_budget_is_refused(random, tmp_path):
    X, y = waves(random)
    tuned(TableRegressor(members=2, time_budget=0.5), X, y, trials=1, study=tmp_path / "study")
    with pytest.raises(TableError, match=r"other settings \(time_budget\)"):
        tuned(TableRegressor(members=2), X, y, trials=1, study=tmp_path / "study")


def test_trials_that_diverge_are_trials(random, tmp_path, monkeypatch):
    X, y = waves(random)
    asked = []

    def diverges(self, *args, **options):
        asked.append(self)
        raise Diverged.of("", 1, np.nan)

    monkeypatch.setattr(TableRegressor, "fit", diverges)
    with pytest.raises(TableError, match="no trial ended"):
        tuned(TableRegressor(members=2), X, y, trials=2, study=tmp_path / "study")
    assert len(asked) == 2
    monkeypatch.undo()
    found = tuned(TableRegressor(members=2), X, y, trials=1, study=tmp_path / "study")
    assert found.said[0] == "2 further trials (0, 1) were ended by divergence and are left out"


@pytest.mark.usefixtures("short")
def test_of_a_trial_that_did_not_tell_why_nothing_is_claimed(random, tmp_path, monkeypatch):
    X, y = waves(random)

    def fails(self, *args, **options):
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(TableRegressor, "fit", fails)
        with pytest.raises(OSError, match="the disk is full"):
            tuned(TableRegressor(members=2), X, y, trials=1, study=tmp_path / "study")
    found = tuned(TableRegressor(members=2), X, y, trials=1, study=tmp_path / "study")
    assert found.left_out == {0: None}
    assert found.said[0] == "1 further trial (0) has no score and is left out"


def test_without_a_trial_there_is_no_model(random):
    X, y = waves(random)
    with pytest.raises(TableError, match="no trial ended"):
        tuned(TableRegressor(), X, y, trials=0)


def test_classifiers_are_judged_by_log_loss(random):
    X, y = waves(random)
    found = tuned(TableClassifier(members=2, threshold="f1"), X, np.where(y > 0, "up", "down"), trials=1)
    assert found.measure == "log_loss"
    assert found.model.threshold_ is not None
    assert found.trials[0].score == found.model.scores_["log_loss"]
