"""Trainers in a group take the steps of one alone, to the last bit, however many they are; a lost one ends the run."""

import threading

import numpy as np
import pytest
from support import at_once

from mlnn.engine import Block, Compiled, Member, Peers, Stopped, engines
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam
from mlnn.training import Recipe, epochs

pytestmark = pytest.mark.skipif(engines()["compiled"].startswith("not here"), reason="there is no compiled engine")

ROWS = np.random.default_rng(0).standard_normal((777, 11))
CLASSES = (ROWS[:, 0] * ROWS[:, 1] > 0).astype(np.int64)


class Table:
    """Where the members of a group meet."""

    def __init__(self, size):
        self.barrier, self.laid = threading.Barrier(size), [None] * size


class Peer(Peers):
    """One that may fall silent after so many exchanges, or raise."""

    def __init__(self, table, rank, until=None, error=None):
        self.rank, self.size, self.table, self.until, self.error = rank, len(table.laid), table, until, error
        self.views = []

    def exchange(self, out, to, received, spans):
        self.views += [out, received]
        if self.until == 0:
            self.table.barrier.abort()
            if self.error:
                raise self.error
            return False
        self.until = None if self.until is None else self.until - 1
        self.table.laid[self.rank] = out, to
        try:
            self.table.barrier.wait()
            for peer, (theirs, places) in enumerate(self.table.laid):
                if peer != self.rank:
                    received[slice(*spans[peer])] = theirs[slice(*places[self.rank])]
            self.table.barrier.wait()
        except threading.BrokenBarrierError:
            return False
        return True


def problem_of(dtype, weighted=False):
    network = Network.dense([11, 40, 20, 2], dropout=0.2)
    weights = np.linspace(0.0, 2.0, len(ROWS)) if weighted else None
    problem = Problem.of(network, ROWS.astype(dtype), CLASSES, weights=weights)
    return problem, network.initial(np.random.default_rng(1), dtype)


def trained(problem, start, engine, batch_size=150):
    history = list(epochs(problem, start, Recipe(Adam(), epochs=2, batch_size=batch_size), engine=engine))
    last = history[-1]
    return [each.tobytes() for each in (last.theta, *last.state)], [epoch.loss for epoch in history]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("parts", [2, 4, 8, 16, 64])
@pytest.mark.parametrize("size", [2, 3, 5, 8])
def test_its_size_changes_no_bit(size, parts, dtype):
    problem, start = problem_of(dtype, weighted=parts == 8)
    truth, table = trained(problem, start, Compiled(2, parts)), Table(size)
    peers = [Peer(table, rank) for rank in range(size)]
    assert at_once(size, lambda rank: trained(problem, start, Compiled(1, parts, peers[rank]))) == [truth] * size
    assert len(peers[0].views) == 2 * 2 * 12  # two rounds a step
    for view in peers[0].views:
        with pytest.raises(ValueError, match="released"):
            view[0]


def test_parts_are_added_up_along_a_tree():
    """Were they added up one after another, their sum would have other bits."""
    problem, start = problem_of(np.float32)
    problem = problem.batch(slice(0, 20 * 8))
    with Compiled(1, 8).bind(problem) as bound:
        _, ours = bound.loss_and_gradient(start)
    each = []
    for first in range(0, 160, 20):
        with Compiled(1, 1).bind(problem.batch(slice(first, first + 20))) as bound:
            each.append(bound.loss_and_gradient(start, data_factor=0.125)[1])
    pairs = [each[k] + each[k + 1] for k in range(0, 8, 2)]
    tree = (pairs[0] + pairs[1]) + (pairs[2] + pairs[3])
    assert ours.tobytes() == tree.tobytes() != sum(each[1:], each[0]).tobytes()


def steps(problem, start, engine, count=10, rows=75):
    """Take steps; return how many were complete, and θ."""
    many, member = np.ones(count), Member(start.copy())
    bounds = np.column_stack([np.arange(count), np.arange(1, count + 1)]) * rows
    block = Block(0, None, bounds, 0.1 * many, many, many, ())
    with engine.bind(problem, SGD()) as bound:
        try:
            bound.run([member], [block])
        except Stopped as at:
            (count,) = at.taken
    return count, member.theta.tobytes()


@pytest.mark.parametrize("lost", [0, 1, 2, 7, 19])
def test_where_one_is_lost_all_end_at_a_complete_step(lost):
    problem, start = problem_of(np.float32)
    table = Table(3)
    peers = [Peer(table, rank, lost if rank == 1 else None) for rank in range(3)]
    came = at_once(3, lambda rank: steps(problem, start, Compiled(1, 4, peers[rank])))
    assert came[1] == steps(problem, start, Compiled(1, 4), count=lost // 2) if lost > 1 else came[1][0] == 0
    for count, theta in came:
        assert count in (lost // 2, lost // 2 - 1)  # who is slow to take what came finds the other gone
        assert count == 0 or theta == steps(problem, start, Compiled(1, 4), count)[1]


def test_what_an_exchange_raises_comes_out():
    problem, start = problem_of(np.float32)
    table = Table(2)
    peers = [Peer(table, 0, 3, OSError("the line is cut")), Peer(table, 1)]
    first, (count, _) = at_once(2, lambda rank: steps(problem, start, Compiled(1, 4, peers[rank])))
    assert isinstance(first, OSError)
    assert count == 1


@pytest.mark.parametrize("parts", [0, 3, -4, 2.5])
def test_parts_that_are_no_power_of_two_are_refused(parts):
    with pytest.raises((ValueError, TypeError), match="parts"):
        Compiled(parts=parts)


@pytest.mark.parametrize(("rank", "size"), [(2, 2), (-1, 2), (0, 0)])
def test_ranks_beyond_the_group_are_refused(rank, size):
    with pytest.raises(ValueError, match="rank"):
        Compiled()._native.Group(rank, size, print)
