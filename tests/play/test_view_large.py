"""Large tables and networks: less of them is looked at, in words; nothing is cut off or pushed out of sight."""

import numpy as np
import pytest
from waiting import until, until_stands, until_true


@pytest.fixture
def wide(still, tmp_path):
    """A table of 6,000 rows and 40 columns: two of numbers that matter, the rest yes or no."""
    random = np.random.default_rng(0)
    X = np.column_stack([random.integers(0, 2, (6000, 38)), random.normal(size=(6000, 2))])
    y = (X[:, 38] + X[:, 39] > 0).astype(int)
    names = ",".join([*(f"flag{k}" for k in range(38)), "height", "weight", "answer"])
    np.savetxt(tmp_path / "wide.csv", np.column_stack([X, y]), delimiter=",", header=names, comments="", fmt="%.4g")
    still.get_by_text("Own table").click()
    still.get_by_label("Choose a CSV file").set_input_files(tmp_path / "wide.csv")
    until(still, "document.body.innerText.includes('6,000 rows, 40 features')")
    return still


def test_a_large_table_begins_with_what_suits_it(wide):
    assert wide.get_by_label("Batch", exact=True).input_value() == "256"
    assert "training takes them 256 at a time" in wide.locator(".said").inner_text()
    assert wide.get_by_label("Units of layer 1").input_value() == "16"
    axes = {wide.get_by_label(f"Axis {way}").locator("option:checked").inner_text() for way in ("across", "up")}
    assert axes == {"height", "weight"}
    assert "2,000 of 4,200 training rows, 1,800 of 1,800 held out" in wide.locator(".sampled").inner_text()


def test_many_features_are_counted_and_chosen_together(wide):
    until(wide, "document.querySelector('.chips legend').textContent === 'Features: 40 of 40'")
    wide.locator(".chips").get_by_role("button", name="None").click()
    until(wide, "document.querySelector('.chips legend').textContent === 'Features: 1 of 40'")
    wide.locator(".chips").get_by_role("button", name="All").click()
    until(wide, "document.querySelector('.chips legend').textContent === 'Features: 40 of 40'")


def test_the_page_ends_where_its_cards_end_and_nothing_of_the_diagram_is_cut(wide):
    ends = "Math.max(...[...document.querySelectorAll('.mlnn .card')].map(each => each.getBoundingClientRect().bottom))"
    assert wide.evaluate(f"document.documentElement.scrollHeight - scrollY - ({ends})") < 40
    more = wide.locator(".more", has_text="+ 24 more").bounding_box()
    stage = wide.locator(".stage").bounding_box()
    assert more["y"] + more["height"] <= stage["y"] + stage["height"]


def test_a_large_network_is_looked_at_less_while_it_trains(live):
    layer = "'layer':{'is':'Tanh'},'norm':false,'dropout':0"
    live.evaluate(f"""location.hash = "#1&network.layers=[{{'units':200,{layer}}},{{'units':200,{layer}}}]" """)
    width = "document.querySelector('.decision .heat').width"
    until(live, f"document.querySelectorAll('.heads > div').length === 4 && {width} < 50")
    rests = live.evaluate(width)
    live.get_by_role("button", name="Play").click()
    until(live, f"{width} < {rests}")
    live.get_by_role("button", name="Pause").click()
    until(live, f"{width} === {rests}")


def test_a_reload_scores_fewer_moments_of_a_large_network(live, server, monkeypatch):
    layer = "'layer':{'is':'Tanh'},'norm':false,'dropout':0"
    live.evaluate(
        f"""location.hash = "#1&data.rows=1000&network.layers=[{{'units':256,{layer}}},{{'units':256,{layer}}}]" """
    )
    until(live, "document.querySelectorAll('.heads > div').length === 4")
    live.get_by_label("Run to epoch").fill("40")
    live.get_by_label("Run to epoch").press("Enter")
    until_stands(live, "epoch", "40")
    asked, get = [], server.player.get

    def heard(question, detail=None):
        asked.append(question)
        return get(question, detail)

    monkeypatch.setattr(server.player, "get", heard)
    live.reload()
    live.locator("[data-standing=epoch]").wait_for()
    until_true(lambda: "kept" in asked)
    until_stands(live, "epoch", "40")
    live.wait_for_timeout(500)
    assert 2 <= asked.count("kept") < 20  # of 41 that are kept


@pytest.mark.parametrize("size", [(1280, 900), (390, 700)])
def test_what_opens_is_not_cut_at_a_cards_edge(still, size):
    still.set_viewport_size({"width": size[0], "height": size[1]})
    opener = still.locator(".heads .formulas > summary").first
    opener.scroll_into_view_if_needed()
    opener.click()
    popover = still.locator(".heads .formulas[open] > .popover")
    popover.wait_for()
    corners = """each => {
      const {left, right, top, bottom} = each.getBoundingClientRect();
      return [[left + 9, top + 9], [right - 9, top + 9], [left + 9, bottom - 9], [right - 9, bottom - 9]]
        .every(([x, y]) => each.contains(document.elementFromPoint(x, y)));
    }"""
    assert popover.evaluate(corners)
    still.keyboard.press("Escape")
    popover.wait_for(state="hidden")


def test_the_drive_is_slim_on_a_phone(still):
    still.set_viewport_size({"width": 390, "height": 900})
    assert still.locator(".drive").bounding_box()["height"] < 110
    still.mouse.wheel(0, 1500)
    until(still, "scrollY > 900")
    assert still.locator(".drive").bounding_box()["y"] >= 0
