"""The live page in a notebook: Jupyter, VS Code, marimo."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlnn.array import Array
from mlnn.check.subject import Subject, checked
from mlnn.gate import Gate
from mlnn.names import Choice, found, shipped
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import Adam, Optimizer
from mlnn.penalty import Penalty
from mlnn.play.answer import checked_request, reply
from mlnn.play.page import content
from mlnn.play.plan import laid_out
from mlnn.play.player import Player, first_theta
from mlnn.play.wire import MalformedError, packed, unpacked
from mlnn.schedule import Constant, Schedule
from mlnn.tabular.described import network_json, parameters_json

if TYPE_CHECKING:
    Widget: Any
else:
    try:
        from anywidget import AnyWidget as Widget
    except ModuleNotFoundError:
        Widget = object


class Play(Widget):  # type: ignore[misc]
    """A notebook's live page: watch a network learn, gate by gate, and change it meanwhile.

    The page starts from a network as it is, with its weights; the kernel's native engine trains a copy.

    Parameters
    ----------
    model : Model, fitted MLPClassifier or MLPRegressor, Network, or (Network, θ)
        What to start from; a Network alone draws its weights.
    X : array of shape (N, D)
        The rows, as the model takes them.
    y : array of shape (N,) or (N, K)
        Their targets, of an estimator the labels.
    valid : (X, y), optional
        Rows to judge by.
    optimizer : Optimizer, its class or its name, default Adam(0.01)
        The rule for one step.
    schedule : Schedule, its class or its name, default Constant()
        The factor on the rate over time.
    penalty : Penalty, its class or its name, optional
        R(θ).
    batch_size : int, optional
        Rows a step; None takes all at once.
    epochs : int, default 1000
        How many epochs the schedule is planned for; training goes on until it is told to stop.
    sum_gradients : bool, default False
        Whether gradients are summed over rows, as in the tutorial, or averaged.
    seed : int, default 0
        Seed of the orders of rows, of the noise, and of weights that are drawn.
    names : sequence of str, optional
        The names of the columns of X.

    Attributes
    ----------
    network : Network
        The network that the page has now.
    theta : array of shape (P,)
        Its weights now, those to predict with: an average of the path, where the optimizer keeps one.

    Raises
    ------
    ImportError
        If anywidget is not installed.
    TypeError, ValueError
        If the data do not fit the model, or it has a gate of one's own with parameters, which the page does not know.

    Examples
    --------
    >>> from mlnn import Model
    >>> play = Play(Model([2, 3, 2], seed=0), [[0.0, 1.0], [1.0, 0.0]], [0, 1])
    >>> play.theta.shape
    (17,)
    >>> play.close()
    """

    player: Player | None = None  # until there is one: whoever deletes a widget closes it

    def __init__(
        self,
        model: Subject,
        X: Any,
        y: Any,
        *,
        valid: tuple[Any, Any] | None = None,
        optimizer: Choice[Optimizer] = Adam(0.01),  # noqa: B008 - frozen
        schedule: Choice[Schedule] = Constant(),
        penalty: Choice[Penalty] | None = None,
        batch_size: int | None = None,
        epochs: int = 1000,
        sum_gradients: bool = False,
        seed: int = 0,
        names: Sequence[str] | None = None,
    ) -> None:
        if Widget is object:
            raise ImportError("anywidget is missing; a page in a notebook needs pip install 'mlnn-learn[play]'")
        subject = checked(model)
        network = subject.network
        _require_known_places(network)
        problem = subject.problem(X, y)
        judged = None if valid is None else subject.problem(*valid)
        theta = first_theta(network, seed) if subject.theta is None else np.asarray(subject.theta, np.float64)
        rules, left = parameters_json(
            {
                "optimizer": found(Optimizer, optimizer),
                "schedule": found(Schedule, schedule),
                "penalty": None if penalty is None else found(Penalty, penalty),
            }
        )
        if left:
            raise TypeError(f"the page can show settings of mlnn's own kinds, but not this {left[0]}")
        plan = rules | {
            "network": network_json(network),
            "train": _examples(problem),
            "valid": None if judged is None else _examples(judged),
            "batch": batch_size,
            "epochs": epochs,
            "seed": seed,
            "sum": sum_gradients,
            "precision": "float32" if problem.X.dtype == np.float32 else "float64",
            "frozen": [],
        }
        player = Player("widget", _table(problem, network, names, getattr(model, "classes_", None)))
        player.set("plan", {"plan": plan, "theta": theta})
        self._esm = content("play.js").decode() + "\nexport default { render: globalThis.mlnnPlay.widget };\n"
        self._css = content("play.css").decode()
        super().__init__()
        self.player = player
        self.on_msg(lambda _, message, buffers: self._hear(message, buffers))

    @property
    def network(self) -> Network:
        """Return the network that the page has now."""
        return self._there().network

    @property
    def theta(self) -> Array:
        """Return its weights now, a copy."""
        return self._there().theta.copy()

    def close(self) -> None:
        """End the training, and the page."""
        if self.player is not None:
            self.player.close()
        super().close()

    def _there(self) -> Player:
        assert self.player is not None
        return self.player

    def _hear(self, message: Any, buffers: Sequence[Any]) -> None:
        """Answer a request of the page; what is none gets no answer."""
        try:
            request = checked_request(unpacked(message, buffers))
        except MalformedError:
            return
        self.send(*packed(reply(self._there(), request)))


def _require_known_places(network: Network) -> None:
    """Refuse gates of one's own after which the page could not tell where in θ a parameter lies."""
    for index, gate in enumerate(network.gates):
        holds = any(placed.gate == index for placed in network.placed)
        if type(gate) not in shipped(Gate) and (holds or network.widths[index] != network.widths[index + 1]):
            raise TypeError(
                f"the page can show a gate of one's own if it has no parameters and as many columns out as in, but not "
                f"this {type(gate).__name__}"
            )


def _examples(problem: Problem) -> dict[str, Any]:
    X: Any = problem.X
    return {"X": laid_out(X.toarray() if hasattr(X, "toarray") else X), "y": laid_out(problem.y)}


def _table(problem: Problem, network: Network, names: Sequence[str] | None, labels: Any) -> dict[str, Any]:
    """Return the rows as a table, so that the page can choose among their columns."""
    columns = [f"x{k + 1}" for k in range(network.inputs)] if names is None else list(map(str, names))
    if len(columns) != network.inputs:
        raise ValueError(f"names must be {network.inputs}, one a column, but there are {len(columns)}")
    classes = None
    if network.output.classifies:
        count = max(network.widths[-1], 2)
        classes = [str(each) for each in (range(count) if labels is None or len(labels) != count else labels)]
    return {"name": "X, y", "columns": columns, "classes": classes, "said": [], "units": None} | _examples(problem)
