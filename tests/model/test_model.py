"""The tutorial's face, beyond the tutorial: every option against the rooms it opens, and errors that cost nothing."""

import copy
import pickle
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from mlnn.dataset import blobs, moons
from mlnn.engine import Reference
from mlnn.gate import BatchNorm, Dropout
from mlnn.initializer import Constant, Fan, HeNormal, Normal
from mlnn.layer import ELU, Identity, LeakyReLU, Maxout, PReLU, ReLU, Sigmoid, Tanh
from mlnn.model import Ensemble, Model
from mlnn.model.settings import reports
from mlnn.network import Network
from mlnn.objective import Problem, penalty_value
from mlnn.optimizer import LBFGS, SGD, Adam, AdamW, ClipNorm, Momentum
from mlnn.output import Hinge, Huber, LeastSquares, Logistic, Output, Softmax
from mlnn.penalty import L1, L2
from mlnn.schedule import Cosine, ReduceOnPlateau, WarmUp
from mlnn.training import Diverged, EarlyStopping, Recipe, epochs, mean_of_rows, sum_of_rows

X, Y = moons(60, seed=4)
FAR, FAR_Y = moons(50, seed=5)


def trained(dims=(2, 4, 2), *, layer=None, seed=0, build=None, **settings):
    """Return a model after a few passes."""
    model = Model(list(dims), layer or Tanh(), seed=seed, **(build or {}))
    model.train(X, Y, **{"num_passes": 5, "every": 1} | settings)
    return model


# What is built


@given(
    dims=st.lists(st.integers(1, 6), min_size=2, max_size=6),
    layer=st.sampled_from([Tanh(), ReLU(), Sigmoid(), Maxout(2), PReLU()]),
    squash_scores=st.booleans(),
    seed=st.integers(0, 99),
)
@pytest.mark.filterwarnings("ignore:squash_scores")
def test_any_depth_and_width_with_any_layer(dims, layer, squash_scores, seed):
    model = Model(dims, layer, squash_scores=squash_scores, seed=seed)
    out = [*(layer.inputs(width) for width in dims[1:-1]), layer.inputs(dims[-1]) if squash_scores else dims[-1]]
    assert [W.shape for W in model.W] == list(zip(dims[:-1], out, strict=True))
    assert [b.shape for b in model.b] == [(1, width) for width in out]
    rows = np.random.default_rng(seed).standard_normal((7, dims[0]))
    P = model.predict_proba(rows)
    assert P.shape == (7, dims[-1])
    np.testing.assert_allclose(P.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_array_equal(model.predict(rows), P.argmax(axis=1))
    y = np.arange(7) % dims[-1]
    expected = -np.log(P[np.arange(7), y]).mean()
    assert model.calculate_loss(rows, y) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    model.train(rows, y, num_passes=3, epsilon=1e-3)
    assert np.isfinite(model.theta).all()


def test_two_hidden_layers_of_eight_learn_three_classes():
    rows, y = blobs(90, seed=1)
    model = Model([2, 8, 8, 3], seed=0)
    model.train(rows, y, num_passes=500, epsilon=0.003)
    assert (model.predict(rows) == y).mean() > 0.95
    assert [W.shape for W in model.W] == [(2, 8), (8, 8), (8, 3)]


@pytest.mark.parametrize(
    ("settings", "dense"),
    [
        ({}, {"scores_layer": Tanh()}),
        ({"squash_scores": False}, {}),
        ({"layer": ReLU()}, {"layer": ReLU(), "scores_layer": ReLU()}),
        ({"layer": [ReLU(), ELU()]}, {"layer": [ReLU(), ELU()], "scores_layer": ELU()}),
        ({"output": LeastSquares()}, {"output": LeastSquares(), "scores_layer": Tanh()}),
        ({"batch_norm": True}, {"batch_norm": True, "scores_layer": Tanh()}),
        ({"dropout": [0.1, 0.2], "input_dropout": 0.3}, {"dropout": [0.1, 0.2], "input_dropout": 0.3}),
        ({"penalties": [0.0, 1.0, 2.0], "max_norm": 3.0}, {"penalties": [0.0, 1.0, 2.0], "max_norm": 3.0}),
        ({"weights": HeNormal(), "biases": Constant(0.1)}, {"weights": HeNormal(), "biases": Constant(0.1)}),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:squash_scores")
def test_every_option_reaches_the_network(settings, dense):
    tutorials = {"weights": Fan(), "biases": Normal(1.0)} | (
        {} if "squash_scores" in settings else {"scores_layer": Tanh()}
    )
    assert Model([2, 4, 3, 2], seed=0, **settings).network == Network.dense([2, 4, 3, 2], **tutorials | dense)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"layer": ReLU()}, r"squash_scores puts ReLU\(\) .* Softmax sees lies between 0 and inf: write .*False"),
        ({"layer": ["tanh", "softplus"]}, r"Softplus\(\) .* lies between 0 and inf"),
        ({"layer": PReLU()}, r"PReLU\(\) .* Softmax sees is bent"),
        ({"output": LeastSquares()}, r"Tanh\(\) .* LeastSquares sees lies between -1 and 1"),
        ({"output": "hinge", "layer": "sigmoid"}, r"Sigmoid\(\) .* Hinge sees lies between 0 and 1"),
        ({"output": "logistic"}, r"Tanh\(\) .* Logistic sees lies between -1 and 1"),
    ],
    ids=str,
)
def test_scores_that_are_bent_in_vain_are_warned_of(settings, sentence):
    with pytest.warns(UserWarning, match=sentence) as warned:
        Model([2, 4, 3, 2], seed=0, **settings)
    assert warned[0].filename == __file__
    Model([2, 4, 3, 2], seed=0, squash_scores=False, **settings)  # says nothing


@pytest.mark.parametrize(
    "settings", [{}, {"layer": "sigmoid"}, {"layer": Identity(), "output": LeastSquares()}], ids=str
)
def test_scores_bent_as_the_tutorial_does_are_not_warned_of(settings):
    Model([2, 3, 2], seed=0, **settings)


def test_an_empty_list_of_layers_is_the_tutorials_on_the_scores():
    assert Model([2, 2], [], seed=0).network == Model([2, 2], seed=0).network


def test_weights_come_from_the_seed_or_the_source_or_the_global_state():
    by_seed = Model([2, 3, 2], seed=5).theta
    np.testing.assert_array_equal(Model([2, 3, 2], random=np.random.RandomState(5)).theta, by_seed)
    np.random.seed(5)
    np.testing.assert_array_equal(Model([2, 3, 2]).theta, by_seed)
    assert not np.array_equal(Model([2, 3, 2]).theta, by_seed)
    generators = [Model([2, 3, 2], random=np.random.default_rng(1)).theta for _ in range(2)]
    np.testing.assert_array_equal(*generators)


def test_a_model_is_copied_and_pickled_whole():
    model = trained([2, 3, 2])
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.predict_proba(X), model.predict_proba(X))
        other.train(X, Y, num_passes=1)
        assert not np.array_equal(other.theta, model.theta)
        assert len(other.history) == len(model.history) + 1


# What is trained


TRAINING = {
    "plain": ({}, {}),
    "mean": ({"sum_gradients": False, "epsilon": 0.3}, {"convention": mean_of_rows, "rate": 0.3}),
    "adam": ({"optimizer": Adam()}, {"optimizer": Adam()}),
    "adam at a rate": ({"optimizer": Adam(), "epsilon": 0.02}, {"optimizer": Adam(0.02)}),
    "adam by name": ({"optimizer": "adam", "epsilon": 0.02}, {"optimizer": Adam(0.02)}),
    "momentum": ({"optimizer": Momentum(0.03, momentum=0.5)}, {"optimizer": Momentum(0.03, momentum=0.5)}),
    "clipped": ({"optimizer": ClipNorm(AdamW(), 0.1)}, {"optimizer": ClipNorm(AdamW(), 0.1)}),
    "schedule": ({"schedule": WarmUp(2, Cosine())}, {"schedule": WarmUp(2, Cosine())}),
    "minibatches": ({"batch_size": 25}, {"batch_size": 25}),
    "penalty": ({"penalty": L1(0.02)}, {"penalty": L1(0.02)}),
    "reg_lambda": ({"reg_lambda": 0.5}, {"penalty": L2(0.5)}),
    "penalty by name": ({"penalty": "l1", "reg_lambda": 0.5}, {"penalty": L1(0.5)}),
    "weights": ({"weights": np.arange(60.0)}, {"weights": np.arange(60.0)}),
    "every": ({"every": 4}, {"every": 4}),
}


@pytest.mark.parametrize(("settings", "recipe"), TRAINING.values(), ids=TRAINING)
@pytest.mark.parametrize("build", [{}, {"dropout": 0.2, "batch_norm": True}], ids=["plain", "noisy"])
def test_every_option_reaches_the_recipe(build, settings, recipe):
    model = Model([2, 5, 2], seed=3, **build)
    theta, recipe = model.theta.copy(), dict(recipe)
    problem = Problem.of(model.network, X, Y, recipe.pop("weights", None), recipe.pop("penalty", L2(0.01)))
    rule = recipe.pop("optimizer", SGD(recipe.pop("rate", 0.01)))
    recipe = Recipe(rule, **{"epochs": 9, "every": 1, "seed": 3, "convention": sum_of_rows} | recipe)
    expected = list(epochs(problem, theta, recipe, engine=Reference()))
    model.train(X, Y, **{"num_passes": 9, "every": 1} | settings)
    assert [(each.number, each.loss) for each in model.history] == [(each.number, each.loss) for each in expected]
    np.testing.assert_array_equal(model.theta, expected[-1].theta)


def test_reports_come_a_hundred_times_a_run_or_every_pass(capsys):
    """The printed lines stay the tutorial's: every 1,000 passes."""
    full, batches, lbfgs = (
        trained(num_passes=passes, every=None, print_loss=True, **settings)
        for passes, settings in ((2001, {}), (3, {"batch_size": 20}), (3, {"optimizer": LBFGS()}))
    )
    assert [epoch.number for epoch in full.history] == [*range(1, 2002, 20)]
    assert [epoch.number for epoch in batches.history] == [1, 2, 3]
    assert [epoch.number for epoch in lbfgs.history] == [1, 2, 3]
    lines = [line.split(":")[0].split()[-1] for line in capsys.readouterr().out.splitlines()]
    assert lines == ["0", "1000", "2000", "0", "1", "2", "0", "1", "2"]


@given(passes=st.integers(1, 10**6))
def test_reports_are_about_a_hundred_and_the_printed_passes_among_them(passes):
    every, printed = reports(passes, None, full=True)
    assert printed == 1000
    assert printed % every == 0
    assert min(passes, 100) <= passes / every <= 250 or every == 1000


def test_how_often_is_reported_changes_no_bit():
    often, seldom = (trained(num_passes=40, every=every) for every in (1, 40))
    np.testing.assert_array_equal(often.theta, seldom.theta)


def test_lbfgs_goes_deeper_and_takes_no_rate():
    shallow, deep = trained(num_passes=60), trained(num_passes=60, optimizer="lbfgs")
    np.testing.assert_array_equal(deep.theta, trained(num_passes=60, optimizer=LBFGS()).theta)
    problem = Problem.of(shallow.network, X, Y, None, L2(0.01 / len(X)))
    losses = [model.calculate_loss(X, Y) + penalty_value(problem, model.theta) for model in (shallow, deep)]
    assert losses[1] < losses[0]


RATES = [
    ({"optimizer": Adam(rate=1e-4)}, 1e-4),
    ({"optimizer": ClipNorm(Adam(rate=1e-4))}, 1e-4),
    ({"optimizer": Adam()}, 0.001),
    ({"optimizer": Adam}, 0.001),
    ({"optimizer": "adam"}, 0.001),
    ({}, 0.01),
    ({"epsilon": 0.02}, 0.02),
    ({"optimizer": Adam(), "epsilon": 0.01}, 0.01),
    ({"optimizer": "adam", "epsilon": 0.02}, 0.02),
    ({"optimizer": Adam(rate=0.02), "epsilon": 0.02}, 0.02),
]


@pytest.mark.parametrize(("settings", "rate"), RATES, ids=str)
def test_a_rate_that_was_given_counts(settings, rate):
    assert {epoch.rate for epoch in trained(**settings).history} == {rate}


def test_training_changes_theta_in_place():
    model = Model([2, 4, 2], seed=0)
    theta, W = model.theta, model.W
    before = theta.copy()
    model.train(X, Y, num_passes=3)
    assert model.theta is theta
    assert not np.array_equal(theta, before)
    np.testing.assert_array_equal(W[0].ravel(), theta[:8])


def test_training_goes_on_from_the_present_weights():
    parts, whole = Model([2, 4, 2], seed=0), Model([2, 4, 2], seed=0)
    parts.train(X, Y, num_passes=3, every=1)
    parts.train(X, Y, num_passes=4, every=1)
    whole.train(X, Y, num_passes=7, every=1)
    np.testing.assert_array_equal(parts.theta, whole.theta)
    assert [epoch.number for epoch in parts.history] == [1, 2, 3, 1, 2, 3, 4]
    assert [epoch.loss for epoch in parts.history] == [epoch.loss for epoch in whole.history]


def test_the_validation_loss_stands_in_history_and_drives_what_looks_at_it():
    model = trained(valid=(FAR, FAR_Y), num_passes=3)
    assert model.history[-1].valid_loss == pytest.approx(model.calculate_loss(FAR, FAR_Y), rel=1e-14)
    worse = (FAR, 1 - FAR_Y)
    schedule = ReduceOnPlateau(patience=2, factor=0.1)
    rates = [epoch.rate for epoch in trained(valid=worse, num_passes=12, schedule=schedule).history]
    assert rates[-1] < rates[0]
    assert {epoch.rate for epoch in trained(num_passes=12, schedule=schedule).history} == {0.01}


def test_early_stopping_on_rows_to_judge_by():
    stopping = EarlyStopping(patience=3).start()
    model = trained(valid=(FAR, 1 - FAR_Y), num_passes=100, callbacks=[stopping])
    assert len(model.history) == stopping.best.number + 3 < 100


@pytest.mark.parametrize(
    ("output", "scores", "y"),
    [
        (Softmax(smoothing=0.1), 2, Y),
        (Hinge(), 2, Y),
        (Logistic(), 1, Y),
        (LeastSquares(), 1, X[:, 0]),
        (LeastSquares(), 2, X),
        (Huber(), 1, X[:, 0]),
    ],
    ids=lambda each: repr(each) if isinstance(each, Output) else "",
)
def test_every_output_is_trained_and_predicts_in_its_own_way(output, scores, y):
    model = Model([2, 8, scores], output=output, squash_scores=False, seed=0)
    before = model.calculate_loss(X, y)
    model.train(X, y, num_passes=300, epsilon=0.01, reg_lambda=0.0)
    assert model.calculate_loss(X, y) < 0.7 * before
    assert model.predict(X).shape == np.shape(y)
    if output.classifies:
        assert (model.predict(X) == y).mean() > 0.8


def test_printed_lines_are_those_of_the_passes_reported(capsys):
    model = trained(num_passes=8, every=3, print_loss=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"Loss after iteration {k}" for k in (0, 3, 6)]
    assert len(model.history) == 4  # the last pass is reported too, but the tutorial prints it no more
    trained(num_passes=8)
    assert capsys.readouterr().out == ""


def test_what_is_given_is_left_as_it_is():
    rows, y, weights = X.copy(), Y.copy(), np.arange(60.0)
    trained(weights=weights, batch_size=7)
    np.testing.assert_array_equal(rows, X)
    np.testing.assert_array_equal(y, Y)
    np.testing.assert_array_equal(weights, np.arange(60.0))


def test_prediction_has_no_noise():
    model = trained(build={"dropout": 0.5, "input_dropout": 0.2, "batch_norm": True})
    assert any(isinstance(gate, Dropout) for gate in model.network.gates)
    assert any(isinstance(gate, BatchNorm) for gate in model.network.gates)
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(X))
    np.testing.assert_allclose(model.predict_proba(X[:1]), model.predict_proba(X)[:1], rtol=1e-12)


def test_max_norm_holds_after_every_pass():
    model = trained(build={"max_norm": 0.5}, epsilon=0.1, num_passes=20)
    for epoch in model.history:
        for name, W in model.network.named(epoch.theta).items():
            if name.startswith("W"):
                assert np.linalg.norm(W, axis=0).max() <= 0.5 + 1e-12


# What is refused


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Model([2]), "at least two widths"),
        (lambda: Model([]), "at least two widths"),
        (lambda: Model([2, 0, 2]), r"at least two widths of at least 1, but got \[2, 0, 2\]"),
        (lambda: Model([2, -3, 2]), r"at least 1, but got \[2, -3, 2\]"),
        (lambda: Model([2, 3, 3, 2], [Tanh()]), "each of the 2 layers, but got 1"),
        (lambda: Model([2, 3, 2], dropout=[0.1, 0.1]), "dropout must be .* each of the 1 layers, but got 2"),
        (lambda: Model([2, 3, 2], dropout=1.0), r"must lie in \[0, 1\), but got 1.0"),
        (lambda: Model([2, 3, 2], penalties=[1.0]), "penalties must be .* each of the 2 layers, but got 1"),
    ],
)
def test_networks_that_cannot_be_are_refused(build, sentence):
    with pytest.raises(ValueError, match=sentence):
        build()


FIRST = int(np.flatnonzero(Y)[0])


def with_value(value):
    rows = X.copy()
    rows[7, 1] = value
    return rows


BAD_DATA = {
    "too large a label": (X, np.where(Y == 1, 2, 0), f"from 0 to 1, but row {FIRST} holds 2"),
    "negative label": (X, -Y, f"from 0 to 1, but row {FIRST} holds -1"),
    "half a label": (X, Y + 0.5, "y must hold integers from 0 to 1"),
    "text": (X, np.where(Y == 1, "b", "a"), "y must hold integers from 0 to 1"),
    "a column": (X, Y[:, None], r"its shape is \(60, 1\); write y.ravel\(\)"),
    "classes from 1": (X, Y + 1, r"row .* holds 2; are they numbered from 1\? Write y - 1"),
    "no number": (X, np.where(Y == 1, np.nan, 0.0), r"it holds float64 such as \[nan\]"),
    "ragged": (X, [[0]] * 59 + [[0, 1]], "its rows differ in length"),
    "one-hot": (X, np.eye(2)[Y], r"y must be a vector of class numbers, but its shape is \(60, 2\)"),
    "too few labels": (X, Y[:-1], "X has 60 rows, but y has 59"),
    "not a number": (with_value(np.nan), Y, "X must be finite, but row 7, column 1 holds nan"),
    "infinity": (with_value(-np.inf), Y, "X must be finite, but row 7, column 1 holds -inf"),
    "too many columns": (np.ones((60, 3)), Y, "X has 3 features, but the network expects 2"),
    "too few columns": (np.ones((60, 1)), Y, "X has 1 features, but the network expects 2"),
    "a vector": (X[:, 0], Y, r"X must be a matrix of shape \(rows, features\), but its shape is \(60,\)"),
    "three axes": (X[:, :, None], Y, r"X must be a matrix .* but its shape is \(60, 2, 1\)"),
    "no rows": (X[:0], Y[:0], "X has no rows"),
    "numbers in text": (X.astype(str), Y, "X must be a matrix of numbers, but .* its type is <U"),
    "complex": (X + 1j, Y, "X must be a matrix of numbers, but .* its type is complex128"),
    "dates": (X.astype("M8[s]"), Y, "X must be a matrix of numbers, but .* its type is datetime64"),
    "masked": (np.ma.masked_greater(X, 1.0), Y, "X must be a matrix of numbers, but .* it is masked"),
    "a single row": (X[0], Y[:1], r"its shape is \(2,\); write X.reshape\(1, -1\) for a single row"),
    "sparse, not a number": (csr_matrix(with_value(np.nan)), Y, "X must be finite, but row 7, column 1 holds nan"),
    "words": ([["a", "b"]] * 60, Y, "X must be a matrix of numbers"),
}


def refused(model, call, kind, sentence):
    """Expect an error that leaves the model as it was."""
    theta, history = model.theta.copy(), list(model.history)
    with pytest.raises(kind, match=sentence):
        call()
    np.testing.assert_array_equal(model.theta, theta)
    assert model.history == history


@pytest.mark.parametrize(("rows", "y", "sentence"), BAD_DATA.values(), ids=BAD_DATA)
def test_bad_data_is_refused_everywhere_and_nothing_is_altered(rows, y, sentence):
    model = trained()
    refused(model, lambda: model.train(rows, y), ValueError, sentence)
    refused(model, lambda: model.calculate_loss(rows, y), ValueError, sentence)
    refused(model, lambda: model.train(X, Y, valid=(rows, y)), ValueError, sentence)
    if sentence.startswith("X ") and "rows, but" not in sentence:
        refused(model, lambda: model.predict(rows), ValueError, sentence)
        refused(model, lambda: model.predict_proba(rows), ValueError, sentence)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"num_passes": 0}, "num_passes must be at least 1, but got 0"),
        ({"optimizer": Adam(rate=1e-4), "epsilon": 0.01}, r"epsilon=0.01 and optimizer=Adam\(.* leave one of them out"),
        (
            {"optimizer": ClipNorm(SGD(0.5)), "epsilon": 0.1},
            "epsilon=0.1 and optimizer=ClipNorm.* different learning rates",
        ),
        ({"optimizer": LBFGS(), "epsilon": 0.01}, "L-BFGS finds its own step: leave epsilon out"),
        ({"penalty": L1(0.1), "reg_lambda": 0.01}, r"reg_lambda=0.01 and penalty=L1\(strength=0.1\) both"),
        ({"batch_size": 0}, "batch_size must be at least 1, but got 0"),
        ({"every": 0}, "every must be at least 1, but got 0"),
        ({"weights": np.ones(3)}, r"weights must have shape \(60,\)"),
        ({"weights": -np.ones(60)}, "weights must be finite, not negative"),
        ({"weights": np.zeros(60)}, "not all zero"),
        ({"optimizer": LBFGS(), "batch_size": 10}, "no batch_size and no schedule"),
        ({"optimizer": LBFGS(), "schedule": Cosine()}, "no batch_size and no schedule"),
    ],
    ids=str,
)
def test_settings_that_cannot_run_are_refused_and_nothing_is_altered(settings, sentence):
    model = trained()
    refused(model, lambda: model.train(X, Y, **settings), ValueError, sentence)


WRONG = {
    "num_passes": [True, "10", 1.5, np.nan, -1, None],
    "epsilon": [True, "0.1", np.nan, np.inf, -0.1, None],
    "reg_lambda": [True, "0.1", np.nan, np.inf, -0.1],
    "batch_size": [True, "10", 1.5, np.nan, -1],
    "every": [True, "10", 1.5, -1],
    "optimizer": [0.1, None, np.tanh, "adamm", ClipNorm],
    "schedule": ["cosin", SGD],
    "penalty": [0.01, "l3"],
    "valid": [X, (X,), [(X, Y)], (X, Y, Y), "yes"],
    "callbacks": [[4], ["stop"], [EarlyStopping]],
    "engine": ["gpu", 3],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_settings_of_a_wrong_type_or_size_are_named_and_nothing_is_altered(name, value):
    model = trained()
    sentence = {"valid": r"valid must be a pair \(X, y\)", "callbacks": "callback", "penalty": "penalty"}.get(
        name, name
    )
    if value is ClipNorm:
        sentence = "ClipNorm has settings without a default"
    refused(model, lambda: model.train(X, Y, **{name: value}), (TypeError, ValueError), sentence)


@pytest.mark.parametrize(
    "build",
    [
        *({"layers_dim": dims} for dims in ([2.5, 3], [2], "232", 3, [2, True], [2, "3"], [2, None], [2, np.nan], [])),
        *({"seed": seed} for seed in (-1, 2**32, 1.5, True, "0")),
        *({"random": source} for source in (5, "numpy")),
        *({"dropout": p} for p in ("0.5", 1.0, -0.1, [0.1, "0.2"], np.nan, np.ones(3))),
        *({"penalties": factor} for factor in ("1", [1.0], np.nan)),
        *({"max_norm": limit} for limit in ("1", np.nan, True)),
        *({"layer": layer} for layer in (4, None, "reul", [ReLU, "tnah"])),
        *({"output": output} for output in (4, None, "softmx")),
        *({"weights": draw} for draw in (0.1, "hee")),
    ],
    ids=str,
)
def test_models_of_wrong_parts_are_refused_by_name(build):
    (name,) = build
    with pytest.raises((TypeError, ValueError), match="dropout|must lie in" if name == "dropout" else r"[a-z_]+"):
        Model(**{"layers_dim": [2, 3, 3, 2]} | build)


def test_a_model_is_trained_by_one_at_a_time():
    model = Model([2, 3, 2], seed=0)
    with pytest.raises(RuntimeError, match="this model is being trained"):
        model.train(X, Y, num_passes=3, callbacks=[lambda epoch: model.train(X, Y)])
    model.train(X, Y, num_passes=3)  # and may be trained again afterwards
    copies = []
    model.train(X, Y, num_passes=1, callbacks=[lambda epoch: copies.append(copy.deepcopy(model))])
    copies[0].train(X, Y, num_passes=3)


def test_a_second_thread_that_trains_is_told():
    model, refusals = Model([2, 3, 2], seed=0), []

    def second(epoch):
        def train():
            try:
                model.train(X, Y)
            except RuntimeError as refusal:
                refusals.append(str(refusal))

        thread = threading.Thread(target=train)
        thread.start()
        thread.join()

    model.train(X, Y, num_passes=1, callbacks=[second])
    assert len(refusals) == 1
    assert "is being trained" in refusals[0]


def test_what_is_shown_of_a_model_is_a_line():
    model = Model([2, 3, 2], seed=0)
    chain = "2 → multiply 3 → add → Tanh() → multiply 2 → add → Tanh() → Softmax(smoothing=0.0)"
    assert repr(model) == f"Model({chain}; 17 parameters, not trained)"
    assert repr(model.network) == f"Network({chain}; 17 parameters)"
    model.train(X, Y, num_passes=7)
    assert repr(model).startswith(f"Model({chain}; 17 parameters, 7 passes, loss 0.")
    problem = Problem.of(model.network, X, Y, np.ones(60), L1())
    assert repr(problem).startswith("Problem(60 rows of 2 of weight 60, penalty L1(strength=0.01), Network(2 → ")
    for thing in (model, model.network, problem, model.history[-1], Ensemble.of([model] * 3)):
        assert "array" not in repr(thing)
        assert len(repr(thing)) < 400
    assert repr(Ensemble.of([model] * 3)) == f"Ensemble(3 members of {model.network})"
    deep = repr(Network.dense([2] * 100))
    assert "gates … →" in deep
    assert len(deep) < 400


def test_a_callback_that_is_not_in_a_list_alters_nothing():
    model = trained()
    refused(model, lambda: model.train(X, Y, callbacks=EarlyStopping()), TypeError, "must be a sequence")


def test_after_divergence_the_model_is_at_its_last_report():
    model = Model([2, 6, 2], LeakyReLU(), squash_scores=False, seed=0)
    with pytest.raises(Diverged, match=r"in epoch \d, in step \d: .* learning rate 1e\+30 "):
        model.train(X, Y, epsilon=1e30, num_passes=50, schedule=WarmUp(3), every=1)
    assert model.history
    np.testing.assert_array_equal(model.theta, model.history[-1].theta)
    assert np.isfinite(model.predict_proba(X)).all()


def test_what_a_callback_raises_leaves_the_model_at_its_epoch():
    def failing(epoch):
        if epoch.number == 4:
            raise KeyError("a mistake of one's own")

    for optimizer in (SGD(), LBFGS()):
        model = Model([2, 4, 2], seed=0)
        with pytest.raises(KeyError, match="a mistake of one's own"):
            model.train(X, Y, num_passes=9, every=1, optimizer=optimizer, callbacks=[failing])
        assert [epoch.number for epoch in model.history] == [1, 2, 3, 4]
        np.testing.assert_array_equal(model.theta, model.history[-1].theta)


# Weights as lists


def test_weights_are_read_and_written_as_lists():
    model = Model([2, 3, 4, 2], Identity(), seed=0, squash_scores=False)
    assert len(model.W) == len(model.b) == 3
    np.testing.assert_allclose(
        model.network.output.predict(
            ((X @ model.W[0] + model.b[0]) @ model.W[1] + model.b[1]) @ model.W[2] + model.b[2]
        ),
        model.predict_proba(X),
        rtol=1e-12,
    )
    model.W[-1] = 0.0
    model.b[2] = [[0.0, 5.0]]
    np.testing.assert_array_equal(model.predict(X), np.ones(60))
    assert [W.shape for W in model.W[1:]] == [(3, 4), (4, 2)]
    assert repr(model.b).startswith("[array([[")
    with pytest.raises(ValueError, match="could not broadcast"):
        model.W[0] = np.ones((3, 3))
    for change in (
        lambda: model.W.append(np.ones((2, 2))),
        lambda: model.b.insert(0, np.ones(2)),
        lambda: model.b.pop(),
    ):
        with pytest.raises(TypeError, match="a model's layers are fixed"):
            change()
