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
    groups = np.arange(120) % 7
    others = [((X, y + 1.0), {}), ((X + 1.0, y), {}), ((X, y), {"groups": groups}), ((X, y), {"sample_weight": groups})]
    others += [((X, y), {"eval_set": (X[:9], y[:9])})]
    for data, given in others:
        with pytest.raises(TableError, match="is of other rows"):
            tuned(TableRegressor(members=2), *data, trials=1, study=path, **given)
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
    for damaged in (before[:-30], b"\xc9\n", b"{}\n", b"3\n"):
        path.write_bytes(damaged)
        with pytest.raises(TableError, match=r"'.*a\.study' is no study, or damaged: line \d+ of \d+"):
            tuned(TableRegressor(members=2), X, y, trials=1, study=path)
        assert path.read_bytes() == damaged


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
    assert found.model.predict(X).shape == (120,)


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
