"""The page without a server, in a real browser, from a file and from a dumb server."""

import functools
import http.server
import threading

import pytest

from mlnn.play.static import write_static

DRAWN = "#play svg, #play canvas"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server of files that says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(params=["file", "server"])
def address(request, tmp_path):
    """Where the static page is."""
    write_static(tmp_path / "page")
    if request.param == "file":
        yield (tmp_path / "page" / "index.html").as_uri()
        return
    handler = functools.partial(Quiet, directory=tmp_path / "page")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()
        thread.join()


def test_it_trains_in_the_browser(page, address):
    page.goto(address)
    page.wait_for_selector(DRAWN)
    page.get_by_role("button", name="Play").first.click()
    page.wait_for_function("Number(document.querySelector('.standing dd').textContent.replaceAll(',', '')) > 100")
    page.get_by_role("button", name="Pause").first.click()


def test_the_digits_lie_beside_it(page, address):
    page.goto(address)
    page.wait_for_selector(DRAWN)
    page.get_by_text("Digits").first.click()
    page.get_by_text("Softmax of 10").wait_for()
    page.get_by_role("button", name="Epoch", exact=True).click()  # a step is a small part of one
    page.wait_for_function("Number(document.querySelector('.standing dd').textContent.replaceAll(',', '')) > 0")
