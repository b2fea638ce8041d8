"""Homework: somebody's own numbers are held against the reference's, and the first that differs is found."""

import numpy as np
import pytest
from waiting import until_stands, until_true
from walked import walked


@pytest.fixture
def homework(live):
    live.get_by_role("tab", name="Computation graph").click()
    live.get_by_role("button", name="Homework").click()
    live.locator(".answers").wait_for()
    return live


@pytest.fixture
def theta(server):
    return server.player.get("frame")["theta"]


def cell(page, spot):
    """The cell in which a number is filled in."""
    return page.locator(f".answers [data-cell='{spot}']")


def fill(page, numbers):
    for spot, value in numbers.items():
        cell(page, spot).fill(f"{value:.4f}".replace(".", ","))  # as much of the world writes them


def test_it_comes_into_view_and_no_answer_is_there_before_it_is_asked_for(homework):
    place = homework.locator(".homework").bounding_box()
    assert 0 <= place["y"] < homework.viewport_size["height"] / 2
    worked_out = homework.locator(".chip text:text-is('·')")
    given = homework.locator(".chip:not(.waiting)").evaluate_all("chips => chips.map(({ dataset }) => dataset.spot)")
    assert worked_out.count() > 0
    assert {spot.split(" ")[1] if spot[0] != "0" else "row" for spot in given} == {"row", "W", "b"}
    homework.get_by_role("button", name="Show all").click()
    worked_out.first.wait_for(state="detached")


def test_all_numbers_agree(homework, theta):
    expected = walked(theta)
    numbers = {spot: value for spot, value in expected.items() if spot.split(" ")[1] not in ("W", "b")}
    del numbers["0 y 0"], numbers["0 y 1"]
    fill(homework, numbers)
    assert homework.locator(".verdict").inner_text() == f"✓ All {len(numbers)} numbers agree."
    assert homework.locator(".answers input.right").count() == len(numbers)


MISTAKES = {
    "3 y 1": ("tanh output [1]", "take the sigmoid", lambda e: 1.0 / (1.0 + np.exp(-e["2 y 1"]))),
    "6 y 0": ("softmax output [0]", "forget to divide by the sum", lambda e: np.exp(e["5 y 0"])),
    "7 y 0": ("loss", "base 10", lambda e: e["7 y 0"] / np.log(10.0)),
    "5 dy 0": ("add output [0]", "forget to subtract 1", lambda e: e["6 y 0"]),
    "2 dy 2": ("add output [2]", "put x into 1 − y²", lambda e: e["3 dy 2"] * (1.0 - e["2 y 2"] ** 2)),
    "1 dW 1": ("W1[0,1]", "the gradient that comes from the right", lambda e: e["0 y 0"]),
    "4 dW 3": ("W2[1,1]", "turn the sign around", lambda e: -e["4 dW 3"]),
}


@pytest.mark.parametrize("spot", MISTAKES)
def test_a_wrong_number_is_found_at_its_gate_and_its_mistake_guessed(homework, theta, spot):
    name, hint, mistaken = MISTAKES[spot]
    expected = walked(theta)
    fill(homework, {"1 y 0": expected["1 y 0"], spot: mistaken(expected), "1 dW 5": expected["1 dW 5"] + 1.0})
    verdict = homework.locator(".verdict").inner_text()
    for each in ("First difference", name, hint):
        assert each in verdict
    homework.get_by_role("button", name="Show the gate").click()
    assert homework.locator(".gate.lit").count() == 1


def test_own_weights_give_own_numbers(homework, theta):
    own = theta.copy()
    own[:6] = [1.0, 2.0, 3.0, -1.0, 0.5, 0.25]
    homework.get_by_label("W1[0,0]", exact=True).evaluate(
        """(cell, text) => {
            const data = new DataTransfer();
            data.setData("text", text);
            cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        "1\t2\t3\n-1\t0,5\t0.25",
    )
    expected = walked(own)
    fill(homework, {"1 y 0": expected["1 y 0"], "7 y 0": expected["7 y 0"], "1 dW 5": expected["1 dW 5"]})
    homework.get_by_text("✓ All 3 numbers agree.").wait_for()
    homework.get_by_label("W1[0,0]", exact=True).fill("one")
    assert "“one” is no number" in homework.locator(".homework .trouble").inner_text()


def test_what_was_typed_stays_while_the_form_is_away_and_begins_anew_when_asked(homework):
    weight, answer = homework.get_by_label("b1[0]", exact=True), cell(homework, "1 y 0")
    own = weight.input_value()
    weight.fill("0,5")
    answer.fill("7")
    homework.get_by_role("tab", name="Network").click()
    homework.get_by_role("tab", name="Computation graph").click()
    until_true(lambda: (weight.input_value(), answer.input_value()) == ("0,5", "7"))
    homework.get_by_role("button", name="Homework").click()
    weight.wait_for(state="detached")
    homework.get_by_role("button", name="Homework").click()
    assert (weight.input_value(), answer.input_value()) == ("0,5", "7")
    homework.get_by_role("button", name="Begin anew").click()
    until_true(lambda: (weight.input_value(), answer.input_value()) == (own, ""))


def test_where_nothing_was_typed_it_begins_with_the_weights_of_now(homework):
    weight = homework.get_by_label("b1[0]", exact=True)
    before = weight.input_value()
    homework.get_by_role("button", name="Homework").click()
    homework.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(homework, "epoch", "1")
    homework.get_by_role("button", name="Homework").click()
    assert weight.input_value() != before


def test_it_begins_with_the_weights_that_training_goes_on_from(live, server):
    live.get_by_label("Optimizer", exact=True).select_option("Averaged")
    for _ in range(3):
        live.get_by_role("button", name="Epoch", exact=True).click()
    until_true(lambda: server.player.get("frame")["number"] == 3)
    raw = server.player.get("frame")["rawTheta"]
    live.get_by_role("tab", name="Computation graph").click()
    live.get_by_role("button", name="Homework").click()
    live.get_by_label("b1[0]", exact=True).fill("0,5")
    live.get_by_role("button", name="Train from these weights").click()
    until_true(lambda: server.player.get("frame")["rawTheta"][6] == 0.5)
    raw[6] = 0.5
    np.testing.assert_array_equal(server.player.get("frame")["rawTheta"], raw)


def test_training_goes_on_from_own_weights_and_the_others_as_they_were(homework, theta, server):
    homework.get_by_label("b1[0]", exact=True).fill("0,5")
    homework.get_by_role("button", name="Train from these weights").click()
    until_true(lambda: server.player.get("frame")["theta"][6] == 0.5)
    own = theta.copy()
    own[6] = 0.5
    np.testing.assert_array_equal(server.player.get("frame")["theta"], own)
