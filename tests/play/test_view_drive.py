"""What drives training from the page: play, pause, one step, one epoch, to an epoch, the same start and a new one."""

import numpy as np
import pytest
from waiting import until, until_stands, until_true


@pytest.fixture
def theta(live, server):
    """Return what reads θ now."""
    return lambda: server.player.get("frame")["theta"]


def steps(server):
    return server.player.get("frame")["step"]


def test_one_step_and_one_epoch(live, server):
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.get_by_label("Batch", exact=True).fill("70")
    live.get_by_label("Batch", exact=True).press("Enter")
    until(live, "location.hash.includes('batch=70')")
    live.get_by_role("button", name="Step", exact=True).click()
    until_true(lambda: steps(server) > 1)
    until_stands(live, "epoch", "1")
    assert steps(server) == 2  # an epoch of 140 rows at once, then one step of 70


def test_play_and_pause(live, server):
    live.get_by_role("button", name="Play").click()
    until(live, "Number(document.querySelector('[data-standing=epoch]').textContent.replaceAll(',', '')) > 50")
    live.get_by_role("button", name="Pause").click()
    live.get_by_role("button", name="Play").wait_for()
    assert not server.player.get("frame")["playing"]


def test_run_to_an_epoch(live, server):
    live.get_by_label("Run to epoch").fill("25")
    live.get_by_label("Run to epoch").press("Enter")
    until_stands(live, "epoch", "25")
    assert steps(server) == 25


@pytest.mark.parametrize("nonsense", ["", "soon", "-3", "0"])
def test_run_to_nonsense_is_refused_in_words(live, server, nonsense):
    live.get_by_label("Run to epoch").fill(nonsense)
    live.get_by_label("Run to epoch").press("Enter")
    live.get_by_text("asks for an epoch after 0").wait_for()
    assert steps(server) == 0
    live.get_by_label("Dismiss this message").click()
    assert live.locator(".notice").count() == 0


def test_three_notices_stand_at_most_and_equal_ones_once(still):
    for nonsense in ["-1", "-1", "0"]:
        still.get_by_label("Run to epoch").fill(nonsense)
        still.get_by_label("Run to epoch").press("Enter")
    until(still, "document.querySelectorAll('.notice').length === 1")
    for label in ["Batch", "rate", "Seed", "Noise"]:
        field = still.get_by_label(label, exact=True).first
        still.get_by_text("First weights and numbers").evaluate("each => each.parentElement.open = true")
        if field.get_attribute("type") != "range":
            field.fill("x")
            field.press("Enter")
    until(still, "document.querySelectorAll('.notice').length === 3")


@pytest.mark.parametrize("well", ["Step", "Reset"])
def test_what_is_done_well_takes_the_notice_away(still, well):
    still.get_by_label("Run to epoch").fill("-1")
    still.get_by_label("Run to epoch").press("Enter")
    still.locator(".notice").wait_for()
    still.get_by_role("tab", name="Health").click()
    until(still, "location.hash.includes('health')")
    assert still.locator(".notice").count() == 1
    still.get_by_role("button", name=well, exact=True).click()
    until(still, "!document.querySelector('.notice')")


def test_the_same_start_and_a_new_one(live, server, theta):
    first = theta()
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    assert not np.array_equal(theta(), first)
    live.get_by_role("button", name="Reset").click()
    until_stands(live, "epoch", "0")
    np.testing.assert_array_equal(theta(), first)
    live.get_by_role("button", name="New start").click()
    until(live, "location.hash.includes('training.seed=4')")
    assert not np.array_equal(theta(), first)


def test_reset_stops_what_plays(live, server):
    live.get_by_role("button", name="Play").click()
    live.get_by_role("button", name="Pause").wait_for()
    live.get_by_role("button", name="Reset").click()
    live.get_by_role("button", name="Play").wait_for()
    until_stands(live, "epoch", "0")


def test_slow_motion(live, server):
    live.get_by_label("Speed", exact=True).select_option("1 step/s")
    live.get_by_role("button", name="Play").click()
    live.get_by_role("button", name="Pause").click()
    live.get_by_role("button", name="Play").wait_for()
    assert steps(server) < 100  # at full speed the first look finds thousands


@pytest.fixture
def plays(server, monkeypatch):
    """What the page asks of the player whenever it plays."""
    asked, send = [], server.player.send

    def heard(command, detail=None):
        if command == "play":
            asked.append(detail)
        return send(command, detail)

    monkeypatch.setattr(server.player, "send", heard)
    return asked


@pytest.mark.parametrize("key", ["Space", "p"])
def test_keys_play_at_the_chosen_speed(live, plays, key):
    live.get_by_label("Speed", exact=True).select_option("5 steps/s")
    live.locator("h2").first.click()
    live.keyboard.press(key)
    live.get_by_role("button", name="Pause").wait_for()
    assert plays == [{"pace": 5}]


def test_another_speed_goes_to_the_same_epoch(live, plays):
    live.get_by_label("Speed", exact=True).select_option("1 step/s")
    live.get_by_label("Run to epoch").fill("30")
    live.get_by_label("Run to epoch").press("Enter")
    live.get_by_role("button", name="Pause").wait_for()
    live.get_by_label("Speed", exact=True).select_option("full speed")
    until_stands(live, "epoch", "30")
    live.get_by_role("button", name="Play").click()
    until(live, "Number(document.querySelector('[data-standing=epoch]').textContent.replaceAll(',', '')) > 30")
    assert plays == [{"until": 30, "pace": 1}, {"until": 30}, {}]


def test_keys_drive_the_page_but_not_from_fields(live, server):
    live.locator("h2").first.click()
    live.keyboard.press("e")
    until_stands(live, "epoch", "1")
    live.keyboard.press("s")
    until_stands(live, "epoch", "2")
    live.keyboard.press("r")
    until_stands(live, "epoch", "0")
    live.keyboard.press("Space")
    live.get_by_role("button", name="Pause").wait_for()
    live.keyboard.press("p")
    live.get_by_role("button", name="Play").wait_for()
    live.keyboard.press("r")
    until_stands(live, "epoch", "0")
    live.get_by_label("Run to epoch").press("e")
    live.wait_for_timeout(200)
    assert steps(server) == 0


def test_the_keys_are_listed(live):
    live.get_by_label("Keys", exact=True).click()
    assert live.get_by_text("one epoch").is_visible()
    assert live.get_by_text("from number to number").is_visible()


def test_the_loss_says_what_it_is_of(live):
    said = live.get_by_title("the loss of every row just before the step that learned from it")
    assert said.locator("[data-standing=loss]").count() == 1
