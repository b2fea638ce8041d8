"""The decision boundary shows what was predicted: classes of any labels, probabilities as shades, numbers as heat."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb
from scipy import sparse

import mlnn
from mlnn.output import Hinge, LeastSquares, Logistic
from mlnn.plot import plot_decision_boundary
from mlnn.plot.boundary import FLAT, STRONG, WEAK
from mlnn.plot.colours import COLOURS, MARKERS, NOTHING, point_style
from mlnn.plot.plane import MOST, POINTS

ROWS = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [3.0, 2.0]])
NUMBERS = np.array([0, 1, 2, 1, 2])
PLACES = np.array([[-0.2, -0.15], [0.2, 0.3], [1.5, 1.0], [3.2, 0.2], [-0.2, 0.6], [0.5, 2.0], [1.7, 2.15]])


def three(points):
    """Class 2 above the diagonal, class 1 right of 1/2, else class 0."""
    return np.where(points[:, 1] > points[:, 0] + 0.3, 2, np.where(points[:, 0] > 0.5, 1, 0))


def pixels(ax, places):
    """Return the colours of the picture at places in the units of the axes."""
    ax.figure.canvas.draw()
    picture = np.asarray(ax.figure.canvas.buffer_rgba())[::-1, :, :3] / 255.0
    columns, lines = ax.transData.transform(places).astype(int).T
    return picture[lines, columns]


def tinted(colour, strength):
    return 1.0 - strength * (1.0 - np.array(to_rgb(colour)))


def dots(ax):
    """Return the colours of the rows' dots, in their order."""
    ax.figure.canvas.draw()
    return [to_hex(each) for each in ax.collections[-1].get_facecolors()]


def listed(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


LABELS = {
    "numbers": [0, 1, 2],
    "signs": [-1, 0, 1],
    "fractions": [0.0, 0.4, 0.8],
    "gaps": [0, 1, 8],
    "text": ["hi", "lo", "mid"],
    "postcodes": [10115, 20095, 80331],
    "large": [-(10**9), 0, 10**9],
    "objects": np.array(["a", "b", "c"], dtype=object),
    "days": np.array(["2020-01-01", "2021-01-01", "2022-01-01"], dtype="datetime64[D]"),
}


@pytest.mark.parametrize("labels", list(LABELS.values()), ids=list(LABELS))
@pytest.mark.parametrize("step", [None, 0.05])
def test_classes_of_any_labels_have_colours_and_a_legend(labels, step):
    labels = np.asarray(labels)
    ax = plot_decision_boundary(lambda points: labels[three(points)], ROWS, labels[NUMBERS], step=step)
    np.testing.assert_array_equal(ax.collections[-1].get_offsets(), ROWS)
    assert dots(ax) == [COLOURS[k] for k in NUMBERS]
    assert listed(ax) == [str(label) for label in labels]
    ax.get_legend().remove()
    expected = [tinted(COLOURS[k], FLAT) for k in three(PLACES)]
    np.testing.assert_allclose(pixels(ax, PLACES), expected, atol=0.01)


def test_yes_and_no_may_be_truth_values_or_numbers():
    for truth in (NUMBERS > 0, (NUMBERS > 0).astype(int), (NUMBERS > 0).astype(float)):
        ax = plot_decision_boundary(lambda points: points[:, 0] > 0.5, ROWS, truth)
        assert dots(ax) == [COLOURS[int(k > 0)] for k in NUMBERS]
        assert len(listed(ax)) == 2
        plt.close("all")


def test_a_class_that_only_rows_or_only_predictions_have_counts():
    ax = plot_decision_boundary(lambda points: np.full(len(points), 3), ROWS, NUMBERS)
    assert listed(ax) == ["0", "1", "2", "3"]
    np.testing.assert_allclose(pixels(ax, PLACES), [tinted(COLOURS[3], FLAT)] * len(PLACES), atol=0.01)
    assert len(ax.collections) == 1, "one class alone has no line"


def test_more_classes_than_colours_differ_by_their_markers():
    many = np.arange(20)
    rows = np.column_stack([many, many % 3])
    ax = plot_decision_boundary(lambda points: np.clip(points[:, 0].round(), 0, 19).astype(int), rows, many)
    drawn = set()
    for group in ax.collections[-3:]:
        marker = tuple(group.get_paths()[0].vertices.ravel().round(3))
        drawn |= {(to_hex(colour), marker) for colour in group.get_facecolors()}
    assert len(drawn) == 20
    assert listed(ax) == [str(k) for k in many]
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().x0 >= ax.get_window_extent().x1, "a long legend stands beside the axes"
    assert len({(point_style(k)["color"], point_style(k)["marker"]) for k in range(64)}) == 64
    assert len(MARKERS) == len(COLOURS) == 8


def test_of_very_many_classes_the_legend_lists_some_and_counts_the_rest():
    rows, names = np.column_stack([np.arange(60), np.arange(60)]), np.array([f"class {k:02}" for k in range(60)])
    ax = plot_decision_boundary(lambda points: names[np.zeros(len(points), int)], rows, names)
    assert listed(ax) == [*names[:19], "… 41 more"]


def test_labels_are_no_formulas_and_none_is_missing_in_the_legend():
    names = np.array(["$x_1", "_hidden", "a name that does not end before the legend is full"])
    ax = plot_decision_boundary(lambda points: names[three(points)], ROWS, names[NUMBERS])
    assert len(listed(ax)) == 3
    ax.figure.canvas.draw()


# Probabilities


def steep(points):
    """Return the probabilities of two classes: even where x = 1."""
    p = 1.0 / (1.0 + np.exp(-3.0 * (points[:, 0] - 1.0)))
    return np.column_stack([1.0 - p, p])


def test_probabilities_are_shades_and_their_line_is_where_they_are_even():
    ax = plot_decision_boundary(steep, ROWS, [0, 0, 1, 1, 1])
    ax.get_legend().remove()
    places = np.column_stack([np.delete(np.linspace(-0.2, 3.2, 18), 6), np.full(17, 1.5)])  # the line is at x = 1
    sure = np.abs(2.0 * steep(places)[:, 1] - 1.0)
    winners = (places[:, 0] > 1.0).astype(int)
    expected = [tinted(COLOURS[k], WEAK + (STRONG - WEAK) * s) for k, s in zip(winners, sure, strict=True)]
    np.testing.assert_allclose(pixels(ax, places), expected, atol=0.02)
    (line,) = ax.collections[0].get_paths()
    np.testing.assert_allclose(line.vertices[:, 0], 1.0, atol=1e-4)
    assert line.vertices[:, 1].min() == pytest.approx(-0.2)
    assert line.vertices[:, 1].max() == pytest.approx(2.2)


def test_scores_that_are_no_probabilities_have_flat_shades():
    ax = plot_decision_boundary(lambda points: np.column_stack([points[:, 0], points[:, 1]]), ROWS, [0, 0, 1, 1, 0])
    np.testing.assert_allclose(pixels(ax, [[2.0, 0.5]]), [tinted(COLOURS[0], FLAT)], atol=0.01)


def test_the_line_between_labels_is_smooth():
    """A circle's line stays near the circle and turns by little from piece to piece: no steps of the grid."""
    ax = plot_decision_boundary(lambda p: (p**2).sum(axis=1) < 1.0, [[-1.5, -1.5], [1.5, 1.5], [0, 0]], [0, 0, 1])
    (line,) = ax.collections[0].get_paths()
    radii = np.linalg.norm(line.vertices, axis=1)
    assert np.abs(radii - 1.0).max() < 0.01
    steps = np.diff(line.vertices, axis=0)
    steps = steps[np.linalg.norm(steps, axis=1) > 1e-9]
    angles = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    assert np.abs(np.diff(angles)).max() < np.radians(30.0)


# Models and estimators

CLOUD = np.random.default_rng(0).standard_normal((60, 2))
SIDE = (CLOUD[:, 0] + CLOUD[:, 1] > 0.0).astype(int)


def asked_of(ax):
    """Return the colour of the window at some places, without lines and dots."""
    image = ax.images[0].get_array()
    return np.asarray(image)[::80, ::80]


def test_a_model_is_asked_for_its_probabilities():
    model = mlnn.Model([2, 5, 2], squash_scores=False, seed=0)
    by_model = asked_of(plot_decision_boundary(model, CLOUD, SIDE))
    plt.figure()
    by_function = asked_of(plot_decision_boundary(model.predict_proba, CLOUD, SIDE))
    np.testing.assert_allclose(by_model, by_function, atol=1e-12)
    plt.figure()
    assert listed(plot_decision_boundary(model, CLOUD, np.array(["no", "yes"])[SIDE])) == ["no", "yes"]


@pytest.mark.parametrize("output", [Logistic(), Hinge()], ids=["logistic", "hinge"])
def test_a_model_of_another_output_shows_its_decisions(output):
    model = mlnn.Model([2, 5, 1 if isinstance(output, Logistic) else 2], output=output, squash_scores=False, seed=0)
    ax = plot_decision_boundary(model, CLOUD, SIDE)
    places = CLOUD[:9] * 0.9
    decided = model.predict(places).astype(int)
    (left, right, bottom, top), image = ax.images[0].get_extent(), np.asarray(ax.images[0].get_array())
    columns = ((places[:, 0] - left) / (right - left) * POINTS).astype(int)
    lines = ((places[:, 1] - bottom) / (top - bottom) * POINTS).astype(int)
    hues = [np.abs(image[lines, columns] - tinted(COLOURS[k], FLAT)).sum(axis=1) for k in (0, 1)]
    np.testing.assert_array_equal(np.argmin(hues, axis=0), decided)


def test_an_ensemble_and_an_estimator_are_asked_for_their_probabilities():
    models = [mlnn.Model([2, 4, 2], squash_scores=False, seed=seed) for seed in (0, 1)]
    ensemble = mlnn.Ensemble.of(models)
    drawn = asked_of(plot_decision_boundary(ensemble, CLOUD, SIDE))
    plt.figure()
    np.testing.assert_array_equal(drawn, asked_of(plot_decision_boundary(ensemble.predict_proba, CLOUD, SIDE)))
    names = np.array(["no", "yes"])[SIDE]
    classifier = mlnn.MLPClassifier((4,), max_iter=20, schedule="cosine", random_state=0).fit(CLOUD, names)
    plt.figure()
    ax = plot_decision_boundary(classifier, CLOUD, names)
    assert listed(ax) == ["no", "yes"]
    plt.figure()
    np.testing.assert_array_equal(
        asked_of(ax), asked_of(plot_decision_boundary(classifier.predict_proba, CLOUD, names))
    )


@pytest.mark.parametrize(
    "subject",
    [
        mlnn.Model([2, 3, 1], output=LeastSquares(), squash_scores=False, seed=0),
        mlnn.MLPRegressor(hidden_layer_sizes=(3,), max_iter=5, schedule="cosine", random_state=0).fit(
            CLOUD, CLOUD[:, 0]
        ),
        mlnn.Ensemble.of([mlnn.Model([2, 3, 1], output=LeastSquares(), squash_scores=False, seed=0)]),
        lambda points: np.sin(points[:, 0]) * points[:, 1],
        lambda points: (np.sin(points[:, 0]) * points[:, 1])[:, None],
        lambda points: np.zeros(len(points)),
    ],
    ids=["model", "estimator", "ensemble", "function", "column", "constant"],
)
def test_numbers_are_a_heat_map_with_a_colour_bar(subject):
    truth = CLOUD[:, 0] * CLOUD[:, 1]
    ax = plot_decision_boundary(subject, CLOUD, truth)
    bar = ax.figure.axes[-1]
    assert bar is not ax
    low, high = bar.get_ylim()
    assert low <= truth.min() + 1e-12
    assert high >= truth.max() - 1e-12
    assert ax.get_legend() is None
    assert sum(len(each.get_paths()) for each in ax.collections[:-1]) < 100, "lines at a few heights alone"
    shown = plt.get_cmap("cividis")((truth - low) / (high - low))
    np.testing.assert_allclose(ax.collections[-1].get_facecolors(), shown, atol=0.01)


def test_counts_of_many_different_values_are_numbers_too():
    counts = np.arange(60)
    ax = plot_decision_boundary(lambda points: np.clip(points[:, 0], 0, 59).astype(int), np.c_[counts, counts], counts)
    assert ax.get_legend() is None


# Where nothing is predicted


@pytest.mark.parametrize("answer", [lambda p: (p[:, 0] > 0.5) * 1.0, lambda p: np.sin(7 * p[:, 0]), steep])
def test_where_nothing_is_predicted_the_window_is_grey(answer):
    def partial(points):
        said = answer(points).astype(float)
        said[points[:, 1] > 1.2] = np.nan
        return said

    ax = plot_decision_boundary(partial, ROWS, [0, 0, 1, 1, 1])
    np.testing.assert_allclose(pixels(ax, [[0.3, 1.7], [2.0, 1.8]]), [NOTHING] * 2, atol=0.01)
    assert not np.allclose(pixels(ax, [[2.0, 0.5]]), NOTHING, atol=0.05)
    if ax.get_legend():
        assert listed(ax)[-1] == "no prediction"


# The window


@pytest.mark.parametrize(("step", "shape"), [(None, (POINTS, POINTS)), (0.5, (6, 9)), (0.7, (5, 7)), (100.0, (2, 2))])
def test_the_step_is_the_largest_distance_of_points(step, shape):
    asked = []

    def pred_func(points):
        asked.append(points)
        return three(points)

    plot_decision_boundary(pred_func, ROWS, NUMBERS, step=step)
    (points,) = asked
    grid = points.reshape(*shape, 2)
    np.testing.assert_allclose([grid[0, 0], grid[-1, -1]], [[-0.3, -0.2], [3.3, 2.2]])
    gaps = np.concatenate([np.diff(grid[0, :, 0]), np.diff(grid[:, 0, 1])])
    assert gaps.max() <= (step or 0.01) + 1e-12
    assert gaps.min() > 0.0


@pytest.mark.parametrize("scale", [1e-200, 1e-8, 1.0, 1e9, 1e200])
def test_the_window_follows_the_scale_of_the_data(scale):
    ax = plot_decision_boundary(lambda points: three(points / [scale, 1.0]), ROWS * [scale, 1.0], NUMBERS)
    np.testing.assert_allclose(ax.get_xlim(), [-0.3 * scale, 3.3 * scale])
    np.testing.assert_allclose(ax.get_ylim(), [-0.2, 2.2])
    ax.figure.canvas.draw()


@pytest.mark.parametrize(
    ("rows", "ends"),
    [
        ([[1e9, 0.0]], [(5e8, 1.5e9), (-0.5, 0.5)]),
        ([[-4.0, 2.0], [-4.0, 3.0]], [(-6.0, -2.0), (1.9, 3.1)]),
    ],
    ids=["one row", "a constant column"],
)
def test_a_column_of_one_value_has_room_around_it(rows, ends):
    ax = plot_decision_boundary(lambda points: np.zeros(len(points), int), rows, [0] * len(rows))
    np.testing.assert_allclose([ax.get_xlim(), ax.get_ylim()], ends)
    ax.figure.canvas.draw()


WIDE = np.column_stack([ROWS, [7.0, 8.0, 9.0, 10.0, 100.0], [0.0, 0.0, 0.0, 1.0, 1.0]])


def test_of_more_columns_a_plane_is_shown_and_the_picture_says_where_it_lies():
    asked = []

    def pred_func(points):
        asked.append(points)
        return (points[:, 2] > 8.0).astype(int)

    ax = plot_decision_boundary(pred_func, WIDE, [0, 0, 1, 1, 1], plane=(2, 0), at={3: 0.25})
    (points,) = asked
    assert points.shape == (POINTS**2, 4)
    assert set(points[:, 1]) == {1.0}, "the median"
    assert set(points[:, 3]) == {0.25}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_{3}$", "$x_{1}$")
    np.testing.assert_array_equal(ax.collections[-1].get_offsets(), WIDE[:, [2, 0]])
    assert [text.get_text() for text in ax.texts] == ["where $x_{2}$ = 1 (median), $x_{4}$ = 0.25"]


def test_a_frame_keeps_its_names_and_types():
    frame = pd.DataFrame(WIDE, columns=["long", "wide", "deep", "n"]).assign(kind=["u", "u", "v", "u", "v"])
    frame["kind"] = frame["kind"].astype("category")
    truth = np.array(["no", "no", "yes", "yes", "yes"])
    settings = {"max_iter": 5, "schedule": "cosine", "random_state": 0, "categorical_features": "from_dtype"}
    classifier = mlnn.MLPClassifier((3,), **settings).fit(frame, truth)
    ax = plot_decision_boundary(classifier, frame, truth, plane=("deep", "wide"), at={"n": 1})
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("deep", "wide")
    assert ax.texts[0].get_text().split() == "where long = 1 (median), n = 1, kind = u (most frequent)".split()
    plt.figure()
    plot_decision_boundary(classifier, frame, truth, plane=("deep", "wide"), at={"kind": "v"})
    with pytest.raises(ValueError, match="column 'kind' cannot hold 'w'"):
        plot_decision_boundary(classifier, frame, truth, plane=("deep", "wide"), at={"kind": "w"})


@pytest.mark.parametrize("X", [ROWS.tolist(), sparse.csr_array(ROWS), ROWS.astype(np.float32), pd.DataFrame(ROWS)])
def test_rows_come_in_many_forms(X):
    given = (lambda points: three(np.asarray(points))) if isinstance(X, pd.DataFrame) else three
    assert listed(plot_decision_boundary(given, X, pd.Series(NUMBERS))) == ["0", "1", "2"]
    assert listed(plot_decision_boundary(given, X, pd.DataFrame({"y": NUMBERS}))) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("arguments", "named", "sentence"),
    [
        ((three, [[0.0, 1.0, 2.0]], [0]), {}, r"2 columns, but got 3; choose two of them by plane=\(0, 1\)"),
        ((three, [[0.0], [1.0]], [0, 1]), {}, "2 columns, but got 1"),
        ((three, [0.0, 1.0], [0, 1]), {}, "X must be a matrix"),
        ((three, [[0.0, np.nan]], [0]), {}, "X must be finite"),
        ((three, ROWS * 1e300, NUMBERS), {}, "cannot be drawn: scale it first"),
        ((three, ROWS * 1e-300, NUMBERS), {}, "cannot be drawn: scale it first"),
        ((three, WIDE, NUMBERS), {"plane": (0, 0)}, "two different columns"),
        ((three, WIDE, NUMBERS), {"plane": (0, 4)}, "there is no column 4 in X: it has 4"),
        ((three, WIDE, NUMBERS), {"plane": (0, "b")}, "there is no column 'b'"),
        ((three, WIDE, NUMBERS), {"plane": (0, 1), "at": {1: 3.0}}, "at holds a column that the plane"),
        ((three, ROWS, NUMBERS[:3]), {}, r"each of the 5 rows, but its shape is \(3,\)"),
        ((three, ROWS, np.zeros((5, 2))), {}, r"but its shape is \(5, 2\)"),
        ((three, ROWS, [0.0, np.nan, 1.0, 1.0, 1.0]), {}, "y must be finite, but row 1"),
        ((three, ROWS, NUMBERS, None, 0.0), {}, "step must be positive, but got 0"),
        ((three, ROWS, NUMBERS, None, np.nan), {}, "step must be (positive|finite)"),
        ((three, ROWS, NUMBERS, None, 2e-4), {}, f"asks for 18,001 × 12,002 points, but at most {MOST:,}"),
        ((three, ROWS, NUMBERS, None, 1e-320), {}, "points, but at most"),
        ((lambda x: np.zeros((len(x), 2, 2)), ROWS, NUMBERS), {}, r"its result has shape \(160000, 2, 2\)"),
        ((lambda x: np.zeros(3), ROWS, NUMBERS), {}, r"its result has shape \(3,\)"),
        ((lambda x: np.zeros((len(x), 2)), ROWS, NUMBERS), {}, "returns 2 columns, one a class, but y holds 3"),
        ((lambda x: np.full(len(x), np.nan), ROWS, NUMBERS), {}, "nothing to draw"),
        ((three, ROWS, ["a", "b", "c", "b", "c"]), {}, "predictions are numbers such as .*, but y holds text such as"),
        ((three, ROWS, np.array(["a", 1, 2, 1, 2], object)), {}, "all text or all numbers, but they are mixed"),
        (
            ("three", ROWS, NUMBERS),
            {},
            "must be a function of points, a model .* or a fitted estimator, not 'three'",
        ),
        ((mlnn.Network.dense([2, 2]), ROWS, NUMBERS), {}, "a model with its weights"),
        ((mlnn.Model, ROWS, NUMBERS), {}, "a model with its weights"),
        (
            (mlnn.Model([2, 3], output=Logistic(), squash_scores=False), ROWS, NUMBERS),
            {},
            "one answer for each point, but .* gives several",
        ),
        (
            (mlnn.Model([2, 2], output=LeastSquares(), squash_scores=False), ROWS, NUMBERS),
            {},
            "one answer for each point",
        ),
        (
            (mlnn.Model([2, 1], output=LeastSquares(), squash_scores=False), ROWS, list("abcbc")),
            {},
            "numbers are predicted by .* holds text",
        ),
    ],
)
def test_boundaries_refuse_what_does_not_fit(arguments, named, sentence):
    with pytest.raises(ValueError, match=sentence):
        plot_decision_boundary(*arguments, **named)
    assert not plt.get_fignums(), "nothing was drawn"


def test_the_axes_given_are_drawn_on_and_keep_their_aspect():
    _, (first, second) = plt.subplots(1, 2, layout="constrained")
    first.set_aspect("equal")
    assert plot_decision_boundary(three, ROWS, NUMBERS, ax=first) is first
    assert first.get_aspect() == 1.0
    assert not second.has_data()
    assert plot_decision_boundary(three, ROWS, NUMBERS) is second
