"""The model file's page is enough to read a file by, and files of every format are read for ever."""

import hashlib
import itertools
import json
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import houses

from mlnn import load, save
from mlnn.engine import Reference
from mlnn.gate import AddGate, BatchNorm, Dropout, MultiplyGate
from mlnn.layer import Maxout, PReLU, Tanh
from mlnn.model import Model
from mlnn.network import Network
from mlnn.output import Softmax
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.storage import FORMAT

GOLDEN = Path(__file__).parents[1] / "golden"
sys.path.insert(0, str(GOLDEN))

from make import predicted  # noqa: E402 - what made the golden files stands beside them

# A reader, written from docs/model-file.md alone: nothing of mlnn's is used until the end of the part


def opened(path):
    content = Path(path).read_bytes()
    n = int.from_bytes(content[:8], "little")
    assert hashlib.sha256(content[100:]).hexdigest() == content[35:99].decode()
    header = json.loads(content[8 : 8 + n])
    description = json.loads(header.pop("__metadata__")["mlnn"])
    kinds, arrays = {"F32": "<f4", "F64": "<f8", "I16": "<i2"}, {}
    for name, each in header.items():
        first, end = (8 + n + place for place in each["data_offsets"])
        arrays[name] = np.frombuffer(content[first:end], kinds[each["dtype"]]).reshape(each["shape"])
    assert description["format"] == 2
    return description, arrays


def outputs(network, theta, x):
    def take(*shape):
        nonlocal theta
        size = math.prod(shape)
        part, theta = theta[:size].reshape(shape), theta[size:]
        return part

    for gate in network["gates"]:
        kind, d = gate["is"], x.shape[1]
        if kind == "MultiplyGate":
            x = x @ take(d, gate["units"])
        elif kind == "AddGate":
            x = x + take(d)
        elif kind == "BatchNorm":
            gain, shift, mean, variance = take(d), take(d), take(d), take(d)
            x = gain * (x - mean) / np.sqrt(variance + gate["epsilon"]) + shift
        elif kind == "PReLU":
            x = np.where(x > 0, x, take(d) * x)
        elif kind == "Maxout":
            x = x.reshape(len(x), -1, gate["pieces"]).max(axis=2)
        elif kind != "Dropout":
            x = {"Tanh": np.tanh, "ReLU": lambda x: np.maximum(x, 0)}[kind](x)
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True) if network["output"]["is"] == "Softmax" else x


def features(column, cells):
    if column["kind"] == "numeric":
        d = np.array([0.0 if cell is None else cell - column["median"] for cell in cells])
        found = [d / np.sqrt(column["spread"] ** 2 + (d / 3) ** 2)] * (column["spread"] > 0)
        return found + [np.array([cell is None for cell in cells], float)] * column["gaps"]
    cells = [cell and cell.casefold() for cell in cells]
    levels = (
        [level.casefold() for level in column["categories"]] + ["(rare)"] * column["rare"] + [None] * column["gaps"]
    )
    one_hot = np.array([[cell == level for level in levels] for cell in cells], float)
    return [one_hot[:, 1] - one_hot[:, 0]] if len(levels) == 2 else list(one_hot.T)


def pieces(rows, counts, knots):
    found, start = [], 0
    for z, count in zip(rows.T, counts.tolist(), strict=True):
        own, start = knots[start : start + count], start + count
        ends = itertools.pairwise(own)
        found += [np.clip((z - e) / (f - e), 0.0, 1.0) for e, f in ends] if count else [z]
    return np.column_stack(found)


def leaves(rows, features, thresholds, sides):
    found = []
    for f, limits, A in zip(features, thresholds, sides, strict=True):
        answers = (rows[:, f] <= limits).astype(float)
        found += [(answers @ a == np.maximum(a, 0).sum()) & a.any() for a in A.T]
    return np.column_stack(found).astype(float)


def predictions(path, rows):
    """Return what a file's model predicts for rows: a matrix, or columns by name with None for gaps."""
    description, arrays = opened(path)
    if isinstance(rows, dict):
        columns = description["preparation"]["columns"]
        rows = np.column_stack([each for column in columns for each in features(column, rows[column["name"]])])
    count, mean = len(description["networks"]), 0.0
    members = iter(range(count))
    for number, view in enumerate(description.get("views", [{"members": count, "weight": 1.0, "encoded": False}])):
        seen = pieces(rows, arrays[f"view{number}.counts"], arrays[f"view{number}.knots"]) if view["encoded"] else rows
        for k in itertools.islice(members, view["members"]):
            m, own = k % view["members"], seen
            if view.get("leaves", False):
                names = ("features", "thresholds", "sides")
                own = np.hstack([seen, leaves(rows, *(arrays[f"view{number}.{name}"][m] for name in names))])
            own = outputs(description["networks"][k], arrays[f"theta{k}"], own)
            mean = mean + view["weight"] / view["members"] * own
    target = description.get("target") or {}
    return mean * target["scale"] + target["mean"] if "mean" in target else mean


# Both read the same


def test_a_reader_written_from_the_page_predicts_the_same_of_a_model(tmp_path):
    random = np.random.default_rng(0)
    gates = (
        MultiplyGate(6),
        AddGate(),
        BatchNorm(),
        PReLU(),
        Dropout(),
        Maxout(),
        MultiplyGate(4),
        Tanh(),
        MultiplyGate(3),
    )
    model = Model([1, 1], seed=0)
    model.network = Network(5, gates, Softmax())
    model.theta = random.uniform(0.1, 1.0, model.network.size)
    save(model, tmp_path / "m.mlnn")
    X = random.normal(size=(20, 5))
    expected = Reference().predict(model.network, load(tmp_path / "m.mlnn").theta, X)
    np.testing.assert_allclose(predictions(tmp_path / "m.mlnn", X), expected, rtol=1e-9)


def test_a_reader_written_from_the_page_predicts_the_same_of_a_table_model(tmp_path):
    frame = houses(80)
    X = frame[["area", "rooms", "town"]]
    cells = {name: [None if pd.isna(cell) else cell for cell in X[name]] for name in X}
    for model in (
        TableRegressor(epochs=5, members=3, hidden=(6, 4)).fit(X, frame["price"]),
        TableClassifier(epochs=5, members=2, hidden=(6,), layer="tanh").fit(X, frame["sold"]),
    ):
        save(model, tmp_path / "t.mlnn")
        mine = predictions(tmp_path / "t.mlnn", cells)
        theirs = model.predict_proba(X) if isinstance(model, TableClassifier) else model.predict(X)[:, None]
        np.testing.assert_allclose(mine, theirs, rtol=2e-5, atol=1e-6 * np.abs(theirs).max())


# Golden files


def test_this_format_has_golden_files():
    assert (GOLDEN / str(FORMAT) / "predictions.json").exists(), "python tests/golden/make.py"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*/*.mlnn")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_golden_file_is_read_and_predicts_what_it_did(path):
    expected = json.loads((path.parent / "predictions.json").read_text(encoding="utf-8"))[path.stem]
    found = predicted(load(path))
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)
