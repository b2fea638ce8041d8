import json
import pickle
import re
import unicodedata

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from mlnn import TableRegressor
from mlnn.frame.column import TableError, as_numbers
from mlnn.frame.drift import ColumnWarning
from mlnn.frame.kind import CategoricalColumn, NumericColumn, Seen
from mlnn.frame.preparation import Preparation
from mlnn.frame.read import read_table
from mlnn.frame.report import sentence
from mlnn.frame.table import Words
from mlnn.frame.target import NumberCode

numbers = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=False), st.integers(-3, 3).map(float))
words = st.one_of(
    st.none(),
    st.text(max_size=3).filter(lambda word: not re.search("inf|∞", unicodedata.normalize("NFKC", word), re.I)),
    st.sampled_from(["a", "b", "c"]),
)
dirt = st.sampled_from(
    [
        *["1,5", "1.234", "$3", "(2)", "5 kg", "12 %", "n/a", "", " ", "yes", "No", "2020-01-31", "3/4/2021", "10:30"],
        *["1 day, 2:00:00", "7e2", "\u22124", "see the note on page 3", "straße", "STRASSE", "007", "?", "ORD-1", "1k"],
    ]
)
mixtures = st.one_of(words, st.booleans(), st.integers(-2, 2), st.floats(-2, 2))


pd.DataFrame({"first": ["warm", None]}).infer_objects()  # what pandas loads at its first use is no time of a test's


@st.composite
def frames(draw):
    rows = draw(st.integers(2, 12))
    kinds = draw(st.lists(st.sampled_from([numbers, words, mixtures, dirt]), min_size=1, max_size=4))
    columns = {f"c{i}": draw(st.lists(kind, min_size=rows, max_size=rows)) for i, kind in enumerate(kinds)}
    frame = pd.DataFrame({name: pd.Series(values, dtype=object).infer_objects() for name, values in columns.items()})
    return frame.assign(sure=np.arange(rows))


def through_json(learned):
    return json.loads(json.dumps(learned, allow_nan=False))


def same_bits(a, b):
    return a.dtype == b.dtype == np.float64 and a.shape == b.shape and a.tobytes() == b.tobytes()


@given(frames(), st.data())
def test_any_frame_gives_finite_numbers_and_survives_json(frame, data):
    preparation = Preparation(data.draw(st.floats(0, 0.5)), data.draw(st.integers(0, 4)), dtype="float64").fit(frame)
    matrix = preparation.transform(frame)
    assert np.isfinite(matrix).all()
    assert np.abs(matrix).max(initial=0) <= 3
    assert matrix.shape == (len(frame), len(preparation.get_feature_names_out()))
    back = Preparation.from_json(through_json(preparation.to_json()))
    assert same_bits(back.transform(frame), matrix)
    assert back.get_params() == preparation.get_params()
    assert list(back.feature_names_in_) == list(frame.columns)
    assert back.n_features_in_ == preparation.n_features_in_
    assert back.to_json() == preparation.to_json()


@pytest.mark.parametrize("cells", [["1.234", "1,234"], ["-1.234", "1234", "1,234"], ["1,234", "1.234", "n/a"]])
def test_what_training_was_told_of_is_not_told_again(cells):
    frame = pd.DataFrame({"a": cells, "b": range(len(cells))})
    preparation = Preparation().fit(frame)
    assert "it may mean" in preparation.columns_[0].fate.read
    preparation.transform(frame)  # no warning


@given(frames(), st.data())
def test_a_row_is_prepared_the_same_in_any_company(frame, data):
    preparation = Preparation(dtype="float64").fit(frame)
    learned = preparation.to_json()
    chosen = data.draw(st.lists(st.integers(0, len(frame) - 1), min_size=1, max_size=5))
    assert same_bits(preparation.prepare(frame.iloc[chosen]).matrix, preparation.transform(frame)[chosen])
    assert preparation.to_json() == learned


@given(frames(), st.randoms())
def test_the_order_of_columns_does_not_matter(frame, random):
    preparation = Preparation(dtype="float64").fit(frame)
    names = random.sample(list(frame.columns), frame.shape[1])
    assert same_bits(preparation.transform(frame[names]), preparation.transform(frame))


@pytest.mark.parametrize("beside", [[], [None], ["1", "2.5"], [1.5, 2.5], [1, "2"], [""]], ids=str)
@pytest.mark.parametrize("cell", ["INF", "inf", "-Infinity", "1e999", "-1E309", "\uff29\uff2e\uff26", "∞", np.inf])
def test_an_infinite_number_is_refused_in_training_and_after_it(cell, beside):
    values = [*beside, cell, *beside]
    frame = pd.DataFrame({"c": pd.Series(values, dtype=object).infer_objects()}).assign(sure=np.arange(len(values)))
    sentence = rf"^column 'c' must hold finite numbers, but row {len(beside)} \(counted from 0\) holds "
    with pytest.raises(TableError, match=sentence):
        Preparation().fit(frame)
    learned = Preparation().fit(pd.DataFrame({"c": ["1", "2", "3"], "sure": [1, 2, 3]}))
    with pytest.raises(TableError, match=sentence):
        learned.transform(frame)


@pytest.mark.parametrize("cell", ["INF", "-Infinity", "1e999"])
def test_beside_words_an_infinite_number_is_a_word(cell):
    frame = pd.DataFrame({"c": ["a", "b", cell] * 3, "sure": np.arange(9)})
    preparation = Preparation(dtype="float64").fit(frame)
    assert f"c={cell}" in preparation.columns_[0].fate.features
    assert np.isfinite(preparation.transform(frame)).all()


def test_nan_in_text_is_missing():
    column = Preparation().fit(pd.DataFrame({"c": ["1", "nan", "NaN", "2"], "sure": np.arange(4)})).columns_[0]
    assert (column.fate.kind, column.fate.missing) == ("number", 2)


def test_new_rows_cannot_change_what_was_learned():
    train = pd.DataFrame({"n": [1.0, 2.0, 3.0, 4.0, 5.0], "t": list("aabbb")})
    new = pd.DataFrame({"n": [None, 1e9], "t": ["z", None]})
    preparation = Preparation(dtype="float64").fit(train)
    np.testing.assert_allclose(preparation.prepare(new).matrix, [[0, 0], [3, 0]], atol=1e-12)


def test_numbers_are_scaled_by_median_and_quartiles_and_clipped_smoothly():
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 1000.0])
    z = (x - 4) / 4  # quartiles 2 and 6
    np.testing.assert_allclose(
        NumericColumn.learn("x", x).transform(x)[:, 0], z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-14
    )


def test_a_column_with_equal_quartiles_is_scaled_by_half_its_range():
    column = NumericColumn.learn("gain", np.array([0.0] * 8 + [10.0, -2.0]))
    assert column == NumericColumn("gain", 0.0, 6.0, False, ends=(-2.0, 10.0))


@pytest.mark.parametrize("extreme", [1e290, 1e200, 5e-324])
def test_extreme_numbers_stay_finite(extreme):
    column = NumericColumn.learn("x", np.array([-extreme, -extreme, 0.0, extreme, extreme]))
    assert column.transform(np.array([-1.7e308, 1.7e308, 0.0, extreme, 1.0])).ravel()[:3] == pytest.approx(
        [-3, 3, 0], abs=2.1
    )
    assert np.isfinite(column.transform(np.array([-1.7e308, 1.7e308, extreme, np.nan]))).all()


def test_missing_numbers_become_the_median_and_are_marked_where_training_had_some():
    train = pd.DataFrame({"with": [1.0, None, 3.0, 3.0], "without": [1.0, 2.0, 3.0, 3.0]})
    preparation = Preparation(dtype="float64").fit(train)
    assert list(preparation.get_feature_names_out()) == ["with", "with=(missing)", "without"]
    with pytest.warns(ColumnWarning, match=r"^row 0 \(counted from 0\) holds nothing in any column"):
        new = preparation.transform(pd.DataFrame({"with": [None, 3], "without": [None, 2.5]}))
    assert new.tolist() == [[0, 1, 0], [0, 0, 0]]


def test_constant_columns_give_nothing_but_the_mark_of_their_gaps():
    train = pd.DataFrame({"one": [7, 7, 7], "gap": [7, None, 7], "word": ["a"] * 3, "none": [None] * 3, "x": [1, 2, 3]})
    assert list(Preparation(dtype="float64").fit(train).get_feature_names_out()) == ["gap=(missing)", "x"]
    why = r"^no column varies from row to row so .*: 'one': not used: every row holds 7; 'word': .* 'a'; 'none'"
    with pytest.raises(TableError, match=why):
        Preparation(dtype="float64").fit(train[["one", "word", "none"]])
    with pytest.raises(TableError, match=r"^the table has no columns: a minimum of 1 is required"):
        Preparation().fit(train[[]])


@pytest.mark.parametrize(
    "numbers", [[f"1e{300 + k}" for k in range(8)], [1.7e308, -1.7e308, 0.0, 1e307], [f"{k}e-320" for k in range(4)]]
)
def test_numbers_of_any_size_are_told_apart(numbers):
    x = Preparation(dtype="float64").fit_transform(pd.DataFrame({"x": numbers}))[:, 0]
    assert np.array_equal(np.argsort(x), np.argsort([float(each) for each in numbers]))
    assert np.ptp(x) > 0.9


@pytest.mark.parametrize(
    ("numbers", "why"),
    [([1.1e308, 1.7e308], "numbers from 1.1e+308 to 1.7e+308 are not told apart"), ([1e308] * 2, "every row holds 1e")],
)
def test_numbers_at_the_end_of_all_are_no_constant(numbers, why):
    with pytest.raises(TableError, match=re.escape(f"'x': not used: {why}")):
        Preparation().fit(pd.DataFrame({"x": numbers}))


def one_hot(train, new, **options):
    preparation = Preparation(**options, dtype="float64").fit(pd.DataFrame({"t": train}))
    features = [name.removeprefix("t=") for name in preparation.get_feature_names_out()]
    return features, preparation.transform(pd.DataFrame({"t": new})).tolist()


def test_two_levels_make_one_feature():
    assert one_hot(["m", "f", "m"], ["m", "f", "x", None]) == (["m"], [[1], [-1], [0], [0]])
    assert one_hot(["m", None], ["m", None, "x"]) == (["(missing)"], [[-1], [1], [0]])


def test_unknown_and_missing_categories_are_zeros_if_training_had_neither():
    assert one_hot(["a", "b", "c"], ["c", "x", None]) == (["a", "b", "c"], [[0, 0, 1], [0, 0, 0], [0, 0, 0]])


def test_rare_categories_are_pooled_with_unknown_ones_and_missing_is_its_own():
    features, rows = one_hot([*"aaaabbbbcd", None], ["b", "c", "x", None], min_frequency=0.15)
    assert features == ["a", "b", "(rare)", "(missing)"]
    assert rows == [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


def test_only_the_most_frequent_categories_are_kept():
    features, _ = one_hot(list("zzyyyxw"), ["z"], max_categories=2)
    assert features == ["y", "z", "(rare)"]
    features, _ = one_hot([f"{i:03}" for i in range(60) for _ in range(2)], ["000"])
    assert len(features) == 51
    features, _ = one_hot(["a"] * 998 + ["b", "c", "c"], ["a"])
    assert features == ["(rare)"]  # one of 1001 rows is less than 0.2 %, and so is one of two: a, (rare)


def test_a_category_is_the_same_as_text_as_integer_and_as_float():
    train = ["1", "2", "x"]
    for new in ([1, 2], [1.0, 2.0], ["1", "2"], pd.Categorical([1, 2]), pd.array([1, 2], dtype="Int64")):
        assert one_hot(train, new)[1] == [[1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("train", "new", "met"),
    [
        (["1", "2", "-3"], ["1.0", " 2.00", "-3.0"], [0, 1, 2]),
        (["1.0", "2.0", "3.0"], ["1", "2", "3.0"], [0, 1, 2]),
        (["1.0", "1.5", "2.0"], np.array([1.0, 1.5, 2.0]), [0, 1, 2]),
        (["1", "1", "1.0", "2", "3"], ["1", "1.0", "2.0"], [0, 0, 3]),
        (["1.0", "1.1", "1.2"], ["1.10", "1.2", "01"], [None, 2, None]),
        (["1", "2", "x"], ["1", "2.0", "x"], [0, 1, 2]),
        (["007", "8", "9"], ["7", "8", "9.0"], [None, 1, 2]),
    ],
)
def test_decimals_of_nothing_but_zeros_make_no_other_category(train, new, met):
    column = CategoricalColumn.learn("q", Words.of(train), 1, 9)
    place = [None if each is None else column.categories.index(train[each]) for each in met]
    told = column.transform(new)
    assert [int(row.argmax()) if row.any() else None for row in told] == place


def test_one_spelling_with_decimals_beside_a_word_leaves_the_mean_targets_of_many_categories_whole():
    codes = [str(1000 + k % 400) for k in range(2000)]
    codes[7], codes[9] = "1007.0", "unknown"
    table, y = pd.DataFrame({"zip": codes}), np.arange(2000.0) % 7
    trained = TableRegressor(columns={"zip": "category"}, preset="fast", epochs=1, members=2).fit(table, y)
    assert trained.columns_[0].fate.merged == (("1007.0", "1007"),)
    assert len(trained.predict(table)) == 2000


@pytest.mark.parametrize("both", [("1", "1.0", "2"), ("2020-01-01", "2020-01-01 00:00:00", "2021-01-01")])
def test_what_a_model_of_before_told_apart_stays_apart(both):
    column = CategoricalColumn("q", both, False, False)
    assert column.transform(Words.of(both)).tolist() == np.eye(3).tolist()


def test_a_category_that_is_a_moment_is_the_same_however_it_is_written():
    days = pd.Series(pd.to_datetime(["2020-01-01", "2021-05-01"]))
    noon = days + pd.Timedelta("12h30min")
    for moments, texts in (
        (days, ("2020-01-01", "2021-05-01T00:00:00Z")),
        (noon, ("2020-01-01 12:30", "2021-05-01 12:30:00.0")),
        (noon + pd.Timedelta("250ms"), ("2020-01-01T12:30:00.25", "2021-05-01 12:30:00.250000")),
    ):
        same = [moments.astype(f"datetime64[{unit}]") for unit in ("ms", "ns")]
        same += [moments.astype(object), moments.astype("category"), pd.Series(texts)]
        for train in (moments.astype("category"), pd.Series(texts, dtype="category")):
            column = Preparation(dtype="float64").fit(pd.DataFrame({"t": train}))
            assert [column.transform(pd.DataFrame({"t": new})).tolist() for new in same] == [[[-1], [1]]] * len(same)
    other = CategoricalColumn.learn("t", Words.of(["2020-01-01", "2021-05-01", "x"]), 1, 9)
    assert not other.transform(["2020-01-01 00:00:01", "2020-01-01T00:00:00+01:00", "2020-01-01 0"]).any()


@pytest.mark.parametrize("dtype", ["int64", "Int64", "float32", "Float64", "object", "int64[pyarrow]"])
def test_every_kind_of_number_is_a_number(dtype):
    preparation = Preparation(dtype="float64").fit(pd.DataFrame({"n": pd.Series([1, 2, 3], dtype=dtype)}))
    assert preparation.transform(pd.DataFrame({"n": [2, 3]})).ravel().tolist() == [0, 1 / np.hypot(1, 1 / 3)]
    if dtype != "int64":
        new = pd.DataFrame({"n": pd.Series([None, 2], dtype=dtype)})
        assert preparation.transform(new).ravel().tolist() == [0, 0]


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string", "bool", "boolean"])
def test_every_kind_of_text_is_a_category(dtype):
    values = [True, False, True] if dtype.startswith("bool") else ["True", "False", "True"]
    preparation = Preparation(dtype="float64").fit(pd.DataFrame({"t": pd.Series(values, dtype=dtype)}))
    assert preparation.transform(pd.DataFrame({"t": [True, False]})).tolist() == [[1], [-1]]


def test_a_matrix_is_all_numbers():
    matrix = np.array([[1, np.nan], [2, 5.0], [3, 6]])
    preparation = Preparation(dtype="float64").fit(matrix)
    assert list(preparation.get_feature_names_out()) == ["x0", "x1", "x1=(missing)"]
    assert not hasattr(preparation, "feature_names_in_")
    back = Preparation.from_json(through_json(preparation.to_json()))
    assert same_bits(back.transform(matrix), preparation.transform(matrix))
    assert not hasattr(back, "feature_names_in_")
    with pytest.raises(ValueError, match="X has 1 features, but Preparation is expecting 2"):
        back.transform(matrix[:, :1])


TRAIN = pd.DataFrame({"age": [20, 30, 40], "job": ["cook", "clerk", "pilot"]})


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (TRAIN[["age"]], "the columns differ from those of training: 'job' missing"),
        (
            TRAIN.rename(columns={"job": "Job"}),
            "the columns differ from those of training: 'job' missing, 'Job' unknown (did you mean 'Job'?)",
        ),
        (pd.concat([TRAIN, TRAIN[["job"]]], axis=1), "the table has more than one column named 'job'"),
        (TRAIN.iloc[:0], "the table has no rows: a minimum of 1 is required"),
        (
            TRAIN.assign(age=[20, np.inf, -np.inf]),
            "column 'age' must hold finite numbers, but row 1 (counted from 0) holds inf",
        ),
        (TRAIN.to_numpy(), "training had a table with text in 'job', but this is a matrix without names"),
    ],
)
def test_rows_unlike_training_give_one_sentence(new, sentence):
    with pytest.raises(TableError) as caught:
        Preparation(dtype="float64").fit(TRAIN).transform(new)
    assert str(caught.value) == sentence


def test_other_columns_are_ignored_and_a_word_among_numbers_is_missing():
    preparation = Preparation(dtype="float64").fit(TRAIN)
    prepared = preparation.prepare(TRAIN.assign(z=1, w=2))
    assert same_bits(prepared.matrix, preparation.transform(TRAIN))
    assert prepared.said == ("ignored: 'z', 'w', which the model does not know",)
    prepared = preparation.prepare(TRAIN.assign(age=["20", None, "old"]))
    assert prepared.seen["age"] == Seen(3, 1, 0, 1, "old", "row 2 (counted from 0)")


def test_training_refuses_duplicates_and_senseless_settings():
    with pytest.raises(TableError, match="more than one column named 'job'"):
        Preparation(dtype="float64").fit(TRAIN[["job", "job"]])
    with pytest.raises(ValueError, match=r"^min_frequency must lie in \[0, 1\), but got 1.5$"):
        Preparation(min_frequency=1.5).fit(TRAIN)
    with pytest.raises(ValueError, match=r"^max_categories must be at least 0, but got -1$"):
        Preparation(max_categories=-1).fit(TRAIN)


def test_scikit_learn_finds_what_it_expects():
    preparation = Preparation(max_categories=7)
    with pytest.raises(NotFittedError):
        preparation.transform(TRAIN)
    assert clone(preparation).max_categories == 7
    output = preparation.set_output(transform="pandas").fit_transform(TRAIN.set_index(pd.Index([5, 6, 7])))
    assert list(output.columns) == ["age", "job=clerk", "job=cook", "job=pilot"]
    assert list(output.index) == [5, 6, 7]
    assert preparation.n_features_in_ == 2
    assert list(preparation.feature_names_in_) == ["age", "job"]
    assert pickle.loads(pickle.dumps(preparation)).to_json() == preparation.to_json()
    assert make_pipeline(Preparation(), MinMaxScaler()).fit_transform(TRAIN).shape == (3, 4)


def broken(**change):
    learned = Preparation(dtype="float64").fit(TRAIN).to_json()
    number, category = learned["columns"]
    return learned | {"columns": [number | change.get("number", {}), category | change.get("category", {})]}


@pytest.mark.parametrize(
    "learned",
    [
        {},
        {"parameters": {}, "named": True, "told": {}, "columns": 5},
        broken(number={"kind": "os.system"}),
        broken(number={"median": "3"}),
        broken(number={"median": float("nan")}),
        broken(number={"spread": -1.0}),
        broken(number={"name": 3}),
        broken(category={"rare": 10**12}),
        broken(category={"categories": "abc"}),
    ],
)
def test_what_is_no_preparation_is_refused(learned):
    with pytest.raises(ValueError, match=r"this is not a Preparation|must be finite"):
        Preparation.from_json(learned)


def test_as_numbers_takes_what_pandas_numpy_and_lists_hold():
    expected = [1.0, np.nan, 2.0]
    for values in ([1, None, "2"], np.array([1, np.nan, 2]), np.array(["1", "nan", "2"]), pd.Series([1, pd.NA, 2])):
        np.testing.assert_array_equal(as_numbers(values, "x"), expected)
    with pytest.raises(TableError, match="row 0"):
        as_numbers([10**400], "x")


@given(st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 9)), min_size=1, max_size=20))
def test_standardised_targets_are_undone_and_survive_json(values):
    code = NumberCode.learn(values)
    again = through_json(code.to_json())
    assert NumberCode(tuple(again["mean"]), tuple(again["scale"])) == code
    z = code.encode(values)
    np.testing.assert_allclose(code.decode(z), values, atol=1e-9)
    if np.std(values) > 1e-3:
        assert abs(z.mean()) < 1e-6
        assert z.std() == pytest.approx(1)


def test_several_targets_are_standardised_each_for_itself():
    y = np.array([[1.0, 5.0], [3.0, 5.0]])
    code = NumberCode.learn(y)
    assert code == NumberCode((2.0, 5.0), (1.0, 1.0))
    assert code.encode(y).tolist() == [[-1, 0], [1, 0]]
    assert code.decode(code.encode(y)).tolist() == y.tolist()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            pd.Series([1, "much", "more"], name="y"),
            "column 'y' must hold numbers, but row 1 (counted from 0) holds 'much'",
        ),
        ([1.0, float("nan")], "the target has 1 missing value, in row 1 (counted from 0)"),
        ([1.0, float("inf")], "column 'y' must hold numbers, but row 1 (counted from 0) holds inf"),
    ],
)
def test_quantities_that_cannot_be(values, sentence):
    with pytest.raises(TableError) as caught:
        NumberCode.learn(values)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("y", "sentence"),
    [([1.0, -1e305], "but it holds -1e+305"), ([0.0, 1e-320], "but it holds numbers from 0 to 9.99989e-321")],
)
def test_quantities_whose_squares_overflow_or_vanish_are_refused_by_every_face(y, sentence):
    with pytest.raises(TableError, match=re.escape(sentence)):
        TableRegressor(epochs=1).fit(np.arange(40.0)[:, None], y * 20)


@pytest.mark.parametrize("wrong", [((0.0,), (0.0,)), ((0.0,), ()), ((np.nan,), (1.0,))])
def test_what_no_training_can_have_learned_is_refused(wrong):
    with pytest.raises(ValueError, match="mean and scale must be finite"):
        NumberCode(*wrong)


def test_categories_are_learned_by_label():
    column = CategoricalColumn.learn("t", pd.Series([1, "1", 1.0, True, "x"], dtype=object), 2, 9)
    assert column.categories == ("1",)
    assert column.rare


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        ("size", "n.b.", "'size' has 1 of 40 values that cannot be read: 'n.b.' in row 7 (counted from 0), line 9"),
        ("day", "soon", "'day' has 1 of 40 values that cannot be read: 'soon' in row 7 (counted from 0), line 9"),
        ("town", "Ulm", ""),
        ("size", "", ""),
    ],
)
def test_a_single_cell_that_cannot_be_read_has_its_line(tmp_path, column, cell, sentence):
    rows = {"size": [f"{k}" for k in range(40)], "day": [f"2020-{k % 12 + 1:02}-07" for k in range(40)]}
    rows["town"] = ["Bonn", "Köln"] * 20
    preparation = Preparation().fit(rows)
    rows[column][7] = cell
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    prepared = preparation.prepare(read_table(tmp_path / "t.csv"))
    assert prepared.drifted == ((sentence,) if sentence else ())


@pytest.mark.parametrize("rows", [1, 2])
def test_an_unknown_category_and_an_unreadable_number_of_a_single_row_are_told(rows):
    preparation = Preparation().fit({"town": ["Bonn", "Köln"] * 20, "size": range(40)})
    prepared = preparation.prepare({"town": ["Ulm"] * rows, "size": ["n.b."] + ["3"] * (rows - 1)})
    assert prepared.drifted == (
        "'town' has 100 % unknown values: 'Ulm'; training had 'Bonn', 'Köln'",
        f"'size' has 1 of {rows} values that cannot be read: 'n.b.' in row 0 (counted from 0)",
    )


DAYS = pd.date_range("2024-01-01", periods=40, freq="7h", tz="Europe/Berlin")


def shapes():
    """Return the same moments as people have them."""
    frame = pd.DataFrame({"day": DAYS})
    return {
        "berlin": frame,
        "utc": pd.DataFrame({"day": DAYS.tz_convert("UTC")}),
        "objects": pd.DataFrame({"day": pd.Series(list(DAYS.to_pydatetime()), dtype=object)}),
        "text": pd.DataFrame({"day": DAYS.map(pd.Timestamp.isoformat)}),
        "text Z": pd.DataFrame({"day": DAYS.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ")}),
        "polars": pl.from_pandas(frame),
        "arrow": pa.Table.from_pandas(frame),
    }


@pytest.mark.parametrize("other", sorted(shapes()))
@pytest.mark.parametrize("trained", ["berlin", "utc", "text", "text Z"])
def test_a_moment_is_the_same_in_any_zone_and_type(trained, other):
    preparation = Preparation().fit(shapes()[trained])
    preparation = Preparation.from_json(json.loads(json.dumps(preparation.to_json())), preparation.arrays())
    prepared = preparation.prepare(shapes()[other])
    assert other == "objects" or prepared.drifted == ()
    np.testing.assert_allclose(prepared.matrix, preparation.transform(shapes()["utc"]), atol=1e-6)


def test_a_time_of_day_is_the_same_in_any_zone():
    preparation = Preparation().fit(pd.DataFrame({"at": [f"{k % 24:02}:30Z" for k in range(48)]}))
    same = preparation.transform(pd.DataFrame({"at": ["22:30Z", "00:30+02:00"]}))
    np.testing.assert_allclose(same[0], same[1])


@pytest.mark.parametrize("kind", [str, "datetime64[ns]"])
def test_times_with_offsets_where_training_had_none_are_warned_of_and_the_reverse(kind):
    bare = pd.DataFrame({"day": DAYS.tz_localize(None).astype(kind)})
    had, had_none = Preparation().fit(shapes()["text"]), Preparation().fit(bare)
    assert had_none.prepare(bare).drifted == ()
    assert had.prepare(bare).drifted == (
        "'day' has 40 of 40 times without a zone or offset, taken for UTC; training had some with one",
    )
    for name in ("text", "berlin"):
        assert had_none.prepare(shapes()[name]).drifted == (
            "'day' has 40 of 40 times with a zone or offset, used as UTC; training had none",
        )


def test_a_zone_that_can_mean_several_is_not_guessed_but_named_wherever_times_cannot_be_read():
    times = [f"2020-07-{day:02} 12:00" for day in range(1, 26)]
    why = "(EST can mean several zones)"
    (column,) = Preparation().fit({"day": [f"{each} EST" for each in times]}).columns_
    assert column.fate.kind != "date"
    assert "'2020-07-01 12:00 EST': EST can mean several zones" in sentence(column.fate)
    some = Preparation().fit({"day": [*times, "2020-07-26 12:00 EST"]})
    assert f"'2020-07-26 12:00 EST' in row 25 (counted from 0) {why}" in sentence(some.columns_[0].fate)
    (drifted,) = Preparation().fit({"day": times}).prepare({"day": [*times, "2020-07-26 12:00 EST"]}).drifted
    assert drifted.endswith(f"'2020-07-26 12:00 EST' in row 25 (counted from 0) {why}")


def test_times_of_which_some_have_offsets_are_said():
    mixed = ["2024-03-01T10:00:00+02:00", "2024-03-02 08:00", "2024-03-05T07:00Z"] * 4
    (column,) = Preparation().fit({"day": mixed}).columns_
    assert column.fate.read.endswith("8 of 12 with offsets, as UTC; the others are taken for UTC")
    days, _ = column.days(Words.of(mixed[:2]))
    np.testing.assert_allclose(days, [19783 + 8 / 24, 19784 + 8 / 24], rtol=1e-14)


# Times of day

HOURS = [f"{hour:02d}:{minute:02d}" for hour in range(6, 20) for minute in (0, 30)]
MOMENTS = {"text": ["2024-05-01 12:30"] * 4, "times": np.array(["2024-05-01T12:30"] * 4, "datetime64[m]")}
OF_DAY = {"text": ["12:30"] * 4, "times": np.array([45_000] * 4, "timedelta64[s]")}


@pytest.mark.parametrize("form", ["text", "times"])
def test_a_date_is_no_time_of_day_and_a_time_of_day_no_date(form):
    times = Preparation().fit({"t": HOURS})
    dates = Preparation().fit({"t": np.arange("2024-05-01", "2024-06-30", dtype="datetime64[D]")})
    for preparation, new in ((times, MOMENTS), (dates, OF_DAY)):
        prepared = preparation.prepare({"t": new[form]})
        assert prepared.seen["t"].unreadable == 4
        assert "100 % unreadable values" in prepared.drifted[0]
    for preparation, new in ((times, OF_DAY), (dates, MOMENTS)):
        prepared = preparation.prepare({"t": new[form]})
        assert prepared.drifted == ()
        np.testing.assert_array_equal(prepared.matrix, preparation.prepare({"t": new["text"]}).matrix)


@pytest.mark.parametrize("cells", [[1.0, 2.0, np.inf] * 20, ["1", "2", "inf"] * 20], ids=["numbers", "text"])
def test_an_infinite_number_is_missing_where_somebody_says_so(cells):
    preparation = Preparation(missing=["inf"]).fit({"c": cells})
    assert preparation.columns_[0].fate.words == (("inf", 20),)
    assert preparation.prepare({"c": cells}).seen["c"].missing == 20
