"""An audit by axe of what teaches and of what judges, each tab of the page; bright and dark, wide and narrow."""

from pathlib import Path

import pytest

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def findings(page):
    """What axe finds serious or critical: its rule, and where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run(document, {preload: false}).then(found => found.violations)")
    return [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in violations
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_teaches_can_be_used_by_everybody(live, width, scheme):
    if not AXE.exists():
        pytest.skip("axe is not installed: cd web && npm ci")
    live.set_viewport_size({"width": width, "height": 900})
    live.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    live.locator(".lessons summary").click()
    assert findings(live) == []
    live.get_by_role("button", name="The tutorial").click()
    live.locator(".lesson-open").wait_for()
    live.get_by_role("tab", name="Computation graph").click()
    live.wait_for_selector(".figure")
    assert findings(live) == []
    live.locator(".scroller").focus()
    live.keyboard.press("End")
    live.locator("[data-spot='1 dW 1']").click()
    live.get_by_role("button", name="Homework").click()
    live.locator(".answers input").first.fill("0.1")
    live.locator(".verdict").wait_for()
    assert findings(live) == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_judges_can_be_used_by_everybody(live, width, scheme):
    if not AXE.exists():
        pytest.skip("axe is not installed: cd web && npm ci")
    live.set_viewport_size({"width": width, "height": 900})
    live.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    live.get_by_label("Run to epoch").fill("30")
    live.get_by_label("Run to epoch").press("Enter")
    live.get_by_role("tab", name="Health").click()
    live.locator(".landscape svg").wait_for()
    live.get_by_text("For a class").click()
    assert findings(live) == []
    live.get_by_role("tab", name="Compare").click()
    live.get_by_role("button", name="Pin this run").click()
    live.locator(".compare figure canvas").first.wait_for()
    live.get_by_role("slider", name="Time line").press("Home")
    live.get_by_role("button", name="Go back here").wait_for()
    assert findings(live) == []
