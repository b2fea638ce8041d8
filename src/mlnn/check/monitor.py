"""Babysitting: a look into the network at every report, as CS231n notes 3 advises."""

from dataclasses import dataclass, field

import numpy as np

from mlnn.check.subject import Subject, checked
from mlnn.engine.step import Descent, Numbers
from mlnn.gate import Step
from mlnn.layer import Activation
from mlnn.network import Network
from mlnn.objective import Problem, backward, data_derivative, forward, passed_back
from mlnn.optimizer import Optimizer
from mlnn.schedule import Time
from mlnn.training import Convention, Epoch, mean_of_rows


@dataclass(frozen=True)
class Babysitting:
    """What a look into the network at one epoch showed.

    Attributes
    ----------
    epoch : int
        Its number.
    update_ratio : dict
        ‖Δw‖ / ‖w‖ of the next step, for every weight tensor by name; about 1e-3 is healthy.
    dead : dict
        For every layer, the fraction of units whose slope is 0 on all rows looked at: no gradient passes them.
    activation_mean, activation_std, gradient_std : dict
        Mean and standard deviation of what every gate puts out, and of ∂J/∂(what it puts out).
    """

    epoch: int
    update_ratio: dict[str, float]
    dead: dict[str, float]
    activation_mean: dict[str, float]
    activation_std: dict[str, float]
    gradient_std: dict[str, float]


@dataclass(frozen=True)
class Monitor:
    """Look into the network at every reported epoch, as CS231n advises to babysit the learning.

    A callback: ``start()`` gives a watcher with the records of one fit, found among the ``watchers`` of a trained model
    (``watchers_`` of an estimator); one that you start yourself is yours to ask.

    Parameters
    ----------
    problem : Problem
        The rows to look at (a hundred or so say enough), and the network.
    optimizer : Optimizer
        The rule whose next step is measured.
    convention : callable, default mean_of_rows
        The recipe's; ``sum_of_rows`` for ``Model.train``, unless it takes the mean.

    References
    ----------
    Karpathy, Li, Johnson, CS231n notes 3, "Babysitting the learning process".
    """

    problem: Problem
    optimizer: Optimizer
    convention: Convention = mean_of_rows

    @classmethod
    def of(
        cls, subject: Subject, X: object, y: object, optimizer: Optimizer, convention: Convention = mean_of_rows
    ) -> "Monitor":
        """Return a monitor that looks at rows and targets as a model, a fitted estimator or a network takes them."""
        return cls(checked(subject).problem(X, y), optimizer, convention)

    def start(self) -> "MonitorWatcher":
        """Return a watcher that has seen nothing yet."""
        return MonitorWatcher(self.problem, self.optimizer, self.convention)


@dataclass
class MonitorWatcher:
    """What ``Monitor`` starts.

    Attributes
    ----------
    records : list of Babysitting
        One a report; ``mlnn.plot.plot_monitor`` draws them.
    """

    problem: Problem
    optimizer: Optimizer
    convention: Convention = mean_of_rows
    records: list[Babysitting] = field(default_factory=list)

    def __call__(self, epoch: Epoch) -> None:
        """Look at one epoch."""
        network, theta = self.problem.network, epoch.raw_theta
        gradient = np.zeros_like(theta)
        views = network.views(theta)
        tape = forward(network, views, self.problem.X, Step(number=epoch.step))
        d_scores = data_derivative(self.problem, tape.scores)
        d_values = backward(network, views, tape, d_scores, network.views(gradient))
        names, outputs = gate_names(network), tape.values[1:]
        dead = {
            name: float((passed_back(network, views, tape, index) == 0.0).all(axis=0).mean())
            for index, (name, gate) in enumerate(zip(names, network.gates, strict=True))
            if isinstance(gate, Activation)
        }
        self.records.append(
            Babysitting(
                epoch=epoch.number,
                update_ratio=self._update_ratio(epoch),
                dead=dead,
                activation_mean={name: float(y.mean()) for name, y in zip(names, outputs, strict=True)},
                activation_std={name: float(y.std()) for name, y in zip(names, outputs, strict=True)},
                gradient_std={name: float(d_y.std()) for name, d_y in zip(names, d_values[1:], strict=True)},
            )
        )

    def _update_ratio(self, epoch: Epoch) -> dict[str, float]:
        network, theta = self.problem.network, epoch.raw_theta
        factors = self.convention(np.array([self.problem.X.shape[0]]), np.array([self.problem.weight]))
        data_factor, penalty_factor = float(factors.data[0]), float(factors.penalty[0])
        now = Time(np.array([epoch.step + 1]), np.array([float(epoch.number)]), epochs=max(epoch.number, 1))
        coefficients = tuple(float(column[0]) for column in self.optimizer.coefficients(now))
        after, state = theta.copy(), tuple(slot.copy() for slot in epoch.state)
        numbers = Numbers(epoch.rate, data_factor, penalty_factor, coefficients)
        Descent(network, self.optimizer, after, state).step(self.problem, Step(number=epoch.step), numbers)
        ratio = {}
        for p in network.placed:
            if p.parameter.letter == "W":
                size = max(float(np.linalg.norm(theta[p.place])), 1e-300)
                ratio[p.name] = float(np.linalg.norm((after - theta)[p.place])) / size
        return ratio


def gate_names(network: Network) -> list[str]:
    """Return a name for every gate: what it is, numbered within its kind."""
    counts: dict[str, int] = {}
    names = []
    for gate in network.gates:
        kind = type(gate).__name__.removesuffix("Gate").lower()
        counts[kind] = counts.get(kind, 0) + 1
        names.append(f"{kind}{counts[kind]}")
    return names
