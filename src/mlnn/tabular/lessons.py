"""What a student learns and is judged by: rows with what a teacher says of them, prepared, and others made of them."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array
from mlnn.frame.preparation import Preparation
from mlnn.tabular.parts import Rows, parts_of
from mlnn.tabular.student import Lesson
from mlnn.tabular.target import Target
from mlnn.tabular.taught import Taught
from mlnn.tabular.teacher import Teacher


@dataclass(frozen=True, eq=False)
class Lessons:
    """A student's lessons.

    Attributes
    ----------
    target : Target
        What was learned of what the teacher says.
    preparation : Preparation
        What makes numbers of columns.
    first, judging : Lesson
        What is learned at first, and by what other rows it is stopped and judged.
    again : Lesson, optional
        What is learned in the end, where rows that judge were not given: all.
    own : array of int
        Which of the rows given are in the first.
    judge : Taught
        The rows of ``judging``.
    seed : int
        Seed of all that is drawn.
    said : list of str
        What there is to say of how rows were parted.
    """

    target: Target
    preparation: Preparation
    first: Lesson
    judging: Lesson
    again: Lesson | None
    own: Array
    judge: Taught
    seed: int
    said: list[str]

    @classmethod
    def of(
        cls, teacher: Teacher, preparation: Preparation, taught: Taught, judge: Taught | None, made: int, seed: int
    ) -> "Lessons":
        """Part the rows, prepare them, and make others of those that are learned first.

        Raises
        ------
        TableError
            If there are too few of them, or nothing to learn.
        """
        target, table, weights = teacher.learned(taught.told), taught.table, taught.given.weights
        told = taught.encoded(target)
        t = told.argmax(axis=1) if teacher.target else told
        parts = parts_of(t, target.task, 1, seed, taught.given.groups, None, judge is not None)
        own, aside = parts.members[0]
        matrix = preparation.fit_transform(table, t, parts.dealt, target.task)
        columns = preparation.told_to(table, t, parts.dealt, [own], target.task)
        seen = Lesson(Rows(matrix, t).told_to(*columns, [aside]).matrix, told, weights)
        if judge is None:
            judge, judging = taught.take(aside), seen.only(aside)
        else:
            judging = Lesson(preparation.transform(judge.table), judge.encoded(target), judge.given.weights)
        first, again = seen.only(own), Lesson(matrix, told, weights) if parts.again else None
        if made:
            handed, of = taught.handed.mixed(own, made, np.random.default_rng(seed))
            more = Taught.by(teacher, handed, taught.given.take(of), true=False)
            mixed = Lesson(preparation.prepare(handed.table).matrix, more.encoded(target), more.given.weights)
            first, again = first.beside(mixed), again and again.beside(mixed)
        return cls(target, preparation, first, judging, again, own, judge, seed, list(parts.said))
