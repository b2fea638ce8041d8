"""The HTML report: everything that it promises, nothing from outside, and no text that acts as markup."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from browser import HOSTILE, Page
from matplotlib.figure import Figure

from mlnn.page import write_report
from mlnn.page.report import NAMES, _against, _calibration, _losses
from mlnn.tabular.estimator import TableClassifier, TableRegressor

FAST = {"hidden": (4,), "epochs": 3, "members": 2}
ROWS = 90


def table(labels=("no", "yes"), names=("age", "gain", "job", "gone")):
    """Return features and classes that are learned in a moment."""
    random = np.random.default_rng(0)
    numbers = random.integers(0, len(labels), ROWS)
    frame = pd.DataFrame(
        {
            names[0]: numbers + random.normal(0.0, 0.4, ROWS),
            names[1]: np.linspace(1.0, 123456.0, ROWS),
            names[2]: [["cook", "clerk", None, "pilot", "baker"][k % 5] for k in range(ROWS)],
            names[3]: np.full(ROWS, np.nan),
        }
    )
    return frame, pd.Series([labels[k] for k in numbers], name="answer")


def report(folder, frame, y, options=FAST, name="answer", data="people.csv"):
    """Train, and return the model, its targets, and what was written, read by a browser."""
    classes = y.dtype.kind != "f"
    model = (TableClassifier if classes else TableRegressor)(**options).fit(frame, y)
    model.summary_ |= {"data": data, "target": [name]}
    write_report(folder / "r.html", model, frame, y)
    text = (folder / "r.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    page = Page(text)
    assert page.inside == []
    assert plt.get_fignums() == []
    return model, y, page


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    return report(tmp_path_factory.mktemp("classes"), *table())


@pytest.fixture(scope="module")
def values(tmp_path_factory):
    frame, _ = table()
    return report(tmp_path_factory.mktemp("values"), frame, pd.Series(3.0 * frame["age"] + 1e6))


def test_a_classification_has_all_sections(classes):
    trained, _, page = classes
    assert page.titles == ["Losses", "Confusion", "Calibration", "The network"]
    assert page.tags.count("svg") == 4
    assert "Predicting answer A classification model of 2 networks" in page.text
    size = trained.members_[0][0].size
    assert f"{size:,} parameters each, trained on 90 rows of people.csv." in page.text
    assert "Judged by 90 rows, each predicted by the one of 2 networks that was not trained on it." in page.text
    assert "Data: 90 rows, 4 features" in page.text
    assert "How it was trained" in page.text


def test_a_regression_has_all_sections(values):
    _, _, page = values
    assert page.titles == ["Losses", "Predicted against true", "The network"]
    assert page.tags.count("svg") == 3
    assert "A regression model of 2 networks" in page.text
    assert "Judged by 90 rows" in page.text
    kind, _, content = page.row("answer (target)")
    assert kind == "numbers"
    assert content.startswith("99999")


@pytest.mark.parametrize("which", ["classes", "values"])
def test_the_scores_are_those_of_rows_that_were_not_trained_on(which, request):
    trained, _, page = request.getfixturevalue(which)
    scores, baseline = trained.scores_, trained.judgement_.baseline
    assert len(page.tiles) == len(scores) >= 4
    for tile, (name, value) in zip(page.tiles, scores.items(), strict=True):
        assert tile.startswith(NAMES[name])
        assert f"{value:.4f}" in tile
        assert f"{baseline[name]:.4f} without looking at any feature" in tile


def test_a_single_network_without_a_hidden_layer(tmp_path):
    _, _, page = report(tmp_path, *table(), options={"hidden": (), "epochs": 2, "members": 1})
    assert "of 1 network, " in page.text
    assert "parameters, trained on" in page.text
    assert "18 rows held out; then trained again on all 90" in page.text
    assert page.row("hidden") == ["none"]


def test_columns_are_summarized(classes):
    _, _, page = classes
    frame, y = table()
    age = frame["age"]
    low, mid, high = (f"{x:.4g}".replace("-", "−") for x in (age.min(), age.median(), age.max()))
    assert page.row("age") == ["numbers", "0", f"{low} … {mid} … {high}"]
    assert page.row("gain") == ["numbers", "0", "1 … 61728 … 123456"]
    assert page.row("job") == ["categories", "18", "cook (18), clerk (18), pilot (18) and 1 more"]
    assert page.row("gone") == ["numbers", "90", ""]
    counts = ", ".join(f"{name} ({count})" for name, count in y.value_counts().items())
    assert page.row("answer (target)") == ["classes", "0", counts]


def test_settings_are_listed(classes):
    trained, _, page = classes
    assert page.row("hidden") == ["4"]
    assert page.row("epochs") == ["3"]
    assert page.row("rate") == ["chosen by mlnn"]
    assert page.row("seconds") == [f"{trained.summary_['seconds']:.1f}"]


def test_numbers_as_classes_are_counted(tmp_path):
    _, _, page = report(tmp_path, *table(labels=(1, 2)))
    assert page.row("answer (target)")[0] == "classes"
    assert re.fullmatch(r"[12] \(\d+\), [12] \(\d+\)", page.row("answer (target)")[2])


def test_the_confusion_counts_pairs_of_true_and_predicted(classes):
    """Pictures carry each of their texts as a comment: the counts, then the labels."""
    trained, y, page = classes
    predicted = trained.classes_[trained.out_of_fold_.argmax(axis=1)]
    counts = [str(int(((y == a) & (predicted == b)).sum())) for a in ("no", "yes") for b in ("no", "yes")]
    start = page.comments.index("predicted")
    assert page.comments[start - 2 : start] == ["no", "yes"]
    end = page.comments.index("true")
    assert page.comments[end - 2 : end] == ["no", "yes"]
    assert page.comments[end + 1 : end + 5] == counts


def test_calibration_leaves_no_class_without_its_curve(tmp_path):
    _, _, page = report(tmp_path, *table(labels=("low", "mid", "high")))
    start = page.comments.index("observed share")
    assert page.comments[start + 1 : start + 4] == ["high", "low", "mid"]
    letters = tuple("abcdefghij")
    _, y, page = report(tmp_path, *table(labels=letters))
    start = page.comments.index("observed share")
    counts = y.value_counts()
    shown = page.comments[start + 1 : start + 9]
    assert sorted(shown) == shown
    assert min(counts[each] for each in shown) >= max(counts.drop(shown))
    assert "the 8 most frequent" in page.captions[page.titles.index("Calibration")]
    assert page.comments[start + 9] != "x"


def curves(draw, *arguments):
    """Return the data of the lines that one of the report's pictures draws."""
    figure = Figure()
    draw(figure, *arguments)
    return [np.column_stack(line.get_data()) for line in figure.axes[0].lines]


def test_curves_show_their_numbers(classes):
    trained, _, _ = classes
    drawn = curves(_losses, trained)
    for k, member in enumerate(trained.summary_["members"]):
        loss, valid, best = drawn[3 * k : 3 * k + 3]
        np.testing.assert_array_equal(loss, np.column_stack([[1, 2, 3], member["loss"]]))
        np.testing.assert_array_equal(valid, np.column_stack([[1, 2, 3], member["valid_loss"]]))
        np.testing.assert_array_equal(best, [[member["best_epoch"], min(member["valid_loss"])]])
    values, truth = np.array([1.0, 4.0, 2.5]), np.array([1.5, 2.0, 7.0])
    diagonal, points = curves(_against, values, truth)
    np.testing.assert_array_equal(diagonal, [[1.0, 1.0], [7.0, 7.0]])
    np.testing.assert_array_equal(points, np.column_stack([truth, values]))


def test_a_single_epoch_is_seen(tmp_path):
    trained, _, _ = report(tmp_path, *table(), options={"hidden": (4,), "epochs": 1, "members": 1})
    figure = Figure()
    _losses(figure, trained)
    assert [line.get_marker() for line in figure.axes[0].lines] == [".", ".", "o"]


def test_values_are_drawn_in_the_targets_own_units(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr("mlnn.page.report._against", lambda figure, *arrays: drawn.extend(arrays))
    frame, _ = table()
    trained, truth, _ = report(tmp_path, frame, pd.Series(3.0 * frame["age"] + 1e6))
    np.testing.assert_array_equal(drawn, [trained.out_of_fold_[:, 0], truth])


def test_calibration_is_the_share_of_the_class_among_rows_of_like_probability():
    sure = np.repeat([0.125, 0.875], 8)
    truth = np.array([1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0])
    diagonal, curve = curves(_calibration, np.column_stack([1.0 - sure, sure]), truth, ["no", "yes"])
    np.testing.assert_array_equal(diagonal, [[0, 0], [1, 1]])
    np.testing.assert_allclose(curve, [[0.125, 0.125], [0.875, 0.75]])
    third = np.column_stack([0.5 - sure / 2.0, sure, 0.5 - sure / 2.0])
    _, first, second, last = curves(_calibration, third, 2 - 2 * truth, ["a", "b", "c"])
    np.testing.assert_allclose(first, [[0.0625, 0.75], [0.4375, 0.125]])
    np.testing.assert_allclose(second, [[0.125, 0.0], [0.875, 0.0]])
    np.testing.assert_allclose(last, [[0.0625, 0.25], [0.4375, 0.875]])


@pytest.mark.parametrize("which", ["classes", "values"])
def test_nothing_comes_from_outside(which, request):
    _, _, page = request.getfixturevalue(which)
    assert not set(page.tags) & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "audio", "video"}
    assert not page.drawn & {"script", "foreignobject", "a", "animate", "set"}
    assert page.addresses
    assert [address for address in page.addresses if not address.startswith(("#", "data:image/png;base64,"))] == []
    assert all("url(" not in style and "@import" not in style for style in page.styles)


def test_names_and_labels_are_text_not_markup(tmp_path, classes):
    _, _, plain = classes
    frame, y = table(labels=HOSTILE[:2], names=HOSTILE)
    _, _, page = report(tmp_path, frame, y, name=HOSTILE[2], data=HOSTILE[0])
    assert page.tags == plain.tags
    assert page.drawn == plain.drawn
    assert all(page.row(name) for name in HOSTILE)
    assert page.text.count(f"Predicting {HOSTILE[2]}") == 1
    assert f"rows of {HOSTILE[0]}." in page.text
    assert all(f"{label} (" in page.row(f"{HOSTILE[2]} (target)")[2] for label in HOSTILE[:2])


def test_labels_are_drawn_letter_by_letter(tmp_path):
    """No label becomes a formula, and none hides from the legend."""
    labels = ["", "$10 to $20", "A", r"\alpha $x^{$", "_low"]
    _, _, page = report(tmp_path, *table(labels))
    start = page.comments.index("observed share")
    assert page.comments[start + 1 : start + 6] == labels
    assert [page.comments.count(label) for label in labels] == [3] * 5
    assert any("DejaVuSans-" in address for address in page.addresses)
    assert not any("Oblique" in address for address in page.addresses), "a letter is set as a formula"


def test_a_long_label_is_cut(tmp_path):
    _, _, page = report(tmp_path, *table(labels=("x" * 60, "A")))
    assert page.comments.count("x" * 23 + "…") == 3
    assert f"{'x' * 60} (" in page.row("answer (target)")[2]


def test_losses_are_drawn_at_whole_epochs(classes):
    _, _, page = classes
    assert page.comments[: page.comments.index("epoch")] == ["1", "2", "3"]


def test_a_report_that_cannot_be_written_says_so(tmp_path, classes):
    model, y, _ = classes
    with pytest.raises(OSError, match="no"):
        write_report(tmp_path / "no" / "r.html", model, table()[0], y)
