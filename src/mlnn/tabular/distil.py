"""Distillation: one small network learns what any teacher predicts."""

import time
import warnings
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from mlnn.array import as_given
from mlnn.estimator.judge import EvalSet
from mlnn.frame.column import TableError, did_you_mean, quoted
from mlnn.frame.printable import printable
from mlnn.frame.roles import groups_of
from mlnn.tabular.amounts import names_of
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.examined import Examined
from mlnn.tabular.familiar import flattered
from mlnn.tabular.given import left_out, ungrouped
from mlnn.tabular.handed import Handed
from mlnn.tabular.lessons import Lessons
from mlnn.tabular.members import Watch
from mlnn.tabular.named import Known, named_targets
from mlnn.tabular.settings import TableSettings
from mlnn.tabular.student import learn, learn_again
from mlnn.tabular.target import Quantities
from mlnn.tabular.taught import Taught, truth
from mlnn.tabular.teacher import Teacher
from mlnn.training import listening

FIXED = ("preset", "members", "time_budget", "memory")
"""Parameters of table models that a student has not: it is one network, of rows in memory."""

MADE = 20_000
"""So many rows are made, unless somebody says otherwise."""

DROPOUT = 0.0
"""A student's, unless somebody says otherwise: what a teacher says has no noise that could be learned by heart."""


def distil(
    teacher: Any,
    X: Any,
    y: Any = None,
    *,
    sample_weight: Any = None,
    groups: Any = None,
    eval_set: Any = None,
    classes: Sequence[Any] | None = None,
    made: int = MADE,
    watch: Watch | None = None,
    **settings: Any,
) -> TableClassifier | TableRegressor:
    """Return one small network that has learned what a teacher predicts: its probabilities, or its values.

    J = Σ wᵢ ℓ(qᵢ, pᵢ) / Σ wᵢ, ℓ = −Σₖ qₖ log pₖ, with the teacher's probabilities qᵢ in place of labels; of quantities,
    squared errors of the teacher's values. Beside the rows of X it learns from rows made of two of them each, half of
    the columns from the one and half from the other, of which the teacher tells what they are.

    Parameters
    ----------
    teacher : estimator or callable
        A fitted object with ``predict_proba`` and ``classes_``, or with ``predict`` for quantities, such as those of
        scikit-learn, CatBoost and this library; or a function of rows. It gets copies: frames of pandas and arrays as
        they are given, of other tables a frame of pandas.
    X : DataFrame, Arrow table, Table, array or path
        The rows to learn from; they need no targets.
    y : array of shape (N,), optional; where X is a path, str
        The truth, of as many rows as it is known of: nothing is learned from it, but losses are told, also that of an
        equal network that learned from y without a teacher.
    sample_weight : array of shape (N,), optional
        The weights of the rows.
    groups : array of shape (N,), optional
        What rows belong together by: a group is learned from or judged by, never both; of a file, their column's name.
    eval_set : (X, y) or (X, y, sample_weight), optional
        Rows, best such as the teacher was not trained on, by which the student is stopped and judged, instead of a
        fifth of X; y may be None. A path may stand for X here, too, beside the name of its column y.
    classes : sequence, optional
        What the columns of a function's probabilities are called; those of a vector, which are the second's, too.
    made : int
        How many rows are made; 0 for none.
    watch : callable, optional
        As of ``TableClassifier.fit``.
    **settings
        Parameters of ``TableClassifier``: ``hidden``, ``layer``, ``epochs``, ``columns``, ``random_state`` and others.
        Unless told otherwise, there is no dropout.

    Returns
    -------
    TableClassifier or TableRegressor
        With one network and one view. ``scores_`` are told by y, or without it by what the teacher decides;
        ``summary_["distilled"]`` has the figures of the distillation, and ``said_`` has them in words.

    Raises
    ------
    TableError, ValueError
        If the teacher is not fitted, cannot predict these rows or predicts what cannot be meant, or y does not fit it.

    References
    ----------
    Bucilă, Caruana, Niculescu-Mizil (2006), Model compression; Hinton, Vinyals, Dean (2015), Distilling the knowledge
    in a neural network.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> forest = RandomForestClassifier(random_state=0).fit(X, y)
    >>> student = distil(forest, X, made=500, epochs=20)
    >>> student.members_[0][0].size, student.summary_["distilled"]["agreement"]["equal"] > 0.8
    (5251, True)
    """
    if type(made) is not int or made < 0:
        raise ValueError(f"made must be a whole number of at least 0, but got {made!r}")
    known = {each.name for each in fields(TableSettings)} - {*FIXED}
    if strange := [name for name in settings if name not in known]:
        near = did_you_mean(strange[0], sorted(known))
        what = f"a student is one network of one view, without the parameter {quoted(strange)}"
        raise TypeError(f"{what}; {near}" if near else what)
    asked = Teacher.of(teacher, classes)
    kind: Any = TableClassifier if asked.target else TableRegressor
    if asked.own is not None:  # cells mean to a student of ours what they mean to its teacher
        settings = {name: getattr(asked.own, name) for name in ("columns", "missing", "decimal")} | settings
    if asked.threshold is not None:  # and the student decides as it does
        settings = {"threshold": asked.threshold} | settings
    model = kind(**{"dropout": DROPOUT} | settings, preset="fast", members=1)
    model._validate_params()
    with as_given():
        answers, file = None, None if y is None else named_targets(X, y, sample_weight)
        kin = None
        if file is not None:
            if isinstance(groups, str):
                kin, groups = file.table.named(groups), groups_of(file.table, file.table.named(groups))
                file = replace(file, features=tuple(name for name in file.features if name != kin))
            X, y, sample_weight, answers = file.in_memory(model)
        table = model._table(X, reset=True)
        if not table.rows:
            raise TableError(f"{table.name} has no rows: there is nothing to learn from")
        names, model.written_ = names_of(y, table.names), None
        model.said_ = list(map(printable, (*(answers.said if answers else ()), *table.said)))
        given = truth(asked, model, table.rows, y, sample_weight, groups, names)
        model.said_ += [*left_out(np.zeros(table.rows), given.weights), *ungrouped(given.groups)]
        others = None if eval_set is None else EvalSet.of(eval_set)
        if others is not None and others.y is not None:
            record = {"words": model.missing} if answers is None else answers.to_json()
            target = asked.target or Quantities.learn(np.array([0.0, 1.0]))  # any: only columns are told by it
            others = EvalSet(*Known(target, record, names, table.names, model.decimal).told(*others)[:3])
        judges = None if others is None else model._table(others.X)
        if others is not None and judges is not None:
            theirs = truth(asked, model, judges.rows, others.y, others.sample_weight)
            left = left_out(np.zeros(judges.rows), theirs.weights)
            model.said_ += [f"eval_set: {sentence}" for sentence in left]
        started = time.perf_counter()
        handed = Handed.of(X, table, asked.own is not None)
        model.said_ += handed.said
        taught = Taught.by(asked, handed, given, y is not None)
        judge = None
        if others is not None and judges is not None:
            judge = Taught.by(
                asked, Handed.of(others.X, judges, asked.own is not None, "eval_set"), theirs, others.y is not None
            )
        model.said_ += [*taught.said, *(f"eval_set: {sentence}" for sentence in (judge.said if judge else ()))]
        lessons = Lessons.of(asked, model._preparation(), taught, judge, made, model._seed())
        with listening() as interrupt:  # what has learned outlives an interrupt while it is judged
            student = learn(model, lessons.target, lessons.first, lessons.judging, lessons.seed, watch)
            views, interrupted, again = student.views, student.interrupted or bool(interrupt), False
            if lessons.again is not None and not interrupted:
                try:
                    views, again = learn_again(model, lessons.target, lessons.again, lessons.seed, student).views, True
                except KeyboardInterrupt:  # the one that was judged is there
                    interrupted = True
            alone = kind(**settings, preset="fast", members=1) if taught.true and not interrupted else None
            examined = Examined.of(asked, lessons, taught, table, student.views)
            figures = examined.figures(alone)
            judgement = examined.judgement(again, getattr(model, "threshold", None))
            interrupted = interrupted or bool(interrupt)
        model.said_ += [*lessons.said, *figures.said]
        for sentence in flattered(examined.known):
            model.said_.append(f"eval_set: {sentence}")
            warnings.warn(model.said_[-1], stacklevel=2)
        summary = {"task": lessons.target.task, "rows": len(taught.told), "features": list(table.names)}
        summary |= {"target": names, "members": [student.course.to_json()], "distilled": figures.to_json()}
        summary |= {"reading": {"answers": model.written_}, "seconds": time.perf_counter() - started}
        if asked.own is not None and not names:
            summary |= {name: asked.own.summary_[name] for name in ("target", "reading") if name in asked.own.summary_}
        if file is not None and answers is not None:
            reading = file.record(answers)
            summary["reading"] = reading | {"aside": [*reading["aside"], *([] if kin is None else [kin])]}
        model.restore(lessons.preparation, lessons.target, views, judgement, summary)
        model.said_ += map(printable, lessons.preparation.said)
        model.interrupted_ = interrupted
    return model
