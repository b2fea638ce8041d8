"""The tutorial's script, its numbers, and its three habits."""

import numpy as np
import pytest
from sklearn.datasets import make_moons
from support import same_last_bits

import mlnn
from mlnn.gate import AddGate, MultiplyGate
from mlnn.layer import Tanh
from mlnn.output import Softmax

LOSSES = """
0.700172 0.322804 0.190807 0.163432 0.161709 0.160969 0.160582 0.160362 0.160229 0.160147
0.160094 0.160060 0.160037 0.160022 0.160012 0.160005 0.160001 0.159997 0.159995 0.159994
""".split()


@pytest.fixture(scope="module")
def moons():
    np.random.seed(0)
    return make_moons(200, noise=0.20)


def test_the_script_prints_the_tutorials_losses(capsys):
    np.random.seed(0)
    X, y = make_moons(200, noise=0.20)
    model = mlnn.Model([2, 3, 2])
    model.train(X, y, num_passes=20000, epsilon=0.01, reg_lambda=0.01, print_loss=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.rsplit(": ", 1)[0] for line in lines] == [f"Loss after iteration {i}" for i in range(0, 20000, 1000)]
    printed = [line.rsplit(": ", 1)[1] for line in lines]
    if same_last_bits():
        assert printed == LOSSES
    assert printed[0] == LOSSES[0]
    np.testing.assert_allclose([float(loss) for loss in printed[15:]], [float(loss) for loss in LOSSES[15:]], atol=1e-4)
    assert model.calculate_loss(X, y) == pytest.approx(0.1599927, abs=1e-7)
    assert (model.predict(X) == y).mean() == 0.985


def test_a_pass_is_the_tutorials_to_the_last_bit(moons):
    X, y = moons
    model = mlnn.Model([2, 4, 3, 2], seed=1)
    W, b = [w.copy() for w in model.W], [each.copy() for each in model.b]
    model.train(X, y, num_passes=3, epsilon=0.02, reg_lambda=0.05)
    for _ in range(3):
        values, inputs = [], X
        for w, bias in zip(W, b, strict=True):
            scores = AddGate().forward(MultiplyGate().forward(w, inputs), bias)
            values.append((inputs, scores))
            inputs = Tanh().forward(scores)
        top = Softmax().diff(inputs, y)
        for i in reversed(range(len(W))):
            inputs, scores = values[i]
            db, d_product = AddGate().backward(scores, b[i], Tanh().backward(scores, top))
            dW, top = MultiplyGate().backward(W[i], inputs, d_product)
            W[i], b[i] = W[i] - 0.02 * (dW + 0.05 * W[i]), b[i] - 0.02 * db
    for mine, theirs in zip([*model.W, *model.b], [*W, *b], strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_tanh_on_the_scores_bounds_the_loss_and_can_be_left_out(moons):
    X, y = moons
    bounded, free = mlnn.Model([2, 8, 2], seed=0), mlnn.Model([2, 8, 2], seed=0, squash_scores=False)
    for model in (bounded, free):
        model.train(X, y, num_passes=3000, reg_lambda=0.0)
    assert bounded.calculate_loss(X, y) > np.log1p(np.exp(-2.0)) > 0.126
    assert free.calculate_loss(X, y) < 0.1


def test_summed_gradients_are_n_times_the_mean(moons):
    X, y = moons
    summed, mean = mlnn.Model([2, 3, 2], seed=0), mlnn.Model([2, 3, 2], seed=0)
    summed.train(X, y, num_passes=5, epsilon=0.01, reg_lambda=0.4)
    mean.train(X, y, num_passes=5, epsilon=0.01 * len(X), reg_lambda=0.4 / len(X), sum_gradients=False)
    np.testing.assert_allclose(summed.theta, mean.theta, rtol=1e-12)


def test_the_printed_loss_may_include_the_penalty(moons, capsys):
    X, y = moons
    model = mlnn.Model([2, 3, 2], seed=0)
    model.train(X, y, num_passes=1, print_loss=True, print_penalty=True)
    penalty = 0.005 * sum(float((w**2).sum()) for w in model.W)
    printed = float(capsys.readouterr().out.split(": ")[1])
    assert printed == pytest.approx(model.calculate_loss(X, y) + penalty, abs=1e-6)
    assert penalty > 1e-3


def test_weights_are_views_that_can_be_written():
    model = mlnn.Model([2, 3, 2], seed=0)
    model.W[0] = np.ones((2, 3))
    model.b[1][...] = 7.0
    model.W[1] += 1.0
    np.testing.assert_array_equal(model.theta[:6], np.ones(6))
    np.testing.assert_array_equal(model.theta[-2:], [7.0, 7.0])
    assert len(model.W) == len(model.b) == 2
    with pytest.raises(TypeError, match="layers are fixed"):
        del model.W[0]


@pytest.mark.parametrize("dims", [[2, 2], [2, 8, 8, 3], [2, 1, 1, 1, 2]])
def test_any_depth_and_width(dims):
    X = np.random.default_rng(0).standard_normal((30, 2))
    y = (X[:, 0] > 0).astype(int)
    model = mlnn.Model(dims, seed=0)
    before = model.calculate_loss(X, y)
    model.train(X, y, num_passes=200)
    assert model.calculate_loss(X, y) < before
    assert model.predict_proba(X).shape == (30, dims[-1])


@pytest.mark.parametrize(
    ("X", "y", "sentence"),
    [
        ([[1.0, 2.0, 3.0]], [0], "X has 3 features, but the network expects 2"),
        ([[1.0, 2.0]], [2], "y must hold class numbers from 0 to 1, but row 0 holds 2"),
        ([[1.0, 2.0]], ["a"], "y must hold integers from 0 to 1"),
        ([[1.0, np.nan]], [0], "X must be finite, but row 0, column 1 holds nan"),
        ([[1.0, 2.0]], [0, 1], "X has 1 rows, but y has 2"),
        (np.zeros((0, 2)), [], "X has no rows"),
        ([1.0, 2.0], [0, 1], "X must be a matrix"),
    ],
)
def test_bad_data_is_refused_and_nothing_is_lost(X, y, sentence):
    model = mlnn.Model([2, 3, 2], seed=0)
    before = model.theta.copy()
    with pytest.raises(ValueError, match=sentence):
        model.train(X, y)
    np.testing.assert_array_equal(model.theta, before)


def test_too_high_a_rate_is_said(moons):
    with pytest.raises(FloatingPointError, match=r"learning rate 1e\+200 is probably too high"):
        mlnn.Model([2, 5, 2], squash_scores=False, seed=0).train(*moons, epsilon=1e200, num_passes=50, every=1)
