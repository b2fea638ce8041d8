"""scikit-learn's face on a source: the numbers of the same rows in memory, whatever does not fit is refused."""

import pickle

import numpy as np
import pytest
from interrupted import press_in_step

from mlnn import TableClassifier, load, save
from mlnn.estimator import MLPClassifier, MLPRegressor, streams
from mlnn.source import ArrayRows, ParquetRows, Windows, arrays, put_aside
from mlnn.training import Checkpoint

NAMES = np.array(["no", "perhaps", "yes"])
ROWS, COLUMNS = 1003, 6
WINDOW = 4 * COLUMNS * 200


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    X = random.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    return X, (X[:, 0] > X[:, 1]).astype(int) + (X[:, 2] > 1)


@pytest.fixture
def source(data, monkeypatch):
    monkeypatch.setattr(arrays, "SHARD", 4 * COLUMNS * 50)
    X, y = data
    return ArrayRows(X, NAMES[y], window=WINDOW)


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.coefs_, other.coefs_, strict=True))


QUICK = {"hidden_layer_sizes": (8,), "random_state": 0, "learning_rate_init": 0.01, "batch_size": 64}


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"solver": "sgd", "learning_rate": "adaptive", "momentum": 0.5},
        {"dropout": 0.2},
        {"alpha": 0.1, "schedule": "cosine"},
        {"loss": "hinge"},
        {"batch_size": 5000},
    ],
)
@pytest.mark.filterwarnings("ignore:Got `batch_size`")
def test_rows_in_their_order_are_learned_as_in_memory(source, data, settings):
    X, y = data
    settings = QUICK | {"shuffle": False, "max_iter": 4} | settings
    here, there = MLPClassifier(**settings).fit(source), MLPClassifier(**settings).fit(X, NAMES[y])
    assert same(here, there)
    assert here.loss_curve_ == there.loss_curve_
    assert here.classes_.tolist() == NAMES.tolist()
    np.testing.assert_array_equal(here.predict(source), there.predict(X))
    assert here.n_features_in_ == COLUMNS


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_shuffled_windows_are_the_same_from_the_same_seed_and_others_from_another(source, data):
    X, y = data
    first, second, third = (MLPClassifier(**QUICK | {"random_state": s, "max_iter": 30}).fit(source) for s in (0, 0, 1))
    assert same(first, second)
    assert not same(first, third)
    assert first.score(X, NAMES[y]) > 0.9


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_values_and_counts_are_learned_as_in_memory(data, monkeypatch):
    monkeypatch.setattr(arrays, "SHARD", 4 * COLUMNS * 50)
    X, _ = data
    for y, loss in (
        (X[:, 0] * 3, "squared_error"),
        (np.round(np.exp(X[:, 1])), "poisson"),
        (X[:, :2], "squared_error"),
    ):
        settings = QUICK | {"shuffle": False, "max_iter": 3, "loss": loss}
        here, there = MLPRegressor(**settings).fit(ArrayRows(X, y, window=WINDOW)), MLPRegressor(**settings).fit(X, y)
        assert same(here, there)
        np.testing.assert_allclose(here.loss_curve_, there.loss_curve_, rtol=1e-7)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_whole_shards_judge_early_stopping_and_are_not_trained_on(source, data):
    X, y = data
    model = MLPClassifier(**QUICK | {"early_stopping": True, "max_iter": 60, "validation_fraction": 0.15}).fit(source)
    assert model.best_validation_score_ > 0.85
    assert model.t_ % model.n_iter_ == 0
    judged = ROWS - model.t_ // model.n_iter_
    assert 0.15 * ROWS <= judged < 0.15 * ROWS + 50  # the rows of training are the others
    assert model.score(X, NAMES[y]) > 0.85


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_more_rows_than_a_window_do_not_judge_and_that_is_said(source):
    with pytest.warns(
        UserWarning, match=r"early stopping judges by 200 rows, which fit a window, and not by 50% of 1,003"
    ):
        MLPClassifier(**QUICK | {"early_stopping": True, "validation_fraction": 0.5, "max_iter": 2}).fit(source)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_parquet_brings_labels_and_names(data, tmp_path):
    import pandas

    X, y = data
    frame = pandas.DataFrame(X, columns=[f"c{k}" for k in range(COLUMNS)])
    frame.assign(answer=NAMES[y]).to_parquet(tmp_path / "a.parquet", row_group_size=100)
    source = ParquetRows(tmp_path / "a.parquet", "answer", window=WINDOW)
    model = MLPClassifier(**QUICK | {"max_iter": 30}).fit(source)
    assert model.classes_.tolist() == NAMES.tolist()
    assert model.score(frame, NAMES[y]) > 0.9
    np.testing.assert_array_equal(model.predict(source), model.predict(frame))
    other = ParquetRows(tmp_path / "a.parquet", "answer", columns=[f"c{k}" for k in (1, 0, 2, 3, 4, 5)])
    with pytest.raises(ValueError, match=r"has the columns \['c1', 'c0', .*, but training had \['c0', 'c1'"):
        model.predict(other)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[frame.columns[::-1]])


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:Training interrupted")
def test_an_interrupted_fit_resumes_from_its_checkpoint_to_the_same_bits(source, tmp_path, monkeypatch):
    settings = QUICK | {"max_iter": 5, "engine": "reference"}
    whole = MLPClassifier(**settings).fit(source)
    cut = MLPClassifier(**settings, callbacks=[Checkpoint(tmp_path / "at")])
    press_in_step(monkeypatch, 40)
    cut.fit(source)
    assert cut.interrupted_
    assert not same(cut, whole)
    again = MLPClassifier(**settings, callbacks=[Checkpoint(tmp_path / "at")]).fit(source)
    assert same(again, whole)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_warm_start_goes_on_over_the_source(source):
    settings = QUICK | {"warm_start": "exact"}
    whole = MLPClassifier(**settings, max_iter=4).fit(source)
    model = MLPClassifier(**settings, max_iter=2).fit(source)
    model = pickle.loads(pickle.dumps(model))
    assert same(model.fit(source), whole)


@pytest.mark.parametrize(
    ("settings", "given", "sentence"),
    [
        ({}, {"y": np.zeros(ROWS)}, "has targets of its own: give no y beside it"),
        (
            {},
            {"sample_weight": np.ones(ROWS)},
            "brings the weights of its rows, weights=: give no sample_weight and no class_weight",
        ),
        (
            {"class_weight": "balanced"},
            {},
            "brings the weights of its rows, weights=: give no sample_weight and no class_weight",
        ),
        ({"categorical_features": "from_dtype"}, {}, "are numbers already: give no categorical_features"),
        ({"solver": "lbfgs"}, {}, r"L-BFGS looks at all rows at every step, but ArrayRows\(1,003 rows of 6"),
    ],
)
def test_what_no_source_has_is_refused(source, settings, given, sentence):
    model = MLPClassifier(**settings)
    with pytest.raises(ValueError, match=sentence):
        model.fit(source, **given)
    assert not hasattr(model, "coefs_")


def test_rows_to_judge_by_and_tables_are_in_memory(source):
    with pytest.raises(ValueError, match=r"must be in memory: eval_set=\(X, y\), not ArrayRows\(1,003 rows"):
        MLPClassifier().fit(source, eval_set=(source, None))
    with pytest.raises(TypeError, match=r"ArrayRows\(1,003 rows .* is for MLPClassifier and MLPRegressor"):
        TableClassifier().fit(source, None)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_fit_on_a_source_is_saved_and_goes_on_epoch_by_epoch(source, data, tmp_path):
    model = MLPClassifier(**QUICK | {"shuffle": False, "max_iter": 2}).fit(source)
    save(model, tmp_path / "a.mlnn")
    np.testing.assert_array_equal(load(tmp_path / "a.mlnn").predict(source), model.predict(data[0]))
    part = MLPClassifier(**QUICK | {"shuffle": False})
    for _ in range(2):
        part.partial_fit(source, classes=NAMES)
    assert same(part, model)


def test_a_source_of_one_shard_cannot_put_one_aside(data):
    X, y = data
    with pytest.raises(ValueError, match=r"shards are put aside as a whole, but ArrayRows\(.* has no second one"):
        MLPClassifier(early_stopping=True).fit(ArrayRows(X, y))


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (np.zeros((ROWS, 2), int), r"one for each row, but their shape is \(50, 2\)"),
        (np.linspace(0, 1, ROWS), "Unknown label type: continuous"),
    ],
)
def test_labels_that_cannot_be_are_refused(source, data, labels, sentence):
    with pytest.raises(ValueError, match=sentence):
        MLPClassifier().fit(ArrayRows(data[0], labels))


def test_windows_without_a_seed_leave_rows_as_they_stand():
    order = Windows((3, 4, 2), window=4, seed=None)(epoch=5, rows=9)
    assert np.asarray(order).tolist() == [*range(9)]
    assert order.bounds.tolist() == [0, 7, 9]


@pytest.fixture
def weighted(data, monkeypatch):
    monkeypatch.setattr(arrays, "SHARD", 4 * COLUMNS * 50)
    weights = np.random.default_rng(1).uniform(0.0, 2.0, ROWS) * (data[1] > 0)
    weights[:200] = 3.0
    return ArrayRows(data[0], NAMES[data[1]], weights, window=WINDOW)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("settings", [{}, {"alpha": 0.1, "solver": "sgd"}, {"loss": "hinge"}])
def test_weights_of_a_source_count_as_sample_weight_does(weighted, source, data, settings):
    settings = QUICK | {"shuffle": False, "max_iter": 4} | settings
    X, y, weights = weighted.at_once()
    here, there = MLPClassifier(**settings).fit(weighted), MLPClassifier(**settings).fit(X, y, weights)
    assert same(here, there)
    assert here.loss_curve_ == there.loss_curve_
    assert not same(here, MLPClassifier(**settings).fit(source))
    part = MLPClassifier(**settings)
    for _ in range(4):
        part.partial_fit(weighted, classes=NAMES)
    assert same(part, here)
    with pytest.raises(ValueError, match="brings the weights of its rows, weights=: give no sample_weight"):
        part.fit(weighted, sample_weight=weights)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_weights_of_values_count_as_sample_weight_does(data, loss, monkeypatch):
    monkeypatch.setattr(arrays, "SHARD", 4 * COLUMNS * 50)
    X, y, weights = data[0], np.round(np.exp(data[0][:, 1])), np.arange(ROWS) % 4 * (np.arange(ROWS) >= 50)
    settings = QUICK | {"shuffle": False, "max_iter": 3, "loss": loss}
    here = MLPRegressor(**settings).fit(ArrayRows(X, y, weights, window=WINDOW))
    there = MLPRegressor(**settings).fit(X, y, weights)
    assert same(here, there)
    np.testing.assert_allclose(here.loss_curve_, there.loss_curve_, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_shards_that_judge_count_by_their_weights(weighted, monkeypatch):
    put = []
    monkeypatch.setattr(streams, "put_aside", lambda *given: put.append(put_aside(*given)) or put[-1])
    model = MLPClassifier(**QUICK | {"early_stopping": True, "max_iter": 8, "validation_fraction": 0.15}).fit(weighted)
    ((kept, aside),) = put
    X, y, weights = aside.at_once()
    assert kept.at_once().weights.sum() + weights.sum() == pytest.approx(weighted.at_once().weights.sum())
    by_weight, by_rows = model.score(X, y, weights), model.score(X, y)
    assert model.best_validation_score_ == pytest.approx(by_weight) != pytest.approx(by_rows)
