"""The comparison of table models: ranks, Elo, calibration, what is kept, and what the report says."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "bench"

if not BENCH.exists():
    pytest.skip("an sdist has no bench/", allow_module_level=True)


def result(model, table, seed, loss, **others):
    figures = {"rows": 100, "classes": 2, "error": loss / 2, "calibration_error": 0.01, "fit_seconds": 2.0}
    cost = {"predict_seconds": 0.1, "bytes": 5000, "machine": "a machine"}
    key = {"model": model, "version": "1.0", "table": table, "seed": seed}
    return key | figures | cost | {"loss": loss} | others


def test_ranks_are_within_a_split_and_equal_losses_share(bench):
    losses = np.array([[[0.3, 0.1, 0.2], [0.1, 0.1, 0.5]], [[np.nan, 0.2, 0.1], [np.nan, 0.1, np.nan]]])
    expected = [[[3, 1, 2], [1.5, 1.5, 3]], [[3, 2, 1], [2.5, 1, 2.5]]]
    assert bench("ranking").ranks(losses).tolist() == expected


def test_elo_of_three_wins_in_four_is_400_log10_3(bench):
    ranking = bench("ranking")
    won = ranking.wins(np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0], [1.0, 2.0]])).sum(axis=0)
    assert won.tolist() == [[0, 3], [1, 0]]
    np.testing.assert_allclose(ranking.elo(won, 1), [1000 + 400 * np.log10(3), 1000], atol=0.2)
    chances = np.array([[0, 10, 100], [1, 0, 10], [1, 1, 0]]) / np.array([[1, 11, 101], [11, 1, 11], [101, 11, 1]])
    np.testing.assert_allclose(ranking.elo(1000 * chances, 0), [1000, 600, 200], atol=0.2)
    level = ranking.wins(np.array([0.5, 0.5]))
    np.testing.assert_allclose(ranking.elo(level, 0), [1000, 1000])
    unbeaten = ranking.elo(np.array([[0, 9], [0, 0]]), 1)
    assert 1000 < unbeaten[0] < 5000


def test_an_interval_draws_tables_and_splits_of_each(bench):
    ranking = bench("ranking")
    tables = np.repeat([[0.0], [1.0]], 3, axis=1)  # all the noise is between tables: means of two draws are 0, ½ or 1
    low, high = ranking.interval(tables, ranking.mean)
    assert (low, high) == (0.0, 1.0)
    splits = np.tile([0.0, 1.0], (1, 1))  # and here between splits
    assert ranking.interval(splits, ranking.mean) == (0.0, 1.0)
    assert ranking.interval(np.full((4, 3), 0.25), ranking.mean) == (0.25, 0.25)


def test_scores_of_a_split(bench):
    scores = bench("one_fit").scores
    P = np.array([[0.9, 0.1], [0.9, 0.1], [0.3, 0.7], [0.3, 0.7]])
    found = scores(np.array([0, 1, 1, 1]), P, True)
    assert found["error"] == 0.25
    assert found["loss"] == pytest.approx(-np.log([0.9, 0.1, 0.7, 0.7]).mean())
    assert found["calibration_error"] == pytest.approx(0.5 * (0.9 - 0.5) + 0.5 * (1.0 - 0.7))
    found = scores(np.array([1.0, 3.0]), np.array([2.0, 3.0]), False)
    assert found == {"loss": pytest.approx(np.sqrt(0.5)), "error": pytest.approx(0.5), "calibration_error": None}


def test_a_table_is_a_file_and_a_target(bench, tmp_path):
    Task = bench("one_fit").Task
    path = tmp_path / "small.csv"
    path.write_text("x, kind, y\n1, a, 3\n?, ?, 4\n3, b, 3\n", encoding="utf-8")
    frame, y, classes = Task.of(f"{path}:y").read()
    assert (classes, y.tolist()) == (True, [0, 1, 0])
    assert frame["x"].isna().tolist() == frame["kind"].isna().tolist() == [False, True, False]
    field = bench("field")
    assert field.as_text(frame)["kind"].tolist() == ["a", "(missing)", "b"]
    assert Task.of(f"{path}:y:regression").read()[1].tolist() == [3.0, 4.0, 3.0]
    for text in ("small.csv", "small.csv:y:ranking", "small.csv:"):
        with pytest.raises(ValueError, match="a table must be FILE:TARGET"):
            Task.of(text)


def test_the_report_is_of_the_latest_versions_and_tells_failures_and_losses(bench):
    results = [result("mlnn", "old", 0, 9.0, version="0.9"), result("boosting", "one", 0, 0.1)]
    for table, ours, theirs in (("one", 0.2, 0.3), ("two", 0.4, 0.3)):
        for seed in (0, 1):
            results += [
                result("mlnn", table, seed, ours, fit_seconds=1.0),
                result("catboost", table, seed, theirs),
                result("forest", table, seed, 0.5),
            ]
    failure = {"model": "catboost", "version": "1.0", "table": "two", "seed": 1, "failed": "not done", "machine": "m"}
    results.remove(result("catboost", "two", 1, 0.3))
    text = bench("standings").standings([*results, failure])
    lines = text.splitlines()
    (ours,) = [line for line in lines if line.startswith("| mlnn | 1.25")]
    assert "| 0.5 | 1 | 5 |" in ours
    assert "| one | 100 | 2 classes | **0.2** | 0.3 | 0.5 |" in lines
    assert "| two | 100 | 2 classes | 0.4 | **0.3** | 0.5 |" in lines
    assert "HistGradientBoosting was not run on all of them and is left out." in lines
    assert "CatBoost failed on two, split 1: not done. It has the last rank there." in lines
    assert any(line.startswith("mlnn's lead on CatBoost in the rank of loss is +0.50 (−") for line in lines)
    assert any("its loss is larger on 1 of 2: two." in line for line in lines)
    assert "Its fit takes longer than CatBoost's on none." in lines
    assert "| old |" not in text
    assert bench("standings").standings([]) == "There are no results yet."


def test_the_command_fits_what_is_not_kept_and_writes(bench, tmp_path):
    random = np.random.default_rng(3)
    x, kind = random.standard_normal(60).round(3), random.choice(["a", "b"], 60)
    path, kept, page = tmp_path / "tiny.csv", tmp_path / "kept.json", tmp_path / "page.md"
    y = (x + (kind == "a") > 0.5).astype(int)
    cells = "\n".join(f"{a},{b},{c}" for a, b, c in zip(x, kind, y, strict=True))
    path.write_text(f"x,kind,y\n{cells}\n", encoding="utf-8")
    known = result("boosting", "tiny", 0, 1.5, version=sklearn.__version__, rows=60)
    stale = result("mlnn", "tiny", 0, 0.5, version="0.0.1")
    for each in (known, stale):
        bench("tables").record(kept, each)
    command = [sys.executable, str(BENCH / "tables.py"), f"{path}:y", "--only", "mlnn,boosting", "--seeds", "1"]
    command += ["--record", str(kept), "--write", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    *before, fitted = json.loads(kept.read_text(encoding="utf-8"))
    assert before == [known, stale]
    assert (fitted["model"], fitted["table"], fitted["seed"], fitted["classes"]) == ("mlnn", "tiny", 0, 2)
    assert fitted["fit_seconds"] > 0
    assert fitted["bytes"] > 1000
    assert 0.0 < fitted["loss"] < 1.0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Benchmarks\n\n<!-- tables -->\nEverybody with their defaults")
    assert f"| tiny | 60 | 2 classes | **{fitted['loss']:.4g}** | 1.5 |" in text
    assert f"mlnn-learn {fitted['version']}, scikit-learn {sklearn.__version__}. " in text


def test_a_fit_that_fails_is_told(bench, tmp_path):
    one_fit = bench("one_fit")
    sent = []

    class Sender:
        send = staticmethod(sent.append)

    one_fit.send(Sender, "mlnn", f"{tmp_path / 'none.csv'}:y", 0)
    assert list(sent[0]) == ["failed"]
    assert sent[0]["failed"].startswith("FileNotFoundError: ")
