"""The network: what ``dense`` builds, where every parameter lies in θ, and what it refuses."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.gate import AddGate, BatchNorm, Dropout, MultiplyGate
from mlnn.initializer import Constant, Normal
from mlnn.layer import Maxout, PReLU, ReLU, Tanh
from mlnn.model import Model
from mlnn.network import Network
from mlnn.output import LeastSquares, Softmax


def kinds(network):
    return [type(gate) for gate in network.gates]


@given(dims=st.lists(st.integers(1, 6), min_size=2, max_size=5), batch_norm=st.booleans(), seed=st.integers(0, 99))
def test_theta_is_the_parameters_one_after_another(dims, batch_norm, seed):
    network = Network.dense(dims, batch_norm=batch_norm, dropout=0.1)
    theta = network.initial(np.random.default_rng(seed))
    named = network.named(theta)
    np.testing.assert_array_equal(np.concatenate([each.ravel() for each in named.values()]), theta)
    assert [named[f"W{i + 1}"].shape for i in range(len(dims) - 1)] == list(pairwise(dims))
    in_order = [view for views in network.views(theta) for view in views]
    for mine, theirs in zip(in_order, named.values(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
        assert np.shares_memory(mine, theta)
        assert np.shares_memory(theirs, theta)
    statistics = 2 * sum(dims[1:-1]) if batch_norm else 0
    assert network.size == theta.size == network.trained_size + statistics
    assert network.widths[0] == dims[0]
    assert network.widths[-1] == dims[-1]


def test_dense_puts_the_gates_in_order():
    plain = [MultiplyGate, AddGate, Tanh, MultiplyGate, AddGate]
    assert kinds(Network.dense([2, 3, 2])) == plain
    assert kinds(Network.dense([2, 3, 2], scores_layer=Tanh())) == [*plain, Tanh]
    full = Network.dense([2, 3, 2], ReLU(), batch_norm=True, dropout=0.5, input_dropout=0.2)
    assert kinds(full) == [Dropout, MultiplyGate, AddGate, BatchNorm, ReLU, Dropout, MultiplyGate, AddGate]
    assert [gate.p for gate in full.gates if isinstance(gate, Dropout)] == [0.2, 0.5]
    assert kinds(Network.dense([2, 2])) == [MultiplyGate, AddGate]


@pytest.mark.parametrize("scores_layer", [None, Tanh(), ReLU()])
def test_batch_norm_precedes_every_hidden_layer_and_no_other(scores_layer):
    """Also where the layer on the scores is the same object as the hidden ones."""
    hidden = scores_layer or Tanh()
    network = Network.dense([2, 3, 4, 2], hidden, scores_layer=scores_layer, batch_norm=True)
    assert [i for i, kind in enumerate(kinds(network)) if kind is BatchNorm] == [2, 6]


def test_a_models_batch_norm_is_there_whether_or_not_it_squashes_scores():
    for squash_scores in (True, False):
        model = Model([2, 3, 2], batch_norm=True, squash_scores=squash_scores, seed=0)
        assert kinds(model.network).count(BatchNorm) == 1


def test_one_setting_a_layer():
    network = Network.dense([2, 3, 4, 2], [ReLU(), Tanh()], dropout=[0.0, 0.5], penalties=[1.0, 2.0, 0.0], max_norm=3.0)
    assert kinds(network) == [
        *(MultiplyGate, AddGate, ReLU),
        *(MultiplyGate, AddGate, Tanh, Dropout),
        *(MultiplyGate, AddGate),
    ]
    weights = [placed.parameter for placed in network.placed if placed.name.startswith("W")]
    assert [(each.penalty, each.max_norm) for each in weights] == [(1.0, 3.0), (2.0, 3.0), (0.0, 3.0)]
    expected = np.repeat([1.0, 0.0, 2.0, 0.0, 0.0, 0.0], [6, 3, 12, 4, 8, 2])
    np.testing.assert_array_equal(network.penalties, expected)


def test_weights_are_drawn_as_the_next_activation_recommends():
    network = Network.dense([2, 3, 2], ReLU())
    drawn = [placed.parameter.initializer for placed in network.placed]
    assert drawn == [ReLU.initializer, Constant(), Tanh.initializer, Constant()]
    assert Network.dense([2, 2], weights=Normal(2.0)).placed[0].parameter.initializer == Normal(2.0)


def test_running_statistics_have_no_rate_and_no_penalty():
    network = Network.dense([1, 2, 1], batch_norm=True)
    rates, penalties = network.named(network.rates), network.named(network.penalties)
    assert {name for name, rate in rates.items() if (rate == 0.0).all()} == {"mean1", "variance1"}
    assert {name for name, factor in penalties.items() if (factor == 1.0).all()} == {"W1", "W2"}


def test_activations_with_another_width_fit_in():
    network = Network.dense([2, 3, 2], Maxout(4))
    assert [width for gate, width in zip(network.gates, network.widths, strict=False) if gate == Maxout(4)] == [12]
    assert Network.dense([2, 3, 2], PReLU()).named(np.zeros(20))["a1"].size == 3


def test_networks_are_values():
    assert Network.dense([2, 3, 2]) == Network.dense([2, 3, 2])
    assert hash(Network.dense([2, 3, 2])) == hash(Network.dense([2, 3, 2]))
    assert Network.dense([2, 3, 2]) != Network.dense([2, 3, 2], ReLU())


def test_theta_takes_the_type_it_is_asked_for():
    network = Network.dense([2, 3, 2])
    double, single = (network.initial(np.random.default_rng(0), dtype) for dtype in (np.float64, np.float32))
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype(np.float32))


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Network.dense([2]), "at least two widths"),
        (lambda: Network.dense([2, 0, 2]), "at least two widths of at least 1"),
        (lambda: Network.dense([2, 3, 3, 2], [Tanh()]), "each of the 2 layers, but got 1"),
        (lambda: Network.dense([2, 3, 2], dropout=[0.1, 0.1]), "dropout must be .* each of the 1 layers, but got 2"),
        (lambda: Network.dense([2, 3, 2], penalties=[1.0]), "penalties must be .* each of the 2 layers, but got 1"),
        (lambda: Network(2, (MultiplyGate(),), Softmax()), "needs units of at least 1, but got None"),
        (lambda: Network(0, (), LeastSquares()), "inputs must be at least 1, but got 0"),
        (lambda: Network.dense([3, 5, 2]).views(np.zeros(3)), r"must have shape \(32,\), but its shape is \(3,\)"),
    ],
)
def test_what_does_not_fit_is_refused(build, sentence):
    with pytest.raises(ValueError, match=sentence):
        build()
