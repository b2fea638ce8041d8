"""Learning from a table that is larger than memory: a sample tells what columns are, all rows are trained on."""

import shutil
import tempfile
import time
from abc import abstractmethod
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from mlnn import memory
from mlnn.array import Array
from mlnn.frame.column import TableError
from mlnn.frame.preparation import Preparation
from mlnn.frame.printable import printable
from mlnn.frame.sentence import number_of
from mlnn.frame.split import dealt
from mlnn.frame.table import Table
from mlnn.optimizer import LBFGS
from mlnn.source import stored
from mlnn.tabular.budget import time_to_train
from mlnn.tabular.evaluable import Evaluable
from mlnn.tabular.evaluation import Evaluation
from mlnn.tabular.familiar import Familiar
from mlnn.tabular.given import that_count, without_target
from mlnn.tabular.judgement import judgement_of, mark_of, marking
from mlnn.tabular.members import Plan, Watch
from mlnn.tabular.named import NamedTargets
from mlnn.tabular.parts import Parts, Rows
from mlnn.tabular.rehearsal import spread
from mlnn.tabular.room import Room, parted
from mlnn.tabular.score import baseline_of, over
from mlnn.tabular.settings import TableSettings
from mlnn.tabular.stream import Reader, Tally, weights_in
from mlnn.tabular.target import Target
from mlnn.tabular.training import train
from mlnn.training import listening
from mlnn.training.recorder import Recorder


class Sample(NamedTuple):
    """What a sample of a table's rows tells.

    Attributes
    ----------
    reader : Reader
        Who reads all other rows.
    numbers : array of int, shape (n,)
        The sample's rows that have a target and a weight, by their numbers in the table.
    matrix, t, weights : arrays
        These, prepared out of fold, and what belongs to each.
    """

    reader: Reader
    numbers: Array
    matrix: Array
    t: Array
    weights: Array | None


class InWindows(Evaluable, TableSettings):
    """A table model that also learns from tables larger than memory."""

    @abstractmethod
    def learn_targets(self, y: Array) -> Target:
        """Look at training targets, as ``checked_targets`` returns them."""

    def _weighed(self, y: Array, weights: Array | None) -> Array | None:
        """Return the weights of the rows, those of their classes in them."""
        return weights

    @abstractmethod
    def _seed(self) -> int:
        """Return the seed of everything random."""

    def _preparation(self) -> Preparation:
        """Return what makes a matrix of a table, before it has learned anything."""
        return Preparation(columns=self.columns, missing=self.missing, decimal=self.decimal).for_model()

    def _fit_in_windows(
        self,
        file: NamedTargets,
        room: Room,
        started: float,
        watch: Watch | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """Train on a table that has its targets in it.

        Some rows, spread over all, are held in memory: by two thirds of them it is learned what columns and targets
        are, by the others members are stopped, weighed and judged. All but those are prepared batch by batch, once, and
        stored; members are trained on windows of them, in one order.
        """
        if isinstance(self.rule(), LBFGS):
            raise TableError("L-BFGS looks at all rows at every step, but these are read in windows")
        table, seed, tally = file.table, self._seed(), Tally()
        self.said_ = list(map(printable, (room.words(table), *table.said)))
        self._table(table.only(file.features), reset=True)
        rows, aside = parted(table, file.targets, room, seed)
        marks = marking(table.rows)
        numbers = np.union1d(np.union1d(rows, aside), marks)
        held = table.take(numbers).held(room.batch)
        sample, others, marked = (held.take(np.searchsorted(numbers, each)) for each in (rows, aside, marks))
        known = self._learned(sample, file, rows, seed)
        judging = known.reader.read(others, tally)
        if not len(judging.kept):
            raise TableError(f"none of the {len(aside):,} rows that are held out to judge by has a target and a weight")
        target, preparation = known.reader.target, known.reader.preparation
        mark = mark_of(table.rows, preparation.prepare(marked.only(file.features)).matrix)
        del held, sample, others, marked  # what is known of them is prepared
        _require_disk(table.rows, known.matrix)
        batches = known.reader.batches(table, room.batch, aside, known.numbers, known.matrix, mark, tally)
        source = stored(batches, window=room.window)
        known = known._replace(matrix=known.matrix[:0])
        preparation.count(tally.seen)
        self.said_ += map(printable, (*known.reader.answers.said, *tally.said(preparation)))
        judge = Rows(judging.matrix, judging.t, known.reader.weighed(judging.t, judging.weights))
        nobody: Array = np.empty(0, np.int64)
        parts = Parts([(nobody, nobody)] * self.members_for(source.rows), nobody, nobody)
        in_source: Any = source
        training, seconds, most = Rows(in_source, known.t[:0]), None, None
        if self.time_budget is not None:
            seconds, most = time_to_train(started + self.time_budget, target, training, judge, parts)
        recipe = self.recipe(source.rows, seed)
        plan = Plan(recipe, self.patience, seconds=seconds, threads=self.n_threads, watch=watch, recorder=recorder)
        with listening() as interrupt:  # what is trained outlives an interrupt while it is judged
            found = train(self, target, training, parts, plan, judge)
            by = Evaluation(target, judge.t, found.predictions, judging.weights).only(
                spread(np.arange(len(judge.t)), most)
            )
            trivial = replace(by, predictions=baseline_of(known.t, len(by.t), target, known.weights))
            held_out = f"{number_of(len(by.t), 'row')} spread over all {table.rows:,}, held out and never trained on"
            none, threshold = np.empty((0, target.scores)), getattr(self, "threshold", None)
            judgement = judgement_of(held_out, by, None, trivial, none, nobody, threshold)
            how, familiar = "; ".join(filter(None, (held_out, over(target)))), Familiar.of(tally.digests, mark)
            self.said_ += [*map(printable, preparation.said), *found.said]
            summary = {"task": target.task, "rows": source.rows, "features": list(file.features)}
            summary |= {"target": list(file.targets), "batch_size": recipe.batch_size}
            summary["members"] = [course.to_json() for courses in found.courses for course in courses]
            summary |= {"seconds": time.perf_counter() - started, "reading": file.record(known.reader.answers)}
            judgement = replace(judgement, how=how, mark=mark, familiar=familiar)
            self.restore(preparation, target, found.views, judgement, summary)
            self.interrupted_ = found.interrupted or bool(interrupt)

    def _learned(self, sample: Table, file: NamedTargets, rows: Array, seed: int) -> Sample:
        """Return what a sample tells, whose rows have these numbers in the table."""
        answers = file.answers(self, sample)
        weights = None if file.weight is None else weights_in(sample, file.weight)
        kept = that_count(without_target(answers.y), weights)
        targets = self.checked_targets(answers.y[kept])
        target = self.learn_targets(targets)
        t = target.encode(targets)
        preparation = self._preparation()
        features = sample.only(file.features).take(kept)
        matrix = preparation.fit_transform(features, t, dealt(len(t), seed), target.task)
        reader = Reader(file, answers, self.checked_targets, target, preparation, self._shares(targets, t, target))
        return Sample(reader, rows[kept], matrix, t, None if weights is None else weights[kept])

    def _shares(self, targets: Array, t: Array, target: Target) -> Array | None:
        """Return the weights of the classes, as the sample tells how frequent these are."""
        weights = self._weighed(targets, None)
        if weights is None:
            return None
        if t.ndim > 1:
            raise TableError("the classes of several targets cannot be weighed where a table is read in windows")
        shares = np.ones(target.scores)
        shares[t] = weights
        return shares


def require_by_chance(**given: Any) -> None:
    """Refuse other ways to be judged than by rows held out by chance.

    Raises
    ------
    TableError
        If one is given.
    """
    if wrong := [name for name, each in given.items() if each is not None]:
        held = "a table that is read in windows is judged by rows held out by chance"
        raise TableError(f"{held}, but {wrong[0]} was given", "a larger memory= reads it as a whole")


def _require_disk(rows: int, matrix: Array) -> None:
    """Refuse, before any is written, more rows than the disk for temporary files has room for."""
    place = tempfile.gettempdir()
    needed, free = rows * matrix[0].nbytes, shutil.disk_usage(place).free
    if needed > free:
        sizes = f"{rows:,} prepared rows take {memory.amount(needed)}, but {memory.amount(free)} are free"
        raise TableError(f"the disk for temporary files has no room: {sizes}", "TMPDIR names another one")
