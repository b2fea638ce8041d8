"""The same gestures before both players: Python's behind its server, and the browser's own on a page from a file."""

import pytest
from sklearn.datasets import load_iris
from waiting import until, until_stands

from mlnn.play.static import write_static


def weight(page, name):
    return page.get_by_label(f"Value of {name}").input_value()


def test_drive(live):
    live.get_by_role("button", name="Layer 1, unit 1").click()
    first = weight(live, "W1[0,0]")
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.get_by_label("Run to epoch").fill("40")
    live.get_by_label("Run to epoch").press("Enter")
    until_stands(live, "epoch", "40")
    assert weight(live, "W1[0,0]") != first
    live.get_by_role("button", name="Reset").click()
    until_stands(live, "epoch", "0")
    until(live, "first => document.querySelector('.panel input').value === first", first)
    live.get_by_role("button", name="Play").click()
    live.get_by_role("button", name="Pause").click()
    live.get_by_role("button", name="Play").wait_for()


def test_both_players_draw_the_same_first_weights_and_take_the_same_steps(page, server, tmp_path):
    write_static(tmp_path / "page")
    seen = []
    for address in (server.door.address, (tmp_path / "page" / "index.html").as_uri()):
        page.goto(address)
        page.get_by_role("button", name="Layer 1, unit 3").click()
        page.get_by_label("Run to epoch").fill("100")
        page.get_by_label("Run to epoch").press("Enter")
        until_stands(page, "epoch", "100")
        page.get_by_role("button", name="Play").wait_for()
        seen.append((weight(page, "W1[1,2]"), page.locator("[data-standing=loss]").text_content()))
    assert seen[0] == seen[1]


def test_the_network_changes_while_it_trains(live):
    live.get_by_role("button", name="Play").click()
    live.get_by_label("One unit more in layer 1").click()
    until(live, "document.querySelectorAll('.unit:not(.input):not(.output)').length === 4")
    live.get_by_label("One hidden layer more").click()
    until(live, "document.querySelectorAll('.unit:not(.input):not(.output)').length === 8")
    live.get_by_label("Activation of layer 2").select_option("Maxout")
    live.get_by_label("Optimizer", exact=True).select_option("AdamW")
    live.get_by_label("Penalty", exact=True).select_option("ElasticNet")
    live.get_by_label("Schedule", exact=True).select_option("WarmUp")
    until(live, "['Maxout', 'AdamW', 'ElasticNet', 'WarmUp'].every(part => location.hash.includes(part))")
    live.get_by_role("button", name="Pause").click()
    assert live.locator(".notice").count() == 0


@pytest.mark.parametrize("kind", ["Circles", "Spirals", "Wave", "Digits"])
def test_data(live, kind):
    live.locator(".kinds label", has_text=kind).click()
    until(live, "kind => location.hash.includes(kind)", kind if kind != "Digits" else "digits")
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    assert live.locator(".notice").count() == 0


def test_a_table_of_ones_own(live, tmp_path):
    load_iris(as_frame=True).frame.to_csv(tmp_path / "iris.csv", index=False)
    live.locator(".kinds label", has_text="Own table").click()
    live.get_by_label("Choose a CSV file").set_input_files(tmp_path / "iris.csv")
    until(live, "document.querySelectorAll('.unit.output').length === 3")
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")


def test_the_address_of_a_run_opens_it_again(live):
    live.get_by_label("Noise").fill("0.4")
    live.get_by_label("Discretize").check()
    until(live, "location.hash === '#1&data.noise=0.4&view.discretize=true'")
    live.reload()
    until(live, "document.querySelector('[aria-label=Noise]')?.value === '0.4'")
    assert live.get_by_label("Discretize").is_checked()
