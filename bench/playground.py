"""How fast the static page trains beside TensorFlow Playground's page, in the same Chromium, both drawing.

    python bench/playground.py CHECKOUT [ROUNDS]

CHECKOUT is a clone of github.com/tensorflow/playground in which ``npm install`` has been run. Both train its default
network (two inputs, 4 and 2 units of tanh) on 250 points of two spirals in batches of 10, in rounds that alternate.
Theirs: its own page, its iterations counted there; one is an epoch of 25 steps. Ours: the page that
``mlnn play --static`` writes, its epochs counted there. ``bench/playground.mjs`` compares the engines alone.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from mlnn.play.static import write_static

HOUSE = Path(__file__).resolve().parents[1]
ESBUILD = HOUSE / "web" / "node_modules" / "esbuild" / "bin" / "esbuild"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
SECONDS, STEPS_AN_EPOCH = 5.0, 25
CONTROLS = {
    "TensorFlow Playground": ("#iter-number", "#play-pause-button"),
    "mlnn play --static": ("[data-standing=epoch]", "button.play, button:has-text('Play'), button:has-text('Pause')"),
}
"""Where each page counts its epochs, and its button."""
THEIRS = "#activation=tanh&batchSize=10&dataset=spiral&networkShape=4,2&noise=0&percTrainData=50&x=true&y=true"
OURS = (
    "#1&data.kind='Spirals'&data.rows=500&data.noise=0&data.split=0.5&training.batch=10"
    "&network.layers=[{'units':4,'layer':{'is':'Tanh'},'norm':false,'dropout':0},"
    "{'units':2,'layer':{'is':'Tanh'},'norm':false,'dropout':0}]&training.optimizer={'is':'SGD','rate':0.03}"
)


def build_theirs(checkout: Path, folder: Path) -> str:
    """Put their page together as their package.json does, without what it would fetch from elsewhere."""
    modules = checkout / "node_modules"
    libraries = ("material-design-lite/material.min.js", "seedrandom/seedrandom.min.js")
    (folder / "lib.js").write_text("".join((modules / each).read_text() for each in libraries))
    shutil.copy(checkout / "styles.css", folder / "bundle.css")
    command = [ESBUILD, checkout / "src" / "playground.ts", "--bundle", "--minify", f"--outfile={folder / 'bundle.js'}"]
    subprocess.run([*map(str, command), "--tsconfig-raw={}", "--log-level=warning"], check=True)
    kept = [line for line in (checkout / "index.html").read_text().splitlines() if "googleapis" not in line]
    text = "\n".join(line.replace('src="analytics.js"', "") for line in kept)
    (folder / "index.html").write_text(text)
    return (folder / "index.html").as_uri() + THEIRS


def steps_of(page: Page, counter: str) -> int:
    """Return the steps taken so far; both pages count epochs."""
    shown = page.inner_text(counter).replace(",", "")
    return STEPS_AN_EPOCH * int(shown) if shown.isdigit() else 0


def speed(page: Page, counter: str, button: str) -> float:
    """Return steps a second, over some seconds of training."""
    page.bring_to_front()
    page.locator(button).first.click()
    time.sleep(1.0)
    before, began = steps_of(page, counter), time.perf_counter()
    time.sleep(SECONDS)
    steps, seconds = steps_of(page, counter) - before, time.perf_counter() - began
    page.locator(button).first.click()
    return steps / seconds


def main(checkout: Path, rounds: int) -> None:
    """Measure both pages in turn."""
    with tempfile.TemporaryDirectory() as room, sync_playwright() as playwright:
        theirs, ours = Path(room, "theirs"), Path(room, "ours")
        theirs.mkdir()
        addresses = {"TensorFlow Playground": build_theirs(checkout, theirs)}
        write_static(ours)
        addresses["mlnn play --static"] = (ours / "index.html").as_uri() + OURS
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        pages = {name: browser.new_page(viewport={"width": 1280, "height": 900}) for name in addresses}
        for name, page in pages.items():
            page.add_init_script("globalThis.ga = () => {}")  # their counting of visitors
            page.goto(addresses[name])
        time.sleep(2.0)
        found: dict[str, list[float]] = {name: [] for name in pages}
        for _ in range(rounds):
            for name, page in pages.items():
                found[name].append(speed(page, *CONTROLS[name]))
        for name, speeds in found.items():
            each = ", ".join(f"{value:,.0f}" for value in speeds)
            print(f"{name}: {statistics.median(speeds):,.0f} steps a second ({each})")
        theirs_speed, ours_speed = map(statistics.median, found.values())
        print(f"{ours_speed / theirs_speed:.1f} times as fast")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
