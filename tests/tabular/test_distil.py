"""Distillation: a student predicts what its teacher does, and what that cost is told; nothing is altered."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import LinearSVC

import mlnn
from mlnn import TableClassifier, TableRegressor, distil
from mlnn.frame.as_pandas import as_pandas
from mlnn.frame.column import TableError
from mlnn.frame.table import Table
from mlnn.network import Network
from mlnn.objective import Problem, data_derivative, data_loss
from mlnn.output import Softmax
from mlnn.tabular.compare import in_pairs
from mlnn.tabular.distillation import agreement
from mlnn.tabular.handed import Handed
from mlnn.tabular.soft import Shared, Together
from mlnn.tabular.student import Lesson, objective_of
from mlnn.tabular.target import Classes

QUICK = {"made": 200, "epochs": 8, "hidden": (8,)}


@pytest.fixture(scope="module")
def wine():
    return load_wine(return_X_y=True, as_frame=True)


@pytest.fixture(scope="module")
def forest(wine):
    X, y = wine
    return RandomForestClassifier(20, random_state=0).fit(X, y)


@pytest.fixture(scope="module")
def student(forest, wine):
    return distil(forest, wine[0], made=1000, epochs=40)


def sides(random, rows=120):
    """Return rows, and a teacher that knows the probability of two classes."""
    X = random.normal(size=(rows, 3))

    def teach(X):
        p = 1.0 / (1.0 + np.exp(-2.0 * np.asarray(X)[:, 0]))
        return np.column_stack([1.0 - p, p])

    return X, teach


# Soft labels


def test_the_loss_of_shares_is_the_cross_entropy_with_them(random):
    X, q = random.normal(size=(7, 3)), random.dirichlet(np.ones(4), size=7)
    w, network = random.uniform(0.5, 2.0, 7), Network.dense([3, 4])
    rows, S = Shared.of(q, w), random.normal(size=(7, 4))
    problem = Problem.of(network, X[rows.row], rows.t, rows.weights)
    logs = Softmax().log_probabilities(S)
    assert data_loss(problem, S[rows.row]) == pytest.approx(-(w @ (q * logs).sum(axis=1)) / w.sum(), rel=1e-6)
    derivative = np.zeros((7, 4))
    np.add.at(derivative, rows.row, data_derivative(problem, S[rows.row]))
    np.testing.assert_allclose(derivative, (w / w.sum())[:, None] * (np.exp(logs) - q), rtol=1e-5)


def test_shares_that_are_nothing_cost_no_row():
    assert Shared.of(np.array([[1.0, 0.0], [0.9999, 0.0001], [0.5, 0.5]])).row.tolist() == [0, 1, 2, 2]


def test_of_a_great_many_classes_no_row_is_lost():
    uniform = np.full((3, 1001), 1.0) / 1001.0
    assert {*Shared.of(uniform / uniform.sum(axis=1, keepdims=True) * (1.0 - 1e-12)).row} == {0, 1, 2}


def test_the_copies_of_a_row_stay_together():
    sizes = np.array([1, 3, 2, 2])
    orders = [Together(sizes, seed=0)(epoch, 8) for epoch in (1, 2, 3)]
    row = np.repeat(np.arange(4), sizes)
    for order in orders:
        assert sorted(order) == list(range(8))
        assert (np.diff(row[order]) != 0).sum() == 3
    assert len({tuple(order) for order in orders}) > 1


def test_a_step_has_as_many_rows_as_of_labels_and_all_their_copies(random):
    lesson = Lesson(random.normal(size=(400, 3)).astype(np.float32), random.dirichlet(np.ones(3) * 9.0, size=400))
    settings, target = TableClassifier(), Classes.learn(np.array(["a", "b", "c"]))
    problem, recipe = objective_of(settings, target, lesson, seed=0)
    steps = recipe.order(1, len(problem.X)).reshape(-1, recipe.batch_size)
    assert recipe.batch_size == 3 * settings.rows_a_step(400)
    assert all(len(np.unique(problem.X[step], axis=0)) == settings.rows_a_step(400) for step in steps)


# Rows that are made


@pytest.mark.parametrize("kind", ["frame", "array", "table"])
def test_rows_are_made_of_the_columns_of_two(random, kind):
    frame = pd.DataFrame({"a": np.arange(50), "b": pd.Categorical(list("uvwxy") * 10), "c": np.arange(50) / 2.0})
    rows = {"frame": frame, "array": frame[["a", "c"]].to_numpy(), "table": Table.of(frame)}[kind]
    own = np.arange(10, 30)
    made, first = Handed(rows, Table.of(rows)).mixed(own, 300, random)
    table = made.table
    a, c = (table[table.names[k]] for k in (0, -1))
    assert table.rows == 300
    assert {*a} == {*own}
    assert {*np.asarray(c) * 2} == {*own}
    assert 0.35 < np.mean(a == first) < 0.65
    assert 0.35 < np.mean(a == 2 * c) < 0.65
    if kind == "frame":
        assert made.rows.dtypes.tolist() == frame.dtypes.tolist()


def test_made_rows_bring_a_student_nearer_to_its_teacher(forest, wine):
    X = wine[0][::4]
    near, far = (distil(forest, X, made=made, epochs=40, eval_set=(wine[0].drop(X.index), None)) for made in (2000, 0))
    apart = [each.summary_["distilled"]["agreement"]["divergence"] for each in (near, far)]
    assert apart[0] < 0.85 * apart[1]


# Students


def test_a_student_is_an_ordinary_model_of_one_network(student, forest, wine, tmp_path):
    X, y = wine
    assert (len(student.members_), len(student.views_.each)) == (1, 1)
    assert (student.predict(X) == forest.predict(X)).mean() > 0.9
    mlnn.save(student, tmp_path / "small.mlnn")
    assert (tmp_path / "small.mlnn").stat().st_size < 60_000
    again = mlnn.load(tmp_path / "small.mlnn")
    np.testing.assert_array_equal(again.predict_proba(X), student.predict_proba(X))
    assert again.summary_["distilled"] == student.summary_["distilled"]
    with pytest.warns(UserWarning, match="rows that the model was trained on"):
        assert again.evaluate(X, y)["accuracy"] > 0.9
    assert len(again.explain(X, y, repeats=1).importances) == 13


def test_what_is_learned_is_the_teachers_and_the_same_bits_each_time(random):
    X, teach = sides(random, 200)
    one, same = (distil(teach, X, classes=["no", "yes"], made=2000, epochs=40) for _ in range(2))
    np.testing.assert_array_equal(one.members_[0][1], same.members_[0][1])
    assert one.classes_.tolist() == ["no", "yes"]
    assert np.abs(one.predict_proba(X) - teach(X)).max() < 0.15


def test_probabilities_are_told_apart_by_the_classes_order(random):
    X, teach = sides(random)
    turned = distil(lambda X: teach(X)[:, ::-1], X, classes=["yes", "no"], **QUICK)
    straight = distil(teach, X, classes=["no", "yes"], **QUICK)
    second = distil(lambda X: teach(X)[:, 1], X, classes=["no", "yes"], **QUICK)
    for each in (turned, second):
        np.testing.assert_array_equal(each.predict_proba(X), straight.predict_proba(X))


def test_quantities():
    X, y = load_diabetes(return_X_y=True)
    teacher = RandomForestRegressor(20, random_state=0).fit(X[:300], y[:300])
    student = distil(teacher, X[:300], y[:300], eval_set=(X[300:], y[300:]), made=2000, epochs=40)
    found = student.summary_["distilled"]
    assert isinstance(student, TableRegressor)
    assert found["agreement"]["r2"] > 0.75
    assert found["told"] == 142
    assert found["losses"]["teacher"] == pytest.approx(
        np.mean((y[300:] - teacher.predict(X[300:])) ** 2) / y[300:].var()
    )
    own = np.mean((y[300:] - student.predict(X[300:])) ** 2) / y[300:].var()
    assert found["losses"]["student"] == pytest.approx(own, rel=1e-5)
    assert student.scores_["r2"] == pytest.approx(1.0 - own, rel=1e-4)
    assert not found["flattered"]  # others are taken for new


def test_losses_are_told_in_pairs(random):
    X, teach = sides(random, 400)
    y = np.where(random.random(400) < teach(X)[:, 1], "yes", "no")
    new, true = X[200:], y[200:] == "yes"
    student = distil(teach, X[:200], y[:200], classes=["no", "yes"], eval_set=(new, y[200:]), **QUICK)
    found = student.summary_["distilled"]
    each = {"teacher": teach(new)[:, 1], "student": student.predict_proba(new)[:, 1].astype(float)}
    losses = {name: -np.log(np.where(true, p, 1.0 - p)) for name, p in each.items()}
    assert found["losses"]["student"] == pytest.approx(losses["student"].mean(), rel=1e-5)
    mean, error, exceeds = in_pairs(losses["student"] - losses["teacher"], np.ones(200), None, 2)
    assert found["differences"]["teacher"] == [pytest.approx(mean, rel=1e-4), pytest.approx(error, rel=1e-4), exceeds]
    gained = found["losses"]["baseline"] - found["losses"]["teacher"]
    assert found["kept"] == pytest.approx((found["losses"]["baseline"] - found["losses"]["student"]) / gained)
    assert {*found["losses"]} == {"teacher", "student", "network", "baseline"}
    said = " ".join(student.said_)
    assert f"the student keeps {100 * found['kept']:.0f} %" in said
    assert "on 200 rows that it has not learned from" in said


def test_a_teacher_that_saw_the_rows_is_flattered(wine, forest):
    X, y = wine
    own = TableClassifier(preset="fast", members=2, epochs=4, hidden=(8,)).fit(X, y)
    for teacher, expected in (
        (forest, "if the teacher was trained on these rows"),
        (own, "that the model was trained on"),
    ):
        found = distil(teacher, X, y, **QUICK).summary_["distilled"]
        assert expected in found["flattered"]
        assert found["told"] == 36
    rest = TableClassifier(preset="fast", members=2, epochs=4, hidden=(8,)).fit(X[::2], y[::2])
    assert not distil(rest, X[::2], y[::2], eval_set=(X[1::2], y[1::2]), **QUICK).summary_["distilled"]["flattered"]


def test_without_truth_scores_are_the_agreement(student):
    found = student.summary_["distilled"]
    assert "by what the teacher says of them" in student.judgement_.how
    assert student.scores_["accuracy"] == found["agreement"]["equal"]
    assert found["losses"] == {}
    target = student.target_
    assert isinstance(target, Classes)
    q = np.array([[0.2, 0.8, 0.0], [0.5, 0.2, 0.3]])
    p = np.array([[0.3, 0.6, 0.1], [0.2, 0.5, 0.3]])
    found = agreement(target, q, p, np.array([1.0, 3.0]))
    parts = [0.2 * np.log(2 / 3) + 0.8 * np.log(8 / 6), 0.5 * np.log(2.5) + 0.2 * np.log(0.4)]
    assert found == {"divergence": pytest.approx((parts[0] + 3 * parts[1]) / 4), "equal": 0.25}


def test_rows_without_truth_or_weight_and_groups(random):
    X, teach = sides(random)
    y, weights, asked = np.where(X[:, 0] > 0, "yes", "no").astype(object), np.ones(120), []
    y[:20], weights[20:30] = None, 0.0

    def counting(X):
        asked.append(len(X))
        return teach(X)

    groups = np.arange(120) // 10
    student = distil(counting, X, y, classes=["no", "yes"], sample_weight=weights, groups=groups, **QUICK)
    found = student.summary_["distilled"]
    assert asked == [110, 200]
    assert (found["rows"], found["made"]) == (110, 200)
    assert 0 < found["told"] <= found["judged"]
    assert found["judged"] % 10 == 0  # whole groups


def test_where_the_truth_teaches_nothing_that_is_said(random):
    X, teach = sides(random)
    y = np.array([None] * 118 + ["no", "yes"], dtype=object)
    truth = np.array(["no", "yes"] * 60)
    with pytest.warns(UserWarning, match="120 of 120 rows"):
        student = distil(teach, X, y, classes=["no", "yes"], eval_set=(X, truth), **QUICK)
    found = student.summary_["distilled"]
    assert {*found["losses"]} == {"teacher", "student", "baseline"}
    assert "too few rows" in found["lacking"]
    assert any(sentence.startswith("no equal network without a teacher") for sentence in student.said_)


def test_rows_that_judge_and_were_learned_from_are_told(random):
    X, teach = sides(random)
    with pytest.warns(UserWarning, match="eval_set: 30 of 60 rows are rows that the model was trained on"):
        student = distil(
            teach, X, classes=["no", "yes"], eval_set=(np.concatenate([X[:30], sides(random, 30)[0]]), None), **QUICK
        )
    said = " ".join(student.said_)
    assert "on 60 rows to judge by (30 of 60 rows are rows that the model was trained on), it decides" in said
    assert "not learned from" not in said
    assert "30 of 60 rows are rows" in student.judgement_.how
    assert "never trained on" in distil(teach, X[:60], classes=[0, 1], eval_set=(X[60:], None), **QUICK).judgement_.how


def test_a_student_decides_by_its_teachers_threshold(random):
    X, teach = sides(random, 300)
    y = np.where(random.random(300) < teach(X)[:, 1], "yes", "no")
    teacher = TableClassifier(preset="fast", members=1, epochs=8, hidden=(4,), threshold=0.2).fit(X, y)
    new = sides(random, 200)[0]
    student = distil(teacher, X, eval_set=(new, None), made=1000, epochs=20)
    equal = np.mean(teacher.predict(new) == student.predict(new))
    assert student.threshold_ == teacher.threshold_ == 0.2
    assert student.summary_["distilled"]["agreement"]["equal"] == pytest.approx(equal)
    assert student.scores_["accuracy"] == pytest.approx(equal)


def test_a_student_knows_its_table_and_tells_one_baseline(random):
    X, teach = sides(random)
    y, weights = np.where(random.random(120) < teach(X)[:, 1], "yes", "no").astype(object), np.ones(120)
    y[:7], weights[7:12] = None, 0.0
    student = distil(teach, X, y, classes=["no", "yes"], sample_weight=weights, **QUICK)
    assert student.trained_on(X)
    assert student.unseen_predictions(X)[1] == "trained on"
    assert student.unseen_predictions(X[::-1])[1] == "new"
    with pytest.warns(UserWarning, match="108 of 108 rows are rows that the model was trained on"):
        student.evaluate(X[12:], y[12:])
    told = student.summary_["distilled"]["losses"]["baseline"]
    assert student.judgement_.baseline["log_loss"] == pytest.approx(told)


def test_rows_that_a_teacher_cannot_mean_are_called_as_they_were_given(random):
    X, teach = sides(random)
    weights = np.where(np.arange(120) < 5, 0.0, 1.0)
    strange = sides(random, 20)[0]

    def gaps(where):
        def asked(rows):
            told = teach(rows)
            told[where(rows)] = np.nan
            return told

        return asked

    two = {"classes": [0, 1], **QUICK}
    cases = [
        (gaps(lambda rows: rows[:, 0] == X[7, 0]), {"sample_weight": weights}, ": row 7 (counted from 0) has nan"),
        (
            gaps(lambda rows: rows[:, 0] == strange[3, 0]),
            {"eval_set": (strange, None)},
            "row 3 (counted from 0) of eval_set",
        ),
        (gaps(lambda rows: np.full(len(rows), len(rows) == 200)), {}, ": a made row has nan"),
    ]
    for teacher, options, sentence in cases:
        with pytest.raises(TableError) as refused:
            distil(teacher, X, **two, **options)
        assert sentence in str(refused.value)


def test_a_teacher_of_quantities_may_have_no_classes(random):
    class Teacher:
        classes_: tuple = ()

        def predict(self, X):
            return X[:, 0] + 1.0

    X, _ = sides(random)
    assert isinstance(distil(Teacher(), X, **QUICK), TableRegressor)


def test_what_ends_training_keeps_what_was_learned(random):
    X, teach = sides(random)

    def interrupt(member, epoch):
        if epoch.number == 3:
            raise KeyboardInterrupt

    student = distil(teach, X, classes=[0, 1], watch=interrupt, **QUICK)
    assert student.interrupted_
    assert "trained again" not in student.judgement_.how
    assert "trained again on all 120" in distil(teach, X, classes=[0, 1], **QUICK).judgement_.how
    assert student.predict_proba(X).shape == (120, 2)


@pytest.mark.parametrize("steps", [0, 1])
def test_an_equal_network_that_was_interrupted_is_none(random, monkeypatch, steps):
    X, teach = sides(random)
    y, fit = np.where(random.random(120) < teach(X)[:, 1], "yes", "no"), TableClassifier.fit

    def interrupt(*_):
        raise KeyboardInterrupt

    def interrupted(model, *given, **options):
        return fit(model, *given, watch=interrupt, **options) if steps else interrupt()

    monkeypatch.setattr(TableClassifier, "fit", interrupted)
    student = distil(teach, X, y, classes=["no", "yes"], **QUICK)
    found = student.summary_["distilled"]
    assert {*found["losses"]} == {"teacher", "student", "baseline"}
    assert found["lacking"] == "its training was interrupted"
    assert "trained again" in student.judgement_.how


def test_a_file_and_the_name_of_its_truth(random, tmp_path):
    X, _ = sides(random)
    frame = pd.DataFrame(X, columns=list("abc")).assign(
        kind=random.choice(["u", "v"], 120), y=np.where(X[:, 0] > 0, 1, 0)
    )
    frame.to_csv(tmp_path / "rows.csv", index=False)
    inner = RandomForestClassifier(10, random_state=0)
    teacher = make_pipeline(OneHotEncoder(handle_unknown="ignore"), inner).fit(
        frame[["a", "b", "c", "kind"]], frame["y"]
    )
    student = distil(teacher, str(tmp_path / "rows.csv"), "y", **QUICK)
    assert student.feature_names_in_.tolist() == ["a", "b", "c", "kind"]
    assert student.summary_["target"] == ["y"]


def test_a_teacher_gets_the_cells_of_a_file_as_pandas_reads_them(random, tmp_path):
    file = tmp_path / "rows.csv"
    table = {
        "flag": random.random(150) < 0.5,
        "seen": random.choice(["True", "False", ""], 150),
        "day": random.choice(["2024-01-05", "2024-02-07"], 150),
        "size": random.choice(["S", "None", "NA2"], 150),
        "count": random.choice(["3", "n/a", "17"], 150),
        "code": random.choice(["007", "12", " 4"], 150),
        "note": random.choice(['a "b", c', "two\nlines"], 150),
        "key": random.choice(["9007199254740993", "18446744073709551616", "1"], 150),
    }
    pd.DataFrame(table).assign(y=np.where(table["flag"], "yes", "no")).to_csv(file, index=False)
    frame = pd.read_csv(file).drop(columns="y")
    given = []

    def teach(rows):
        given.append(rows)
        p = np.where(rows["flag"], 0.8, 0.1) + 0.1 * rows["size"].isna()
        return np.column_stack([1.0 - p, p])

    student = distil(teach, str(file), "y", classes=["no", "yes"], **QUICK)
    pd.testing.assert_frame_equal(given[0], frame)
    assert given[1].dtypes.tolist() == frame.dtypes.tolist()  # rows that are made
    assert student.summary_["distilled"]["losses"]["teacher"] < 0.3


def test_text_that_is_no_files_stays_text():
    import pyarrow as pa

    frame = as_pandas(Table.of(pa.table({"code": ["7", "None", None], "kept": [True, False, True]})))
    assert frame["code"].tolist()[:2] == ["7", "None"]
    assert frame["code"].isna().tolist() == [False, False, True]
    assert frame["kept"].dtype == bool


def test_columns_that_no_frame_has_are_told(random):
    import pyarrow as pa

    a = random.normal(size=120)
    student = distil(lambda X: X["a"] + 1.0, pa.table({"a": a, "b": [[1]] * 120}), **QUICK)
    assert "the teacher gets no column 'b', which holds lists" in student.said_


def test_columns_of_files_are_named(random, tmp_path):
    X, teach = sides(random, 180)
    y = np.where(random.random(180) < teach(X)[:, 1], "yes", "no")
    frame = pd.DataFrame(X, columns=list("abc")).assign(y=y, g=np.arange(180) // 10, w=1.0)
    frame[:120].to_csv(tmp_path / "rows.csv", index=False)
    frame[120:].to_csv(tmp_path / "later.csv", index=False)
    rows, later, options = str(tmp_path / "rows.csv"), str(tmp_path / "later.csv"), {"classes": ["no", "yes"], **QUICK}
    student = distil(teach, rows, "y", sample_weight="w", groups="g", **options)
    assert student.feature_names_in_.tolist() == ["a", "b", "c"]
    assert student.summary_["distilled"]["judged"] % 10 == 0
    assert student.summary_["reading"]["aside"] == ["y", "w", "g"]
    for X, y in ((rows, "y"), (frame[list("abc")][:120], frame["y"][:120])):
        student = distil(teach, X, y, sample_weight="w" if X is rows else None, eval_set=(later, "y"), **options)
        assert student.summary_["distilled"]["told"] == 60
    values = distil(lambda X: X["a"] * 2.0, frame[["a", "b"]][:120], eval_set=(later, "c"), **QUICK)
    assert values.summary_["distilled"]["told"] == 60


def test_rows_that_do_not_count_are_told(random):
    X, teach = sides(random)
    y, weights, groups = np.where(X[:, 0] > 0, "yes", "no").astype(object), np.ones(120), np.arange(120.0) // 10
    y[:20], weights[20:30], groups[40:43] = None, 0.0, np.nan
    new, _ = sides(random, 30)
    judging = (new, np.array([None, *np.where(new[1:, 0] > 0, "yes", "no")], dtype=object))
    two = {"classes": ["no", "yes"], **QUICK}
    said = distil(teach, X, y, sample_weight=weights, eval_set=judging, **two).said_
    assert "10 of 120 rows have weight 0 and were left out" in said
    assert "20 of 110 rows have no truth: no loss is told by them" in said
    assert "eval_set: 1 of 30 rows has no truth: no loss is told by them" in said
    assert "3 of 120 rows have no group and are kept together as one" in distil(teach, X, groups=groups, **two).said_


# Nothing is altered, and nothing is guessed


def test_whoever_alters_rows_alters_copies(random):
    X, teach = sides(random)
    for rows in (X, pd.DataFrame(X)):
        before = rows.copy()

        def vandal(rows):
            told = teach(rows)
            rows[:] = 0.0
            return told

        distil(vandal, rows, classes=[0, 1], **QUICK)
        assert np.array_equal(rows, before)


def test_what_a_teacher_cannot_mean_is_refused(random, forest, wine):
    X, teach = sides(random)
    two, y = {"classes": ["no", "yes"], **QUICK}, np.array(["no", "yes"] * 60)
    gaps = wine[0].where(random.random(wine[0].shape) > 0.5).rename(columns=str)
    svm = LinearSVC().fit(X, y)

    def refusing(X):
        raise ValueError("Input contains NaN")

    cases = [
        (RandomForestClassifier(), X, {}, "RandomForestClassifier that is not fitted"),
        (RandomForestClassifier, X, {}, "fit one, and give that"),
        (TableClassifier(), X, {}, "not fitted"),
        (3, X, {}, "predict_proba or predict"),
        (svm, X, {}, "no probabilities"),
        (lambda X: np.full((len(X), 2), 0.4), X, two, "sum up to 1, but those of row 0 (counted from 0) sum up to 0.8"),
        (lambda X: np.tile([-0.5, 1.5], (len(X), 1)), X, two, "are negative: row 0"),
        (lambda X: np.full((len(X), 2), np.nan), X, two, "are not finite: row 0"),
        (lambda X: teach(X)[:5], X, two, "have the shape (5, 2)"),
        (lambda X: teach(X), X, {}, "name the classes of probabilities"),
        (lambda X: [teach(X), teach(X)], X, two, "2 targets at once"),
        (lambda X: ["a"] * len(X), X, {}, "are no numbers"),
        (lambda X: np.ones(len(X)), X, {}, "predicts 1 of every row"),
        (teach, X, {**two, "classes": ["no"]}, "only one class"),
        (teach, X, {**two, "classes": ["no", "no"]}, "must differ"),
        (teach, X, {**two, "y": np.array(["no", "maybe"] * 60)}, "knows the classes 'no', 'yes', but y holds 'maybe'"),
        (teach, X, {**two, "y": random.normal(size=120)}, "knows the classes"),
        (teach, X, {**two, "y": np.array(["yes"] * 120)}, "holds only one class, 'yes'"),
        (lambda X: X[:, 0], X, {"y": y}, "predicts quantities, and y must hold some"),
        (teach, X, {**two, "y": np.column_stack([y, y])}, "2 columns, but a student learns one"),
        (teach, X[:0], two, "Found array with 0 sample(s)"),
        (teach, pd.DataFrame(X[:0]), two, "has no rows"),
        (refusing, gaps, two, "cells are missing in 'alcohol'"),
        (forest, wine[0][["alcohol"]], {}, "cannot predict these rows: ValueError"),
        (teach, X, {**two, "made": -1}, "made must be"),
        (teach, X, {**two, "members": 3}, "without the parameter 'members'"),
        (teach, X, {**two, "hiden": (3,)}, "without the parameter 'hiden'; did you mean 'hidden'?"),
    ]
    for teacher, rows, options, sentence in cases:
        with pytest.raises((TableError, ValueError, TypeError)) as refused:
            distil(teacher, rows, **{**QUICK, **options})
        assert sentence in str(refused.value), (sentence, str(refused.value))
