import os
import re
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
import webbrowser

import pytest
from commands import COMMAND, SAFETY, assert_one_sentence, houses, process, run, unix

pytest.importorskip("starlette", reason="mlnn-learn[play] is not installed")


def started(*arguments):
    """``mlnn play`` at work, the address it shows, and what it said before."""
    server = subprocess.Popen(
        [*COMMAND, "play", "--no-browser", *map(str, arguments)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    watch = threading.Timer(SAFETY, server.kill)
    watch.daemon = True
    watch.start()
    said = []
    for line in server.stderr:
        said.append(line)
        if found := re.search(r"http://127\.0\.0\.1:(\d+)/\?token=\S+", line):
            return server, found, said
    raise AssertionError(said)


@unix
def test_it_serves_until_it_is_interrupted(tmp_path):
    houses(60).to_csv(tmp_path / "houses.csv", index=False)
    server, address, said = started(tmp_path / "houses.csv", "--target", "sold")
    assert any("classification" in line for line in said)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(address[0], timeout=60) as page:
        assert page.url == f"http://127.0.0.1:{address[1]}/"
        assert b'<div id="play">' in page.read()
    server.send_signal(signal.SIGINT)
    out, err = server.communicate(timeout=SAFETY)
    assert server.returncode == 0, err
    assert out == ""
    assert err.splitlines()[-1] == "mlnn: the page is closed"
    assert "Traceback" not in err


@unix
def test_it_ends_by_sigterm_too():
    server, address, _ = started()
    with pytest.raises(urllib.error.HTTPError, match="403"):  # there, and without a cookie
        urllib.request.urlopen(address[0], timeout=60)
    server.terminate()
    _, err = server.communicate(timeout=SAFETY)
    assert server.returncode in (0, 128 + signal.SIGTERM, -signal.SIGTERM)
    assert "Traceback" not in err


def test_a_browser_is_opened(monkeypatch):
    from mlnn.play.server import Server

    opened = []
    monkeypatch.setenv("BROWSER", "firefox")
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr(Server, "run", lambda self: self._socket.close())
    result = run("play")
    assert result.exit_code == 0
    assert len(opened) == 1
    assert opened[0] in result.stderr


def test_a_port_in_use_gets_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = process("play", "--no-browser", "--port", port)
    assert_one_sentence(done.returncode, done.stdout, done.stderr, f"port {port} cannot be used: ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.csv"], "there is no file 'nowhere.csv'"),
        (["--target", "y"], "which table?"),
        (["houses.csv", "--target", "garden"], "'garden'"),
        (["houses.csv", "--static", "page"], "leave DATA out"),
        (["--static", "houses.csv"], "no folder"),
        (["--static", "."], "holds other things"),
    ],
    ids=str,
)
def test_bad_input_gets_a_sentence(tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    houses(20).to_csv("houses.csv", index=False)
    result = run("play", "--no-browser", *arguments)
    assert_one_sentence(result.exit_code, result.stdout, result.stderr, sentence)


def test_a_missing_library_gets_a_sentence():
    code = "import sys\nsys.modules['uvicorn'] = None\nsys.argv = ['mlnn', 'play']\nfrom mlnn.cli import main\nmain()"
    done = subprocess.run([*COMMAND[:-1], code], capture_output=True, text=True, check=False, timeout=SAFETY)
    assert_one_sentence(
        done.returncode, done.stdout, done.stderr, "uvicorn is missing; the page needs pip install 'mlnn-learn[play]'"
    )


def test_without_a_bundle_the_way_to_one_is_told(tmp_path, monkeypatch):
    from mlnn.play import page

    monkeypatch.setattr(page, "BUNDLE", tmp_path)
    for arguments in (["--no-browser"], ["--static", tmp_path / "page"]):
        result = run("play", *arguments)
        assert_one_sentence(result.exit_code, result.stdout, result.stderr, "npm run build")


def test_the_page_is_written_to_a_folder(tmp_path, monkeypatch):
    from mlnn.play import page

    for name in page.KINDS:
        (tmp_path / name).write_text("")
    monkeypatch.setattr(page, "BUNDLE", tmp_path)
    result = run("play", "--static", tmp_path / "page")
    assert result.exit_code == 0
    assert (tmp_path / "page" / "index.html").exists()
    assert os.fspath(tmp_path / "page") in result.stderr
