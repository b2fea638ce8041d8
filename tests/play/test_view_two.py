"""Two pages in one document, as a notebook may show them: what is chosen in the one leaves the other as it is."""

import pytest
from waiting import until

TWO = """() => {
  const root = document.body.appendChild(document.createElement("div"));
  root.id = "second";
  return mlnnPlay.static(root);
}"""


@pytest.fixture
def two(still):
    """Two pages in one document, the second below the first."""
    still.evaluate(TWO)
    still.locator("#second svg").first.wait_for()
    return still.locator("#play"), still.locator("#second")


def test_radio_buttons_belong_to_their_page(two):
    first, second = two
    second.get_by_label("Spirals").check()
    second.get_by_label("Move", exact=True).check(force=True)  # its look covers it
    assert first.get_by_label("Moons").is_checked()
    assert first.get_by_label("Pick", exact=True).is_checked()
    first.get_by_label("Circles").check()
    assert second.get_by_label("Spirals").is_checked()


def test_no_id_is_there_twice_and_labels_and_tabs_find_their_own(two, still):
    first, second = two
    for each in two:
        each.get_by_role("tab", name="Computation graph").click()
        each.locator(".figure").wait_for()
    ids = still.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")
    assert len(ids) == len(set(ids))
    second.get_by_text("Optimizer", exact=True).click()
    until(still, "document.querySelector('#second').contains(document.activeElement)")
    second.get_by_role("tab", name="Computation graph").press("ArrowRight")
    until(still, "document.querySelector('#second [role=tab]:nth-child(3)') === document.activeElement")
    assert first.get_by_role("tab", name="Computation graph").get_attribute("aria-selected") == "true"


def test_each_walks_its_own_graph(two):
    first, second = two
    for each in two:
        each.get_by_role("tab", name="Computation graph").click()
        each.locator(".figure").wait_for()
    second.get_by_role("button", name="Step forward").click()
    second.get_by_role("button", name="Step forward").click()
    second.locator(".gate.lit").wait_for()
    assert first.locator(".gate.lit").count() == 0
