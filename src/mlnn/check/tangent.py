"""The objective's derivative along a direction, by differences: gate by gate from where something moves to the loss."""

from typing import NamedTuple

import numpy as np

from mlnn.array import Array, Arrays, is_sparse
from mlnn.check.difference import EPS, Derivative, derivative, noise_of
from mlnn.gate import Gate, Step
from mlnn.layer import Layer
from mlnn.network import Placed
from mlnn.objective import Problem, forward, row_shares

FLAT = 1e-6
"""A relative error above which a difference says too little: its place is taken by the derivative of the formula, if
the two agree as far as the difference can tell."""

CLOSE = 2.0**-12
"""How far arguments move, relatively, when noise is measured: far enough to leave a plateau of rounding."""


class Estimate(NamedTuple):
    """∂J along a direction, and what differences and rounding can be wrong by."""

    value: float
    error: float


class Tangents:
    """What a small move does to the objective, found by nothing but forward passes.

    A move Δ of the rows or of a parameter moves what the next gate puts out, (gate(x + sΔ) − gate(x − sΔ)) / 2s and
    better; that moves what the gate after it puts out; at last, every row's loss moves. Each difference is taken where
    it is exact: s is chosen by the size of this gate's input alone, the kinks of other gates are of no matter, and the
    losses' rounding, which is as large as the scores however small the loss, meets the scores' own change, not that of
    a weight far away. ``random`` draws signs of errors, and the directions in which rounding is measured.
    """

    def __init__(self, problem: Problem, theta: Array, step: Step | None, random: np.random.Generator) -> None:
        self.problem, self.network, self.step, self.random = problem, problem.network, step, random
        self.views = self.network.views(theta)
        self.tape = forward(self.network, self.views, problem.X, step)
        rows: Array = problem.X.toarray() if is_sparse(problem.X) else problem.X  # type: ignore[attr-defined]
        self.values = [rows, *self.tape.values[1:]]
        self.noise = [self._gate_noise(index) for index in range(len(self.network.gates))]
        output, S = self.network.output, self.tape.scores
        measured = noise_of(lambda S: output.losses(S, problem.y), S, random=random, apart=CLOSE)
        self.loss_noise = np.maximum(measured, EPS * np.abs(S).max(axis=1))
        self.jumps: list[str] | None = None
        self._rows_by_hand: dict[tuple[int, ...], Array] = {}

    def by_rows(self, direction: Array) -> Estimate:
        """Return the derivative as the rows X move along ``direction``, of their shape."""
        return self._to_loss(0, direction, np.zeros_like(direction))

    def by_parameter(self, placed: Placed, direction: Array) -> Estimate:
        """Return the derivative as a parameter moves along ``direction``, of its shape."""
        index, p = placed.gate, self.views[placed.gate]
        same = [each for each in self.network.placed if each.gate == index]
        place = same.index(placed)

        def moved(s: float) -> Array:
            parts = (*p[:place], p[place] + s * direction, *p[place + 1 :])
            return self._apply(index, parts, self.values[index])

        size, unit = max(1.0, float(np.abs(p[place]).max())), float(np.abs(direction).max())
        near = derivative(moved, size / unit, self.noise[index])
        value, error = near.value, near.error
        if np.any(error > FLAT * np.abs(value).max(initial=0.0)):  # a bias is lost in scores 1e16 times as large
            far = derivative(moved, max(size, float(np.abs(self.values[index + 1]).max())) / unit, self.noise[index])
            value, error = np.where(far.error < error, far.value, value), np.minimum(far.error, error)
        return self._to_loss(index + 1, value, self._signed(error))

    def _apply(self, index: int, p: Arrays, x: Array) -> Array:
        step = None if self.step is None else Step(self.step.seed, self.step.number, index)
        y: Array = self.network.gates[index].apply(p, x, step)[0]
        return y

    def _gate_noise(self, index: int) -> Array:
        x = self.values[index]
        noise = noise_of(lambda x, *p: self._apply(index, p, x), x, *self.views[index], random=self.random, apart=CLOSE)
        # A layer may cancel digits of its input (1 + erf(x) far left): that shows in no small neighbourhood.
        return np.maximum(noise, EPS * np.abs(x)) if isinstance(self.network.gates[index], Layer) else noise

    def _to_loss(self, index: int, move: Array, error: Array) -> Estimate:
        for each in range(index, len(self.network.gates)):
            move, error = self._through(each, move, error)
        return self._loss(move, error)

    def _through(self, index: int, move: Array, error: Array) -> tuple[Array, Array]:
        """Return the move of a gate's output, and the error in it, for those of its input."""
        p, x = self.views[index], self.values[index]
        value, local = self._moved(index, move) if move.any() else (0.0 * self.values[index + 1],) * 2
        unit = float(np.abs(error).max(initial=0.0))
        if unit > 0.0:
            h = 1e-4 * max(1.0, float(np.abs(x).max())) / unit
            local = self._signed(local) + (
                self._apply(index, p, x + h * error) - self._apply(index, p, x - h * error)
            ) / (2.0 * h)
        return value, local

    def _moved(self, index: int, move: Array) -> tuple[Array, Array]:
        """Return the move of a gate's output, and how far this gate's difference can be wrong."""
        gate, p, x = self.network.gates[index], self.views[index], self.values[index]
        has_sides = bool(gate.kinks) or type(gate).side is not Gate.side
        slope = derivative(
            lambda s: self._apply(index, p, x + s * move),
            max(1.0, float(np.abs(x).max())) / float(np.abs(move).max()),
            self.noise[index],
            (lambda s: gate.side(x + s * move)) if has_sides else None,
            both_sides=self.jumps is not None,
        )
        if self.jumps is not None:
            self._note_jumps(index, move, slope)
        slope.error[~move.any(axis=1) & ~slope.value.any(axis=1)] = 0.0  # rows that rest
        by_hand = slope.value.copy()
        for where in map(tuple, np.argwhere(~np.isfinite(slope.error))):  # at a kink
            by_hand[where] = np.sum(self._row_by_hand(index, where) * move)
        value, local = slope.near(by_hand)
        return _or_by_hand(value, local, self._pullback(index, move)) if isinstance(gate, Layer) else (value, local)

    def _loss(self, move: Array, error: Array) -> Estimate:
        """Return the move of the data loss, for that of the scores."""
        output, y, S = self.network.output, self.problem.y, self.tape.scores
        sizes = np.abs(move).max(axis=1, keepdims=True, initial=0.0)
        reach = np.maximum(1.0, np.abs(S).max(axis=1, keepdims=True))  # rows do not look at each other: each its scale
        unit = np.divide(move, sizes, out=np.zeros_like(move), where=sizes > 0.0) * reach
        slope = derivative(
            lambda s: output.losses(S + s * unit, y),
            1.0,
            self.loss_noise,
            (lambda s: np.searchsorted(output.kinks, output.margins(S + s * unit, y)).reshape(len(S), -1))
            if output.kinks
            else None,
            both_sides=self.jumps is not None,
        )
        if self.jumps is not None:
            self._note_jumps(len(self.network.gates), unit, slope)
        diff = output.diff(S, y)
        by_hand = np.sum(diff * unit, axis=1)
        value, local = _or_by_hand(*slope.near(by_hand), by_hand)
        shares = np.ravel(row_shares(self.problem)) * (sizes / reach)[:, 0]
        carried = np.ravel(row_shares(self.problem)) * np.sum(np.abs(diff) * np.abs(error), axis=1)
        summed = EPS * np.sum(np.abs(shares * value))
        return Estimate(float(np.sum(shares * value)), float(np.sum(shares * local) + np.sum(carried) + summed))

    def _pullback(self, index: int, d_y: Array) -> Array:
        gate, p = self.network.gates[index], self.views[index]
        x, y, memo = self.tape.values[index], self.values[index + 1], self.tape.memos[index]
        return gate.pullback(p, x, y, memo, d_y, tuple(np.zeros_like(each) for each in p))

    def _row_by_hand(self, index: int, where: tuple[int, ...]) -> Array:
        """Return the formula's ∂y[where]/∂x, which decides between the two slopes at a kink."""
        if (index, *where) not in self._rows_by_hand:
            d_y = np.zeros_like(self.values[index + 1])
            d_y[where] = 1.0
            self._rows_by_hand[index, *where] = self._pullback(index, d_y)
        return self._rows_by_hand[index, *where]

    def _signed(self, error: Array) -> Array:
        return error * self.random.choice([-1.0, 1.0], error.shape)

    def _note_jumps(self, index: int, move: Array, slope: Derivative) -> None:
        """Put down in words where the slope jumps, though no kink was declared there."""
        gates, S = self.network.gates, self.tape.scores
        jump = np.abs(slope.right - slope.left)
        size = np.maximum(np.abs(slope.left), np.abs(slope.right))
        undeclared = np.isfinite(slope.error) & (jump > 100.0 * slope.doubt) & (jump > 1e-4 * size.max(initial=0.0))
        for where in map(tuple, np.argwhere(undeclared)[:1]):
            left, right = float(slope.left[where]), float(slope.right[where])
            if index == len(gates):
                of, at = f"the loss {type(self.network.output).__name__}", f"the scores {S[where].tolist()}"
                kink = "declare kinks and margins"
            else:
                of, x = f"gate {index + 1}, {type(gates[index]).__name__}", self.values[index]
                if x.shape != self.values[index + 1].shape or move[where] == 0.0:
                    at, kink = f"row {where[0]}, column {where[1]} of what it puts out", "declare kinks, or side()"
                else:
                    left, right = sorted((left / move[where], right / move[where]))
                    at, kink = f"x = {x[where]:g}", f"declare kinks = ({x[where]:g},)"
            assert self.jumps is not None
            self.jumps.append(f"the slope of {of} changes between {left:.6g} and {right:.6g} at {at}: {kink}")


def _or_by_hand(value: Array, error: Array, by_hand: Array) -> tuple[Array, Array]:
    """Return derivatives by differences, where these say enough or contradict the formula; else the formula's own."""
    flat = (error > FLAT * np.abs(value)) & (np.abs(value - by_hand) <= 4.0 * error)
    return np.where(flat, by_hand, value), np.where(flat, 0.0, error)
