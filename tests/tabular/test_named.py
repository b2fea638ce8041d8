"""Targets, weights and groups that are named: every face that takes rows takes a file with the names of its columns."""

import numpy as np
import pandas as pd
import pytest
from commands import QUICK, houses

from mlnn import TableClassifier, TableRegressor, load, save
from mlnn.frame.column import TableError
from mlnn.tabular.compare import compared


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Return a file of houses, their price as money, with weights and groups."""
    path, frame = tmp_path_factory.mktemp("named") / "houses.csv", houses(200)
    weight, street = np.arange(200) % 3 + 1.0, np.arange(200) // 5
    frame.assign(price=[f"${x:,.2f}" for x in frame["price"]], weight=weight, street=street).to_csv(path, index=False)
    return path


def rows(file, target):
    frame = pd.read_csv(file)
    return frame[["area", "rooms", "town"]], frame[target], frame["weight"].to_numpy(), frame["street"].to_numpy()


@pytest.fixture(scope="module", params=[(TableClassifier, "sold"), (TableRegressor, "price")], ids=["class", "price"])
def trained(request, file):
    kind, target = request.param
    X, y, _, _ = rows(file, target)
    return kind(**QUICK, preset="fast").fit(X, y), target


def test_a_file_is_judged_and_explained_as_its_rows_in_memory_are(file, trained):
    model, target = trained
    X, y, w, groups = rows(file, target)
    with pytest.warns(UserWarning, match="trained on"):
        assert model.evaluate(file, target, "weight") == model.evaluate(X, y, w)
    assert model.score(file, target, "weight") == model.score(X, y, w)
    named, given = model.evaluation(file, [target], None, "street"), model.evaluation(X, y, None, groups)
    assert named.by_group.keys() == given.by_group.keys()
    assert named.scores == given.scores
    by_name, by_rows = (each.importances for each in (model.explain(file, target, "weight"), model.explain(X, y, w)))
    assert [vars(each) for each in by_name] == [vars(each) for each in by_rows]
    one, other = compared({"m": model}, file, target, "weight"), compared({"m": model}, X, y, w)
    assert one.to_json() == other.to_json()


def test_a_kept_model_reads_the_targets_of_a_file_as_training_did(file, tmp_path):
    model = TableRegressor(**QUICK, preset="fast").fit(file, "price", "weight")
    save(model, tmp_path / "m.mlnn")
    assert load(tmp_path / "m.mlnn").score(file, "price", "weight") == model.score(file, "price", "weight")


def test_rows_to_judge_by_may_be_a_file(file, trained, tmp_path):
    model, target = trained
    X, y, w, _ = rows(file, target)
    other = tmp_path / "other.csv"
    pd.read_csv(file).tail(60).to_csv(other, index=False)
    Xo, yo, wo = (each[-60:] for each in (X, y, w))
    fitted = []
    for judge in ((other, target, "weight"), (Xo, yo, wo)):
        with pytest.warns(UserWarning, match="rows are rows that"):
            fitted.append(type(model)(**QUICK, preset="fast").fit(X, y, eval_set=judge).scores_)
    assert fitted[0] == fitted[1]


def test_what_a_file_does_not_hold_or_nobody_named_is_refused(file, trained):
    model, target = trained
    _, y, _, _ = rows(file, target)
    with pytest.raises(TypeError, match="of a file y, and sample_weight if there is one, are the names of its columns"):
        model.evaluate(file, y)
    with pytest.raises(TableError, match="cost"):
        model.evaluate(file, "cost")
    with pytest.raises(TableError, match="the model predicts 1 column, but y names 2: "):
        model.evaluate(file, [target, "rooms"])


def test_a_target_named_twice_is_refused(file):
    with pytest.raises(TableError, match="column 'price' is named twice"):
        TableRegressor(**QUICK).fit(file, ["price", "price"])
