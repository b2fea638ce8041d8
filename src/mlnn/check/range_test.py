"""The learning-rate range test: what a short training comes to, rate by rate."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RangeTest:
    """A learning-rate range test: the loss that a short training ends with, at rates from far too low to far too high.

    Attributes
    ----------
    rates, losses : tuple of float
        The rates tried and the training loss that each ended with; infinite where it diverged.
    rate : float
        The rate that was asked about.
    start : float
        The loss before training.
    epochs : int
        How long each training was.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    rate: float
    start: float
    epochs: int

    @property
    def loss(self) -> float:
        """Return the loss at the rate that was asked about."""
        return self.losses[min(range(len(self.rates)), key=lambda k: abs(self.rates[k] - self.rate))]

    @property
    def best(self) -> float:
        """Return the rate with the lowest loss."""
        return self.rates[min(range(len(self.losses)), key=self.losses.__getitem__)]
