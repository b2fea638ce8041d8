"""The HTML report: everything that it promises, nothing from outside, and no text that acts as markup."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from browser import HOSTILE, Page
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score

from mlnn.frame.report import sentence
from mlnn.page import write_report
from mlnn.page.classes import _calibration_curves, _confusion, _precision, _roc, reliability
from mlnn.page.report import _between, _losses
from mlnn.page.values import _against, _errors
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.score import NAMES, digits

FAST = {"hidden": (4,), "epochs": 3, "members": 2}
ROWS = 90
DEPENDS = ["Importance", "age", "gain", "job"]


def table(labels=("no", "yes"), names=("age", "gain", "job", "gone"), rows=ROWS):
    """Return features and classes that are learned in a moment."""
    random = np.random.default_rng(0)
    numbers = np.arange(rows) % len(labels)
    frame = pd.DataFrame(
        {
            names[0]: numbers + random.normal(0.0, 0.4, rows),
            names[1]: np.linspace(1.0, 123456.0, rows),
            names[2]: [["cook", "clerk", None, "pilot", "baker"][k % 5] for k in range(rows)],
            names[3]: np.full(rows, np.nan),
        }
    )
    return frame, pd.Series([labels[k] for k in numbers], name="answer")


def written(folder, model, frame, y):
    """Return what is written about a fitted model, read by a browser."""
    write_report(folder / "r.html", model, frame, y)
    text = (folder / "r.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    page = Page(text)
    assert page.inside == []
    assert plt.get_fignums() == []
    return page


def report(folder, frame, y, options=FAST, name="answer", data="people.csv"):
    """Train, and return the model, its targets, and the page about it."""
    classes = y.dtype.kind != "f"
    model = (TableClassifier if classes else TableRegressor)(**options).fit(frame, y)
    model.summary_ |= {"data": data, "target": [name]}
    return model, y, written(folder, model, frame, y)


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    return report(tmp_path_factory.mktemp("classes"), *table())


@pytest.fixture(scope="module")
def values(tmp_path_factory):
    frame, _ = table()
    return report(tmp_path_factory.mktemp("values"), frame, pd.Series(3.0 * frame["age"] + 1e6))


def test_a_classification_has_all_sections(classes):
    trained, _, page = classes
    *about, losses, network, encoded, leaves = page.titles
    assert about[:5] == ["Confusion", "ROC curve", "Precision and recall", "Thresholds", "Calibration"]
    assert set(about[5:]) <= set(DEPENDS)
    assert (losses, network) == ("Losses", "The network")
    assert (encoded, leaves) == ("The network of encoded numbers", "The network of encoded numbers and leaves")
    assert "Predicting answer Classes, predicted by the weighted mean of 6 networks, trained on 90 rows" in page.text
    assert "rows of people.csv." in page.text
    for words in trained.views_.words:
        assert f"{words}. One of them is drawn." in page.text
    assert "90 rows, predicted by networks that were not trained on them; ± is the standard deviation over" in page.text
    judged = "Judged by 90 rows, each predicted by the 3 of 6 networks that were not trained on it"
    assert f"{judged}; precision, recall and F1 are of 'yes'." in page.text
    assert [row[0] for row in page.cells if row and row[0] in ("no", "yes")] == ["no", "yes"]


def test_a_regression_has_all_sections(values):
    model, _, page = values
    *about, losses, network, encoded, leaves = page.titles
    assert about[:2] == ["Predicted against true", "Errors"]
    assert set(about[2:]) <= set(DEPENDS)
    assert (losses, network) == ("Losses", "The network")
    assert (encoded, leaves) == ("The network of encoded numbers", "The network of encoded numbers and leaves")
    assert "Values, predicted by the weighted mean of 6 networks" in page.text
    promised, held = next(iter(model.judgement_.conformal.measured.items()))
    assert page.row(f"{100 * promised:g} %")[0] == f"{100 * held:.1f} %"


@pytest.mark.parametrize("which", ["classes", "values"])
def test_the_scores_are_those_of_rows_that_were_not_trained_on(which, request):
    trained, _, page = request.getfixturevalue(which)
    assert len(page.tiles) == 4
    names = {NAMES[name]: name for name in trained.scores_}
    for tile in page.tiles:
        name = next(name for said, name in sorted(names.items(), key=lambda item: -len(item[0])) if said in tile)
        assert digits(trained.scores_[name], 3) in tile
        assert _between(trained.judgement_.intervals[name]) in tile
        assert f"{'class shares' if which == 'classes' else 'always the mean'}: " in tile
    below = {"classes": "“class shares”.* ROC area can be below 0.5", "values": "“always the mean”.* R² can be below 0"}
    assert re.search(below[which], page.text)
    for name, value in trained.scores_.items():
        (line,) = [row for row in page.cells if row and row[0].removesuffix(" ↓") == NAMES[name] and len(row) == 4]
        assert float(line[1].split(" ± ")[0].replace("−", "-")) == pytest.approx(value, rel=0.02, abs=0.02)


def test_a_score_no_better_than_none_is_called_that(tmp_path, random):
    frame = pd.DataFrame({"noise": random.normal(size=60), "more": random.normal(size=60)})
    options = FAST | {"epochs": 40, "preset": "fast"}
    _, _, page = report(tmp_path, frame, pd.Series(random.normal(size=60)), options=options)
    assert any("no better than" in tile for tile in page.tiles)


def test_a_single_network_without_a_hidden_layer(tmp_path):
    _, _, page = report(tmp_path, *table(), options={"hidden": (), "epochs": 2, "members": 1, "preset": "fast"})
    assert "by the mean of 1 network, trained on" in page.text
    assert "parameters: the table as it is, weight 1.00" in page.text
    assert "18 rows held out; then trained again on all 90" in page.text
    assert "which were trained on them" in page.text
    assert "the folds" not in page.text
    assert "ROC area can be" not in page.text
    assert page.row("hidden") == ["none"]


def test_columns_tell_their_fate(classes):
    model, _, page = classes
    frame, _ = table()
    age = frame["age"]
    low, mid, high = (f"{x:.4g}".replace("-", "−") for x in (age.min(), age.median(), age.max()))
    fates = {column.name: sentence(column.fate) for column in model.columns_}
    assert page.row("age")[:3] == ["number", f"{low} … {mid} … {high}", fates["age"]]
    assert page.row("gain")[:3] == ["number", "1 … 61728 … 123456", fates["gain"]]
    assert page.row("job")[:3] == ["category", "cook (18), clerk (18), pilot (18) and 1 more", fates["job"]]
    assert "18 of 90 missing" in fates["job"]
    assert page.row("gone") == ["empty", "", "90 of 90 missing; not used: no row holds anything", ""]
    assert "Of numbers “holds” shows the lowest, the median and the highest" in page.text
    worth = {name: page.row(name)[3].replace("−", "-").split(" ± ") for name in ("age", "gain", "job")}
    assert all(float(mean) < 10 and float(spread) >= 0 for mean, spread in worth.values())
    order = [row[0] for row in page.cells if row and row[0] in frame.columns]
    means = [float(worth[name][0]) for name in order[:3]]
    assert means == sorted(means, reverse=True)


def test_dates_and_numbers_in_text_are_shown_as_what_they_are(tmp_path):
    frame, y = table()
    frame["price"] = [f"${k:,}.00" for k in range(1000, 1000 + ROWS)]
    frame["day"] = [f"2024-03-{k % 28 + 1:02d}" for k in range(ROWS)]
    _, _, page = report(tmp_path, frame, y)
    assert page.row("price")[:2] == ["number", "1000 … 1044 … 1089"]
    assert page.row("day")[:2] == ["date", "2024-03-01 … 2024-03-28"]


def test_a_column_that_was_left_out_is_shown_as_what_it_is(tmp_path):
    frame, y = table()
    frame["price"] = [f"${k}" for k in np.roll(np.arange(1000, 1000 + ROWS), 7)]
    _, _, page = report(tmp_path, frame, y, FAST | {"columns": {"price": "drop"}})
    assert page.row("price")[:2] == ["dropped", "1000 … 1044 … 1089"]


def test_settings_are_listed(classes):
    trained, _, page = classes
    assert page.row("hidden") == ["4"]
    assert page.row("epochs") == ["3"]
    assert page.row("rate") == [f"{trained.rule().rate:g}, chosen by mlnn"]
    assert page.row("batch size") == [f"{trained.summary_['batch_size']}, chosen by mlnn"]
    assert page.row("missing") == ["the usual words"]
    assert page.row("class weight") == ["none"]
    assert page.row("seconds") == [f"{trained.summary_['seconds']:.1f}"]


def test_members_that_mlnn_chose_are_counted_as_settings_count_them(tmp_path):
    _, _, page = report(tmp_path, *table(), options={"hidden": (4,), "epochs": 1})
    assert page.row("members") == ["5 of each way to see the table, chosen by mlnn"]


def test_the_confusion_counts_pairs_of_true_and_predicted(classes):
    trained, y, page = classes
    predicted = trained.classes_[trained.out_of_fold_.argmax(axis=1)]
    counts = [int(((y == a) & (predicted == b)).sum()) for a in ("no", "yes") for b in ("no", "yes")]
    figure = Figure()
    _confusion(figure, np.array(counts).reshape(2, 2), ["no", "yes"])
    drawn = [text.get_text() for text in figure.axes[0].texts]
    assert drawn == [str(count) for count in counts]
    start = page.letters.index("predicted")
    assert page.letters[start - 2 : start] == ["no", "yes"]
    assert sorted(page.letters[page.letters.index("true") + 1 :][:4]) == sorted(drawn)


def test_many_classes_are_told_by_their_worst_mistakes(tmp_path):
    labels = tuple(f"kind {k:02d}" for k in range(40))
    frame, y = table(labels, rows=400)
    model, y, page = report(tmp_path, frame, y, options=FAST | {"epochs": 20})
    assert "Confusion" not in page.titles
    said = model.classes_[model.out_of_fold_.argmax(axis=1)]
    pairs = pd.Series(list(zip(y, said, strict=True)))[(y != said).to_numpy()].value_counts()
    first = page.cells[[row[:1] for row in page.cells].index([pairs.index[0][0]])]
    assert int(first[2]) == pairs.iloc[0]
    assert first[3] == f"{10 * pairs.iloc[0]:.0f} % of 10"
    assert "Of 40 classes, the 8 most frequent." in page.captions[page.titles.index("ROC curve")]
    assert "details" in page.tags
    assert {row[0] for row in page.cells if len(row) == 7} == set(labels)


def curves(draw, *arguments):
    """Return the data of the lines that one of the report's pictures draws."""
    figure = Figure()
    draw(figure, *arguments)
    return [np.column_stack(line.get_data()) for line in figure.axes[0].lines]


def test_curves_show_their_numbers(classes):
    trained, y, _ = classes
    drawn = curves(_losses, trained)
    for k, member in enumerate(trained.summary_["members"]):
        loss, valid, best = drawn[3 * k : 3 * k + 3]
        np.testing.assert_array_equal(loss, np.column_stack([[1, 2, 3], member["loss"]]))
        np.testing.assert_array_equal(valid, np.column_stack([[1, 2, 3], member["valid_loss"]]))
        np.testing.assert_array_equal(best, [[member["best_epoch"], min(member["valid_loss"])]])
    p, hit = trained.out_of_fold_[:, 1], (y == "yes").to_numpy()
    thresholds = trained.judgement_.thresholds
    _, roc, mark = curves(_roc, [("yes", thresholds)], trained.judgement_)
    assert np.trapezoid(roc[:, 1], roc[:, 0]) == pytest.approx(roc_auc_score(hit, p))
    np.testing.assert_allclose(mark[0], [np.mean(p[~hit] > 0.5), np.mean(p[hit] > 0.5)])
    _, precision, mark = curves(_precision, [("yes", thresholds)], trained.judgement_)
    assert precision[-1].tolist() == [1.0, hit.mean()]
    np.testing.assert_allclose(mark[0], [np.mean(p[hit] > 0.5), np.mean(hit[p > 0.5])])


def test_values_are_drawn_in_the_targets_own_units(values):
    values, truth = np.array([1.0, 4.0, 2.5]), np.array([1.5, 2.0, 7.0])
    diagonal, points = curves(_against, values, truth, "size")
    np.testing.assert_array_equal(diagonal, [[1.0, 1.0], [7.0, 7.0]])
    np.testing.assert_array_equal(points, np.column_stack([truth, values]))
    band = np.array([1.0, 4.0]), np.array([[-1.0, 1.0], [-2.0, 2.0]])
    _, points, low, high = curves(_errors, values, truth - values, band)
    np.testing.assert_array_equal(points[:, 1], truth - values)
    np.testing.assert_array_equal([low[:, 1], high[:, 1]], [[-1.0, -2.0], [1.0, 2.0]])


def test_a_single_epoch_is_seen(tmp_path):
    trained, _, _ = report(tmp_path, *table(), options={"hidden": (4,), "epochs": 1, "members": 1, "preset": "fast"})
    figure = Figure()
    _losses(figure, trained)
    assert [line.get_marker() for line in figure.axes[0].lines] == [".", ".", "o"]


def test_calibration_is_the_share_of_the_class_among_rows_of_like_probability(random):
    order = random.permutation(100)
    p, hit = np.repeat([0.125, 0.875], 50)[order], (np.arange(100) % 50 < np.repeat([5, 40], 50))[order]
    given, share, low, high = reliability(p, hit)
    np.testing.assert_allclose([given, share], [[0.125, 0.875], [0.1, 0.8]])
    assert (low < share).all()
    assert (high > share).all()


def test_calibration_is_drawn_only_where_rows_are_enough(tmp_path, classes):
    _, _, page = classes
    caption = page.captions[page.titles.index("Calibration")]
    assert caption.endswith("Not drawn: it takes at least 250 rows, and 25 of either kind, but 90 rows were judged.")
    model, y, page = report(tmp_path, *table(rows=400), options=FAST | {"epochs": 30})
    assert "on the diagonal" in page.captions[page.titles.index("Calibration")]
    given, share, _, _ = reliability(model.out_of_fold_[:, 1], (y == "yes").to_numpy())
    case = type("Case", (), {"label": "yes", "hit": (y == "yes").to_numpy(), "p": model.out_of_fold_[:, 1]})()
    np.testing.assert_allclose(curves(_calibration_curves, [case])[1], np.column_stack([given, share]))


@pytest.mark.parametrize("which", ["classes", "values"])
def test_nothing_comes_from_outside(which, request):
    _, _, page = request.getfixturevalue(which)
    assert not set(page.tags) & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "audio", "video"}
    assert not page.drawn & {"script", "foreignobject", "a", "animate", "set"}
    assert page.addresses
    assert [address for address in page.addresses if not address.startswith(("#", "data:image/png;base64,"))] == []
    assert all("url(" not in style and "@import" not in style for style in page.styles)


def test_names_and_labels_are_text_not_markup(tmp_path, classes):
    frame, y = table(labels=HOSTILE[:2], names=HOSTILE)
    _, _, plain = classes
    _, _, page = report(tmp_path, frame, y, name=HOSTILE[2], data=HOSTILE[0])
    assert set(page.tags) == set(plain.tags)
    assert page.drawn == plain.drawn
    assert all(page.row(name) for name in HOSTILE[2:])
    assert page.text.count(f"Predicting {HOSTILE[2]}") == 1
    assert f"rows of {HOSTILE[0]}." in page.text


LETTERS = ["", "$10 to $20", "A", r"\alpha $x^{$", "_low", "北京", "ירושלים", "<&>"]


def test_labels_are_drawn_letter_by_letter(tmp_path):
    """No label becomes a formula, none hides from the legend, and letters stay letters, of whatever script."""
    _, _, page = report(tmp_path, *table(LETTERS, rows=160))
    start = page.letters.index("predicted")
    assert [label for label in LETTERS if label] == sorted(page.letters[start - 7 : start], key=LETTERS.index)
    assert not any("italic" in style or "Oblique" in style for style in page.styles), "a letter is set as a formula"


def test_a_long_label_is_cut(tmp_path):
    _, _, page = report(tmp_path, *table(labels=("x" * 60, "A")))
    assert page.letters.count("x" * 15 + "…") >= 2
    assert page.row("x" * 60)


def test_losses_are_drawn_at_whole_epochs(classes):
    _, _, page = classes
    assert page.letters[: page.letters.index("epoch")][-3:] == ["1", "2", "3"]


def test_rows_without_a_target_are_not_drawn(tmp_path):
    frame, y = table()
    y = y.where(np.arange(ROWS) % 9 > 0)
    _, _, page = report(tmp_path, frame, y)
    assert "10 of 90 rows have no target and were left out" in page.text
    start = page.letters.index("true")
    assert sum(map(int, page.letters[start + 1 : start + 5])) == 80


def test_rows_that_were_given_to_judge_by_are_told_of_as_far_as_they_are_known(tmp_path):
    frame, y = table()
    others = frame[:30].assign(age=frame["age"][:30] + 0.5)
    model = TableClassifier(**FAST).fit(frame, y, eval_set=(others, y[:30]))
    page = written(tmp_path, model, frame, y)
    assert page.titles[:3] == ["ROC curve", "Precision and recall", "Thresholds"]
    values = 3.0 * frame["age"]
    model = TableRegressor(**FAST).fit(frame, values, eval_set=(others, values[:30]))
    assert "Intervals" in written(tmp_path, model, frame, values).text


def test_several_targets_have_their_pictures(tmp_path):
    frame, y = table()
    values = np.column_stack([frame["age"], frame["gain"]])
    page = written(tmp_path, TableRegressor(**FAST).fit(frame, values), frame, values)
    assert page.titles[:4:2] == ["Predicted against true of target 0", "Predicted against true of target 1"]
    labels = np.column_stack([y == "yes", frame["gain"] > 5e4]).astype(int)
    page = written(tmp_path, TableClassifier(**FAST).fit(frame, labels), frame, labels)
    assert page.titles[:2] == ["ROC curve", "Precision and recall"]
    questions = np.column_stack([y, np.where(frame["gain"] > 5e4, "rich", "poor")]).astype(object)
    page = written(tmp_path, TableClassifier(**FAST).fit(frame, questions), frame, questions)
    assert page.titles[0] == "ROC curve"
    assert any(letter.startswith("1: rich") for letter in page.letters)


def test_a_report_that_cannot_be_written_says_so(tmp_path, classes):
    model, y, _ = classes
    with pytest.raises(OSError, match="no"):
        write_report(tmp_path / "no" / "r.html", model, table()[0], y)
