"""The page on scaling says what was measured and what the model makes of it; the model knows what workers send."""

import doctest
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mlnn import Network, Problem, Recipe, epochs
from mlnn.distributed import Cluster
from mlnn.engine.machine import native_module
from mlnn.optimizer import Adam

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "bench"

if not BENCH.exists():
    pytest.skip("an sdist has neither bench/ nor docs/", allow_module_level=True)


@pytest.fixture
def model(bench):
    """Return bench/scaling_model.py."""
    return bench("scaling_model")


def test_the_page_holds_what_the_model_makes_of_the_measurements(model):
    measured, page = model.Measured(BENCH / "clusters.json"), (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    for name, make in model.SECTIONS.items():
        shown = page.split(f"<!-- {name} -->\n")[1].split(f"\n<!-- /{name} -->")[0]
        assert shown == make(measured), "python bench/scaling_model.py --write docs/scaling.md writes it anew"


def test_its_examples(model):
    assert doctest.testmod(model).failed == 0


@pytest.mark.parametrize(("workers", "parts"), [(2, 2), (2, 8), (3, 8), (5, 8), (8, 8)])
def test_it_foresees_to_the_byte_what_each_worker_sends(model, workers, parts):
    widths = [7, 48, 21, 3]
    random = np.random.default_rng(0)
    X = np.float32(random.standard_normal((128, 7)))
    network = Network.dense(widths)
    problem = Problem.of(network, X, X[:, :3].argmax(axis=1))
    with Cluster(workers, parts=parts) as cluster:
        list(epochs(problem, network.initial(random, np.float32), Recipe(Adam(), epochs=2, batch_size=64)))
    lanes = native_module().vector_bytes // 4
    for rank, work in enumerate(cluster.workers.work.values()):
        assert work.sent == work.steps * model.sent(widths, workers, parts, rank, lanes)


def test_factors_are_found_again(model):
    rows = np.random.default_rng(0).random((6, 3))
    assert model.fitted(rows, rows @ [2.0, 0.0, 3.0]) == pytest.approx([2.0, 0.0, 3.0], abs=1e-9)


def test_a_machine_more_never_makes_the_computing_longer(model):
    machine, line = model.Machine(1e11, 1e-9, 1e-10), model.Line(25e-6, 2e-5, 1e9)
    case = model.Case("", (16, 512, 512, 2), 4096, 1)
    seconds = [model.step(case, count, 64, machine, line) for count in (1, 2, 3, 8, 64, 100)]
    assert all(a.products >= b.products for a, b in pairwise(seconds))
    assert seconds[-1] == seconds[-2], "more workers than parts have nothing to do"
    assert seconds[0].messages == seconds[0].bytes == 0.0
