"""The player: owns a network, its data and θ, behind the verbs of the page's protocol (web/src/protocol.ts)."""

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mlnn.array import WEIGHTS, Array, philox, real_number, whole_number
from mlnn.network import Network
from mlnn.play import look
from mlnn.play.catalogue import catalogue
from mlnn.play.curves import Curves
from mlnn.play.driver import Driver, Goal
from mlnn.play.judged import judged
from mlnn.play.plan import Plan, sized, vector
from mlnn.play.standing import Standing
from mlnn.play.tables import columns_of, digits, uploaded
from mlnn.tabular.described import network_of

SLOWEST = 1e-3
"""Steps a second at least."""


class Player:
    """What the page talks to. Questions are answered from where training stood last: they hold up nothing.

    Parameters
    ----------
    host : str
        Whom the page is told it talks to: "server" or "widget".
    table : dict, optional
        The table that the page begins with.
    """

    def __init__(self, host: str = "server", table: Mapping[str, Any] | None = None) -> None:
        self._host, self._table = host, table
        self._page: Any = None
        self._watch = look.Watch({"values": {}, "gradient": False})
        self._driver = Driver()

    @property
    def network(self) -> Network:
        """Return the network that is being trained."""
        return self._stands().plan.network

    @property
    def theta(self) -> Array:
        """Return its weights, those to predict with."""
        return self._stands().weights

    def get(self, question: str, detail: Any = None) -> Any:
        """Answer a question.

        Raises
        ------
        ValueError, TypeError
            If there is no answer; the message is for the reader. So too of ``set`` and ``send``.
        """
        return self._asked("_get_", question, detail)

    def set(self, what: str, value: Any) -> None:
        """Replace the plan, what is watched, or what the page shall find again: its settings and its table."""
        chosen = self._chosen("_set_", what)
        if what != "page" and not isinstance(value, Mapping):
            raise TypeError(f"{what!r} is set by fields with names, but got {value!r:.40}")
        chosen(value)

    def send(self, command: str, detail: Any = None) -> None:
        """Obey a command; return when its first steps are taken."""
        self._asked("_send_", command, detail)

    def close(self) -> None:
        """End the training, and free the memory."""
        self._driver.close()

    # questions

    def _get_state(self) -> dict[str, Any]:
        standing = self._driver.standing
        plan = None if standing is None else standing.plan.described
        return {"host": self._host, "plan": plan, "page": self._page, "table": self._table}

    def _get_catalogue(self) -> Any:
        return catalogue()

    def _get_frame(self) -> dict[str, Any]:
        watch, driver = self._watch, self._driver
        playing = driver.goal is not None  # before all else: a frame in which nothing plays is the last one looked at
        standing = self._stands()
        point, weights = standing.point, standing.weights
        return {
            "number": standing.number,
            "step": standing.step,
            "loss": point.loss,
            "objective": point.objective,
            "validLoss": None if math.isnan(point.validLoss) else point.validLoss,
            "rate": point.rate,
            "seconds": standing.seconds,
            "stepsPerSecond": driver.steps_per_second,
            "playing": playing,
            "trouble": driver.trouble,
            "theta": weights.astype(np.float64),
            "rawTheta": None if weights is standing.theta else standing.theta.astype(np.float64),
            "update": _double(standing.update),
            "gradient": look.gradient(standing) if watch.gradient else None,
            "values": watch.look(standing),
        }

    def _get_history(self) -> dict[str, Array]:
        return self._curves().arrays()

    def _get_changes(self) -> list[dict[str, Any]]:
        return [
            {"number": number, "step": step, "plan": plan.described, "theta": _double(theta)}
            for number, step, plan, theta in self._stands().changes
        ]

    def _get_kept(self, number: float) -> dict[str, Any]:
        nearest = self._curves().nearest(real_number("number", number))
        return {"number": nearest.number, "theta": nearest.weights.astype(np.float64)}

    def _get_walk(self, row: Any, target: Any, theta: Any = None) -> Any:
        standing = self._stands()
        return look.walk(standing.plan, standing.weights if theta is None else theta, row, target)

    def _get_initial(self, network: Any, seed: int) -> Array:
        return first_theta(sized(network_of(network)), seed)

    def _get_landscape(self, size: int, span: float, seed: int) -> Any:
        size, seed = whole_number("size", size, 2), whole_number("seed", seed, 0)
        return look.landscape(self._stands(), size, real_number("span", span, 0.0), seed)

    def _get_columns(self, name: str, text: str) -> list[str]:
        _require_text(name=name, text=text)
        return columns_of(name, text)

    def _get_table(self, name: str, text: str | None = None, target: str | None = None) -> Any:
        if text is None:
            if name != "digits":
                raise ValueError(f"there is no table called {name!r} here: give a file")
            return digits()
        _require_text(name=name, text=text)
        return uploaded(name, text, target or None)

    # what can be set

    def _set_plan(self, value: Mapping[str, Any]) -> None:
        plan, theta, driver = Plan.of(value["plan"]), value["theta"], self._driver
        if driver.standing is not None:
            plan = plan.sharing(driver.standing.plan)
        given = None if isinstance(theta, str) else vector("theta", theta, plan.network.size)

        def replaced() -> None:
            before = driver.standing
            if before is None or (given is None and theta == "fresh"):
                start = first_theta(plan.network, plan.recipe.seed) if given is None else given
                driver.stand(judged(Standing(plan, start).under(plan)), afresh=True)
            elif given is None and before.theta.size != plan.network.size:
                raise ValueError(
                    f"θ cannot be kept: the network had {before.theta.size} parameters, now it has {plan.network.size}"
                )
            else:
                driver.stand(judged(before.under(plan, given)))
            self._page = value.get("page")

        driver.do(replaced)

    def _set_watch(self, value: Mapping[str, Any]) -> None:
        self._watch = look.Watch(value)

    def _set_page(self, value: Any) -> None:
        self._page = value

    def _set_table(self, value: Mapping[str, Any]) -> None:
        self._table = value

    # commands

    def _send_play(self, until: float | None = None, pace: float | None = None) -> None:
        number = math.inf if until is None else real_number("until", until, 0.0)
        speed = math.inf if pace is None else max(real_number("pace", pace, 0.0), SLOWEST)
        self._go(lambda standing: Goal(number=number, pace=speed))

    def _send_pause(self) -> None:
        self._driver.do(self._driver.rest)

    def _send_steps(self, count: int) -> None:
        steps = whole_number("count", count)
        self._go(lambda standing: Goal(step=standing.step + steps))

    def _send_epochs(self, count: int) -> None:
        epochs = whole_number("count", count)
        self._go(lambda standing: Goal(number=math.floor(standing.number) + epochs))

    def _send_theta(self, theta: Any) -> None:
        self._give(lambda standing: vector("theta", theta, standing.theta.size))

    def _send_weight(self, place: int, value: float) -> None:
        place, value = whole_number("place", place, 0), real_number("value", value)

        def edited(standing: Standing) -> Array:
            theta = standing.theta.astype(np.float64)
            if place >= theta.size:
                raise ValueError(f"place must be below {theta.size}, the length of θ, but got {place}")
            theta[place] = value
            return theta

        self._give(edited)

    def _send_back(self, number: float) -> None:
        def back() -> None:
            kept = self._curves().nearest(real_number("number", number))
            self._driver.rest()
            self._driver.back(kept)

        self._driver.do(back)

    def _send_good(self) -> None:
        self._stands()
        self._driver.do(self._driver.back_to_good)

    def _give(self, weights: Callable[[Standing], Array]) -> None:
        """Go on from other weights; the optimizer's state and the counters stay."""

        def replaced() -> None:
            standing = self._stands()
            edited = judged(standing.under(standing.plan, weights(standing)))
            self._driver.stand(edited)
            self._curves().add(edited)

        self._driver.do(replaced)

    def _go(self, goal: Callable[[Standing], Goal]) -> None:
        self._driver.do(lambda: self._driver.go(goal(self._stands())))

    def _stands(self) -> Standing:
        if self._driver.standing is None:
            raise ValueError("nothing is being trained yet")
        return self._driver.standing

    def _curves(self) -> Curves:
        if self._driver.curves is None:
            raise ValueError("nothing is being trained yet")
        return self._driver.curves

    def _asked(self, kind: str, name: Any, detail: Any) -> Any:
        """Do what is asked for by a name with its details, if they are those that it takes."""
        chosen, details = self._chosen(kind, name), {} if detail is None else detail
        taken = inspect.signature(chosen)
        try:
            taken.bind(**details)
        except TypeError:
            takes = ", ".join(taken.parameters) or "no details"
            came = ", ".join(map(str, details)) or "none" if isinstance(details, Mapping) else f"{details!r:.40}"
            raise TypeError(f"{name!r} takes {takes}, but got {came}") from None
        return chosen(**details)

    def _chosen(self, kind: str, name: Any) -> Callable[..., Any]:
        chosen: Callable[..., Any] | None = getattr(self, f"{kind}{name}", None)
        if chosen is None:
            raise ValueError(f"the player knows no {name!r}")
        return chosen


def _require_text(**given: Any) -> None:
    for name, each in given.items():
        if not isinstance(each, str):
            raise TypeError(f"{name} must be text, but got {each!r:.40}")


def _double(values: Array | None) -> Array | None:
    """Return numbers as the page takes them."""
    return None if values is None else values.astype(np.float64)


def first_theta(network: Network, seed: int) -> Array:
    """Return a first θ, drawn from a seed."""
    return network.initial(np.random.RandomState(philox(whole_number("seed", seed, 0), WEIGHTS)))
