"""The computation graph on the page: every number of a gate-by-gate walk is the reference engine's."""

import math
import re

import pytest
from walked import Y, walked

from mlnn.network import Network
from mlnn.play.player import first_theta

UNLIKE = "before => document.querySelector('.gate.loss').textContent !== before"
STOPS = [("forward", place) for place in range(8)] + [("back", place) for place in (7, 5, 4, 3, 2, 1)]


def number(text):
    return float(text.replace("−", "-"))


@pytest.fixture
def graph(live):
    live.get_by_role("tab", name="Computation graph").click()
    live.wait_for_selector(".figure")
    return live


@pytest.fixture
def theta(server):
    return server.player.get("frame")["theta"]


def shown(graph):
    """What the figure shows, number by number, from the tooltips, which have more digits; None is not yet reached."""
    marks = graph.locator(".figure [data-spot]").evaluate_all(
        "all => all.map(each => [each.dataset.spot, each.querySelector('title').textContent.split(' = ').at(-1)])"
    )
    return {spot: None if text.startswith("not") else number(text) for spot, text in marks}


def test_all_numbers_are_the_references(graph, theta):
    expected = walked(theta)
    found = shown(graph)
    assert found.keys() == expected.keys() - {"7 y 0"}  # the loss stands in its circle
    assert found == {spot: pytest.approx(expected[spot], rel=1e-5, abs=1e-12) for spot in found}
    circle = graph.locator(".gate.loss text").all_text_contents()
    assert number(circle[-1]) == pytest.approx(expected["7 y 0"], rel=1e-2)


def reached(stop, spot):
    """Whether a number is known at a stop of the walk."""
    (direction, at), (place, what, _) = STOPS[stop], spot.split(" ")
    if not what.startswith("d"):
        return what != "y" or direction == "back" or int(place) <= at
    makers = [place for _, place in STOPS[8 : stop + 1]]
    maker = {"5": 7}.get(place, int(place) + 1) if what == "dy" else int(place)
    return maker in makers


def test_the_walk_goes_gate_by_gate(graph, theta):
    expected = walked(theta)
    graph.locator(".scroller").focus()
    for stop, (direction, place) in enumerate(STOPS):
        graph.keyboard.press("ArrowRight")
        words = f"Forward {place} of 7" if direction == "forward" else f"Backward {stop - 7} of 6"
        graph.get_by_text(words, exact=True).wait_for()
        found = shown(graph)
        for spot, value in found.items():
            known = reached(stop, spot)
            assert value == (pytest.approx(expected[spot], rel=1e-5, abs=1e-12) if known else None), (stop, spot)
        assert graph.locator(".figure .gate.lit").count() == (place > 0)
    assert None not in found.values()
    graph.keyboard.press("Home")
    graph.get_by_text("Forward 0 of 7", exact=True).wait_for()


def test_equations_have_the_rows_numbers(graph, theta):
    expected = walked(theta)
    graph.locator(".gate", has_text="mul").first.click()
    line = graph.locator(".gatecard .line").nth(1)
    written = line.inner_text().replace("−", "-")
    for name, digits in {"0 y 0": 3, "1 W 1": 3, "0 y 1": 3, "1 W 4": 3, "1 y 1": 4}.items():  # the result has one more
        assert f"{abs(expected[name]):.{digits}g}".rstrip("0") in written, (written, expected[name])
    formula = graph.locator(".gatecard [role=math]").first
    assert formula.get_attribute("aria-label") == "y = x W"
    graph.locator(".gate", has_text="mul").first.click()  # once more: on the way back
    assert graph.locator(".gatecard h4").all_inner_texts() == ["To the input", "To W1"]


def computed(words):
    """The value of an equation as it is read aloud."""
    for word, sign in {"to the power": "**", "minus": "-", "times": "*", "over": "/"}.items():
        words = words.replace(word, f" {sign} ")
    words = re.sub(r"\bln ([\d.]+)", r"ln(\1)", words)
    return eval(re.sub(r"\be\b", f"{math.e}", words), {"tanh": math.tanh, "ln": math.log})


def test_every_equation_comes_out_as_it_says(graph, theta):
    expected = walked(theta)
    graph.locator(".scroller").focus()
    graph.keyboard.press("Home")
    counted = 0
    for _ in STOPS[1:]:
        graph.keyboard.press("ArrowRight")
        labels = graph.locator(".gatecard .line [role=math]").evaluate_all("all => all.map(each => each.ariaLabel)")
        for label in labels:
            _, *sides = re.split(" = | is about ", label)
            values = [computed(side) for side in sides]
            assert values == [pytest.approx(values[-1], rel=0.03, abs=0.003)] * len(values), label
            counted += 1
    results = [spot for spot in expected if spot.split(" ")[1] not in ("W", "b") and not spot.startswith("0 y")]
    assert counted == len(results)


@pytest.mark.parametrize("spot", ["1 y 0", "3 y 2", "6 y 0", "5 dy 0", "4 dW 3"])
def test_a_chosen_numbers_equation_can_be_recomputed_by_hand(graph, spot):
    graph.locator(f"[data-spot='{spot}']").click()
    label = graph.locator(".focuscard [role=math]").last.get_attribute("aria-label")
    _, *sides = re.split(" = | is about ", label)
    values = [computed(side) for side in sides]
    assert values == [pytest.approx(values[-1], rel=3e-5, abs=3e-6)] * len(values), label


def test_every_number_is_reached_by_keyboard(graph):
    graph.locator(".scroller").focus()
    spots = graph.locator(".figure .chip").evaluate_all("all => all.map(each => each.dataset.spot)")
    focused = "document.activeElement.dataset.spot"
    found = []
    for _ in spots:
        graph.keyboard.press("ArrowDown")
        found.append(graph.evaluate(focused))
    assert found == spots
    graph.keyboard.press("ArrowUp")
    assert graph.evaluate(focused) == spots[-2]
    name = graph.evaluate("document.activeElement.getAttribute('aria-label')").split(" = ")[0]
    graph.keyboard.press("Enter")
    assert graph.locator(".focuscard h3").first.inner_text().startswith(name)


def test_a_weights_gradient_is_found_in_two_clicks(graph, theta):
    graph.locator("[data-spot='1 dW 1']").click()
    card = graph.locator(".focuscard")
    assert card.locator("h3").inner_text().startswith("∂loss/∂W1[0,1]")
    assert number(card.locator("b").inner_text().lstrip("= ")) == pytest.approx(walked(theta)["1 dW 1"], rel=1e-5)
    assert graph.locator(".chip.used").evaluate_all("all => all.map(each => each.dataset.spot)") == ["0 y 0", "1 dy 1"]


def test_another_row_has_other_numbers(graph, theta):
    before = graph.locator(".gate.loss").text_content()
    graph.get_by_role("button", name="Next row").click()
    graph.get_by_text(f"target {Y[1]}").wait_for()
    graph.wait_for_function(UNLIKE, arg=before)
    assert shown(graph)["3 y 0"] == pytest.approx(walked(theta, 1)["3 y 0"], rel=1e-5)


def test_numbers_move_while_it_trains(graph, server):
    before = graph.locator(".gate.loss").text_content()
    graph.get_by_role("button", name="Play", exact=True).click()
    graph.wait_for_function(UNLIKE, arg=before)
    graph.get_by_role("button", name="Pause", exact=True).click()
    graph.wait_for_timeout(700)
    found, expected = shown(graph), walked(server.player.get("frame")["theta"])
    assert found == {spot: pytest.approx(expected[spot], rel=1e-5, abs=1e-12) for spot in found}


def test_wide_layers_tell_how_many_more_and_show_any(graph, server):
    graph.get_by_role("tab", name="Network").click()
    graph.get_by_label("Units of layer 1").fill("20")
    graph.keyboard.press("Enter")
    graph.get_by_role("tab", name="Computation graph").click()
    graph.get_by_text("+ 14 more").first.wait_for()
    graph.locator(".gate", has_text="tanh").click()
    graph.get_by_label("number").last.fill("17")
    graph.locator(".choose .line").click()
    theta = server.player.get("frame")["theta"]
    value = number(graph.locator(".focuscard b").inner_text().lstrip("= "))
    assert value == pytest.approx(walked(theta, widths=[2, 20, 2])["3 y 17"], rel=1e-5)


def test_the_page_without_a_server_walks_by_the_same_numbers(still):
    still.get_by_role("tab", name="Computation graph").click()
    still.wait_for_selector(".figure")
    network = Network.dense([2, 3, 2])
    expected = walked(first_theta(network, seed=3))
    found = shown(still)
    assert found == {spot: pytest.approx(expected[spot], rel=1e-5, abs=1e-12) for spot in expected if spot != "7 y 0"}
