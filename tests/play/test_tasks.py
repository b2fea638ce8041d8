"""Twelve things that a newcomer wants to do, each on a clean page, in at most six actions, on a desk and on a phone.

An action is a click, a typed value, a key or a drag; a choice from a list is two clicks. Nothing is reached but by what
is shown: a control that is hidden or covered fails its test.
"""

import re
import subprocess
import sys

import numpy as np
import pytest
from waiting import until

from mlnn.play.points import Moons, points

MOST = 6
SCREENS = {"desk": (1280, 800), "phone": (390, 844)}


class Newcomer:
    """A visitor who counts actions."""

    def __init__(self, page):
        self.page = page
        self.actions = 0

    def click(self, what, **where):
        self.actions += 1
        what.click(**where)

    def press(self, name):
        self.click(self.page.get_by_role("button", name=name, exact=True))

    def open(self, tab):
        self.click(self.page.get_by_role("tab", name=tab))

    def choose(self, label, option):
        self.actions += 2
        self.page.get_by_role("combobox", name=label, exact=True).select_option(label=option)

    def enter(self, label, text):
        """Type a value and leave the field, by the click or key that comes next."""
        self.actions += 1
        field = self.page.get_by_label(label, exact=True)
        field.fill(text)
        field.blur()

    def run_to(self, epoch):
        self.actions += 2
        self.page.get_by_label("Run to epoch").fill(str(epoch))
        self.page.keyboard.press("Enter")
        until(self.page, "epoch => document.querySelector('[data-standing=epoch]').textContent === epoch", f"{epoch:,}")

    def drag(self, slider, share):
        """Drag a slider from its right end to a share of its width."""
        self.actions += 1
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        middle = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + box["width"] - 8, middle)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + box["width"] * share, middle, steps=10)
        self.page.mouse.up()

    def point_at(self, x1, x2):
        """Click a place on the picture of what the network says, whose sides are -6 and 6."""
        picture = self.page.locator(".hand")
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        place = {"x": (x1 + 6) / 12 * box["width"], "y": (6 - x2) / 12 * box["height"]}
        self.click(picture, position=place)

    def reads(self, what):
        """The number that stands behind ``what``: ``loss``, ``score``, …"""
        return float(self.page.locator(f"[data-standing={what}]").text_content().replace("−", "-").replace(",", ""))


@pytest.fixture(params=SCREENS)
def newcomer(request, page, server):
    width, height = SCREENS[request.param]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(server.door.address)
    page.wait_for_selector("#play .diagram svg")
    newcomer = Newcomer(page)
    yield newcomer
    assert newcomer.actions <= MOST


def below(page, what, bound):
    until(
        page,
        "([what, bound]) => Number(document.querySelector(`[data-standing=${what}]`).textContent) < bound",
        [what, bound],
    )


def test_train_a_network_with_three_hidden_units(newcomer):
    page = newcomer.page
    assert page.get_by_label("Activation of layer 1").input_value() == "Tanh"  # [2, 3, 2] is there from the start
    assert page.locator(".unit").count() == 2 + 3 + 2
    newcomer.press("Play")
    below(page, "loss", 0.2)
    newcomer.press("Pause")
    assert newcomer.reads("loss") < 0.2


def loss_of(theta, x, target):
    """The loss of the network [2, 3, 2] on one row."""
    W1, b1, W2, b2 = theta[:6].reshape(2, 3), theta[6:9], theta[9:15].reshape(3, 2), theta[15:]
    scores = np.tanh(x @ W1 + b1) @ W2 + b2
    return np.log(np.exp(scores).sum()) - scores[target]


def test_find_the_gradient_of_a_weight_for_a_chosen_point(newcomer, server):
    X, y = points(Moons(), rows=200, noise=0.2, seed=0)
    row = np.argmax(X[:, 0])  # nothing else is near it
    newcomer.point_at(*X[row])
    newcomer.open("Computation graph")
    newcomer.click(newcomer.page.locator(".figure [data-spot='1 dW 1']"))
    told = newcomer.page.locator(".cards h3").inner_text()
    theta, step = server.player.get("frame")["theta"], 1e-6 * (np.arange(17) == 1)
    expected = (loss_of(theta + step, X[row], y[row]) - loss_of(theta - step, X[row], y[row])) / 2e-6
    name, value = told.replace("−", "-").split(" = ")
    assert name == "∂loss/∂W1[0,1]"
    assert float(value) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("points", ["Moons", "Plane"])
def test_make_training_diverge_and_read_why(newcomer, points):
    if points == "Plane":
        newcomer.click(newcomer.page.get_by_text("Plane", exact=True))
        newcomer.choose("Optimizer", "SGD")
    newcomer.enter("rate", "1000")
    newcomer.press("Play")
    why = newcomer.page.get_by_role("alert")
    why.wait_for()
    newcomer.page.evaluate("scrollTo(0, 0)")
    assert why.bounding_box()["y"] < 400  # seen at once
    assert "diverged" in why.inner_text()
    assert re.search("rate 1000 is probably too high", why.inner_text())


def test_find_a_dead_unit(newcomer):
    newcomer.choose("Activation of layer 1", "ReLU")
    newcomer.enter("rate", "1")
    newcomer.press("Play")
    newcomer.open("Health")
    newcomer.page.get_by_text(re.compile(r"units of layer 1 \(.*dead")).wait_for()
    assert newcomer.page.locator(".alive .dead").count() >= 1


def test_load_a_table_and_see_how_well_held_out_rows_are_predicted(newcomer, tmp_path):
    random = np.random.default_rng(0)
    rows = random.normal(size=(300, 3)).round(3)
    lines = [f"{a},{b},{c},{'real' if a + b > c else 'forged'}" for a, b, c in rows]
    (tmp_path / "notes.csv").write_text("\n".join(["width,height,skew,kind", *lines]))
    page = newcomer.page
    newcomer.click(page.get_by_text("Own table"))
    with page.expect_file_chooser() as chooser:
        newcomer.click(page.get_by_text("Choose or drop a CSV file"))
    newcomer.actions += 1  # the file in the system's dialog
    chooser.value.set_files(tmp_path / "notes.csv")
    page.get_by_text("300 rows").wait_for()
    newcomer.press("Play")
    until(page, "Number(document.querySelector('[data-standing=score]').textContent) > 0.9")
    assert page.get_by_text("Held-out accuracy").is_visible()


def test_see_the_formula_of_softmax_with_the_numbers_of_a_row(newcomer):
    newcomer.open("Computation graph")
    newcomer.click(newcomer.page.locator(".figure .gate", has_text="softmax"))
    spoken = newcomer.page.locator(".gatecard .line [role=math]").first.get_attribute("aria-label")
    assert re.search(r"e to the power .* over", spoken)
    assert re.search(r"is about 0\.\d+$", spoken)


def test_compare_adam_with_sgd_in_one_plot(newcomer):
    page = newcomer.page
    newcomer.press("Play")
    newcomer.open("Compare")
    newcomer.press("Pin this run")
    newcomer.choose("Now with", "SGD")
    newcomer.click(page.get_by_role("button", name="Train from the same start"))
    plot = page.locator("[data-picture=loss]")
    plot.get_by_text("Adam rate 0.01: training").wait_for()
    until(page, "document.querySelectorAll('[data-picture=loss] .key').length === 4")


def test_add_a_point_and_see_the_boundary_move(newcomer, server):
    page = newcomer.page
    newcomer.run_to(300)
    before = loss_of(server.player.get("frame")["theta"], np.array([2.0, -3.0]), 0)
    newcomer.click(page.get_by_text("Add", exact=True))
    newcomer.point_at(2, -3)  # where the other class lies
    until(page, "location.hash.includes('rows=201')")
    newcomer.press("Play")
    below(page, "loss", 0.27)
    newcomer.press("Pause")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    after = loss_of(server.player.get("frame")["theta"], np.array([2.0, -3.0]), 0)
    assert after < before


def test_set_a_weight_to_zero_and_freeze_it(newcomer, server):
    newcomer.click(newcomer.page.get_by_role("button", name=re.compile("Layer 1, unit 2")))
    newcomer.enter("Value of W1[0,1]", "0")
    newcomer.click(newcomer.page.get_by_label("Freeze W1[0,1]"))
    newcomer.press("Play")
    below(newcomer.page, "loss", 0.3)
    theta = server.player.get("frame")["theta"]
    assert theta[1] == 0
    assert np.count_nonzero(theta) == 16


def test_go_back_to_an_earlier_epoch(newcomer, server):
    newcomer.press("Play")
    below(newcomer.page, "loss", 0.2)
    newcomer.press("Pause")
    end = server.player.get("frame")["number"]
    newcomer.drag(newcomer.page.get_by_role("slider", name="Time line"), 0.5)
    told = newcomer.page.locator(".along .where").inner_text()
    epoch = float(re.search(r"Epoch ([\d,]+)", told)[1].replace(",", ""))
    assert 0 < epoch < end
    newcomer.press("Go back here")
    until(newcomer.page, "!document.querySelector('.along .where')")
    assert server.player.get("frame")["number"] == epoch


def test_take_away_python_that_recreates_the_run(newcomer, tmp_path):
    newcomer.run_to(500)
    with newcomer.page.expect_download() as download:
        newcomer.press("Python")
    download.value.save_as(tmp_path / "run.py")
    told = float(re.search(r"On the page: (\S+) after 500", (tmp_path / "run.py").read_text())[1])
    run = subprocess.run([sys.executable, tmp_path / "run.py"], capture_output=True, text=True, timeout=120, check=True)
    assert float(run.stdout) == pytest.approx(told, rel=1e-9)
    assert newcomer.reads("loss") == pytest.approx(told, rel=1e-3)


def test_find_out_which_digits_are_confused(newcomer):
    newcomer.click(newcomer.page.get_by_text("Digits", exact=True))
    newcomer.press("Play")
    newcomer.open("Health")
    newcomer.page.get_by_text(
        re.compile(r"Healthy.*\. Now: of the held-out rows, \d is most often taken for \d, \d+ times")
    ).wait_for()
    assert newcomer.page.locator(".confusion").count() == 2
