"""What the optimizer tests share: the tree of rules and wrappers, a parabola, and a training loop in a few lines."""

from collections.abc import Callable, Iterator

import numpy as np

from mlnn.array import Array
from mlnn.names import shipped
from mlnn.optimizer import Optimizer, State, Wrapper
from mlnn.schedule import Time

Gradient = Callable[[Array], Array]


RULES = [kind for kind in shipped(Optimizer) if not issubclass(kind, Wrapper)]
WRAPPERS = shipped(Wrapper)


def path(
    optimizer: Optimizer,
    gradient: Gradient,
    theta: Array,
    steps: int,
    decay: Array | float = 1.0,
    state: State | None = None,
    first: int = 1,
) -> Iterator[tuple[Array, State]]:
    """Yield θ and the state after each step."""
    numbers = np.arange(first, first + steps)
    rows = np.array(optimizer.coefficients(Time(numbers, (numbers - 1) / 10.0, 10.0))).reshape(-1, steps).T.tolist()
    state = tuple(np.zeros_like(theta) for _ in range(optimizer.slots)) if state is None else state
    for row in rows:
        g = gradient(theta)
        g = optimizer.gradient_scale(g) * g
        theta, state = optimizer.update(theta, g, state, optimizer.rate, decay, *row)
        yield theta, state


def iterates(optimizer: Optimizer, gradient: Gradient, theta: Array, steps: int, decay: Array | float = 1.0) -> Array:
    return np.array([theta for theta, _ in path(optimizer, gradient, theta, steps, decay)])


CURVATURE = np.array([1.0, 4.0, 0.3])
START = np.array([1.5, -1.0, 2.0])


def slope(theta: Array) -> Array:
    """Return the gradient of the parabola Σ c θ² / 2."""
    return CURVATURE.astype(theta.dtype) * theta


def parabola(theta: Array) -> float:
    return float(0.5 * np.sum(CURVATURE * theta**2))
