"""Engines in tests: one call on a bound engine, and an engine that somebody has altered."""

import numpy as np

from mlnn.engine import Engine, Member, Reference


def run(engine, problem, theta, state, optimizer, block):
    """Take a block's steps, changing θ and state; return the losses measured."""
    with engine.bind(problem, optimizer) as bound:
        (losses,) = bound.run([Member(theta, state)], [block])
    return losses


def loss_and_gradient(engine, problem, theta, step=None, *factors):
    """Return J and its gradient."""
    with engine.bind(problem) as bound:
        return bound.loss_and_gradient(theta, step, *factors)


class Altered(Engine):
    """The reference with another idea of J: ``altered(loss, gradient)`` is what it answers."""

    def __init__(self, altered=lambda loss, gradient: (loss, gradient), reason=None):
        self.altered, self.reason = altered, reason

    def supports(self, problem, optimizer=None):
        return self.reason

    def explain(self, problem, batch_size=np.inf, dtype=np.float64):
        return "altered"

    def bind(self, problem, optimizer=None):
        bound = Reference().bind(problem, optimizer)
        right = bound.loss_and_gradient
        bound.loss_and_gradient = lambda *arguments: self.altered(*right(*arguments))
        return bound

    def predictor(self, network, theta):
        return Reference().predictor(network, theta)
