"""Many machines on the command line: the same model from one process, from those of MPI, from a Dask cluster."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import COMMAND, FAST, assert_one_sentence, process
from crew import crew

from mlnn import load

ROWS = "a,b,kind\n" + "".join(
    f"{a:.3f},{b:.3f},{'in' if a * a + b * b < 1 else 'out'}\n"
    for a, b in np.random.default_rng(0).normal(size=(120, 2))
)


@pytest.fixture
def table(tmp_path):
    (tmp_path / "rows.csv").write_text(ROWS)
    return tmp_path / "rows.csv"


def weights(path):
    return [theta.tobytes() for _, theta in load(path).members_]


def test_where_there_is_no_cluster_it_is_said(table):
    patience = {**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
    ended = process("train", table, "--target", "kind", "--cluster", "tcp://127.0.0.1:9", env=patience)
    assert_one_sentence(ended.returncode, ended.stdout, ended.stderr, "there is no cluster at 'tcp://127.0.0.1:9'")


@pytest.mark.cluster
def test_the_same_model_everywhere(table, tmp_path):
    launcher = [str(Path(sys.executable).with_name("mpiexec")), "-n", "2"]
    train = [*COMMAND, "train", str(table), "--target", "kind", *FAST, "-o"]
    with crew(2) as (ours, _):
        for name, before, after in (
            ("alone", [], []),
            ("mpi", launcher, []),
            ("dask", [], ["--cluster", ours.address]),
        ):
            command, one = [*before, *train, str(tmp_path / name), *after], {**os.environ, "OMP_NUM_THREADS": "1"}
            ended = subprocess.run(command, capture_output=True, text=True, check=False, env=one)
            assert ended.returncode == 0, ended.stderr
            assert ("training on 2 workers of" in ended.stderr) == (name != "alone")
            assert ended.stdout.count("\nScores") <= 1  # one of the processes speaks
    assert weights(tmp_path / "alone") == weights(tmp_path / "mpi") == weights(tmp_path / "dask")
