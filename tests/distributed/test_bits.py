"""What is trained ends in the same bits alone, on threads, on workers of a Dask cluster, on processes of MPI."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import spread
from crew import PARTS, alone, crew, trained

from mlnn.distributed import Cluster
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import Adam
from mlnn.training import Recipe, epochs


@pytest.fixture(scope="module")
def truth():
    return spread.all_of_them(Cluster(1, parts=spread.PARTS))


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_on_threads(truth, workers):
    assert spread.all_of_them(Cluster(workers, parts=spread.PARTS)) == truth


def test_the_trainings_differ_and_their_parts_matter(truth):
    assert len(set(truth)) == spread.COUNT
    assert spread.all_of_them(Cluster(1, parts=1)) != truth


def test_a_cluster_has_the_bits_of_none():
    network = Network.dense([7, 200, 100, 2])
    problem = Problem.of(network, np.float32(spread.ROWS), spread.CLASSES)
    start, recipe = network.initial(np.random.default_rng(0), np.float32), Recipe(Adam(), epochs=4, batch_size=450)
    *_, ours = epochs(problem, start, recipe)
    with Cluster(2) as cluster:
        *_, theirs = epochs(problem, start, recipe)
    assert ours.theta.tobytes() == theirs.theta.tobytes()
    assert ours.loss == theirs.loss
    works = list(cluster.workers.work.values())
    assert [work.steps for work in works] == [8, 8]
    assert all(work.sent > 8 * network.size * 2 for work in works)  # half of its gradient, and its sum, each step


@pytest.mark.cluster
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_on_workers_of_dask(truth, workers):
    with crew(workers) as (_, client):
        assert spread.all_of_them(Cluster(client, parts=spread.PARTS)) == truth


@pytest.mark.cluster
@pytest.mark.parametrize("processes", [1, 2, 4])
def test_on_processes_of_mpi(truth, processes):
    launcher = pytest.importorskip("mpi4py") and Path(sys.executable).with_name("mpiexec")
    command = [launcher, "-n", str(processes), sys.executable, "-m", "mlnn.distributed", spread.__file__, "mpi"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert json.loads(done.stdout) == truth


@pytest.mark.cluster
@pytest.mark.parametrize("how", ["encrypted", "in this process"])
def test_on_other_lines(how):
    from distributed import Client, LocalCluster
    from distributed.security import Security

    settings = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    if how == "encrypted":
        pytest.importorskip("cryptography")
        settings |= {"security": Security.temporary(), "protocol": "tls://"}
    with (
        LocalCluster(**settings, processes=how == "encrypted") as local,
        Client(local, security=settings.get("security"), set_as_default=False) as client,
        Cluster(client, parts=PARTS) as cluster,
    ):
        assert trained() == alone()
    assert len(cluster.workers.work) == 2
