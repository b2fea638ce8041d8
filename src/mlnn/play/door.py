"""Who is let in: only the browser of who started the server, from a page of the server itself."""

import hmac
import secrets

from starlette.requests import cookie_parser
from starlette.types import Scope


class Door:
    """Knows the one address under which the page is opened, and by what its browser is known afterwards.

    A page of another origin is told by ``Origin``, a name that somebody lets point here by ``Host``. The token in the
    address is good for once; it is exchanged for a cookie that no script can read. Browsers send cookies to all servers
    on 127.0.0.1, whatever their ports: another one there sees ours, and we get theirs, in whatever form.

    Parameters
    ----------
    port : int
        Where the server listens.
    """

    def __init__(self, port: int) -> None:
        self._hosts = {f"127.0.0.1:{port}".encode(), f"localhost:{port}".encode()}
        self._cookie, self._name = secrets.token_urlsafe(32), f"mlnn-{port}"
        self._token, self._old = secrets.token_urlsafe(32), ""
        self._port = port

    @property
    def address(self) -> str:
        """Return the address with a token that has not been used."""
        return f"http://127.0.0.1:{self._port}/?token={self._token}"

    @property
    def cookie(self) -> str:
        """Return the header that gives the browser its cookie."""
        return f"{self._name}={self._cookie}; Path=/; HttpOnly; SameSite=Lax"

    def is_asked_properly(self, scope: Scope) -> bool:
        """Tell whether a request is for this server, and from no other origin; from a socket it must name its own."""
        hosts, origins = _headers(scope, b"host"), _headers(scope, b"origin")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return False
        own = [b"http://" + hosts[0]]
        return origins == own if scope["type"] == "websocket" else origins in ([], own)

    def knows(self, scope: Scope) -> bool:
        """Tell whether the browser has the cookie."""
        cookies = cookie_parser(b"; ".join(_headers(scope, b"cookie")).decode("latin-1"))
        return _same(cookies.get(self._name, ""), self._cookie)

    def take(self, token: str) -> bool:
        """Tell whether this is the token; it is good for no one else then."""
        if not _same(token, self._token):
            return False
        self._old, self._token = self._token, secrets.token_urlsafe(32)
        return True

    def was_taken(self, token: str) -> bool:
        """Tell whether this was the token, and somebody has used it."""
        return bool(self._old) and _same(token, self._old)


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())


def _headers(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key == name]
