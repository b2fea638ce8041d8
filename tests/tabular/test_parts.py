"""What members are told by the rows that they are trained on, and by no others."""

import numpy as np
import pandas as pd
import pytest

import mlnn
from mlnn.frame.kind.mean_target import out_of_fold
from mlnn.frame.preparation import Preparation
from mlnn.frame.table import Table
from mlnn.tabular.estimator import TableClassifier
from mlnn.tabular.parts import Rows, parts_of

WAYS = [{}, {"groups": np.arange(1000) // 5}, {"members": 1}, {"times": np.arange(1000)}]


def coin_flips(random, rows=1000):
    """Return rows of 40 frequent and 100 rarer categories, and targets that have nothing to do with them."""
    frequent = random.random(rows) < 0.8
    k = np.where(frequent, random.integers(0, 40, rows), 1000 + random.integers(0, 100, rows))
    return pd.DataFrame({"c": [f"k{each}" for each in k], "x": random.normal(size=rows)}), random.integers(0, 2, rows)


def seen(table, y, parts):
    """Return the rows as members see them, and as those see them who know all targets."""
    preparation = Preparation(dtype="float64")
    whole = Rows(preparation.fit_transform(table, y, parts.dealt), y)
    told = preparation.told_to(Table.of(table), y, parts.dealt, [rows for rows, _ in parts.apart], "classification")
    return whole.told_to(*told, [aside for _, aside in parts.apart]), whole


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "".join(way) or "folds")
def test_targets_that_a_member_is_judged_by_have_no_part_in_what_it_sees(random, way):
    table, y = coin_flips(random)
    parts = parts_of(y, "classification", seed=0, **{"members": 4} | way)
    for number, (_, aside) in enumerate(parts.apart):
        other = y.copy()
        other[aside] = 1 - other[aside]
        one, two = (seen(table, t, parts)[0].of(number).matrix[:, -2] for t in (y, other))
        assert np.std(one) > 0.1
        assert np.corrcoef(one, two)[0, 1] == pytest.approx(1.0)  # but for the scale, which all have in common


def test_a_row_is_judged_as_its_judge_sees_it_and_trained_on_again_by_all_targets(random):
    table, y = coin_flips(random)
    folds = parts_of(y, "classification", members=4, seed=0)
    rows, whole = seen(table, y, folds)
    for number, (_, aside) in enumerate(folds.members):
        np.testing.assert_array_equal(rows.of(number).matrix[aside], rows.matrix[aside])
        differs = np.flatnonzero((rows.of(number).matrix != whole.matrix).any(axis=0))
        assert differs.tolist() == [whole.matrix.shape[1] - 2]  # the mean target, before x
    one, whole = seen(table, y, parts_of(y, "classification", members=1, seed=0))
    assert not one.told
    assert (one.matrix != whole.matrix).any()


def test_members_share_one_matrix_where_no_category_tells_its_mean_target(random):
    rows, whole = seen(
        pd.DataFrame({"x": random.normal(size=90)}),
        np.arange(90) % 2,
        parts_of(np.arange(90) % 2, "classification", 3, 0),
    )
    assert rows is whole
    assert rows.of(1) is whole


@pytest.mark.parametrize("way", [{}, {"times": np.arange(1000)}], ids=["folds", "times"])
def test_coin_flips_are_judged_as_coin_flips(way):
    table, y = coin_flips(np.random.default_rng(5))
    model = TableClassifier(preset="fast", epochs=40).fit(table, y, **way)
    assert any("mean target" in name for name in model.preparation_.get_feature_names_out())
    assert model.scores_["auc"] == pytest.approx(0.5, abs=0.06)


def test_rows_of_training_are_explained_as_their_judges_saw_them(tmp_path):
    """So that a category that is worth nothing is not worth something because it was told the row's own target."""
    table, y = coin_flips(np.random.default_rng(5))
    table["gone"], y = np.nan, np.where(np.arange(1000) < 50, np.nan, y)
    model = TableClassifier(preset="fast", hidden=(8,), epochs=20, members=3).fit(table, y)
    mlnn.save(model, tmp_path / "m.mlnn")
    for each in (model, mlnn.load(tmp_path / "m.mlnn")):
        predictions, seen = each.unseen_predictions(table)
        assert seen == "out of fold"
        np.testing.assert_allclose(predictions[50:], model.out_of_fold_[50:], rtol=1e-6)
        assert each.explain(table, y).importances[-1].mean > -0.01
        assert each.explain(table, y).importances[0].mean < 0.01


@pytest.mark.parametrize("way", [{"members": 3, "elsewhere": True}, {"members": 1}], ids=["elsewhere", "one member"])
def test_rows_of_a_group_do_not_tell_each_other(random, way):
    groups, T = np.arange(400) // 2, np.repeat(random.normal(size=(200, 1)), 2, axis=0)
    parts = parts_of(T[:, 0], "regression", seed=0, groups=groups, **way)
    assert (out_of_fold(groups, T, parts.dealt) == 0.0).all()


def test_a_part_that_is_far_from_what_is_held_out_is_said():
    rows, groups = np.arange(1000), np.r_[np.zeros(900), np.repeat(np.arange(1, 11), 10)]
    X, times = np.column_stack([rows % 7, rows % 3]), np.r_[np.zeros(10), np.ones(990)]
    said = "100 of 1,000 rows are held out, not about 200: the rows of a group stay together"
    model = TableClassifier(members=1, preset="fast", epochs=2, hidden=(4,)).fit(X, rows % 2, groups=groups)
    assert said in model.said_
    assert model.judgement_.how.startswith("100 rows held out")
    assert parts_of(rows, "regression", 1, 0, times=times).said == [
        "990 of 1,000 rows are held out, not about 200: the rows of a time stay together"
    ]
    assert parts_of(rows, "regression", 1, 0, groups=rows // 10).said == []
    assert parts_of(rows, "regression", 1, 0).said == []
