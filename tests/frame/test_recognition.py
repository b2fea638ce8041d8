"""What every column is taken for, and what is said of it."""

import json
from datetime import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import mlnn
from mlnn.frame.answers import read_target
from mlnn.frame.column import TableError
from mlnn.frame.kind import Fate, Seen
from mlnn.frame.kind.doubt import PARTED
from mlnn.frame.kind.moment import duration, moment, unsure_zone
from mlnn.frame.kind.spelling import truth, written
from mlnn.frame.learning import plain
from mlnn.frame.preparation import Preparation
from mlnn.frame.read import read_table
from mlnn.frame.report import lines, sentence
from mlnn.frame.table import Table
from mlnn.frame.values import Words, joined

ROWS = 60
EVERY = np.arange(ROWS)


def learned(y=None, **columns):
    """Prepare columns beside one of plain numbers; return the preparation and the fates by name."""
    table = {"x": np.random.default_rng(0).normal(size=ROWS).round(3).tolist(), **columns}
    preparation = Preparation(dtype="float64").fit(table, y)
    return preparation, {column.name: column.fate for column in preparation.columns_}


def cells(*kinds):
    """Repeat cells until there are enough."""
    return [kinds[k % len(kinds)] for k in range(ROWS)]


MONTHLY = [f"01/{month:02d}" for month in range(1, 13)], [f"{month}/5" for month in range(1, 13)]
"""Days of months as they stand before the year, the day first, and the month first."""

VOCABULARY = (
    "missed two instalments calls unanswered seen by clerk promised payment next week moved abroad asked for".split()
)

TEXTS = [
    f"the {word} {k} was {mood}" for k in range(20) for word, mood in (("room", "nice"), ("food", "bad"), ("x", "ok"))
]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("number", cells("1", "2.5", "3")),
        ("number", cells("$1,234", "$12", "n/a")),
        ("number", cells("1.234,5", "12,25", "−3")),
        ("number", cells("12 %", "7%")),
        ("number", cells("1", "0")),
        ("number", cells("3", "2", "4", "5", "many")),
        ("number", cells("1", "02", "10")),
        ("number", cells("1.2k", "3M", "950")),
        ("number", EVERY.astype(np.int8)),
        ("number", np.where(EVERY % 7, EVERY, np.nan)),
        ("boolean", cells("true", "FALSE", "1")),
        ("boolean", cells("yes", "no", "n.a.")),
        ("boolean", cells(True, False)),
        ("boolean", cells("ja", "nein")),
        ("category", cells("a", "b", "c")),
        ("category", cells("1", "2", "3", "x")),
        ("category", cells("007", "013", "100")),
        ("category", cells("None", "Insomnia", "Apnea")),
        ("category", pd.Series(cells(1, 2, 3), dtype="category")),
        ("category", cells("1-3", "4-6", "7+")),
        ("date", cells("2020-01-01", "2021-07-03")),
        ("date", cells("3.12.2020", "13.1.2021")),
        ("date", cells("20200101", "20210703", "20210704", "20210705", "20210706")),
        ("date", np.array(cells(20200101, 20210703, 20210704, 20210705, 20210706))),
        ("date", np.array(cells("2020-01-01", "NaT", "2021-07-03"), dtype="datetime64[s]")),
        ("date", pd.to_datetime(cells("2020-01-01", "2021-07-03")).tz_localize("Europe/Berlin")),
        ("time", cells("10:30", "22:15")),
        ("duration", cells("26:30:00", "1:00:00")),
        ("duration", np.array(cells(5, 90), dtype="timedelta64[m]")),
        ("text", TEXTS),
        ("identifier", [f"ORD{k:05}" for k in EVERY]),
        ("identifier", [f"{k * 7919 % 99991:016x}" for k in EVERY]),
        ("identifier", [f"{k:05}" for k in EVERY * 977 % 99991]),
        ("identifier", [f"{k * 7919:08x}-8fab-4cd{k % 9}-9de1-{k * 104729:012x}" for k in EVERY]),
        ("identifier", [f"10.0.{k}.{k % 7}:80" for k in EVERY]),
        ("text", [text.replace(" ", "-") for text in TEXTS]),
        ("constant", cells("here")),
        ("constant", cells(5)),
        ("empty", cells("")),
        ("empty", cells("n/a", "NA")),
        ("empty", np.full(ROWS, np.nan)),
        ("unusable", pd.Series(cells([1], [2]))),
    ],
)
def test_what_a_column_is_taken_for(kind, values):
    preparation, fates = learned(c=values)
    assert fates["c"].kind == kind
    assert bool(fates["c"].features) is (kind not in ("identifier", "constant", "empty", "unusable"))
    assert fates["c"].features or fates["c"].why
    back = Preparation.from_json(json.loads(json.dumps(preparation.to_json(), allow_nan=False)), preparation.arrays())
    assert [column.fate for column in back.columns_] == list(fates.values())
    assert back.columns_ == preparation.columns_


@pytest.mark.parametrize("name", ["id", "patient_id", "customerId", "Unnamed: 0", "index"])
def test_a_numbering_called_an_identifier_is_set_aside_unless_nothing_else_tells(name):
    y = np.sort(np.random.default_rng(1).normal(size=ROWS))
    assert learned(**{name: EVERY})[1][name].kind == "identifier"
    assert learned(y, **{name: EVERY})[1][name].kind == "number"
    assert learned(y, other=y + 0.1, **{name: EVERY})[1][name].kind == "identifier"
    assert learned(columns=EVERY // 2)[1]["columns"].kind == "number"


def test_every_cell_that_is_missing_or_unreadable_is_told(tmp_path):
    price = ["n/a", *map(str, range(50)), "abc", "1.2.3", "abc", "", "-"]
    (tmp_path / "t.csv").write_text("price,other\n" + "".join(f"{p},{k}\n" for k, p in enumerate(price)))
    preparation = Preparation().fit(read_table(tmp_path / "t.csv"))
    fate = preparation.columns_[0].fate
    assert (fate.kind, fate.rows, fate.missing, fate.unread) == ("number", 56, 3, 3)
    assert sorted(fate.words) == [("", 1), ("-", 1), ("n/a", 1)]
    assert [(each.content, each.count) for each in fate.unreadable] == [("abc", 2), ("1.2.3", 1)]
    assert "row 51" in fate.unreadable[0].where
    assert "line 53" in fate.unreadable[0].where
    assert "3 cells cannot be read and count as missing: the first is 'abc' in row 51" in preparation.said[0]


def test_all_unreadable_cells_are_counted_and_the_first_is_the_first_of_the_file(tmp_path):
    price = [str(k) for k in range(200)]
    price[7:30] = [f"x{k}" for k in range(12)] + ["often"] * 11
    (tmp_path / "t.csv").write_text("price,other\n" + "".join(f"{p},{k}\n" for k, p in enumerate(price)))
    table = read_table(tmp_path / "t.csv")
    preparation = Preparation().fit(table)
    assert "23 cells cannot be read and count as missing: the first is 'x0' in row 7 (counted" in preparation.said[0]
    said = read_target(table, ["price"]).said
    assert "23 cells are no numbers: their rows have no target (the first is 'x0' in row 7 " in said[1]
    backwards = preparation.prepare(table.take(np.arange(200)[::-1]))
    assert backwards.seen["price"].example == "often"
    assert backwards.seen["price"].place.startswith("row 29 ")


@pytest.mark.parametrize("word", ["inf", "-Infinity", "∞"])
def test_an_infinite_number_is_refused_where_it_stands(tmp_path, word):
    (tmp_path / "t.csv").write_text(f"a,b\n1,2\n2,3\n3,1\n{word},4\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"^column 'a' must hold finite numbers, but .*row 3.*line 5.* holds '.*'$"):
        Preparation().fit(read_table(tmp_path / "t.csv"))


def test_decimals_in_doubt_are_settled_by_the_other_columns():
    doubtful = cells("1.234", "5.678", "9.012")
    assert learned(a=doubtful)[0].columns_[1].median == 5.678
    assert learned(a=doubtful, b=cells("0,5", "1,25"))[0].columns_[1].median == 5678
    assert learned(a=cells("1,234", "5,678", "9,012"))[0].columns_[1].median == 5678
    table = {"a": cells("1,234", "5,678", "9,012")}
    assert Preparation(decimal=",").fit(table).columns_[0].median == 5.678


def test_per_cent_beside_shares_are_shares():
    assert learned(a=cells("12 %", "0.5", "0.25"))[0].columns_[1].median == 0.25
    assert learned(a=cells("12 %", "50", "25"))[0].columns_[1].median == 25


def test_the_order_of_day_and_month_is_decided_over_the_column():
    american, european = cells("1/2/2020", "12/31/2020", "3/4/2020"), cells("1/2/2020", "31/12/2020", "3/4/2020")
    assert learned(a=american)[1]["a"].read.endswith("month before day")
    assert learned(a=european)[1]["a"].read.endswith("day before month")
    assert learned(a=cells("1/2/2020", "3/4/2020"))[1]["a"].read.endswith("month before day (assumed: no date tells)")
    assert learned(a=cells("1.2.2020", "3.4.2020"))[1]["a"].read.endswith("day before month (assumed: no date tells)")
    monthly = " (always the same day, of every month)"
    first, second = ([f"{date}/{year}" for year in (2023, 2024) for date in dates] for dates in MONTHLY)
    assert learned(a=cells(*first))[1]["a"].read.endswith(f"day before month{monthly}")
    assert learned(a=cells(*second))[1]["a"].read.endswith(f"month before day{monthly}")
    assert "assumed" in learned(a=cells(*first[:11]))[1]["a"].read


def test_a_line_in_time_goes_on_in_new_days():
    days = np.arange("2020-01-01", "2020-03-01", dtype="datetime64[D]")
    preparation = Preparation(dtype="float64").fit({"day": days.astype(str).tolist()})
    new = preparation.transform({"day": ["2020-03-05", "05.03.2020", "March 5, 2020", "2020-03-05T00:00:00"]})
    assert (new == new[0]).all()
    assert new[0, 0] > preparation.transform({"day": days})[:, 0].max()


def test_times_and_durations_are_the_same_in_text_and_in_frames():
    minutes = np.array(cells(75, 630, 1215), dtype="timedelta64[m]")
    text = cells("1:15", "10:30", "20:15")
    for table in (minutes, text, [each + ":00" for each in text]):
        preparation = Preparation(dtype="float64").fit({"t": table})
        matrices = [preparation.transform({"t": each}) for each in (minutes, text)]
        np.testing.assert_allclose(*matrices, atol=1e-12)
        assert len(np.unique(matrices[0][:, 0])) == 3


def test_times_of_day_are_the_same_in_every_format():
    text = [f"{hour:02d}:{minute:02d}:00" for hour in range(24) for minute in (0, 20, 40)]
    times = list(map(time.fromisoformat, text))
    arrow = pa.array(times, pa.time64("us"))
    columns = {
        "text": text,
        "objects": times,
        "Arrow": arrow,
        "pandas": pd.Series(arrow, dtype=pd.ArrowDtype(arrow.type)),
    }
    made = {form: Preparation().fit({"t": column}) for form, column in columns.items()}
    assert {form: preparation.columns_[0].fate.kind for form, preparation in made.items()} == dict.fromkeys(
        made, "time"
    )
    told = made["text"].columns_[0].fate
    for preparation in made.values():
        assert preparation.columns_[0].fate == told
        for column in columns.values():
            np.testing.assert_array_equal(preparation.transform({"t": column}), made["text"].transform({"t": text}))


def test_one_meaning_of_truth_however_it_is_spelled():
    preparation = learned(flag=cells("true", "false"))[0]
    x = [0.0] * 12
    words = ["true", "True", "TRUE", "1", "yes", "T", "false", "False", "0", "no", "off", "N"]
    assert preparation.transform({"flag": words, "x": x})[:, 1].tolist() == [1] * 6 + [-1] * 6
    assert preparation.transform({"flag": [True, False], "x": x[:2]})[:, 1].tolist() == [1, -1]
    assert preparation.transform({"flag": np.array([1, 0]), "x": x[:2]})[:, 1].tolist() == [1, -1]
    numbers = learned(flag=cells(1, 0))[0]
    both = numbers.transform({"flag": ["yes", "no"], "x": x[:2]}), numbers.transform({"flag": [1, 0], "x": x[:2]})
    np.testing.assert_array_equal(*both)


def test_spellings_of_a_category_are_one_and_that_is_said():
    preparation, fates = learned(town=[*cells("Paris", "Rome")[:-2], "PARIS", " rome "])
    assert (fates["town"].kept, fates["town"].merged) == (2, (("PARIS", "Paris"), ("rome", "Rome")))
    assert "'town': 'PARIS' is 'Paris', 'rome' is 'Rome'" in preparation.said


def test_numbers_far_from_those_of_training_are_warned_of_unless_they_are_few(random):
    length = random.lognormal(0.0, 1.0, 200)
    preparation = Preparation().fit({"length": length, "n": np.arange(200.0)})
    far = length * 200
    for cells, example in ((far, f"{far[0]:.6g}"), ([f" ${x:.1f} " for x in far], f"${far[0]:.1f}")):
        with pytest.warns(mlnn.ColumnWarning) as caught:
            preparation.transform({"length": cells, "n": np.arange(200.0)})
        (said,) = (str(each.message) for each in caught)
        median = f"{np.median(length):.4g}"
        assert said == f"'length' has 100 % numbers far from training's: '{example}'; training had a median of {median}"
    few = np.where(np.arange(200) < 80, 1e9, length)
    gaps = np.where(np.arange(200) < 190, np.nan, far)
    assert preparation.prepare({"length": few, "n": np.arange(200.0)}).drifted == ()
    assert preparation.prepare({"length": length, "n": np.arange(200.0) + 200}).drifted == ()  # time goes on
    assert "100 % numbers far" in preparation.prepare({"length": gaps, "n": np.arange(200.0)}).drifted[0]


def test_a_number_far_outside_of_trainings_range_is_warned_of_in_a_row_alone():
    days = np.datetime64("2021-01-01") + np.arange(400)
    preparation = Preparation().fit({"area": np.linspace(20, 200, 400), "day": days})
    assert preparation.prepare({"area": [380.0], "day": days[:1] + 700}).drifted == ()
    assert preparation.prepare({"area": [np.nan, -170.0], "day": days[:2]}).drifted == (
        "'area' has a number far outside training's range: '-170'; it had 20 to 200",
    )
    assert preparation.prepare({"area": ["20000", "900"], "day": days[:2] + 70_000}).drifted == (
        "'area' has 2 numbers far outside training's range: '20000'; it had 20 to 200",
        "'day' has 2 dates far outside training's range: '2212-08-28'; it had 2021-01-01 to 2022-02-04",
    )


def test_categories_that_training_pooled_are_not_called_unknown():
    """Their names are not kept, where nothing tells of their targets."""
    towns = ["Oslo"] * 600 + ["Kiel"] * 600 + ["Ulm"] * 2
    preparation = Preparation().fit({"town": towns, "x": np.arange(1202.0)})
    said = "rare or unknown in training"
    assert preparation.prepare({"town": ["Ulm"] * 10, "x": np.arange(10.0)}).drifted == (
        f"'town' has 100 % values that were {said}: 'Ulm'; training had 'Kiel', 'Oslo', and rarer ones",
    )
    assert preparation.prepare({"town": ["Ulm"] + ["Oslo"] * 9, "x": np.arange(10.0)}).said == (
        f"'town': 1 of 10 values {said}: 'Ulm'",
    )


def test_numbers_of_another_size_than_all_of_training_are_warned_of():
    preparation = Preparation().fit({"grams": np.linspace(1000, 7000, 200), "flag": np.arange(200) % 2})
    fine = {"grams": np.linspace(2000, 8000, 200), "flag": np.ones(200)}
    assert preparation.prepare(fine).drifted == ()
    assert preparation.prepare(fine | {"grams": np.linspace(1, 7, 200)}).drifted == (
        "'grams' has 100 % numbers far smaller than training's: '1'; it had 1000 to 7000",
    )
    assert preparation.prepare(fine | {"flag": 1 + np.arange(200) % 2}).drifted == (
        "'flag' has 50 % other numbers than training's: '2'; it had 0 to 1",
    )


def test_dates_far_from_those_of_training_are_warned_of():
    days = np.datetime64("2021-01-01") + np.arange(400)
    preparation = Preparation().fit({"day": days})
    assert preparation.prepare({"day": days + 400}).drifted == ()  # time goes on
    assert preparation.prepare({"day": days - 150_000}).drifted == (
        "'day' has 100 % dates far from training's: '1610-04-26'; training had a median of 2021-07-19",
    )


@pytest.mark.parametrize(
    ("cells", "days", "read"),
    [
        (["22-01-26", "22-02-03", "23-05-30"], ["2022-01-26", "2022-02-03", "2023-05-30"], "year before month and day"),
        (["26-01-22", "03-02-22", "30-05-23"], ["2022-01-26", "2022-02-03", "2023-05-30"], "day before month"),
        (["26.01.22", "03.02.22", "30.05.23"], ["2022-01-26", "2022-02-03", "2023-05-30"], "day before month"),
        (["01/26/22", "02/03/22", "05/30/23"], ["2022-01-26", "2022-02-03", "2023-05-30"], "month before day"),
        (["99-12-31", "00-01-01", "00-01-02"], ["1999-12-31", "2000-01-01", "2000-01-02"], "year before month and day"),
    ],
)
def test_years_of_two_digits_stand_where_dates_lie_closest_together(cells, days, read):
    (column,) = Preparation().fit({"day": cells * 5}).columns_
    assert read in column.fate.read
    expected = np.array(days, dtype="M8[D]").astype(np.int64)
    np.testing.assert_array_equal(column.days(Words.of(cells))[0], expected)


def test_years_of_two_digits_are_in_doubt_where_training_had_none():
    preparation = Preparation().fit({"day": ["2022-01-26", "2022-02-03", "2023-05-30"] * 5})
    (said,) = preparation.prepare({"day": ["22-01-26", "22-02-03", "23-05-30"]}).drifted
    assert "'22-01-26' is read as 2026-01-22, but no date of training is written so" in said


@pytest.mark.parametrize(("rare", "words"), [(1, "1 rarer one in one feature"), (3, "3 rarer ones in one feature")])
def test_the_report_counts_rarer_categories(rare, words):
    fate = Fate("category", rows=100, kept=2, pooled=rare, features=("a", "b", "(rare)"))
    assert sentence(fate) == f"2 categories, {words}; 3 features"


def test_new_rows_unlike_training_are_warned_of_by_name_and_example():
    preparation = learned(flag=cells("on", "off"), town=cells("Rome", "Paris", "Oslo", "Kiel"))[0]
    new = {"x": [0.0] * 10, "flag": ["on"] * 10, "town": ["Rom"] * 10}
    with pytest.warns(mlnn.ColumnWarning) as caught:
        preparation.transform(new)
    expected = "'town' has 100 % unknown values: 'Rom'; training had 'Kiel', 'Oslo', 'Paris' and 1 more"
    assert [str(each.message) for each in caught] == [expected]
    assert preparation.prepare(new).seen["town"] == Seen(10, unknown=10, example="Rom")
    assert preparation.prepare(new).said == ("'town': 10 of 10 values unknown: 'Rom'",)
    spaced = {"x": [" abc"] * 10, "flag": ["on"] * 10, "town": [" Rom"] * 10}
    assert preparation.prepare(spaced).drifted == (
        "'x' has 100 % unreadable values: 'abc'; training had 0 %",
        expected,
    )
    gaps = preparation.prepare({"x": [None] * 5 + [1.0] * 5, "flag": ["on"] * 10, "town": ["Rome"] * 10})
    assert gaps.drifted == ("'x' has 50 % missing values; training had 0 %",)


def test_decimal_commas_in_new_rows_are_noticed():
    preparation = learned()[0]
    seen = preparation.prepare({"x": ["0,5", "1,25", "1,234", "2,345", "3,456"]}).seen["x"]
    assert (seen.unreadable, seen.doubtful, seen.doubt) == (
        0,
        3,
        "'1,234' is read as 1234, though '0,5' stands beside it",
    )


TIMED = ["2024-01-08 07:00:00", "2024-01-09 17:30:00", "2024-01-11 09:15:00"]
UNTIMED = "tells no time of day, which all of training did: taken for midnight"


@pytest.mark.parametrize(
    ("trained", "strange"),
    [
        (["1.5", "2.25", "1000.0"], "2,944 Tsd."),
        (["9", "8", "13"], "1.944 Tsd."),
        (["07:30", "08:15", "23:10"], "05/04/2024"),
    ],
)
def test_what_cannot_be_read_is_in_no_doubt(trained, strange):
    preparation = Preparation().fit({"x": np.resize(trained, 60)})
    expected = f"'x' has 1 of 2 values that cannot be read: '{strange}' in row 1 (counted from 0)"
    assert preparation.prepare({"x": [trained[0], strange]}).drifted == (expected,)


def test_what_is_taken_for_hours_and_minutes_is_said():
    preparation = Preparation().fit({"x": np.resize(["1:19:50", "19:50", "83:20"], 60), "y": EVERY})
    assert preparation.columns_[0].fate.read == "durations in seconds, '19:50' is 71400 (assumed: hours and minutes)"


def test_midnights_and_nothing_else_tell_no_time_of_day():
    preparation = Preparation().fit({"x": np.resize(np.array(TIMED, dtype="M8[s]"), 60)})
    days = np.arange("2024-01-08", "2024-01-12", dtype="M8[D]").astype("M8[s]")
    assert preparation.prepare({"x": days}).drifted == (f"'x' has 4 of 4 values in doubt: '2024-01-08' {UNTIMED}",)
    days[0] += 60
    assert preparation.prepare({"x": days}).drifted == ()


@pytest.mark.parametrize(
    ("trained", "new", "drifted"),
    [
        (["950", "800", "1300"], ["950", "3.063"], "'3.063' is read as 3.063, but training had whole numbers"),
        (EVERY.round(), ["950", "3.063"], "'3.063' is read as 3.063, but training had whole numbers"),
        (["950", "800", "1300"], ["3.063", "0.5"], None),
        (["950", "800", "1300"], ["1,309"], None),
        (["9.5", "8.25", "13"], ["1.304"], None),
        (["9.5", "8.25", "13"], ["1,304", "0,304"], "'1,304' is read as 1304, though '0,304' stands beside it"),
        (["$1", "$2", "$7"], ["$1", "2 €"], "'2 €' has another unit than training, which had '$'"),
        (["$1", "$2", "$7"], ["USD 1", "200 ¢"], None),
        (["$1", "$2", "$7"], ["0", "2"], "'2' has no unit, but all of training had '$'"),
        (["$1", "$2", "7"], ["0", "2"], None),
        (["$1", "0", "$7"], ["0", "2"], "'2' has no unit, but all of training had '$'"),
        (["23.8 %", "5.5%", "16%"], ["5 %", "0.589"], "'0.589' has no unit, but all of training had '%'"),
        (["23.8 %", "5.5%", "16%"], np.array([0.0, 0.589]), "'0.589' has no unit, but all of training had '%'"),
        (["12 kg", "8.5 kg", "3 kg"], ["7 kg", "8,5"], "'8,5' has no unit, but all of training had 'kg'"),
        (["1.5 Mio.", "2.25 Mio.", "7 Mio."], ["2 Mio.", "2500000"], None),
        (
            ["31/12/2024", "1/2/2024", "2/2/2024"],
            ["12/31/2024", "5/4/2024"],
            "'5/4/2024' is read as 2024-04-05, though '12/31/2024' stands beside it",
        ),
        (
            ["8872.5", "7120.25", "950.0"],
            ["8.872", "950"],
            "'8.872' is read as 8.872, but training had a median of 7120: it may mean 8872",
        ),
        (["8872,5", "7120,25", "950,0"], ["8.872", "950"], None),
        (
            ["1,5", "2,25", "1,75"],
            ["1.500", "3"],
            "'1.500' is read as 1500, but training had a median of 1.75: it may mean 1.5",
        ),
        (["8872.5", "7120.25", "950.0"], ["8.872", "0.5"], None),
        (["300.5", "200.25", "950.5"], ["3.872", "100"], None),
        (["31/12/2024", "1/2/2024", "2/2/2024"], ["12/31/2024", "30/4/2024"], None),
        (
            ["2024-01-31", "2024-02-01", "2024-03-02"],
            ["5/4/2024"],
            "'5/4/2024' is read as 2024-05-04, but no date of training is written so",
        ),
        (["2024-01-31", "2024-02-01", "2024-03-02"], ["5.4.2024"], None),
        (
            ["19:50", "83:20", "40:10"],
            ["27:30", "0:19:50"],
            f"'0:19:50' is read as 1190 seconds: it has {PARTED[2]}, where training had {PARTED[1]}",
        ),
        (["19:50", "83:20", "0:40:10"], ["27:30", "0:19:50"], None),
        (
            ["1/4/2024", "2/5/2024", "3/6/2024"],
            ["25/4/2024"],
            "'25/4/2024' has the day first, but training had the month first",
        ),
        (["12/31/2024", "12/30/2024", "31/12/2024"], ["12/31/2024", "31/12/2024"], None),
        (["12/31/2024", "12/30/2024", "1/4/2024"], ["25.4.2024"], None),
        (TIMED, ["2024-01-08", "2024-01-09 00:00"], f"'2024-01-08' {UNTIMED}"),
        (TIMED, np.array(["2024-01-08"], dtype="M8[D]"), f"'2024-01-08' {UNTIMED}"),
        (TIMED, np.array(["2024-01-08", "2024-01-09"], dtype="M8[s]"), None),
        (np.array(TIMED, dtype="M8[s]"), ["2024-01-08"], f"'2024-01-08' {UNTIMED}"),
        ([*TIMED, "2024-01-08"], ["2024-01-08"], None),
    ],
)
def test_cells_in_doubt_are_warned_of(trained, new, drifted):
    preparation = Preparation().fit({"x": np.resize(trained, 60)})
    found = preparation.prepare({"x": new}).drifted
    assert [each for each in found if "in doubt" in each] == (
        [] if drifted is None else [f"'x' has 1 of {len(new)} values in doubt: {drifted}"]
    )


@pytest.mark.parametrize(
    ("values", "how"),
    [
        (["950", "3.063", "1.250"], "numbers in text: '3.063' is 3.063 (assumed: no number tells)"),
        (["0,5", "1,25", "1.234"], "numbers in text: a decimal comma, '0,5' is 0.5"),
        (
            ["1,5", "2,25", "0.5", "1.234"],
            "a decimal comma, '1,5' is 1.5, '1.234' is read as 1234, though '0.5' stands",
        ),
        (["$5", "50 ¢", "€7"], "units '$', '€' are not converted into each other"),
        (["$5", "50 ¢", "USD 7"], "numbers in text: '$5' is 5"),
        (
            ["31/12/2023", "2/1/2023", "30/11/2023", "12/31/2023"],
            "day before month (but month first in 15 cells, such as",
        ),
    ],
)
def test_what_is_in_doubt_in_training_is_said(values, how):
    fate = Preparation().fit({"x": np.resize(values, 60)}).columns_[0].fate
    assert how in fate.read
    assert how.startswith(("a decimal", "units", "day")) or how == fate.read


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        (["12 kg", "300 g", "2 kg"], "category", "('kg' in 40 cells, 'g' in 20) are taken as categories: convert them"),
        (["12kg", "300g", "7lb", "9 lb"], "category", "('lb' in 30 cells, 'g' in 15 and 1 more) are taken as "),
        ([f"{k} {'g' if k % 2 else 'kg'}" for k in range(60)], "identifier", "('g' in 30 cells, 'kg' in 30) are not"),
        (["12A", "12B", "7B"], "category", ""),
        (["12 kg", "light", "heavy"], "category", ""),
        ([f"{k} kg" for k in range(59)] + ["300 g"], "number", "1 cell cannot be read and counts as missing: '300 g'"),
    ],
)
def test_units_that_differ_are_said(values, kind, said):
    preparation = Preparation().fit({"x": np.resize(values, 60), "other": np.arange(60.0)})
    assert preparation.columns_[0].fate.kind == kind
    assert [said in sentence for sentence in preparation.said if "'x'" in sentence] == [True] * bool(said)


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        (
            [*map(str, range(36)), *["closed"] * 24],
            "category",
            "36 of 60 cells are numbers, others such as 'closed' are",
        ),
        (
            [f"{k}.5" if k % 4 else f"{k}.5~" for k in range(60)],
            "identifier",
            "45 of 60 cells are numbers, others such",
        ),
        (["1", "2", "other"], "category", ""),
        ([*map(str, range(24)), *["closed"] * 36], "category", ""),
        ([f"{k}.5" if k % 4 else f"{k}.5*" for k in range(60)], "number", ""),
    ],
)
def test_a_column_of_which_many_cells_are_numbers_says_so(values, kind, said):
    fate = Preparation().fit({"x": np.resize(values, 60), "other": np.arange(60.0)}).columns_[0].fate
    assert fate.kind == kind
    assert said in fate.read
    assert ("cells are numbers" in fate.read) == bool(said)


@pytest.mark.parametrize(
    ("different", "words", "kind"),
    [(300, 6, "text"), (300, 2, "category"), (60, 6, "category"), (140, 8, "text")],
)
def test_notes_that_seldom_repeat_are_free_text(different, words, kind):
    random = np.random.default_rng(0)
    notes = [" ".join(random.choice(VOCABULARY, words)) + f" {k}" * (words < 3) for k in range(different)]
    memo = random.choice(notes, 800).tolist()
    assert Preparation().fit({"memo": memo}).columns_[0].fate.kind == kind


@pytest.mark.parametrize(
    ("numbers", "counts"),
    [
        (np.arange(1000, 1040), True),
        ([str(k) for k in range(40, 0, -1)], True),
        (np.arange(40) * 2, False),
        (np.roll(np.arange(40), 1), False),
        ([*range(39), None], False),
    ],
)
def test_a_column_that_counts_the_rows_is_said(numbers, counts):
    preparation = Preparation().fit({"nr": numbers, "x": np.arange(40.0) ** 2})
    assert any("'nr': it counts the rows" in sentence for sentence in preparation.said) == counts


def test_parts_of_units_count_as_parts():
    column = Preparation().fit({"x": ["$5", "50 ¢", "$7", "$6"] * 20}).columns_[0]
    assert column.notation.numbers(["$5", "50 ¢"]).tolist() == [5.0, 0.5]
    shares = Preparation().fit({"x": ["5 %", "5 ‰", "0.2", "7 %"] * 20}).columns_[0]
    assert shares.notation.numbers(["5 %", "5 ‰", "0.2"]).tolist() == pytest.approx([0.05, 0.005, 0.2])


@pytest.mark.parametrize(
    ("kind", "values", "fate"),
    [
        ("category", cells(1, 2, 3), "category"),
        ("category", cells("1", "2"), "category"),
        ("text", cells("a b", "c d"), "text"),
        ("number", cells("1", "2", "x", "y", "z"), "number"),
        ("date", cells("2020-01-01", "x", "y"), "date"),
        ("drop", cells("a", "b"), "dropped"),
    ],
)
def test_what_the_user_says_a_column_is(kind, values, fate):
    table = {"x": EVERY, "c": values}
    assert Preparation(columns={"c": kind}).fit(table).columns_[1].fate.kind == fate


CANNOT, CAN = "column 'c' cannot be", "it can be number, category, date, text, drop"


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            {"c": "categorical"},
            (
                "column 'c' cannot be a 'categorical': it can be number, category, date, text, drop; "
                "'categorical' is called 'category' here"
            ),
        ),
        ({"c": "integer"}, "column 'c' cannot be a 'integer': it can be number, category, date, text, drop"),
        ({"c": "categorical"}, f"{CANNOT} a 'categorical': {CAN}; 'categorical' is called 'category' here"),
        ({"c": "integer"}, f"{CANNOT} a 'integer': {CAN}"),
        ({"cc": "text"}, "column 'cc' is not in the table; did you mean 'c'?"),
        (
            {"c": "date"},
            "column 'c' should be a date, but no cell can be read as one; row 0 (counted from 0) holds 'a'",
        ),
    ],
)
def test_what_a_column_cannot_be(columns, sentence):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        Preparation(columns=columns).fit({"x": EVERY, "c": cells("a", "b")})
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (np.arange(6), "date"),
        (np.array([0.5, np.nan, 2.0]), "date"),
        (np.arange(6).astype("m8[D]"), "date"),
        (np.arange(6).astype("M8[D]"), "number"),
    ],
)
def test_what_cells_of_a_type_cannot_be_is_refused_as_it_is_of_text(cells, kind):
    with pytest.raises(TableError, match=f"column 'c' should be a {kind}, but no cell can be read as one"):
        Preparation(columns={"c": kind}).fit({"x": np.arange(len(cells)), "c": cells})


def test_whole_numbers_are_the_dates_that_one_says_they_are():
    days = np.array([20240101, 20240229])
    preparation = Preparation(columns={"d": "date"}).fit({"d": days})
    assert preparation.columns_[0].fate.kind == "date"
    assert preparation.transform({"d": days}).shape == preparation.transform({"d": days.astype(str)}).shape


def test_the_words_for_missing_can_be_told():
    table = {"n": cells(1.0, -999.0, 3.0), "c": cells("a", "none of these", "NA", "b")}
    preparation = Preparation(missing=["-999", "none of these"]).fit(table)
    number, category = preparation.columns_
    assert number.fate.words == (("-999", 20),)
    assert (number.median, category.categories) == (2.0, ("NA", "a", "b"))


@pytest.mark.parametrize("word", ["-999", "-999.0", "−999", "-9.99e2"])
@pytest.mark.parametrize("written", ["-999", "-999.0", "−999,0", "-999.00", " −999"])
def test_a_number_that_means_missing_does_so_however_it_is_written(word, written):
    table = {"n": cells("1.5", written, "3.25"), "x": cells(1.5, -999.0, 3.25), "code": cells("0999", "007", "12")}
    preparation = Preparation(missing=[word, "999", "7"]).fit(table)
    for column in preparation.columns_[:2]:
        assert column.fate.missing == 20
        assert column.median == 2.375
    assert preparation.columns_[2].fate.missing == 0  # with leading zeros it is a code, and no number


def test_many_categories_tell_their_mean_target_out_of_fold():
    random = np.random.default_rng(0)
    rows, fold = 2000, np.arange(2000) % 4
    customer, noise = random.integers(0, 300, rows), random.normal(size=rows)
    effect = random.normal(size=300)
    table = {"x": noise, "c": [f"c{k}" for k in customer], "pure": [f"p{k}" for k in random.integers(0, 900, rows)]}
    y = effect[customer] + noise
    preparation = Preparation(dtype="float64")
    matrix = preparation.fit_transform(table, y, fold)
    told, nothing = (list(preparation.get_feature_names_out()).index(f"{name}=(mean target)") for name in ("c", "pure"))
    assert np.corrcoef(matrix[:, told], effect[customer])[0, 1] > 0.85
    assert abs(np.corrcoef(matrix[:, nothing], y)[0, 1]) < 0.06  # each row's own target has no part in it
    other = y.copy()
    other[fold == 0] += 100 * random.normal(size=500)
    again = Preparation(dtype="float64").fit_transform(table, other, fold)
    one = np.corrcoef(again[fold == 0, told], matrix[fold == 0, told])[0, 1]
    assert one == pytest.approx(1.0, abs=0.05)
    back = Preparation.from_json(json.loads(json.dumps(preparation.to_json())), preparation.arrays())
    np.testing.assert_array_equal(back.transform(table), preparation.transform(table))


def test_a_leak_is_told():
    y = np.random.default_rng(0).normal(size=ROWS * 5)
    table = {"x": y + np.random.default_rng(1).normal(size=len(y)), "copy": [f"${v:.4f}" for v in 3 * y + 9]}
    preparation = Preparation().fit(table, y)
    assert "'copy' alone explains 100.0 %" in preparation.said[-1]


@pytest.mark.parametrize("cell", ["$25", 25.0, "gone"])
def test_a_leak_may_be_what_is_missing(cell):
    y = np.random.default_rng(2).permutation(ROWS * 5) % 2
    table = {"x": np.random.default_rng(1).normal(size=len(y)), "fee": [cell if each else None for each in y]}
    assert any("'fee' alone explains" in sentence for sentence in Preparation().fit(table, y).said)


def test_the_report_has_a_line_for_every_column():
    preparation, _ = learned(price=cells("$1", "$2", "n/a"), town=cells("a", "b", "c"), note=cells(""))
    assert lines(preparation.columns_) == [
        ("x", "number", "1 feature"),
        ("price", "number", "numbers in text: '$1' is 1; 20 of 60 missing ('n/a'); 2 features"),
        ("town", "category", "3 categories; 3 features"),
        ("note", "empty", "60 of 60 missing; not used: no row holds anything"),
    ]
    assert sentence(Fate("number", features=("a",))) == "1 feature"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[
            ("$1,234.50", 1234.5),
            ("1 234,5 €", 1234.5),
            ("(3)", -3),
            ("4-", -4),
            ("\u22125", -5),
            ("1.84e-16", 1.84e-16),
        ],
        *[("3 x 10^5", 3e5), (".5", 0.5), ("1'000", 1000), ("12,34,567", 1234567), ("1.5 m²", 1.5), ("-∞", -np.inf)],
    ],
)
def test_numbers_as_people_write_them(text, number):
    assert written(text).dot == number


@pytest.mark.parametrize(
    "text", ["", "-", "$", "1.2.3", "1,2,3", "12ab34", "1 2", "((5)", "1/2", "--5", "(-5)", "$5 €", "e5"]
)
def test_what_is_no_number(text):
    assert written(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *["2020-03-05", "2020/3/5", "20200305", "5 March 2020", "5. März 2020", "Mar 5, 2020", "5-Mar-20"],
        *[
            "Thu, 05 Mar 2020",
            "5 de marzo de 2020",
            "2020-03-05T00:00:00.000Z",
            "2020-03-05 12:00 AM",
            "5th of March 2020",
        ],
        *["20200305T00", "20200305T0000", "20200305T000000.0Z", "Thu Mar  5 00:00:00 2020"],
        *["05/Mar/2020:00:00:00 +0000", "[5/Mar/2020:00:00:00 -0500]"],
    ],
)
def test_dates_as_people_write_them(text):
    assert moment(text).day == 18326


@pytest.mark.parametrize(
    "text", ["2020-02-30", "31/31/2020", "25:61", "soon", "12", "2020", "5 Nonsense 2020", "13:00 PM", "20200305T2561"]
)
def test_what_is_no_date(text):
    assert moment(text) is None


@pytest.mark.parametrize(
    "text",
    ["2020-07-14 12", "2020-07-14T12Z", "2020-07-14 12 PM", "14.07.2020 12", "7/14/2020, 12", "2020/7/14 14 +02:00"],
)
def test_an_hour_alone_follows_a_whole_date(text):
    found = moment(text)
    assert (found.day if found.order != "month" else found.other) - (found.zone or 0.0) == 18457.5


@pytest.mark.parametrize("text", ["2024-07 12", "2020-07-14 25", "14.07.20 12", "2020-07-14 12-05", "2020-07-14 123"])
def test_a_number_behind_what_is_no_whole_date_is_no_hour(text):
    assert moment(text) is None


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        *[("2020-07-14 12:00 EST", "EST"), ("12:00IST", "IST"), ("Tue Jul 14 12:00:00 CST 2020", "CST")],
        *[("2020-07-14 12:00 UTC", ""), ("the east 12:00", ""), ("best before 2020-07-14", ""), ("EST", "")],
    ],
)
def test_a_zone_that_can_mean_several_is_named(text, zone):
    assert unsure_zone(text) == (zone and f"{zone} can mean several zones")


def test_durations_and_truth():
    assert [duration(each) for each in ("P1DT1H", "1 day, 1:00:00", "25:00:00", "-25:00:00", "1:30")] == [
        90000.0, 90000.0, 90000.0, -90000.0, 5400.0
    ]  # fmt: skip
    assert [duration(each) for each in ("P", "T", "-")] == [None] * 3
    assert [truth(each) for each in (" YES", "Nein", "T", "2", "")] == [True, False, True, None, None]


def test_whole_numbers_are_classes_or_quantities_as_the_caller_says(random):
    customer, classes = random.integers(0, 700, 3000), np.arange(3000) % 22
    table = {"c": [f"c{k}" for k in customer], "copy": [f"l{k}" for k in classes], "x": random.normal(size=3000)}

    def means(task):
        preparation = Preparation().fit(table, classes, task)
        assert preparation.told_["copy"] > 0.98  # a leak is found in either case
        return [name for name in preparation.get_feature_names_out() if name.startswith("c=(mean")]

    assert means("classification") == []  # no mean class number, which means nothing; and 22 are too many
    assert means("regression") == means(None) == ["c=(mean target)"]
    three = Preparation().fit(table, classes % 3, "classification").get_feature_names_out().tolist()
    assert [f"c=(mean target {k})" for k in range(3)] == [name for name in three if name.startswith("c=(mean")]
    assert "c=(mean target)" in Preparation().fit(table, classes % 3, "regression").get_feature_names_out()


def test_whole_numbers_that_no_float_holds_are_names_from_every_source():
    long = [9 * 10**18 + k % 5 for k in range(ROWS)]
    gap = [None if k % 7 == 0 else x for k, x in enumerate(long)]
    sources = {
        "text": [str(x) for x in long],
        "text_gap": [x if x is None else str(x) for x in gap],
        "signed": np.array(long) * -1,
        "unsigned": np.array(long, dtype=np.uint64) * np.uint64(2),
        "array": np.array(long),
        "arrow_gap": pa.array(gap, pa.int64()),
        "pandas_gap": pd.Series(gap, dtype="Int64"),
        "objects_gap": gap,
        "sixteen_gap": pa.array([x and 10**15 + x % 5 for x in gap], pa.int64()),
    }
    _, fates = learned(**sources)
    said = {(fates[name].kind, fates[name].read, fates[name].kept) for name in sources}
    assert said == {("category", "whole numbers of more than 15 digits are taken as categories", 5)}
    _, fates = learned(few=np.array([10**18, *range(ROWS - 1)]), fifteen=EVERY + 9 * 10**14)
    assert (fates["few"].kind, fates["fifteen"].kind) == ("number", "number")


def test_whole_numbers_that_no_float_holds_are_classes_of_a_target():
    long = np.array([2**53 + k % 2 for k in range(ROWS)])
    answers = read_target(Table.of({"y": long}), ["y"])
    assert (answers.task, answers.y[:2].tolist()) == ("classification", [str(2**53), str(2**53 + 1)])
    assert "'y': whole numbers of more than 15 digits are taken for classes" in answers.said
    assert read_target(Table.of({"y": np.arange(ROWS) + 2**53}), ["y"], "regression").y.dtype == float


def test_files_of_whole_numbers_that_no_float_holds_are_joined_as_they_are():
    long = np.array([2**53 + 1])
    assert joined([long, np.array([2.0, np.nan])]).labels == (str(2**53 + 1), "2")
    assert joined([long, np.array([2**63], dtype=np.uint64)]).labels == (str(2**53 + 1), str(2**63))
    assert joined([np.array([1]), np.array([2.5])]).tolist() == [1.0, 2.5]


def test_durations_are_no_numbers_and_numbers_are_doubtful_durations():
    hours, lasts = np.arange(ROWS) / 4, np.arange(ROWS) * np.timedelta64(15, "m")
    for hour in (hours, [str(each) for each in hours]):
        numbers, _ = learned(d=hour)
        with pytest.warns(mlnn.ColumnWarning, match="'d' has 100 % unreadable values: '0:00:00'"):
            assert not np.ptp(numbers.transform({"x": np.zeros(ROWS), "d": lasts}), axis=0).any()
    durations, fates = learned(d=lasts)
    assert (fates["d"].kind, fates["d"].read) == ("duration", "durations in seconds")
    with pytest.warns(mlnn.ColumnWarning, match="'0.25' is read as seconds, but training had durations"):
        durations.transform({"x": np.zeros(ROWS), "d": hours})


@pytest.mark.parametrize("around", ['="{}"', '"{}"', "'{}'", "'{}", "“{}”", "\u00ad{}", "{}\u202c"])
def test_numbers_in_quotes_are_numbers_and_codes_in_quotes_stay_codes(around):
    numbers = [around.format(k % 37 + 0.5) for k in range(100)]
    column, x = plain("n", Words.of(numbers), "row {}".format)
    assert column.fate.kind == "number"
    assert x[:3].tolist() == [0.5, 1.5, 2.5]
    codes = [around.format(f"{k % 7:03d}") for k in range(100)]
    bare = [f"{k % 7:03d}" for k in range(100)]
    kinds = {plain("c", Words.of(each), "row {}".format)[0].fate.kind for each in (codes, bare)}
    assert len(kinds) == 1
    assert kinds != {"number"}


def test_dates_in_quotes_are_dates():
    days = [f'="2024-01-{k % 28 + 1:02d}"' for k in range(100)]
    assert plain("d", Words.of(days), "row {}".format)[0].fate.kind == "date"


def test_arabic_marks_part_decimals_and_thousands():
    column, x = plain(
        "n", Words.of(["\u0667\u0660\u066b\u0665", "\u0667\u066c\u0660\u0660\u0660", "\u0663"]), "row {}".format
    )
    assert (column.fate.kind, x.tolist()) == ("number", [70.5, 7000.0, 3.0])


def test_a_letter_typed_for_a_digit_is_no_unit():
    cells = [f"{k}O" if k % 7 == 0 else str(k) for k in range(10, 200)]
    column, _ = plain("n", Words.of(cells), "row {}".format)
    assert column.fate.kind == "number"
    assert column.fate.unread == sum(cell.endswith("O") for cell in cells)
    assert column.notation.units == ()


def test_a_cell_of_one_row_that_cannot_be_read_is_told_though_training_had_such():
    trained = ["bad", *map(str, range(300))]
    preparation = Preparation().fit({"a": trained, "b": list(range(301))})
    for row in (["call us"], ["call us", "3"]):
        (told,) = preparation.prepare({"a": row, "b": [1] * len(row)}).drifted
        assert f"has 1 of {len(row)} values that cannot be read: 'call us'" in told
    assert preparation.prepare({"a": ["bad", *map(str, range(200))], "b": list(range(201))}).drifted == ()


def test_words_for_missing_that_stand_nowhere_are_told():
    table = {"a": ["x", "none", "y", "-999.0"] * 30, "b": [1.0, 2.0, -1.0, -999.0] * 30}
    said = Preparation(missing=["none", "-999", "unknown,-"]).fit(table).said
    assert [each for each in said if "given as missing" in each] == [
        "given as missing, but in no column to learn from: 'unknown,-'"
    ]


@pytest.mark.parametrize(
    ("cells", "held"),
    [
        ([*np.linspace(100, 130, 60), 1e300], "1 cell holds 1e+300"),
        ([*np.linspace(100, 130, 60), 1e9, 1e9], "2 cells hold 1000000000"),
        ([*(f"2020-01-{k % 28 + 1:02}" for k in range(60)), "9999-12-31"], "1 cell holds 9999-12-31"),
        ([*(f"2020-01-{k % 28 + 1:02}" for k in range(60)), "1582-10-15"], "1 cell holds 1582-10-15"),
        ([*np.linspace(100, 130, 60), 500.0], ""),
        ([*(f"2020-01-{k % 28 + 1:02}" for k in range(60)), "1965-10-15"], ""),
    ],
    ids=["huge", "twice", "last year", "first year", "an outlier", "an earlier date"],
)
def test_what_is_vastly_farther_than_all_others_are_wide_is_told_however_it_is_written(cells, held):
    said = Preparation().fit({"x": cells, "other": range(len(cells))}).said
    assert [each for each in said if "far from all others" in each and each.startswith("'x'")] == (
        [] if not held else [each for each in said if held in each]
    )
    assert bool(held) == any("far from all others" in each for each in said)


def test_a_column_of_numbers_with_and_without_units_tells_how_many_are_numbers():
    cells = [*(f"{k}.5" for k in range(60)), *(f"{k} kg" for k in range(50)), *(f"about {k}" for k in range(40))]
    (said,) = (each for each in Preparation().fit({"x": cells, "y": range(150)}).said if each.startswith("'x'"))
    assert "110 of 150 cells are numbers, others such as 'about 0' are none" in said


def test_text_that_cannot_be_written_again_is_refused():
    with pytest.raises(TableError, match=r"^column 'x' holds 'w\\udce9', which is no text: read its file again"):
        Preparation().fit({"x": ["a", "b", "w\udce9"] * 20, "y": range(60)})


def test_nines_far_from_all_other_numbers_are_told():
    table = {"t": [1.0, 5.0, -999.0, 3.0] * 30, "age": list(range(100)) + [99] * 20}
    assert Preparation().fit(table).said == (
        "'t': 30 cells hold -999, far from all others: name it as missing if it means that",
    )


@pytest.mark.parametrize("far", ["20000-01-01", "-500-01-01", "9999-12-31"])
def test_dates_of_any_year_are_told_of(far):
    dates = np.array([*["2020-01-01", "2020-01-02"] * 30, far], dtype="datetime64[D]")
    said = Preparation().fit({"x": dates, "other": range(61)}).said
    assert f"'x': dates and times, 1 cell holds {far}, far from all others: name it as missing if it means that" in said
