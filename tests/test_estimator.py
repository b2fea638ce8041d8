"""scikit-learn's face: its own checks, labels of any kind, early stopping, weights of rows, names and objects."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_limits

from mlnn.batch_norm import BatchNorm
from mlnn.callback import KeepBest
from mlnn.dataset import blobs, moons
from mlnn.dropout import Dropout
from mlnn.engine import Reference
from mlnn.estimator import MLPClassifier, MLPRegressor
from mlnn.layer import Activation, LeakyReLU, Maxout, PReLU, ReLU, Tanh
from mlnn.model import Model
from mlnn.network import Network
from mlnn.objective import Problem, data_loss
from mlnn.optimizer import LBFGS, SGD, Adam, AdamW, Averaged, ClipNorm, Momentum, Nesterov
from mlnn.output import Softmax
from mlnn.penalty import L2
from mlnn.recipe import Recipe
from mlnn.schedule import Constant, Cosine, StepDecay
from mlnn.training import epochs

X, Y = moons(120, noise=0.25, seed=1)
NEW, NEW_Y = moons(300, noise=0.25, seed=2)
BOTH = [MLPClassifier, MLPRegressor]
EVERY_ROW = 10_000  # as a batch size: all rows at once
QUICK = {"hidden_layer_sizes": (8,), "max_iter": 20, "learning_rate_init": 0.05, "random_state": 0}
FEW = {"hidden_layer_sizes": (8,), "max_iter": 100, "random_state": 0}
both = pytest.mark.parametrize("kind", BOTH, ids=["classifier", "regressor"])


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Matrices this small leave the threads of BLAS nothing to do but to wait for each other."""
    with threadpool_limits(1):
        yield


# scikit-learn's checks


def not_equivalent(estimator):
    """Return the check that a setting makes impossible to pass, with the reason."""
    reason = (
        "the rows put aside are rows, whatever they weigh"
        if estimator.early_stopping
        else "the statistics of a batch are those of its rows, whatever they weigh"
        if estimator.batch_norm
        else "minibatches are of rows, whatever they weigh"
        if estimator.batch_size != "auto"
        else None
    )
    return {"check_sample_weight_equivalence_on_dense_data": reason} if reason else {}


PATIENT = {"early_stopping": True, "n_iter_no_change": 30, "learning_rate_init": 0.03, "max_iter": 100}


@parametrize_with_checks(
    [
        MLPClassifier(),
        MLPRegressor(),
        MLPClassifier((), solver="lbfgs", alpha=0.1, max_iter=60),
        MLPRegressor((4,), "tanh", solver="lbfgs", alpha=0.1, max_iter=40),
        MLPClassifier((16,), batch_norm=True, dropout=0.1, learning_rate_init=0.05, max_iter=30),
        MLPClassifier(16, **PATIENT),
        MLPRegressor([16], **PATIENT),
        MLPClassifier(10, "tanh", solver=Momentum(0.3), schedule="cosine", max_iter=50),
        MLPRegressor((10, 5), ["tanh", ReLU()], solver=AdamW(Adam(0.02)), batch_size=20, max_iter=40, alpha=0.0),
        MLPRegressor((10,), Maxout(), solver=ClipNorm(Averaged(Nesterov(0.03))), schedule=Cosine(), max_iter=60),
    ],
    expected_failed_checks=not_equivalent,
)
def test_what_scikit_learn_asks_of_an_estimator(estimator, check):
    check(estimator)


def test_a_regressor_says_that_it_takes_several_targets():
    assert MLPRegressor().__sklearn_tags__().target_tags.multi_output
    assert not MLPClassifier().__sklearn_tags__().target_tags.multi_output


# What is trained is what is said


@pytest.mark.parametrize("batch_size", ["auto", 16, EVERY_ROW])
def test_fitting_is_training_by_a_recipe(batch_size):
    classifier = MLPClassifier(
        (6, 5), "tanh", alpha=0.02, batch_size=batch_size, learning_rate_init=0.03, max_iter=7, random_state=3
    ).fit(X, Y)
    random, network = np.random.RandomState(3), Network.dense([2, 6, 5, 2], Tanh(), Softmax())
    theta = network.initial(random)
    size = {"auto": 120}.get(batch_size, batch_size)
    recipe = Recipe(Adam(0.03), epochs=7, batch_size=size, seed=int(random.randint(2**31)))
    history = list(epochs(Problem.of(network, X, Y, penalty=L2(0.02)), theta, recipe))
    assert classifier.network_ == network
    np.testing.assert_allclose(classifier.theta_, history[-1].theta, rtol=1e-9, atol=1e-12)
    assert classifier.loss_curve_ == pytest.approx([epoch.loss for epoch in history], rel=1e-9)
    assert classifier.validation_curve_ is None
    assert (classifier.n_iter_, classifier.best_iter_) == (7, 7)
    expected = Reference().predict(network, classifier.theta_, NEW)
    np.testing.assert_allclose(classifier.predict_proba(NEW), expected, rtol=1e-12)


def test_auto_is_200_rows_a_step():
    rows, y = moons(500)
    steps = [epoch.step for epoch in MLPClassifier((2,), max_iter=2).fit(rows, y).history_]
    assert steps == [3, 6]
    assert MLPClassifier((2,), max_iter=2).fit(X, Y).history_[-1].step == 2


@both
@pytest.mark.parametrize(
    ("settings", "low"),
    [
        ({}, 0.93),
        ({"solver": "lbfgs"}, 0.93),
        ({"batch_norm": True, "batch_size": 30}, 0.93),
        ({"dropout": 0.1, "hidden_layer_sizes": 30}, 0.93),
        ({"hidden_layer_sizes": ()}, 0.8),
    ],
    ids=str,
)
def test_moons_are_learned(kind, settings, low):
    (rows, y), (new, new_y) = moons(200, 0.1, seed=1), moons(300, 0.1, seed=2)
    estimator = kind(**({"hidden_layer_sizes": (16,), "max_iter": 150, "learning_rate_init": 0.03} | settings))
    values = estimator.set_params(random_state=1).fit(rows, y).predict(new)
    assert ((values > 0.5) == new_y).mean() > low


def test_settings_reach_the_network():
    settings = {"batch_norm": True, "dropout": 0.25, "max_iter": 1}
    network = MLPClassifier((4, 3), **settings).fit(X, Y).network_
    assert [type(gate) for gate in network.gates].count(BatchNorm) == 2
    assert [gate.p for gate in network.gates if isinstance(gate, Dropout)] == [0.25, 0.25]


@pytest.mark.parametrize("hidden", [5, np.int64(5), (5,), [5], np.array([5])], ids=repr)
def test_hidden_layers_are_a_number_or_several(hidden):
    assert MLPClassifier(hidden, max_iter=1).fit(X, Y).network_ == Network.dense([2, 5, 2], ReLU())


def test_no_hidden_layer_is_a_linear_model():
    assert MLPClassifier((), max_iter=1).fit(X, Y).network_ == Network.dense([2, 2])


def test_the_penalty_shrinks_weights():
    sizes = [
        float(np.linalg.norm(MLPClassifier(solver="lbfgs", alpha=alpha, **FEW).fit(X, Y).theta_))
        for alpha in (0, 0.1, 10)
    ]
    assert sizes[0] > 2.0 * sizes[1] > 4.0 * sizes[2]


@both
def test_the_source_of_randomness_fixes_everything(kind):
    settings = QUICK | {"batch_size": 16, "dropout": 0.1, "early_stopping": True}
    first, second = (kind(**settings).fit(X, Y) for _ in range(2))
    np.testing.assert_array_equal(first.theta_, second.theta_)
    state = np.random.RandomState(0)
    np.testing.assert_array_equal(kind(**settings | {"random_state": state}).fit(X, Y).theta_, first.theta_)
    assert not np.array_equal(kind(**settings | {"random_state": 1}).fit(X, Y).theta_, first.theta_)
    assert not np.array_equal(kind(**settings | {"random_state": state}).fit(X, Y).theta_, first.theta_)


# Labels


@pytest.mark.parametrize(
    "classes",
    [["no", "yes", "perhaps"], [-7, 3, 1000], [False, True], [0.0, 1.0, 2.0], np.array(["b", "a"], dtype=object)],
    ids=str,
)
def test_labels_of_any_kind(classes):
    classes = np.asarray(classes)
    rows, numbers = blobs(90, len(classes), 0.5, seed=3)
    labels = classes[numbers]
    classifier = MLPClassifier(**QUICK, early_stopping=True).fit(rows, labels, eval_set=(rows[::2], labels[::2]))
    np.testing.assert_array_equal(classifier.classes_, np.sort(classes))
    assert classifier.predict(rows).dtype == labels.dtype
    assert classifier.score(rows, labels) > 0.95
    P = classifier.predict_proba(rows)
    np.testing.assert_allclose(P.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_array_equal(classifier.classes_[P.argmax(axis=1)], classifier.predict(rows))
    assert min(classifier.validation_curve_) == pytest.approx(log_loss(labels[::2], P[::2]), rel=1e-9)


def test_labels_as_a_list_and_as_a_series():
    labels = ["no" if each == 0 else "yes" for each in Y]
    thetas = [MLPClassifier(**QUICK).fit(X, y).theta_ for y in (labels, pd.Series(labels), np.array(labels))]
    np.testing.assert_array_equal(thetas[0], thetas[1])
    np.testing.assert_array_equal(thetas[0], thetas[2])


def test_one_class_is_no_classification():
    with pytest.raises(ValueError, match="at least 2 classes, but y has 1 class: a"):
        MLPClassifier().fit(X[:3], ["a", "a", "a"])


def test_quantities_are_no_labels():
    with pytest.raises(ValueError, match="Unknown label type"):
        MLPClassifier().fit(X, X[:, 0])


# Early stopping

NOISY = np.where(np.arange(120) % 5 == 0, 1 - Y, Y)
GREEDY = {"hidden_layer_sizes": (60,), "max_iter": 400, "learning_rate_init": 0.05, "alpha": 0.0, "random_state": 0}


@both
def test_the_weights_kept_are_those_of_the_lowest_loss_on_the_eval_set(kind):
    estimator = kind(**GREEDY).fit(X, NOISY, eval_set=(NEW, NEW_Y))
    curve = estimator.validation_curve_
    assert estimator.best_iter_ == np.argmin(curve) + 1
    assert estimator.n_iter_ == len(curve) == estimator.best_iter_ + 10 < 400
    problem = Problem.of(estimator.network_, NEW, NEW_Y)
    kept = data_loss(problem, Reference().scores(estimator.network_, estimator.theta_, NEW))
    assert kept == pytest.approx(min(curve), rel=1e-12)


@both
def test_patience_is_n_iter_no_change(kind):
    estimator = kind(**GREEDY, n_iter_no_change=3).fit(X, NOISY, eval_set=(NEW, NEW_Y))
    assert estimator.n_iter_ == estimator.best_iter_ + 3
    with pytest.raises(ValueError, match="patience must be at least 1, but got 0"):
        kind(n_iter_no_change=0).fit(X, Y, eval_set=(NEW, NEW_Y))


@both
def test_without_rows_to_judge_by_all_epochs_are_trained_and_the_last_is_kept(kind):
    estimator = kind(**QUICK).fit(X, NOISY)
    assert (estimator.n_iter_, estimator.best_iter_, estimator.validation_curve_) == (20, 20, None)


@both
def test_early_stopping_puts_rows_aside_and_keeps_the_best(kind):
    seen = []
    estimator = kind(**GREEDY, early_stopping=True, validation_fraction=0.25, callbacks=[seen.append]).fit(X, NOISY)
    assert estimator.n_iter_ < 400
    assert estimator.best_iter_ == np.argmin(estimator.validation_curve_) + 1 < estimator.n_iter_
    np.testing.assert_array_equal(estimator.theta_, seen[estimator.best_iter_ - 1].theta)


def test_the_eval_set_replaces_the_rows_put_aside():
    plain, early = (
        MLPClassifier(**GREEDY, early_stopping=each).fit(X, NOISY, eval_set=(NEW, NEW_Y)) for each in (False, True)
    )
    np.testing.assert_array_equal(plain.theta_, early.theta_)


@pytest.mark.parametrize(
    ("counts", "fraction", "aside"),
    [
        ([50, 50], 0.1, [5, 5]),
        ([80, 20], 0.1, [8, 2]),
        ([4, 3, 5], 0.1, [1, 1, 1]),  # a tenth would be 2, but there are 3 classes
        ([2, 2], 0.1, [1, 1]),
        ([9, 1], 0.2, [2, 0]),  # the only row of a class is trained on
        ([1, 6, 1, 4], 0.25, [0, 2, 0, 1]),
    ],
)
def test_of_every_class_its_share_is_put_aside(counts, fraction, aside):
    y = np.repeat(np.arange(len(counts)), counts)
    rows = np.arange(float(len(y)))[:, None]
    classifier = MLPClassifier((2,), early_stopping=True, validation_fraction=fraction)
    trained, held = classifier._split(y, np.random.RandomState(0))
    np.testing.assert_array_equal(np.sort(np.concatenate([trained, held])), rows.ravel())
    assert list(np.bincount(y[held], minlength=len(counts))) == aside
    assert classifier.set_params(max_iter=2).fit(rows, y).n_iter_ == 2


def test_of_quantities_a_share_of_the_rows_is_put_aside():
    trained, held = MLPRegressor(validation_fraction=0.25)._split(np.arange(10.0), np.random.RandomState(0))
    assert (len(trained), len(held)) == (7, 3)
    assert sorted([*trained, *held]) == list(range(10))


@both
@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 1.5])
def test_fractions_that_leave_nothing_are_refused(kind, fraction):
    with pytest.raises(ValueError, match=f"validation_fraction must lie between 0 and 1, but got {fraction}"):
        kind(early_stopping=True, validation_fraction=fraction).fit(X, Y)


def test_where_no_row_would_be_left_none_can_be_put_aside():
    with pytest.raises(ValueError, match="cannot put 1 of n_samples=1 rows aside"):
        MLPRegressor(early_stopping=True).fit([[1.0]], [1.0])
    with pytest.raises(ValueError, match="cannot put 1 of n_samples=3 rows aside"):
        MLPClassifier(early_stopping=True).fit([[1.0], [2.0], [3.0]], ["a", "b", "c"])


@pytest.mark.parametrize(
    ("eval_set", "sentence"),
    [
        ((X, np.where(Y == 0, "no", "maybe")), "eval_set holds the class maybe, which y does not"),
        ((X[:, :1], np.where(Y == 0, "no", "yes")), "1 features, but MLPClassifier is expecting 2"),
        ((X[:3], ["no"]), "X has 3 rows, but y has 1"),
        ((X + np.nan, np.where(Y == 0, "no", "yes")), "contains NaN"),
    ],
    ids=["class", "columns", "rows", "nan"],
)
def test_an_eval_set_that_does_not_fit_is_refused(eval_set, sentence):
    with pytest.raises(ValueError, match=sentence):
        MLPClassifier(max_iter=1).fit(X, np.where(Y == 0, "no", "yes"), eval_set=eval_set)


# Weights of rows


@both
@pytest.mark.parametrize("solver", ["adam", SGD(0.5), Momentum(0.1), "lbfgs"], ids=str)
def test_weights_are_repeated_rows(kind, solver):
    times = np.random.default_rng(0).integers(0, 4, len(X))
    settings = {"solver": solver, "batch_size": EVERY_ROW, "alpha": 0.01, "max_iter": 15, "random_state": 0}
    weighted = kind((6,), "tanh", **settings).fit(X, Y, sample_weight=times)
    repeated = kind((6,), "tanh", **settings).fit(np.repeat(X, times, axis=0), np.repeat(Y, times))
    plain = kind((6,), "tanh", **settings).fit(X, Y)
    np.testing.assert_allclose(weighted.theta_, repeated.theta_, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-7)
    assert np.abs(weighted.theta_ - plain.theta_).max() > 1e-3


@both
def test_equal_weights_are_none(kind):
    weighted, plain = kind(**QUICK).fit(X, Y, sample_weight=np.full(len(X), 3.0)), kind(**QUICK).fit(X, Y)
    np.testing.assert_allclose(weighted.theta_, plain.theta_, rtol=1e-8)


def test_the_rows_trained_on_and_those_put_aside_have_their_own_weights():
    weights = np.random.default_rng(0).uniform(0.1, 5.0, len(X))
    classifier = MLPClassifier(**QUICK, early_stopping=True, batch_size=EVERY_ROW).fit(X, Y, sample_weight=weights)
    random = np.random.RandomState(0)
    parts = classifier._split(Y, random)
    first, best = classifier.network_.initial(random), classifier.theta_
    losses = (classifier.loss_curve_[0], min(classifier.validation_curve_))
    for part, theta, loss in zip(parts, (first, best), losses, strict=True):
        p = Reference().predict(classifier.network_, theta, X[part])[np.arange(len(part)), Y[part]]
        assert loss == pytest.approx(np.average(-np.log(p), weights=weights[part]), rel=1e-10)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        (np.zeros(120), "at least one non-zero number"),
        (np.full(120, -1.0), "not negative"),
        (np.ones(3), "sample_weight.shape"),
    ],
    ids=["zero", "negative", "too few"],
)
def test_weights_that_cannot_be_are_refused(weights, sentence):
    with pytest.raises(ValueError, match=sentence):
        MLPClassifier(max_iter=1).fit(X, Y, sample_weight=weights)


# Callbacks and history


@both
def test_callbacks_see_every_epoch_and_stop_training(kind):
    keep, seen = KeepBest(), []
    estimator = kind(**QUICK, callbacks=[keep, lambda epoch: seen.append(epoch) or epoch.number == 6]).fit(X, Y)
    assert estimator.n_iter_ == estimator.best_iter_ == len(seen) == 6
    assert estimator.loss_curve_ == [epoch.loss for epoch in seen]
    assert keep.best.loss == min(estimator.loss_curve_)
    np.testing.assert_array_equal(estimator.theta_, seen[-1].theta)


def test_history_is_what_training_reported_without_its_weights():
    seen = []
    classifier = MLPClassifier(**QUICK, callbacks=[seen.append]).fit(X, Y, eval_set=(NEW, NEW_Y))
    assert len(classifier.history_) == len(seen)
    for mine, theirs in zip(classifier.history_, seen, strict=True):
        light = replace(theirs, theta=mine.theta, raw_theta=mine.raw_theta, state=())
        assert vars(mine) == vars(light)
        assert mine.theta.size == mine.raw_theta.size == 0
        assert theirs.theta.size == classifier.theta_.size


def test_a_fitted_estimator_is_little_larger_than_its_weights():
    classifier = MLPClassifier((100, 50), max_iter=10).fit(X, Y)
    assert len(pickle.dumps(classifier)) < 4 * classifier.theta_.nbytes


# Types and tables


@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_precision_stays(kind, dtype, solver):
    estimator = kind(**QUICK, solver=solver, early_stopping=True).fit(X.astype(dtype), Y)
    assert estimator.theta_.dtype == dtype
    predictions = estimator.predict_proba if kind is MLPClassifier else estimator.predict
    assert predictions(NEW.astype(dtype)).dtype == dtype
    double = kind(**QUICK, solver=solver, early_stopping=True).fit(X, Y)
    np.testing.assert_allclose(estimator.loss_curve_[0], double.loss_curve_[0], rtol=1e-5)


def test_whole_numbers_are_taken_as_numbers():
    rows = np.round(10.0 * X).astype(int)
    whole, real = MLPClassifier(**QUICK).fit(rows, Y), MLPClassifier(**QUICK).fit(rows.astype(float), Y)
    np.testing.assert_array_equal(whole.theta_, real.theta_)


@both
def test_columns_of_a_frame_have_names(kind):
    frame = pd.DataFrame(X, columns=["width", "height"])
    estimator = kind(**QUICK).fit(frame, pd.Series(Y))
    assert list(estimator.feature_names_in_) == ["width", "height"]
    assert estimator.n_features_in_ == 2
    np.testing.assert_array_equal(estimator.predict(frame), kind(**QUICK).fit(X, Y).predict(X))
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(frame[["height", "width"]])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        estimator.predict(X)


@both
def test_nothing_can_be_predicted_before_fitting(kind):
    with pytest.raises(NotFittedError, match=f"This {kind.__name__} instance is not fitted yet"):
        kind().predict(X)


# Among scikit-learn's


@both
def test_cloned_and_pickled(kind):
    estimator = kind(activation=LeakyReLU(0.2), solver=AdamW(Adam(0.01)), schedule=Cosine(), **FEW).fit(X, Y)
    fresh = clone(estimator)
    assert not hasattr(fresh, "theta_")
    np.testing.assert_array_equal(fresh.fit(X, Y).theta_, estimator.theta_)
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.predict(NEW), estimator.predict(NEW))
    assert again.get_params() == estimator.get_params()


def test_a_pipeline_is_searched():
    rows, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=30, random_state=0))
    grid = {"mlpclassifier__learning_rate_init": [1e-5, 0.02], "mlpclassifier__activation": ["relu", Tanh()]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(rows, y)
    assert search.best_params_["mlpclassifier__learning_rate_init"] == 0.02
    assert search.score(rows, y) > 0.93
    assert cross_val_score(search.best_estimator_, rows, y, cv=3).mean() > 0.85


def test_targets_far_from_order_one_are_scaled():
    y = 1e5 + 3e3 * np.sin(3.0 * X[:, 0])
    regressor = MLPRegressor((20,), "tanh", solver="lbfgs", random_state=0)
    scaled = TransformedTargetRegressor(regressor, transformer=StandardScaler()).fit(X, y)
    assert scaled.score(X, y) > 0.99


# Regression


def test_several_targets():
    targets = np.column_stack([np.sin(X[:, 0]), X[:, 1] ** 2, X[:, 0] * X[:, 1]])
    regressor = MLPRegressor((30,), "tanh", solver="lbfgs", random_state=0).fit(X, targets, eval_set=(X, targets))
    assert regressor.predict(NEW).shape == (300, 3)
    assert regressor.score(X, targets) > 0.98
    assert regressor.network_.widths[-1] == 3


def test_one_target_is_a_vector_or_a_column():
    vector = MLPRegressor(**QUICK).fit(X, X[:, 0])
    with pytest.warns(UserWarning, match="A column-vector y was passed when a 1d array was expected"):
        column = MLPRegressor(**QUICK).fit(X, X[:, :1])
    assert vector.predict(NEW).shape == (300,)
    np.testing.assert_array_equal(column.predict(NEW), vector.predict(NEW))


def test_a_regressors_loss_is_half_the_squared_error():
    regressor = MLPRegressor(**QUICK).fit(X, X[:, 0], eval_set=(NEW, NEW[:, 0]))
    assert min(regressor.validation_curve_) == pytest.approx(np.mean((regressor.predict(NEW) - NEW[:, 0]) ** 2) / 2.0)


# Names and objects


@pytest.mark.parametrize(
    ("names", "objects"),
    [
        ({"activation": "tanh"}, {"activation": Tanh()}),
        ({"activation": "leaky_relu"}, {"activation": LeakyReLU()}),
        ({"activation": "Maxout"}, {"activation": Maxout()}),
        ({"hidden_layer_sizes": (4, 3), "activation": ["relu", "PReLU"]}, {"activation": (ReLU(), PReLU())}),
        ({"solver": "sgd"}, {"solver": SGD(0.05)}),
        ({"solver": "momentum"}, {"solver": Momentum(0.05)}),
        ({"solver": "adamw"}, {"solver": AdamW().with_rate(0.05)}),
        ({"solver": "lbfgs"}, {"solver": LBFGS()}),
        ({"solver": "L-BFGS"}, {"solver": LBFGS()}),
        ({"schedule": "cosine"}, {"schedule": Cosine()}),
        ({"schedule": "step decay"}, {"schedule": StepDecay()}),
        ({"schedule": "constant"}, {"schedule": Constant()}),
    ],
    ids=str,
)
def test_a_name_is_an_object_with_its_defaults(names, objects):
    by_name = MLPClassifier(**QUICK | names).fit(X, Y)
    by_object = MLPClassifier(**QUICK | names | objects).fit(X, Y)
    assert by_name.network_ == by_object.network_
    np.testing.assert_array_equal(by_name.theta_, by_object.theta_)
    assert not np.array_equal(by_name.theta_, MLPClassifier(**QUICK).fit(X, Y).theta_) or names == {
        "schedule": "constant"
    }


def test_a_solver_brings_its_own_rate_and_a_name_takes_the_estimators():
    rates = {
        solver: MLPClassifier((3,), solver=solver, learning_rate_init=0.07, max_iter=1).fit(X, Y).history_[0].rate
        for solver in ("sgd", SGD(0.3), AdamW(Adam(0.002)))
    }
    assert rates == {"sgd": 0.07, SGD(0.3): 0.3, AdamW(Adam(0.002)): 0.002}


class Bent(Activation):
    """A layer of one's own, known by its name as soon as it is defined."""

    def apply(self, p, x, step):
        return np.sqrt(x * x + 1.0), None

    def pullback(self, p, x, y, memo, d_y, d_p):
        return x / y * d_y


@pytest.mark.filterwarnings("ignore:the reference engine runs this network")  # this layer is not compiled
def test_a_layer_of_ones_own():
    by_name, by_object = (MLPClassifier(**QUICK | {"activation": each}).fit(X, Y) for each in ("bent", Bent()))
    np.testing.assert_array_equal(by_name.theta_, by_object.theta_)


@both
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"activation": "rellu"}, "there is no activation 'rellu'; did you mean 'relu'"),
        ({"activation": ["relu", "tahn"], "hidden_layer_sizes": (3, 3)}, "'tahn'; did you mean 'tanh'"),
        ({"solver": "adan"}, "there is no optimizer 'adan'; did you mean 'adam'"),
        ({"schedule": "cosin"}, "there is no schedule 'cosin'; did you mean 'cosine'"),
        ({"solver": "clipnorm"}, "'clipnorm' has settings without a default: give an object"),
        ({"activation": ["relu"], "hidden_layer_sizes": (3, 3)}, "each of the 2 layers, but got 1"),
        ({"hidden_layer_sizes": (3, 0)}, r"at least two widths of at least 1, but got \[2, 3, 0, "),
        ({"max_iter": 0}, "epochs must be at least 1, but got 0"),
        ({"batch_size": 0}, "batch_size must be at least 1, but got 0"),
        ({"solver": "lbfgs", "schedule": "cosine"}, "no batch_size and no schedule"),
        ({"dropout": 1.0}, r"dropout probability must lie in \[0, 1\), but got 1.0"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused_in_words(kind, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        kind(**settings).fit(X, Y)


def test_the_classifier_is_the_tutorials_model_with_free_scores():
    """The two faces, from the same weights on: the same steps."""
    model = Model([2, 5, 2], squash_scores=False, seed=0)
    classifier = MLPClassifier(
        (5,), "tanh", solver=SGD(0.1), alpha=0.01, batch_size=EVERY_ROW, max_iter=30, random_state=0
    )
    first = classifier.set_params(max_iter=1).fit(X, Y).theta_
    model.theta[...] = first
    model.train(X, Y, num_passes=29, epsilon=0.1, reg_lambda=0.01, sum_gradients=False)
    np.testing.assert_allclose(model.theta, classifier.set_params(max_iter=30).fit(X, Y).theta_, rtol=1e-9, atol=1e-12)
