"""Hostile data and settings: an example trains and predicts finite numbers, or is refused in a sentence."""

import numpy as np
import pytest
from hostile.training import FACES, example

import mlnn

EXAMPLES = 20
"""So many for each block of numbers; bench/fuzz_training.py runs as many as one likes."""


@pytest.mark.parametrize("block", range(6))
def test_examples_train_or_are_refused_in_a_sentence(block):
    ended = [example(number) for number in range(block * EXAMPLES, (block + 1) * EXAMPLES)]
    assert {end for _, end, _ in ended} == {"trained", "refused"}
    assert {face for face, _, _ in ended} <= set(FACES)


ROWS, LABELS = np.linspace(-1.0, 1.0, 24).reshape(12, 2), np.arange(12) % 2
FITS = {
    "classifier": lambda X, y, w: mlnn.MLPClassifier(hidden_layer_sizes=(3,), max_iter=1).fit(X, y, w),
    "table": lambda X, y, w: mlnn.TableClassifier(hidden=(3,), epochs=1, members=2).fit(X, y, w),
    "model": lambda X, y, w: mlnn.Model([2, 3, 2], seed=0).train(X, y, 1, weights=w),
}


@pytest.mark.parametrize("face", FITS)
@pytest.mark.parametrize(
    "weights", [[10**400] * 12, np.full(12, 5e-324), np.full(12, np.finfo(float).max)], ids=["huge", "tiny", "infinite"]
)
def test_weights_that_cannot_be_summed_are_refused(face, weights):
    if face == "table" and isinstance(weights, np.ndarray):
        FITS[face](ROWS, LABELS, weights)  # of tables only the ratios count
        return
    with pytest.raises(ValueError, match=r"weights|numbers must fit a float"):
        FITS[face](ROWS, LABELS, weights)


@pytest.mark.parametrize("face", ["classifier", "table"])
def test_numbers_that_overflow_are_no_warning(face):
    with pytest.raises(ValueError, match=r"infinity|holds -?inf"):
        FITS[face](np.where(ROWS > 0.0, np.inf, -np.inf), LABELS, None)


def test_predictions_that_overflow_are_refused_with_their_row():
    model, rows = mlnn.Model([2, 3, 2], "identity", "leastsquares", seed=0), np.array([[1.0, 1.0], [1e308, 1e308]])
    model.theta[...] = 10.0
    for predict in (model.predict, mlnn.Ensemble.of([model]).predict):
        assert np.isfinite(predict(rows[:1])).all()
        with pytest.raises(ValueError, match="the prediction of row 1 is not finite"):
            predict(rows)


@pytest.mark.parametrize("hidden", [[10**400], ["x"], [None], [1.5], 7], ids=["huge", "text", "none", "half", "one"])
def test_hidden_layers_of_no_size_are_refused_by_name(hidden):
    with pytest.raises(ValueError, match="hidden"):
        mlnn.TableClassifier(hidden=hidden).fit(ROWS, LABELS)


@pytest.mark.parametrize("entries", ["groups", "times"])
@pytest.mark.parametrize("given", [3, "text", np.zeros((12, 2)), [[1], [1, 2]], len])
def test_what_is_said_of_every_row_must_be_a_vector(entries, given):
    with pytest.raises(ValueError, match=f"{entries} (must be a vector|has \\d+ rows)"):
        mlnn.TableClassifier(epochs=1).fit(ROWS, LABELS, **{entries: given})
