"""The tutorial's loop as one types it from its text: three small gates, twice through the chain, and NumPy."""

import numpy as np
from cases import Case, Weights

from peers import Peer


class ByHand(Peer):
    """Full batches, tanh and plain descent only."""

    def prepare(self, case: Case) -> str | None:
        """Copy the weights."""
        self.case, (self.X, self.y) = case, case.data()
        flat = case.weights()
        self.W, self.b = flat[::2], [b[None, :] for b in flat[1::2]]
        if case.only_call:
            return None
        typed = case.optimizer == "descent" and case.layer == "tanh" and case.batch is None and case.members == 1
        return None if typed else "the tutorial's loop has full batches, tanh and plain descent"

    def run(self, epochs: int) -> float:
        """Make some passes over all rows."""
        rows, W, b, rate, penalty = np.arange(len(self.X)), self.W, self.b, self.case.rate, self.case.penalty
        loss = float("nan")
        for number in range(epochs):
            tape, value = [], self.X
            for k in range(len(W)):
                product = np.dot(value, W[k])
                score = product + b[k]
                tape.append((value, product, score))
                value = np.tanh(score)
            powers = np.exp(value)
            probabilities = powers / np.sum(powers, axis=1, keepdims=True)
            if number == epochs - 1 or number % self.case.every == 0:
                loss = float(-np.log(probabilities[rows, self.y]).mean())
            probabilities[rows, self.y] -= 1.0
            back = probabilities
            for k in reversed(range(len(W))):
                value, product, score = tape[k]
                d_score = (1.0 - np.square(np.tanh(score))) * back
                d_product = d_score * np.ones_like(product)
                d_b = np.dot(np.ones((1, len(d_score))), d_score)
                d_W = np.dot(value.T, d_product)
                back = np.dot(d_product, W[k].T)
                d_W += penalty * W[k]
                b[k] += -rate * d_b
                W[k] += -rate * d_W
        return loss

    def weights(self) -> list[Weights]:
        """Return the weights."""
        return [[part for W, b in zip(self.W, self.b, strict=True) for part in (W, b[0])]]

    def call(self, row: np.ndarray) -> np.ndarray:
        """Return the probabilities of a row: a few lines that know the network."""
        value = row
        for W, b in zip(self.W[:-1], self.b[:-1], strict=True):
            value = np.maximum(value @ W + b, 0.0)
        powers = np.exp(value @ self.W[-1] + self.b[-1])
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))
