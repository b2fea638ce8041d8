"""How a limit on the time is shared out: what judging takes comes off before training begins."""

import time

import numpy as np

from mlnn.array import Array
from mlnn.tabular.evaluation import Evaluation
from mlnn.tabular.judgement import judgement_of
from mlnn.tabular.parts import Parts, Rows, separate
from mlnn.tabular.rehearsal import FEWEST, rehearsed
from mlnn.tabular.target import Target


def time_to_train(
    ends: float, target: Target, rows: Rows, judge: Rows | None, parts: Parts
) -> tuple[float, int | None]:
    """Return how many seconds are left to train in, and by how many rows to judge then, where not by all.

    What judging takes, whatever is predicted, comes off the time until the clock shows ``ends``, but no more than half.
    """
    random, apart = np.random.default_rng(0), judge is None and separate(parts.fold)
    seen, of = (np.flatnonzero(parts.fold >= 0), rows) if judge is None else (np.arange(len(judge.t)), judge)

    def rehearse(some: Array) -> None:
        scores = random.normal(size=(len(some), target.scores)).astype(of.matrix.dtype)
        weights = None if of.weights is None else of.weights[some]
        by, trivial = (Evaluation(target, of.t[some], target.output.predict(scores), weights) for _ in range(2))
        judgement_of("", by, parts.fold[some] if apart else None, trivial, by.predictions, parts.fold)

    takes = rehearsed(seen, target.scores, rehearse)
    half = max((ends - time.perf_counter()) / 2.0, 1e-3)
    if takes <= half:
        return 2.0 * half - takes, None
    return half, max(int(len(seen) * half / takes), FEWEST)
