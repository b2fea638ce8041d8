"""The settings of L-BFGS, which is not a step rule."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS: a line search along −H g, H the inverse Hessian as the last few steps suggest it.

    Not a step rule, so not an ``Optimizer``: it takes all rows at once, decides itself where to evaluate J and its
    gradient, and knows no learning rate and no schedule. Training hands these settings to SciPy.

    Parameters
    ----------
    history : int, default 10
        How many past steps approximate H.
    tolerance : float, default 1e-5
        Stop when no element of the gradient exceeds this (units of J per unit of θ).
    evaluations : int, default 15000
        Stop after so many evaluations of J.

    Raises
    ------
    ValueError
        If ``history`` or ``evaluations`` is below 1.

    References
    ----------
    Liu, Nocedal (1989), On the limited memory BFGS method for large scale optimization; Byrd, Lu, Nocedal, Zhu
    (1995), A limited memory algorithm for bound constrained optimization.

    Examples
    --------
    >>> LBFGS(history=20)
    LBFGS(history=20, tolerance=1e-05, evaluations=15000)
    """

    history: int = 10
    tolerance: float = 1e-5
    evaluations: int = 15_000

    def __post_init__(self) -> None:
        for name in ("history", "evaluations"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, but got {getattr(self, name)}")
