"""The table models as scikit-learn's citizens, and their members, folds and judgements."""

import numpy as np
import pandas as pd
import pytest
from support import with_checks

from mlnn.model import Ensemble
from mlnn.tabular.estimator import TableClassifier, TableRegressor

FOLDED = {
    "check_sample_weight_equivalence_on_dense_data": "a row twice is in two folds, a row of weight 2 in one",
}
QUICK = {"hidden": (8,), "epochs": 15, "members": 3, "batch_size": 16, "rate": 0.01}


@with_checks([TableClassifier(epochs=30), TableRegressor(epochs=30)], expected_failed_checks=lambda _: FOLDED)
def test_scikit_learn_finds_nothing(estimator, check):
    check(estimator)


def people(rows=120, seed=0):
    """Return features with text, numbers and missing values; whether someone buys; and for how much."""
    random = np.random.default_rng(seed)
    age, income = random.uniform(18, 80, rows), random.lognormal(3.0, 0.5, rows)
    job = random.choice(["cook", "clerk", "pilot"], rows)
    score = (age - 50) / 15 + (job == "pilot") * 2.0 - (income - 22) / 20
    frame = pd.DataFrame({"age": age, "job": job, "income": income})
    frame.loc[random.random(rows) < 0.1, "income"] = np.nan
    frame.loc[random.random(rows) < 0.1, "job"] = None
    buys = pd.Series(np.where(score + random.normal(0, 0.3, rows) > 0, "yes", "no"), name="buys")
    return frame, buys, pd.Series(1000.0 + 50.0 * score + random.normal(0, 5, rows), name="amount")


def test_every_row_is_judged_by_a_member_that_has_not_seen_it():
    frame, _, amount = people()
    model = TableRegressor(**QUICK).fit(frame, amount)
    judgement = model.judgement_
    assert sorted(np.unique(judgement.fold)) == [0, 1, 2]
    for number, (network, theta) in enumerate(model.members_):
        aside = judgement.fold == number
        alone = Ensemble(((network, theta),)).predict_proba(model.preparation_.transform(frame[aside]))
        np.testing.assert_allclose(model.target_.decode(alone), judgement.predictions[aside, 0], rtol=1e-5)
    errors = judgement.predictions[:, 0] - amount
    assert judgement.scores["rmse"] == pytest.approx(np.sqrt(np.mean(errors**2)))


def test_rows_without_a_target_are_left_out_and_said():
    frame, buys, _ = people()
    gaps = buys.where(np.arange(len(buys)) % 10 > 0, None)
    model = TableClassifier(**QUICK).fit(frame, gaps)
    same = TableClassifier(**QUICK).fit(frame[gaps.notna()], buys[gaps.notna()])
    assert model.said_[0] == "12 of 120 rows have no target and were left out"
    assert (model.predict_proba(frame) == same.predict_proba(frame)).all()
    assert np.isnan(model.out_of_fold_[::10]).all()
    assert not np.isnan(np.delete(model.out_of_fold_, np.arange(0, 120, 10), axis=0)).any()


@pytest.mark.parametrize("name", ["groups", "times"])
def test_groups_and_times_are_one_for_each_row(random, name):
    with pytest.raises(ValueError, match=f"^{name} has 2 rows, but y has 9$"):
        TableRegressor(epochs=1).fit(random.normal(size=(9, 2)), np.arange(9.0), **{name: [1, 2]})
