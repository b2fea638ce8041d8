"""Ensembles: several trained networks whose predictions are averaged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from mlnn.array import Array, as_rows, whole_number
from mlnn.engine import OwnPredictor, fastest_for, require_memory
from mlnn.model.model import Model
from mlnn.names import require
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.training import BestWatcher, Checkpoint, KeepBest, Recipe, epochs_of_members
from mlnn.training.facts import words
from mlnn.training.recorder import recording

Member = tuple[Network, Array]
"""A network and its θ."""


@dataclass(frozen=True, eq=False, repr=False)
class Ensemble:
    """The mean of the members' predictions: p = Σ pₘ / M.

    Members may be several initializations, the best models of a search, or snapshots of one run; they share inputs
    and output. Averaging happens on probabilities, not on decisions: a sure member counts for more than an unsure one.

    Parameters
    ----------
    members : tuple of (Network, θ)
        At least one.

    Raises
    ------
    ValueError
        If there is none, or two differ in inputs, output or number of scores.

    References
    ----------
    Hansen, Salamon (1990), Neural network ensembles; CS231n notes 3, "Model ensembles".

    Examples
    --------
    >>> models = [Model([2, 3, 2], seed=seed) for seed in (0, 1)]
    >>> X = np.array([[0.5, -1.0]])
    >>> mean = (models[0].predict_proba(X) + models[1].predict_proba(X)) / 2.0
    >>> bool(np.allclose(Ensemble.of(models).predict_proba(X), mean))
    True
    """

    members: tuple[Member, ...]
    _predictors: list[OwnPredictor] = field(init=False, repr=False, default_factory=list)  # one, or one of each member

    def __post_init__(self) -> None:
        """Refuse members that cannot be averaged."""
        kinds = {(network.inputs, network.output, network.widths[-1]) for network, _ in self.members}
        if len(kinds) != 1:
            raise ValueError(
                f"an ensemble needs members that share inputs, output and scores, but got {len(kinds)} kinds"
            )
        (first, one), *others = self.members
        alike = all(network == first and theta.dtype == one.dtype for network, theta in others)
        object.__setattr__(self, "_predictors", [OwnPredictor() for _ in (self.members[:1] if alike else self.members)])

    def __repr__(self) -> str:
        networks = list(dict.fromkeys(str(network) for network, _ in self.members))
        return f"Ensemble({len(self.members)} members of {' and of '.join(networks[:3])}{' …' * (len(networks) > 3)})"

    @classmethod
    def of(cls, models: Iterable[Model]) -> "Ensemble":
        """Return the ensemble of some models as they are now."""
        return cls(tuple((model.network, model.theta.copy()) for model in models))

    @classmethod
    def snapshots(cls, network: Network, thetas: Iterable[Array]) -> "Ensemble":
        """Return the ensemble of several θ of one network: checkpoints of a run."""
        return cls(tuple((network, theta) for theta in thetas))

    @classmethod
    def train(
        cls,
        problem: Problem,
        recipe: Recipe,
        members: int = 5,
        *,
        rows: Sequence[Array] | None = None,
        valid: Problem | Sequence[Problem] | None = None,
        keep: KeepBest | Sequence[KeepBest | BestWatcher] = (),
        checkpoint: Checkpoint | None = None,
    ) -> "Ensemble":
        """Train members side by side, on all cores, and return their ensemble.

        Member m has the seed ``recipe.seed`` + m for its first weights, the order of its rows and its noise. How it is
        trained, and what ``rows`` and ``valid`` are, is told by ``mlnn.epochs_of_members``.

        Parameters
        ----------
        problem : Problem
            The objective that they share.
        recipe : Recipe
            How to train.
        members : int, default 5
            How many.
        rows, valid : optional
            The rows that each member trains on, and those by which it is judged.
        keep : KeepBest, or a sequence of them, optional
            One for all members, or one for each: its best weights are taken, and an ``EarlyStopping`` ends its
            training. Without, the last weights are taken.
        checkpoint : Checkpoint, optional
            Where to write down now and then how training stands, and from where to resume it.

        Raises
        ------
        ValueError
            If there is no member, or something is not given for every member.
        Diverged
            If a member's loss is no longer finite.

        Examples
        --------
        >>> network = Network.dense([1, 4, 2])
        >>> problem = Problem.of(network, [[-1.0], [1.0]], [0, 1])
        >>> Ensemble.train(problem, Recipe(epochs=200), members=3).predict([[-2.0], [2.0]])
        array([0, 1])
        """
        require(Problem, problem, "problem"), require(Recipe, recipe, "recipe")
        members = whole_number("members", members)
        keepers = [keep] * members if isinstance(keep, KeepBest) else keep
        if keepers and len(keepers) != members:
            raise ValueError(f"there are {members} members, but keep has {len(keepers)} entries")
        watchers = [each.start() if isinstance(each, KeepBest) else each for each in keepers]
        thetas = first_thetas(problem, recipe, members)
        stop = (lambda member, epoch: watchers[member](epoch)) if watchers else None
        with recording(checkpoint, {"keep": words(keepers)}, weights_of_all=False) as recorder:
            *_, last = epochs_of_members(
                problem, thetas, recipe, rows=rows, valid=valid, stop=stop, checkpoint=recorder
            )
        best = [each.best for each in watchers] if watchers else last
        return cls.snapshots(problem.network, (epoch.theta for epoch in best if epoch))

    def averaged_weights(self) -> Member:
        """Return one network with the mean θ: as cheap as one member, useful for members near each other on one run.

        Raises
        ------
        ValueError
            If the members are not of one network.
        """
        network = self.members[0][0]
        if any(other != network for other, _ in self.members):
            raise ValueError("weights can be averaged only over members of one network")
        return network, np.mean([theta for _, theta in self.members], axis=0)

    def predict_proba(self, X: object) -> Array:
        """Return the mean of the members' predictions, shape (N, K)."""
        return self.mean([as_rows(X, self.members[0][0].inputs)] * len(self.members))

    def mean(self, seen: Iterable[Array]) -> Array:
        """Return the mean of the members' predictions where each sees the rows in its own way, shape (N, K).

        Parameters
        ----------
        seen : iterable of arrays of shape (N, D)
            The rows as each member sees them.

        Raises
        ------
        ValueError
            If there are more or fewer than there are members.
        """
        if len(self._predictors) == 1:
            total = self._predictors[0].total(self.members[0][0], [theta for _, theta in self.members], seen)
        else:
            members = zip(self._predictors, self.members, seen, strict=True)
            total = reduce(np.add, (own.predict(network, theta, rows) for own, (network, theta), rows in members))
        return np.asarray(total / len(self.members))  # one after another: np.mean of a row alone sums otherwise

    def predict(self, X: object) -> Array:
        """Return the decisions that the mean prediction leads to."""
        return self.members[0][0].output.decide(self.predict_proba(X))


def first_thetas(problem: Problem, recipe: Recipe, members: int, threads: int | None = None) -> Array:
    """Return first weights for members that are trained side by side, shape (members, P), where training them fits.

    Member m's are drawn by the recipe's seed + m.

    Raises
    ------
    MemoryError
        If it does not.
    """
    network, dtype = problem.network, problem.X.dtype
    engine, _ = fastest_for(problem, recipe.optimizer, threads)
    require_memory(problem, engine, recipe.optimizer, dtype, recipe.batch_size, members, drawn=False)
    seeds = range(recipe.seed, recipe.seed + members)
    return np.stack([network.initial(np.random.default_rng(seed), dtype) for seed in seeds])
