"""Hidden activations as a transformer: the library's own forward pass, in scikit-learn's manners."""

import numpy as np
import pytest
import sklearn.neural_network as theirs
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support import with_checks

from mlnn import HiddenActivations, MLPClassifier, MLPRegressor, Model
from mlnn.layer import Maxout
from mlnn.network import Network
from mlnn.objective import forward

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
SMALL = MLPClassifier((6, 3), "tanh", max_iter=15, random_state=0)


@with_checks(
    [
        HiddenActivations(MLPClassifier((6,), max_iter=5, random_state=0)),
        HiddenActivations(MLPRegressor(hidden_layer_sizes=(6, 3), max_iter=5, random_state=0), layer=0),
    ],
)
def test_what_scikit_learn_asks_of_a_transformer(estimator, check):
    check(estimator)


@pytest.mark.parametrize(("layer", "units"), [(0, 6), (1, 3), (-1, 3), (-2, 6)])
def test_a_layer_is_the_formula_by_hand(layer, units):
    hidden = HiddenActivations(SMALL, layer=layer).fit(X, y)
    W, b = hidden.estimator_.coefs_, hidden.estimator_.intercepts_
    H = np.tanh(X @ W[0] + b[0])
    H = H if units == 6 else np.tanh(H @ W[1] + b[1])
    np.testing.assert_allclose(hidden.transform(X), H, rtol=1e-12, atol=1e-14)
    assert hidden.get_feature_names_out().tolist() == [f"hiddenactivations{k}" for k in range(units)]


def test_the_last_layer_gives_the_network_s_own_probabilities():
    hidden = HiddenActivations(SMALL).fit(X, y)
    S = hidden.transform(X) @ hidden.estimator_.coefs_[-1] + hidden.estimator_.intercepts_[-1]
    odds = np.exp(S - S.max(axis=1, keepdims=True))
    np.testing.assert_allclose(odds / odds.sum(axis=1, keepdims=True), hidden.estimator_.predict_proba(X))
    np.testing.assert_array_equal(hidden.estimator_.theta_, clone(SMALL).fit(X, y).theta_)


def test_noise_and_statistics_are_as_in_prediction():
    network = MLPClassifier((6, 4), Maxout(), dropout=0.5, batch_norm=True, max_iter=5, random_state=0)
    hidden = HiddenActivations(network, layer=0).fit(X, y)
    fitted = hidden.estimator_
    tape = forward(fitted.network_, fitted.network_.views(fitted.theta_), X)
    first_dropout = [type(gate).__name__ for gate in fitted.network_.gates].index("Dropout")
    np.testing.assert_allclose(hidden.transform(X), tape.values[first_dropout + 1], rtol=1e-10)
    assert hidden.transform(X).shape == (150, 6)
    np.testing.assert_array_equal(hidden.transform(X), hidden.transform(X))


def test_a_trained_network_is_taken_as_it_is():
    fitted = clone(SMALL).fit(X, y)
    theta = fitted.theta_.copy()
    expected = HiddenActivations(SMALL).fit(X, y).transform(X)
    prefit = HiddenActivations(fitted, prefit=True)
    np.testing.assert_array_equal(prefit.transform(X), expected)  # with or without fit
    assert prefit.fit(X[:50], y[:50]).estimator_ is fitted
    np.testing.assert_array_equal(prefit.transform(X), expected)
    assert prefit.n_features_in_ == 4
    np.testing.assert_array_equal(fitted.theta_, theta)
    frozen = pytest.importorskip("sklearn.frozen").FrozenEstimator(fitted)
    np.testing.assert_array_equal(clone(HiddenActivations(frozen)).fit(X[:50], y[:50]).transform(X), expected)


def test_models_and_networks_with_weights_are_taken_as_they_are():
    model = Model([4, 5, 3, 2], ["tanh", "relu"], squash_scores=False, seed=0)
    model.train(X, y % 2, num_passes=20, epsilon=1e-4)
    W, b, theta = model.W, model.b, model.theta.copy()
    first = np.tanh(X @ W[0] + b[0])
    expected = first, np.maximum(first @ W[1] + b[1], 0.0)
    for given in (model, (model.network, model.theta)):
        for layer in (0, 1):
            hidden = HiddenActivations(given, layer=layer)
            np.testing.assert_allclose(hidden.transform(X), expected[layer], rtol=1e-12, atol=1e-14)
            np.testing.assert_array_equal(hidden.fit(X).transform(X), hidden.transform(X))
            np.testing.assert_array_equal(clone(hidden).transform(X), hidden.transform(X))
            np.testing.assert_allclose(hidden.transform(csr_matrix(X)), hidden.transform(X), rtol=1e-12, atol=1e-14)
        assert hidden.n_features_in_ == 4
        assert not hasattr(hidden, "feature_names_in_")
        pipeline = make_pipeline(HiddenActivations(given), PCA(2), LogisticRegression()).fit(X, y)
        assert pipeline.score(X, y) > 0.5
        assert list(pipeline[:1].get_feature_names_out()) == [f"hiddenactivations{k}" for k in range(3)]
    np.testing.assert_array_equal(model.theta, theta)  # nothing was trained
    single = HiddenActivations((model.network, theta.astype(np.float32))).transform(X)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected[1], rtol=1e-4, atol=1e-5)


def test_sample_weights_reach_the_network():
    weights = np.linspace(0.1, 3.0, len(X))
    weighted = HiddenActivations(SMALL).fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(weighted.estimator_.theta_, clone(SMALL).fit(X, y, weights).theta_)


def test_scikit_learn_s_own_networks_show_theirs():
    other = theirs.MLPRegressor(hidden_layer_sizes=(5,), max_iter=10, random_state=0).fit(X, y)
    expected = np.maximum(X @ other.coefs_[0] + other.intercepts_[0], 0.0)
    np.testing.assert_allclose(HiddenActivations(other, prefit=True).transform(X), expected, atol=1e-12)
    np.testing.assert_allclose(HiddenActivations(other).fit(X, y).transform(X), expected, atol=1e-12)


def test_in_a_pipeline_between_others():
    pipeline = make_pipeline(StandardScaler(), HiddenActivations(clone(SMALL), layer=0), PCA(2), LogisticRegression())
    assert pipeline.fit(X, y).score(X, y) > 0.8
    assert pipeline[:2].get_feature_names_out()[-1] == "hiddenactivations5"
    pipeline.set_params(hiddenactivations__estimator__hidden_layer_sizes=(9,))
    assert pipeline.fit(X, y)[:2].transform(X).shape == (150, 9)


def test_frames_come_out_where_they_are_asked_for():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"), index=np.arange(150) + 1000)
    hidden = HiddenActivations(SMALL).set_output(transform="pandas").fit(frame, y)
    out = hidden.transform(frame)
    assert list(out.columns) == ["hiddenactivations0", "hiddenactivations1", "hiddenactivations2"]
    assert list(out.index) == list(frame.index)
    assert list(hidden.feature_names_in_) == list("abcd")
    with pytest.raises(ValueError, match="feature names"):
        hidden.transform(frame[list("dcba")])


@pytest.mark.parametrize("engine", [None, "reference"])
def test_single_precision_and_sparse_rows(engine):
    hidden = HiddenActivations(clone(SMALL).set_params(engine=engine)).fit(X.astype(np.float32), y)
    assert hidden.transform(X.astype(np.float32)).dtype == hidden.transform(X).dtype == np.float32
    np.testing.assert_allclose(hidden.transform(csr_matrix(X)), hidden.transform(X), rtol=1e-5, atol=1e-6)


def test_what_is_refused():
    with pytest.raises(ValueError, match="layer must be the index of one of 2 hidden layers, but got 2"):
        HiddenActivations(SMALL, layer=2).fit(X, y)
    with pytest.raises(ValueError, match="one of 2 hidden layers, but got -3"):
        HiddenActivations(SMALL, layer=-3).fit(X, y)
    with pytest.raises(ValueError, match="one of 0 hidden layers"):
        HiddenActivations(MLPClassifier((), max_iter=1)).fit(X, y)
    with pytest.raises(TypeError, match=r"expected a Model, a fitted estimator, .* but got LogisticRegression"):
        HiddenActivations(LogisticRegression()).fit(X, y)
    with pytest.raises(TypeError, match="but got int"):
        HiddenActivations(3).fit(X, y)
    with pytest.raises(TypeError, match="of a Pipeline give the network in it"):
        HiddenActivations(make_pipeline(StandardScaler(), SMALL)).fit(X, y)
    network = Network.dense([4, 5, 3])
    with pytest.raises(TypeError, match=r"a Network has no weights: give \(network, theta\)"):
        HiddenActivations(network).fit(X)
    with pytest.raises(ValueError, match=r"theta must have shape \(43,\)"):
        HiddenActivations((network, np.zeros(42))).transform(X)
    with pytest.raises(ValueError, match="one of 1 hidden layers, but got 1"):
        HiddenActivations((network, np.zeros(43)), layer=1).transform(X)
    with pytest.raises(ValueError, match="X has 3 features, but the network expects 4"):
        HiddenActivations((network, np.zeros(43))).transform(X[:, :3])
    with pytest.raises(NotFittedError):
        HiddenActivations(SMALL).transform(X)
    with pytest.raises(NotFittedError):
        HiddenActivations(MLPClassifier(), prefit=True).fit(X, y)
