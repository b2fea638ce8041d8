"""What the table models share when they are judged by other rows than those of training."""

import warnings
from typing import Any

from sklearn.utils.validation import check_is_fitted

from mlnn.array import as_given
from mlnn.frame.table import Table
from mlnn.tabular.amounts import names_of
from mlnn.tabular.evaluation import Evaluation
from mlnn.tabular.explainable import Explainable
from mlnn.tabular.familiar import ALL
from mlnn.tabular.given import Given, group_words, left_out
from mlnn.tabular.named import Known
from mlnn.tabular.target import Target


class Evaluable(Explainable):
    """A trained table model, which can be judged."""

    def evaluate(self, X: Any, y: Any, sample_weight: Any = None) -> dict[str, float]:
        """Return the scores of ``evaluation`` by name; rows without a target are left out.

        Warns
        -----
        UserWarning
            If some of the rows were trained on: how many.
        """
        evaluation = self.evaluation(X, y, sample_weight)
        if evaluation.flattered:
            warnings.warn(evaluation.flattered, stacklevel=2)
        return evaluation.scores

    @as_given()
    def evaluation(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Evaluation:
        """Return figures of merit on these rows, how sure they are, and each class by itself.

        Parameters
        ----------
        X : DataFrame, Arrow table, Table, array or path
            The rows; a path names what ``fit`` takes.
        y : array of shape (N,) or (N, K); where X is a path, str or list of str
            Their targets, of the same kind as those of training; of a file, their columns' names.
        sample_weight : array of shape (N,), optional
            How much each row counts; of a file, their column's name.
        groups : array of shape (N,), optional
            What rows belong together by; of a file, their column's name. Intervals are those of other groups, not of
            other rows, and ``by_group`` has the scores of each.

        Raises
        ------
        TableError, ValueError
            If a column of training is missing, or the target, weights or groups do not fit.
        """
        check_is_fitted(self)
        X, y, sample_weight, groups = Known.of(self).told(X, y, sample_weight, groups)
        whole = self._table(X)
        table, given, _ = self._rows_with_targets(self.target_, whole, y, sample_weight, groups)
        t = self.target_.encode(given.targets)
        matrix = self.preparation_.transform(table)
        known, predictions = (
            ALL if self.learned_all_of(whole) else self.known_among(matrix, t),
            self.views_.predict(matrix),
        )
        called, curve = () if groups is None else group_words(groups).labels, self.judgement_.thresholds
        costs, about = None if curve is None else curve.costs, (self.threshold_, given.groups, known, called)
        return Evaluation(self.target_, t, predictions, given.weights, *about, costs, self.judgement_.conformal)

    def _rows_with_targets(
        self, target: Target, X: Any, y: Any, weights: Any = None, groups: Any = None
    ) -> tuple[Table, Given, list[str]]:
        """Return the rows to judge by that have a target and a weight, what is given with them, and who is left out."""
        table = self._table(X)
        given = self.read_given(target, table.rows, y, weights, groups)
        kept, lost = given.that_count(), left_out(given.targets, given.weights, names_of(y, table.names))
        given = given.take(kept)
        return table.take(kept), given._replace(targets=self.checked_targets(given.targets)), lost
