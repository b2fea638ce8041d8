"""Pictures of estimators in scikit-learn's manner: an object that keeps what it draws, and is drawn again at will."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, Self

import numpy as np

from mlnn.array import Array
from mlnn.check.subject import Fitted
from mlnn.estimator.adoption import Perceptron, from_sklearn
from mlnn.graph.description import parts
from mlnn.network import Network
from mlnn.plot.colours import COLOURS
from mlnn.plot.curves import draw_curves, mark_epoch
from mlnn.plot.graph import plot_graph


class HasLossCurve(Protocol):
    """What a fitted multilayer perceptron, this library's or scikit-learn's, tells of its training."""

    @property
    def loss_curve_(self) -> Sequence[float]:
        """Return the training loss of every epoch."""

    @property
    def early_stopping(self) -> bool | str:
        """Return whether the best epoch's weights are kept, and by what."""


class LossCurveDisplay:
    """Losses and scores over the epochs of a fit, and the epoch whose weights were kept.

    Made by ``LossCurveDisplay.from_estimator``. Losses are on the left axis, the score on an axis of its own.

    Parameters
    ----------
    loss : sequence of float
        The training loss of every epoch; the estimators report the penalty within it.
    validation_loss, validation_score : sequence of float, optional
        Loss and score on the rows to judge by; where there are fewer than epochs, those of the last ones.
    kept_epoch : int, optional
        The epoch to mark.
    kept_by : {"loss", "score"}, default "score"
        The curve on which it is marked: the one that decided.
    score_name : str
        What the score is called.
    name : str, optional
        Whose curves they are, put before each in the legend: for several in one picture.

    Attributes
    ----------
    ax_, score_ax_ : Axes, Axes or None
        Where losses and where scores are drawn.
    figure_ : Figure
        The figure they are in.
    line_, validation_line_, score_line_, kept_ : Line2D or None
        The curves, and the mark.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from mlnn import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = MLPClassifier(early_stopping="loss", learning_rate_init=0.02, random_state=0).fit(X, y)
    >>> display = LossCurveDisplay.from_estimator(classifier)
    >>> display.kept_epoch == classifier.best_iter_, display.ax_.get_ylabel()
    (True, 'loss')
    """

    ax_: Any
    score_ax_: Any
    figure_: Any
    line_: Any
    validation_line_: Any
    score_line_: Any
    kept_: Any

    def __init__(
        self,
        *,
        loss: Sequence[float],
        validation_loss: Sequence[float] | None = None,
        validation_score: Sequence[float] | None = None,
        kept_epoch: int | None = None,
        kept_by: Literal["loss", "score"] = "score",
        score_name: str = "validation score",
        name: str | None = None,
    ) -> None:
        self.loss = loss
        self.validation_loss = validation_loss
        self.validation_score = validation_score
        self.kept_epoch = kept_epoch
        self.kept_by = kept_by
        self.score_name = score_name
        self.name = name

    @classmethod
    def from_estimator(
        cls, estimator: HasLossCurve, ax: Any = None, *, score_name: str = "validation score", name: str | None = None
    ) -> Self:
        """Draw the curves of a fitted estimator, this library's or scikit-learn's multilayer perceptron.

        Parameters
        ----------
        estimator : estimator
            With a ``loss_curve_``.
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.
        score_name, name : str
            As for the class.

        Returns
        -------
        LossCurveDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the estimator has no loss curve, being not fitted or of another kind.
        """
        losses = getattr(estimator, "loss_curve_", None)
        if not losses:
            raise ValueError(
                f"{type(estimator).__name__} has no loss_curve_: fit it first (scikit-learn's lbfgs keeps none)"
            )
        valid: Any = getattr(estimator, "validation_loss_curve_", None)
        scores: Any = getattr(estimator, "validation_scores_", None)
        valid = None if valid is None or np.isnan(valid).all() else valid
        by_loss, kept = estimator.early_stopping == "loss", None
        watched = valid if by_loss else scores
        if estimator.early_stopping and watched is not None:
            best = np.nanargmin(watched) if by_loss else np.nanargmax(watched)
            kept = int(best) + 1 + len(losses) - len(watched)
        display = cls(
            loss=losses,
            validation_loss=valid,
            validation_score=scores,
            kept_epoch=kept,
            kept_by="loss" if by_loss else "score",
            score_name=score_name,
            name=name,
        )
        return display.plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw the curves on ``ax``, by default in a new figure; return the display."""
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        twin = _twin(ax)
        drawn = [each for each in (ax, twin) if each is not None]
        taken = sum(line.get_color() in COLOURS for each in drawn for line in each.lines)
        colours = [COLOURS[(taken + k) % len(COLOURS)] for k in range(3)]
        before = "" if self.name is None else f"{self.name}: "
        curves = {f"{before}training loss": self._points(self.loss)}
        if self.validation_loss is not None:
            curves[f"{before}validation loss"] = self._points(self.validation_loss)
        self.line_, self.validation_line_ = [*draw_curves(ax, curves, colours), None][:2]
        self.score_ax_, self.score_line_ = None, None
        if self.validation_score is not None:
            self.score_ax_ = twin or ax.twinx()
            points = self._points(self.validation_score)
            (self.score_line_,) = self.score_ax_.plot(
                *zip(*points, strict=True),
                color=colours[2],
                ls="--",
                label=before + self.score_name,
                marker="o" if len(points) == 1 else None,
            )
            self.score_ax_.set_ylabel(self.score_name)
        self.kept_ = None
        if self.kept_epoch is not None:
            decisive = (ax, self.validation_loss) if self.kept_by == "loss" else (self.score_ax_, self.validation_score)
            axes, points = decisive[0], self._points(decisive[1] or [])
            height = dict(points)[self.kept_epoch]
            self.kept_ = mark_epoch(axes, self.kept_epoch, height, f"{before}kept: epoch {self.kept_epoch}")
        handles = [
            line for each in (ax, self.score_ax_ or twin) if each for line in each.get_legend_handles_labels()[0]
        ]
        ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _points(self, values: Sequence[float]) -> list[tuple[float, float]]:
        """Return a curve's points: the last epochs, as many as there are values."""
        first = len(self.loss) - len(values) + 1
        return [(first + k, float(value)) for k, value in enumerate(values)]


class NetworkDisplay:
    """The computation graph of a fitted estimator, with its weights and, if you like, the numbers of one row.

    Made by ``NetworkDisplay.from_estimator``.

    Parameters
    ----------
    network : Network
        The chain.
    theta : array of shape (P,), optional
        The weights.
    row, target : optional
        A row and its target, as the network takes them: their values and gradients are drawn too.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        The drawing.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from mlnn import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = MLPClassifier((3,), schedule="cosine", random_state=0).fit(X, y)
    >>> display = NetworkDisplay.from_estimator(classifier, X[:1], y[:1])
    >>> display.network.widths, int(display.target)
    ((4, 3, 3, 3, 3, 3), 0)
    """

    ax_: Any
    figure_: Any

    def __init__(
        self, *, network: Network, theta: Array | None = None, row: Array | None = None, target: object = None
    ) -> None:
        self.network = network
        self.theta = theta
        self.row = row
        self.target = target

    @classmethod
    def from_estimator(cls, estimator: Fitted | Perceptron, X: Any = None, y: Any = None, *, ax: Any = None) -> Self:
        """Draw the network of a fitted estimator, this library's or scikit-learn's multilayer perceptron.

        Parameters
        ----------
        estimator : estimator
            Fitted.
        X : array or frame of shape (1, D), optional
            One row, whose values are drawn.
        y : array of shape (1,) or (1, K), optional
            Its label or target, for its loss and the gradients.
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure of a fitting size.

        Returns
        -------
        NetworkDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the estimator is not fitted, X or y is not one row, or y is a label that it has not learned.
        """
        if not hasattr(estimator, "network_"):
            if hasattr(estimator, "to_sklearn"):
                raise ValueError(f"this {type(estimator).__name__} is not fitted yet")
            estimator = from_sklearn(estimator)
        for name, given in (("X", X), ("y", y)):
            if given is not None and len(given) != 1:
                raise ValueError(f"{name} must be one row, but has {len(given)}")
        network, theta, row, target = parts(estimator, None, X, y)
        row, target = (None if each is None else each[0] for each in (row, target))
        return cls(network=network, theta=theta, row=row, target=target).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw the graph on ``ax``, by default in a new figure; return the display."""
        self.ax_ = plot_graph(self.network, self.theta, self.row, self.target, ax)
        self.figure_ = self.ax_.figure
        return self


def _twin(ax: Any) -> Any:
    """Return the axis for scores that is on these axes already, or None."""
    siblings = ax.get_shared_x_axes().get_siblings(ax)
    return next((each for each in siblings if each is not ax and each.bbox.bounds == ax.bbox.bounds), None)
