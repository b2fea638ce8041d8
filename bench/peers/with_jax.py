"""JAX: an epoch is one jitted ``lax.scan`` with donated buffers, the gather of every batch inside.

Members train side by side by ``vmap`` or, with the option "map", in turn by ``lax.map``, still in one jitted call.
The optimizer is written here, because Optax adds Adam's ε after the bias correction.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from cases import ADAM, Case, Weights
from jax import lax

from peers import Peer

Tree = Any


def forward(case: Case, params: Tree, X: jax.Array, key: jax.Array | None) -> tuple[jax.Array, Tree]:
    """Return scores, and the mean and variance of every batch norm."""
    act = jax.nn.relu if case.layer == "relu" else jnp.tanh
    value, statistics = X, []
    for k, layer in enumerate(params):
        value = value @ layer["W"] + layer["b"]
        if k == len(params) - 1:
            return act(value) if case.squashed else value, statistics
        if case.batch_norm:
            mean, variance = value.mean(axis=0), value.var(axis=0)
            statistics.append((mean, variance))
            value = layer["gain"] * ((value - mean) * lax.rsqrt(variance + 1e-5)) + layer["shift"]
        value = act(value)
        if key is not None:
            key, now = jax.random.split(key)
            kept = jax.random.bernoulli(now, 1.0 - case.dropout, value.shape)
            value = jnp.where(kept, value / (1.0 - case.dropout), 0.0)
    raise AssertionError


def loss_of(case: Case, params: Tree, X: jax.Array, y: jax.Array, key: jax.Array | None) -> tuple[jax.Array, Tree]:
    """Return what is to be minimized; beside it the mean loss and the batch statistics."""
    scores, statistics = forward(case, params, X, key)
    chosen = jax.nn.one_hot(y, case.sizes[-1], dtype=scores.dtype)
    losses = -(chosen * jax.nn.log_softmax(scores)).sum(axis=1)
    objective = losses.sum() if case.summed else losses.mean()
    if case.penalty:
        objective += 0.5 * case.penalty * sum(jnp.square(layer["W"]).sum() for layer in params)
    return objective, (losses.mean(), statistics)


def step(case: Case, carry: Tree, X: jax.Array, y: jax.Array) -> tuple[Tree, jax.Array]:
    """Return the state after one step, and the loss before it."""
    key = now = None
    if case.dropout:
        key, now = jax.random.split(carry["key"])
    slope, (loss, statistics) = jax.grad(partial(loss_of, case), has_aux=True)(carry["params"], X, y, now)
    after = dict(carry, key=key) if case.dropout else dict(carry)
    if case.optimizer == "descent":
        after["params"] = jax.tree.map(lambda p, g: p - case.rate * g, carry["params"], slope)
    else:
        beta1, beta2, t = ADAM["beta1"], ADAM["beta2"], carry["t"] + 1
        rate = (ADAM["rate"] * jnp.sqrt(1.0 - beta2**t) / (1.0 - beta1**t)).astype(X.dtype)
        m = jax.tree.map(lambda m, g: beta1 * m + (1.0 - beta1) * g, carry["m"], slope)
        v = jax.tree.map(lambda v, g: beta2 * v + (1.0 - beta2) * g * g, carry["v"], slope)
        after["params"] = jax.tree.map(
            lambda p, m, v: p - rate * m / (jnp.sqrt(v) + ADAM["epsilon"]), carry["params"], m, v
        )
        after |= {"t": t, "m": m, "v": v}
    if case.batch_norm:
        unbiased = len(X) / (len(X) - 1.0)
        after["running"] = [
            (0.9 * mean + 0.1 * now_mean, 0.9 * variance + 0.1 * unbiased * now_variance)
            for (mean, variance), (now_mean, now_variance) in zip(carry["running"], statistics, strict=True)
        ]
    return after, loss


def epoch(case: Case, carry: Tree, X: jax.Array, y: jax.Array, order: jax.Array | None) -> tuple[Tree, jax.Array]:
    """Return the state after an epoch (after ``every`` passes, where a step takes all rows) and the loss."""
    advance = partial(step, case)
    if case.members > 1:
        advance = jax.vmap(advance, in_axes=(0, None, None))
    return walk(case, advance, carry, X, y, order)


def epoch_in_turn(case: Case, carry: Tree, X: jax.Array, y: jax.Array, order: jax.Array | None) -> Tree:
    """Return the same, one member's whole epoch after another's."""
    return lax.map(lambda member: walk(case, partial(step, case), member, X, y, order), carry)


def walk(case: Case, advance: Any, carry: Tree, X: jax.Array, y: jax.Array, order: jax.Array | None) -> Tree:
    """Return the state after an epoch's steps, and their mean loss; the last one's, where a step takes all rows."""
    if order is None:
        carry, losses = lax.scan(lambda now, _: advance(now, X, y), carry, length=case.every)
        return carry, losses[-1]
    carry, losses = lax.scan(lambda now, rows: advance(now, X[rows], y[rows]), carry, order)
    return carry, losses.mean()


class Jax(Peer):
    """One core or all of them: the process's affinity decides."""

    def prepare(self, case: Case) -> str | None:
        """Put everything on the device and compile."""
        if self.options == "map" and case.members == 1:
            return "one network alone has no turns to take"
        jax.config.update("jax_enable_x64", case.dtype == "float64")
        self.case, self.epoch = case, 0
        X, y = case.data()
        self.X, self.y = jnp.asarray(X), jnp.asarray(y.astype(np.int32))
        members = [self.first(member) for member in range(case.members)]
        self.carry = members[0] if case.members == 1 else jax.tree.map(lambda *parts: jnp.stack(parts), *members)
        if case.only_call:
            self.probabilities = jax.jit(lambda params, X: jax.nn.softmax(forward(case, params, X, None)[0]))
        else:
            whole = epoch_in_turn if self.options == "map" else epoch
            self.train = jax.jit(partial(whole, case), donate_argnums=0)
        return None

    def first(self, member: int) -> Tree:
        """Return a member's state before its first step."""
        case, flat = self.case, self.case.weights(member)
        params = [{"W": jnp.asarray(W), "b": jnp.asarray(b)} for W, b in zip(flat[::2], flat[1::2], strict=True)]
        carry: Tree = {"params": params}
        if case.batch_norm:
            for layer in params[:-1]:
                layer |= {"gain": jnp.ones_like(layer["b"]), "shift": jnp.zeros_like(layer["b"])}
            carry["running"] = [(jnp.zeros_like(layer["b"]), jnp.ones_like(layer["b"])) for layer in params[:-1]]
        if case.optimizer == "adam":
            carry |= {"t": jnp.int32(0), "m": jax.tree.map(jnp.zeros_like, params)}
            carry["v"] = jax.tree.map(jnp.zeros_like, params)
        if case.dropout:
            carry["key"] = jax.random.key(member)
        return carry

    def run(self, epochs: int) -> float:
        """Train on; the loss of every epoch comes back to Python."""
        case, loss = self.case, float("nan")
        for _ in range(epochs if case.batch else epochs // case.every):
            self.epoch += 1
            order = None
            if case.batch:
                order = case.order(self.epoch).reshape(case.steps, case.batch).astype(np.int32)
            self.carry, losses = self.train(self.carry, self.X, self.y, order)
            loss = float(losses.mean())
        return loss

    def weights(self) -> list[Weights]:
        """Return the members' weights."""
        flat = [np.asarray(layer[name]) for layer in self.carry["params"] for name in ("W", "b")]
        return [flat] if self.case.members == 1 else [[part[k] for part in flat] for k in range(self.case.members)]

    def call(self, row: np.ndarray) -> np.ndarray:
        """Return the probabilities of a row."""
        return np.asarray(self.probabilities(self.carry["params"], row))
