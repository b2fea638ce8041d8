"""How many frames a second the live page shows, served and without a server, and how fast training goes meanwhile.

    python bench/frames.py [ROUNDS] [--profile FOLDER]

A 2-16-16-3 network trains on 1,000 points of three spirals in Chromium, in rounds that alternate; a frame is a new
epoch on the page. ``--profile`` writes what the page's own thread was busy with, for Chromium's developer tools, and
prints the functions that took most.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playground import ARGUMENTS
from playwright.sync_api import Page, sync_playwright

from mlnn.play.static import write_static

SECONDS = 5.0
LAYER = "{'units':16,'layer':{'is':'Tanh'},'norm':false,'dropout':0}"
CASE = (
    "#1&data.kind='Spirals'&data.arms=3&data.rows=1000&data.noise=0.1&training.epochs=1000000"
    f"&network.layers=[{LAYER},{LAYER}]"
)
COUNT = """() => {
  const at = document.querySelector("[data-standing=epoch]");
  globalThis.shown = 0;
  new MutationObserver(() => { globalThis.shown += 1; }).observe(
    at, { childList: true, characterData: true, subtree: true });
}"""


@contextmanager
def served() -> Iterator[str]:
    """Run ``mlnn play`` in a process of its own, and return its address."""
    command = [sys.executable, "-c", "from mlnn.cli import main; main()", "play", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        finally:
            process.terminate()


def epoch(page: Page) -> int:
    """Return the epoch that the page shows."""
    return int(page.inner_text("[data-standing=epoch]").replace(",", ""))


def measured(page: Page, profile: Path | None) -> tuple[float, float]:
    """Return frames a second and epochs a second while a page plays."""
    page.bring_to_front()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(1500)
    tools = page.context.new_cdp_session(page)
    if profile:
        tools.send("Profiler.enable")
        tools.send("Profiler.start")
    first, began = epoch(page), time.perf_counter()
    page.evaluate("globalThis.shown = 0")
    page.wait_for_timeout(1000 * SECONDS)
    shown, seconds = page.evaluate("globalThis.shown"), time.perf_counter() - began
    speed = (epoch(page) - first) / seconds
    if profile:
        found = tools.send("Profiler.stop")["profile"]
        profile.write_text(json.dumps(found))
        print(busiest(found))
    page.get_by_role("button", name="Pause", exact=True).click()
    page.wait_for_timeout(500)
    return shown / seconds, speed


def busiest(profile: dict) -> str:
    """Return the functions that took most of the time, with their shares."""
    times: Counter[str] = Counter()
    names = {node["id"]: node["callFrame"] for node in profile["nodes"]}
    for node, took in zip(profile["samples"], profile["timeDeltas"], strict=True):
        at = names[node]
        times[f"{at['functionName'] or '(nameless)'}:{at['lineNumber']}:{at['columnNumber']}"] += took
    total = sum(times.values())
    return "\n".join(f"{took / total:6.1%}  {name}" for name, took in times.most_common(25))


def main() -> None:
    """Measure both pages in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", type=int, nargs="?", default=5)
    parser.add_argument("--profile", type=Path)
    options = parser.parse_args()
    if options.profile:
        options.profile.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as room, served() as address, sync_playwright() as playwright:
        write_static(Path(room, "static"))
        addresses = {"served": address + CASE, "static": Path(room, "static", "index.html").as_uri() + CASE}
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        pages = {name: browser.new_page(viewport={"width": 1280, "height": 900}) for name in addresses}
        for name, page in pages.items():
            page.goto(addresses[name])
            page.get_by_role("button", name="Play", exact=True).wait_for()
            page.evaluate(COUNT)
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
        for _ in range(options.rounds):
            for name, page in pages.items():
                profile = options.profile / f"{name}.cpuprofile" if options.profile else None
                found[name].append(measured(page, profile))
        for name, rounds in found.items():
            frames, speeds = (list(each) for each in zip(*rounds, strict=True))
            each = ", ".join(f"{value:.1f}" for value in frames)
            print(f"{name}: {statistics.median(frames):.1f} frames a second ({each}),", end=" ")
            print(f"{statistics.median(speeds):,.0f} epochs a second")


if __name__ == "__main__":
    main()
