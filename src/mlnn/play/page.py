"""The page's own files, which come with the package: its script, its style, and the pages that they are put into."""

from pathlib import Path

BUNDLE = Path(__file__).with_name("bundle")
KINDS = {"play.js": "text/javascript", "play.css": "text/css"}
START = 'mlnnPlay.{entrance}(document.getElementById("play"));'
"""What begins the page; the entrances are those of web/src/main.tsx."""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mlnn play</title>
<link rel="icon" href="data:,">
{head}
</head>
<body>
{body}
</body>
</html>
"""
PLAY = """<div id="play"></div>
<script src="play.js"></script>
{start}"""
WORD = '<div class="mlnn"><section class="card word" role="alert"><h1>mlnn</h1><p>{words}</p></section></div>'


class NoBundleError(FileNotFoundError):
    """The page was not built."""


def page(start: str) -> str:
    """Return the page, with what begins it."""
    return PAGE.format(head='<link rel="stylesheet" href="play.css">', body=PLAY.format(start=start))


def word(words: str) -> str:
    """Return a page that says no more than this; plain where the style was not built.

    The style is in it: whoever is not let in gets no other file.
    """
    try:
        style = content("play.css").decode()
    except NoBundleError:
        style = ""
    return PAGE.format(head=f"<style>{style}</style>", body=WORD.format(words=words))


def content(name: str) -> bytes:
    """Return one of the page's files.

    Raises
    ------
    NoBundleError
        If it was not built.
    """
    try:
        return (BUNDLE / name).read_bytes()
    except FileNotFoundError:
        raise NoBundleError(f"the page was not built: {name} is missing (cd web && npm ci && npm run build)") from None
