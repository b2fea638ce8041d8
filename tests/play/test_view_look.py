"""The page for everybody: an accessibility audit of every tab, wide and narrow, light and dark; nothing overflows."""

import pytest
from auditing import audits, findings
from waiting import until


@audits
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_serious_finding_and_no_overflow(browser, server, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{server.door.address}#1&view.numbers=true&view.through=3")
    page.get_by_role("button", name="Layer 1, unit 2").click()
    page.get_by_role("button", name="Epoch", exact=True).click()
    until(page, "document.querySelector('[data-standing=epoch]').textContent === '1'")
    for tab in ("Network", "Computation graph", "Health", "Compare"):
        page.get_by_role("tab", name=tab).click()
        page.get_by_role("tabpanel", name=tab).wait_for()
        page.wait_for_timeout(150)  # a frame with what the tab asks for
        assert findings(page) == [], tab
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
    context.close()


def test_motion_is_reduced_where_it_is_asked_for(browser, server):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(server.door.address)
    page.locator(".unit").first.wait_for()
    moves = "parseFloat(getComputedStyle(each).transitionDuration) > 0"
    assert page.evaluate(f"[...document.querySelectorAll('.mlnn *')].filter(each => {moves}).length") == 0
    context.close()


def test_a_tab_is_chosen_by_arrows(live):
    live.get_by_role("tab", name="Network").focus()
    live.keyboard.press("ArrowRight")
    live.get_by_role("tabpanel", name="Computation graph").wait_for()
    live.keyboard.press("ArrowLeft")
    live.get_by_role("tabpanel", name="Network").wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_long_names_are_cut_where_there_is_no_room(page, server, tmp_path, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(server.door.address)
    names = ["mean_household_income_in_euro_per_year_2023_adjusted_" + letter for letter in "abc"]
    labels = ["some_rather_long_class_name_" * 8 + letter for letter in "xy"]
    lines = [f"{k % 7},{k % 5},{k % 3},{labels[k % 2]}" for k in range(60)]
    table = tmp_path / "long.csv"
    table.write_text("\n".join([",".join([*names, "what_is_to_be_predicted_of_" * 4]), *lines]) + "\n")
    page.get_by_text("Own table").click()
    page.locator("input[type=file]").first.set_input_files(table)
    until(page, "location.hash.includes('own')")
    until(page, "document.querySelectorAll('.unit.input').length === 3")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    heights = "['.picture', '.dots'].map(each => document.querySelector(each).getBoundingClientRect().height)"
    picture, points = page.evaluate(heights)
    assert picture < points + 40  # no axis makes the picture taller


def test_what_is_reached_by_keyboard_is_not_below_the_head(page, server):
    page.set_viewport_size({"width": 1280, "height": 700})
    page.goto(server.door.address)
    page.get_by_label("One hidden layer fewer").wait_for()
    covered = """label => {
      scrollTo(0, document.body.scrollHeight);
      const control = document.querySelector(`[aria-label="${label}"]`);
      control.focus();
      const { left, top, width, height } = control.getBoundingClientRect();
      return !control.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    }"""
    assert [page.evaluate(covered, label) for label in ("One hidden layer fewer", "Units of layer 1")] == [False, False]
