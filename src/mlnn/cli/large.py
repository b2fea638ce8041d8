"""``mlnn train`` on a table that is larger than memory."""

from dataclasses import dataclass
from typing import Any

from mlnn.array import Array
from mlnn.cli.chosen import Chosen
from mlnn.cli.console import BadInput
from mlnn.cli.job import Job, Labelled, file_or_fraction, held_in
from mlnn.frame.table import Table
from mlnn.tabular.named import NamedTargets
from mlnn.tabular.room import Room, larger, parted


@dataclass(frozen=True, eq=False)
class LargeJob(Job):
    """All that training in windows takes; its rows are those that tell what columns and targets are.

    Attributes
    ----------
    file : NamedTargets
        The table.
    room : Room
        How memory is shared out.
    """

    file: NamedTargets
    room: Room

    @classmethod
    def in_windows(cls, chosen: Chosen, file: str | None, table: NamedTargets, room: Room) -> "LargeJob":
        """Look at the targets; everything else is read when training begins.

        Raises
        ------
        TableError, BadInput
            If something is asked for that takes all rows at once.
        """
        whole = {"--group": chosen.group, "--time": chosen.time, "--classes": chosen.classes}
        if asked := [flag for flag, given in whole.items() if given is not None]:
            raise BadInput(f"{asked[0]} takes all rows at once, but these are read in windows; {REMEDY}")
        some, _ = parted(table.table, chosen.names, room, chosen.parameters["random_state"])
        answers = chosen.answers(table.table.only(chosen.names).take(some).held(room.batch))
        rows, held = Labelled(table.table.only(table.features).take(some), answers.y), None
        said = [room.words(table.table), *answers.said, *table.table.said]
        if file is not None:
            held, more = held_in(file, rows, answers, chosen)
            said += more
        return cls(chosen.model(answers), rows, held, chosen.summary(answers), said, table, room)

    def fit(self, **watched: Any) -> None:
        """Train the model."""
        self.model.fit(self.file.table, self.file.targets, self.file.weight, **watched)

    def reported(self) -> tuple[Table, Array]:
        """Return the rows that a report shows, and their targets."""
        return self.rows.table.held(self.room.batch), self.rows.y


REMEDY = "a larger --memory reads them as a whole"


def job_of(data: str, valid: str | None, target: Any, reading: Any, **options: Any) -> Job:
    """Return what there is to train, in memory or in windows.

    Raises
    ------
    TableError, BadInput
        If something is not there, or cannot be meant.
    """
    file, fraction = file_or_fraction(valid)
    chosen = Chosen.of(data, target, reading, **options)
    needed = [*chosen.features, *chosen.names, *filter(None, [chosen.weight])]
    table = chosen.whole.only(needed)
    room = larger(table, chosen.parameters["memory"])
    if room is None:
        return Job.in_memory(chosen, file, fraction)
    if fraction is not None:
        raise BadInput(f"--valid {valid}: rows that are read in windows are judged by some held out anyway; {REMEDY}")
    return LargeJob.in_windows(chosen, file, NamedTargets.of(table, chosen.names, chosen.weight), room)
