"""The reference engine against a loop that is written out: batches, schedules, weights, rates, bounds, noise."""

import numpy as np
import pytest
from bound import Altered, loss_and_gradient, run

from mlnn.check import check_engine
from mlnn.engine import Block, Reference
from mlnn.gate import AddGate, MultiplyGate, Step
from mlnn.layer import Tanh
from mlnn.network import Network
from mlnn.objective import Problem, data_loss
from mlnn.optimizer import SGD, Adam, ClipNorm
from mlnn.output import Softmax
from mlnn.penalty import L2, project_to_ball
from mlnn.schedule import Time
from mlnn.training import Recipe, epochs, sum_of_rows

X, Y = np.random.default_rng(0).standard_normal((20, 3)), np.random.default_rng(1).integers(0, 2, 20)
NETWORK = Network.dense([3, 5, 2])
THETA = NETWORK.initial(np.random.default_rng(2))
ENGINE = Reference()


def block(bounds, rates, optimizer=None, order=None, first_step=0, measured_from=0, seed=0, data=1.0, penalty=1.0):
    steps = len(rates)
    now = Time(first_step + 1 + np.arange(steps), np.zeros(steps), epochs=1)
    return Block(
        first_step=first_step,
        order=order,
        bounds=np.array(bounds),
        rates=np.array(rates),
        data_factors=np.full(steps, data),
        penalty_factors=np.full(steps, penalty),
        coefficients=(optimizer or SGD()).coefficients(now),
        measured_from=measured_from,
        seed=seed,
    )


def test_run_is_the_tutorials_loop_written_out(random):
    """Two batches in a given order, each with a rate of its own, by NumPy alone."""
    order, bounds, rates = random.permutation(20), [(0, 12), (12, 20)] * 2, [0.5, 0.25, 0.1, 0.3]
    weights = random.uniform(0.5, 2.0, 20)
    problem, theta = Problem.of(NETWORK, X, Y, weights, L2(0.1)), THETA.copy()
    losses = run(ENGINE, problem, theta, (), SGD(), block(bounds, rates, order=order, data=3.0, penalty=2.0))
    W1, b1, W2, b2 = (each.copy() for each in NETWORK.named(THETA).values())
    totals, penalties = [], []
    for (start, stop), rate in zip(bounds, rates, strict=True):
        rows = order[start:stop]
        x, y, w = X[rows], Y[rows], weights[rows]
        hidden = np.tanh(x @ W1 + b1)
        scores = hidden @ W2 + b2
        P = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        totals.append(np.sum(w * -np.log(P[np.arange(len(y)), y])) / w.sum())
        penalties.append(0.05 * (np.sum(W1**2) + np.sum(W2**2)))
        d = (P - np.eye(2)[y]) * (3.0 * w / w.sum())[:, None]
        d_hidden = d @ W2.T * (1.0 - hidden**2)
        W2, b2 = W2 - rate * (hidden.T @ d + 0.2 * W2), b2 - rate * d.sum(axis=0)
        W1, b1 = W1 - rate * (x.T @ d_hidden + 0.2 * W1), b1 - rate * d_hidden.sum(axis=0)
    np.testing.assert_allclose(theta, np.concatenate([each.ravel() for each in (W1, b1, W2, b2)]), rtol=1e-11)
    np.testing.assert_allclose(losses, np.column_stack([totals, penalties]), rtol=1e-12)


def test_run_is_loss_and_gradient_step_by_step_with_noise_state_and_clipping():
    network = Network.dense([3, 6, 2], batch_norm=True, dropout=0.3)
    problem, optimizer = Problem.of(network, X, Y, penalty=L2(0.1)), ClipNorm(Adam(), limit=0.2)
    theta = network.initial(np.random.default_rng(2))
    state = (np.zeros_like(theta), np.zeros_like(theta))
    one, slots = theta.copy(), tuple(slot.copy() for slot in state)
    bounds, rates = [(0, 7), (7, 14), (14, 20)] * 2, np.linspace(0.1, 0.05, 6)
    plan = block(bounds, rates, optimizer, first_step=40, seed=9)
    for k, (start, stop) in enumerate(bounds):
        step = Step(9, 40 + k)
        batch = problem.batch(slice(start, stop))
        gradient = loss_and_gradient(ENGINE, batch, one, step)[1]
        moved, slots = optimizer.update(
            one,
            optimizer.gradient_scale(gradient) * gradient,
            slots,
            rates[k] * network.rates,
            network.penalties,
            *(float(column[k]) for column in plan.coefficients),
        )
        observed = one.copy()
        ENGINE.bind(batch).observe(observed, step)
        fresh = (network.rates == 0.0) * 0.1
        one = moved * (1.0 - fresh) + observed * fresh
    run(ENGINE, problem, theta, state, optimizer, plan)
    np.testing.assert_allclose(theta, one, rtol=1e-11, atol=1e-14)
    for mine, theirs in zip(state, slots, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-11, atol=1e-16)


def test_many_steps_in_one_call_are_many_calls():
    network = Network.dense([3, 6, 2], batch_norm=True, dropout=0.3)
    problem, start = Problem.of(network, X, Y), network.initial(np.random.default_rng(3))
    theta, parts = start.copy(), start.copy()
    bounds, rates = [(0, 10), (10, 20)] * 3, [0.1] * 6
    run(ENGINE, problem, theta, (), SGD(), block(bounds, rates, seed=4))
    for k in range(6):
        run(ENGINE, problem, parts, (), SGD(), block(bounds[k : k + 1], rates[:1], first_step=k, seed=4))
    np.testing.assert_array_equal(theta, parts)


def test_only_steps_that_are_measured_count_in_the_loss():
    problem = Problem.of(NETWORK, X, Y)
    bounds = [(0, 20), (0, 5), (5, 20)]
    theta = THETA.copy()
    losses = run(ENGINE, problem, theta, (), SGD(), block(bounds, [0.0] * 3, measured_from=1))
    assert (losses[:, 0] * [5, 15]).sum() / 20 == pytest.approx(data_loss(problem, ENGINE.scores(NETWORK, THETA, X)))
    np.testing.assert_array_equal(theta, THETA)
    assert len(run(ENGINE, problem, theta, (), SGD(), block(bounds, [0.0] * 3, measured_from=3))) == 0


@pytest.mark.parametrize("convention", [None, sum_of_rows])
def test_a_weight_of_two_is_a_row_twice_and_of_zero_none(convention):
    weights = np.ones(20)
    weights[3], weights[7] = 2.0, 0.0
    rows = np.delete(np.append(np.arange(20), 3), 7)
    weighted = Problem.of(NETWORK, X, Y, weights, L2(0.1))
    repeated = Problem.of(NETWORK, X[rows], Y[rows], None, L2(0.1))
    assert len(rows) == weights.sum() == 20
    settings = {} if convention is None else {"convention": convention}
    runs = [list(epochs(each, THETA, Recipe(Adam(), epochs=30, **settings))) for each in (weighted, repeated)]
    np.testing.assert_allclose(runs[0][-1].theta, runs[1][-1].theta, rtol=1e-9, atol=1e-12)
    assert runs[0][-1].loss == pytest.approx(runs[1][-1].loss, rel=1e-12)
    for problem in (weighted, repeated):
        assert check_engine(problem, THETA, ENGINE) < 1e-7


def test_training_is_gradient_descent_on_the_objective():
    problem = Problem.of(NETWORK, X, Y, penalty=L2(0.1))
    theta = THETA.copy()
    for _ in range(5):
        theta -= 0.3 * loss_and_gradient(ENGINE, problem, theta)[1]
    *_, last = epochs(problem, THETA, Recipe(SGD(rate=0.3), epochs=5))
    np.testing.assert_allclose(last.theta, theta, rtol=1e-12)


def test_each_tensor_has_its_own_rate():
    gates = (MultiplyGate(4, rate=0.0), AddGate(), Tanh(), MultiplyGate(2), AddGate(rate=2.0))
    network = Network(3, gates, Softmax())
    theta = network.initial(np.random.default_rng(1))
    problem = Problem.of(network, X, Y)
    gradient = network.named(loss_and_gradient(ENGINE, problem, theta)[1])
    *_, last = epochs(problem, theta, Recipe(SGD(rate=0.5), epochs=1))
    before, after = network.named(theta), network.named(last.theta)
    for name, rate in [("b1", 0.5), ("W2", 0.5), ("b2", 1.0)]:
        np.testing.assert_allclose(after[name], before[name] - rate * gradient[name], rtol=1e-12)
    np.testing.assert_array_equal(after["W1"], before["W1"])
    *_, late = epochs(problem, theta, Recipe(Adam(0.1), epochs=30, batch_size=6))
    np.testing.assert_array_equal(network.named(late.theta)["W1"], before["W1"])  # frozen for good
    assert (network.named(late.theta)["W2"] != before["W2"]).all()


def test_max_norm_is_kept_by_projection_after_every_step():
    free = Network(3, (MultiplyGate(4), AddGate(), Tanh(), MultiplyGate(2), AddGate()), Softmax())
    bound = Network(3, (MultiplyGate(4), AddGate(), Tanh(), MultiplyGate(2, max_norm=0.5), AddGate()), Softmax())
    theta = free.initial(np.random.default_rng(1))
    *_, loose = epochs(Problem.of(free, X, Y), theta, Recipe(SGD(rate=2.0), epochs=1))
    expected = loose.theta.copy()
    project_to_ball(free.named(expected)["W2"], 0.5)
    tight = list(epochs(Problem.of(bound, X, Y), theta, Recipe(SGD(rate=2.0), epochs=20)))
    np.testing.assert_array_equal(tight[0].theta, expected)
    norms = [np.linalg.norm(bound.named(epoch.theta)["W2"], axis=0) for epoch in tight]
    assert np.max(norms) <= 0.5 + 1e-12
    assert np.linalg.norm(free.named(loose.theta)["W2"], axis=0).max() > 0.5
    assert np.linalg.norm(bound.named(tight[-1].theta)["W1"], axis=0).max() > 0.5  # the others are free


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_type_of_theta_is_kept(dtype, random):
    network = Network.dense([3, 5, 2], batch_norm=True, dropout=0.3)
    problem = Problem.of(network, X.astype(dtype), Y, np.ones(20), L2(0.01))
    *_, last = epochs(problem, network.initial(random, dtype), Recipe(Adam(), epochs=3, batch_size=8))
    assert last.theta.dtype == dtype
    assert {slot.dtype for slot in last.state} == {np.dtype(dtype)}
    assert ENGINE.predict(network, last.theta, problem.X).dtype == dtype


def test_noise_belongs_to_the_step_not_to_the_call():
    network = Network.dense([3, 8, 2], dropout=0.5)
    problem, theta = Problem.of(network, X, Y), network.initial(np.random.default_rng(0))
    losses = [loss_and_gradient(ENGINE, problem, theta, step)[0] for step in (Step(1, 2), Step(1, 2), Step(1, 3), None)]
    assert losses[0] == losses[1]
    assert len(set(losses)) == 3


def test_the_reference_runs_everything():
    assert ENGINE.supports(NETWORK, SGD()) is None


def test_an_engine_that_cannot_run_a_network_says_why():
    picky = Altered(reason="it only likes large networks")
    with pytest.raises(ValueError, match="cannot run the network: it only likes large networks"):
        next(iter(epochs(Problem.of(NETWORK, X, Y), THETA, Recipe(), engine=picky)))


def test_a_wrong_engine_is_caught_along_a_random_direction():
    def careless(loss, gradient):
        gradient[4] *= 1.01
        return loss, gradient

    assert check_engine(Problem.of(NETWORK, X, Y), THETA, Altered()) < 1e-7
    assert check_engine(Problem.of(NETWORK, X, Y), THETA, Altered(careless)) > 1e-5
