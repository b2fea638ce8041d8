"""The pages in docs/: their code and commands run as they stand, and print what they show."""

import re
import shlex
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlnn.cli.app import app

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(page for page in DOCS.glob("*.md") if "```python" in page.read_text(encoding="utf-8"))


BLOCK = re.compile(r"^( *)```(python|sh|text)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def shape(line):
    """Return a line without its numbers, whose last digits differ between processors."""
    return " ".join(re.sub(r"[−-]?\d[\d.,]*(e[−-]?\d+)?", "0", line).split())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # examples train for a short while
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_blocks_run_one_after_another_and_print_what_is_shown(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    names, printed = {"__name__": "__main__"}, ""
    for _, language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        block = textwrap.dedent(block)
        if language == "python":
            exec(compile(block, page.name, "exec"), names)
            printed += capsys.readouterr().out
        elif language == "sh":
            for line in block.replace("\\\n", " ").splitlines():
                name, *call = shlex.split(line)
                assert name == "mlnn", f"{page.name}: {line}"
                done = CliRunner().invoke(app, call)
                assert done.exit_code == 0, f"{line}\n{done.output}"
                printed += done.output
        else:
            lines = {shape(line) for line in printed.splitlines()}
            unsaid = [line for line in block.splitlines() if shape(line) not in lines]
            assert not unsaid, f"{page.name} shows what is not printed: {unsaid}\n{printed}"


def test_the_live_page_s_table_names_for_each_feature_a_test_that_exists():
    files = {path.name: path.read_text(encoding="utf-8") for path in (DOCS.parent / "tests" / "play").glob("test_*.py")}
    known = {name for text in files.values() for name in re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)}
    table = (DOCS / "live-page.md").read_text(encoding="utf-8").partition("## Beside others")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!test)(.+) \| ([^|]+) \|$", table, re.MULTILINE)[1:]
    assert len(rows) > 25
    for feature, tests in rows:
        named = re.findall(r"`([\w.]+)`", tests)
        assert named, f"no test: {feature}"
        assert not (missing := set(named) - known - files.keys()), f"{feature}: there is no {missing}"


def test_links_between_pages_lead_somewhere():
    for page in DOCS.rglob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert "://" in link or (page.parent / link).exists(), f"{page.name}: {link}"
