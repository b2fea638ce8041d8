"""What the live page costs: the player's steps a second with a page that pulls frames, and without.

``python bench/play.py`` prints medians over interleaved pairs: nobody asks, and a page in a process of its own pulls 25
frames a second over the socket, each with what the page shows. Beside them, the plain loop of ``mlnn.epochs``.
"""

import argparse
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from http.cookiejar import CookieJar

import numpy as np
from websockets.sync.client import connect

from mlnn import Network, epochs
from mlnn.play.plan import Plan, laid_out
from mlnn.play.player import Player, first_theta
from mlnn.play.points import Spirals, points
from mlnn.play.server import Server
from mlnn.play.standing import fastest
from mlnn.play.wire import decoded, encoded
from mlnn.tabular.described import network_json

FRAMES = 25
"""Frames a second."""
GRID = 50
"""Points along a side of the decision picture."""


def plan(batch: int | None, precision: str) -> dict:
    """Return the case: 2-16-16-3 on 1,000 points."""
    X, y = points(Spirals(arms=3), rows=1_000, noise=0.1, seed=0)
    rows = {"X": laid_out(X), "y": laid_out(y)}
    return {
        "network": network_json(Network.dense([2, 16, 16, 3])),
        "train": rows,
        "valid": {"X": laid_out(X[:300]), "y": laid_out(y[:300])},
        "optimizer": {"is": "Adam", "rate": 0.001},
        "schedule": {"is": "Constant"},
        "penalty": None,
        "batch": batch,
        "epochs": 1_000,
        "seed": 0,
        "sum": False,
        "precision": precision,
        "frozen": [],
    }


def watched() -> dict:
    """Return what the page asks for: the decision picture, the units' pictures, the scores of all points."""
    axis = np.linspace(-6, 6, GRID)
    grid = np.column_stack([each.ravel() for each in np.meshgrid(axis, axis)])
    values = {
        "decision": {"rows": laid_out(grid), "gates": [-1]},
        "units": {"rows": laid_out(grid[::4]), "gates": [3, 6]},
        "train": {"rows": "train", "gates": [-1]},
        "valid": {"rows": "valid", "gates": [-1]},
    }
    return {"values": values, "gradient": False}


def page(address: str) -> None:
    """Pull frames from a server, in a process of its own, until it is told to end."""
    jar = CookieJar()
    urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)).open(address)
    origin = address.partition("/?")[0]
    cookie = "; ".join(f"{each.name}={each.value}" for each in jar)
    with connect(
        f"{origin.replace('http', 'ws')}/socket", origin=origin, additional_headers={"Cookie": cookie}, max_size=None
    ) as socket:
        print("there", flush=True)
        for line in sys.stdin:
            end, count, due = time.perf_counter() + float(line), 0, time.perf_counter()
            while time.perf_counter() < end:
                socket.send(encoded({"id": count, "verb": "get", "name": "frame"}))
                decoded(socket.recv())
                count += 1
                due = max(due + 1 / FRAMES, time.perf_counter() - 1 / FRAMES)
                time.sleep(max(due - time.perf_counter(), 0))
            print(count, flush=True)


def steps_a_second(player: Player, seconds: float) -> float:
    """Return how fast it trains now."""
    first, began = player.get("frame"), time.perf_counter()
    time.sleep(seconds)
    last, ended = player.get("frame"), time.perf_counter()
    return (last["step"] - first["step"]) / (ended - began)


def plain(described: dict, seconds: float) -> float:
    """Return how fast ``epochs`` trains on the player's threads, a twentieth of a second's epochs in one call."""
    made = Plan.of(described)
    engine = fastest(made)
    theta = first_theta(made.network, 0).astype(made.dtype)
    began, taken, stride = time.perf_counter(), 0, [1]
    for epoch in epochs(made.problem, theta, made.recipe, valid=made.valid, engine=engine, stride=lambda: stride[0]):
        now = time.perf_counter() - began
        stride[0], taken = max(int(epoch.number / now * 0.05), 1), epoch.step
        if now > seconds:
            break
    return taken / now


def measured(described: dict, pairs: int, seconds: float) -> None:
    """Print the medians of a case."""
    player = Player()
    server = Server(player, tell=lambda _: None)
    thread = threading.Thread(target=server.run)
    thread.start()
    other = subprocess.Popen(
        [sys.executable, __file__, "--page", server.door.address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdin is not None
    assert other.stdout is not None
    other.stdout.readline()
    player.set("plan", {"plan": described, "theta": "fresh"})
    player.set("watch", watched())
    player.send("play")
    time.sleep(1.0)
    alone, seen, shares, frames = [], [], [], []
    for _ in range(pairs):
        alone.append(steps_a_second(player, seconds))
        other.stdin.write(f"{seconds}\n")
        other.stdin.flush()
        seen.append(steps_a_second(player, seconds))
        frames.append(int(other.stdout.readline()) / seconds)
        shares.append(seen[-1] / alone[-1])
    player.send("pause")
    other.stdin.close()
    other.wait()
    server.stop()
    thread.join()
    player.close()
    loop = plain(described | {"epochs": 10_000_000}, seconds)
    batch = described["batch"] or "all rows"
    print(
        f"{batch!s:>8} {described['precision']}: alone {statistics.median(alone):9,.0f} steps/s, with a page "
        f"{statistics.median(seen):9,.0f}, share {statistics.median(shares):.3f} (least {min(shares):.3f}), "
        f"{statistics.median(frames):.1f} frames/s; epochs() {loop:9,.0f} steps/s"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=31)
    parser.add_argument("--seconds", type=float, default=0.4)
    parser.add_argument("--page", help="the address of a server: be its page")
    given = parser.parse_args()
    if given.page:
        page(given.page)
        return
    for precision in ("float64", "float32"):
        for batch in (None, 32, 10):
            measured(plan(batch, precision), given.pairs, given.seconds)


if __name__ == "__main__":
    main()
