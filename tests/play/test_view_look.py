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
