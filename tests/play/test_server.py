"""The server as browsers and others meet it: real sockets, real messages."""

import http.client
import threading
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from plans import plan, until, watched
from serving import serving
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from mlnn.play.answer import reply
from mlnn.play.player import Player
from mlnn.play.server import Server
from mlnn.play.wire import decoded, encoded


def asked(server, path="/", method="GET", **headers):
    """An answer over HTTP; ``Host`` is what a browser sends, unless it is told."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        line.putrequest(method, path, skip_host=True)
        for name, value in ({"Host": f"127.0.0.1:{server.port}"} | headers).items():
            if value is not None:
                line.putheader(name, value)
        line.endheaders()
        answer = line.getresponse()
        return answer, answer.read().decode()
    finally:
        line.close()


def cookie(server):
    """The cookie for which the token is exchanged."""
    answer, _ = asked(server, "/" + server.door.address.rpartition("/")[2])
    assert (answer.status, answer.headers["location"]) == (303, "/")
    given = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in given.split(";")}
    return given.partition(";")[0]


class Line:
    """A page's connection."""

    def __init__(self, socket):
        self.socket, self.last = socket, 0

    def ask(self, verb, name, detail=None):
        self.last += 1
        self.socket.send(encoded({"id": self.last, "verb": verb, "name": name, "detail": detail}))
        reply = decoded(self.socket.recv(timeout=60))
        assert reply["id"] == self.last
        return reply

    def value(self, *request):
        return self.ask(*request)["value"]


@contextmanager
def line(server, known, path="/socket", host="127.0.0.1", **settings):
    headers = {"Cookie": known} if known else {}
    origin = settings.pop("origin", f"http://{host}:{server.port}")
    with connect(
        f"ws://127.0.0.1:{server.port}{path}",
        origin=origin,
        additional_headers=headers,
        max_size=None,
        **settings,
    ) as socket:
        yield Line(socket)


def test_looking_whether_the_address_is_there_does_not_use_it_up(server):
    address = server.door.address
    assert asked(server, "/" + address.rpartition("/")[2], method="HEAD")[0].status == 403
    assert server.door.address == address
    assert cookie(server)


def test_the_address_is_good_for_once_and_no_secret_is_kept_by_a_cache(server):
    address = server.door.address
    path = "/" + address.rpartition("/")[2]
    known = cookie(server)
    answer, _ = asked(server, path)
    assert answer.status == 403
    assert server.door.address != address
    answer, text = asked(server, Cookie=known)
    assert answer.status == 200
    assert '<script src="play.js">' in text
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert address.rpartition("=")[2] not in text


def test_a_used_address_is_told_in_the_terminal_where_a_new_one_is_shown():
    said = []
    with serving(said=said) as server:
        path = "/" + server.door.address.rpartition("/")[2]
        cookie(server)
        answer, text = asked(server, path)
        assert answer.status == 403
        assert "good for once" in text
        assert "--paper" in text  # styled like the page
        assert said == [f"That address has been used; a new one is {server.door.address}"]


@pytest.mark.parametrize("path", ["/", "/play.js", "/start.js", "/?token=", "/?token=wrong", "/?token=%ff%00", "/x"])
def test_without_token_or_cookie_there_is_nothing(server, path):
    answer, text = asked(server, path)
    assert answer.status == 403
    assert "script" not in text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": None},
        {"Host": "localhost.evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:{port}"},
        {"Origin": "https://127.0.0.1:{port}"},
    ],
    ids=str,
)
def test_a_forged_host_or_origin_gets_nothing(server, headers):
    known = cookie(server)
    told = {name: value and value.format(port=server.port) for name, value in headers.items()}
    answer, text = asked(server, Cookie=known, **told)
    assert answer.status in (400, 403)
    assert "script" not in text


def test_files_beside_the_page_are_not_served(server):
    known = cookie(server)
    for path in ("/server.py", "/../server.py", "/%2e%2e/server.py", "/bundle/play.js", "/..%2fserver.py", "/socket"):
        answer, text = asked(server, path, Cookie=known)
        assert answer.status == 404, path
        assert "import" not in text


@pytest.mark.parametrize(
    "origin", ["http://evil.example", None, "null", "http://localhost:{port}", "http://127.0.0.1:1"]
)
def test_a_socket_of_another_origin_is_refused(server, origin):
    known = cookie(server)
    with pytest.raises(InvalidStatus), line(server, known, origin=origin and origin.format(port=server.port)):
        pass


@pytest.mark.parametrize("foreign", ['prefs={"dark":true}', "path=x", "flag", "n=a b", "$Version=1", "é=;;=", 'q="a'])
def test_cookies_of_other_servers_on_this_machine_lock_nobody_out(server, foreign):
    """Browsers send those of all ports, older ones first."""
    known = cookie(server)
    for cookies in (f"{foreign}; {known}", f"{known}; {foreign}"):
        assert asked(server, "/", Cookie=cookies)[0].status == 200
    assert asked(server, "/", Cookie=foreign)[0].status == 403


@pytest.mark.parametrize("known", [None, "mlnn-{port}=wrong", "mlnn-{port}=", "other={right}", "mlnn-{port}=é"])
def test_a_socket_without_the_cookie_is_refused(server, known):
    right = cookie(server).partition("=")[2]
    with pytest.raises(InvalidStatus), line(server, known and known.format(port=server.port, right=right)):
        pass


def test_a_conversation(server):
    with line(server, cookie(server)) as page:
        assert page.value("get", "state")["host"] == "server"
        assert "nothing is being trained" in page.ask("get", "frame")["error"]
        page.ask("set", "plan", {"plan": plan(), "theta": "fresh"})
        page.ask("set", "watch", watched(train=("train", [-1])))
        page.ask("send", "steps", {"count": 1})
        frame = page.value("get", "frame")
        assert frame["step"] == 1
        assert frame["loss"] > 0  # of the first weights, before an epoch is completed
        assert frame["theta"].shape == (27,)
        assert frame["values"]["train"][0].shape == (120,)
        assert page.value("get", "landscape", {"size": 3, "span": 1, "seed": 0})["losses"].shape == (9,)
        error = page.ask("set", "plan", {"plan": plan() | {"batch": -1}, "theta": "keep"})["error"]
        assert error == "batch must be at least 1, but got -1"
        for wrong in (3, [], {"theta": 1}, "text", {"plan": {}}, {"plan": None, "theta": None}):
            assert "error" in page.ask("set", "plan", wrong)
        assert "error" in page.ask("get", "walk", {"rows": 3})
        assert page.value("get", "frame")["step"] == 1


@pytest.mark.parametrize("data", [b"junk", "text", encoded({"id": 1}), encoded({"id": 1, "verb": "x", "name": "y"})])
def test_what_is_no_message_ends_the_connection_without_an_answer(server, data):
    known = cookie(server)
    with line(server, known) as page:
        page.ask("set", "plan", {"plan": plan(), "theta": "fresh"})
        page.socket.send(data)
        with pytest.raises(ConnectionClosed):
            page.socket.recv(timeout=20)
    with line(server, known) as page:
        assert page.value("get", "frame")["step"] == 0


@pytest.mark.parametrize(
    ("verb", "name", "detail", "sentence"),
    [
        ("get", "walk", None, "'walk' takes row, target, theta, but got none"),
        ("send", "play", {"x": 1}, "'play' takes until, pace, but got x"),
        ("get", "kept", 3, "'kept' takes number, but got 3"),
        ("set", "watch", 5, "'watch' is set by fields with names, but got 5"),
        ("set", "watch", {"values": 3, "gradient": True}, "'watch' came with something that is not of the kind"),
        ("set", "plan", {"plan": 3, "theta": 3}, "'plan' came with something that is not of the kind"),
        ("get", "table", {"name": "a.csv", "text": 4}, "text must be text, but got 4"),
        (
            "set",
            "watch",
            {"values": {str(k): {"rows": "train", "gates": []} for k in range(2000)}, "gradient": 0},
            "1,000",
        ),
    ],
)
def test_what_is_asked_for_strangely_is_answered_in_words_for_a_reader(player, verb, name, detail, sentence):
    answer = reply(player, {"id": 1, "verb": verb, "name": name, "detail": detail})
    assert sentence in answer["error"]


def test_numbers_that_are_watched_are_bounded_together(player):
    rows = {"data": np.zeros(5_000_000), "columns": 50}
    with pytest.raises(ValueError, match="up to 8,000,000 numbers can be watched, but 10,000,000 came"):
        player.set("watch", {"values": {name: {"rows": rows, "gates": [0]} for name in "ab"}, "gradient": False})


@pytest.mark.parametrize(
    "path",
    [
        *["/play.js%00", "/%00", "/..%2Fpage.py", "/%2E%2E/page.py", "/%FF%FE", "/play.js%0a", "/" + 5000 * "a"],
        *["/none.js", "/socket", "/%E2%80%AE.js", "/..", "//play.js", "/play.css?x=%00", "/?token=%00"],
    ],
)
def test_no_path_upsets_the_server(server, path):
    status = asked(server, path, Cookie=cookie(server))[0].status
    assert status == {"/play.css?x=%00": 200, "/?token=%00": 303}.get(path, 404)


def test_who_asks_whether_anybody_is_there_is_answered_while_the_player_is_busy(server):
    busy, done = threading.Event(), threading.Event()

    def get(name, detail):
        busy.set()
        done.wait(20)

    server.player.get = get
    with line(server, cookie(server)) as page:
        page.socket.send(encoded({"id": 1, "verb": "get", "name": "frame"}))
        assert busy.wait(20)
        page.socket.send(b"")
        assert page.socket.recv(timeout=20) == b""
        done.set()
        assert decoded(page.socket.recv(timeout=20)) == {"id": 1, "value": None}


def test_an_oversized_message_ends_the_connection(server):
    known = cookie(server)
    with line(server, known, compression=None) as page:
        with suppress(ConnectionClosed):  # the server may have ended it before all is sent
            page.socket.send(bytes(97 << 20))
        with pytest.raises(ConnectionClosed):
            page.socket.recv(timeout=60)
    with line(server, known) as page:
        assert page.value("get", "state")["plan"] is None


def test_a_second_tab_is_told_and_may_take_over(server):
    known = cookie(server)
    with line(server, known) as first:
        first.ask("set", "page", {"tab": 1})
        with line(server, known) as second, pytest.raises(ConnectionClosed) as refused:
            second.socket.recv(timeout=20)
        assert refused.value.rcvd.code == 4003
        assert "open in another tab" in refused.value.rcvd.reason
        assert first.value("get", "state")["page"] == {"tab": 1}
        with line(server, known, "/socket?take") as second:
            assert second.value("get", "state")["page"] == {"tab": 1}
            with pytest.raises(ConnectionClosed) as taken:
                first.socket.recv(timeout=20)
            assert taken.value.rcvd.code == 4001
            assert second.value("get", "state")["page"] == {"tab": 1}


def test_who_comes_back_finds_the_run_as_it_is(server):
    known = cookie(server)
    with line(server, known) as page:
        page.ask("set", "plan", {"plan": plan(), "theta": "fresh"})
        page.ask("set", "page", {"tab": "graph"})
        page.ask("send", "play")
        seen = page.value("get", "frame")["step"]
    with line(server, known, host="127.0.0.1") as page:
        state = page.value("get", "state")
        assert state["page"] == {"tab": "graph"}
        np.testing.assert_array_equal(state["plan"]["train"]["X"]["data"], plan()["train"]["X"]["data"])
        frame = page.value("get", "frame")
        assert frame["playing"]
        assert frame["step"] >= seen
        page.ask("send", "pause")
        assert len(page.value("get", "history")["number"])


def test_a_name_is_as_good_as_the_number(server):
    known = cookie(server)
    answer, _ = asked(server, Cookie=known, Host=f"localhost:{server.port}")
    assert answer.status == 200
    with connect(
        f"ws://localhost:{server.port}/socket",
        origin=f"http://localhost:{server.port}",
        additional_headers={"Cookie": known},
    ) as socket:
        assert Line(socket).value("get", "state")["host"] == "server"


def test_a_server_that_starts_again_knows_nobody_of_before():
    with serving() as server:
        known, port = cookie(server), server.port
        with line(server, known) as page:
            page.ask("get", "state")
            server.stop()
            with pytest.raises(ConnectionClosed):
                page.socket.recv(timeout=20)
    with serving(port=port) as server:
        assert server.port == port
        with pytest.raises(InvalidStatus), line(server, known):
            pass
        with line(server, cookie(server)) as page:
            assert page.value("get", "state")["plan"] is None


def test_a_player_outlives_its_server():
    player = Player()
    with serving(player) as server, line(server, cookie(server)) as page:
        page.ask("set", "plan", {"plan": plan(), "theta": "fresh"})
        page.ask("send", "epochs", {"count": 2})
    with serving(player) as server, line(server, cookie(server)) as page:
        assert page.value("get", "frame")["step"] > 0
    player.close()


def test_a_page_that_does_not_read_holds_up_no_training(server):
    """Frames are pulled: who asks for many and reads none of them waits alone."""
    known = cookie(server)
    with line(server, known) as page:
        page.ask("set", "plan", {"plan": plan(rows=2000), "theta": "fresh"})
        page.ask("set", "watch", watched(train=("train", [0, 1, 2, 3, -1])))
        page.ask("send", "play")

        def pour():
            try:
                for k in range(2000):
                    page.socket.send(encoded({"id": 1000 + k, "verb": "get", "name": "frame"}))
            except ConnectionClosed:
                pass

        thread = threading.Thread(target=pour, daemon=True)
        thread.start()
        before = server.player.get("frame")["step"]
        until(server.player, lambda frame: frame["step"] > before + 100)
    thread.join(timeout=60)
    assert not thread.is_alive()


def test_there_is_one_server_a_port(server):
    player = Player()
    with pytest.raises(OSError, match="use"):
        Server(player, server.port)
    player.close()


def test_a_page_that_has_gone_makes_room_at_once_whatever_it_has_asked(server, monkeypatch):
    known, answer, asked_for = cookie(server), threading.Event(), threading.Event()

    def slow(question, detail=None):
        asked_for.set()
        answer.wait(60)

    monkeypatch.setattr(server.player, "get", slow)
    with line(server, known) as page:
        page.socket.send(encoded({"id": 1, "verb": "get", "name": "frame"}))
        assert asked_for.wait(60)
    page.socket.socket.close()
    with line(server, known) as page:  # a reload: no other tab has the run
        page.socket.send(encoded({"id": 1, "verb": "send", "name": "pause"}))
        answer.set()
        assert decoded(page.socket.recv(timeout=60)) == {"id": 1, "value": None}
