"""What the table models share: one fit, from a table to views and their judgement, and predictions."""

import os
import time
import warnings
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from mlnn.array import Array, as_given
from mlnn.estimator.alone import alone
from mlnn.estimator.judge import EvalSet
from mlnn.estimator.recorded import require_reproducible
from mlnn.frame.column import unmasked
from mlnn.frame.preparation import Preparation
from mlnn.frame.printable import printable
from mlnn.frame.read import read_table
from mlnn.frame.table import Table, has_names
from mlnn.source import Source
from mlnn.tabular.amounts import Said, names_of
from mlnn.tabular.budget import time_to_train
from mlnn.tabular.copies import known_and_copied
from mlnn.tabular.familiar import flattered
from mlnn.tabular.given import Given, left_out, ungrouped, without_target
from mlnn.tabular.in_windows import InWindows, require_by_chance
from mlnn.tabular.judgement import Judgement, judged, marked
from mlnn.tabular.members import Plan, Watch
from mlnn.tabular.named import Known, named_targets
from mlnn.tabular.parts import Rows, parts_of
from mlnn.tabular.room import batches, larger
from mlnn.tabular.score import over
from mlnn.tabular.target import Target
from mlnn.tabular.training import train, train_again
from mlnn.training import Checkpoint, listening
from mlnn.training.facts import settings_of
from mlnn.training.recorder import recording


class TableModel(InWindows, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What both share: columns and targets become numbers, members are trained side by side, predictions averaged."""

    preparation_: Preparation
    target_: Target
    judgement_: Judgement

    @abstractmethod
    def first_read(self, y: Array, names: Sequence[str], known: bool) -> tuple[Array, dict[str, Any] | None, Said]:
        """Return training targets as they are meant, how they are written, and what there is to say of them.

        ``known`` tells that the table was read from a file, and its target with it.
        """

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        eval_set: Any = None,
        groups: Any = None,
        times: Any = None,
        watch: Watch | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> Self:
        """Train; return the estimator.

        Parameters
        ----------
        X : DataFrame, Arrow table, Table, array or path
            The rows; a path names a file, a folder or a pattern of files that ``mlnn train`` takes. Files of Parquet
            and long ones of text that take more than ``memory`` are trained on in windows: ``said_`` tells it first.
        y : array of shape (N,) or (N, K); where X is a path, str or list of str
            The targets; of a file, their columns' names. Of a regressor, values, also written as "$1,234"; of a
            classifier, labels of any kind: a matrix of 0 and 1 for several labels a row, columns for several questions.
            Rows without are left out, and counted.
        sample_weight : array of shape (N,), optional
            The weights of the rows; of a file, their column's name.
        eval_set : (X, y) or (X, y, sample_weight), optional
            Rows by which all members are stopped and judged; all of ``X`` is then trained on by each. Those without a
            target are left out, and counted. ``X`` may be a path here, too.
        groups : array of shape (N,), optional
            What rows belong together by: a group is trained on or judged by, never both.
        times : array of shape (N,), optional
            When rows come from: members are trained on the past and judged by the future, then trained on all.
        watch : callable, optional
            Called with a member's number, through all views, and its ``Epoch``; how many there will be is told to its
            ``begins``, if it has one. Where it says ``holds = True``, a checkpoint keeps no weights for it alone.
        checkpoint : Checkpoint, optional
            Where to write down now and then how training stands, and from where to resume it.

        Warns
        -----
        UserWarning
            If rows of ``eval_set`` are rows of ``X``: how many.
        """
        if checkpoint is not None:
            require_reproducible(self)
        about = settings_of(self.get_params(deep=False), "n_threads", "memory")
        all_of_them = not (watch is None or getattr(watch, "holds", False))
        with alone(self), recording(checkpoint, about, weights_of_all=all_of_them) as recorder:
            started = time.perf_counter()
            answers = None
            if (file := named_targets(X, y, sample_weight)) is not None:
                if (room := larger(file.table, self.memory)) is not None:
                    require_by_chance(eval_set=eval_set, groups=groups, times=times)
                    if recorder is not None:  # in windows, memory changes bits
                        recorder.about = recorder.about | {"memory= (bytes)": str(room.same_from(file.table))}
                    self._fit_in_windows(file, room, started, watch, recorder)
                    return self
                X, y, sample_weight, answers = file.in_memory(self)
            whole = table = self._table(X, reset=True)
            given = Given.of(table.rows, y, sample_weight, groups, times)
            names = names_of(y, table.names)
            targets, self.written_, read = self.first_read(given.targets, names, isinstance(X, Table))
            given = given.read_as(targets)
            gone = without_target(given.targets)
            self.said_ = [
                *map(printable, (*(answers.said if answers else ()), *table.said, *read)),
                *left_out(given.targets, given.weights, names),
                *ungrouped(given.groups),
            ]
            kept = given.that_count()
            if len(kept) < len(gone):
                table, given = table.take(kept), given.take(kept)
            targets = self.checked_targets(given.targets)
            weights, target, seed = self._weighed(targets, given.weights), self.learn_targets(targets), self._seed()
            t = target.encode(targets)
            elsewhere = None if eval_set is None else EvalSet.of(eval_set)
            count, asked = self.members_for(len(t)), elsewhere is not None
            parts = parts_of(t, target.task, count, seed, given.groups, given.times, asked)
            self.said_ += parts.said
            preparation = self._preparation()
            whole_rows, judge = Rows(preparation.fit_transform(table, t, parts.dealt, target.task), t, weights), None
            told = preparation.told_to(table, t, parts.dealt, [own for own, _ in parts.apart], target.task)
            rows = whole_rows.told_to(*told, [aside for _, aside in parts.apart])
            prepared = preparation.prepare(whole).matrix  # refuses before training what cannot be prepared
            mark = marked(prepared)
            familiar, twins = known_and_copied(prepared if table is whole else prepared[kept], t, mark, parts.fold)
            del prepared  # as large as what is trained on
            known = ""
            if elsewhere is not None:
                record = {"words": self.missing} if answers is None else answers.to_json()
                features = Known(target, record, names, table.names, self.decimal)
                others, theirs, lost = self._rows_with_targets(target, *features.told(*elsewhere))
                judge = Rows(preparation.transform(others), target.encode(theirs.targets), theirs.weights)
                known = familiar.among(judge.matrix, judge.t)
                self.said_ += [f"eval_set: {sentence}" for sentence in (*lost, *flattered(known))]
                if known:
                    warnings.warn(self.said_[-1], stacklevel=3)
            seconds, most = None, None
            if self.time_budget is not None:
                seconds, most = time_to_train(started + self.time_budget, target, rows, judge, parts)
            fewest = min(len(rows) for rows, _ in parts.members)
            recipe = self.recipe(fewest, seed)
            plan = Plan(recipe, self.patience, seconds=seconds, threads=self.n_threads, watch=watch, recorder=recorder)
            with listening() as interrupt:  # what is trained outlives an interrupt while it is judged
                found = train(self, target, rows, parts, plan, judge)
                views, threshold = found.views, getattr(self, "threshold", None)
                judgement = judged(target, found, rows, judge, given, threshold, most, known)
                interrupted = found.interrupted or bool(interrupt)
                if parts.again and not interrupted:
                    try:
                        views = train_again(self, target, whole_rows, found, plan)
                        judgement = replace(judgement, how=f"{judgement.how}; then trained again on all {table.rows:,}")
                    except KeyboardInterrupt:  # the members that were judged are there
                        interrupted = True
                if judgement.separate:
                    preparation.remember(table, rows.matrix, judgement.fold)
                self.said_ += [*map(printable, preparation.said), *twins, *found.said]
                summary = {"task": target.task, "rows": table.rows, "features": list(table.names), "target": names}
                summary["members"] = [course.to_json() for courses in found.courses for course in courses]
                summary |= {"seconds": time.perf_counter() - started, "reading": {"answers": self.written_}}
                summary |= {"reading": file.record(answers)} if file and answers else {}
                summary["batch_size"] = recipe.batch_size or fewest  # L-BFGS takes all rows at once
                how = "; ".join(filter(None, (judgement.how, over(target))))
                judgement = replace(judgement.of_rows(kept, len(gone)), how=how, mark=mark, familiar=familiar)
                self.restore(preparation, target, views, judgement, summary)
                self.interrupted_ = interrupted or bool(interrupt)
        return self

    def predict(self, X: Any) -> Any:
        """Return a label, or a value in the target's own units, for every row.

        Parameters
        ----------
        X : DataFrame, Arrow table, Table, array or path
            The rows; columns with names that training had not are ignored.

        Warns
        -----
        ColumnWarning
            If many cells of a column are missing, unreadable, unknown or far off, though in training they were not.
            Of a few unknown ones no warning comes: ``preparation_.prepare(X).said`` counts them.

        Raises
        ------
        TableError
            If a column of training is missing.
        """
        return self.target_.decode(self._predictions(X))

    def _predictions(self, X: Any) -> Array:
        check_is_fitted(self)
        return self._predicted(self._table(X))

    @as_given()
    def _predicted(self, table: Table) -> Array:
        parts = batches(table, self.memory)
        found = [self.views_.predict(self.preparation_.transform(part)) for part in parts]
        return found[0] if len(found) == 1 else np.concatenate(found)

    @as_given()
    def _table(self, X: Any, reset: bool = False) -> Table:
        """Return rows as a table; a matrix is checked as scikit-learn does it, since its columns have no names."""
        if isinstance(X, str | os.PathLike):
            X = read_table(X)
        if isinstance(X, Table) or has_names(X):
            table = Table.of(X)
            if reset:
                self.n_features_in_, self.feature_names_in_ = len(table.names), np.array(table.names, dtype=object)
            return table
        if isinstance(X, Source):
            files = 'of files larger than memory, give their path and the target\'s name: fit("folder/*.parquet", "y")'
            raise TypeError(f"{X!r} is for MLPClassifier and MLPRegressor; a table model takes tables: {files}")
        dtype = object if isinstance(X, list | tuple) else None
        return Table.of(validate_data(self, unmasked(X), reset=reset, dtype=dtype, ensure_all_finite=False))

    def _seed(self) -> int:
        seed = self.random_state
        return int(seed) if isinstance(seed, int | np.integer) else int(check_random_state(seed).randint(2**31))

    def __getstate__(self) -> dict[str, Any]:
        """Leave behind that it is being fitted."""
        return {name: value for name, value in super().__getstate__().items() if name != "_fitting"}

    def __sklearn_is_fitted__(self) -> bool:
        """Tell whether there are networks."""
        return "views_" in vars(self)

    def __sklearn_tags__(self) -> Any:
        """Say that columns may hold anything, and gaps."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.string = True
        tags.target_tags.multi_output = True
        return tags
