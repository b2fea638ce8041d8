"""Weights of several predictions of the same rows, and their weighted mean."""

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from mlnn.array import Array

ROUNDS, EQUAL = 20, 0.25
"""Rounds of the search for weights, and the share of all weight that is dealt out equally."""


def weighed(weights: Sequence[float], predictions: Sequence[Array]) -> Array:
    """Return the weighted mean of what views predict, p = Σ wᵥ pᵥ."""
    return reduce(np.add, [weight * each for weight, each in zip(weights, predictions, strict=True)])


def in_hundredths(weights: Sequence[float]) -> list[str]:
    """Return weights with two decimals that add up as they do: what is left goes to those that lost most.

    Examples
    --------
    >>> in_hundredths([0.3333, 0.3333, 0.3334]), in_hundredths([0.125, 0.875])
    (['0.33', '0.33', '0.34'], ['0.13', '0.87'])
    """
    exact = 100.0 * np.array(weights)
    found = np.floor(exact).astype(np.int64)
    most = np.argsort(found - exact, kind="stable")
    found[most[: max(round(exact.sum()) - int(found.sum()), 0)]] += 1
    return [f"{each / 100:.2f}" for each in found.tolist()]


def selected_weights(predictions: Sequence[Array], loss: Callable[[Array], float]) -> tuple[list[float], float]:
    """Return weights of views, and the loss of their mean, on rows that none of their members was trained on.

    Views are chosen one after another, each time the one with which the mean of all chosen so far has the least loss;
    how often a view was chosen is its weight, but for a quarter, which all share equally, since the rows are few.

    Parameters
    ----------
    predictions : sequence of array
        What each view predicts for these rows.
    loss : callable
        From predictions to their mean loss.

    References
    ----------
    Caruana, Niculescu-Mizil, Crew, Ksikes (2004), Ensemble Selection from Libraries of Models, section 2.

    Examples
    --------
    >>> y = np.array([0.0, 1.0])
    >>> selected_weights([y, y + 1.0], lambda p: float(np.mean((p - y) ** 2)))
    ([0.875, 0.125], 0.015625)
    """
    chosen, total = np.zeros(len(predictions)), np.zeros_like(predictions[0])
    for count in range(1, ROUNDS + 1):
        best = int(np.argmin([loss((total + each) / count) for each in predictions])) if len(predictions) > 1 else 0
        chosen[best] += 1
        total += predictions[best]
    weights = (EQUAL / len(chosen) + (1.0 - EQUAL) * chosen / ROUNDS).tolist()
    return weights, loss(weighed(weights, predictions))
