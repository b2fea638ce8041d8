"""What must hold of every face, whatever the data: of weights, rows, layouts and columns.

Bits are the compiled engine's. NumPy's products, which the reference engine and the tutorial's face take, round a row
alone otherwise than in a batch, in its last bits.
"""

import numpy as np
import pandas as pd
from hostile.arrays import LAYOUTS, one_of

import mlnn

ENGINES = ("compiled", "reference")


def _estimator(kind):
    def draw(random, engine):
        settings = {
            "hidden_layer_sizes": (int(random.integers(1, 9)),),
            "solver": one_of(random, ("adam", "sgd", "lbfgs")),
            "activation": one_of(random, ("tanh", "relu", "gelu")),
            "batch_norm": bool(random.random() < 0.3),
        }
        return kind(**settings, max_iter=2, batch_size=10**6, shuffle=False, random_state=0, engine=engine)

    return draw


class _Model:
    """The tutorial's face with an estimator's calls."""

    def __init__(self, random, engine):
        self.model = mlnn.Model([3, int(random.integers(1, 9)), 2], squash_scores=False, seed=0)
        self.engine, self.mean = engine, {"sum_gradients": False}

    def fit(self, X, y, sample_weight=None):
        self.model.train(X, np.asarray(y), 3, weights=sample_weight, engine=self.engine, **self.mean)
        return self

    def predict(self, X):
        return self.model.predict_proba(X)

    def fast(self, X):
        return self.model.predictor()(np.ascontiguousarray(X, np.float64))


FACES = {
    "classifier": (_estimator(mlnn.MLPClassifier), "predict_proba", True),
    "regressor": (_estimator(mlnn.MLPRegressor), "predict", False),
    "model": (_Model, "predict", True),
    "table classifier": (lambda random, engine: _table(mlnn.TableClassifier, random), "predict_proba", True),
    "table regressor": (lambda random, engine: _table(mlnn.TableRegressor, random), "predict", False),
}


def _table(kind, random):
    return kind(hidden=(int(random.integers(1, 9)),), epochs=2, members=2, patience=9, random_state=0)


def example(number):
    """Hold one face, on one engine, to all that must hold; return the face."""
    random = np.random.default_rng(number)
    face = list(FACES)[number % len(FACES)]
    made, ask, classes = FACES[face]
    engine, rows = ENGINES[number // len(FACES) % 2], int(random.integers(20, 40))
    X = np.round(random.normal(size=(rows, 3)), 3)
    y = (X[:, 0] > 0.0).astype(int) if classes else X @ [1.0, -2.0, 0.5]
    y = np.arange(rows) % 2 if classes and len(np.unique(y)) < 2 else y
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    table = face.startswith("table")
    given = frame if table else X
    trained = made(np.random.default_rng(number), engine).fit(given, y)
    predict = getattr(trained, ask)
    whole = np.asarray(predict(given))
    exact = table or (engine == "compiled" and face != "model")
    alike = same_bits if exact else (lambda one, other: np.allclose(one, other, rtol=1e-12, atol=1e-14))
    order = random.permutation(rows)
    assert alike(np.asarray(predict(given.iloc[order] if table else X[order])), whole[order]), "order of rows"
    for row in random.integers(0, rows, 3):
        alone = given.iloc[[row]] if table else X[[row]]
        assert alike(np.asarray(predict(alone)), whole[[row]]), "a row alone"
    if hasattr(trained, "fast"):
        fast = trained.fast(X)
        assert same_bits(trained.fast(X[[3]]), fast[[3]]), "a row alone on the compiled engine"
        assert np.allclose(fast, whole, rtol=1e-9), "both engines"
    if table:
        assert same_bits(np.asarray(predict(frame[["c", "a", "b"]].assign(d=1.0))), whole), "order of columns"
    else:
        layout = one_of(random, LAYOUTS[:8])
        assert alike(np.asarray(predict(layout(random, X))), whole), "layout"
        again = made(np.random.default_rng(number), engine).fit(layout(random, X), y)
        rounded = alike if exact else (lambda one, other: np.allclose(one, other, rtol=1e-6, atol=1e-9))
        assert rounded(np.asarray(getattr(again, ask)(X)), whole), "layout in training"
        counts = random.integers(1, 4, rows)
        weighed = made(np.random.default_rng(number), engine).fit(X, y, sample_weight=counts.astype(float))
        repeated = made(np.random.default_rng(number), engine).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
        pair = (np.asarray(getattr(each, ask)(X)) for each in (weighed, repeated))
        if not getattr(trained, "batch_norm", False):  # which standardizes rows, not weights
            assert np.allclose(*pair, rtol=1e-5, atol=1e-7), "weight and repetition"
    return face


def same_bits(one, other):
    """Tell whether arrays are the same to the last bit."""
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
