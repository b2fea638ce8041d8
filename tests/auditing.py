"""What axe finds on a page that not everybody could use."""

from pathlib import Path

import pytest

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"

audits = pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: cd web && npm ci")


def findings(page):
    """What is serious or critical: axe's rule, and where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run(document, {preload: false}).then(found => found.violations)")
    return [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in violations
        if each["impact"] in ("serious", "critical")
    ]
