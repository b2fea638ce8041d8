"""The page without a server: a folder whose page trains in the browser, from file:// or any server of files."""

import errno
from base64 import b64encode
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from mlnn.frame.replacing import DRAFT, PathLike, replacing, write_text
from mlnn.play.page import KINDS, START, content, page

FILES = ("index.html", *KINDS, "digits.js")
"""What the folder holds. ``digits.js`` sets ``mlnnDigits``: pixels from 0 to 16, a byte each in base 64; and labels."""


def write_static(folder: PathLike) -> None:
    """Write the page that needs no server: the player runs in the browser.

    Parameters
    ----------
    folder : path-like
        Where to. It may hold an earlier page, which is replaced, and nothing else.

    Raises
    ------
    OSError
        If it cannot be written, or holds something else.
    """
    place = Path(folder)
    if place.exists():
        if not place.is_dir():
            raise OSError(errno.ENOTDIR, "it is no folder", str(folder))
        names = [each.name for each in place.iterdir() if not DRAFT.fullmatch(each.name)]  # a killed run may leave one
        other = sorted(name for name in names if name not in FILES)
        if other:
            raise OSError(errno.ENOTEMPTY, f"the folder holds other things, such as '{other[0]}'", str(folder))
    files = {name: content(name) for name in KINDS}
    place.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        with replacing(place / name) as file:
            file.write(data)
    X, y = load_digits(return_X_y=True)
    pixels, labels = b64encode(X.astype(np.uint8).tobytes()).decode(), "".join(map(str, y))
    write_text(place / "digits.js", f'globalThis.mlnnDigits = {{ pixels: "{pixels}", labels: "{labels}" }};\n')
    write_text(place / "index.html", page(f"<script>{START.format(entrance='static')}</script>"))
