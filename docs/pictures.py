"""Make the pictures of the live page anew: ``python docs/pictures.py [FOLDER]``.

Those of the README and the docs go to ``docs/images``; with a FOLDER, every lesson at both widths, light and dark, goes
there instead, to be looked at. Needs mlnn-learn[play], Pillow, Playwright and a Chromium.
"""

import io
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from mlnn.play.player import Player
from mlnn.play.server import Server

IMAGES = Path(__file__).parent / "images"
WIDE, PHONE = (1280, 960), (390, 844)
EPOCHS = (500, 500, 200, 1000, 1000, 100, 200, 500, 200, 400)
"""How long each lesson is trained before its picture is taken: what its first try asks for."""

AT_WORK = "#1&data.kind='Spirals'&data.rows=300&training.optimizer={'is':'Adam','rate':0.02}&network.layers=" + str(
    [{"units": 8, "layer": {"is": "Tanh"}, "norm": False, "dropout": 0}] * 2
).replace("False", "false")
GRAPH = "#1&view.tab='graph'&view.row=180&training.optimizer={'is':'Adam','rate':0.05}"
ALONE = "&view.hide=['timeline','lesson','data','training','decision','share','curves']"


@contextmanager
def opened(browser: Browser, size: tuple[int, int], scheme: str, settings: str = "", scale: int = 1) -> Iterator[Page]:
    """Open the page of a server of its own."""
    player = Player()
    server = Server(player, tell=lambda _: None)
    thread = threading.Thread(target=server.run)
    thread.start()
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, device_scale_factor=scale)
    try:
        page = context.new_page()
        page.goto(server.door.address + settings)
        page.wait_for_selector("#play svg, #play canvas")
        yield page
    finally:
        context.close()
        server.stop()
        thread.join()
        player.close()


def train(page: Page, epochs: int) -> None:
    """Train to the end of an epoch, or until training stops by itself, and let the page settle."""
    page.wait_for_timeout(400)
    page.get_by_label("Run to epoch").fill(str(epochs))
    page.get_by_label("Run to epoch").press("Enter")
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Play", exact=True).wait_for(timeout=60_000)
    page.wait_for_timeout(700)
    page.evaluate("document.activeElement.blur()")


def begin_lesson(page: Page, number: int) -> None:
    """Open the list of lessons, and one of them."""
    page.locator(".lessons summary").click()
    page.locator(".lessons ol button").nth(number).click()
    page.locator(".lesson-open").wait_for()


def lessons(browser: Browser, folder: Path) -> None:
    """Take every lesson after its first try, at both widths, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    for size in (WIDE, PHONE):
        for scheme in ("light", "dark"):
            for number, epochs in enumerate(EPOCHS):
                with opened(browser, size, scheme) as page:
                    begin_lesson(page, number)
                    train(page, epochs)
                    page.screenshot(path=folder / f"{number + 1:02}-{size[0]}-{scheme}.png", full_page=True)


def save(shot: bytes, name: str) -> None:
    """Save a screenshot with a palette: a third of the bytes."""
    image = Image.open(io.BytesIO(shot)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    image.save(IMAGES / name, optimize=True)
    print(name, (IMAGES / name).stat().st_size // 1024, "KiB")


def stills(browser: Browser) -> None:
    """Take the pictures that stand still."""
    with opened(browser, WIDE, "light", AT_WORK) as page:
        train(page, 1000)
        save(page.screenshot(), "live-page.png")
    with opened(browser, (1280, 1600), "dark", GRAPH) as page:
        train(page, 40)
        for _ in range(2):  # the second time, on the way back
            page.locator(".gate", has_text="mul").first.click()
            page.wait_for_timeout(1200)
        save(page.locator(".card.tabs").screenshot(), "live-graph.png")
    with opened(browser, (1280, 2000), "light") as page:
        begin_lesson(page, 6)
        train(page, 40)
        page.get_by_role("tab", name="Health").click()
        page.wait_for_timeout(700)
        save(page.screenshot(clip=page.locator(".card.tabs").bounding_box() | {"height": 776}), "live-health.png")
    with opened(browser, PHONE, "light", scale=2) as page:
        begin_lesson(page, 2)
        train(page, 200)
        page.evaluate("scrollTo(0, 0)")
        save(page.screenshot(), "live-phone.png")


def alive(browser: Browser) -> None:
    """Film the computation graph: values forward, gradients back, then numbers that move while it trains."""
    frames: list[Image.Image] = []
    with opened(browser, (780, 1000), "light", GRAPH + ALONE) as page:
        page.add_style_tag(content=".cards, .hint { display: none !important } .scroller { outline: none !important }")
        page.wait_for_selector(".figure")
        page.wait_for_timeout(500)
        box = page.locator(".scroller").bounding_box()
        right = page.locator(".figure").evaluate("figure => figure.getBBox().x + figure.getBBox().width")
        clip = box | {"x": box["x"] - 10, "y": box["y"] - 6, "width": right + 20}

        def film(count: int) -> None:
            shots = (page.screenshot(clip=clip) for _ in range(count))
            frames.extend(Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots)

        page.locator(".scroller").focus()
        page.keyboard.press("Home")
        film(4)
        for _ in range(13):
            page.keyboard.press("ArrowRight")
            film(5)
        page.keyboard.press("Escape")
        page.get_by_label("Speed", exact=True).select_option(label="20 steps/s")
        page.get_by_role("button", name="Play", exact=True).click()
        film(30)
    several = Image.new("RGB", (frames[0].width, 4 * frames[0].height))
    for k in range(4):
        several.paste(frames[k * (len(frames) - 1) // 3], (0, k * frames[0].height))
    palette = several.quantize(128)
    first, *others = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in frames]
    first.save(IMAGES / "graph-alive.gif", save_all=True, append_images=others, duration=100, loop=0, optimize=True)
    print("graph-alive.gif", (IMAGES / "graph-alive.gif").stat().st_size // 1024, "KiB", first.size, len(frames))


if __name__ == "__main__":
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        if len(sys.argv) > 1:
            lessons(chromium, Path(sys.argv[1]))
        else:
            stills(chromium)
            alive(chromium)
