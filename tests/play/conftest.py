"""The live page as tests see it: a player behind a real server, and a real browser before it.

``live`` is a page that is open, once that of ``mlnn play`` and once the page without a server; ``still`` is the latter.
Both fail a test in which the browser's console shows an error. Most of these tests have the marker ``browser``.
"""

import importlib.util
import os
import shutil

import pytest

pytest.importorskip("starlette", reason="mlnn-learn[play] is not installed")

from serving import serving

from mlnn.play.page import BUNDLE
from mlnn.play.player import Player

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Chromium without a window opens a page in half the time of the one that only hides it."""
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
WITH_ALL_OTHERS = ("test_browser_server", "test_browser_static")
"""Files whose tests are run with those that need no browser."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def player():
    """A player on its own."""
    player = Player()
    yield player
    player.close()


@pytest.fixture
def server():
    """A server with a player, listening: ``server.door.address`` opens the page."""
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright."""
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    if not (BUNDLE / "play.js").exists():
        pytest.skip("the page was not built: cd web && npm ci && npm run build")
    from playwright.sync_api import sync_playwright

    # Playwright's loop stays in this thread: asyncio.run would complain in later tests, which use threads instead
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser):
    """A clean browser, 1280 pixels wide."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context):
    """An empty page; errors on its console fail the test, unless the test removes them from ``page.errors``."""
    page = context.new_page()
    page.errors = []
    page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
    page.on("pageerror", lambda error: page.errors.append(error.stack or str(error)))
    yield page
    assert page.errors == []


def pytest_generate_tests(metafunc):
    """What only looks at the page is tested before both players; what looks into the server too, before that one."""
    if "live" in metafunc.fixturenames:
        hosts = ["server"] if "server" in metafunc.fixturenames else ["server", "file"]
        metafunc.parametrize("live", hosts, indirect=True)


@pytest.hookimpl(tryfirst=True)  # before those are left out that are not asked for
def pytest_collection_modifyitems(items):
    """A page takes a second to open: what runs with all other tests is whether it opens, trains and is safe at all."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()) and item.path.stem not in WITH_ALL_OTHERS:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def live(request, page):
    """The page open and drawn: that of ``mlnn play``, or the one without a server."""
    if request.param == "file":
        return request.getfixturevalue("still")
    page.goto(request.getfixturevalue("server").door.address)
    page.wait_for_selector("#play svg, #play canvas")
    return page


@pytest.fixture
def still(page, tmp_path):
    """The page without a server, opened from a file and drawn."""
    from mlnn.play.static import write_static

    write_static(tmp_path / "page")
    page.goto((tmp_path / "page" / "index.html").as_uri())
    page.wait_for_selector("#play svg, #play canvas")
    return page
