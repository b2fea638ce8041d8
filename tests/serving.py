"""A server of the live page, at work."""

import threading
from contextlib import contextmanager

from mlnn.play.player import Player
from mlnn.play.server import Server


@contextmanager
def serving(player=None, port=0, said=None):
    """A server at work on a thread of its own."""
    own = player is None
    player = player or Player()
    server = Server(player, port, tell=(said if said is not None else []).append)
    server.player = player
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
        if own:
            player.close()
