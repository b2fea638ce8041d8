"""What scikit-learn's multilayer perceptrons refuse: each wish is one argument."""

from itertools import count

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, log_loss, r2_score
from support import compiled

from mlnn.dataset import moons
from mlnn.engine import Compiled
from mlnn.engine.reference import BoundReference
from mlnn.estimator import MLPClassifier, MLPRegressor
from mlnn.estimator.progress import Governed
from mlnn.frame.drift import ColumnWarning
from mlnn.optimizer import Adam, Averaged, ClipNorm
from mlnn.output import Huber, Quantile, Softmax
from mlnn.penalty import L1, L2

X, Y = moons(150, noise=0.25, seed=1)
NEW, NEW_Y = moons(300, noise=0.25, seed=2)
QUICK = {"hidden_layer_sizes": (8,), "max_iter": 20, "learning_rate_init": 0.03, "random_state": 0}
BOTH = [MLPClassifier, MLPRegressor]
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # training here is short
both = pytest.mark.parametrize("kind", BOTH, ids=["classifier", "regressor"])


# Going on


@both
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"solver": "sgd", "learning_rate": "invscaling"},
        {"solver": Averaged(ClipNorm(Adam(0.03))), "dropout": 0.2, "batch_size": 16},
        {"batch_norm": True, "batch_size": 32, "shuffle": False},
        {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 2},
    ],
    ids=str,
)
def test_twice_ten_epochs_are_twenty_to_the_last_bit(kind, settings):
    whole = kind(**QUICK | {"tol": -0.0, "n_iter_no_change": 50} | settings).fit(X, Y)
    halves = kind(**QUICK | {"tol": -0.0, "n_iter_no_change": 50} | settings | {"max_iter": 10, "warm_start": "exact"})
    halves.fit(X, Y).fit(X, Y)
    np.testing.assert_array_equal(whole.theta_, halves.theta_)
    assert whole.loss_curve_ == halves.loss_curve_
    other = kind(**QUICK | settings | {"max_iter": 10, "warm_start": True}).fit(X, Y).fit(X, Y)
    assert not np.array_equal(whole.theta_, other.theta_)


# Who looks on


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("columns", [1, 3])
def test_figures_of_merit_are_scikit_learns_to_the_last_bit(columns, weighted):
    random = np.random.RandomState(0)
    weights = random.rand(50) if weighted else None
    merit, accuracy = MLPRegressor()._score_of(weights), MLPClassifier()._score_of(weights)
    for noise in (0.0, 0.1, 3.0):
        values = random.randn(50, columns)
        y = values + noise * random.randn(50, columns)
        y[:, -1] = 1.0  # a constant has no spread
        for targets in (y, values):
            given = targets.ravel() if columns == 1 else targets
            shaped = values.reshape(given.shape)
            assert merit(targets, shaped) == r2_score(targets, values, sample_weight=weights)
            told, right = (each > noise for each in (shaped, given))
            assert accuracy(right.astype(float), told.astype(int)) == accuracy_score(right, told, sample_weight=weights)


@both
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"tol": 1.0, "n_iter_no_change": 3},
        {"tol": 0.02, "n_iter_no_change": np.inf},
        {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 2, "batch_size": 32},
        {"solver": "sgd", "learning_rate": "invscaling", "verbose": True},
    ],
    ids=str,
)
def test_epochs_that_nobody_looks_at_are_the_same(kind, settings, capsys):
    def fitted(**others):
        estimator = kind(**QUICK | {"max_iter": 60} | settings | others).fit(X, Y)
        drawn = estimator.state.random.randint(1 << 30)
        return estimator, (estimator.loss_curve_, estimator.n_iter_, estimator.t_, drawn, capsys.readouterr().out)

    alone, told = fitted()
    watched, the_same = fitted(callbacks=[lambda epoch: None])
    assert told == the_same
    np.testing.assert_array_equal(alone.theta_, watched.theta_)


@both
def test_a_fit_that_is_interrupted_is_a_shorter_one_to_the_last_bit(kind, monkeypatch):
    calls, run = [], BoundReference.run

    def interrupted_run(bound, members, blocks, stop=None):
        calls.append(1)
        losses = run(bound, members, blocks)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return losses

    settings = QUICK | {"engine": "reference", "tol": 0.0, "n_iter_no_change": 4}
    monkeypatch.setattr(BoundReference, "run", interrupted_run)
    with pytest.warns(UserWarning, match="interrupted"):
        interrupted = kind(**settings | {"max_iter": 1000}).fit(X, Y)
    assert interrupted.interrupted_
    assert 3 < interrupted.n_iter_ <= 15
    shorter = kind(**settings | {"max_iter": interrupted.n_iter_}).fit(X, Y)
    np.testing.assert_array_equal(interrupted.theta_, shorter.theta_)
    assert interrupted.loss_curve_ == shorter.loss_curve_


def test_warm_start_refuses_another_network():
    classifier = MLPClassifier(**QUICK, warm_start=True).fit(X, Y)
    theta = classifier.theta_.copy()
    with pytest.raises(ValueError, match=r"network of widths \(2, 8, 8, 8, 1, 1\), but the parameters ask for one of"):
        classifier.set_params(hidden_layer_sizes=(9,)).fit(X, Y)
    np.testing.assert_array_equal(classifier.theta_, theta)


def test_partial_fit_takes_several_labels_a_row():
    labels = np.column_stack([Y, 1 - Y, X[:, 0] > 0.0]).astype(int)
    classifier = MLPClassifier(**QUICK)
    for start in range(0, 150, 50):
        classifier.partial_fit(X[start : start + 50], labels[start : start + 50], classes=[0, 1, 2])
    assert classifier.t_ == 150
    assert classifier.predict(NEW).shape == (300, 3)


# Weights of classes, losses, penalties


def test_class_weights_are_weights_of_rows():
    rare = np.where(Y == 1, "rare", "often")
    keep = np.flatnonzero((Y == 0) | (np.arange(150) % 5 == 0))
    rows, labels = X[keep], rare[keep]
    counts = {label: np.mean(labels == label) for label in ("rare", "often")}
    weights = {label: 0.5 / share for label, share in counts.items()}
    balanced = MLPClassifier(**QUICK, class_weight="balanced").fit(rows, labels)
    given = MLPClassifier(**QUICK, class_weight=weights).fit(rows, labels)
    by_row = MLPClassifier(**QUICK).fit(rows, labels, sample_weight=[weights[label] for label in labels])
    np.testing.assert_allclose(balanced.theta_, given.theta_, rtol=1e-9)
    np.testing.assert_allclose(balanced.theta_, by_row.theta_, rtol=1e-9)
    plain = MLPClassifier(**QUICK).fit(rows, labels)
    assert (balanced.predict(rows) == "rare").sum() > (plain.predict(rows) == "rare").sum()


def test_a_quantile_is_above_its_share_of_the_targets():
    random = np.random.default_rng(0)
    rows = random.uniform(-2.0, 2.0, (500, 1))
    y = rows[:, 0] + random.exponential(1.0, 500)
    for level in (0.1, 0.9):
        regressor = MLPRegressor(Quantile(level), (20,), learning_rate_init=0.02, schedule="cosine", random_state=0)
        assert (y <= regressor.fit(rows, y).predict(rows)).mean() == pytest.approx(level, abs=0.05)


def test_huber_forgives_outliers():
    random = np.random.default_rng(0)
    rows = random.uniform(-2.0, 2.0, (300, 1))
    y = rows[:, 0] + np.where(random.uniform(size=300) < 0.1, 30.0, 0.0)
    settings = {"hidden_layer_sizes": (), "solver": "lbfgs", "random_state": 0}
    errors = [
        np.abs(MLPRegressor(loss, **settings).fit(rows, y).predict(rows) - rows[:, 0]).mean()
        for loss in (Huber(0.5), "squared_error")
    ]
    assert errors[0] < 0.2 < 2.0 < errors[1]


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", Softmax(smoothing=0.1)], ids=str)
@pytest.mark.parametrize("classes", [2, 3])
def test_other_losses_classify(loss, classes):
    rows, y = load_iris(return_X_y=True)
    rows, y = rows[y < classes], y[y < classes]
    classifier = MLPClassifier(loss=loss, learning_rate_init=0.02, random_state=0).fit(rows, y)
    assert classifier.score(rows, y) > 0.95
    if isinstance(loss, Softmax):
        np.testing.assert_allclose(classifier.predict_proba(rows).sum(axis=1), 1.0)
        assert not hasattr(classifier, "decision_function")
    else:
        assert not hasattr(classifier, "predict_proba")
        values = classifier.decision_function(rows)
        decided = (values > 0.0) if classes == 2 else values.argmax(axis=1)
        np.testing.assert_array_equal(classifier.predict(rows), decided)


def test_a_penalty_does_not_depend_on_the_batch_size():
    sizes = {}
    for name, settings in {"alpha": {"alpha": 1.0}, "penalty": {"penalty": L2(0.02)}}.items():
        for batch_size in (10, 150):
            classifier = MLPClassifier((20,), batch_size=batch_size, max_iter=600, random_state=0, tol=0.0, **settings)
            sizes[name, batch_size] = np.linalg.norm(classifier.fit(X, Y).coefs_[0])
    assert sizes["alpha", 150] > 1.5 * sizes["alpha", 10]  # scikit-learn's: fifteen times weaker with all rows a step
    assert sizes["penalty", 150] == pytest.approx(sizes["penalty", 10], rel=0.25)


def test_l1_makes_weights_small_and_max_norm_bounds_them():
    plain, sparse = (MLPClassifier((20,), penalty=each, max_iter=300, random_state=0) for each in (None, L1(0.02)))
    small = [float((np.abs(each.fit(X, Y).coefs_[0]) < 0.02).mean()) for each in (plain, sparse)]
    assert small[1] > small[0] + 0.2
    bounded = MLPClassifier((20,), max_norm=0.5, max_iter=100, learning_rate_init=0.05, random_state=0).fit(X, Y)
    assert max(np.linalg.norm(W, axis=0).max() for W in bounded.coefs_) <= 0.5 + 1e-12


def test_log_probabilities_are_finite():
    classifier = MLPClassifier(**QUICK).fit(X, Y)
    far = np.array([[1e6, -1e6]])
    assert np.isfinite(classifier.predict_log_proba(far)).all()
    np.testing.assert_allclose(classifier.predict_log_proba(NEW), np.log(classifier.predict_proba(NEW)), rtol=1e-9)


@both
def test_lbfgs_stops_early_and_has_a_curve(kind):
    noisy = np.where(np.arange(150) % 4 == 0, 1 - Y, Y)
    estimator = kind(hidden_layer_sizes=(60,), solver="lbfgs", early_stopping="loss", random_state=0)
    estimator.fit(X, noisy, eval_set=(NEW, NEW_Y))
    curve = estimator.validation_loss_curve_
    assert estimator.n_iter_ == len(curve) == len(estimator.loss_curve_) < 200
    assert estimator.best_iter_ == np.argmin(curve) + 1
    if kind is MLPClassifier:
        assert min(curve) == pytest.approx(log_loss(NEW_Y, estimator.predict_proba(NEW)), rel=1e-6)


def test_lbfgs_minimizes_what_it_reports_for_several_targets():
    """scikit-learn's gradient is too large by the number of targets there: issue 8349, open since 2017."""
    targets = np.column_stack([np.sin(X[:, 0]), X[:, 1], X[:, 0] * X[:, 1]])
    regressor = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=50.0, tol=1e-9, random_state=0)
    regressor.fit(X, targets)
    rows = np.column_stack([X, np.ones(150)])
    ridge = np.diag([50.0, 50.0, 0.0])
    exact = np.linalg.solve(rows.T @ rows / 3.0 + ridge, rows.T @ targets / 3.0)
    np.testing.assert_allclose(regressor.coefs_[0], exact[:2], rtol=1e-4, atol=1e-6)


# Time


@both
def test_a_time_budget_is_kept_and_ends_annealed(kind, monkeypatch):
    """By a clock that goes on by a millisecond whenever somebody looks, so that no other program can disturb it."""
    seen, clock, is_over = [], count(1), Governed.is_over
    monkeypatch.setattr(Governed, "elapsed", property(lambda _: 0.001 * next(clock)))
    monkeypatch.setattr(Governed, "is_over", lambda self, epochs, _: is_over(self, epochs, self.elapsed))
    endless = {"max_iter": 10**6, "tol": 0.0, "n_iter_no_change": np.inf}
    kind(hidden_layer_sizes=(40, 40), time_budget=0.4, callbacks=[seen.append], **endless).fit(X, Y)
    assert 0.3 < 0.001 * next(clock) < 0.41
    rates = [epoch.rate for epoch in seen]
    assert rates[-1] < 0.01 * max(rates)
    assert rates == sorted(rates, reverse=True)


@both
def test_a_time_budget_ends_training_by_the_clock_on_the_wall(kind):
    estimator = kind(hidden_layer_sizes=(40, 40), time_budget=0.2, max_iter=10**6, tol=0.0, n_iter_no_change=np.inf)
    assert 0 < estimator.fit(X, Y).n_iter_ < 10**6


def test_enough_time_changes_nothing():
    free, bound = (MLPClassifier(**QUICK, schedule="cosine", time_budget=each).fit(X, Y) for each in (None, 1e4))
    np.testing.assert_array_equal(free.theta_, bound.theta_)


# Engines


def test_engines_agree_and_threads_change_no_bit():
    settings = QUICK | {"hidden_layer_sizes": (300, 300), "max_iter": 3}
    one, two = (MLPClassifier(**settings, n_threads=each).fit(X, Y) for each in (1, 2))
    np.testing.assert_array_equal(one.theta_, two.theta_)
    reference = MLPClassifier(**settings, engine="reference").fit(X, Y)
    np.testing.assert_allclose(one.theta_, reference.theta_, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(one.predict_proba(NEW), reference.predict_proba(NEW), rtol=1e-6)


@compiled
def test_predictions_follow_weights_that_are_written():
    classifier = MLPClassifier(**QUICK).fit(X, Y)
    before = classifier.predict_proba(NEW)
    classifier.coefs_[0][:] *= 2.0
    after = classifier.predict_proba(NEW)
    assert np.abs(after - before).max() > 0.01
    classifier.coefs_ = [W / 2.0 if i == 0 else W for i, W in enumerate(classifier.coefs_)]
    np.testing.assert_allclose(classifier.predict_proba(NEW), before, rtol=1e-12)
    np.testing.assert_array_equal(Compiled().predict(classifier.network_, classifier.theta_, NEW)[:, 0], before[:, 1])
    with pytest.raises(ValueError, match="expected 2 arrays, one a layer, but got 1"):
        classifier.intercepts_ = [np.zeros(8)]


def test_sparse_rows_predict_what_dense_rows_do():
    classifier = MLPClassifier(**QUICK).fit(csr_matrix(X), Y)
    np.testing.assert_allclose(classifier.predict_proba(csr_matrix(NEW)), classifier.predict_proba(NEW), rtol=1e-9)
    np.testing.assert_allclose(classifier.theta_, MLPClassifier(**QUICK).fit(X, Y).theta_, rtol=1e-9, atol=1e-12)


# Frames


def people(rows=200, seed=0):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": random.integers(18, 80, rows).astype(float),
            "job": pd.Categorical(random.choice(["cook", "clerk", "pilot"], rows)),
            "income": random.lognormal(10.0, 1.0, rows),
        }
    )
    frame.loc[::7, "age"] = np.nan
    buys = (frame["job"] == "pilot") | (frame["income"] > 40_000)
    return frame, np.where(buys, "yes", "no")


def test_a_frame_with_categories_and_gaps_needs_no_pipeline():
    frame, buys = people()
    classifier = MLPClassifier(
        categorical_features="from_dtype", learning_rate_init=0.01, schedule="cosine", random_state=0
    ).fit(frame, buys, eval_set=people(50, seed=1))
    new, truth = people(300, seed=2)
    assert classifier.score(new, truth) > 0.9
    assert list(classifier.feature_names_in_) == ["age", "job", "income"]
    assert len(classifier.validation_loss_curve_) == classifier.n_iter_
    strange = new.assign(job="astronaut")
    with pytest.warns(ColumnWarning, match="'job' has 100 % unknown values: 'astronaut'"):
        assert set(classifier.predict(strange)) <= {"yes", "no"}
    with pytest.raises(ValueError, match="feature names should match"):
        classifier.predict(new[["job", "age", "income"]])
    fresh = clone(classifier)
    with pytest.raises(NotFittedError):
        fresh.predict(frame)


def test_a_scorer_sees_the_frame_that_was_put_aside():
    frame, buys = people()
    seen = []

    def scorer(estimator, rows, y):
        seen.append(rows)
        return estimator.score(rows, y)

    settings = {"categorical_features": "from_dtype", "early_stopping": True, "max_iter": 5, "random_state": 0}
    classifier = MLPClassifier(**settings).fit(frame, buys, eval_metric=scorer)
    assert list(seen[0].columns) == list(frame.columns)
    assert len(classifier.validation_scores_) == classifier.n_iter_ == len(seen)


def test_polars_frames_are_frames():
    polars = pytest.importorskip("polars")
    frame, buys = people()
    settings = {"categorical_features": "from_dtype", "max_iter": 20, "random_state": 0}
    theirs = polars.from_pandas(frame)
    mine, other = MLPClassifier(**settings).fit(frame, buys), MLPClassifier(**settings).fit(theirs, buys)
    np.testing.assert_array_equal(mine.theta_, other.theta_)
    np.testing.assert_array_equal(mine.predict(frame), other.predict(theirs))


# Several questions


def questions(rows=200, seed=0):
    random = np.random.default_rng(seed)
    points = random.uniform(-2.0, 2.0, (rows, 2))
    size = np.where(points[:, 0] > 1.0, "large", np.where(points[:, 0] > 0.0, "middle", "small"))
    side = np.where(points[:, 1] > 0.0, "up", "down")
    return points, np.column_stack([size, side])


@pytest.mark.parametrize("settings", [{}, {"early_stopping": True}, {"solver": "lbfgs"}, {"class_weight": "balanced"}])
def test_each_question_has_classes_of_its_own(settings):
    rows, y = questions()
    classifier = MLPClassifier((20,), learning_rate_init=0.03, random_state=0, **settings).fit(rows, y)
    new, truth = questions(300, seed=1)
    assert [each.tolist() for each in classifier.classes_] == [["large", "middle", "small"], ["down", "up"]]
    assert classifier.n_outputs_ == 5
    answers = classifier.predict(new)
    assert answers.shape == (300, 2)
    assert classifier.score(new, truth) == np.mean((answers == truth).all(axis=1)) > 0.75
    sizes, sides = classifier.predict_proba(new)
    np.testing.assert_allclose(sizes.sum(axis=1), 1.0)
    np.testing.assert_allclose(sides.sum(axis=1), 1.0)
    np.testing.assert_array_equal(classifier.classes_[0][sizes.argmax(axis=1)], answers[:, 0])
    np.testing.assert_allclose(np.exp(classifier.predict_log_proba(new)[1]), sides, rtol=1e-9)


def test_questions_are_trained_batch_by_batch():
    rows, y = questions()
    classifier = MLPClassifier((20,), learning_rate_init=0.03, random_state=0)
    classes = [["small", "middle", "large", "huge"], ["up", "down"]]
    for start in range(0, 200, 50):
        classifier.partial_fit(rows[start : start + 50], y[start : start + 50], classes=classes)
    assert classifier.predict_proba(rows)[0].shape == (200, 4)
    with pytest.raises(ValueError, match="sideways"):
        classifier.partial_fit(rows[:2], [["small", "sideways"], ["large", "up"]])
    with pytest.raises(ValueError, match="several labels a row need the loss 'log_loss', but got Hinge"):
        MLPClassifier(loss="hinge").fit(rows, y)
