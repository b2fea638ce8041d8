import numpy as np
import pytest
from commands import houses

from mlnn import TableClassifier
from mlnn.frame.column import TableError
from mlnn.play.answer import reply
from mlnn.play.tables import digits, uploaded
from mlnn.play.wire import decoded, encoded


def matrix(given):
    return given["data"].reshape(-1, given["columns"])


def test_a_table_is_prepared_as_for_training():
    frame = houses(60)
    table = uploaded("houses.csv", frame.to_csv(index=False))
    model = TableClassifier(epochs=1, members=2, hidden=(4,)).fit(frame.drop(columns="sold"), frame["sold"])
    X = model.preparation_.transform(frame.drop(columns="sold"))
    assert table["columns"] == model.preparation_.get_feature_names_out().tolist()
    np.testing.assert_allclose(matrix(table["X"]), X, rtol=1e-5, atol=1e-6)
    assert table["classes"] == ["no", "yes"]
    np.testing.assert_array_equal(matrix(table["y"])[:, 0], frame["sold"] == "yes")
    assert "'sold' is predicted: the last column" in table["said"]
    assert any("classification" in each for each in table["said"])


def test_quantities_are_standardized_and_it_is_said():
    frame = houses(60)
    table = uploaded("houses.csv", frame.to_csv(index=False), "price")
    assert table["classes"] is None
    y = matrix(table["y"])
    assert (y.mean(), y.std()) == pytest.approx((0, 1))
    assert any(each.startswith("'price' is learned as ('price' − ") for each in table["said"])


def test_a_file_that_is_no_text_is_not_read_in_another_encoding():
    with pytest.raises(TableError) as refused:
        uploaded("a.bin", "A\0" * 500)
    assert str(refused.value) == "a.bin is no text: a table of commas, semicolons or tabs was expected"


def test_units_lead_back_to_the_numbers_of_the_table():
    frame = houses(60)
    table = uploaded("houses.csv", frame.to_csv(index=False), "price")
    units, X = table["units"], matrix(table["X"])
    tamed = {name: unit for name, unit in zip(table["columns"], units["columns"], strict=True) if unit}
    assert list(tamed) == ["area", "rooms"]
    for name, unit in tamed.items():
        x = X[:, table["columns"].index(name)]
        own = unit["median"] + x * unit["spread"] / np.sqrt(1 - (x / 3) ** 2)
        np.testing.assert_allclose(own, frame[name].fillna(unit["median"]))
    target = units["target"]
    assert target["name"] == "price"
    np.testing.assert_allclose(target["mean"] + target["scale"] * matrix(table["y"])[:, 0], frame["price"])
    assert uploaded("houses.csv", frame.to_csv(index=False))["units"]["target"] is None


@pytest.mark.parametrize("labels", [["1", "2", "10"], ["true", "False"], ["ä", "b", "c d"]], ids=str)
def test_labels_of_any_kind_are_classes_in_the_order_of_their_numbers(labels):
    random = np.random.default_rng(0)
    y = random.choice(labels, 90)
    lines = "\n".join(f"{x:.3f},{label}" for x, label in zip(random.normal(size=90), y, strict=True))
    table = uploaded("labels.csv", f"x,label\n{lines}\n")
    numbers = matrix(table["y"])[:, 0].astype(int)
    for label in labels:
        (number,) = set(numbers[y == label])
        assert table["classes"][number].lower() == label.lower()


def test_rows_without_a_target_are_left_out_and_counted():
    table = uploaded("gaps.csv", "x,y\n1,a\n2,b\n3,\n4,a\n5,b\n6,n/a\n")
    assert matrix(table["X"]).shape[0] == 4
    assert "2 of 6 rows have no target and were left out" in table["said"]


@pytest.mark.parametrize(
    ("text", "target", "sentence"),
    [
        ("", None, "mine.csv is empty"),
        ("x,y\n", None, "no rows"),
        ("x\n1\n2\n", None, "'x' is the only column"),
        ("x,y\n1,a\n2,b\n", "z", "'z'"),
        ("x,y\n1,a\n2,a\n", None, "only one class"),
        ("x,y\n7,a\n7,b\n", None, "no column varies"),
        ("%PDF-1.7", None, "it is a PDF"),
        ("<!DOCTYPE html><html></html>", None, "web page"),
        ("\0\1\2", None, "mine.csv"),
        ("x,y\n" + "1,2\n" * 200_001, None, "200,001 rows"),
        ("x,y\n" + "".join(f"{k},name{k % 101}\n" for k in range(303)), None, "101 classes"),
    ],
    ids=lambda value: "" if value is None or len(value) > 30 else value,
)
def test_what_cannot_be_learned_from_gets_a_sentence(player, text, target, sentence):
    with pytest.raises(TableError, match=sentence):
        player.get("table", {"name": "mine.csv", "text": text} | ({} if target is None else {"target": target}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2.5\n3,4\n", "mine.csv needs a header line with column names, but its first line holds numbers"),
        ("a,b\n1\n", "mine.csv is not a table: line 2 has 1 fields, but the header has 2 (separated by commas)"),
        ("a,b\na,x\nc,y\na,x\n", "the first line of mine.csv was taken for its header, though it may be a row ('a')"),
        ("x,y\n" + "1,1\n2,3\n3,5\n" * 5, "'y': so few whole numbers are taken for classes"),
        ("x,y\n" + "1,none\n2,much\n3,few\n" * 9, "'y': 'none' is a class (9 rows)"),
    ],
    ids=["header", "fields", "row", "few", "none"],
)
def test_the_page_has_no_options_and_speaks_of_none(player, text, said):
    answer = reply(player, {"id": 1, "verb": "get", "name": "table", "detail": {"name": "mine.csv", "text": text}})
    assert said in [answer.get("error"), *answer.get("value", {}).get("said", [])]


def test_the_digits_come_with_mlnn(player):
    table = decoded(encoded(player.get("table", {"name": "digits"})))
    assert table["classes"] == list("0123456789")
    assert len(table["columns"]) == 64
    X = matrix(table["X"])
    assert (X.shape, X.min(), X.max()) == ((1797, 64), 0.0, 1.0)
    assert digits() is digits()


def test_another_name_without_text_is_nothing_that_is_there(player):
    with pytest.raises(ValueError, match="no table called '/etc/passwd'"):
        player.get("table", {"name": "/etc/passwd"})
