"""scikit-learn's own callbacks on the estimators: its tasks, its hooks, its rules of stopping and propagation."""

import importlib
import io
import pickle
import sys
import time

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from mlnn import MLPClassifier, MLPRegressor
from mlnn.estimator import callbacks as sklearn_callbacks

HAS_CALLBACKS = parse_version(sklearn.__version__) >= parse_version("1.9")

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.skipif(not HAS_CALLBACKS, reason="this scikit-learn has no callbacks"),
]

X, y = load_iris(return_X_y=True)
SMALL = {"hidden_layer_sizes": (8,), "max_iter": 5, "random_state": 0}


class Recorder:
    """Notes every hook, and asks to stop after epoch number ``stop``; may fail in epoch number ``fail``."""

    def __init__(self, stop=None, fail=None):
        self.notes, self.stop, self.fail = [], stop, fail

    def setup(self, estimator, context):
        self.notes.append(("setup", context.task_name, context.task_id, context.max_subtasks))

    def teardown(self, estimator, context):
        self.notes.append(("teardown", context.task_name, context.task_id))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        self.notes.append(("begin", context.task_name, context.task_id, X, y, metadata, fitted_estimator))

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        self.notes.append(("end", context.task_name, context.task_id, X, y, metadata, fitted_estimator))
        if context.task_name == "epoch" and context.task_id == self.fail:
            raise RuntimeError("a callback that fails")
        return context.task_name == "epoch" and context.task_id == self.stop

    @property
    def outline(self):
        return [note[:3] for note in self.notes]

    def of(self, hook, task="epoch"):
        return [note for note in self.notes if note[:2] == (hook, task)]


class Propagated(Recorder):
    max_propagation_depth = None


def test_every_epoch_is_a_task_within_the_fit():
    recorder = Recorder()
    MLPClassifier(**SMALL | {"max_iter": 2}).set_callbacks(recorder).fit(X, y)
    assert recorder.notes[0] == ("setup", "fit", 0, 2)
    assert recorder.outline == [
        ("setup", "fit", 0),
        ("begin", "fit", 0),
        ("begin", "epoch", 0),
        ("end", "epoch", 0),
        ("begin", "epoch", 1),
        ("end", "epoch", 1),
        ("end", "fit", 0),
        ("teardown", "fit", 0),
    ]


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_callbacks_change_no_number_and_see_the_estimator_of_every_epoch(solver):
    recorder = Recorder()
    told = MLPClassifier(solver=solver, **SMALL).set_callbacks(recorder).fit(X, y)
    alone = MLPClassifier(solver=solver, **SMALL).fit(X, y)
    np.testing.assert_array_equal(told.theta_, alone.theta_)
    ends = recorder.of("end")
    assert len(ends) == told.n_iter_ == 5
    for number, end in enumerate(ends, start=1):
        shorter = MLPClassifier(solver=solver, **SMALL | {"max_iter": number}).fit(X, y)
        np.testing.assert_array_equal(end[-1].theta_, shorter.theta_)
        np.testing.assert_array_equal(end[-1].predict_proba(X), shorter.predict_proba(X))
        assert end[-1].loss_curve_ == shorter.loss_curve_
    for begin, before in zip(recorder.of("begin")[1:], ends, strict=False):
        np.testing.assert_array_equal(begin[-1].theta_, before[-1].theta_)
    assert recorder.of("end", "fit")[0][-1] is not told


def test_training_on_from_a_fitted_estimator_leaves_the_training_itself_alone():
    class Meddler(Recorder):
        def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
            fitted_estimator.set_callbacks()
            if context.parent:
                del fitted_estimator._callback_fit_ctx
                fitted_estimator.partial_fit(X, y)

    told = MLPClassifier(**SMALL, shuffle=True, batch_size=20).set_callbacks(Meddler()).fit(X, y)
    np.testing.assert_array_equal(told.theta_, MLPClassifier(**SMALL, batch_size=20).fit(X, y).theta_)
    assert len(told.loss_curve_) == 5


def test_a_callback_stops_training():
    recorder = Recorder(stop=2)
    stopped = MLPRegressor(**SMALL | {"max_iter": 50}).set_callbacks(recorder).fit(*load_diabetes(return_X_y=True))
    assert stopped.n_iter_ == 3
    assert recorder.outline[-2:] == [("end", "fit", 0), ("teardown", "fit", 0)]


def test_an_lbfgs_that_ends_early_ends_its_last_task_without_data():
    recorder = Recorder()
    fitted = MLPClassifier(**SMALL | {"max_iter": 500}, solver="lbfgs", alpha=1.0).set_callbacks(recorder).fit(X, y)
    assert fitted.n_iter_ < 500
    assert len(recorder.of("begin")) == len(recorder.of("end")) == fitted.n_iter_ + 1
    assert recorder.of("end")[-1][3:] == (None, None, None, None)
    assert recorder.of("end")[-2][-1] is not None


def test_callbacks_get_the_rows_that_are_trained_on_as_the_user_gave_them():
    pandas = pytest.importorskip("pandas")
    frame, weights, recorder = pandas.DataFrame(X, columns=list("abcd")), np.linspace(1.0, 2.0, len(X)), Recorder()
    early = MLPClassifier(**SMALL, early_stopping=True, validation_fraction=0.2).set_callbacks(recorder)
    early.fit(frame, y, weights)
    for _, _, _, rows, labels, metadata, _ in recorder.of("begin") + recorder.of("end") + recorder.of("end", "fit"):
        assert list(rows.columns) == list("abcd")
        assert len(rows) == 120
        np.testing.assert_array_equal(rows, X[rows.index])
        np.testing.assert_array_equal(labels, y[rows.index])
        np.testing.assert_array_equal(metadata["sample_weight"], weights[rows.index])
    plain = Recorder()
    MLPClassifier(**SMALL).set_callbacks(plain).fit(frame, y)
    assert plain.of("end")[0][3] is frame
    assert plain.of("end")[0][5] is None


def test_under_early_stopping_the_fitted_estimator_has_the_best_weights_so_far():
    recorder = Recorder()
    settings = {"max_iter": 200, "n_iter_no_change": 5, "early_stopping": "loss", "learning_rate_init": 0.05}
    fitted = MLPClassifier(**SMALL | settings).set_callbacks(recorder).fit(X, y)
    assert 1 < fitted.best_iter_ < fitted.n_iter_ < 200
    for end in recorder.of("end")[fitted.best_iter_ - 1 :]:
        np.testing.assert_array_equal(end[-1].theta_, fitted.theta_)
    assert not np.array_equal(recorder.of("end")[0][-1].theta_, fitted.theta_)


def test_partial_fit_is_a_fit_of_one_epoch():
    recorder = Recorder()
    estimator = MLPClassifier(**SMALL).set_callbacks(recorder)
    estimator.partial_fit(X, y, classes=np.unique(y)).partial_fit(X, y)
    once = ["setup", "begin", "begin", "end", "end", "teardown"]
    assert [note[0] for note in recorder.notes] == once + once
    assert recorder.notes[0][-1] == 1


@pytest.mark.parametrize("stage", ["callback", "divergence", "interrupt", "validation"])
def test_every_setup_has_its_teardown(stage):
    recorder = Recorder(fail=1 if stage == "callback" else None)

    def interrupt(epoch):
        raise KeyboardInterrupt

    estimator = MLPClassifier(
        **SMALL,
        solver="sgd",
        learning_rate_init=1e200 if stage == "divergence" else 0.01,
        callbacks=[interrupt] if stage == "interrupt" else [],
    ).set_callbacks(recorder)
    if stage == "interrupt":
        with pytest.warns(UserWarning, match="interrupted"):
            estimator.fit(X, y)
        assert recorder.outline[-3:] == [("end", "epoch", 0), ("end", "fit", 0), ("teardown", "fit", 0)]
    else:
        with pytest.raises((RuntimeError, ValueError)):
            estimator.fit(X[: 3 if stage == "validation" else None], y)
    assert len(recorder.of("setup", "fit")) == len(recorder.of("teardown", "fit")) == (stage != "validation")
    assert not hasattr(estimator, "_callback_fit_ctx")


def test_progress_bar(capsys):
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    MLPClassifier(**SMALL).set_callbacks(ProgressBar()).fit(X, y)
    assert "MLPClassifier - fit" in (shown := capsys.readouterr().out)
    assert "100%" in shown
    make_pipeline(StandardScaler(), MLPClassifier(**SMALL)).set_callbacks(ProgressBar(max_propagation_depth=None)).fit(
        X, y
    )
    shown = capsys.readouterr().out
    assert "Pipeline - fit-final-estimator | MLPClassifier - fit #1" in shown


def test_scoring_monitor_logs_every_epoch():
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    fitted = MLPClassifier(**SMALL).set_callbacks(monitor).fit(X, y)
    data = monitor.get_logs().data
    epochs = [entry for entry in data if entry["task_name"] == "epoch"]
    assert [entry["task_id"] for entry in epochs] == [0, 1, 2, 3, 4]
    assert epochs[-1]["accuracy"] == fitted.score(X, y)
    assert np.all(np.diff([entry["neg_log_loss"] for entry in epochs]) > 0.0)


def test_scoring_monitor_within_a_grid_search():
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="accuracy")
    network = MLPClassifier(**SMALL | {"max_iter": 3}).set_callbacks(monitor)
    GridSearchCV(network, {"alpha": [0.1, 1.0]}, cv=2).fit(X, y)
    log = monitor.get_logs()
    assert log.estimator_name == "GridSearchCV"
    epochs = [entry for entry in log.data if entry["task_name"] == "epoch"]
    assert len(epochs) == (2 * 2 + 1) * 3
    assert len({entry["parent_task_id_path"] for entry in epochs}) == 5


def test_propagation_through_a_pipeline():
    recorder = Propagated()
    make_pipeline(StandardScaler(), MLPClassifier(**SMALL)).set_callbacks(recorder).fit(X, y)
    assert len(recorder.of("begin")) == len(recorder.of("end")) == 5
    assert len([note for note in recorder.notes if note[0] == "setup"]) == 1
    assert len([note for note in recorder.notes if note[0] == "teardown"]) == 1


def test_without_callbacks_of_its_own_the_network_still_joins_the_tree_of_tasks():
    class Outer(Recorder):
        def teardown(self, estimator, context):
            self.names = [(each.estimator_name, each.task_name) for each in context]

    outer = Outer()
    make_pipeline(StandardScaler(), MLPClassifier(**SMALL)).set_callbacks(outer).fit(X, y)
    assert outer.names.count(("MLPClassifier", "epoch")) == 5


def test_a_search_without_callbacks_has_no_tasks_for_epochs(monkeypatch):
    told = []
    monkeypatch.setattr(sklearn_callbacks.Tasks, "_data", lambda tasks: told.append(tasks) or {})
    network = make_pipeline(StandardScaler(), MLPClassifier(**SMALL))
    search = GridSearchCV(network, {"mlpclassifier__alpha": [0.1, 1.0]}, cv=2)
    search.fit(X, y)
    assert not told
    search.set_callbacks(Recorder()).fit(X, y)
    assert len(told) == (2 * 2 + 1) * (1 + 2 * 5 + 1)


def test_clones_and_pickles():
    estimator = MLPClassifier(**SMALL).set_callbacks(recorder := Recorder())
    assert clone(estimator)._skl_callbacks == [recorder]  # as scikit-learn's own estimators keep them
    fitted = clone(estimator).fit(X, y)
    assert recorder.of("end")
    back = pickle.loads(pickle.dumps(fitted.set_callbacks(Propagated())))
    np.testing.assert_array_equal(back.predict(X), fitted.predict(X))
    assert isinstance(back._skl_callbacks[0], Propagated)
    assert not hasattr(fitted.set_callbacks(), "_skl_callbacks")
    with pytest.raises(TypeError, match="callbacks must be instances following"):
        fitted.set_callbacks(print)


def test_nothing_is_looked_up_where_nobody_is_told(monkeypatch):
    monkeypatch.setattr(sklearn_callbacks.Tasks, "_data", None)
    monkeypatch.setattr(sklearn_callbacks.Tasks, "_reconstruction", None)
    MLPClassifier(**SMALL).fit(X, y)
    tasks, empty = sklearn_callbacks.Tasks(MLPClassifier(), 10_000, X, y), range(10_000)
    start = time.perf_counter()
    for _ in tasks.over(empty):
        tasks.end_epoch()
    assert time.perf_counter() - start < 0.1  # far below a microsecond an epoch, with room for a busy machine


def test_an_older_scikit_learn_has_an_empty_mixin(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    try:
        older = importlib.reload(sklearn_callbacks)
        assert not hasattr(older.CallbackSupportMixin, "set_callbacks")
        tasks = older.Tasks(MLPClassifier(), 3, X, y)
        assert [(number, tasks.end_epoch()) for number in tasks.over(range(3))] == [(0, False), (1, False), (2, False)]
        tasks.end()
    finally:
        monkeypatch.undo()
        importlib.reload(sklearn_callbacks)


def test_a_frame_with_categories_is_scored_as_it_came():
    pandas = pytest.importorskip("pandas")
    from sklearn.callback import ScoringMonitor

    frame = pandas.read_csv(io.StringIO("size,colour\n" + "1,red\n2,blue\n3,red\n4,blue\n" * 5)).astype(
        {"colour": "category"}
    )
    monitor = ScoringMonitor(scoring="accuracy")
    labels = np.tile([0, 1, 0, 1], 5)
    network = MLPClassifier(**SMALL, categorical_features="from_dtype").set_callbacks(monitor).fit(frame, labels)
    assert monitor.get_logs().data[-1]["accuracy"] == network.score(frame, labels)
