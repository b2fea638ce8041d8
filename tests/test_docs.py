"""The pages in docs/: their code runs as it stands."""

import re
from pathlib import Path

import pytest
from support import blocks

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(page for page in DOCS.glob("*.md") if "```python" in page.read_text(encoding="utf-8"))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # examples train for a short while
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_python_blocks_run_one_after_another(page):
    names = {"__name__": "__main__"}
    for block in blocks(page.read_text(encoding="utf-8"), "python"):
        exec(compile(block, page.name, "exec"), names)


def test_links_between_pages_lead_somewhere():
    for page in DOCS.rglob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert "://" in link or (page.parent / link).exists(), f"{page.name}: {link}"
