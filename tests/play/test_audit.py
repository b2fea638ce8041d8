"""An audit by axe of what teaches and of what judges, each tab of the page; bright and dark, wide and narrow."""

import pytest
from auditing import audits, findings

pytestmark = audits


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")], ids=str)
def anybodys(request, live):
    """The page in a width and scheme, without motion."""
    width, scheme = request.param
    live.set_viewport_size({"width": width, "height": 900})
    live.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    return live


def test_what_teaches_can_be_used_by_everybody(anybodys):
    anybodys.locator(".lessons summary").click()
    assert findings(anybodys) == []
    anybodys.get_by_role("button", name="The tutorial").click()
    anybodys.locator(".lesson-open").wait_for()
    anybodys.get_by_role("tab", name="Computation graph").click()
    anybodys.wait_for_selector(".figure")
    assert findings(anybodys) == []
    anybodys.locator(".scroller").focus()
    anybodys.keyboard.press("End")
    anybodys.locator("[data-spot='1 dW 1']").click()
    anybodys.get_by_role("button", name="Homework").click()
    anybodys.locator(".answers input").first.fill("0.1")
    anybodys.locator(".verdict").wait_for()
    assert findings(anybodys) == []


def test_what_judges_can_be_used_by_everybody(anybodys):
    anybodys.get_by_label("Run to epoch").fill("30")
    anybodys.get_by_label("Run to epoch").press("Enter")
    anybodys.get_by_role("tab", name="Health").click()
    anybodys.locator(".landscape svg").wait_for()
    anybodys.get_by_text("For a class").click()
    assert findings(anybodys) == []
    anybodys.get_by_role("tab", name="Compare").click()
    anybodys.get_by_role("button", name="Pin this run").click()
    anybodys.locator(".compare figure canvas").first.wait_for()
    anybodys.get_by_role("slider", name="Time line").press("Home")
    anybodys.get_by_role("button", name="Go back here").wait_for()
    assert findings(anybodys) == []
