"""The page on reliability says what was measured, and nothing else."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "bench"

if not BENCH.exists():
    pytest.skip("an sdist has neither bench/ nor docs/", allow_module_level=True)


@pytest.fixture
def reliability(bench):
    """Return bench/reliability.py."""
    return bench("reliability")


def section(text):
    return text.split("<!-- reliability -->\n")[1].split("\n<!-- /reliability -->")[0]


def test_the_page_holds_what_is_recorded(reliability):
    outcomes = json.loads((BENCH / "reliability.json").read_text(encoding="utf-8"))
    names = [measure.name for measure in reliability.MEASURES]
    assert set(outcomes) <= set(names)
    assert len(names) == len(set(names))
    shown = section((ROOT / "docs" / "reliability.md").read_text(encoding="utf-8"))
    assert shown == reliability.page(outcomes), "python bench/reliability.py --page writes it anew"


def test_every_measure_that_is_recorded_can_be_made_again(reliability):
    for measure in reliability.MEASURES:
        script, _, function = measure.function.partition(":")
        source = BENCH / f"{script}.py"
        if measure.name in reliability.recorded():
            assert f"def {function}(" in source.read_text(encoding="utf-8"), measure.function


def test_an_outcome_is_recorded_shown_and_judged(reliability, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reliability, "RECORDED", tmp_path / "outcomes.json")
    monkeypatch.setattr(reliability, "PAGE", tmp_path / "page.md")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "made_up.py").write_text(
        "from outcome import Outcome\n"
        "def well(size):\n    return Outcome(size, 'all are well', True)\n"
        "def badly(size):\n    return Outcome(size - 1, 'one was lost', False)\n",
        encoding="utf-8",
    )
    rows = [
        reliability.Measure("well", "it must be well", "tries", 2, 1_000, "made_up:well"),
        reliability.Measure("badly", "it must not be bad", "tries", 3, 2_000, "made_up:badly"),
        reliability.Measure("never", "nobody wrote it", "tries", 4, 3_000, "not_there:measure"),
    ]
    monkeypatch.setattr(reliability, "MEASURES", rows)

    def called(*words):
        monkeypatch.setattr(sys, "argv", ["reliability.py", *words])
        return reliability.main()

    assert called("well", "--full", "--write") == 0
    assert called("never", "--write") == 0
    assert called("badly", "--write") == 1
    shown = section((tmp_path / "page.md").read_text(encoding="utf-8")).splitlines()
    assert shown[2].startswith("| **well**: it must be well | 1,000 tries | 1,000 | all are well | 20")
    assert shown[3].startswith(
        "| **badly**: it must not be bad | 2,000 tries | 2 | **does not hold**: one was lost | 20"
    )
    assert shown[4] == "| **never**: nobody wrote it | 3,000 tries | not run |  |  |"
    assert "badly: DOES NOT HOLD" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        called("nothing")
