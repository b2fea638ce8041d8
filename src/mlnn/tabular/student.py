"""A student: one network that is trained on what a teacher says of rows."""

from dataclasses import dataclass, replace

import numpy as np

from mlnn.array import Array
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.output import Softmax
from mlnn.tabular.members import Course, Plan, Watch, again, trained
from mlnn.tabular.settings import TableSettings
from mlnn.tabular.soft import Shared, Together
from mlnn.tabular.target import Target
from mlnn.tabular.view import View, Views
from mlnn.training import Recipe


@dataclass(frozen=True, eq=False)
class Lesson:
    """Prepared rows, and what a teacher says of them.

    Attributes
    ----------
    matrix : array of shape (N, D)
        The rows.
    told : array of shape (N, K)
        Probabilities; or quantities as the output has them.
    weights : array of shape (N,), optional
        How much each counts.
    """

    matrix: Array
    told: Array
    weights: Array | None = None

    def only(self, some: Array) -> "Lesson":
        """Return some of the rows."""
        return Lesson(self.matrix[some], self.told[some], None if self.weights is None else self.weights[some])

    def beside(self, other: "Lesson") -> "Lesson":
        """Return these rows and others."""
        weights = (
            None if self.weights is None or other.weights is None else np.concatenate([self.weights, other.weights])
        )
        return Lesson(np.concatenate([self.matrix, other.matrix]), np.concatenate([self.told, other.told]), weights)

    def problem(self, settings: TableSettings, target: Target, judging: bool = False) -> tuple[Problem, Array | None]:
        """Return the objective, and how many copies it has of each row, where these are rows of several classes."""
        network = settings.network(self.matrix.shape[1], target.output, target.scores)
        penalty = None if judging else settings.penalty()
        if not isinstance(network.output, Softmax):
            return Problem.of(network, self.matrix, self.told, self.weights, penalty), None
        rows = Shared.of(self.told, self.weights)
        problem = Problem.of(network, self.matrix[rows.row], rows.t, rows.weights, penalty)
        return problem, np.bincount(rows.row, minlength=len(self.told))


@dataclass(frozen=True, eq=False)
class Student:
    """A network that has learned, and how.

    Attributes
    ----------
    network, theta : Network and array
        What it is.
    course : Course
        What became of it.
    interrupted : bool
        Whether somebody ended training from the keyboard.
    """

    network: Network
    theta: Array
    course: Course
    interrupted: bool

    @property
    def views(self) -> Views:
        """Return it as the only view of a table."""
        return Views((View(((self.network, self.theta),)),))


def learn(
    settings: TableSettings, target: Target, lesson: Lesson, judge: Lesson, seed: int, watch: Watch | None
) -> Student:
    """Train on one lesson, until the loss of the other falls no more.

    Raises
    ------
    Diverged
        If the loss is no longer finite.
    KeyboardInterrupt
        If it comes before any step is complete.
    """
    problem, recipe = objective_of(settings, target, lesson, seed)
    judged, _ = judge.problem(settings, target, judging=True)
    plan = Plan(recipe, settings.patience, threads=settings.n_threads, watch=watch)
    if begins := getattr(watch, "begins", None):
        begins(1, 1)
    (course,), interrupted = trained(problem, [(np.arange(len(problem.X)), np.arange(0))], plan, judged)
    return Student(problem.network, np.array(course.kept.theta), course, interrupted)


def learn_again(settings: TableSettings, target: Target, lesson: Lesson, seed: int, student: Student) -> Student:
    """Train anew on more rows, for as many epochs as were kept."""
    problem, recipe = objective_of(settings, target, lesson, seed)
    plan = Plan(recipe, settings.patience, threads=settings.n_threads)
    (theta,) = again(problem, [np.arange(len(problem.X))], [student.course.kept.number], plan)
    return replace(student, theta=np.array(theta))


def objective_of(settings: TableSettings, target: Target, lesson: Lesson, seed: int) -> tuple[Problem, Recipe]:
    """Return the objective of a lesson, and how to train on it: as many rows a step as of labels, with all copies."""
    problem, copies = lesson.problem(settings, target)
    recipe = settings.recipe(len(lesson.told), seed)
    if copies is None or recipe.batch_size is None:
        return problem, recipe
    size = max(round(recipe.batch_size * len(problem.X) / len(lesson.told)), 1)
    return problem, replace(recipe, batch_size=size, order=Together(copies, seed))
