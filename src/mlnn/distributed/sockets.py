"""Peers on machines that reach each other by TCP: what a step exchanges goes from memory to memory."""

import selectors
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from typing import NamedTuple

from mlnn.distributed.worker import Meeting, Seat
from mlnn.engine.peers import Span

PATIENCE = 30.0
"""Seconds that peers wait for each other to come, and after which one that does not confirm what it is sent is lost."""

NAME = 256
"""Bytes by which a peer says to which group it belongs, and its rank."""

PIECE = 1 << 20
"""Bytes sent or received at a time."""


class Contexts(NamedTuple):
    """How connections are encrypted, by the side that listens and by the side that calls; None where they are not."""

    listening: ssl.SSLContext | None = None
    calling: ssl.SSLContext | None = None


class Listener:
    """Waits at a port for peers to call, each for the group that it names."""

    def __init__(self, host: str, contexts: Contexts) -> None:
        self._contexts = contexts
        self._socket = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.address = f"{host} {self._socket.getsockname()[1]}"
        self._came: defaultdict[tuple[str, int], Future[socket.socket]] = defaultdict(Future)
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, name="mlnn-listener", daemon=True).start()

    def meet(self, seat: Seat) -> "SocketMeeting":
        """Return the peers of a group: those of lower rank are called, those of higher rank call."""
        sockets: dict[int, socket.socket] = {}
        failure = None
        for peer, address in enumerate(seat.addresses):
            try:
                if peer < seat.rank:
                    sockets[peer] = self._call(address, seat)
                elif peer > seat.rank:
                    sockets[peer] = self._called(seat.group, peer).result(PATIENCE)
            except (OSError, TimeoutError) as reason:
                failure = f"the worker at {address} cannot be reached: {reason!r}"
                break
        with self._lock:
            for peer in range(seat.rank + 1, len(seat.addresses)):
                self._came.pop((seat.group, peer), None)
        return SocketMeeting(seat, sockets, failure)

    def close(self) -> None:
        """Wait no longer."""
        self._socket.close()

    def _called(self, group: str, rank: int) -> "Future[socket.socket]":
        with self._lock:
            return self._came[group, rank]

    def _call(self, address: str, seat: Seat) -> socket.socket:
        host, port = address.rsplit(maxsplit=1)
        connection = socket.create_connection((host, int(port)), PATIENCE)
        if self._contexts.calling is not None:
            connection = self._contexts.calling.wrap_socket(connection)
        connection.sendall(f"{seat.group} {seat.rank}".encode().ljust(NAME))
        return connection

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # it is closed
                return
            threading.Thread(target=self._admit, args=(connection,), daemon=True).start()

    def _admit(self, connection: socket.socket) -> None:
        """Take a peer in that knows the name of a group, which nobody else can guess."""
        try:
            connection.settimeout(PATIENCE)
            if self._contexts.listening is not None:
                connection = self._contexts.listening.wrap_socket(connection, server_side=True)
            name = bytearray()
            while len(name) < NAME and (more := connection.recv(NAME - len(name))):
                name += more
            group, rank = name.decode().split()
            self._called(group, int(rank)).set_result(connection)
        except (OSError, ValueError, InvalidStateError):  # a stranger, or one who came before
            connection.close()


class SocketMeeting(Meeting):
    """Peers, each at the end of a connection."""

    def __init__(self, seat: Seat, sockets: dict[int, socket.socket], failure: str | None) -> None:
        self.rank, self.size, self.failure = seat.rank, len(seat.addresses), failure
        self._sockets = sockets
        for connection in sockets.values():
            _attend(connection)

    def swap(self, out: memoryview, to: Sequence[Span], received: memoryview, spans: Sequence[Span]) -> None:
        with selectors.DefaultSelector() as selector:
            for peer, connection in self._sockets.items():
                line = _Line(connection, out[slice(*to[peer])], received[slice(*spans[peer])])
                if line.events:
                    selector.register(connection, line.events, line)
            while selector.get_map():
                for key, _ in selector.select():
                    line = key.data
                    line.go_on()
                    if not line.events:
                        selector.unregister(key.fileobj)
                    elif line.events != key.events:
                        selector.modify(key.fileobj, line.events, line)

    def leave(self) -> None:
        for connection in self._sockets.values():
            connection.close()


class _Line:
    """What still goes to a peer, and what still comes from it."""

    def __init__(self, connection: socket.socket, out: memoryview, received: memoryview) -> None:
        self._connection, self._out, self._in = connection, out, received

    @property
    def events(self) -> int:
        """Return for what it waits."""
        return (selectors.EVENT_WRITE if self._out else 0) | (selectors.EVENT_READ if self._in else 0)

    def go_on(self) -> None:
        """Send and receive as much as can be done now: what an encrypted line has decrypted nobody is told of again."""
        while self._out and (sent := self._some(self._connection.send, self._out[:PIECE])):
            self._out = self._out[sent:]
        while self._in and (came := self._some(self._receive, self._in[:PIECE])):
            self._in = self._in[came:]

    def _receive(self, room: memoryview) -> int:
        count = self._connection.recv_into(room)
        if count == 0:
            raise ConnectionResetError("it has hung up")
        return count

    @staticmethod
    def _some(act: Callable[[memoryview], int], part: memoryview) -> int:
        try:
            return act(part)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0


def _attend(connection: socket.socket) -> None:
    """Send at once, and notice soon where the other end is cut off."""
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", max(int(PATIENCE / 3), 1)),
        ("TCP_KEEPINTVL", max(int(PATIENCE / 6), 1)),
        ("TCP_KEEPCNT", 4),
        ("TCP_USER_TIMEOUT", int(1000 * PATIENCE)),
    ):
        if hasattr(socket, name):  # not every system has all of them
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
