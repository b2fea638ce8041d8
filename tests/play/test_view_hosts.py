"""The same gestures before both players: Python's behind its server, and the browser's own on a page from a file."""

import pytest
from sklearn.datasets import load_iris
from waiting import until, until_stands

from mlnn.play.static import write_static


@pytest.fixture(params=["live", "still"])
def host(request):
    """The page, open before either player."""
    return request.getfixturevalue(request.param)


def weight(page, name):
    return page.get_by_label(f"Value of {name}").input_value()


def test_drive(host):
    host.get_by_role("button", name="Layer 1, unit 1").click()
    first = weight(host, "W1[0,0]")
    host.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(host, "epoch", "1")
    host.get_by_label("Run to epoch").fill("40")
    host.get_by_label("Run to epoch").press("Enter")
    until_stands(host, "epoch", "40")
    assert weight(host, "W1[0,0]") != first
    host.get_by_role("button", name="Reset").click()
    until_stands(host, "epoch", "0")
    until(host, "first => document.querySelector('.panel input').value === first", first)
    host.get_by_role("button", name="Play").click()
    host.get_by_role("button", name="Pause").click()
    host.get_by_role("button", name="Play").wait_for()


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


def test_the_network_changes_while_it_trains(host):
    host.get_by_role("button", name="Play").click()
    host.get_by_label("One unit more in layer 1").click()
    until(host, "document.querySelectorAll('.unit:not(.input):not(.output)').length === 4")
    host.get_by_label("One hidden layer more").click()
    until(host, "document.querySelectorAll('.unit:not(.input):not(.output)').length === 8")
    host.get_by_label("Activation of layer 2").select_option("Maxout")
    host.get_by_label("Optimizer", exact=True).select_option("AdamW")
    host.get_by_label("Penalty", exact=True).select_option("ElasticNet")
    host.get_by_label("Schedule", exact=True).select_option("WarmUp")
    until(host, "['Maxout', 'AdamW', 'ElasticNet', 'WarmUp'].every(part => location.hash.includes(part))")
    host.get_by_role("button", name="Pause").click()
    assert host.locator(".notice").count() == 0


@pytest.mark.parametrize("kind", ["Circles", "Spirals", "Wave", "Digits"])
def test_data(host, kind):
    host.locator(".kinds label", has_text=kind).click()
    until(host, "kind => location.hash.includes(kind)", kind if kind != "Digits" else "digits")
    host.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(host, "epoch", "1")
    assert host.locator(".notice").count() == 0


def test_a_table_of_ones_own(host, tmp_path):
    load_iris(as_frame=True).frame.to_csv(tmp_path / "iris.csv", index=False)
    host.locator(".kinds label", has_text="Own table").click()
    host.get_by_label("Choose a CSV file").set_input_files(tmp_path / "iris.csv")
    until(host, "document.querySelectorAll('.unit.output').length === 3")
    host.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(host, "epoch", "1")


def test_the_address_of_a_run_opens_it_again(host):
    host.get_by_label("Noise").fill("0.4")
    host.get_by_label("Discretize").check()
    until(host, "location.hash === '#1&data.noise=0.4&view.discretize=true'")
    host.reload()
    until(host, "document.querySelector('[aria-label=Noise]')?.value === '0.4'")
    assert host.get_by_label("Discretize").is_checked()
