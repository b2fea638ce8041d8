"""Pictures show the numbers they claim to show: the graph's values and gradients, regions, curves, panels."""

import re
from dataclasses import replace
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from scipy import sparse

from mlnn import MLPClassifier
from mlnn.check import Babysitting, Monitor
from mlnn.gate import BatchNorm, Dropout, MultiplyGate
from mlnn.graph.numerals import block, short
from mlnn.layer import GELU, Identity, LeakyReLU, Maxout, PReLU, ReLU, Softplus, Tanh
from mlnn.model import Model
from mlnn.network import Network
from mlnn.objective import Problem, backward, data_derivative, data_loss, forward
from mlnn.optimizer import SGD
from mlnn.output import LeastSquares, Logistic, Softmax
from mlnn.plot import (
    describe,
    graph_text,
    plot_graph,
    plot_history,
    plot_layer,
    plot_monitor,
    plot_schedule,
)
from mlnn.plot.colours import COLOURS
from mlnn.plot.layout import PER_LINE, RADIUS, lay_out
from mlnn.schedule import Constant, Cosine, Linear, StepDecay
from mlnn.training import Epoch

BLACK, BLUE = "#222222", "#0057b8"
SMOOTH = (Tanh(), GELU(), Softplus())
LAYERS = (*SMOOTH, ReLU(), LeakyReLU(), PReLU(), Maxout(2))
unhurried = settings(max_examples=50)


def weights(network, seed=0):
    """Draw weights that leave nothing at its first value: no bias is zero, no running statistic trivial."""
    random = np.random.default_rng(seed)
    theta = network.initial(random) + 0.5 * random.standard_normal(network.size)
    for name, view in network.named(theta).items():
        if name.startswith("variance"):
            view[...] = np.abs(view) + 0.1
    return theta


def case(network, seed=0):
    """Return a network with weights, a row and a target."""
    random, scores = np.random.default_rng(seed), network.widths[-1]
    if isinstance(network.output, Softmax):
        target = int(random.integers(scores))
    else:
        numbers = random.standard_normal(scores)
        target = numbers if isinstance(network.output, LeastSquares) else (numbers > 0.0).astype(float)
        target = float(target[0]) if scores == 1 else target
    return network, weights(network, seed), random.standard_normal(network.inputs), target


@st.composite
def cases(draw, layers=LAYERS):
    dims, layer = draw(st.lists(st.integers(1, 5), min_size=2, max_size=5)), draw(st.sampled_from(layers))
    network = Network.dense(
        dims,
        layer,
        draw(st.sampled_from([Softmax(), Logistic(), LeastSquares()])),
        scores_layer=draw(st.sampled_from([None, layer])),
        batch_norm=draw(st.booleans()),
        dropout=draw(st.sampled_from([0.0, 0.5])),
        input_dropout=draw(st.sampled_from([0.0, 0.2])),
        penalties=draw(st.sampled_from([0.0, 1.0])),
    )
    return case(network, draw(st.integers(0, 999)))


# The description


@unhurried
@given(case=cases())
def test_the_numbers_are_those_of_the_two_passes(case):
    network, theta, row, target = case
    graph = describe(network, theta, row, target)
    problem = Problem.of(network, row[None], np.asarray(target)[None])
    views, gradient = network.views(theta), np.zeros_like(theta)
    tape = forward(network, views, problem.X)
    d_values = backward(network, views, tape, data_derivative(problem, tape.scores), network.views(gradient))
    *flowing, output, loss = graph.chain
    assert [node.kind for node in graph.chain] == ["input", *["gate"] * len(network.gates), "output", "loss"]
    for node, value, d_value in zip(flowing, tape.values, d_values, strict=True):
        np.testing.assert_array_equal(node.value, value)
        np.testing.assert_array_equal(node.gradient, d_value)
        assert node.shape == value.shape
    np.testing.assert_array_equal(output.value, network.output.predict(tape.scores))
    assert output.gradient is loss.gradient is None
    assert float(loss.value) == data_loss(problem, tape.scores)
    np.testing.assert_array_equal(loss.sources[0].value, problem.y)
    shown = {source.label: source for node in flowing for source in node.sources}
    named, slopes = network.named(theta), network.named(gradient)
    assert list(shown) == [name for name in named if not name.startswith(("mean", "variance"))]
    for name, source in shown.items():
        np.testing.assert_array_equal(source.value, named[name])
        np.testing.assert_array_equal(source.gradient, slopes[name])
        assert source.shape == named[name].shape


def loss_from(network, theta, place, value, target):
    """Return the loss when ``value`` stands before gate number ``place``: gate by gate, no tape."""
    for gate, p in zip(network.gates[place:], network.views(theta)[place:], strict=True):
        value, _ = gate.apply(p, value, None)
    goal = network.output.targets(np.asarray(target)[None], network.widths[-1])
    return float(network.output.losses(value, goal)[0])


def centred(f, at, h=1e-6):
    """Return centred finite differences of f around the array ``at``."""
    slope = np.empty_like(at)
    for index in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[index] = h
        slope[index] = (f(at + step) - f(at - step)) / (2.0 * h)
    return slope


@settings(max_examples=30)
@given(case=cases(layers=SMOOTH))
def test_gradients_are_centred_finite_differences(case):
    network, theta, row, target = case
    *flowing, _, loss = describe(network, theta, row, target).chain
    assert float(loss.value) == pytest.approx(loss_from(network, theta, 0, row[None], target), rel=1e-12)
    gates = {name: p.place for name, p in zip(network.named(theta), network.placed, strict=True)}
    for place, node in enumerate(flowing):
        slope = centred(lambda value, k=place: loss_from(network, theta, k, value, target), node.value)
        np.testing.assert_allclose(node.gradient, slope, rtol=1e-5, atol=1e-7)
        for source in node.sources:

            def moved(value, name=source.label):
                other = theta.copy()
                other[gates[name]] = value.ravel()
                return loss_from(network, other, 0, row[None], target)

            np.testing.assert_allclose(source.gradient, centred(moved, source.value), rtol=1e-5, atol=1e-7)


def test_the_row_passes_as_in_prediction():
    """By hand: batch norm takes running statistics, dropout drops nothing, softmax makes the loss."""
    chain = (MultiplyGate(2), BatchNorm(epsilon=0.0), Dropout(0.5))
    network = Network(1, chain, Softmax())
    theta = np.array([1.0, -2.0, 3.0, 1.0, 0.5, -0.5, 1.0, 2.0, 4.0, 0.25])  # W, gain, shift, mean, variance
    graph = describe(network, theta, [2.0], 0)
    _, product, normalized, dropped, output, loss = graph.chain
    np.testing.assert_allclose(product.value, [[2.0, -4.0]])
    np.testing.assert_allclose(normalized.value, [[3.0 * (2.0 - 1.0) / 2.0 + 0.5, (-4.0 - 2.0) / 0.5 - 0.5]])
    np.testing.assert_array_equal(dropped.value, normalized.value)
    np.testing.assert_array_equal(dropped.gradient, normalized.gradient)
    p = np.exp([2.0, -12.5]) / np.exp([2.0, -12.5]).sum()
    np.testing.assert_allclose(output.value, [p])
    assert float(loss.value) == pytest.approx(-np.log(p[0]))
    np.testing.assert_allclose(dropped.gradient, [[p[0] - 1.0, p[1]]], rtol=1e-6)
    np.testing.assert_allclose(product.gradient, dropped.gradient * [[1.5, 2.0]])


@pytest.mark.parametrize("penalties", [1.0, 0.0])
def test_layers_start_at_their_weights_with_and_without_a_penalty(penalties):
    network = Network.dense([2, 3, 3, 2], penalties=penalties, input_dropout=0.1, batch_norm=True)
    starts = [[node.label for node in layer][:2] for layer in describe(network).layers]
    assert starts == [["X", "dropout"], ["mul", "add"], ["mul", "add"], ["mul", "add"]]


@pytest.mark.parametrize("draw", [describe, graph_text, plot_graph])
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((None, [1.0, 2.0]), "θ is needed"),
        ((np.zeros(17), None, 1), "its row is needed"),
        ((np.zeros(17), [1.0, 2.0, 3.0]), "X has 3 features, but the network expects 2"),
        ((np.zeros(17), [1.0, np.inf]), "X must be finite"),
        ((np.zeros(17), [1.0, 2.0], 2), "class numbers from 0 to 1"),
        ((np.zeros(17), [1.0, 2.0], [0, 1]), "vector of class numbers"),
        ((np.zeros(16), [1.0, 2.0]), r"θ must have shape \(17,\)"),
        ((np.zeros(18),), r"θ must have shape \(17,\)"),
    ],
)
def test_what_does_not_fit_is_refused(draw, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        draw(Network.dense([2, 3, 2]), *arguments)


# Numbers as text


LEFT_OUT = re.compile(r"… (\d+) more")


def read(text):
    """Return the numbers in a text, but not how many were left out."""
    text = LEFT_OUT.sub("", text).replace("−", "-")
    return [float(number) for number in re.findall(r"-?\d[\d.]*(?:e-?\d+)?", text)]


def shows(text, array):
    """Tell whether a text shows an array to two digits: all, or its first elements (or a corner) and a count."""
    array, numbers = np.asarray(array, dtype=float), read(text)
    left_out = sum(int(count) for count in LEFT_OUT.findall(text))
    if len(numbers) + left_out != array.size or (left_out and not numbers):
        return False
    leading, shown = [array.ravel()[: len(numbers)]], len(numbers)
    if array.ndim == 2 and shown:
        tall = [t for t in range(1, len(array) + 1) if shown % t == 0]
        leading += [corner.ravel() for corner in (array[:t, : shown // t] for t in tall) if corner.size == shown]
    return any(np.allclose(numbers, each, rtol=0.051, atol=0.0) for each in leading)


@unhurried
@given(x=st.floats(-1e300, 1e300))
def test_short_numbers_keep_two_digits(x):
    text = short(x)
    assert read(text) == [pytest.approx(x, rel=0.0501, abs=1e-320)]
    assert len(text) <= (8 if x == 0.0 or 1e-99 < abs(x) < 9.9e99 else 9)
    assert "+" not in text


@unhurried
@given(
    rows=st.lists(
        st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=3, max_size=3), min_size=2, max_size=4
    )
)
def test_small_matrices_are_aligned_row_by_row(rows):
    lines = block(np.array(rows))
    assert len(lines) == len(rows)
    assert len(set(map(len, lines))) == 1
    for line, row in zip(lines, rows, strict=True):
        assert shows(line, row)


# The graph as text


@unhurried
@given(case=cases())
def test_the_text_shows_every_node_its_shape_and_its_numbers(case):
    network, theta, row, target = case
    header, *lines = graph_text(network, theta, row, target).splitlines()
    value, gradient = header.index("value ↓"), header.index("gradient ↑")
    nodes = [each for node in describe(network, theta, row, target).chain for each in (*node.sources, node)]
    for line, node in zip(lines, nodes, strict=True):
        name, *shape = re.fullmatch(r"[│├┌─□○◄┘ ]*(\w+(?: \w+)?)(?:  +([\d×]+))?", line[:value].rstrip()).groups("")
        assert name == node.label
        assert shape == ["×".join(map(str, node.shape))]
        assert ("□" in line) == (node.kind in ("input", "parameter", "target"))
        assert shows(line[value:gradient], node.value)
        assert shows(line[gradient:], node.gradient) if node.gradient is not None else not line[gradient:].strip()
    assert f"{float(nodes[-1].value):.4g}".replace("-", "−") in lines[-1]


def test_the_text_shows_no_more_than_it_was_given():
    network, theta, row, _ = case(Network.dense([2, 3, 2]))
    plain, weighted, forward_only = graph_text(network), graph_text(network, theta), graph_text(network, theta, row)
    assert "value" not in plain
    assert "gradient" not in forward_only
    assert [shows(line, theta[:6]) for line in weighted.splitlines() if "W1" in line] == [False]  # its name has a digit
    assert len(plain.splitlines()) == len(forward_only.splitlines()) == 1 + 1 + 5 + 4 + 1 + 2


class AGateWhoseNameIsLongerThanATerminalHasRoomFor(Tanh):
    """Its name is cut."""


@pytest.mark.parametrize(
    "network",
    [
        Network.dense([300, 64, 64, 10], ReLU(), batch_norm=True),
        Network.dense([2, *[3] * 40, 2]),
        Network.dense([2, 30000, 2], AGateWhoseNameIsLongerThanATerminalHasRoomFor()),
        Network.dense([12, 12, 12], output=LeastSquares()),
    ],
    ids=["wide", "long", "names", "values"],
)
def test_the_text_fits_a_terminal(network):
    network, theta, row, target = case(network)
    theta *= np.exp(np.random.default_rng(1).normal(0.0, 8.0, theta.size))  # numbers of all sizes
    for known in ((), (theta,), (theta, row), (theta, row, target)):
        with np.errstate(all="ignore"):
            assert max(map(len, graph_text(network, *known).splitlines())) <= 80


def test_a_graph_takes_one_row_in_any_form_and_no_more():
    network, theta, row, target = case(Network.dense([2, 3, 2]))
    once = graph_text(network, theta, row, target)
    for form in (row[None], row.tolist(), pd.Series(row), pd.DataFrame(row[None]), sparse.csr_array(row[None])):
        assert graph_text(network, theta, form, [target]) == once
    for draw in (describe, graph_text, plot_graph):
        with pytest.raises(ValueError, match=r"one row of 2 numbers, but row has shape \(2, 2\): give X\[0\]"):
            draw(network, theta, np.stack([row, row]))


def test_a_graph_takes_a_model_and_an_estimator():
    X, y = np.random.default_rng(0).standard_normal((30, 2)), np.array(["a", "b", "c"] * 10)
    model, settings = Model([2, 3, 2], seed=0), {"max_iter": 3, "schedule": "cosine", "random_state": 0}
    assert graph_text(model, row=X[0], target=1) == graph_text(model.network, model.theta, X[0], 1)
    classifier = MLPClassifier((3,), **settings).fit(X, y)
    by_hand = graph_text(classifier.network_, classifier.theta_, X[0], 2)
    assert graph_text(classifier, row=X[:1], target="c") == graph_text(classifier, row=X[0], target=["c"]) == by_hand
    assert len(of_kind(plot_graph(classifier, row=X[0], target="c"), Circle)) == 7
    with pytest.raises(ValueError, match="the label d is none of"):
        graph_text(classifier, row=X[0], target="d")
    for wrong in (MLPClassifier(), "network", None):
        with pytest.raises(ValueError, match="a graph shows a Network, a Model or a fitted estimator"):
            plot_graph(wrong)


# The graph as a picture


def of_kind(ax, kind):
    return [patch for patch in ax.patches if isinstance(patch, kind)]


def in_order(ax):
    """Return the circles line by line."""
    return sorted(of_kind(ax, Circle), key=lambda circle: (-round(circle.center[1], 6), circle.center[0]))


def texts_in(ax, patch):
    """Return the texts inside a box or a circle, the highest first."""
    (left, bottom), (right, top) = patch.get_extents().transformed(ax.transData.inverted()).get_points()
    where = {text: text.get_position() for text in ax.texts}
    inside = [text for text, (x, y) in where.items() if left < x < right and bottom < y < top]
    return sorted(inside, key=lambda text: -where[text][1])


def colour(text):
    return to_hex(text.get_color())


def arrows(ax, wanted):
    return [arrow for arrow in of_kind(ax, FancyArrowPatch) if to_hex(arrow.get_edgecolor()) == wanted]


def content(ax, patch, wanted):
    return " ".join(text.get_text() for text in texts_in(ax, patch) if colour(text) == wanted)


NETWORKS = {
    "tutorial": Network.dense([2, 3, 2], scores_layer=Tanh()),
    "line": Network.dense([1, 1, 1], Identity(), Logistic()),
    "wide": Network.dense([300, 64, 64, 10], ReLU()),
    "deep": Network.dense([3, *[4] * 5, 3], ReLU(), batch_norm=True, dropout=0.2, input_dropout=0.1),
    "values": Network.dense([4, 5, 3], PReLU(), LeastSquares()),
    "maxout": Network.dense([2, 4, 4, 1], Maxout(4), LeastSquares(), batch_norm=True),
    "weightless": Network(3, tuple([Tanh(), Dropout(0.1)] * 9), Softmax()),
    "empty": Network(2, (), Softmax()),
}
each_network = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)


@each_network
def test_every_gate_is_a_circle_and_every_parameter_a_box_with_its_numbers(network):
    network, theta, row, target = case(network)
    ax, graph = plot_graph(network, theta, row, target), describe(network, theta, row, target)
    circles = in_order(ax)
    nodes = [node for node in graph.chain if node.kind != "input"]
    for circle, node in zip(circles, nodes, strict=True):
        label = " ".join(text.get_text() for text in texts_in(ax, circle))
        loss = f" {float(node.value):.4g}".replace("-", "−") if node.kind == "loss" else ""
        assert label == node.label + loss
    sides = [graph.chain[0], *(source for node in nodes for source in node.sources)]
    boxes = {texts_in(ax, box)[0].get_text(): box for box in of_kind(ax, FancyBboxPatch)}
    names = [f"{node.label} ({'×'.join(map(str, node.shape))})" for node in sides]
    assert sorted(boxes) == sorted(names)
    for name, node in zip(names, sides, strict=True):
        black = content(ax, boxes[name], BLACK)
        assert black.startswith(name)
        assert shows(black.removeprefix(name), node.value)
        blue = content(ax, boxes[name], BLUE)
        assert blue == "" if node.gradient is None else shows(blue, node.gradient)


def test_values_stand_above_and_gradients_under_the_arrows():
    network, theta, row, target = case(Network.dense([2, 3, 2]))
    ax = plot_graph(network, theta, row, target)
    nodes = describe(network, theta, row, target).chain[1:]
    boxes = [box.get_window_extent() for box in of_kind(ax, FancyBboxPatch)]
    for (before, after), node in zip(pairwise(in_order(ax)), nodes, strict=False):
        (left, y), (right, _) = before.center, after.center
        beside = [text for text in ax.texts if left + before.radius < text.get_position()[0] < right - after.radius]
        beside = [text for text in beside if not any(box.overlaps(text.get_window_extent()) for box in boxes)]
        beside.sort(key=lambda text: -text.get_position()[1])
        above = [text for text in beside if text.get_position()[1] > y]
        under = [text for text in beside if text.get_position()[1] < y]
        assert {colour(text) for text in above} == {BLACK}
        assert {colour(text) for text in under} <= {BLUE}
        assert shows(" ".join(text.get_text() for text in above), node.value)
        assert shows(" ".join(text.get_text() for text in under), [] if node.gradient is None else node.gradient)


@each_network
def test_blue_arrows_are_there_only_for_a_target(network):
    network, theta, row, target = case(network)
    chain = describe(network).chain
    edges, stacks = len(chain) - 1, sum(len(node.sources) for node in chain)
    for arguments in ((), (theta,), (theta, row)):
        ax = plot_graph(network, *arguments)
        assert len(arrows(ax, BLACK)) == edges + stacks == len(of_kind(ax, FancyArrowPatch))
        assert BLUE not in map(colour, ax.texts)
        plt.close("all")
    ax = plot_graph(network, theta, row, target)
    assert len(arrows(ax, BLACK)) == edges + stacks
    assert len(arrows(ax, BLUE)) == edges + stacks - 1  # all but the target's
    assert {text.get_text() for text in ax.texts} >= {"→ values", "← gradients"}


@each_network
def test_black_arrows_run_forward_and_blue_ones_back(network):
    layout = lay_out(describe(*case(network)))
    middles = [(circle.x, circle.y) for circle in layout.circles]
    for flow, turn in (("value", 1), ("gradient", -1)):
        paths = [arrow.path[::turn] for arrow in layout.arrows if arrow.flow == flow]
        chain = [path for path in paths if min(abs(path[-1][1] - y) for _, y in middles) < RADIUS / 2.0]
        ends = [min(middles, key=lambda m, end=path[-1]: abs(m[0] - end[0]) + abs(m[1] - end[1])) for path in chain]
        assert ends == middles
        for path in paths:
            for (x0, y0), (x1, y1) in pairwise(path):
                assert x0 == x1 or y0 == y1, "an arrow turns only at right angles"
    assert layout.arrows[0].path[0][0] < layout.arrows[0].path[-1][0]


@each_network
def test_every_parameter_has_an_arrow_of_its_own_into_its_gate(network):
    layout = lay_out(describe(*case(network)))
    starts = {arrow.path[0]: arrow.path[-1] for arrow in layout.arrows if arrow.flow == "value"}
    for circle in layout.circles:
        for source in circle.node.sources:
            (box,) = [box for box in layout.boxes if box.node is source]
            (head,) = [end for (x, y), end in starts.items() if abs(x - box.x) < 0.05 and abs(y - box.bottom) < 1e-9]
            assert np.hypot(head[0] - circle.x, head[1] - circle.y) < 1.1 * RADIUS


def test_eight_values_are_all_shown_and_of_more_the_rest_is_counted():
    for units, texts in ((8, 8), (9, 8)):
        network, theta, row, target = case(Network.dense([2, units, 2]))
        graph = describe(network, theta, row, target)
        layout, circle = lay_out(graph), graph.chain[1]
        shown = [text.text for text in layout.texts if text.flow == "value" and 0.0 < text.x < layout.circles[1].x]
        assert len(shown) == texts
        assert shows(" ".join(reversed(shown)), circle.value) or shows(" ".join(shown), circle.value)


def test_a_long_chain_breaks_between_layers():
    layout = lay_out(describe(NETWORKS["deep"]))
    lines = {}
    for circle in layout.circles:
        lines.setdefault(circle.y, []).append(circle)
    assert all(len(line) <= PER_LINE for line in lines.values())
    assert [line[0].node.label for line in lines.values()] == ["dropout"] + ["mul"] * 5
    assert all(line[0].x == 0.0 for line in lines.values())
    weightless = lay_out(describe(NETWORKS["weightless"])).circles
    assert [circle.x for circle in weightless].count(0.0) == 3  # 18 gates, output and loss, 8 a line


def frames_of(things):
    """Return left, bottom, right and top of things, in pixels: shape (N, 4)."""
    return np.array([thing.get_window_extent().extents for thing in things]).reshape(-1, 4)


def overlap(some, others, slack=1e-6):
    """Return which frames overlap which others, shape (N, M)."""
    a, b = some[:, None], others[None]
    apart = (a[..., :2] >= b[..., 2:] - slack) | (a[..., 2:] <= b[..., :2] + slack)
    return ~apart.any(axis=-1)


@each_network
@pytest.mark.parametrize("size", [None, (5.0, 4.0)], ids=["natural", "small"])
def test_nothing_overlaps_and_every_text_stays_inside(network, size):
    network, theta, row, target = case(network)
    if isinstance(network.output, LeastSquares):  # numbers of all sizes make texts of all lengths
        theta *= np.exp(np.random.default_rng(1).normal(0.0, 8.0, theta.size))
    ax = plot_graph(network, theta, row, target, ax=size and plt.figure(figsize=size).add_axes((0, 0, 1, 1)))
    ax.apply_aspect()  # as drawing does
    shapes = frames_of([*of_kind(ax, FancyBboxPatch), *of_kind(ax, Circle)])
    texts = frames_of(ax.texts)
    owners = overlap(texts, shapes)
    assert owners.sum(axis=1).max() == 1, "a text touches two shapes"
    inside, owner = np.nonzero(owners)
    assert (texts[inside, :2] >= shapes[owner, :2]).all()
    assert (texts[inside, 2:] <= shapes[owner, 2:]).all()
    canvas = ax.get_window_extent().extents
    assert (texts[:, :2] >= canvas[:2]).all()
    assert (texts[:, 2:] <= canvas[2:]).all()
    solid = np.concatenate([shapes, np.delete(texts, inside, axis=0)])
    assert overlap(solid, solid).sum() == len(solid), "two shapes, or numbers beside arrows, overlap"
    paths = [ax.transData.transform(arrow.path) for arrow in lay_out(describe(network, theta, row, target)).arrows]
    pieces = [np.sort([start, end], axis=0).ravel() for path in paths for start, end in pairwise(path)]
    assert not overlap(np.array(pieces), solid).any(), "an arrow runs through a shape or a number"


def test_long_names_of_gates_fit_into_their_circles():
    graph = describe(Network.dense([2, 2]))
    first, *rest = graph.chain
    renamed = [replace(node, label="a layer with quite a long name") for node in rest]
    from mlnn.plot.graph import _draw

    layout = lay_out(replace(graph, layers=((first, *renamed),)))
    ax = plt.figure(figsize=(12, 3)).add_axes((0, 0, 1, 1))
    ax.set(xlim=layout.extent[:2], ylim=layout.extent[2:], aspect="equal")
    _draw(ax, layout)
    for circle in of_kind(ax, Circle):
        corners = [
            ax.transData.inverted().transform(text.get_window_extent().corners()) for text in texts_in(ax, circle)
        ]
        assert len(corners) == 7
        assert np.linalg.norm(np.concatenate(corners) - circle.center, axis=1).max() < 1.05 * circle.radius


def test_a_picture_can_be_drawn_on_given_axes():
    ax = plt.figure().add_subplot(2, 1, 1)
    assert plot_graph(Network.dense([2, 3, 2]), ax=ax) is ax
    assert len(plt.get_fignums()) == 1


def test_a_model_draws_itself_before_and_after_training():
    X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    model, seen = Model([2, 3, 2], seed=0), []
    for trained in (False, True):
        if trained:
            model.train(X, y, num_passes=300, epsilon=0.1)
        text, ax = model.graph(X[1], y[1]), model.plot_graph(X[1], y[1])
        assert len(of_kind(ax, Circle)) == 8
        loss = f"{model.calculate_loss(X[1:2], y[1:2]):.4g}"
        assert text.splitlines()[-1].split()[-1] == loss
        assert " ".join(each.get_text() for each in texts_in(ax, in_order(ax)[-1])) == f"loss {loss}"
        boxes = {texts_in(ax, box)[0].get_text(): box for box in of_kind(ax, FancyBboxPatch)}
        assert shows(content(ax, boxes["W2 (3×2)"], BLACK).removeprefix("W2 (3×2)"), model.W[1])
        assert model.graph() != text
        seen.append(float(loss))
    assert seen[0] != seen[1]


# Curves


def lines(ax):
    """Return the data of all lines by their label."""
    return {line.get_label(): np.column_stack(line.get_data()) for line in ax.lines}


def history(losses, valid=None, every=1):
    nothing = np.zeros(0)
    return [
        Epoch(1 + every * k, k, loss, loss, 0.0, valid[k] if valid else None, {}, 0.1, 0.0, nothing, nothing, ())
        for k, loss in enumerate(losses)
    ]


def test_history_draws_both_losses_and_marks_the_best():
    ax = plot_history(history([3.0, 2.0, 1.0, 0.5], [3.5, 2.5, 2.75, 4.0], every=10))
    drawn = lines(ax)
    np.testing.assert_array_equal(drawn["training"], [[1, 3.0], [11, 2.0], [21, 1.0], [31, 0.5]])
    np.testing.assert_array_equal(drawn["validation"], [[1, 3.5], [11, 2.5], [21, 2.75], [31, 4.0]])
    np.testing.assert_array_equal(drawn["lowest: 2.5 in epoch 11"], [[11, 2.5]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        *("training", "validation"),
        "lowest: 2.5 in epoch 11",
    ]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")


def test_history_without_validation_marks_the_lowest_training_loss():
    drawn = lines(plot_history(history([3.0, 1.0, 2.0])))
    assert "validation" not in drawn
    np.testing.assert_array_equal(drawn["lowest: 1 in epoch 2"], [[2, 1.0]])


@pytest.mark.parametrize(
    ("losses", "valid", "scale"),
    [
        ([1.0, 0.051], None, "linear"),
        ([1.0, 0.049], None, "log"),
        ([1.0, 0.9], [1.0, 0.04], "log"),
        ([1.0, 0.0], None, "linear"),
        ([1.0, -5.0], None, "linear"),
    ],
)
def test_history_has_a_log_axis_where_losses_span_much(losses, valid, scale):
    assert plot_history(history(losses, valid)).get_yscale() == scale


def test_a_history_of_one_epoch_is_seen():
    ax = plot_history(history([1.0], [2.0]))
    assert [line.get_marker() for line in ax.lines if line.get_label() in ("training", "validation")] == ["o", "o"]
    ax.figure.canvas.draw()
    assert all(float(tick).is_integer() for tick in ax.get_xticks())


def test_history_of_a_model_is_drawn_as_it_was_reported():
    X = np.array([[0.0], [1.0]])
    model = Model([1, 2, 2], seed=0)
    model.train(X, [0, 1], num_passes=5, every=1)
    drawn = lines(plot_history(model.history))["training"]
    np.testing.assert_array_equal(drawn, [[epoch.number, epoch.loss] for epoch in model.history])
    with pytest.raises(ValueError, match="history is empty"):
        plot_history([])


def test_schedules_share_axes():
    ax = plot_schedule(Linear(), 10)
    assert plot_schedule(Cosine(), 10, "wave", ax) is ax
    plot_schedule(StepDecay(0.5, every=5), 10, ax=ax)
    time = np.arange(200) / 20.0
    drawn = lines(ax)
    np.testing.assert_allclose(drawn["Linear"], np.column_stack([time, 1.0 - time / 10.0]))
    np.testing.assert_allclose(drawn["wave"], np.column_stack([time, 0.5 + 0.5 * np.cos(np.pi * time / 10.0)]))
    np.testing.assert_allclose(drawn["StepDecay"], np.column_stack([time, np.where(time < 5.0, 1.0, 0.5)]))
    assert [line.get_color() for line in ax.lines] == list(COLOURS[:3])
    plt.figure()
    np.testing.assert_array_equal(lines(plot_schedule(Constant(0.3)))["Constant"][:, 1], np.full(2000, 0.3))


def test_layers_are_drawn_with_their_slopes():
    ax = plot_layer(Tanh(), reach=2.0)
    drawn, x = lines(ax), np.linspace(-2.0, 2.0, 801)
    np.testing.assert_allclose(drawn["function"], np.column_stack([x, np.tanh(x)]), atol=1e-15)
    np.testing.assert_allclose(drawn["slope"], np.column_stack([x, 1.0 / np.cosh(x) ** 2]), atol=1e-15)
    assert ax.get_title() == "tanh"
    plt.figure()
    ax = plot_layer(LeakyReLU(0.1))
    drawn = lines(ax)["slope"]
    np.testing.assert_allclose(drawn[:400, 1], 0.1)
    np.testing.assert_allclose(drawn[401:, 1], 1.0)
    assert (drawn[0, 0], drawn[-1, 0], ax.get_title()) == (-4.0, 4.0, "leaky relu")


# Babysitting


def record(epoch, gates=("multiply1", "relu1"), scale=1.0):
    """Return a record with numbers of its own at every place."""
    number = {gate: epoch + 0.1 * k for k, gate in enumerate(gates)}
    return Babysitting(
        epoch=epoch,
        update_ratio={"W1": 1e-3 * epoch, "W2": 2e-3 * epoch},
        dead={"relu1": 0.01 * epoch},
        activation_mean=number,
        activation_std={gate: 0.5 + 0.1 * x for gate, x in number.items()},
        gradient_std={gate: scale * (7.0 + x) for gate, x in number.items()},
    )


def test_the_four_panels_show_the_records():
    records = [record(epoch) for epoch in (1, 2, 3, 4, 5)]
    figure = plot_monitor(records)
    ratio, dead, activation, gradient = figure.axes
    epochs = np.arange(1.0, 6.0)
    np.testing.assert_allclose(lines(ratio)["W1"], np.column_stack([epochs, 1e-3 * epochs]))
    np.testing.assert_allclose(lines(ratio)["W2"], np.column_stack([epochs, 2e-3 * epochs]))
    np.testing.assert_allclose(lines(dead)["relu1"], np.column_stack([epochs, 0.01 * epochs]))
    assert [ax.get_yscale() for ax in figure.axes] == ["log", "linear", "linear", "log"]
    for container, shown in zip(activation.containers, (records[0], records[2], records[4]), strict=True):
        mean, std = (np.array(list(each.values())) for each in (shown.activation_mean, shown.activation_std))
        points, _, (bars,) = container
        assert container.get_label() == f"epoch {shown.epoch}"
        np.testing.assert_allclose(points.get_ydata().astype(float), mean)
        np.testing.assert_allclose(
            [bar[:, 1] for bar in bars.get_segments()], np.column_stack([mean - std, mean + std])
        )
        np.testing.assert_allclose(np.round(points.get_xdata()), [0, 1])
        slopes = lines(gradient)[f"epoch {shown.epoch}"]
        np.testing.assert_allclose(slopes, np.column_stack([[0, 1], list(shown.gradient_std.values())]))
    assert [tick.get_text() for tick in gradient.get_xticklabels()] == ["multiply1", "relu1"]


def test_one_record_is_dots_and_no_gradient_is_no_log_axis():
    figure = plot_monitor([record(1, scale=0.0)])
    ratio, _, _, gradient = figure.axes
    assert {line.get_marker() for line in ratio.lines} == {"o"}
    assert gradient.get_yscale() == "linear"
    assert np.isnan(lines(gradient)["epoch 1"][:, 1]).all()
    figure.canvas.draw()
    assert all(float(tick).is_integer() for tick in ratio.get_xticks())


def test_what_a_monitor_saw_is_what_is_drawn():
    X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    model = Model([2, 4, 2], ReLU(), squash_scores=False, seed=0, dropout=0.25, batch_norm=True)
    monitor = Monitor(Problem.of(model.network, X, y), SGD(0.1)).start()
    model.train(X, y, num_passes=3, every=1, callbacks=[monitor])
    given_figure = plt.figure()
    figure = plot_monitor(monitor.records, given_figure)
    assert figure is given_figure
    ratio, dead, activation, gradient = figure.axes
    for ax, name in ((ratio, "update_ratio"), (dead, "dead")):
        for key, curve in lines(ax).items():
            wanted = [(each.epoch, getattr(each, name)[key]) for each in monitor.records]
            np.testing.assert_array_equal(curve, wanted)
    assert len(activation.containers) == 3
    assert len(gradient.get_xticks()) == len(model.network.gates)
    with pytest.raises(ValueError, match="no records"):
        plot_monitor([])
