"""How far training has come, in one line that is drawn again and then removed."""

import time
from typing import Any

from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from mlnn.cli.console import messages
from mlnn.optimizer import LBFGS
from mlnn.tabular.score import digits
from mlnn.training import Epoch


class Progress:
    """A bar on stderr over all epochs of all members, view after view; it never goes back.

    A member that stops early has come to its end; where there is a limit on the seconds, they count too.

    Parameters
    ----------
    model : TableClassifier or TableRegressor
        Its parameters tell how much there is to do.
    quiet : bool
        Whether to show nothing.
    """

    holds = True  # it looks at numbers alone, and so holds all the weights that it will ask for

    def __init__(self, model: Any, quiet: bool) -> None:
        self.epochs, self.seconds, self.started = model.epochs, model.time_budget, time.perf_counter()
        self.one_by_one = isinstance(model.rule(), LBFGS)
        columns = (TextColumn("{task.description}"), BarColumn(16), TaskProgressColumn(), TimeRemainingColumn())
        self.bar = Bar(*columns, console=messages, disable=quiet or not messages.is_terminal, transient=True)

    def __enter__(self) -> "Progress":
        self.bar.start()
        self.task = self.bar.add_task("reading the columns", total=1.0)
        return self

    def begins(self, views: int, members: int) -> None:
        """Take note of how many views there will be, and members of each."""
        self.views, self.members, count = views, members, views * members
        self.done, self.losses = [0] * count, [(float("nan"), float("nan"))] * count
        self.latest = [0] * views

    def ended(self, member: int) -> None:
        """Take note that a member has stopped."""
        self.done[member] = self.epochs

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def __call__(self, member: int, epoch: Epoch) -> None:
        """Take note of a member's epoch."""
        self.done[member] = epoch.number
        self.losses[member] = epoch.loss, float("nan") if epoch.valid_loss is None else epoch.valid_loss
        view = member // self.members
        own = range(view * self.members, (view + 1) * self.members)
        begun = [self.losses[each] for each in own if self.done[each]]
        loss, valid = (sum(each) / len(begun) for each in zip(*begun, strict=True))
        spent = 0.0 if self.seconds is None else (time.perf_counter() - self.started) / self.seconds
        judged = "" if valid != valid else f", validation {digits(valid)}"
        self.latest[view] = epoch.number if self.one_by_one else max(epoch.number, self.latest[view])
        which = f"network {member + 1}, " if self.one_by_one else f"view {view + 1}, " if self.views > 1 else ""
        text = f"{which}epoch {self.latest[view]}: loss {digits(loss)}{judged}"
        share = max(sum(self.done) / (self.epochs * len(self.done)), min(spent, 1.0))
        self.bar.update(self.task, completed=max(share, self.bar.tasks[0].completed), description=text)
