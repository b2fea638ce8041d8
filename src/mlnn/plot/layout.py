"""Where everything of the computation graph stands, in inches: circles in lines, boxes above them, arrows between.

Sizes follow from the texts alone (they are set in a typewriter face), so nothing overlaps, and nothing here needs to
know what will draw it. The middle of the first circle is the origin; y grows upwards.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from mlnn.graph import Graph, Node
from mlnn.graph.numerals import block, elements, shape

FONT = 7.0
"""Size of all texts outside the circles, in points."""

CHARACTER, LINE = 0.615 * FONT / 72.0, 1.32 * FONT / 72.0
"""Width of one character of that size (renderers round it to pixels), and height of one line."""

RADIUS, ARROW, GAP, HALF = 0.34, 0.74, 0.12, 0.035
"""Of a circle; a chain arrow's least length; what separates neighbours; half the distance of a pair of arrows."""

BESIDE = 2.5 * HALF
"""From the middle of a pair of arrows to the nearest number."""

SHALLOW = 4
"""Lines of numbers for which there is room beside every arrow."""

PER_LINE = 8
"""Circles on a line; a longer chain continues on the next, if it can at the start of a layer."""

Flow: TypeAlias = Literal["name", "value", "gradient"]
Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Text:
    """One line of text: what it tells, and where its middle is."""

    flow: Flow
    text: str
    x: float
    y: float


@dataclass(frozen=True, eq=False)
class Box:
    """A rectangle around lines of text; x is its middle, ``bottom`` its lower edge."""

    node: Node
    x: float
    bottom: float
    width: float
    height: float
    texts: tuple[Text, ...]


@dataclass(frozen=True, eq=False)
class Circle:
    """A circle; x and y are its middle."""

    node: Node
    x: float
    y: float


@dataclass(frozen=True)
class Arrow:
    """A path from its tail to its head; values flow forward, gradients back."""

    flow: Flow
    path: tuple[Point, ...]


@dataclass(frozen=True, eq=False)
class Layout:
    """The whole drawing, and the rectangle it fills: left, right, bottom, top."""

    boxes: tuple[Box, ...]
    circles: tuple[Circle, ...]
    arrows: tuple[Arrow, ...]
    texts: tuple[Text, ...]
    extent: tuple[float, float, float, float]


def lay_out(graph: Graph) -> Layout:
    """Place the input at the left of the first line of circles, and every further line under the one before."""
    start, *rest = graph.chain
    back = start.gradient is not None
    reach = max([ARROW, *(_width(value, gradient) + GAP for value, gradient in map(_beside, rest))])
    deep = _depth(graph)
    lines = break_lines(graph)
    circles, y = list[Circle](), 0.0
    for number, line in enumerate(lines):
        y -= 2.0 * deep + 2.0 * GAP + max(map(_rise, line)) if number else 0.0
        x = 0.0
        for place, node in enumerate(line):
            beside = (_sources_width(line[place - 1]) + _sources_width(node)) / 2.0 + GAP
            x += max(2.0 * RADIUS + reach, beside) if place else 0.0
            circles.append(Circle(node, x, y))
    width, height = _size(start)
    boxes = [_box(start, -RADIUS - reach - width / 2.0, -height / 2.0)]
    arrows = _pair(((-RADIUS - reach, 0.0), (-RADIUS, 0.0)), back)
    texts = _key(boxes[0].x - width / 2.0, deep) if back else []
    for circle in circles:
        for box, path in _feeding(circle, deep):
            arrows += _pair(path, box.node.gradient is not None)
            boxes.append(box)
    for before, after in pairwise(circles):
        arrows += _pair(_route(before, after, reach, deep), back)
        x = after.x - RADIUS - reach / 2.0 if after.x == 0.0 else (before.x + after.x) / 2.0
        texts += _numbers(before.node, x, after.y)
    left = min(box.x - box.width / 2.0 for box in boxes)
    turn = 2.0 * GAP + HALF if len(lines) > 1 else 0.0
    right = max([*(box.x + box.width / 2.0 for box in boxes), *(circle.x + RADIUS + turn for circle in circles)])
    bottom = min(circles[-1].y - deep, boxes[0].bottom)
    top = max([deep, *(box.bottom + box.height for box in boxes)])
    extent = (left - GAP, right + GAP, bottom - GAP, top + GAP)
    return Layout(tuple(boxes), tuple(circles), tuple(arrows), tuple(texts), extent)


def break_lines(graph: Graph) -> list[list[Node]]:
    """Return the circles line by line: as many whole layers on each as fit; only a longer layer is cut itself."""
    lines: list[list[Node]] = [[]]
    for layer in graph.layers:
        nodes = [node for node in layer if node.kind != "input"]
        if lines[-1] and len(lines[-1]) + len(nodes) > PER_LINE:
            lines.append([])
        for node in nodes:
            if len(lines[-1]) == PER_LINE:
                lines.append([])
            lines[-1].append(node)
    return lines


def _route(before: Circle, after: Circle, reach: float, deep: float) -> tuple[Point, ...]:
    """Return the path from one circle to the next, through the corridor between two lines if it must be."""
    tail, head = (before.x + RADIUS, before.y), (after.x - RADIUS, after.y)
    if before.y == after.y:
        return tail, head
    corridor, right = before.y - deep - GAP, tail[0] + 2.0 * GAP
    left = after.x - max(RADIUS + reach, _sources_width(after.node) / 2.0) - GAP
    return tail, (right, before.y), (right, corridor), (left, corridor), (left, after.y), head


def _pair(path: tuple[Point, ...], back: bool) -> list[Arrow]:
    """Return the black arrow along a path and, where gradients flow back, the blue one beside it."""
    if not back:
        return [Arrow("value", path)]
    return [Arrow("value", _moved(path, HALF)), Arrow("gradient", _moved(path, -HALF)[::-1])]


def _moved(path: tuple[Point, ...], offset: float) -> tuple[Point, ...]:
    """Return a path of right angles, moved to its own left."""
    normals = [(_sign(y0 - y1), _sign(x1 - x0)) for (x0, y0), (x1, y1) in pairwise(path)]
    shifts = [normals[0], *((a + c, b + d) for (a, b), (c, d) in pairwise(normals)), normals[-1]]
    return tuple((x + offset * dx, y + offset * dy) for (x, y), (dx, dy) in zip(path, shifts, strict=True))


def _sign(x: float) -> int:
    return (x > 0.0) - (x < 0.0)


def _beside(node: Node) -> tuple[list[str], list[str]]:
    """Return what stands above and under the arrow out of a node: its value, or else its shape; its gradient."""
    value = ([shape(node.shape)] if node.shape else []) if node.value is None else elements(node.value)
    return value, [] if node.gradient is None else elements(node.gradient)


def _numbers(node: Node, x: float, y: float) -> list[Text]:
    value, gradient = _beside(node)
    above = [Text("value", text, x, y + BESIDE + (k + 0.5) * LINE) for k, text in enumerate(reversed(value))]
    return above + [Text("gradient", text, x, y - BESIDE - (k + 0.5) * LINE) for k, text in enumerate(gradient)]


def _key(left: float, deep: float) -> list[Text]:
    """Return what the two colours mean, for the free corner above the input."""
    flows: tuple[tuple[Flow, str], ...] = (("value", "→ values"), ("gradient", "← gradients"))
    return [
        Text(flow, text, left + _width([text]) / 2.0, deep - (k + 0.5) * LINE) for k, (flow, text) in enumerate(flows)
    ]


def _content(node: Node) -> list[tuple[Flow, str]]:
    """Return the lines in a box: name and shape, value, gradient."""
    content: list[tuple[Flow, str]] = [("name", f"{node.label} ({shape(node.shape)})" if node.shape else node.label)]
    content += [] if node.value is None else [("value", text) for text in block(node.value)]
    return content + ([] if node.gradient is None else [("gradient", text) for text in block(node.gradient)])


def _width(*texts: list[str]) -> float:
    return CHARACTER * max((len(text) for each in texts for text in each), default=0)


def _size(node: Node) -> tuple[float, float]:
    """Return width and height of a node's box."""
    content = _content(node)
    return _width([text for _, text in content]) + 1.5 * GAP, len(content) * LINE + GAP


def _sources_width(node: Node) -> float:
    """Return the width of a circle and of the boxes side by side above it."""
    widths = [_size(source)[0] for source in node.sources]
    return max(2.0 * RADIUS, sum(widths) + GAP * (len(widths) - 1))


def _depth(graph: Graph) -> float:
    """Return what circles, arrows and numbers need above and below their middle."""
    return BESIDE + LINE * max([SHALLOW, *(len(texts) for node in graph.chain for texts in _beside(node))])


def _rise(node: Node) -> float:
    """Return how far the boxes above a circle reach beyond its numbers."""
    return max((_size(source)[1] for source in node.sources), default=0.0) + GAP * (len(node.sources) // 2 + 0.5)


def _box(node: Node, x: float, bottom: float) -> Box:
    (width, height), content = _size(node), _content(node)
    top = bottom + height - GAP / 2.0
    texts = tuple(Text(flow, text, x, top - (k + 0.5) * LINE) for k, (flow, text) in enumerate(content))
    return Box(node, x, bottom, width, height, texts)


def _feeding(circle: Circle, deep: float) -> list[tuple[Box, tuple[Point, ...]]]:
    """Return the boxes side by side above a circle, and the paths from each into it: the outer ones run lower."""
    sources, top = circle.node.sources, circle.y + deep
    count, left = len(sources), circle.x - _sources_width(circle.node) / 2.0
    placed: list[tuple[Box, tuple[Point, ...]]] = []
    for k, source in enumerate(sources):
        width, entry = _size(source)[0], circle.x + (0.5 * RADIUS * (k / (count - 1) - 0.5) if count > 1 else 0.0)
        x = left + width / 2.0 if count > 1 else circle.x
        x = entry if abs(x - entry) < GAP else x  # nearly above: straight down
        box, lane = _box(source, x, top + GAP * (count // 2 + 0.5)), top + GAP * (min(k, count - 1 - k) + 0.5)
        tail, head = (x, box.bottom), (entry, circle.y + RADIUS)
        placed.append((box, (tail, head) if x == entry else (tail, (x, lane), (entry, lane), head)))
        left += width + GAP
    return placed
