"""What is trained and how, as a checkpoint remembers it: data by their digests, settings by their words."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlnn.array import Array, is_sparse
from mlnn.engine import Engine
from mlnn.frame.printable import printable
from mlnn.objective import Problem
from mlnn.optimizer import Optimizer
from mlnn.source import Windows, source_of
from mlnn.training.epoch import Epoch
from mlnn.training.recipe import Recipe

CHUNK = 1 << 22
"""Bytes that are looked at together."""

DIGEST = "sha256:"

SHOWN = 70
"""So many characters of a setting stand in a sentence."""


def facts_of(
    problem: Problem,
    thetas: Array,
    recipe: Recipe,
    engine: Engine,
    *,
    seeds: Sequence[int],
    rows: Sequence[Array] | None,
    valid: Sequence[Problem | None],
    last: Sequence[Epoch | None],
) -> dict[str, Any]:
    """Return all that the bits of a training depend on.

    Functions and objects of a user's own are known by their names alone.
    """
    network, optimizer = problem.network, recipe.optimizer
    X, y, weights = data_digests(problem)
    judged = {id(each): _judged(each) for each in valid if each}  # a source that judges all members is read once
    return {
        "arithmetic": engine.arithmetic,
        "network": f"{network.inputs} inputs, {words(network.gates)}, {words(network.output)}",
        "parameters": network.size,
        "type of numbers": str(thetas.dtype),
        "slots": optimizer.slots if isinstance(optimizer, Optimizer) else None,
        "members": len(thetas),
        "penalty": words(problem.penalty),
        "optimizer": words(optimizer),
        "schedule": words(recipe.schedule),
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "every": recipe.every,
        "seeds": ", ".join(map(str, seeds)),
        "order of rows": words(recipe.order),
        "shards": digest(np.array(recipe.order.sizes)) if isinstance(recipe.order, Windows) else None,
        "convention": words(recipe.convention),
        "rows X": X,
        "targets y": y,
        "weights of rows": weights,
        "rows of the members": digest(*rows or ()),
        "validation rows": digest(*(part for each in valid if each for part in judged[id(each)])),
        "first weights": digest(thetas, *(part for epoch in last if epoch for part in (epoch.raw_theta, *epoch.state))),
    }


def settings_of(parameters: Mapping[str, Any], *left_out: str) -> dict[str, Any]:
    """Return parameters in words, but for some that change no bit."""
    return {name: words(value) for name, value in parameters.items() if name not in left_out}


def words(setting: object) -> str:
    """Return what a setting is, without the addresses that differ from one process to the next."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(setting))


def digest(*arrays: Array | None) -> str | None:
    """Return SHA-256 of some arrays, their shapes and types; None where there are none.

    Examples
    --------
    >>> digest(np.zeros(2)) == digest(np.zeros((2, 1)))
    False
    """
    found = [array for array in arrays if array is not None]
    sha = hashlib.sha256()
    for array in found:
        sha.update(f"{array.shape}".encode())
        values: Any = array
        for part in (values.indptr, values.indices, values.data) if is_sparse(values) else (values,):
            sha.update(f"{part.dtype.str} {part.shape}".encode())
            _add(sha, part)
    return f"{DIGEST}{sha.hexdigest()}" if found else None


def data_digests(problem: Problem) -> tuple[str | None, str | None, str | None]:
    """Return the digests of X, y and weights, of a source as of the same rows in memory: each shard is read once."""
    source = source_of(problem)
    if source is None:
        return digest(problem.X), digest(problem.y), digest(problem.weights)
    shas = [hashlib.sha256() for each in _data(problem)]
    for sha, whole in zip(shas, _data(problem), strict=True):
        sha.update(f"{whole.shape}{whole.dtype.str} {whole.shape}".encode())
    for shard in source.parts(problem):
        for sha, part in zip(shas, _data(shard), strict=True):
            _add(sha, part)
    X, y, *weights = (f"{DIGEST}{sha.hexdigest()}" for sha in shas)
    return X, y, weights[0] if weights else None


def _data(problem: Problem) -> list[Array]:
    """Return X, y and, where there are some, the weights."""
    return [each for each in (problem.X, problem.y, problem.weights) if each is not None]


def _add(sha: Any, values: Array) -> None:
    """Add an array's numbers to a digest, some of them at a time, in which they need not lie in one piece."""
    step = max(CHUNK // max(values[:1].nbytes, 1), 1)
    for start in range(0, len(values), step):
        sha.update(np.ascontiguousarray(values[start : start + step]).tobytes())


def _judged(valid: Problem) -> tuple[Array | None, ...]:
    """Return what tells rows to judge by from others: themselves, or of a source the letters of their digests."""
    if source_of(valid) is None:
        return valid.X, valid.y, valid.weights
    return (np.array([each for each in data_digests(valid) if each]),)


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Return in words the first thing that differs, or None.

    Examples
    --------
    >>> difference({"batch_size": 32}, {"batch_size": 64})
    'the checkpoint was made with batch_size 32, but this training has 64'
    >>> difference({"rows X": digest(np.zeros(2))}, {"rows X": digest(np.ones(2))})
    'the checkpoint was made with other rows X than this training has'
    """
    for name in [*before, *(name for name in now if name not in before)]:
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            return difference(old, new)
        if any(str(each).startswith(DIGEST) for each in (old, new)):
            return f"the checkpoint was made with other {printable(name)[:SHOWN]} than this training has"
        shared = next((k for k, (a, b) in enumerate(zip(str(old), str(new), strict=False)) if a != b), 0)
        start = 0 if max(len(str(old)), len(str(new))) <= SHOWN else max(shared - SHOWN // 3, 0)
        shown = [f"{'…' * (start > 0)}{printable(each)[start : start + SHOWN]}" for each in (old, new)]
        return f"the checkpoint was made with {printable(name)[:SHOWN]} {shown[0]}, but this training has {shown[1]}"
    return None
