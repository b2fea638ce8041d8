"""The widget in JupyterLab, really run: it shows, it trains, the kernel hears of changes, and the model stays."""

import importlib.util
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("jupyterlab") is None, reason="JupyterLab is not installed"),
    pytest.mark.skipif(importlib.util.find_spec("anywidget") is None, reason="mlnn-learn[play] is not installed"),
    pytest.mark.slow,
]
BOUND = 90
"""Seconds that the server, the kernel and the page have together."""
BEGIN = """import pickle, mlnn
X, y = mlnn.dataset.moons()
model = mlnn.Model([2, 3, 2], seed=0)
before = pickle.dumps(model)
play = mlnn.Play(model, X, y)
play"""
END = "print('parameters', play.theta.size, 'model unchanged', pickle.dumps(model) == before)"


@pytest.fixture
def notebook(tmp_path):
    """The address of a notebook with two cells, in a JupyterLab of its own."""
    cells = [
        {"cell_type": "code", "id": name, "source": source, "metadata": {}, "outputs": [], "execution_count": None}
        for name, source in {"begin": BEGIN, "end": END}.items()
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    content = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "play.ipynb").write_text(json.dumps(content))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.root_dir": tmp_path,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": token,
        "LabApp.extension_manager": "readonly",
    }
    own = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    own["PYTHONPATH"] = os.pathsep.join(str(Path(each).resolve()) for each in sys.path)  # the kernel's mlnn is this one
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", *(f"--{name}={to}" for name, to in options.items())],
            stdout=log,
            stderr=log,
            env=os.environ | own,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api", server, tmp_path / "log")
        yield f"http://127.0.0.1:{port}/lab/tree/play.ipynb?token={token}"
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(address, server, log):
    end = time.monotonic() + BOUND / 2
    while True:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)


def test_the_widget_in_jupyterlab(notebook, context):
    context.set_default_timeout(1000 * BOUND / 2)
    page = context.new_page()
    page.goto(notebook)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    cells.first.click()
    page.keyboard.press("Shift+Enter")
    widget = page.locator(".jp-OutputArea .mlnn").first
    widget.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("+document.querySelector('[data-standing=epoch]').textContent.replace(/\\D/g, '') > 50")
    widget.get_by_role("button", name="One unit more in layer 1").click()
    widget.get_by_role("button", name="Layer 1, unit 4").wait_for()
    widget.get_by_role("button", name="Pause", exact=True).click()
    widget.get_by_role("button", name="Play", exact=True).wait_for()
    if picture := os.environ.get("MLNN_PICTURE"):
        page.screenshot(path=picture)
    epoch = widget.locator("[data-standing=epoch]").inner_text()
    cells.nth(1).locator(".cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("e")  # meant for the notebook: no epoch is trained
    page.wait_for_timeout(1000)
    assert widget.locator("[data-standing=epoch]").inner_text() == epoch
    widget.get_by_role("button", name="Play", exact=True).focus()
    page.keyboard.press("e")
    page.wait_for_function("epoch => document.querySelector('[data-standing=epoch]').textContent != epoch", arg=epoch)
    cells.nth(1).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    said = cells.nth(1).locator(".jp-OutputArea-output").inner_text()
    assert said.strip() == "parameters 22 model unchanged True"  # [2, 4, 2] now
