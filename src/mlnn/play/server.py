"""The server: the page and its socket on 127.0.0.1, for the browser of who started it and nobody else.

On ``/socket`` one page talks to the player. Another page is refused, with the reason, unless it takes over,
``/socket?take``: then the first one is told. An empty message asks whether anybody is there, and is sent back. What is
no message ends the connection without an answer.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from mlnn.play.answer import checked_request, is_slow, reply
from mlnn.play.door import Door
from mlnn.play.page import KINDS, START, NoBundleError, content, page, word
from mlnn.play.player import Player
from mlnn.play.wire import MOST_BYTES, MalformedError, decoded, encoded

MALFORMED, REFUSED, TAKEN = 1002, 4003, 4001
"""Codes with which a connection is closed: the last two are the page's."""
MOST_WAITING = 16
"""Requests that are read before the first of them is answered; a page has fewer."""
ELSEWHERE = "This run is open in another tab or window."
TAKEN_OVER = "Another tab or window has this run now. Reload the page to be asked whether to use it here."
POLICY = """
    default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;
    font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none';
    frame-ancestors 'none'
"""
SAFETY = {
    "cache-control": "no-store",
    "content-security-policy": " ".join(POLICY.split()),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""What every answer tells the browser: to run nothing but the page's own script, and to show the page in no other."""


class Guard:
    """Turns away whoever does not ask properly, before anything else looks at the request."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and its answer back with the headers of safety."""
        if scope["type"] not in ("http", "websocket"):
            return
        if not self._door.is_asked_properly(scope):
            await _nothing(scope, receive, send)
            return

        async def safe(message: Any) -> None:
            if message["type"] == "http.response.start":
                safety = [(name.encode(), value.encode()) for name, value in SAFETY.items()]
                message["headers"] = [*message.get("headers", []), *safety]
            await send(message)

        await self._app(scope, receive, safe)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with 403 and no word."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await Response(status_code=403)(scope, receive, send)


class Server:
    """A player behind a socket.

    Parameters
    ----------
    player : Player
        Who answers.
    port : int
        Where to listen; 0 takes a free one.
    tell : callable
        Called with what the user should read in the terminal.

    Raises
    ------
    OSError
        If the port is not free.
    """

    def __init__(self, player: Player, port: int = 0, tell: Callable[[str], None] = print) -> None:
        self._player, self._tell = player, tell
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]
        self.door = Door(self.port)
        self._there: WebSocket | None = None
        self._hand, self._slow_hand = ThreadPoolExecutor(1, "mlnn.answers"), ThreadPoolExecutor(1, "mlnn.slow answers")
        routes = [Route("/", self._page), Route("/{name}", self._file), WebSocketRoute("/socket", self._talk)]
        app = Guard(Starlette(routes=routes), self.door)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="error",
                lifespan="off",
                ws="websockets-sansio",
                ws_max_size=MOST_BYTES,
                ws_per_message_deflate=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )

    def run(self) -> None:
        """Serve until the process is interrupted, or ``stop`` is called."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()
            for hand in (self._hand, self._slow_hand):
                hand.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """End ``run``, from any thread."""
        self._server.should_exit = True

    async def _page(self, request: Request) -> Response:
        if "token" in request.query_params:
            token = request.query_params["token"]
            if request.method == "GET" and self.door.take(token):  # HEAD, of what previews links, opens nothing
                return RedirectResponse("/", 303, {"set-cookie": self.door.cookie})
            if self.door.was_taken(token) and not self.door.knows(request.scope):
                self._tell(f"That address has been used; a new one is {self.door.address}")
                return HTMLResponse(word("This address was good for once. The terminal shows a new one."), 403)
            return RedirectResponse("/", 303) if self.door.knows(request.scope) else Response(status_code=403)
        if not self.door.knows(request.scope):
            return HTMLResponse(word("Open the address that mlnn play shows in the terminal."), 403)
        return Response(page('<script src="start.js"></script>'), media_type="text/html")

    async def _file(self, request: Request) -> Response:
        if not self.door.knows(request.scope):
            return Response(status_code=403)
        name = request.path_params["name"]
        if name == "start.js":
            return Response(START.format(entrance="serve"), media_type="text/javascript")
        if name not in KINDS:
            return Response(status_code=404)
        try:
            return Response(content(name), media_type=KINDS[name])
        except NoBundleError:
            return Response(status_code=404)

    async def _talk(self, websocket: WebSocket) -> None:
        if not self.door.knows(websocket.scope):
            await websocket.close(1008)
            return
        await websocket.accept()
        there = self._there
        if there is not None and "take" not in websocket.query_params:
            await websocket.close(REFUSED, ELSEWHERE)
            return
        self._there = websocket
        if there is not None:
            with suppress(RuntimeError, WebSocketDisconnect):
                await there.close(TAKEN, TAKEN_OVER)
        waiting: dict[asyncio.Task[None], bool] = {}  # the slow ones are those that nobody misses
        try:
            while self._there is websocket:
                data = await _bytes(websocket)
                if not data:  # answered here: a player with much to do is there too
                    await websocket.send_bytes(b"")
                    continue
                request = checked_request(decoded(data))
                slow = is_slow(request)
                task = asyncio.create_task(self._answer(websocket, request, self._slow_hand if slow else self._hand))
                waiting[task] = slow
                task.add_done_callback(waiting.pop)
                if len(waiting) == MOST_WAITING:
                    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        except MalformedError:
            await websocket.close(MALFORMED)
        except WebSocketDisconnect:
            pass
        finally:
            for task, slow in waiting.items():
                if slow:
                    task.cancel()
            if self._there is websocket:
                self._there = None

    async def _answer(self, websocket: WebSocket, request: Any, hand: ThreadPoolExecutor) -> None:
        """Answer while the next requests are read: so a page that has gone is known to have gone."""
        loop = asyncio.get_running_loop()
        data = await loop.run_in_executor(hand, lambda: encoded(reply(self._player, request)))
        if self._there is websocket:
            with suppress(RuntimeError, WebSocketDisconnect):
                await websocket.send_bytes(data)


async def _bytes(websocket: WebSocket) -> bytes:
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    data = message.get("bytes")
    if data is None:
        raise MalformedError("a message is binary")
    return bytes(data)
