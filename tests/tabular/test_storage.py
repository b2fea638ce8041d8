"""Model files: what is saved comes back to the bit, and whatever else a file may hold ends in one kind of error."""

import copy
import hashlib
import json
import os
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from mlnn.engine import Reference
from mlnn.estimator import MLPClassifier, MLPRegressor
from mlnn.gate import AddGate, BatchNorm, Dropout, Gate, MultiplyGate
from mlnn.initializer import HeNormal, Initializer, Normal, Sparse
from mlnn.layer import ELU, Layer, LeakyReLU, Maxout, PReLU, ReLU
from mlnn.model import Model
from mlnn.names import shipped
from mlnn.network import Network
from mlnn.optimizer import SGD, AdamW, Averaged
from mlnn.output import Huber, LeastSquares, Output, Softmax
from mlnn.schedule import Cosine
from mlnn.tabular.described import SENTENCE, ModelFileError, network_json, network_of
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.storage import FORMAT, load, save

FRAME = pd.DataFrame(
    {
        "age": [20.0, 31.5, np.nan, 44.0, 27.25, 63.0],
        "job": ["cook", None, "clerk", "cook", "pilot", "clerk"],
        "größe": [1.62, 1.7, 1.81, 1.9, 1.75, 1.68],
    }
)
CLASSES = pd.Series(["no", "yes", "no", "yes", "yes", "no"])
INPUTS = 6
QUICK = {"hidden": (3,), "epochs": 2, "members": 2}


def model_of(network, dtype=np.float64, seed=0):
    """Return a model around a network that nobody trained."""
    model = Model([1, 1], seed=seed)
    model.network, model.theta = network, network.initial(np.random.default_rng(seed), dtype)
    return model


def around(gate, scores=3):
    """Return a chain with the gate in its middle."""
    return (MultiplyGate(6), AddGate(Normal(0.5)), gate, MultiplyGate(scores), AddGate(Normal(0.5)))


def answers(network, theta):
    return Reference().predict(network, theta, np.linspace(-2.0, 2.0, 5 * INPUTS).reshape(5, INPUTS))


def assert_same(one, other):
    """Hold two models against each other: the same in every bit."""
    assert one.network == other.network
    assert one.theta.dtype == other.theta.dtype
    np.testing.assert_array_equal(one.theta.view(np.uint8), other.theta.view(np.uint8))
    np.testing.assert_array_equal(answers(one.network, one.theta), answers(other.network, other.theta))
    assert one.seed == other.seed


# What is saved comes back


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


def there_and_back(folder, trained):
    save(trained, folder / "m.mlnn")
    return load(folder / "m.mlnn")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [kind for kind in shipped(Gate) if kind is not MultiplyGate])
def test_every_gate_comes_back(folder, kind, dtype):
    trained = model_of(Network(INPUTS, around(kind()), Softmax()), dtype)
    assert_same(trained, there_and_back(folder, trained))


@pytest.mark.parametrize("kind", shipped(Output))
def test_every_output_comes_back(folder, kind):
    trained = model_of(Network.dense([INPUTS, 4, 2 if kind().classifies else 1], ReLU(), kind()))
    assert_same(trained, there_and_back(folder, trained))


@pytest.mark.parametrize("kind", shipped(Initializer))
def test_every_initializer_comes_back(folder, kind):
    trained = model_of(Network.dense([INPUTS, 4, 2], weights=kind(), biases=Normal(0.1)))
    assert trained.network.gates[0].initializer == kind()
    assert_same(trained, there_and_back(folder, trained))


@pytest.mark.parametrize(
    "gate",
    [
        ELU(alpha=0.1 + 0.2),
        LeakyReLU(1e-300),
        Maxout(3),
        Dropout(1 / 3),
        BatchNorm(momentum=0.99, epsilon=1e-7),
        MultiplyGate(5, Sparse(2, 1 / 7), penalty=0.1, rate=1e-9, max_norm=2.5),
        MultiplyGate(5, max_norm=np.inf),
        AddGate(Normal(1 / 3), rate=0.5),
    ],
)
def test_settings_come_back_to_the_bit(folder, gate):
    trained = model_of(Network(INPUTS, around(gate), Softmax(smoothing=0.1)))
    back = there_and_back(folder, trained)
    assert back.network.gates[2] == gate
    assert_same(trained, back)


TARGETS = {
    "text": CLASSES,
    "booleans": CLASSES == "yes",
    "numbers": pd.Series([3, 5] * 3),
    "several labels": pd.DataFrame({"a": [0, 1] * 3, "b": [1, 1, 0] * 2}),
    "questions": pd.DataFrame({"a": CLASSES, "b": [1, 2, 3] * 2}),
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_table_classifier_predicts_the_same(folder, target):
    trained = TableClassifier(**QUICK, class_weight=None).fit(FRAME, TARGETS[target])
    back = there_and_back(folder, trained)
    np.testing.assert_array_equal(back.predict(FRAME), trained.predict(FRAME))
    for mine, theirs in zip(back.predict_proba(FRAME), trained.predict_proba(FRAME), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert back.predict(FRAME).dtype == trained.predict(FRAME).dtype
    assert back.get_params() == trained.get_params()
    assert back.summary_ == json.loads(json.dumps(trained.summary_))
    assert (back.scores_, back.said_) == (trained.scores_, list(trained.said_))
    assert list(back.feature_names_in_) == list(FRAME.columns)


@pytest.mark.parametrize("target", [pd.Series(np.arange(6) / 3), pd.DataFrame({"a": np.arange(6.0), "b": [1, 5] * 3})])
def test_a_table_regressor_predicts_the_same(folder, target):
    trained = TableRegressor(
        **QUICK, optimizer=Averaged(AdamW().with_rate(0.1)), schedule=Cosine(), columns={"job": "category"}
    )
    trained.fit(FRAME, target)
    back = there_and_back(folder, trained)
    np.testing.assert_array_equal(back.predict(FRAME), trained.predict(FRAME))
    assert back.get_params() == trained.get_params()
    assert back.evaluation(FRAME, target).scores == trained.evaluation(FRAME, target).scores


def test_a_model_that_was_judged_row_by_row_is_saved(folder):
    random = np.random.default_rng(0)
    model = TableRegressor(members=6, epochs=1).fit(random.normal(size=(6, 2)), random.normal(size=6))
    save(model, folder / "one.mlnn")
    assert load(folder / "one.mlnn").judgement_.spread.keys() == {"rmse", "mae", "median_error"}


@pytest.mark.parametrize(
    ("estimator", "target"),
    [
        (MLPClassifier(max_iter=5, solver=SGD(0.1)), CLASSES),
        (
            MLPClassifier(
                max_iter=5, early_stopping="loss", categorical_features="from_dtype", validation_fraction=0.4
            ),
            CLASSES,
        ),
        (MLPClassifier(max_iter=5, dropout=(0.5,)), TARGETS["several labels"]),
        (MLPRegressor(max_iter=5, loss=Huber(2.0), max_norm=3.0), pd.Series(np.arange(6.0))),
        (MLPRegressor(max_iter=5, activation=[ReLU], alpha=0.0), TARGETS["several labels"]),
    ],
)
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_perceptron_predicts_the_same(folder, estimator, target):
    X = FRAME if estimator.categorical_features else FRAME[["größe"]]
    trained = estimator.fit(X, target)
    back = there_and_back(folder, trained)
    np.testing.assert_array_equal(back.predict(X), trained.predict(X))
    assert (back.loss_curve_, back.n_iter_) == (trained.loss_curve_, trained.n_iter_)
    assert back.validation_loss_curve_ == trained.validation_loss_curve_
    assert back.score(X, target) == trained.score(X, target)


def test_what_a_file_cannot_keep_is_said(folder):
    random = np.random.RandomState(0)
    estimator = MLPRegressor(max_iter=2, random_state=random, callbacks=[lambda epoch: None], early_stopping=False)
    with pytest.warns(UserWarning, match="hasn't converged"):
        estimator.fit([[0.0], [1.0]], [0.0, 1.0])
    with pytest.warns(UserWarning, match="a file cannot keep are left out: callbacks, random_state"):
        save(estimator, folder / "m.mlnn")
    assert load(folder / "m.mlnn").random_state is None
    with pytest.raises(TypeError, match=r"a file keeps a TableClassifier, .* or Model, but this is a Network"):
        save(Network.dense([2, 2]), folder / "m.mlnn")
    with pytest.raises(NotFittedError, match="not fitted"):
        save(TableClassifier(), folder / "m.mlnn")


def settings_of(kind):
    """Draw a built-in class with some settings, all of which have values between 0 and 1 or small counts that fit."""
    drawn = {}
    for each in fields(kind):
        if isinstance(each.default, Initializer):
            drawn[each.name] = st.sampled_from(shipped(Initializer)).flatmap(settings_of)
        elif isinstance(each.default, tuple):
            drawn[each.name] = st.just(())  # any other must fit the width
        elif isinstance(each.default, float):
            drawn[each.name] = st.floats(1e-3, 0.99)
        else:
            drawn[each.name] = st.integers(1, 5)
    return st.builds(kind, **drawn)


def fitting(gates):
    """Put a product of the right width before every maxout, and one at the end."""
    chain = []
    for gate in gates:
        chain += [MultiplyGate(2 * gate.pieces), gate] if isinstance(gate, Maxout) else [gate]
    return (*chain, MultiplyGate(2))


networks = st.builds(
    Network,
    st.just(INPUTS),
    st.lists(st.sampled_from(shipped(Gate)).flatmap(settings_of), max_size=6).map(fitting),
    st.sampled_from([kind for kind in shipped(Output) if kind().classifies]).flatmap(settings_of),
)


@settings(max_examples=150)
@given(networks)
@example(Network(3, (), LeastSquares()))
def test_any_network_comes_back_from_its_json(network):
    text = json.dumps(network_json(network), allow_nan=False)
    assert network_of(json.loads(text)) == network
    assert json.dumps(network_json(network_of(json.loads(text)))) == text


@settings(max_examples=40)
@given(networks, st.sampled_from([np.float32, np.float64]), st.integers(0, 99))
def test_any_network_comes_back_from_a_file(folder, network, dtype, seed):
    trained = model_of(network, dtype, seed)
    with np.errstate(all="ignore"):
        assert_same(trained, there_and_back(folder, trained))


HALF, DRAWN = ELU(0.5), HeNormal()


@dataclass(frozen=True)
class Within(Gate):
    """A user's own gate, whose settings are another gate, an initializer, numbers of NumPy's, and a tuple."""

    inner: Gate = HALF
    drawn: Initializer = DRAWN
    factor: float = np.float32(0.1)
    powers: tuple[int, ...] = (1, 2)

    def apply(self, p, x, step):
        return self.factor * self.inner.forward(x), None

    def pullback(self, p, x, y, memo, d_y, d_p):
        return self.factor * self.inner.backward(x, d_y)


@pytest.mark.filterwarnings("ignore::mlnn.engine.SlowerEngine")
def test_a_users_own_gate_comes_back(folder):
    trained = model_of(Network(INPUTS, around(Within(LeakyReLU(0.3), powers=(3, 1))), Softmax()))
    assert_same(trained, there_and_back(folder, trained))


# What is in the file


@pytest.fixture(scope="module")
def whole(folder):
    """Return the bytes of a small trained model."""
    save(TableClassifier(**QUICK).fit(FRAME, CLASSES), folder / "whole.mlnn")
    return (folder / "whole.mlnn").read_bytes()


def taken_apart(content):
    """Read a file by hand: the metadata, the parsed description, and the weights by name."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    metadata = header.pop("__metadata__")
    kinds = {"F32": np.float32, "F64": np.float64, "I16": np.int16}
    thetas = {
        name: np.frombuffer(content[8 + size :][slice(*each["data_offsets"])], kinds[each["dtype"]]).reshape(
            each["shape"]
        )
        for name, each in header.items()
    }
    return metadata, json.loads(metadata["mlnn"]), thetas


def test_a_model_file_is_json_and_numbers_and_nothing_else(folder, whole):
    metadata, content, thetas = taken_apart(whole)
    assert set(metadata) == {"mlnn", "sha256"}
    described = {"preparation", "target", "judgement", "summary", "said", "views"}
    assert set(content) == {"format", "kind", "parameters", "inputs", "names", "networks"} | described
    assert content["format"] == FORMAT == 2
    size = 8 + int.from_bytes(whole[:8], "little")
    assert len(whole) == size + sum(theta.nbytes for theta in thetas.values())
    trained = load(folder / "whole.mlnn")
    for k, (_, theta) in enumerate(trained.members_):
        np.testing.assert_array_equal(theta, thetas[f"theta{k}"])


def test_loading_leaves_the_weights_as_numbers_of_ones_own(folder, whole):
    trained = load(folder / "whole.mlnn")
    trained.members_[0][1][...] = 0.0
    (folder / "whole.mlnn").write_bytes(whole)
    assert load(folder / "whole.mlnn").members_[0][1].any()


# Damage


def refused(path):
    """Load what is no model: nothing but a ModelFileError may come out, in one line."""
    with pytest.raises(ModelFileError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path, whole):
    path = tmp_path / "m.mlnn"
    ends = {*range(30), *range(30, len(whole), len(whole) // 150), *range(len(whole) - 9, len(whole))}
    for end in sorted(ends):
        path.write_bytes(whole[:end])
        assert "'m.mlnn' is not an mlnn model file, or it is damaged" in refused(path)
    path.write_bytes(whole + b"\0")
    refused(path)


def test_a_flipped_bit_is_noticed_wherever_it_is(tmp_path, whole):
    path, random = tmp_path / "m.mlnn", np.random.default_rng(0)
    for place in sorted(
        {*range(9), *random.choice(len(whole), 300, replace=False), *range(len(whole) - 5, len(whole))}
    ):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(random.integers(8))
        path.write_bytes(damaged)
        refused(path)


def test_noise_and_other_files_are_refused(tmp_path):
    path, random = tmp_path / "m.mlnn", np.random.default_rng(0)
    for content in (b"", b"\0" * 8, b"\xff" * 8, b"a,b\n1,2\n", b"\x80\x04K\x01.", *map(random.bytes, range(1, 200))):
        path.write_bytes(content)
        refused(path)
    path.write_bytes(
        sealed_by_hand({"of": "somebody else"}, {"weights": np.zeros(3)}).replace(b'"sha256"', b'"sha128"')
    )
    assert "it does not begin as a file of mlnn's does" in refused(path)
    assert refused(tmp_path / "none.mlnn").startswith("there is no model file ")
    assert refused(tmp_path).startswith("there is no model file ")


@pytest.mark.parametrize(
    ("shape", "offsets", "kind"),
    [
        ([2**62, 4], [0, 0], "F32"),
        ([2**63], [0, 0], "F32"),
        ([10**30], [0, 0], "F32"),
        ([2**40], [0, 2**42], "F32"),
        ([-1], [0, 0], "F32"),
        ([4], [0, 8], "BF16"),
        ([4], [0, 4], "F8_E4M3"),
        ([4], [4, 0], "F32"),
    ],
)
def test_sizes_and_types_that_a_file_only_claims_are_refused(tmp_path, whole, shape, offsets, kind):
    metadata, _, _ = taken_apart(whole)
    header = {"__metadata__": metadata, "theta0": {"dtype": kind, "shape": shape, "data_offsets": offsets}}
    text = json.dumps(header).encode()
    (tmp_path / "m.mlnn").write_bytes(len(text).to_bytes(8, "little") + text + b"\0" * 8)
    refused(tmp_path / "m.mlnn")


# Tampering: files whose checksum is right


KINDS = {"f4": "F32", "f8": "F64", "i2": "I16", "f2": "F16", "i8": "I64", "b1": "BOOL"}


def sealed_by_hand(metadata, arrays, checksum=None):
    """Return a file's bytes: with the right checksum, unless another one is given."""
    header, data = {}, b""
    for name, array in arrays.items():
        end = len(data) + array.nbytes
        shape = {"shape": list(array.shape), "data_offsets": [len(data), end]}
        header[name] = {"dtype": KINDS[array.dtype.str[1:]]} | shape
        data += array.tobytes()
    text = json.dumps({"__metadata__": {"sha256": "0" * 64} | metadata} | header, separators=(",", ":"))
    text = text.encode() + b" " * (-len(text) % 8)
    right = hashlib.sha256(text[92:] + data).hexdigest()
    text = text.replace(b"0" * 64, (right if checksum is None else checksum).encode(), 1)
    return len(text).to_bytes(8, "little") + text + data


def forge(path, content, thetas):
    """Write a file like ``save``, whatever the content is."""
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_bytes(sealed_by_hand({"mlnn": text}, thetas))


@pytest.fixture
def forged(tmp_path, whole):
    """Return a function that changes the content or the weights of a good file and writes it again."""

    def forged(change=lambda content, thetas: None):
        _, content, thetas = taken_apart(whole)
        content, thetas = copy.deepcopy(content), {name: theta.copy() for name, theta in thetas.items()}
        changed = change(content, thetas)
        forge(tmp_path / "m.mlnn", content if changed is None else changed, thetas)
        return tmp_path / "m.mlnn"

    return forged


def test_a_forged_file_that_is_right_is_a_model(forged, folder, whole):
    (folder / "whole.mlnn").write_bytes(whole)
    np.testing.assert_array_equal(load(forged()).predict_proba(FRAME), load(folder / "whole.mlnn").predict_proba(FRAME))


def put(*path, value):
    """Return a change that puts a value somewhere into the content."""

    def change(content, thetas):
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] = value

    return change


def drop(*path):
    """Return a change that leaves something out of the content."""

    def change(content, thetas):
        for step in path[:-1]:
            content = content[step]
        del content[path[-1]]

    return change


def weights(**changed):
    """Return a change of the weights; None leaves one out."""

    def change(content, thetas):
        for name, make in changed.items():
            if make is None:
                del thetas[name]
            else:
                thetas[name] = make(thetas[name])

    return change


GATES = ("networks", 0, "gates")


def nested(depth, inner="1"):
    return "[" * depth + inner + "]" * depth


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (put("format", value=1), "has the format 1, but this version of mlnn reads 2"),
        (put("format", value=0), "has the format 0"),
        (put("format", value="1"), "has the format '1'"),
        (put("format", value=None), "has the format None"),
        (put("format", value=[]), r"has the format \[\]"),
        (drop("format"), "'format' is missing"),
        (drop("networks"), "'networks' is missing"),
        (drop("preparation"), "'preparation' is missing"),
        (drop("target"), "'target' is missing"),
        (drop("kind"), "'kind' is missing"),
        (put("kind", value="Popen"), "a model of the kind 'Popen' is unknown"),
        (put("kind", value="TableRegressor"), "unexpected keyword argument 'class_weight'"),
        (put("kind", value="Model"), "damaged"),
        (put("parameters", value=None), "damaged"),
        (put("parameters", "hidden", value="x"), "'hidden' parameter"),
        (put("parameters", "batch_size", value=-1), "'batch_size' parameter"),
        (put("parameters", "optimizer", value={"is": "Popen"}), "'Popen', which is not defined here"),
        (put("parameters", "optimizer", value={"class": "Popen"}), "'Popen', which is not defined here"),
        (put("parameters", "random_state", value={"number": "x"}), "damaged"),
        (put("inputs", value=7), "damaged"),
        (put("inputs", value="3"), "damaged"),
        (put("names", value=3), "damaged"),
        (put("names", value=["a"]), "damaged"),
        (put("judgement", value=None), "damaged"),
        (put("judgement", "scores", value={"auc": "good"}), "damaged"),
        (drop("judgement", "how"), "'how' is missing"),
        (drop("summary"), "'summary' is missing"),
        (put("networks", value=[]), "there is no network"),
        (put("networks", value=None), "damaged"),
        (put("networks", value={"a": 1}), "describes no network"),
        (put(*GATES, 2, "is", value="Reul"), "the model uses 'Reul', which is not defined here: import the module"),
        (put(*GATES, 2, "is", value="Layer"), "'Layer', which is not defined here"),
        (put(*GATES, 2, "is", value="Softmax"), "'Softmax', which is not defined here"),
        (put(*GATES, 2, "is", value="relu"), "'relu', which is not defined here"),
        (put(*GATES, 2, "is", value=3), "which is not defined here"),
        (put(*GATES, 2, "is", value=["ReLU"]), "damaged|describes no network"),
        (put(*GATES, 2, "is", value="x\ny" * 3), "which is not defined here"),
        (drop(*GATES, 2, "is"), "'is' is missing"),
        (put(*GATES, 2, value="ReLU"), "describes no network"),
        (put(*GATES, 2, "leak", value=0.1), "unexpected keyword argument 'leak'"),
        (put(*GATES, 2, "forward", value=1), "unexpected keyword argument"),
        (put(*GATES, 2, "__class__", value="Tanh"), "unexpected keyword argument"),
        (put(*GATES, 2, value={"is": "LeakyReLU", "leak": "0.1"}), "leak must be a number, but got '0.1'"),
        (put(*GATES, 2, value={"is": "LeakyReLU", "leak": None}), "leak must be a number, but got None"),
        (put(*GATES, 2, value={"is": "LeakyReLU", "leak": {"is": "ReLU"}}), "leak must be a number"),
        (put(*GATES, 2, value={"is": "Maxout", "pieces": 0}), "pieces must be at least 1"),
        (put(*GATES, 2, value={"is": "Maxout", "pieces": 1.0}), "pieces must be a whole number, but got 1.0"),
        (put(*GATES, 2, value={"is": "Dropout", "p": 7}), "must lie in"),
        (put(*GATES, 2, value={"is": "BatchNorm"}), "θ does not fit"),
        (put(*GATES, 0, "units", value=2**40), "θ does not fit"),
        (put(*GATES, 0, "units", value=10**40), "does not fit|damaged|describes no"),
        (put(*GATES, 0, "units", value=-1), "units of at least 1"),
        (put(*GATES, 0, "units", value=None), "units of at least 1"),
        (put(*GATES, 0, "units", value="3"), "describes no network"),
        (put(*GATES, 0, "units", value=3.0), "must be a whole number, but got 3.0"),
        (put(*GATES, 0, "units", value=[3]), "describes no network"),
        (put(*GATES, 0, "rate", value="fast"), "rate must be a number, but got 'fast'"),
        (put(*GATES, 0, "rate", value={"is": "ReLU"}), r"rate must be a number, but got ReLU\(\)"),
        (put(*GATES, 0, "penalty", value=None), "penalty must be a number, but got None"),
        (put(*GATES, 0, "penalty", value=10**400), "is no number that a float can hold"),
        (put(*GATES, 0, "initializer", value="HeNormal"), "initializer must be an initializer"),
        (put(*GATES, 0, "initializer", value={"is": "ReLU"}), "initializer must be an initializer"),
        (
            put(*GATES, 0, "initializer", value={"is": "Sparse", "connections": 2.5}),
            "connections must be a whole number",
        ),
        (put(*GATES, 0, "initializer", value={"is": "Popen", "args": "ls"}), "'Popen', which is not defined here"),
        (put(*GATES, value=[]), "does not fit the network"),
        (put(*GATES, value="abc"), "describes no network"),
        (put(*GATES, value=7), "describes no network"),
        (put("networks", 0, "inputs", value=3), "damaged|does not fit"),
        (put("networks", 0, "inputs", value=str(INPUTS)), "describes no network"),
        (put("networks", 0, "inputs", value=INPUTS + 0.5), "describes no network"),
        (put("networks", 0, "inputs", value=10**20), "damaged|does not fit|describes no"),
        (put("networks", 0, "output", value={"is": "LeastSquares"}), "ensemble|does not fit"),
        (put("networks", 0, "output", value={"is": "Softmax", "smoothing": 2}), "smoothing must lie"),
        (put("networks", 0, "output", value=None), "describes no network"),
        (weights(theta0=lambda theta: theta * np.nan), "θ does not fit the network"),
        (weights(theta0=lambda theta: theta + np.inf), "θ does not fit the network"),
        (weights(theta0=lambda theta: theta[:-1]), "θ does not fit the network"),
        (weights(theta0=lambda theta: np.append(theta, theta[:1])), "θ does not fit the network"),
        (weights(theta1=lambda theta: theta[None]), "θ does not fit the network"),
        (weights(theta1=lambda theta: theta.astype(np.int16)), "θ does not fit the network"),
        (weights(theta1=lambda theta: theta.astype(np.int64)), "another type than float32"),
        (weights(theta1=lambda theta: theta > 0), "another type than float32"),
        (weights(theta1=None), "'theta1' is missing"),
        (put("views", value=[]), "nothing is known of an array 'view1.counts'"),
        (put("views", value={}), "nothing is known of an array 'view1.counts'"),
        (put("views", value=7), "damaged"),
        (drop("views"), "nothing is known of an array 'view1.counts'"),
        (put("views", 0, "members", value=1), "views have equally many members"),
        (put("views", 0, "members", value=0), "a view has members"),
        (put("views", 0, "members", value=True), "a view has members"),
        (put("views", 0, "weight", value=2.0), "a weight up to 1"),
        (put("views", 0, "weight", value=-0.5), "a weight up to 1"),
        (put("views", 0, "weight", value="0.5"), "a weight up to 1"),
        (put("views", 0, "weight", value=0.1), "weights that sum up to 1"),
        (put("views", 0, "encoded", value=1), "encoded or not"),
        (put("views", 0, "encoded", value=True), r"view 0 must have the arrays \['counts', 'knots'\], but has \[\]"),
        (put("views", 1, "encoded", value=False), r"view 1 must have the arrays \[\], but has \['counts', 'knots'\]"),
        (weights(**{"view1.knots": lambda knots: knots[::-1].copy()}), "knots must be finite and ascend"),
        (weights(**{"view1.knots": lambda knots: knots * np.float32(np.nan)}), "knots must be finite and ascend"),
        (weights(**{"view1.knots": lambda knots: knots * np.float32(1e30)}), "knots must be finite and ascend"),
        (weights(**{"view1.knots": lambda knots: knots[:-1]}), "cannot be dealt out to columns"),
        (weights(**{"view1.knots": None}), "view 1 must have the arrays"),
        (put("views", 2, "leaves", value=False), "view 2 must have the arrays"),
        (put("views", 2, "leaves", value=None), "with leaves or without"),
        (put("views", 1, "leaves", value=True), "view 1 must have the arrays"),
        (weights(**{"view2.sides": None}), "view 2 must have the arrays"),
        (put("views", 0, "members", value=10**7), "a view has members, 6 at most"),
        (
            weights(
                **{
                    "view2.features": lambda features: np.zeros((2, 10**6, 0), np.int16),
                    "view2.thresholds": lambda thresholds: np.zeros((2, 10**6, 0), np.float32),
                    "view2.sides": lambda sides: np.zeros((2, 10**6, 0, 10**6), np.int16),
                }
            ),
            "no side of 0",
        ),
        (
            weights(
                **{
                    "view2.features": lambda features: np.zeros((10**9, 0, 0), np.int16),
                    "view2.thresholds": lambda thresholds: np.zeros((10**9, 0, 0), np.float32),
                    "view2.sides": lambda sides: np.zeros((10**9, 0, 0, 0), np.int16),
                }
            ),
            "not as many forests",
        ),
        (weights(**{"view2.sides": lambda sides: sides + np.int16(2)}), "sides must be 1, 0 or -1"),
        (weights(**{"view2.sides": lambda sides: sides[:, :-1]}), "must have shapes"),
        (weights(**{"view2.sides": lambda sides: sides[:1]}), "view 2 has 2 members, but not as many forests"),
        (weights(**{"view2.sides": lambda sides: sides[..., :-1].copy()}), "a network sees"),
        (weights(**{"view2.features": lambda features: features + np.int16(7)}), "columns up to"),
        (weights(**{"view2.thresholds": lambda thresholds: thresholds + np.float32(np.inf)}), "finite"),
        (weights(**{"view1.counts": lambda counts: counts[:-1]}), "do not fit a table that has 7"),
        (weights(**{"view1.counts": lambda counts: counts.astype(np.float32)}), "cannot be dealt out to columns"),
        (lambda content, thetas: thetas.update({"view0.knots": thetas["theta0"]}), "view 0 must have the arrays"),
        (lambda content, thetas: thetas.update({"view3.knots": thetas["theta0"]}), "nothing is known of an array"),
        (lambda content, thetas: thetas.update({"view1.x": thetas["theta0"]}), "nothing is known of an array"),
        (put("preparation", value=[]), "damaged"),
        (put("preparation", "columns", value=[]), "damaged"),
        (put("preparation", "columns", value=None), "damaged"),
        (put("preparation", "columns", 0, value=3), "damaged"),
        (drop("preparation", "columns", 0), "are not those of the model"),
        (put("preparation", "columns", 0, "kind", value="exec"), "damaged"),
        (put("preparation", "columns", 0, "median", value="1"), "median must be a float"),
        (put("preparation", "columns", 0, "median", value=1e999), "damaged"),
        (put("preparation", "columns", 1, "categories", value="abc"), "categories must be a tuple"),
        (put("preparation", "columns", 1, "categories", value=[]), "do not fit"),
        (drop("preparation", "named"), "damaged"),
        (put("target", value=5), "damaged"),
        (put("target", value={}), "damaged"),
        (put("target", "classes", value=[["a"]]), "at least 2 classes"),
        (put("target", "classes", value=[["a", 1]]), "all text or all numbers"),
        (put("target", "classes", value=[["a", "b", "c"]]), "does not fit"),
        (put("target", "classes", value=[["b", "a"]]), "sorted, each of them once"),
        (put("target", "several", value=True), "does not fit"),
        (put("target", "classes", value="ab"), "damaged"),
        (put("target", "classes", value=[["a", "b"], ["a", "b"]]), "damaged"),
        (put("target", "classes", value=[[None, None]]), "damaged"),
        (put("target", value={"mean": [0.0], "scale": [1.0], "matrix": False}), "does not fit"),
        (put("target", value={"mean": [0.0], "scale": ["nan"], "matrix": False}), "damaged"),
        (put("target", value={"mean": [], "scale": [], "matrix": False}), "damaged"),
        (put("target", value={"mean": [10**400], "scale": [1.0], "matrix": False}), "damaged"),
        (put("target", "classes", value=[["a", "a"]]), "sorted, each of them once"),
        (put("target", "classes", value=[[1, True]]), "all numbers of one kind"),
        (put("target", "classes", value=[[1, 1.0]]), "all numbers of one kind"),
        (put("target", "classes", value=[[0.0, -0.0]]), "sorted, each of them once"),
        (put("target", "classes", value=[[-0.0, 0.0]]), "sorted, each of them once"),
        (put("target", "classes", value=[[1, 10**28]]), "up to 2⁵³"),
        (put("target", "classes", value=[[["a"], ["b"]]]), "must be text or numbers"),
        (put("target", "several", value=1), "neither true nor false"),
        (put("target", "questions", value="no"), "neither true nor false"),
        (put("target", value={"mean": [0.0], "scale": [1e-320], "matrix": False}), "scale from 1e-150 to"),
        (put("target", value={"mean": [1e300], "scale": [1.0], "matrix": False}), "scale from 1e-150 to"),
        (put("target", value={"mean": [0.0], "scale": [-1.0], "matrix": False}), "scale from 1e-150"),
        (put("target", value={"mean": [0.0], "scale": [0.0], "matrix": False}), "scale from 1e-150"),
        (put("target", value={"mean": "0", "scale": "1", "matrix": False}), "must be numbers"),
        (put("target", value={"mean": [True], "scale": [1.0], "matrix": False}), "must be numbers"),
        (put("target", value={"mean": [0.0, 0.0], "scale": [1.0], "matrix": False}), "one each a column"),
        (put("target", value={"mean": [0.0], "scale": [1.0], "matrix": 0}), "neither true nor false"),
        (put("preparation", "parameters", "max_categories", value=-1), "its parameters are"),
        (put("preparation", "parameters", "max_categories", value=1.5), "its parameters are"),
        (put("preparation", "parameters", "max_categories", value=True), "its parameters are"),
        (put("preparation", "parameters", "min_frequency", value=-2.0), "its parameters are"),
        (put("preparation", "parameters", "min_frequency", value=5.0), "its parameters are"),
        (put("preparation", "parameters", "dtype", value="float16"), "its parameters are"),
        (put("preparation", "parameters", "decimal", value=";"), "its parameters are"),
        (put("preparation", "named", value=[1]), "named is"),
        (put("preparation", "named", value=0), "named is"),
        (put("preparation", "told", value={"age": "1"}), "something else than finite numbers"),
        (put("preparation", "columns", 0, "name", value="job"), "are not those of the model"),
        (put("preparation", "columns", 0, "extra", value=1), "'extra' is missing|not a Preparation"),
        (put("preparation", "columns", 0, "spread", value=-1.0), "spread not negative"),
        (put("preparation", "columns", 1, "categories", value=["cook", "cook"]), "categories must differ"),
        (put("preparation", "columns", 1, "categories", value=["Cook", "cook"]), "categories must differ"),
        (put("preparation", "columns", 1, "categories", value=[["cook"], "x"]), "categories must be a str"),
        (put("preparation", "columns", 1, "known", value=["cook"]), "a row for each of the 1 known"),
        (put("names", value="age"), "a list of texts"),
        (put("names", value=["age", "job"]), "2 names of 3 columns"),
        (put("names", value=["age", "age", "größe"]), "are not those of the model"),
        (put("inputs", value=True), "no whole number"),
        (put("inputs", value=3.0), "no whole number"),
        (put("said", value="a word"), "a list of texts"),
        (put("summary", "target", value=["age"]), "no columns to learn from"),
        (put("summary", "target", value=["a", "a"]), "must differ"),
        (put("summary", "target", value=[None]), "a list of texts"),
        (put("summary", "target", value=[True]), "a list of texts"),
        (put("summary", "target", value=[-1]), "a list of texts"),
        (put("summary", "reading", value=5), "the summary's reading is no dict"),
        (put("summary", "reading", value={"ids": "x"}), "a list of texts"),
        (put("summary", "reading", value={"answers": 5}), "damaged"),
        (
            put("summary", "reading", value={"answers": {"names": [1], "notations": [{}], "words": None}}),
            "must be text",
        ),
        (put("summary", "reading", value={"answers": {"names": ["y"], "notations": [{}], "words": None}}), "'units'"),
        (put("summary", "rows", value=True), "the summary's rows"),
        (put("judgement", "scores", value={"auc": True}), "something else than finite numbers"),
        (put("judgement", "scores", value={"auc": "0.5"}), "something else than finite numbers"),
        (put("judgement", "baseline", value={"x": [1]}), "something else than finite numbers"),
        (put("judgement", "intervals", value={"auc": [2.0, 1.0]}), "low end is above"),
        (put("judgement", "intervals", value={"auc": [2.0]}), "damaged"),
        (put("judgement", "rows", value=-5), "of how many rows"),
        (put("judgement", "mark", value=5), "of how many rows"),
        (put("judgement", "how", value=None), "of how many rows"),
        (weights(**{"judgement.fold": lambda fold: fold + 99}), "but there are 2 members"),
        (weights(**{"judgement.fold": lambda fold: fold[:3]}), "of other rows"),
        (weights(**{"judgement.fold": lambda fold: fold.astype(np.float32)}), "vector of int16"),
        (weights(**{"judgement.fold": lambda fold: fold[:, None]}), "vector of int16"),
        (weights(**{"judgement.digests": lambda digests: digests[::-1]}), "not in ascending order"),
        (weights(**{"judgement.digests": lambda digests: digests[:, :3]}), "digests must be int16"),
        (weights(**{"judgement.digests": lambda digests: digests[:0]}), "digests must be int16"),
        (put("judgement", "familiar", value=None), "one without the other"),
        (put("judgement", "familiar", value={"whole": 1, "alike": 0.5}), "a share from 0 to 1"),
        (put("judgement", "familiar", value={"whole": True, "alike": 1.5}), "a share from 0 to 1"),
        (lambda content, thetas: thetas.update(theta6=thetas["theta0"]), "nothing is known of an array 'theta6'"),
        (lambda content, thetas: thetas.update(x=thetas["theta0"]), "nothing is known of an array 'x'"),
        (
            lambda content, thetas: thetas.update({"preparation.column9.means": thetas["theta0"]}),
            "3 columns, but arrays",
        ),
        (put("parameters", "zzz", value=1), "unexpected keyword argument 'zzz'"),
        (put("parameters", "random_state", value=-1), "'random_state' parameter"),
        (put("parameters", "threshold", value=7.0), "threshold"),
        (put("said", value=["x" * 100_001]), "at most 100,000 letters"),
        (put("summary", value=[1]), "damaged"),
        (put("summary", value=None), "damaged"),
        (put("summary", "members", value=3), "the summary's members is no list"),
        (put("summary", "members", value=[3]), "damaged"),
        (put("summary", "members", 0, "best_epoch", value=[]), "something else where numbers should be"),
        (put("summary", "seconds", value="x"), "the summary's seconds is no float"),
        (put("summary", "rows", value="x"), "the summary's rows is no int"),
        (put("summary", "members", 0, "loss", value=["x"]), "something else where numbers should be"),
        (lambda content, thetas: [], "damaged"),
        (lambda content, thetas: "", "damaged"),
        (lambda content, thetas: "null", "damaged"),
        (lambda content, thetas: "{", "damaged"),
        (lambda content, thetas: '{"format": NaN}', "NaN is no number"),
        (lambda content, thetas: '{"format": -Infinity}', "-Infinity is no number"),
        (lambda content, thetas: '{"format": 1e999}', "1e999 is no number that a float can hold"),
        (
            lambda content, thetas: '{"format": 2, "x": [' + "[]," * 500_000 + "1]}",
            "at most 50,000,000 bytes of memory",
        ),
        (
            lambda content, thetas: '{"format": 2, "x": [' + "1," * 2_100_000 + "1]}",
            "at most 50,000,000 bytes of memory",
        ),
        (put("format", value=True), "has the format True"),
        (put("format", value=2.0), "has the format 2.0"),
        (put("summary", "rows", value=-5), "the summary's rows"),
        (put("summary", "rows", value=10**301), "is no number that a float can hold"),
        (put("said", value=["half a letter: \ud800"]), "surrogates not allowed"),
        (put(*GATES, 0, "rate", value=-5.0), "rate factor of W must be finite and at least 0"),
        (put(*GATES, 0, "penalty", value="inf"), "penalty must be finite, but got inf"),
        (put(*GATES, 0, "max_norm", value=0.0), "max_norm of W must be above 0"),
        (put(*GATES, 2, value={"is": "LeakyReLU", "leak": "inf"}), "leak must be finite, but got inf"),
        (put(*GATES, 2, value={"is": "ELU", "alpha": 1e308}), "predict numbers that are not finite"),
        (weights(theta0=lambda theta: theta.astype(np.float16)), "another type than float32"),
        (weights(theta0=lambda theta: np.full_like(theta, np.finfo(theta.dtype).max)), "up to 1e12"),
        (lambda content, thetas: '{"format": ' + "9" * 5000 + "}", "damaged"),
        (lambda content, thetas: nested(100_000), "damaged"),
        (lambda content, thetas: '{"a":' * 100_000, "damaged"),
        (
            lambda content, thetas: '{"format": 2, "kind": "Model", "seed": 0, "networks": ' + nested(200) + "}",
            "damaged|describes no",
        ),
        (
            put(
                *GATES,
                0,
                "initializer",
                value=json.loads('{"is": "MultiplyGate", "initializer": ' * 400 + "1" + "}" * 400),
            ),
            "damaged|describes no|does not fit",
        ),
    ],
)
def test_a_file_that_was_tampered_with_is_refused(forged, change, sentence):
    path = forged(change)
    with pytest.raises(ModelFileError, match=sentence) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= SENTENCE
    assert "'m.mlnn'" in str(caught.value)


def test_products_that_overflow_64_bits_are_refused(forged):
    """2³² · 2³² weights are 0 modulo 2⁶⁴, but not 0."""

    def change(content, thetas):
        content["networks"] = content["networks"][:1]
        product = dict(content["networks"][0]["gates"][0])
        content["networks"][0]["gates"] = [product | {"units": units} for units in (2**32, 2**32, 2)]
        thetas["theta0"] = np.zeros(INPUTS * 2**32 % 2**16, np.float32)

    refused(forged(change))


@pytest.mark.parametrize("key", ["extra", "__reduce__"])
def test_what_a_later_version_may_add_beside_the_known_is_not_looked_at(forged, key):
    assert load(forged(put(key, value={"is": "Popen"}))).target_.task == "classification"


def test_the_checksum_is_looked_at(tmp_path, whole):
    metadata, _, thetas = taken_apart(whole)
    for wrong in ("0" * 64, "f" * 64, "é" * 32, ""):
        (tmp_path / "m.mlnn").write_bytes(sealed_by_hand({"mlnn": metadata["mlnn"]}, thetas, wrong))
        assert "checksum is wrong" in refused(tmp_path / "m.mlnn") or "does not begin" in refused(tmp_path / "m.mlnn")


made = []


class Trap:
    """Not a gate: whoever makes one has followed a name out of the house."""

    def __init__(self, *arguments, **settings):
        made.append(self)


@pytest.mark.parametrize("name", ["Trap", "tests.Trap", "os.system", "builtins.exec", "mlnn.layer.ReLU", "antigravity"])
def test_nothing_is_imported_or_made(forged, name):
    load(forged())  # whatever loading itself imports is imported now
    before = set(sys.modules)
    for place in ((*GATES, 2), (*GATES, 0, "initializer"), ("networks", 0, "output")):
        refused(forged(put(*place, value={"is": name, "command": "echo no"})))
    for place in (("preparation", "columns", 0, "kind"), ("target", "is"), ("summary", "is"), ("kind",)):
        with suppress(ModelFileError):
            load(forged(put(*place, value=name)))
    assert not made
    assert set(sys.modules) == before


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 3),
        st.sampled_from([2**31, 2**63, 2**64, 10**25, -(10**400), "inf", "nan", "1", "", "ReLU", "Softmax", "numeric"]),
        st.floats(),
        st.text(max_size=3),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["is", "p", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=4,
)


def places(content, path=()):
    yield path
    for key, value in content.items() if isinstance(content, dict) else enumerate(content):
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))
        else:
            yield (*path, key)


@pytest.mark.filterwarnings("ignore::mlnn.frame.drift.ColumnWarning")  # of other medians, rows are told to be far off
@settings(max_examples=250)
@given(data=st.data())
def test_whatever_is_put_anywhere_a_file_is_refused_or_works(folder, whole, data):
    _, content, thetas = taken_apart(whole)
    place = data.draw(st.sampled_from(list(places(content))))
    value = data.draw(json_values)
    if place:
        put(*place, value=value)(content, thetas)
    else:
        content = value
    forge(folder / "hostile.mlnn", content, thetas)
    try:
        trained = load(folder / "hostile.mlnn")
    except ModelFileError:
        return
    network_json(trained.members_[0][0])
    if list(getattr(trained, "feature_names_in_", [])) == list(FRAME.columns):
        assert len(trained.predict(FRAME)) == len(FRAME)


def test_what_describes_no_network_is_said_by_network_of_too():
    good = network_json(Network.dense([2, 3, 2]))
    for wrong in ({}, good | {"inputs": 0}, good | {"gates": [{"is": "Tanh", "slope": 2}]}, good | {"output": {}}):
        with pytest.raises(ModelFileError, match="describes no network"):
            network_of(wrong)


# Saving


def test_a_failing_save_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    old, new = model_of(Network.dense([INPUTS, 2])), model_of(Network.dense([INPUTS, 4, 2]))
    path = tmp_path / "m.mlnn"
    save(old, path)
    before = path.read_bytes()

    def fail(problem):
        def failing(*arguments, **settings):
            raise problem

        return failing

    for where, problem in (
        ("replace", OSError("full")),
        ("chmod", PermissionError()),
        ("replace", KeyboardInterrupt()),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(Path, where, fail(problem))
            with pytest.raises(type(problem)):
                save(new, path)
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]
    nan = TableClassifier(**QUICK).fit(FRAME, CLASSES)
    nan.summary_["seconds"] = float("nan")
    for wrong in (nan, model_of(Network(INPUTS, (MultiplyGate(2), LeakyReLU(float("nan"))), Softmax()))):
        with pytest.raises(ValueError, match="JSON"):
            save(wrong, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    save(new, path)
    assert_same(load(path), new)
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "m.mlnn"
    save(model_of(Network.dense([INPUTS, 2])), path)
    before = path.read_bytes()

    class Full:
        def __init__(self, handle, mode):
            self.handle = handle

        def __enter__(self):
            return self

        def __exit__(self, *_):
            os.close(self.handle)

        def write(self, content):
            os.write(self.handle, content[:10])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", Full)
    with pytest.raises(OSError, match="No space left"):
        save(model_of(Network.dense([INPUTS, 4, 2])), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_file_is_not_replaced(tmp_path):
    trained = model_of(Network.dense([INPUTS, 2]))
    (tmp_path / "there").mkdir()
    with pytest.raises(OSError, match="it is a directory"):
        save(trained, tmp_path / "there")
    with pytest.raises(FileNotFoundError):
        save(trained, tmp_path / "none" / "m.mlnn")
    assert list(tmp_path.iterdir()) == [tmp_path / "there"]


@pytest.mark.skipif(os.name != "posix", reason="permissions and links as on Unix")
def test_permissions_and_links_are_those_of_any_other_file(tmp_path):
    trained, path = model_of(Network.dense([INPUTS, 2])), tmp_path / "m.mlnn"
    for mask, mode in ((0o022, 0o644), (0o077, 0o600), (0o002, 0o664)):
        path.unlink(missing_ok=True)  # what is replaced keeps its own
        before = os.umask(mask)
        try:
            save(trained, path)
            assert os.umask(mask) == mask, "the mask is as it was"
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == mode
    (tmp_path / "link.mlnn").symlink_to(path)
    save(model_of(Network.dense([INPUTS, 4, 2])), tmp_path / "link.mlnn")
    assert (tmp_path / "link.mlnn").is_symlink()
    assert len(load(path).network.gates) == 5


def test_paths_may_be_text_and_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained = model_of(Network(INPUTS, (MultiplyGate(1), PReLU()), Huber()))
    save(trained, "m.mlnn")
    assert_same(load("m.mlnn"), trained)
    assert list(Path().iterdir()) == [Path("m.mlnn")]


def test_a_layer_defined_elsewhere_must_be_imported_first(folder):
    class Passing(Layer):
        def forward(self, x):
            return x

        def slope(self, x, y):
            return np.ones_like(x)

    described = network_json(Network(2, (Passing(),), Softmax()))
    assert network_of(described).gates[0] == Passing()
    described["gates"][0]["is"] = "PassingBy"
    with pytest.raises(ModelFileError, match="'PassingBy', which is not defined here: import the module"):
        network_of(described)
