"""What the table models share when they are asked for reasons."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from mlnn.array import Array
from mlnn.frame.preparation import Preparation
from mlnn.frame.table import Table
from mlnn.model import Member
from mlnn.tabular.explain import Explanation, Subject, drawn
from mlnn.tabular.familiar import ALL
from mlnn.tabular.given import Given, checked_weights, that_count, without_target
from mlnn.tabular.judgement import Judgement, mark_of, marking
from mlnn.tabular.named import Known
from mlnn.tabular.target import Target
from mlnn.tabular.view import Views

NOT_KEPT = (
    "a model file keeps no out_of_fold_: target_.in_units(unseen_predictions(X)[0]) predicts the rows of training again"
)


class Explainable(ABC):
    """A trained table model, which can be explained."""

    preparation_: Preparation
    target_: Target
    summary_: dict[str, Any]
    written_: dict[str, Any] | None
    missing: Any
    judgement_: Judgement
    views_: Views

    @abstractmethod
    def _table(self, X: Any, reset: bool = False) -> Table:
        """Return rows as a table."""

    @abstractmethod
    def read_targets(self, y: Array, target: Target) -> Array:
        """Return other targets as those of training were read, of which ``target`` was learned."""

    @abstractmethod
    def checked_targets(self, y: Array) -> Array:
        """Return targets, checked as scikit-learn does it."""

    if not TYPE_CHECKING:  # which is to find misspelled attributes

        def __getattr__(self, name: str) -> Any:
            """Refuse what is not there: what training makes, because of that; this is an ``AttributeError``, too."""
            if name.endswith("_") and not name.startswith("_"):
                check_is_fitted(self)
            why = NOT_KEPT if name == "out_of_fold_" else f"'{type(self).__name__}' object has no attribute '{name}'"
            raise AttributeError(why, name=name, obj=self)

    def restore(
        self,
        preparation: Preparation,
        target: Target,
        views: Views,
        judgement: Judgement,
        summary: dict[str, Any],
    ) -> None:
        """Take over what training, or a file, has made."""
        self.preparation_, self.target_, self.judgement_ = preparation, target, judgement
        self.views_, self.summary_ = views, summary
        self.written_ = summary.get("reading", {}).get("answers")

    @property
    def members_(self) -> tuple[Member, ...]:
        """Return the networks of all views."""
        check_is_fitted(self)
        return self.views_.members

    @property
    def columns_(self) -> Any:
        """Return what became of every column."""
        check_is_fitted(self)
        return self.preparation_.columns_

    @property
    def scores_(self) -> dict[str, float]:
        """Return the figures of merit on rows that were not trained on."""
        check_is_fitted(self)
        return self.judgement_.scores

    @property
    def threshold_(self) -> float | None:
        """Return from what probability on the second of two classes is predicted; None means the likelier one."""
        check_is_fitted(self)
        curve = self.judgement_.thresholds
        return None if curve is None else curve.chosen

    @property
    def out_of_fold_(self) -> Array:
        """Return each row's prediction by members that were not trained on it; NaN where there is none.

        Raises
        ------
        AttributeError
            If the model was read from a file, which does not keep them.
        """
        check_is_fitted(self)
        if len(self.judgement_.predictions) < len(self.judgement_.fold):
            raise AttributeError(NOT_KEPT)
        return self.judgement_.predictions

    def explain(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        row: int | Sequence[int] = (),
        columns: int = 6,
        repeats: int = 5,
        seed: int = 0,
    ) -> Explanation:
        """Explain what was learned by what is predicted for these rows, at most 10,000 of them, drawn by chance.

        Where they are the rows of training, importances are judged by networks that were not trained on a row, so that
        they are those for new rows. Dependences and explained rows are of what ``predict`` returns, by all networks.

        Parameters
        ----------
        X : DataFrame, Arrow table, Table, array or path
            The rows.
        y : array, optional; where X is a path, str or list of str
            Their targets; of a file, their columns' names. A column is worth how much the loss rises without it; rows
            without a target are left out.
            Without ``y`` a column is worth how far predictions move.
        sample_weight : array of shape (N,), optional
            How much each row counts for importances; of a file with ``y``, their column's name.
        row : int or sequence of int
            Rows whose own predictions are explained (Shapley values), counted from 0.
        columns : int, default 6
            Of how many of the most important columns partial dependence is worked out.
        repeats : int, default 5
            How often each column's cells are dealt out.
        seed : int, default 0
            Seed of all that is drawn.

        Raises
        ------
        TableError, ValueError
            If a column of training is missing, targets or weights do not fit, there is no such row, or a count is too
            small.

        Examples
        --------
        >>> import numpy as np
        >>> from mlnn import TableClassifier
        >>> X = np.random.default_rng(0).normal(size=(200, 3))
        >>> explanation = TableClassifier(epochs=20).fit(X, X[:, 1] > 0).explain(X, X[:, 1] > 0, row=0)
        >>> explanation.importances[0].column, explanation.rows[0].contributions.shape
        ('x1', (3, 2))
        """
        check_is_fitted(self)
        if y is not None:
            X, y, sample_weight, _ = Known.of(self).told(X, y, sample_weight)
        table, t = self._table(X), None
        asked = np.atleast_1d(row)
        if asked.size and asked.dtype.kind not in "iu":
            raise ValueError(f"row must be a whole number, or a sequence of them, but got {row!r}")
        asked = asked.astype(np.int64)
        if ((asked < 0) | (asked >= table.rows)).any():
            raise ValueError(f"rows are numbered from 0 to {table.rows - 1}, but got {asked.tolist()}")
        if not all(isinstance(each, Integral) for each in (columns, repeats)) or columns < 0 or repeats < 1:
            expected = "columns must be a whole number of 0 or more, repeats one of 1 or more"
            raise ValueError(f"{expected}, but got {columns} and {repeats}")
        fold, trained = self.judgement_.fold, self.trained_on(table)
        known = trained and self.judgement_.separate
        gone, given = np.zeros(table.rows, dtype=bool), checked_weights(sample_weight, table.rows)
        if y is not None:
            targets = self.read_given(self.target_, table.rows, y).targets
            gone = without_target(targets)
        kept = that_count(gone, given)
        kept = kept[fold[kept] >= 0] if known else kept
        kept = drawn(kept, seed, self.views_.products * len(self.preparation_.columns_) * repeats)
        if y is not None:
            t = self.target_.encode(self.checked_targets(targets[kept]))
        some, alone = table.take(kept), table.take(asked)
        who, preparation = fold[kept] if known else None, self.preparation_
        matrix = preparation.transform(some) if who is None else preparation.as_judged(some, who)
        features = preparation.prepare(alone).matrix if alone.rows else np.empty((0, 0))  # of which the others tell
        given = None if given is None else given[kept]
        names, words = self.summary_.get("target") or (), preparation.missing
        subject = Subject(some, matrix, preparation.columns_, self.views_, self.target_, who, words, names)
        rows = [(int(number), alone, k, features[k]) for k, number in enumerate(asked)]
        found = subject.explain(t, given, rows, columns, repeats, seed)
        seen = ""
        if not known and t is not None:
            seen = ALL if trained and self.judgement_.of_all else self.known_among(matrix, t)
        return replace(found, how=f"{found.how}; {seen}: importances are too large") if seen else found

    def read_given(self, target: Target, rows: int, y: Any, weights: Any = None, groups: Any = None) -> Given:
        """Return what is given for so many rows, its targets read as those that ``target`` was learned of.

        Raises
        ------
        TableError, ValueError
            If it is not as much, targets are of other columns, or there is none.
        """
        given = Given.of(rows, y, weights, groups)
        target.require_columns(given.targets)
        return given.read_as(self.read_targets(given.targets, target))

    def known_among(self, matrix: Array, t: Array) -> str:
        """Say how many of these prepared rows, with their encoded targets, are rows of training.

        Nothing, if no more are than by chance, or the model comes from a file of before this was kept.
        """
        familiar = self.judgement_.familiar
        return "" if familiar is None else familiar.among(matrix, t)

    def judged_apart(self, X: Any) -> bool:
        """Tell whether these are the rows of training, each judged by a network that was not trained on it."""
        return self.judgement_.separate and self.trained_on(X)

    def trained_on(self, X: Any) -> bool:
        """Tell whether these are the rows of training, in their order."""
        table = self._table(X)
        return self._marked(table, self.preparation_.prepare(table.take(marking(table.rows))).matrix)

    def learned_all_of(self, X: Any) -> bool:
        """Tell whether these are the rows of training, none of which was held out, as some are in windows."""
        return self.judgement_.of_all and self.trained_on(X)

    def _marked(self, table: Table, some: Array) -> bool:
        """Tell whether a table is that of training, by those of its rows that mark it, prepared."""
        return mark_of(table.rows, some) == self.judgement_.mark

    def unseen_predictions(self, X: Any) -> tuple[Array, str]:
        """Return two things: the output's predictions, and what rows these are.

        Returns
        -------
        predictions : array of shape (N, K)
            Probabilities; of quantities the network's values, which ``target_.in_units`` turns into the targets'.
        rows : str
            "out of fold", which are training's, each predicted by the networks that were not trained on it; "trained
            on", where some have no such network; or "new", which all others are taken for. Training's rows are known
            all together and in their order; of some of them only ``evaluate``, which is given targets, can tell.

        Raises
        ------
        TableError
            If a column of training is missing.
        """
        check_is_fitted(self)
        table, fold = self._table(X), self.judgement_.fold
        matrix = self.preparation_.transform(table)
        predictions = self.views_.predict(matrix)
        if not self._marked(table, matrix[marking(table.rows)]):
            return predictions, "new"
        if not self.judgement_.complete:
            return predictions, "trained on"
        judged = fold >= 0
        predictions[judged] = self.views_.unseen(self.preparation_.as_judged(table, fold), fold)[judged]
        return predictions, "out of fold"
