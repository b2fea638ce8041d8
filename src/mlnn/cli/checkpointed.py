"""Checkpoints on the command line: the options of ``mlnn train``, and what ``mlnn inspect`` shows of a folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from mlnn.cli.console import BadInput, Command, print_json, print_table, with_options
from mlnn.cli.options import Duration
from mlnn.tabular.score import digits
from mlnn.training import Checkpoint, CheckpointError
from mlnn.training.checkpoint import file_name, newest, numbers_in

EVERY = 60.0
"""Seconds between two checkpoints."""

OPTIONS = (
    click.option("--checkpoint", metavar="DIR", help="Write down in this folder, now and then, how training stands."),
    click.option("--every", type=Duration(), help="How much time lies between two checkpoints; by default a minute."),
    click.option("--resume", is_flag=True, help="Go on from the checkpoint in DIR, if there is one, to the same bits."),
)


def checkpoints(command: Command) -> Command:
    """Give a command the options of a checkpoint."""
    return with_options(command, OPTIONS)


def checkpoint_of(
    folder: str | None, every: float | None, resume: bool, used: Sequence[str], outputs: Sequence[str | None]
) -> Checkpoint | None:
    """Return the checkpoint that is meant, before any work; its folder holds nothing that is read or written otherwise.

    Raises
    ------
    BadInput, CheckpointError
        If there is no folder for what is said of it, it holds another training's checkpoint, or is used otherwise.
    """
    if folder is None:
        if every is not None or resume:
            raise BadInput(f"{'--resume' if resume else '--every'} is for a checkpoint: say --checkpoint DIR")
        return None
    place = Path(folder).resolve()
    for path in used:
        if Path(path).resolve() == place:
            raise BadInput(f"--checkpoint '{folder}' is what is read: take another folder")
    for path in filter(None, outputs):
        if Path(path).resolve().parent == place:
            raise BadInput(f"'{path}' would lie in the checkpoint's folder, which is its alone")
    checkpoint = Checkpoint(folder, EVERY if every is None else every, resume=resume)
    checkpoint.require_place()
    return checkpoint


SHOWN = ("network", "parameters", "type of numbers", "optimizer", "schedule", "epochs", "batch_size", "penalty")
"""What is shown of what is trained."""


def inspect_checkpoint(path: str, as_json: bool) -> bool:
    """Show what is in a folder of checkpoints: what is trained, and how far it has come; tell whether it is a folder.

    Raises
    ------
    CheckpointError
        If there is none that can be read.
    """
    folder = Path(path)
    if not folder.is_dir():
        return False
    if not numbers_in(folder):
        raise CheckpointError(f"'{path}' is a folder without a checkpoint; a model is a file")
    content = newest(folder)
    stream = content.streams[-1]
    about: dict[str, Any] = {
        "newest": file_name(content.number),
        "written": content.written,
        "bytes in all": sum(file.stat().st_size for file in numbers_in(folder).values()),
        "trainings": len(content.streams),
        "members": stream.facts.get("members"),
        "reports": len(stream.reports),
        "seconds": round(stream.seconds, 3),
    }
    latest: list[dict[str, Any]] = [
        {"member": member + 1, "epoch": epoch.number, "step": epoch.step, "loss": epoch.loss, "valid": epoch.valid_loss}
        for member, epoch in sorted(stream.latest.items())
    ]
    if as_json:
        print_json({"kind": "checkpoint"} | about | {"facts": dict(stream.facts), "latest": latest})
        return True
    print_table("checkpoint", [], [(name, str(value)) for name, value in about.items()])
    click.echo()
    shown = [(name, str(stream.facts[name])) for name in SHOWN if stream.facts.get(name) is not None]
    print_table("what is trained", [], shown)
    click.echo()
    rows = [[str(value) if type(value) is int else _figure(value) for value in each.values()] for each in latest]
    print_table("how far it has come", ["member", "epoch", "step", "loss", "validation"], rows)
    return True


def _figure(loss: float | None) -> str:
    return "" if loss is None else digits(loss)
