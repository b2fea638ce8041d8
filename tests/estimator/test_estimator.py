"""scikit-learn's face: its own checks, labels of any kind, early stopping, weights of rows, names and objects."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support import with_checks
from threadpoolctl import threadpool_limits

from mlnn.dataset import blobs, moons
from mlnn.engine import Reference
from mlnn.estimator import MLPClassifier, MLPRegressor
from mlnn.gate import BatchNorm, Dropout
from mlnn.layer import Activation, LeakyReLU, Maxout, PReLU, ReLU, Tanh
from mlnn.network import Network
from mlnn.objective import Problem, data_loss
from mlnn.optimizer import LBFGS, SGD, Adam, AdamW, Averaged, ClipNorm, Momentum, Nesterov
from mlnn.output import Logistic
from mlnn.penalty import L2
from mlnn.schedule import Constant, Cosine, StepDecay
from mlnn.tabular.estimator import TableClassifier
from mlnn.training import EarlyStopping, KeepBest

X, Y = moons(120, noise=0.25, seed=1)
NEW, NEW_Y = moons(300, noise=0.25, seed=2)
BOTH = [MLPClassifier, MLPRegressor]
EVERY_ROW = len(X)  # as a batch size
QUICK = {"hidden_layer_sizes": (8,), "max_iter": 20, "learning_rate_init": 0.05, "random_state": 0}
FEW = {"hidden_layer_sizes": (8,), "max_iter": 100, "random_state": 0}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # training here is short
both = pytest.mark.parametrize("kind", BOTH, ids=["classifier", "regressor"])


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Matrices this small leave the threads of BLAS nothing to do but to wait for each other."""
    with threadpool_limits(1):
        yield


# scikit-learn's checks


def expected_failures(estimator):
    """Return the checks that a setting makes impossible to pass, with the reason."""
    if estimator.early_stopping:
        reason, names = "the rows put aside are rows, whatever they weigh", ("dense", "sparse")
    elif estimator.batch_norm:
        reason, names = "the statistics of a batch are those of its rows, whatever they weigh", ("dense", "sparse")
    else:
        return {}
    return {f"check_sample_weight_equivalence_on_{name}_data": reason for name in names}


PATIENT = {"early_stopping": True, "n_iter_no_change": 30, "learning_rate_init": 0.03, "max_iter": 100}


@with_checks(
    [
        MLPClassifier(max_iter=100),
        MLPRegressor(max_iter=100),
        MLPClassifier((), solver="lbfgs", alpha=0.1, max_iter=60),
        MLPRegressor("huber", (4,), "tanh", solver="lbfgs", alpha=0.1, max_iter=40),
        MLPClassifier((16,), batch_norm=True, dropout=0.1, learning_rate_init=0.05, max_iter=30),
        MLPClassifier((16,), loss="hinge", learning_rate_init=0.02, max_iter=60),
        MLPClassifier((10,), "tanh", solver=Momentum(0.3), schedule="cosine", max_iter=50),
        MLPRegressor(hidden_layer_sizes=(10, 5), activation=["tanh", ReLU()], solver=AdamW(Adam(0.02)), max_iter=40),
        MLPRegressor(
            hidden_layer_sizes=(10,),
            activation=Maxout(),
            solver=ClipNorm(Averaged(Nesterov(0.03))),
            schedule=Cosine(),
            max_iter=60,
        ),
    ],
    expected_failed_checks=expected_failures,
)
def test_what_scikit_learn_asks_of_an_estimator(estimator, check):
    check(estimator)


def test_a_regressor_says_that_it_takes_several_targets():
    assert MLPRegressor().__sklearn_tags__().target_tags.multi_output
    assert MLPClassifier().__sklearn_tags__().classifier_tags.multi_label
    assert MLPClassifier().__sklearn_tags__().input_tags.sparse


# What is trained is what is said


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
    assert MLPClassifier(hidden, max_iter=1).fit(X, Y).network_ == Network.dense([2, 5, 1], ReLU(), Logistic())


def test_no_hidden_layer_is_a_linear_model():
    assert MLPClassifier((), max_iter=1).fit(X, Y).network_ == Network.dense([2, 1], output=Logistic())


def test_the_penalty_shrinks_weights():
    sizes = [
        float(np.linalg.norm(MLPClassifier(solver="lbfgs", penalty=L2(alpha), **FEW).fit(X, Y).theta_))
        for alpha in (0, 0.1, 10)
    ]
    assert sizes[0] > 2.0 * sizes[1] > 3.0 * sizes[2]


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
    [["no", "yes", "perhaps"], [-7, 3, 1000], [False, True], [0.0, 1.0, 2.0], ["b", "a"]],
    ids=str,
)
def test_labels_of_any_kind(classes):
    classes = np.asarray(classes)
    rows, numbers = blobs(90, len(classes), 0.5, seed=3)
    labels = classes[numbers]
    classifier = MLPClassifier(**QUICK, early_stopping=True).fit(rows, labels, eval_set=(rows[::2], labels[::2]))
    np.testing.assert_array_equal(classifier.classes_, np.sort(classes))
    assert classifier.predict(rows).dtype == labels.dtype
    assert classifier.score(rows, labels) > 0.9
    P = classifier.predict_proba(rows)
    np.testing.assert_allclose(P.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_array_equal(classifier.classes_[P.argmax(axis=1)], classifier.predict(rows))
    at = classifier.validation_loss_curve_[classifier.best_iter_ - 1]
    assert at == pytest.approx(log_loss(labels[::2], P[::2]), rel=1e-9)


def test_labels_as_a_list_and_as_a_series():
    labels = ["no" if each == 0 else "yes" for each in Y]
    thetas = [MLPClassifier(**QUICK).fit(X, y).theta_ for y in (labels, pd.Series(labels), np.array(labels))]
    np.testing.assert_array_equal(thetas[0], thetas[1])
    np.testing.assert_array_equal(thetas[0], thetas[2])


def test_quantities_are_no_labels():
    y = np.arange(len(X)) / 4
    said = f"^Unknown label type: continuous: y holds {len(X)} different numbers, such as 0.25. TableRegressor and MLPR"
    for model in (MLPClassifier(), TableClassifier()):
        with pytest.raises(ValueError, match=said):
            model.fit(X, y)


# Early stopping

NOISY = np.where(np.arange(120) % 5 == 0, 1 - Y, Y)
GREEDY = {"hidden_layer_sizes": (60,), "max_iter": 400, "learning_rate_init": 0.05, "alpha": 0.0, "random_state": 0}


@both
def test_the_weights_kept_are_those_of_the_lowest_loss_on_the_eval_set(kind):
    estimator = kind(**GREEDY, early_stopping="loss").fit(X, NOISY, eval_set=(NEW, NEW_Y))
    curve = estimator.validation_loss_curve_
    assert estimator.best_iter_ == np.argmin(curve) + 1
    assert estimator.best_iter_ < estimator.n_iter_ == len(curve) < 400
    problem = Problem.of(estimator.network_, NEW, NEW_Y)
    kept = data_loss(problem, Reference().scores(estimator.network_, estimator.theta_, NEW))
    assert kept == pytest.approx(min(curve), rel=1e-9)


@both
def test_early_stopping_puts_rows_aside_and_keeps_the_best_score(kind):
    seen = []
    estimator = kind(**GREEDY, early_stopping=True, validation_fraction=0.25, callbacks=[seen.append]).fit(X, NOISY)
    assert estimator.n_iter_ < 400
    assert estimator.best_validation_score_ == max(estimator.validation_scores_)
    assert estimator.best_iter_ == np.argmax(estimator.validation_scores_) + 1 < estimator.n_iter_
    np.testing.assert_array_equal(estimator.theta_, seen[estimator.best_iter_ - 1].theta)


def test_rows_to_judge_by_change_nothing_unless_they_may_stop():
    plain = MLPClassifier(**QUICK).fit(X, NOISY)
    judged = MLPClassifier(**QUICK).fit(X, NOISY, eval_set=(NEW, NEW_Y), eval_metric="roc_auc")
    np.testing.assert_array_equal(plain.theta_, judged.theta_)
    assert judged.n_iter_ == 20 == len(judged.validation_scores_) == len(judged.validation_loss_curve_)
    assert judged.validation_scores_[-1] == pytest.approx(roc_auc_score(NEW_Y, judged.predict_proba(NEW)[:, 1]))
    assert judged.validation_loss_curve_[-1] == pytest.approx(log_loss(NEW_Y, judged.predict_proba(NEW)))


def test_a_scorer_of_ones_own_stops_training():
    falling = iter(range(0, -100, -1))
    classifier = MLPClassifier(**GREEDY, early_stopping=True, n_iter_no_change=3)
    classifier.fit(X, Y, eval_set=(NEW, NEW_Y), eval_metric=lambda estimator, rows, y: next(falling))
    assert (classifier.n_iter_, classifier.best_iter_) == (5, 1)


@pytest.mark.parametrize(
    ("eval_set", "sentence"),
    [
        (
            (X, np.where(Y == 0, "no", "maybe")),
            "y holds the class 'maybe', which training has not seen: its classes are 'no', 'yes'",
        ),
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
    settings = {"hidden_layer_sizes": (6,), "activation": "tanh", "solver": solver, "alpha": 0.01, "max_iter": 15}
    settings["random_state"] = 0
    weighted = kind(**settings, batch_size=len(X)).fit(X, Y, sample_weight=times)
    repeated = kind(**settings, batch_size=times.sum()).fit(np.repeat(X, times, axis=0), np.repeat(Y, times))
    plain = kind(**settings, batch_size=len(X)).fit(X, Y)
    np.testing.assert_allclose(weighted.theta_, repeated.theta_, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-7)
    assert np.abs(weighted.theta_ - plain.theta_).max() > 1e-3


@both
def test_equal_weights_are_none(kind):
    free = QUICK | {"penalty": L2(0.01)}  # α alone is divided by the weight of a step's rows, as in scikit-learn
    weighted, plain = kind(**free).fit(X, Y, sample_weight=np.full(len(X), 3.0)), kind(**free).fit(X, Y)
    np.testing.assert_allclose(weighted.theta_, plain.theta_, rtol=1e-8)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        (np.zeros(120), "at least one non-zero number|not all zero"),  # scikit-learn's sentence, or the objective's
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
    seen = []
    estimator = kind(**QUICK, callbacks=[KeepBest(), lambda epoch: seen.append(epoch) or epoch.number == 6]).fit(X, Y)
    assert estimator.n_iter_ == len(seen) == 6
    assert estimator.loss_curve_ == pytest.approx([epoch.objective for epoch in seen], rel=1e-12)
    assert estimator.watchers_[0].best.loss == min(epoch.loss for epoch in seen)
    np.testing.assert_array_equal(estimator.theta_, seen[-1].theta)


def test_refits_and_clones_with_early_stopping_begin_anew():
    estimator = MLPClassifier((8,), max_iter=60, random_state=0, tol=0.0, callbacks=[EarlyStopping(patience=5)])
    first = estimator.fit(X, Y).n_iter_, estimator.theta_, estimator.watchers_[0].best.number
    for again in (estimator, clone(estimator)):
        assert again.fit(X, Y).n_iter_ == first[0] > 6
        np.testing.assert_array_equal(again.theta_, first[1])
        assert again.watchers_[0].best.number == first[2]


@both
def test_callbacks_that_cannot_watch_are_refused_before_any_work(kind):
    with pytest.raises(TypeError, match="each callback must be one like"):
        kind(callbacks=[EarlyStopping]).fit(X, Y)


def test_a_fitted_estimator_is_little_larger_than_its_weights():
    classifier = MLPClassifier((100, 50), max_iter=10).fit(X, Y)
    assert len(pickle.dumps(classifier)) < 6 * classifier.theta_.nbytes


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
    assert search.score(rows, y) > 0.9
    assert cross_val_score(search.best_estimator_, rows, y, cv=3).mean() > 0.85


def test_targets_far_from_order_one_are_scaled():
    y = 1e5 + 3e3 * np.sin(3.0 * X[:, 0])
    regressor = MLPRegressor(hidden_layer_sizes=(20,), activation="tanh", solver="lbfgs", random_state=0)
    scaled = TransformedTargetRegressor(regressor, transformer=StandardScaler()).fit(X, y)
    assert scaled.score(X, y) > 0.99


# Regression


def test_several_targets():
    targets = np.column_stack([np.sin(X[:, 0]), X[:, 1] ** 2, X[:, 0] * X[:, 1]])
    regressor = MLPRegressor("squared_error", (30,), "tanh", solver="lbfgs", random_state=0)
    regressor.fit(X, targets, eval_set=(X, targets))
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
    half = np.mean((regressor.predict(NEW) - NEW[:, 0]) ** 2) / 2.0
    assert regressor.validation_loss_curve_[-1] == pytest.approx(half)


# Names and objects


@pytest.mark.parametrize(
    ("names", "objects"),
    [
        ({"activation": "tanh"}, {"activation": Tanh()}),
        ({"activation": "leaky_relu"}, {"activation": LeakyReLU()}),
        ({"activation": "Maxout"}, {"activation": Maxout()}),
        ({"hidden_layer_sizes": (4, 3), "activation": ["relu", "PReLU"]}, {"activation": (ReLU(), PReLU())}),
        ({"solver": "sgd"}, {"solver": Nesterov(0.05)}),
        ({"solver": "sgd", "nesterovs_momentum": False}, {"solver": Momentum(0.05)}),
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
    rates = {}
    for solver in ("sgd", SGD(0.3), AdamW(Adam(0.002))):
        seen = []
        MLPClassifier((3,), solver=solver, learning_rate_init=0.07, max_iter=1, callbacks=[seen.append]).fit(X, Y)
        rates[solver] = seen[0].rate
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
        ({"solver": "clipnorm"}, r"ClipNorm has settings without a default \(optimizer\): give an object"),
        ({"activation": ["relu"], "hidden_layer_sizes": (3, 3)}, "each of the 2 layers, but got 1"),
        ({"hidden_layer_sizes": (3, 0)}, r"hidden_layer_sizes must be > 0, got \[3, 0\]"),
        ({"max_iter": 0}, "The 'max_iter' parameter of .* must be an int in the range"),
        ({"batch_size": 0}, "The 'batch_size' parameter of .* Got 0 instead"),
        ({"solver": "lbfgs", "schedule": "cosine"}, "no batch_size and no schedule"),
        ({"penalty": "l3"}, "there is no penalty 'l3'; did you mean 'l2'"),
        ({"loss": "hubert"}, "there is no output 'hubert'; did you mean 'huber'"),
        ({"dropout": 1.0}, r"The 'dropout' parameter of .* Got 1.0 instead"),
        (
            {"dropout": [0.1], "hidden_layer_sizes": (3, 3)},
            "dropout must be one value, or one for each of the 2 layers",
        ),
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused_in_words(kind, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        kind(**settings).fit(X, Y)
