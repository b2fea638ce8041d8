"""Explanations against planted truths: what matters is found, what adds up adds up, and nothing is made up."""

import inspect
import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.inspection import partial_dependence, permutation_importance

import mlnn
from mlnn.frame.table import Table
from mlnn.tabular.dependence import MISSING
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.explain import cell
from mlnn.tabular.shapley import shapley

QUICK = {"hidden": (16,), "epochs": 30, "rate": 0.01, "members": 3}


def planted(random, rows=400):
    """Return columns of which b decides, c helps, and a, and the constant do nothing."""
    frame = pd.DataFrame(
        {
            "a": random.normal(size=rows),
            "b": random.normal(size=rows),
            "c": random.choice(["red", "green", "blue"], rows),
            "same": np.ones(rows),
        }
    )
    return frame, 3.0 * frame["b"] + (frame["c"] == "red") + 0.1 * random.normal(size=rows)


@pytest.fixture(scope="module")
def fitted():
    frame, y = planted(np.random.default_rng(0))
    return frame, y, TableRegressor(**QUICK).fit(frame, y)


# What columns are worth


def test_what_decides_is_found(fitted):
    frame, y, model = fitted
    found = model.explain(frame, y)
    assert [each.column for each in found.importances[:2]] == ["b", "c"]
    worth = {each.column: each for each in found.importances}
    assert worth["b"].mean > 1.0
    assert worth["b"].spread > 0.0
    assert abs(worth["a"].mean) < 0.02
    assert worth["same"].mean == worth["same"].spread == 0.0
    assert [each.column for each in found.dependences][:2] == ["b", "c"]


def test_rows_of_training_are_predicted_by_who_has_not_seen_them(random):
    """So a broken network is noticed by the rows of its own fold alone."""
    X = random.normal(size=(120, 3))
    y = X[:, 1] + 0.1 * random.normal(size=120)
    model = TableRegressor(**QUICK).fit(X, y)
    others = np.where(model.judgement_.fold > 0, y, np.nan)
    before, all_before = model.explain(X, others).importances, model.explain(X, y).importances
    model.members_[0][1][:] = 1.0
    assert model.explain(X, others).importances == before
    assert model.explain(X, y).importances != all_before
    assert "networks that were not trained on them" in model.explain(X, y).how
    assert "all 9 networks" in model.explain(X[::-1], y[::-1]).how


def test_rows_that_the_networks_have_seen_are_said(random):
    X, y = planted(random, 120)
    model = mlnn.TableRegressor(**QUICK).fit(X, y)
    new, targets = planted(random, 60)
    some = model.explain(pd.concat([X[:60], new]), pd.concat([y[:60], targets]), columns=0, repeats=1)
    assert some.how.endswith("; 60 of 120 rows are rows that the model was trained on: importances are too large")
    assert "trained on:" not in model.explain(new, targets, columns=0, repeats=1).how
    alone = mlnn.TableRegressor(**QUICK | {"members": 1}).fit(X, y)
    assert "these are the rows of training" in alone.explain(X, y, columns=0, repeats=1).how
    assert model.explain(X, y, columns=0, repeats=1).how.endswith("networks that were not trained on them")


@pytest.mark.parametrize("classifies", [False, True])
def test_importances_are_scikit_learns_on_the_same_model(fitted, classifies):
    frame, y, model = fitted
    if classifies:
        y = np.where(y > 0, "yes", "no")
        model = TableClassifier(**QUICK).fit(frame, y)
    backwards = slice(None, None, -1)  # so that all networks predict, as for scikit-learn
    rows, targets = frame[backwards].reset_index(drop=True), np.asarray(y)[backwards]
    scoring = "neg_log_loss" if classifies else "r2"
    theirs = permutation_importance(model, rows, targets, scoring=scoring, n_repeats=20, random_state=0)
    found = {each.column: each.mean for each in model.explain(rows, targets, repeats=20).importances}
    ours = np.array([found[name] for name in frame])
    assert spearmanr(ours[:3], theirs.importances_mean[:3]).statistic == 1.0
    assert ours == pytest.approx(theirs.importances_mean, rel=0.1, abs=0.005)


def test_rows_that_weigh_nothing_tell_nothing(random):
    X = random.normal(size=(300, 2))
    y = np.where(np.arange(300) < 150, X[:, 0], X[:, 1])
    model = TableRegressor(**QUICK).fit(np.column_stack([X, np.arange(300) < 150]), y)
    weights = (np.arange(300) < 150) * 1.0
    found = model.explain(np.column_stack([X, np.arange(300) < 150]), y, weights)
    assert found.importances[0].column == "x0"
    worth = {each.column: each.mean for each in found.importances}
    assert worth["x1"] < 0.1 * worth["x0"]


def test_without_targets_a_column_is_worth_how_far_predictions_move(fitted):
    frame, _, model = fitted
    found = model.explain(frame)
    assert found.measure == "mean square by which predictions move"
    assert [each.column for each in found.importances[:2]] == ["b", "c"]


def test_a_model_from_a_file_knows_its_rows_again(fitted, tmp_path):
    frame, y, model = fitted
    mlnn.save(model, tmp_path / "m.mlnn")
    found, again = model.explain(frame, y), mlnn.load(tmp_path / "m.mlnn").explain(frame, y)
    assert again.how == found.how
    assert again.importances == found.importances


def test_rows_without_a_target_are_left_out(fitted):
    frame, y, model = fitted
    gaps = y.where(np.arange(len(y)) % 4 > 0, np.nan)
    assert model.explain(frame, gaps).how.startswith("300 rows, ")


# What predictions depend on


def test_rows_that_nobody_judged_explain_nothing(random):
    X = random.normal(size=(60, 2))
    y = pd.Series(X[:, 0]).mask(np.arange(60) < 20)
    model = TableRegressor(hidden=(8,), epochs=15, members=3).fit(X, y)
    weights = np.linspace(0.5, 1.5, 60)
    found = model.explain(X, sample_weight=weights)
    assert found.how == "40 rows, predicted by networks that were not trained on them"
    assert found.importances[0].column == "x0"


@pytest.mark.parametrize("wrong", [{"repeats": 0}, {"columns": -1}, {"columns": 1.5}, {"repeats": 2.0}])
def test_counts_are_checked(fitted, wrong):
    frame, _, model = fitted
    with pytest.raises(
        ValueError, match=r"^columns must be a whole number of 0 or more, repeats one of 1 or more, but got"
    ):
        model.explain(frame, **wrong)


def test_dependence_is_the_mean_prediction_with_the_column_set(fitted):
    frame, y, model = fitted
    frame, y = frame[:150], y[:150]  # few enough that all are tried
    first, second = model.explain(frame, y).dependences[:2]
    for k in (0, len(first.at) // 2, -1):
        assert first.mean[k, 0] == pytest.approx(model.predict(frame.assign(b=first.at[k])).mean(), rel=1e-4)
    assert sorted(second.at) == ["blue", "green", "red"]
    assert second.share[0] == max(second.share)
    assert second.share.sum() == pytest.approx(1.0)
    for label, value in zip(second.at, second.mean[:, 0], strict=True):
        assert value == pytest.approx(model.predict(frame.assign(c=label)).mean(), rel=1e-4)
    assert dict(zip(second.at, second.mean[:, 0], strict=True))["red"] > second.mean[:, 0].min() + 0.7


@pytest.mark.skipif(
    "custom_values" not in inspect.signature(partial_dependence).parameters,
    reason="this scikit-learn chooses the values itself",
)
def test_dependence_is_scikit_learns(random):
    X = random.normal(size=(150, 3))
    model = TableRegressor(**QUICK).fit(X, X[:, 0] ** 2)
    (found,) = model.explain(X, X[:, 0] ** 2, columns=1).dependences
    theirs = partial_dependence(model, X, [0], custom_values={0: found.at}, method="brute", kind="both")
    assert found.mean[:, 0] == pytest.approx(theirs["average"][0], rel=1e-4, abs=1e-4)
    assert found.curves == pytest.approx(theirs["individual"][0], rel=1e-3, abs=1e-4)
    apart = theirs["individual"][0] - theirs["individual"][0].mean(axis=1, keepdims=True)
    assert found.spread[:, 0] == pytest.approx(apart.std(axis=0), rel=1e-3, abs=1e-4)


def test_curves_spread_where_columns_act_together(random):
    X = random.normal(size=(400, 2))
    alone = TableRegressor(**QUICK, layer="tanh").fit(X, X[:, 0] * 2.0 + X[:, 1])
    together = TableRegressor(**QUICK | {"epochs": 60}).fit(X, X[:, 0] * X[:, 1])
    (first,) = alone.explain(X, X[:, 0] * 2.0 + X[:, 1], columns=1).dependences
    (second,) = together.explain(X, X[:, 0] * X[:, 1], columns=1).dependences
    assert first.spread.mean() < 0.3 * np.ptp(first.mean)
    assert second.spread.mean() > 0.5 * np.ptp(second.mean)


def test_gaps_are_a_category_and_dates_an_axis(random):
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, 200), "D")
    mood = np.where(np.arange(200) % 3 == 0, None, np.where(np.arange(200) % 2, "good", "bad"))
    y = (days.day_of_year > 150) * 2.0 + (mood == "good")
    frame = pd.DataFrame({"day": days, "mood": mood})
    depends = {each.column: each for each in TableRegressor(**QUICK).fit(frame, y).explain(frame, y).dependences}
    assert depends["day"].ordered
    assert depends["day"].at.dtype.kind == "M"
    assert set(depends["mood"].at) == {"good", "bad", MISSING}


def test_spellings_of_a_category_are_one(random):
    mood, sure = random.choice(["good", "bad", "none"], 200), random.choice(["yes", "no"], 200)
    frame = pd.DataFrame({"mood": mood, "sure": sure})
    y = (mood == "good") * 2.0 + (sure == "yes")
    model = TableRegressor(**QUICK).fit(frame, y)
    other = pd.DataFrame({"mood": np.where(y > 1, np.char.upper(mood), mood), "sure": np.where(y > 1, "TRUE", sure)})
    other["sure"] = np.where(sure == "no", "no", other["sure"])
    depends = {each.column: each for each in model.explain(other, y).dependences}
    assert sorted(depends["mood"].at) == ["bad", "good", "none"]
    assert sorted(depends["sure"].at) == ["no", "yes"]
    for name, cells in (("mood", mood), ("sure", sure)):
        assert depends[name].share.tolist() == [np.mean(cells == each) for each in depends[name].at]


# Why a row got its prediction


def explained(row, others, places, predict, random):
    """Return the Shapley values of any function of rows."""

    def walk(other, order):
        rows = np.tile(other, (len(places) + 1, 1))
        for step, column in enumerate(order):
            rows[step + 1 :, places[column]] = row[places[column]]
        return predict(rows)

    return shapley(others, len(places), walk, random)


def test_numbers_and_dates_in_text_are_axes_of_what_they_mean(random):
    size = random.integers(1000, 9000, 80)
    day = pd.date_range("2024-01-01", periods=80)
    frame = pd.DataFrame({"size": [f"${k:,}" for k in size], "day": day.strftime("%d.%m.%Y")})
    y = size / 1000.0 + np.arange(80) / 10.0
    depends = {each.column: each for each in TableRegressor(**QUICK).fit(frame, y).explain(frame, y).dependences}
    assert depends["size"].at.min() >= size.min()
    assert set(depends["size"].at) <= set(size)
    assert depends["day"].at.dtype.kind == "M"
    assert (np.diff(depends["day"].at) > np.timedelta64(0)).all()


def test_shapley_values_of_a_linear_model_are_its_coefficients_times_distances(random):
    """So they are to the last digits, because every walk tells the same."""
    coefficients, others, row = random.normal(size=(5, 2)), random.normal(size=(30, 5)), random.normal(size=5)
    places = [slice(0, 1), slice(1, 3), slice(3, 5)]
    base, prediction, c, errors, error = explained(row, others, places, lambda X: X @ coefficients, random)
    each = coefficients * (row - others.mean(axis=0))[:, None]
    assert c == pytest.approx(np.stack([each[place].sum(axis=0) for place in places]))
    assert base + c.sum(axis=0) == pytest.approx(prediction)
    changes = np.stack([(row[p] - others[:, p]) @ coefficients[p] for p in places])
    assert errors == pytest.approx(changes.std(axis=1, ddof=1) / np.sqrt(30))
    assert error == pytest.approx((others @ coefficients).std(axis=0, ddof=1) / np.sqrt(30))


def test_shapley_values_share_a_product_out_equally(random):
    """Of x·y against (0, 0), each is worth a half of it, on either way."""
    found = explained(
        np.array([2.0, 3.0]), np.zeros((4, 2)), [slice(0, 1), slice(1, 2)], lambda X: X.prod(axis=1)[:, None], random
    )
    assert found[2][:, 0] == pytest.approx([3.0, 3.0])


def test_standard_errors_are_honest(random):
    """What many samples vary by is what each of them says of itself."""
    row, places = np.ones(3), [slice(k, k + 1) for k in range(3)]

    def predict(X):
        return (X[:, 0] * X[:, 1] + np.sin(3.0 * X[:, 2]) * X[:, 0])[:, None]

    each = [explained(row, random.normal(size=(40, 3)), places, predict, random) for _ in range(150)]
    varied = np.std([found[2] for found in each], axis=0)
    assert np.mean([found[3] for found in each], axis=0) == pytest.approx(varied, rel=0.2)


def test_an_explanation_is_shown_in_a_line(fitted):
    frame, y, model = fitted
    found = model.explain(frame, y, row=0)
    assert repr(found).startswith(f"<Explanation by {found.how}: fall of R²: {found.importances[0].column} ")
    assert repr(found).endswith("; 1 row explained>")
    assert len(repr(found)) < 400


def test_rows_that_are_explained_are_not_warned_of_as_if_they_were_all(random):
    frame = pd.DataFrame({"a": random.normal(size=200), "town": ["Bonn", "Köln"] * 100})
    model = TableRegressor(**QUICK).fit(frame, frame["a"])
    frame.loc[7, "town"], frame.loc[7, "a"] = "Ulm", 0.183486
    (row,) = model.explain(frame, row=7).rows
    assert [row.cells[row.columns.index(name)] for name in ("town", "a")] == ["Ulm", "0.183486"]
    assert (row.compared, row.compared_with) == (128, "128 rows")
    (row,) = model.explain(frame[:80].assign(a=2.0), row=7).rows  # as many as there are: all of them
    assert (row.cells[row.columns.index("a")], row.compared_with, *row.base_error) == ("2", "all 80 rows", 0.0)
    assert row.base_error.shape == row.base.shape


@pytest.mark.parametrize("classifies", [False, True])
def test_contributions_add_up_to_the_prediction(fitted, classifies):
    frame, y, model = fitted
    if classifies:
        y = np.array(["low", "mid", "high"])[np.digitize(y, [-1, 1])]
        model = TableClassifier(**QUICK).fit(frame, y)
    found = model.explain(frame, y, row=[0, 7]).rows
    own = model.predict_proba(frame) if classifies else model.predict(frame)[:, None]
    for each in found:
        assert each.base + each.contributions.sum(axis=0) == pytest.approx(each.prediction, abs=1e-12)
        assert each.prediction == pytest.approx(own[each.row], rel=1e-5)
    assert [each.row for each in found] == [0, 7]
    assert found[1].cells[found[1].columns.index("c")] == frame["c"][7]
    strongest = np.abs(found[0].contributions).max(axis=1).argmax()
    assert found[0].columns[strongest] == "b"


def test_the_same_seed_explains_the_same(fitted):
    frame, y, model = fitted
    one, other = (model.explain(frame, y, row=3, seed=1).to_json() for _ in range(2))
    assert one == other
    assert model.explain(frame, y, row=3, seed=2).to_json() != one


def test_there_must_be_such_a_row(fitted):
    frame, y, model = fitted
    with pytest.raises(ValueError, match="from 0 to 399, but got"):
        model.explain(frame, y, row=400)
    for wrong in (1.7, [1.0, 2.0], True, [False, True], "3"):
        with pytest.raises(ValueError, match="row must be a whole number, or a sequence of them, but got"):
            model.explain(frame, y, row=wrong)


@pytest.mark.parametrize("kind", ["several labels", "questions", "several targets"])
def test_targets_of_every_kind_are_explained(random, kind):
    X = random.normal(size=(150, 2))
    if kind == "several targets":
        model, y = TableRegressor(**QUICK), np.column_stack([X[:, 1], 2.0 * X[:, 1]])
    elif kind == "questions":
        y = np.column_stack([np.digitize(X[:, 1], [-1, 1]), np.where(X[:, 1] > 0, 7, 9)])
        model = TableClassifier(**QUICK)
    else:
        model, y = TableClassifier(**QUICK), np.column_stack([X[:, 1] > 0, X[:, 1] > 1]).astype(int)
    found = model.fit(X, y).explain(X, y, row=0)
    assert found.importances[0].column == "x1"
    assert len(found.outputs) == found.rows[0].prediction.size
    json.dumps(found.to_json())
    found.plot()


# Pictures


def test_pictures_show_what_was_found(fitted):
    frame, y, model = fitted
    found = model.explain(frame, y, row=[0, 1])
    figure = found.plot()
    titles = [ax.get_title("left") for ax in figure.axes if ax.get_title("left")]
    assert titles[0] == "What columns are worth"
    assert titles[1].startswith(f"Row 0: {found.rows[0].prediction[0]:.4g}, ")
    assert "b" in titles
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == [max(each.mean, 0.0) for each in found.importances]
    steps = sorted(bar.get_width() for bar in figure.axes[1].patches)
    assert steps == pytest.approx(sorted(found.rows[0].contributions[:, 0]))


def test_of_many_columns_the_rest_is_one_step(random):
    X = random.normal(size=(120, 30))
    found = TableRegressor(**QUICK | {"epochs": 3}).fit(X, X[:, 0]).explain(X, X[:, 0], row=0)
    ax = mlnn.plot.plot_row(found.rows[0])
    assert len(ax.patches) == 12
    assert ax.get_yticklabels()[-1].get_text() == "19 other columns"
    assert sum(bar.get_width() for bar in ax.patches) == pytest.approx(found.rows[0].contributions.sum())


def test_typed_times_are_written_as_people_write_them():
    days = np.array(["12020-01-04", "2020-01-04T16:30", "NaT"], dtype="datetime64[us]")
    lengths = np.array([16_200, 86_400, 5400], dtype="timedelta64[s]")
    table = Table.of(pd.DataFrame({"when": days, "long": lengths}))
    assert [cell(table, "when", row) for row in range(3)] == ["12020-01-04", "2020-01-04 16:30:00", MISSING]
    assert [cell(table, "long", row) for row in range(3)] == ["4:30:00", "1 day, 0:00:00", "1:30:00"]
