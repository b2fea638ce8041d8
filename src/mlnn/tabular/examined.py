"""A student that is examined by the rows that judge, beside its teacher and beside who learned from the truth alone."""

import time
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.printable import printable
from mlnn.frame.sentence import number_of
from mlnn.frame.table import Table
from mlnn.tabular.compare import measure_of
from mlnn.tabular.distillation import Distillation, agreement, lost
from mlnn.tabular.evaluation import Evaluation
from mlnn.tabular.familiar import Familiar, digests_of
from mlnn.tabular.judgement import Judgement, judgement_of, marked
from mlnn.tabular.lessons import Lessons
from mlnn.tabular.score import baseline_of
from mlnn.tabular.target import Classes, Target
from mlnn.tabular.taught import Taught
from mlnn.tabular.teacher import Teacher
from mlnn.tabular.threshold import Scoring
from mlnn.tabular.view import Views
from mlnn.training import Diverged


@dataclass(frozen=True, eq=False)
class Examined:
    """What a student says of the rows that judge, and what there is to compare it with.

    Attributes
    ----------
    teacher, lessons, taught
        Who taught, what, and all rows given that count.
    views : Views
        The student, as it is before it learns from the rows that judge, too.
    prepared : array of shape (N, D)
        All rows given, as numbers.
    judge : Taught
        The rows that judge, but those that lack a truth where others have one.
    first : Taught
        The rows that were learned from before, such as have a truth.
    own, theirs, trivial : array of shape (M,) or (M, K)
        What the student, the teacher and who knows no features predict of the rows that judge.
    known : str
        How many of the rows given to judge by were learned from, in words; empty where no more are than by chance.
    """

    teacher: Teacher
    lessons: Lessons
    taught: Taught
    views: Views
    prepared: Array
    judge: Taught
    first: Taught
    own: Array
    theirs: Array
    trivial: Array
    known: str

    @classmethod
    def of(cls, teacher: Teacher, lessons: Lessons, taught: Taught, table: Table, views: Views) -> "Examined":
        """Let the student say what it knows; ``table`` has all rows given."""
        target, judging = lessons.target, lessons.judging
        prepared = lessons.preparation.prepare(table).matrix
        some, first = lessons.judge.settled(), taught.take(lessons.own)
        first = first.take(first.settled())
        judge = lessons.judge.take(some)
        told = first if len(first.told) else taught.take(taught.settled())
        trivial = baseline_of(told.t(target), len(some), target, told.given.weights)
        known = "" if lessons.again is not None else _known(prepared[taught.numbers], judging.matrix)
        own = views.predict(judging.matrix[some])
        return cls(teacher, lessons, taught, views, prepared, judge, first, own, judging.told[some], trivial, known)

    def figures(self, alone: Any) -> Distillation:
        """Return what was kept; ``alone`` is a model that will learn without a teacher, if any."""
        lessons, taught, judge = self.lessons, self.taught, self.judge
        target, judging = lessons.target, lessons.judging
        own = self.views.predict(judging.matrix)
        alike = agreement(target, judging.told, own, judging.weights, self.teacher.threshold)
        started = time.perf_counter()
        self.views.predict(lessons.preparation.prepare(taught.table).matrix)
        rates = {"student": len(taught.told) / (time.perf_counter() - started)}
        if self.teacher.works:
            rates["teacher"] = len(taught.told) / taught.seconds
        losses: dict[str, float] = {}
        differences: dict[str, tuple[float, float, bool]] = {}
        flattering, lacking = "", ""
        if judge.true and len(judge.told) and len(self.first.told):
            predictions = {"teacher": self.theirs, "student": self.own, "baseline": self.trivial}
            if alone is not None:
                try:
                    predictions["network"] = _without_teacher(alone, target, self.first, judge)
                except (ValueError, Diverged) as problem:  # such as too few rows with a truth
                    lacking = printable(str(problem))
                except KeyboardInterrupt:  # the student is there
                    lacking = "its training was interrupted"
            t, given = judge.t(target), judge.given
            losses, differences = lost(target, t, predictions, given.weights, given.groups)
            flattering = judge.flattering(self.teacher, new=lessons.again is None)
        counts = len(taught.told), len(lessons.first.told) - len(lessons.own), len(own), self.known
        told = measure_of(target), len(judge.told) if losses else 0
        return Distillation(self.teacher.called, *counts, alike, *told, losses, differences, flattering, lacking, rates)

    def judgement(self, again: bool, rule: Scoring | float | None) -> Judgement:
        """Return how good the student is, by the truth; or by what the teacher decides.

        ``again`` tells that it was trained again on all rows, ``rule`` what its threshold is chosen by.
        """
        judge, target = self.judge, self.lessons.target
        held_out = self.lessons.again is not None
        by_whom = "" if judge.true else ", by what the teacher says of them"
        how = f"{number_of(len(judge.told), 'row')} "
        how += "held out" if held_out else f"given to judge and stop by, {self.known or 'never trained on'}"
        how += by_whom + (f"; then trained again on all {len(self.taught.told):,}" if again else "")
        given = judge.given
        by = Evaluation(target, judge.t(target), self.own, given.weights, groups=given.groups, known=self.known)
        trivial, nobody = replace(by, predictions=self.trivial), np.empty(0, np.int64)
        found = judgement_of(how, by, None, trivial, np.empty((0, target.scores)), nobody, rule)
        mark, rows = marked(self.prepared), self.taught.take(self.taught.settled())
        familiar = Familiar.of(digests_of(self.prepared[rows.numbers], rows.t(target), mark), mark)
        return replace(found, mark=mark, familiar=familiar)


def _known(learned: Array, judging: Array) -> str:
    """Say how many rows that judge were learned from: by their cells alone, since a student sees no truth."""
    return Familiar.of(digests_of(learned, np.zeros(len(learned)), ""), "").among(judging, np.zeros(len(judging)))


def _without_teacher(model: Any, target: Target, rows: Taught, others: Taught) -> Array:
    """Return what a network predicts of other rows that learned from the truth alone.

    Raises
    ------
    KeyboardInterrupt
        If its training was ended: it would be no equal one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of columns, which was said
        model.fit(rows.table, rows.given.targets, rows.given.weights, groups=rows.given.groups)
        if model.interrupted_:
            raise KeyboardInterrupt
        found = model.unseen_predictions(others.table)[0]
    if not isinstance(target, Classes):
        return target.encode(model.target_.in_units(found)[:, 0])
    shares = np.zeros((len(found), target.scores))
    shares[:, target.labels.places(model.classes_)] = found  # some of the teacher's classes may not be in these rows
    return shares
