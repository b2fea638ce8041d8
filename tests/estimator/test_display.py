"""Displays in scikit-learn's manner: they keep what they draw, and draw what the estimator says."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import sklearn.neural_network as theirs
from sklearn.datasets import load_diabetes, load_iris
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.preprocessing import StandardScaler

from mlnn import MLPClassifier, MLPRegressor, from_sklearn
from mlnn.estimator import LossCurveDisplay, NetworkDisplay
from mlnn.graph import describe

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
NAMES = np.array(["setosa", "versicolor", "virginica"])[y]
EARLY = MLPClassifier((8,), early_stopping="loss", learning_rate_init=0.05, random_state=0)


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def texts(legend):
    return [each.get_text() for each in legend.get_texts()]


def overlaps(figure, artists):
    """Return the pairs of artists whose rectangles share more than a border."""
    figure.canvas.draw()
    boxes = [(artist, artist.get_window_extent()) for artist in artists]
    return [
        (a, b) for k, (a, one) in enumerate(boxes) for b, two in boxes[k + 1 :] if one.shrunk(0.98, 0.98).overlaps(two)
    ]


# Loss curves


def test_every_curve_is_drawn_and_the_kept_epoch_marked():
    fitted = EARLY.fit(X, y)
    display = LossCurveDisplay.from_estimator(fitted)
    epochs = np.arange(1, fitted.n_iter_ + 1)
    for line, values in [
        (display.line_, fitted.loss_curve_),
        (display.validation_line_, fitted.validation_loss_curve_),
        (display.score_line_, fitted.validation_scores_),
    ]:
        np.testing.assert_array_equal(line.get_xdata(), epochs)
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert display.line_.axes is display.validation_line_.axes is display.ax_
    assert display.score_line_.axes is display.score_ax_ is not display.ax_
    assert display.kept_epoch == fitted.best_iter_ < fitted.n_iter_
    assert display.kept_.axes is display.ax_
    assert display.kept_.get_xydata().tolist() == [[fitted.best_iter_, min(fitted.validation_loss_curve_)]]
    assert display.figure_ is display.ax_.figure
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("epoch", "loss")
    assert set(texts(display.ax_.get_legend())) == {
        "training loss",
        "validation loss",
        "validation score",
        f"kept: epoch {fitted.best_iter_}",
    }


@pytest.mark.parametrize("kind", [MLPClassifier, theirs.MLPClassifier], ids=["ours", "theirs"])
def test_a_score_that_decided_carries_the_mark(kind):
    fitted = kind((8,), early_stopping=True, learning_rate_init=0.01, random_state=1).fit(X, y)
    display = LossCurveDisplay.from_estimator(fitted, score_name="accuracy")
    best = fitted.validation_scores_.index(max(fitted.validation_scores_)) + 1
    assert 1 < best == display.kept_epoch < fitted.n_iter_
    assert getattr(fitted, "best_iter_", best) == best
    assert display.kept_.axes is display.score_ax_
    assert display.kept_.get_xydata().tolist() == [[best, fitted.best_validation_score_]]
    assert display.score_ax_.get_ylabel() == "accuracy"
    if kind is theirs.MLPClassifier:  # which measures no validation loss
        assert (
            LossCurveDisplay.from_estimator(from_sklearn(fitted)).validation_line_ is display.validation_line_ is None
        )


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_without_rows_to_judge_by_there_is_one_curve(solver):
    display = LossCurveDisplay.from_estimator(MLPClassifier((8,), solver=solver, max_iter=5).fit(X, y))
    assert (display.validation_line_, display.score_line_, display.score_ax_, display.kept_) == (None,) * 4
    assert len(display.figure_.axes) == 1


def test_an_eval_set_without_early_stopping_keeps_the_last_epoch_and_marks_none():
    fitted = MLPRegressor(hidden_layer_sizes=(4,), max_iter=6, random_state=0)
    A, b = load_diabetes(return_X_y=True)
    display = LossCurveDisplay.from_estimator(fitted.fit(A, b / 100.0, eval_set=(A[:50], b[:50] / 100.0)))
    assert len(display.score_line_.get_xdata()) == 6
    assert display.kept_ is None


def test_curves_of_the_last_epochs_stand_at_the_end():
    fitted = MLPClassifier((4,), max_iter=4, warm_start=True, random_state=0).fit(X, y)
    fitted.set_params(early_stopping=True).fit(X, y, eval_set=(X[::2], y[::2]))
    display = LossCurveDisplay.from_estimator(fitted)
    assert display.line_.get_xdata().tolist() == list(range(1, 9))
    assert display.validation_line_.get_xdata().tolist() == [5, 6, 7, 8]
    assert display.kept_epoch == 4 + 1 + int(np.argmax(fitted.validation_scores_))


def test_two_estimators_share_a_picture():
    _, ax = plt.subplots(layout="constrained")
    one = LossCurveDisplay.from_estimator(EARLY.fit(X, y), ax, name="one")
    two = LossCurveDisplay.from_estimator(MLPClassifier((4,), early_stopping=True).fit(X, y), ax, name="two")
    assert one.ax_ is two.ax_ is ax
    assert one.score_ax_ is two.score_ax_
    drawn = [line for each in (one, two) for line in (each.line_, each.validation_line_, each.score_line_)]
    assert len({line.get_color() for line in drawn}) == 6
    assert len(texts(ax.get_legend())) == 8
    assert {text.split(":")[0] for text in texts(ax.get_legend())} == {"one", "two"}


def test_a_display_draws_again():
    already = plt.figure()
    display = LossCurveDisplay.from_estimator(EARLY.fit(X, y))
    first, figure = display.line_.get_xydata(), display.figure_
    assert figure is not already
    _, ax = plt.subplots()
    assert display.plot(ax) is display
    assert display.figure_ is ax.figure is not figure
    np.testing.assert_array_equal(display.line_.get_xydata(), first)


def test_the_legend_covers_nothing():
    display = LossCurveDisplay.from_estimator(EARLY.fit(X, y))
    labels = [display.ax_.yaxis.label, display.score_ax_.yaxis.label, display.ax_.xaxis.label]
    assert not overlaps(display.figure_, [display.ax_.get_legend(), display.ax_.patch, *labels])


def test_losses_need_a_fit():
    with pytest.raises(ValueError, match="MLPClassifier has no loss_curve_: fit it first"):
        LossCurveDisplay.from_estimator(MLPClassifier())
    empty = MLPClassifier((2,), max_iter=1).fit(X, y)
    empty.loss_curve_.clear()
    with pytest.raises(ValueError, match="has no loss_curve_"):
        LossCurveDisplay.from_estimator(empty)
    with pytest.raises(ValueError, match="scikit-learn's lbfgs keeps none"):
        LossCurveDisplay.from_estimator(theirs.MLPClassifier(solver="lbfgs", max_iter=3).fit(X, y))


# Networks


def numbers(ax):
    return [text.get_text() for text in ax.texts] + [
        each.get_text() for each in ax.artists if hasattr(each, "get_text")
    ]


@pytest.mark.parametrize("labels", [y, NAMES, y == 1], ids=["numbers", "names", "two classes"])
def test_a_network_shows_the_values_and_gradients_of_a_row(labels):
    fitted = MLPClassifier((3,), "tanh", max_iter=20, random_state=0).fit(X, labels)
    display = NetworkDisplay.from_estimator(fitted, X[70:71], labels[70:71])
    assert display.ax_.figure is display.figure_
    shown = numbers(display.ax_)
    graph = describe(fitted.network_, fitted.theta_, X[70], int(np.searchsorted(fitted.classes_, labels[70])))
    loss = graph.chain[-1].value
    proba = fitted.predict_proba(X[70:71])[0, np.searchsorted(fitted.classes_, labels[70])]
    assert float(loss) == pytest.approx(-np.log(proba))
    assert f"{float(loss):.4g}" in shown
    assert {"softmax" if len(fitted.classes_) > 2 else "logistic", "tanh"} <= set(shown)


def test_a_network_without_a_row_and_one_of_scikit_learn():
    other = theirs.MLPRegressor(hidden_layer_sizes=(2,), max_iter=3).fit(X, y)
    _, ax = plt.subplots()
    display = NetworkDisplay.from_estimator(other, ax=ax)
    assert display.ax_ is ax
    assert "relu" in numbers(ax)
    assert display.plot().ax_ is not ax
    targeted = NetworkDisplay.from_estimator(other, X[:1], [2.5])
    expected = 0.5 * (other.predict(X[:1])[0] - 2.5) ** 2
    assert f"{expected:.4g}" in numbers(targeted.ax_)


def test_a_row_of_a_frame_is_prepared_as_for_prediction():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"size": X[:, 0], "kind": pandas.Categorical(np.where(X[:, 1] > 0, "wide", "slim"))})
    fitted = MLPClassifier((3,), categorical_features="from_dtype", max_iter=3, random_state=0).fit(frame, NAMES)
    display = NetworkDisplay.from_estimator(fitted, frame[:1], NAMES[:1])
    np.testing.assert_array_equal(display.row, fitted.preparation_.transform(frame[:1])[0])


def test_what_a_network_cannot_show():
    fitted = MLPClassifier((3,), max_iter=2).fit(X, NAMES)
    with pytest.raises(ValueError, match="X must be one row, but has 2"):
        NetworkDisplay.from_estimator(fitted, X[:2])
    with pytest.raises(ValueError, match="the label rose is none of"):
        NetworkDisplay.from_estimator(fitted, X[:1], ["rose"])
    with pytest.raises(ValueError, match="this MLPClassifier is not fitted yet"):
        NetworkDisplay.from_estimator(MLPClassifier())


# scikit-learn's own


@pytest.mark.parametrize("method", ["auto", "predict", "predict_proba"])
@pytest.mark.parametrize("labels", [NAMES, y == 2], ids=["three", "two"])
def test_scikit_learns_decision_boundaries(method, labels):
    fitted = MLPClassifier((8,), max_iter=50, random_state=0).fit(X[:, :2], labels)
    options = {"class_of_interest": labels[-1]} if method == "predict_proba" and labels is NAMES else {}
    display = DecisionBoundaryDisplay.from_estimator(
        fitted, X[:, :2], response_method=method, grid_resolution=20, **options
    )
    points = np.column_stack([display.xx0.ravel(), display.xx1.ravel()])
    response = np.reshape(display.response, (400, -1))
    if response.shape[1] == len(fitted.classes_):
        expected = fitted.predict_proba(points)
    elif response.dtype.kind in "ib":  # "auto" was this for three classes once
        expected = np.searchsorted(fitted.classes_, fitted.predict(points))[:, None]
    else:
        expected = fitted.predict_proba(points)[:, [fitted.classes_.tolist().index(labels[-1])]]
    np.testing.assert_allclose(response, expected)


def test_scikit_learns_decision_boundary_of_a_hinge():
    fitted = MLPClassifier((8,), loss="hinge", max_iter=50, random_state=0).fit(X[:, :2], y == 0)
    display = DecisionBoundaryDisplay.from_estimator(fitted, X[:, :2], grid_resolution=10)
    points = np.column_stack([display.xx0.ravel(), display.xx1.ravel()])
    np.testing.assert_allclose(display.response.ravel(), fitted.decision_function(points))
