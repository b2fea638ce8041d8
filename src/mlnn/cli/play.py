"""``mlnn play``: the live page."""

import os
import sys
import webbrowser
from pathlib import Path

import click

from mlnn.cli.console import BadInput, messages, one_sentence
from mlnn.cli.reading import reading
from mlnn.frame.read import Reading, read_table
from mlnn.play.page import KINDS, NoBundleError, content


@click.command()
@click.argument("data", required=False)
@click.option("--target", help="The column of DATA to predict; by default the last one.")
@click.option("--static", metavar="FOLDER", help="Write the page that needs no server to this folder, and end.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Where to listen; by default any free port.")
@click.option("--no-browser", is_flag=True, help="Open no browser; only print the address.")
@reading
@one_sentence
def play(
    data: str | None, target: str | None, static: str | None, port: int, no_browser: bool, reading: Reading
) -> None:
    """Open a page on which a network learns while you look and change it, on the table DATA or on points.

    The page is served on this machine, for this machine's browser alone, until Ctrl-C.
    """
    if target is not None and data is None:
        raise BadInput("--target is a column of DATA: which table?")
    try:
        for name in KINDS:
            content(name)
    except NoBundleError as problem:
        raise BadInput(str(problem)) from problem
    if static is not None:
        if data is not None:
            raise BadInput("a page without a server reads its tables itself: leave DATA out")
        from mlnn.play.static import write_static

        write_static(static)
        messages.print(f"page: {Path(static, 'index.html')}")
        return
    try:
        from mlnn.play.server import Server
    except ModuleNotFoundError as problem:
        raise BadInput(f"{problem.name} is missing; the page needs pip install 'mlnn-learn[play]'") from problem
    from mlnn.play.player import Player
    from mlnn.play.tables import shown

    table = None if data is None else shown(read_table(data, reading), target)
    for sentence in table["said"] if table else ():
        messages.print(sentence)
    player = Player(table=table)
    try:
        server = Server(player, port, tell=messages.print)
    except OSError as problem:
        player.close()
        raise BadInput(f"port {port} cannot be used: {problem.strerror}") from problem
    messages.print(f"The page is at {server.door.address}")
    messages.print("Ctrl-C ends it.")
    if not no_browser and _has_windows():
        webbrowser.open(server.door.address)
    try:
        server.run()
    except KeyboardInterrupt:
        messages.print("mlnn: the page is closed")
    finally:
        player.close()


def _has_windows() -> bool:
    """Tell whether a browser has a window to open: one in the terminal would only be in the way."""
    return sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")))
