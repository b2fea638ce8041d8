import base64
import json

import numpy as np
import pytest
from sklearn.datasets import load_digits

from mlnn.play import page
from mlnn.play.page import NoBundleError
from mlnn.play.static import FILES, write_static


@pytest.fixture(autouse=True)
def bundle(tmp_path, monkeypatch):
    """Files as the page's build leaves them; what is in them is not looked at here."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name in page.KINDS:
        (folder / name).write_text(f"/* {name} */")
    monkeypatch.setattr(page, "BUNDLE", folder)
    return folder


def test_the_folder_holds_the_page(tmp_path):
    write_static(tmp_path / "new" / "page")
    there = {each.name for each in (tmp_path / "new" / "page").iterdir()}
    assert there == set(FILES)
    text = (tmp_path / "new" / "page" / "index.html").read_text(encoding="utf-8")
    assert "mlnnPlay.static" in text
    assert "http" not in text


def test_the_digits_are_scikit_learns(tmp_path):
    write_static(tmp_path / "page")
    text = (tmp_path / "page" / "digits.js").read_text()
    start, end = "globalThis.mlnnDigits = ", ";\n"
    assert text.startswith(start)
    said = json.loads(
        text.removeprefix(start).removesuffix(end).replace("pixels:", '"pixels":').replace("labels:", '"labels":')
    )
    X, y = load_digits(return_X_y=True)
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(said["pixels"]), "u1").reshape(-1, 64), X)
    assert said["labels"] == "".join(map(str, y))


def test_an_older_page_is_replaced_and_nothing_else(tmp_path, bundle):
    folder = tmp_path / "page"
    write_static(folder)
    (bundle / "play.js").write_text("// newer")
    write_static(folder)
    assert (folder / "play.js").read_text() == "// newer"
    (folder / "thesis.txt").write_text("years of work")
    (bundle / "play.js").write_text("// newest")
    with pytest.raises(OSError, match=r"holds other things, such as 'thesis\.txt'"):
        write_static(folder)
    assert (folder / "play.js").read_text() == "// newer"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "page").write_text("text")
    with pytest.raises(OSError, match="no folder"):
        write_static(tmp_path / "page")
    assert (tmp_path / "page").read_text() == "text"


def test_without_a_bundle_nothing_is_written_and_the_way_is_told(tmp_path, bundle):
    (bundle / "play.css").unlink()
    with pytest.raises(NoBundleError, match="npm run build"):
        write_static(tmp_path / "page")
    assert not (tmp_path / "page").exists()
