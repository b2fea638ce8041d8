"""Training on files that are larger than what it may take: a sample tells what columns are, windows are trained on."""

import pickle
import warnings

import numpy as np
import pandas
import pytest
from sklearn import config_context

import mlnn
from mlnn.frame import long_text
from mlnn.frame.column import TableError
from mlnn.frame.read import read_table
from mlnn.source import stored
from mlnn.tabular import in_windows, room
from mlnn.tabular.room import Room, batches, larger, parted, sampled
from mlnn.training import CheckpointError

ROWS = 12_000
SETTINGS = {"epochs": 6, "members": 2, "hidden": (16,), "preset": "fast", "random_state": 0}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Let a table of a few thousand rows be a large one."""
    monkeypatch.setattr(room.memory, "SMALL", 0)
    monkeypatch.setattr(room, "LEAST", 1_000)
    monkeypatch.setattr(room, "KNOWN", 3_000)
    monkeypatch.setattr(room, "BATCH", 1_000)


def frame(rows=ROWS, seed=0):
    random = np.random.default_rng(seed)
    x, town = random.normal(size=rows), random.integers(0, 40, rows)
    effect = np.random.default_rng(9).normal(size=40)
    z = 2.0 * x + effect[town]
    return pandas.DataFrame(
        {
            "x": np.where(random.random(rows) < 0.1, np.nan, x),
            "town": [f"town {k}" for k in town],
            "paid": [f"${100 + 10 * each:.2f}" for each in random.normal(size=rows)],
            "day": np.datetime64("2020-01-01") + random.integers(0, 900, rows).astype("timedelta64[D]"),
            "left": np.where(z + random.normal(size=rows) > 0, "yes", "no"),
            "value": z + 0.3 * random.normal(size=rows),
        }
    )


def written(folder, table, files=3):
    for k, rows in enumerate(np.array_split(np.arange(len(table)), files)):
        table.iloc[rows].to_parquet(folder / f"part{k}.parquet", row_group_size=900, index=False)
    return f"{folder}/part*.parquet"


def fitted(kind, path, target, drop, memory=6e6, checkpoint=None):
    model = kind(**SETTINGS | {"memory": memory, "columns": {drop: "drop"}})
    return model.fit(path, target, checkpoint=checkpoint)


@pytest.mark.parametrize(
    ("kind", "target", "drop", "score"),
    [(mlnn.TableClassifier, "left", "value", "auc"), (mlnn.TableRegressor, "value", "left", "r2")],
)
def test_windows_are_about_as_good_as_memory(tmp_path, kind, target, drop, score):
    path, new = written(tmp_path, frame()), frame(4_000, seed=1)
    windows, memory = (fitted(kind, path, target, drop, limit) for limit in (6e6, 1e12))
    assert "are trained on in windows from the disk" in windows.said_[0]
    assert not any("windows" in sentence for sentence in memory.said_)
    found = [model.evaluate(new.drop(columns=target), new[target])[score] for model in (windows, memory)]
    assert found[0] == pytest.approx(found[1], abs=0.02)
    assert found[0] > 0.8
    assert windows.scores_[score] == pytest.approx(found[0], abs=0.05)  # of rows that are held out


def test_every_row_is_counted_whatever_it_is_cut_into(tmp_path, monkeypatch):
    table = frame()
    table.loc[table.index % 100 == 7, "left"] = None
    path = written(tmp_path, table)
    one = fitted(mlnn.TableClassifier, path, "left", "value")
    monkeypatch.setattr(room, "BATCH", 777)
    other = fitted(mlnn.TableClassifier, path, "left", "value")
    assert pickle.dumps(one.views_.members) == pickle.dumps(other.views_.members)
    assert one.said_ == other.said_
    sample, aside = parted(*_parts_of(path, ["left"]))
    gone = table["left"].isna().to_numpy()
    kept = np.flatnonzero(~gone)
    x = next(column for column in one.columns_ if column.name == "x")
    assert (x.fate.rows, x.fate.missing) == (len(kept), int(table["x"].iloc[kept].isna().sum()))
    assert one.summary_["rows"] == len(np.setdiff1d(kept, aside))
    assert f"{gone.sum():,} of {ROWS:,} rows have no target and were left out" in one.said_
    assert gone[aside].any()
    assert not np.isin(sample, aside).any()


def _parts_of(path, targets, memory=6e6):
    table = read_table(path)
    return table, targets, larger(table, memory), 0


def test_a_class_of_one_row_is_known(tmp_path):
    table = frame()
    table.loc[11_111, "left"] = "perhaps"
    model = fitted(mlnn.TableClassifier, written(tmp_path, table), "left", "value")
    assert model.classes_.tolist() == ["no", "perhaps", "yes"]


def test_gaps_are_no_targets_that_differ(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "VALUES", 5)
    grade = np.where(np.arange(ROWS) % 3 == 0, np.nan, np.arange(ROWS) % 2)
    grade[11_111] = 2.0
    path = written(tmp_path, frame().assign(grade=grade))
    sample, _ = parted(*_parts_of(path, ["grade"]))
    assert 11_111 in sample


def test_what_the_sample_did_not_have_is_counted(tmp_path):
    table = frame()
    path = written(tmp_path, table)
    sample, aside = parted(*_parts_of(path, ["left"]))
    unseen = np.setdiff1d(np.arange(ROWS), np.union1d(sample, aside))[:3]
    table.loc[unseen, "paid"] = "a lot"
    table.loc[unseen, "town"] = "Atlantis"
    model = fitted(mlnn.TableClassifier, written(tmp_path, table), "left", "value")
    said = " ".join(model.said_)
    assert f"'paid' has 3 of {ROWS:,} values that cannot be read: 'a lot' in row" in said
    assert f"'town': 3 of {ROWS:,} values unknown: 'Atlantis'" in said


def test_no_row_of_the_sample_is_told_its_own_target(tmp_path, monkeypatch):
    kept = []

    def store(batches, **more):
        kept.extend(batches)
        return stored(iter(kept), **more)

    monkeypatch.setattr(in_windows, "stored", store)
    random = np.random.default_rng(0)
    names = [f"name {k}" for k in random.integers(0, 600, ROWS)]  # which the sample has a few times each
    table = pandas.DataFrame({"name": names, "x": random.normal(size=ROWS), "left": random.integers(0, 2, ROWS)})
    path = written(tmp_path, table)
    model = mlnn.TableClassifier(**SETTINGS, memory=4e6).fit(path, "left")
    sample, aside = parted(*_parts_of(path, ["left"], 4e6))
    rows = np.setdiff1d(np.arange(ROWS), aside)
    as_new = model.preparation_.prepare(table).matrix[rows]
    differ = as_new != np.concatenate([X for X, _ in kept])
    assert differ.any(axis=1)[np.isin(rows, sample)].mean() > 0.9
    assert not differ[~np.isin(rows, sample)].any()
    told = [feature.startswith("name=(mean target") for feature in model.preparation_.get_feature_names_out()]
    assert differ.any(axis=0).tolist() == told


def test_a_model_is_kept_and_explains_and_predicts_batch_by_batch(tmp_path):
    table = frame()
    path = written(tmp_path, table)
    model = fitted(mlnn.TableClassifier, path, "left", "value")
    mlnn.save(model, tmp_path / "left.mlnn")
    again = mlnn.load(tmp_path / "left.mlnn")
    assert len(list(batches(read_table(path), again.memory))) > 3
    assert (again.predict_proba(path) == model.predict_proba(table)).all()
    assert again.explain(table[:500], table["left"][:500]).importances[0].column == "x"
    with pytest.warns(UserWarning, match="rows are rows that the model was trained on|rows that the model was"):
        model.evaluate(table[:6_000], table["left"][:6_000])


def test_the_rows_of_training_are_known_again_and_others_are_new(tmp_path):
    table = frame()
    path = written(tmp_path, table)
    model = fitted(mlnn.TableClassifier, path, "left", "value")
    mlnn.save(model, tmp_path / "left.mlnn")
    for each in (model, mlnn.load(tmp_path / "left.mlnn")):
        for rows in (path, table):
            predictions, what = each.unseen_predictions(rows)
            assert what == "trained on"
        np.testing.assert_array_equal(predictions, each.predict_proba(table))
        assert each.unseen_predictions(table[::-1])[1] == each.unseen_predictions(table[1:])[1] == "new"
        assert not each.judged_apart(table)
        told = each.evaluation(path, "left").flattered
        assert told.startswith("about ")  # those that were held out are none of them
        assert "the model was trained on" in told


def test_transformers_may_be_told_to_put_out_frames(tmp_path):
    path = written(tmp_path, frame())
    usual = fitted(mlnn.TableClassifier, path, "left", "value")
    with config_context(transform_output="pandas"):
        told = fitted(mlnn.TableClassifier, path, "left", "value")
    assert pickle.dumps(told.views_.members) == pickle.dumps(usual.views_.members)


def test_weights_count(tmp_path):
    table = frame().assign(w=lambda table: np.where(table["left"] == "yes", 3.0, 1.0))
    path, settings = written(tmp_path, table), SETTINGS | {"memory": 7e6}
    aside = {"value": "drop", "w": "drop"}
    weighed = mlnn.TableClassifier(**settings, columns={"value": "drop"}).fit(path, "left", "w")
    classes = mlnn.TableClassifier(**settings, columns=aside, class_weight={"yes": 3.0, "no": 1.0}).fit(path, "left")
    plain = mlnn.TableClassifier(**settings, columns=aside).fit(path, "left")
    assert (weighed.predict_proba(table) == classes.predict_proba(table)).all()
    assert weighed.predict_proba(table)[:, 1].mean() > plain.predict_proba(table)[:, 1].mean() + 0.1


def test_of_rows_held_out_it_is_told_which_have_no_weight(tmp_path):
    table = frame().assign(w=np.where(np.arange(ROWS) % 3 == 0, 0.0, 1.0))
    model = mlnn.TableClassifier(**SETTINGS, memory=7e6, columns={"value": "drop"})
    model.fit(written(tmp_path, table), "left", "w")
    assert f"{ROWS // 3:,} of {ROWS:,} rows have weight 0 and were left out" in model.said_


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"groups": np.zeros(ROWS)}, "but groups was given"),
        ({"times": np.arange(ROWS)}, "but times was given"),
    ],
)
def test_what_takes_all_rows_at_once_is_refused(tmp_path, asked, told):
    path = written(tmp_path, frame())
    with pytest.raises(TableError, match=told):
        mlnn.TableClassifier(**SETTINGS, memory=6e6).fit(path, "left", **asked)


def test_too_little_memory_is_refused_with_what_it_takes(tmp_path):
    with pytest.raises(TableError, match=r"0\.3 MB are too little for rows of 6 columns: training takes 3\.1 MB"):
        fitted(mlnn.TableClassifier, written(tmp_path, frame()), "left", "value", memory=3e5)


def test_few_rows_are_read_as_a_whole_however_wide(tmp_path):
    path = written(tmp_path, frame(1_900))
    assert _parts_of(path, ["left"], 1e5)[2] is None
    small, plenty = (fitted(mlnn.TableClassifier, path, "left", "value", limit) for limit in (1e5, 1e12))
    assert pickle.dumps(small.views_.members) == pickle.dumps(plenty.views_.members)


def test_of_a_file_targets_are_named(tmp_path):
    path = written(tmp_path, frame(600))
    with pytest.raises(TypeError, match="y, and sample_weight if there is one, are the names of its columns"):
        mlnn.TableClassifier().fit(path, np.zeros(600))
    with pytest.raises(TypeError, match=r'fit\("folder/\*\.parquet", "y"\)'):
        mlnn.TableClassifier().fit(mlnn.source.ArrayRows(np.zeros((9, 2)), np.zeros(9)), None)


def test_small_files_are_trained_on_as_their_rows_in_memory(tmp_path):
    table = frame(600)
    path = written(tmp_path, table)
    named = mlnn.TableClassifier(**SETTINGS).fit(path, "left")
    given = mlnn.TableClassifier(**SETTINGS).fit(table.drop(columns="left"), table["left"])
    assert pickle.dumps(named.views_.members) == pickle.dumps(given.views_.members)


def test_files_of_text_are_read_in_windows_too(tmp_path, monkeypatch):
    monkeypatch.setattr(long_text, "LONG", 0)
    table = frame()
    for k, rows in enumerate(np.array_split(np.arange(ROWS), 3)):
        table.iloc[rows].to_csv(tmp_path / f"part{k}.csv", index=False)
    text = fitted(mlnn.TableClassifier, f"{tmp_path}/part*.csv", "left", "value")
    assert "are trained on in windows from the disk" in text.said_[0]
    parquet = fitted(mlnn.TableClassifier, written(tmp_path, table), "left", "value")
    assert [(c.name, c.fate.kind) for c in text.columns_] == [(c.name, c.fate.kind) for c in parquet.columns_]
    assert text.scores_["auc"] == pytest.approx(parquet.scores_["auc"], abs=0.01)


def test_sampled_rows_are_different_and_everywhere():
    rows = sampled(10_000, 100, seed=3)
    assert (rows // 100 == np.arange(100)).all()
    assert (sampled(7, 7, seed=3) == np.arange(7)).all()


def test_what_happens_to_be_free_changes_no_bit(tmp_path, monkeypatch):
    table = read_table(written(tmp_path, frame()))
    least = 4 * 1_000 * len(table.names) * room.CELL
    half = 0.0
    monkeypatch.setattr(room.memory, "free", lambda: 2 * half)
    shared = []
    for times in (1.0, 1.1, 1.9, 2.0, 2.1, 2.9):
        half = least * times
        shared.append(larger(table, None))
    assert [each.limit for each in shared] == [least] * 3 + [2 * least] * 3
    half = 0.9 * least
    with pytest.raises(TableError, match=r"training takes 3\.1 MB at least"):
        larger(table, None)


def test_a_checkpoint_knows_by_how_much_memory_it_was_begun(tmp_path):
    path = written(tmp_path, frame())
    one = fitted(mlnn.TableClassifier, path, "left", "value", checkpoint=mlnn.Checkpoint(tmp_path / "run", every=1))
    again, table = mlnn.Checkpoint(tmp_path / "run", every=1, resume=True), read_table(path)
    enough = larger(table, 6e6).same_from(table)
    told = rf"made with memory= \(bytes\) {enough}, but this training has \d+"
    with pytest.raises(CheckpointError, match=told):
        fitted(mlnn.TableClassifier, path, "left", "value", 4e6, checkpoint=again)
    other = fitted(mlnn.TableClassifier, path, "left", "value", enough, checkpoint=again)
    assert pickle.dumps(one.views_.members) == pickle.dumps(other.views_.members)


def test_room_is_shared_out():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = read_table_of(1_000_000, 20)
    shared = Room.of(table, 4e6 * 20)
    row = 20 * room.CELL
    assert shared.known * row <= shared.limit / 4
    assert max(shared.batch * row, shared.window) <= shared.limit / 8


def read_table_of(rows, columns):
    from mlnn.frame.table import Table

    return Table({f"x{k}": lambda: None for k in range(columns)}, rows)
