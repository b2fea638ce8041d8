"""``mlnn play``: the live page."""

import webbrowser

import click

from mlnn.cli.console import BadInput, messages, one_sentence


@click.command()
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Where to listen; by default any free port.")
@click.option("--no-browser", is_flag=True, help="Open no browser; only print the address.")
@one_sentence
def play(port: int, no_browser: bool) -> None:
    """Open a page on which a network learns while you look and change it.

    The page is served on this machine, for this machine's browser alone, until Ctrl-C.
    """
    try:
        from mlnn.play.server import Server
    except ModuleNotFoundError as problem:
        raise BadInput(f"{problem.name} is missing; the page needs pip install 'mlnn-learn[play]'") from problem
    from mlnn.play.player import Player

    player = Player()
    try:
        server = Server(player, port, tell=messages.print)
    except OSError as problem:
        raise BadInput(f"port {port} cannot be used: {problem.strerror}") from problem
    messages.print(f"The page is at {server.door.address}\nCtrl-C ends it.")
    if not no_browser:
        webbrowser.open(server.door.address)
    try:
        server.run()
    except KeyboardInterrupt:
        messages.print("mlnn: the page is closed")
    finally:
        player.close()
