"""Views of a table: their weights, their mean, and what training makes of them."""

import copy
import pickle
import pkgutil
import signal
import time
from dataclasses import replace

import numpy as np
import pytest

import mlnn
from mlnn.engine import engine_for
from mlnn.frame.table import Table
from mlnn.model import Ensemble
from mlnn.network import Network
from mlnn.tabular.encoding import Encoding
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.exchange import exchanged
from mlnn.tabular.forest import Forest
from mlnn.tabular.parts import Rows
from mlnn.tabular.score import row_losses
from mlnn.tabular.training import _weights
from mlnn.tabular.view import View, Views
from mlnn.tabular.weighing import selected_weights
from mlnn.training import Diverged

QUICK = {"hidden": (8,), "epochs": 15, "members": 3, "batch_size": 16, "rate": 0.01}


@pytest.fixture
def steps(random):
    """Return rows, and targets that jump at thresholds."""
    X = random.normal(size=(200, 3))
    return X, (X[:, 0] > 0.3) * 1.0 + 2.0 * (X[:, 1] > 1.0) + 0.1 * random.normal(size=200)


def members(random, inputs, count=2):
    network = Network.dense([inputs, 3, 2])
    return tuple((network, network.initial(random, np.float32)) for _ in range(count))


def test_the_prediction_is_the_weighted_mean_written_out(random):
    matrix = random.normal(size=(20, 2)).astype(np.float32)
    encoding = Encoding.learn(matrix)
    plain, encoded = members(random, 2), members(random, encoding.width)
    views = Views((View(plain, weight=0.3), View(encoded, encoding, weight=0.7)))
    own = [Ensemble(plain).predict_proba(matrix), Ensemble(encoded).predict_proba(encoding.transform(matrix))]
    np.testing.assert_allclose(views.predict(matrix), 0.3 * own[0] + 0.7 * own[1], rtol=1e-6)
    assert views.members == plain + encoded
    alone = [
        Ensemble(each[1:]).predict_proba(seen)
        for each, seen in ((plain, matrix), (encoded, encoding.transform(matrix)))
    ]
    np.testing.assert_allclose(views.only(1).predict(matrix), 0.3 * alone[0] + 0.7 * alone[1], rtol=1e-6)


def test_a_row_has_the_bits_of_its_members_one_by_one_and_of_its_batch(steps):
    model = TableRegressor(**QUICK).fit(*steps)
    matrix, views = model.preparation_.transform(Table.of(steps[0])), model.views_
    total = 0.0
    for view in views.each:
        encoded = view.encoded(matrix)
        predictions = []
        for number, (network, theta) in enumerate(view.members):
            leaves = [view.forests[number].transform(matrix)] if view.forests else []
            predictions.append(engine_for(network).predict(network, theta, np.concatenate([encoded, *leaves], axis=1)))
        total += view.weight * (sum(predictions[1:], predictions[0]) / len(predictions))
    np.testing.assert_array_equal(views.predict(matrix), total)
    for start, stop in ((0, 1), (7, 8), (10, 12), (20, 84), (90, 155)):
        np.testing.assert_array_equal(views.predict(matrix[start:stop]), total[start:stop])


def test_weights_find_the_best_mean_but_for_the_share_of_all(random):
    y = random.normal(size=500)
    noise = random.normal(size=(3, 500)) * np.array([[1.0], [2.0], [50.0]])

    def loss(p):
        return np.mean((p - y) ** 2)

    found, lowest = selected_weights([y + each for each in noise], loss)
    assert lowest == pytest.approx(loss(sum(weight * (y + each) for weight, each in zip(found, noise, strict=True))))
    assert sum(found) == pytest.approx(1.0)
    assert found[0] > found[1] > found[2] == pytest.approx(0.25 / 3)
    best = np.array([1.0, 0.25, 1.0 / 2500])  # independent errors: inverse variances
    np.testing.assert_allclose((np.array(found) - 0.25 / 3) / 0.75, best / best.sum(), atol=0.11)


def test_encoded_numbers_find_thresholds(steps):
    X, y = steps
    plain, both = (TableRegressor(preset=preset, epochs=40, members=3).fit(X, y) for preset in ("fast", "default"))
    assert [view.encoding is None for view in plain.views_.each] == [True]
    assert [view.encoding is None for view in both.views_.each] == [True, False, False]
    assert [len(view.forests) for view in both.views_.each] == [0, 0, 3]
    assert both.scores_["rmse"] < plain.scores_["rmse"]
    assert both.views_.each[0].weight < 0.5
    for (network, theta), (same, bits) in zip(plain.members_, both.views_.each[0].members, strict=True):
        assert network == same
        np.testing.assert_array_equal(theta, bits)


def test_rows_are_encoded_once_for_all_views_also_by_a_model_from_a_file(steps, tmp_path, monkeypatch):
    model = TableRegressor(**QUICK).fit(*steps)
    mlnn.save(model, tmp_path / "model.mlnn")
    encoded, transform = [], Encoding.transform
    monkeypatch.setattr(
        Encoding, "transform", lambda self, matrix: encoded.append(len(matrix)) or transform(self, matrix)
    )
    for each in (model, mlnn.load(tmp_path / "model.mlnn")):
        each.predict(steps[0][:7])
    assert encoded == [7, 7]


def test_columns_of_two_values_are_not_seen_twice(random):
    X = random.integers(0, 2, (80, 3))
    assert len(TableClassifier(**QUICK).fit(X, X[:, 0]).views_.each) == 1


def test_a_table_too_large_to_encode_is_seen_as_it_is_and_that_is_said(steps, monkeypatch):
    monkeypatch.setattr("mlnn.tabular.sight.MOST", 1000)
    X, y = steps
    model = TableRegressor(**QUICK).fit(X, y)
    assert len(model.views_.each) == 1
    assert model.said_ == [
        "networks see the table as it is, as if the preset were fast: 200 rows of 48 pieces would take 3.8e-05 GB"
    ]


def test_a_table_of_many_rows_and_classes_is_seen_as_it_is_and_that_is_said(random, monkeypatch):
    monkeypatch.setattr("mlnn.tabular.sight.SCORES", 400)
    X, y = random.normal(size=(100, 2)), np.arange(100) % 5
    assert len(TableClassifier(**QUICK).fit(X[:80], y[:80]).views_.each) == 3
    model = TableClassifier(**QUICK).fit(X, y)
    assert len(model.views_.each) == 1
    assert model.said_ == [
        "networks see the table as it is, as if the preset were fast: 100 rows have 5 scores each, more than 400 in all"
    ]


def test_a_table_of_very_many_numbers_is_seen_as_it_is_and_that_is_said(random):
    X = random.normal(size=(20, 300))
    model = TableRegressor(**QUICK | {"epochs": 1}).fit(X, X[:, 0])
    assert len(model.views_.each) == 1
    assert model.said_[-1].endswith("as if the preset were fast: its numbers would be 4,800 pieces, more than 4,096")


@pytest.mark.parametrize("times", [None, np.arange(200)])
@pytest.mark.parametrize("members", [1, 3])
def test_views_without_folds_are_trained_again_on_all_rows(steps, times, members):
    X, y = steps
    model = TableRegressor(**QUICK | {"members": members}).fit(X, y, times=times)
    again = times is not None or members == 1
    assert ("then trained again on all 200" in model.judgement_.how) == again
    assert [len(view.members) for view in model.views_.each] == [members] * 3


def test_rows_given_to_judge_by_weigh_the_views(steps):
    X, y = steps
    model = TableRegressor(**QUICK).fit(X[:150], y[:150], eval_set=(X[150:], y[150:]))
    assert model.judgement_.rows == 50
    assert sum(view.weight for view in model.views_.each) == pytest.approx(1.0)
    assert model.score(X[150:], y[150:]) == pytest.approx(model.scores_["r2"])


def test_an_interrupt_in_the_second_view_keeps_the_first(steps):
    def stop(member, epoch):
        if member >= 3:
            raise KeyboardInterrupt

    X, y = steps
    model = TableRegressor(**QUICK).fit(X, y, watch=stop)
    assert model.interrupted_
    whole = TableRegressor(**QUICK).fit(X, y)
    assert len(model.views_.each) == 1
    for (_, theta), (_, bits) in zip(model.members_, whole.views_.each[0].members, strict=True):
        np.testing.assert_array_equal(theta, bits)


def test_views_are_weighed_by_how_much_rows_count():
    t = np.array([[0.0], [0.0], [0.0]])
    one, other = np.array([[0.0], [1.0], [1.0]]), np.array([[1.0], [0.0], [0.0]])
    target = TableRegressor().learn_targets(np.array([-1.0, 1.0]))
    rows = [Rows(np.zeros((3, 1)), t, np.array(weights)) for weights in ([9.0, 1.0, 1.0], [1.0, 9.0, 9.0])]
    (first, _), (second, _) = (_weights(target, [one, other], each) for each in rows)
    assert first[0] > first[1]
    assert second[0] < second[1]


@pytest.mark.parametrize(
    ("phase", "views"), [("training._better_weights", 1), ("base.judged", 3), ("base.train_again", 3)]
)
def test_an_interrupt_while_views_are_weighed_or_judged_keeps_what_is_trained(steps, monkeypatch, phase, views):
    X, y = steps
    parts = {"times": np.arange(len(y))}  # so that all is trained again at the end
    whole = TableRegressor(**QUICK).fit(X, y, **parts)
    function = f"mlnn.tabular.{phase}"
    original = pkgutil.resolve_name(function)
    with monkeypatch.context() as patch:
        patch.setattr(function, lambda *given: (signal.raise_signal(signal.SIGINT), original(*given))[1])
        model = TableRegressor(**QUICK).fit(X, y, **parts)
    assert model.interrupted_
    assert len(model.views_.each) == views
    assert "again" not in model.judgement_.how
    if views == 3:
        assert model.scores_ == whole.scores_
    assert np.isfinite(model.predict(X)).all()


def test_every_view_has_its_share_of_the_time(steps):
    X, y = steps
    model = TableRegressor(epochs=100_000, patience=100_000, members=2, time_budget=1.2).fit(X, y)
    assert all(1 < len(model.summary_["members"][k]["loss"]) < 100_000 for k in (0, 2, 4))


def no_memory():
    """Return an error as NumPy raises it, which has no sentence among its arguments."""
    try:
        return np.empty((10**8, 10**8))
    except MemoryError as error:
        return error


@pytest.mark.parametrize("views", [1, 2])
@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (KeyboardInterrupt, "training was interrupted"),
        (MemoryError("20 GB are not free"), "20 GB are not free"),
        (MemoryError(), "there is not enough memory"),
        (no_memory(), "Unable to allocate"),
        (Diverged("too high a rate"), "too high a rate"),
    ],
    ids=["interrupt", "sentence", "nothing", "numpy", "diverged"],
)
def test_a_later_view_that_cannot_be_had_leaves_those_before_and_that_is_said(steps, monkeypatch, failure, why, views):
    from mlnn.tabular import training

    trained, calls = training.trained, []

    def once(*arguments):
        calls.append(arguments)
        if len(calls) > views:
            raise failure
        return trained(*arguments)

    monkeypatch.setattr(training, "trained", once)
    X, y = steps
    model = TableRegressor(**QUICK).fit(X, y)
    assert len(model.views_.each) == views
    assert model.interrupted_ == (failure is KeyboardInterrupt)
    (said,) = model.said_
    without = "as if the preset were fast" if views == 1 else "networks do not see the leaves of trees"
    assert f"{without}: {why}" in said
    calls += [None] * views
    with pytest.raises(failure if failure is KeyboardInterrupt else type(failure)):
        TableRegressor(**QUICK).fit(X, y)


def test_growing_trees_is_part_of_the_time(steps, monkeypatch):
    from mlnn.tabular import training

    grow, trained, given = Forest.grow, training.trained, []

    def slow(*arguments):
        time.sleep(0.3)
        return grow(*arguments)

    def told(problem, parts, plan, judge=None):
        given.append(plan.seconds)
        return trained(problem, parts, plan, judge)

    monkeypatch.setattr(Forest, "grow", slow)
    monkeypatch.setattr(training, "trained", told)
    X, y = steps
    TableRegressor(**QUICK, time_budget=1.5).fit(X, y)
    assert given[2] < 1.5 - 3 * 0.3


def test_rows_whose_columns_are_exchanged_are_predicted_as_if_they_were_so(steps, random):
    X, y = steps
    views = TableRegressor(**QUICK).fit(X, y).views_
    matrix = random.normal(size=(12, 3)).astype(np.float32)
    rows, changed = random.permutation(12), matrix.copy()
    changed[:, 1:2] = matrix[rows, 1:2]
    ways = np.stack([matrix[3], matrix[3], matrix[3], matrix[7]])
    ways[1:, 2], ways[2:, 0] = matrix[7, 2], matrix[7, 0]  # the columns in the order 2, 0, 1
    for view in views.each:
        members = exchanged(view, matrix, [slice(0, 5), slice(5, 12), slice(0, 12)])
        for number, member in enumerate(members):
            alone = Views((replace(view.only(number), weight=1.0),))
            np.testing.assert_allclose(member(slice(0, 0), None), alone.predict(matrix[member.part]), atol=1e-5)
            found = member(slice(1, 2), rows[member.part])
            np.testing.assert_allclose(found, alone.predict(changed[member.part]), atol=1e-5)
            walk = member.walk_to(matrix[7], np.arange(3))
            np.testing.assert_allclose(walk(matrix[3], np.array([2, 0, 1])), alone.predict(ways), atol=1e-5)


def test_rows_are_predicted_the_same_in_blocks_and_alone(steps, monkeypatch):
    X, y = steps
    model = TableRegressor(**QUICK | {"members": 9}).fit(X, y)
    whole = model.predict(X)
    monkeypatch.setattr("mlnn.tabular.view.BLOCK", 7 * 48)
    np.testing.assert_array_equal(model.predict(X), whole)
    np.testing.assert_array_equal(np.concatenate([model.predict(row[None]) for row in X]), whole)


def test_out_of_fold_predictions_are_those_that_were_judged(steps):
    X, y = steps
    model = TableRegressor(**QUICK).fit(X, y)
    found, what = model.unseen_predictions(X)
    assert what == "out of fold"
    np.testing.assert_array_equal(model.target_.decode(found), model.out_of_fold_[:, 0])


def test_what_columns_contribute_adds_up_to_the_prediction_of_all_views(steps):
    X, y = steps
    model = TableRegressor(**QUICK).fit(X, y)
    (row,) = model.explain(X, row=5).rows
    assert row.prediction == pytest.approx(model.predict(X[5:6]), rel=1e-5)
    assert row.base + row.contributions.sum() == pytest.approx(row.prediction, rel=1e-5)


def test_a_copy_predicts_the_same(steps):
    X, y = steps
    model = TableRegressor(**QUICK).fit(X, y)
    for copied in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(copied.predict(X), model.predict(X))


def test_leaves_that_would_not_fit_are_left_out_and_that_is_said(steps, monkeypatch):
    monkeypatch.setattr("mlnn.tabular.sight.MOST", 100_000)
    X, y = steps
    model = TableRegressor(**QUICK).fit(X, y)
    assert [bool(view.forests) for view in model.views_.each] == [False, False]
    (said,) = model.said_
    assert said.startswith("networks do not see the leaves of trees: 200 rows of 304 pieces and leaves would take ")
    assert said.endswith(" 0.00073 GB for 3 networks")


def test_every_member_sees_leaves_of_trees_that_were_grown_on_its_own_rows_alone(steps):
    X, y = steps
    model = TableRegressor(**QUICK).fit(X, y)
    fold = model.judgement_.fold
    other = np.where(fold == 1, y[::-1], y)  # the rows that member 1 holds out have other targets
    changed = TableRegressor(**QUICK).fit(X, other)
    same = [
        all(np.array_equal(a.arrays()[name], b.arrays()[name]) for name in a.NAMES)
        for a, b in zip(model.views_.each[2].forests, changed.views_.each[2].forests, strict=True)
    ]
    assert same == [False, True, False]


def test_leaves_find_the_columns_that_act_together_among_many(random):
    X, new = random.uniform(size=(200, 20)), random.uniform(size=(1000, 20))
    y, asked = ((each[:, 0] > 0.5) & (each[:, 1] > 0.4) for each in (X, new))
    model = TableClassifier(members=3).fit(X, y)
    plain, pieces, leaves = model.views_.each
    assert leaves.weight > max(plain.weight, pieces.weight)
    alone = [Views((replace(view, weight=1.0),)) for view in model.views_.each]
    matrix = model.preparation_.transform(Table.of(new))
    losses = [row_losses(model.target_, asked * 1, each.predict(matrix)).mean() for each in alone]
    assert losses[2] < 0.8 * min(losses[:2])


def test_networks_that_know_their_rows_by_heart_are_kept_where_their_mean_is_better(random):
    X = random.normal(size=(400, 2))
    spots = np.sin(4.0 * X).prod(axis=1) + 0.5 * random.normal(size=400)
    model = TableRegressor(members=3).fit(X, spots)
    courses = model.summary_["members"]
    for course in courses[:3]:  # alone, each is best at its best
        assert course["best_epoch"] == 1 + int(np.argmin(course["valid_loss"]))
    for view in (courses[3:6], courses[6:]):
        last = [course["best_epoch"] == len(course["loss"]) for course in view]
        best = [course["best_epoch"] == 1 + int(np.argmin(course["valid_loss"])) for course in view]
        assert all(last) or all(best)


def test_a_view_is_shown_in_a_line(steps):
    X, y = steps
    model = TableRegressor(**QUICK).fit(X, y)
    for view in model.views_.each:
        assert repr(view) == f"View({view.words})"
    assert len(repr(model.views_)) < 700


def test_the_weights_of_views_are_written_so_that_they_add_up_to_1(random):
    network = Network.dense([1, 2])
    members = ((network, np.zeros(network.size)),)
    for weights in ((0.335, 0.335, 0.33), (0.045, 0.455, 0.5), random.dirichlet(np.ones(3))):
        words = Views(tuple(View(members, weight=weight) for weight in weights)).words
        written = [float(each.rpartition(" ")[2]) for each in words]
        assert sum(written) == pytest.approx(1.0, abs=1e-9)
        assert written == pytest.approx(weights, abs=0.01)
