"""The page in a notebook, by its messages: no notebook is here."""

import subprocess
import sys

import numpy as np
import pytest
from own import Scale
from plans import points, watched

pytest.importorskip("anywidget", reason="mlnn-learn[play] is not installed")

import mlnn
from mlnn import MLPClassifier, MLPRegressor, Model, Network
from mlnn.gate import AddGate, MultiplyGate
from mlnn.layer import Layer
from mlnn.output import Softmax
from mlnn.play import page
from mlnn.play.wire import packed, unpacked
from mlnn.tabular.described import network_json


@pytest.fixture(autouse=True)
def bundle(tmp_path, monkeypatch):
    for name in page.KINDS:
        (tmp_path / name).write_text("globalThis.mlnnPlay = {};" if name == "play.js" else "")
    monkeypatch.setattr(page, "BUNDLE", tmp_path)


class Kernel:
    """A widget and what it sends."""

    def __init__(self, *data, **settings):
        self.widget, self.sent, self.last = mlnn.Play(*data, **settings), [], 0
        self.widget.send = lambda content, buffers=None: self.sent.append((content, buffers))

    def ask(self, verb, name, detail=None):
        self.last += 1
        message, buffers = packed({"id": self.last, "verb": verb, "name": name, "detail": detail})
        self.widget._handle_custom_msg(message, [memoryview(each) for each in buffers])
        content, buffers = self.sent.pop()
        reply = unpacked(content, buffers)
        assert reply["id"] == self.last
        return reply.get("value", reply.get("error"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.widget.close()


def fitted(kind):
    X, y = points()
    settings = {"hidden_layer_sizes": (4,), "max_iter": 1, "random_state": 0}
    if kind == "Model":
        return Model([2, 3, 2], seed=1)
    if kind == "classifier":
        return MLPClassifier(**settings).fit(X, np.where(y > 0, "yes", "no"))
    if kind == "regressor":
        return MLPRegressor(**settings).fit(X, X[:, 0])
    network = Network.dense([2, 3, 2])
    return network, network.initial(np.random.RandomState(5))


@pytest.mark.parametrize("kind", ["Model", "classifier", "regressor", "pair"])
def test_it_starts_from_the_network_its_weights_and_data(kind):
    X, y = points()
    model = fitted(kind)
    targets = {"classifier": np.where(y > 0, "yes", "no"), "regressor": X[:, 0]}.get(kind, y)
    network, theta = (
        model if kind == "pair" else (getattr(model, "network", None) or model.network_, getattr(model, "theta", None))
    )
    theta = model.theta_ if theta is None else theta
    with Kernel(model, X, targets, valid=(X[:9], targets[:9])) as kernel:
        state = kernel.ask("get", "state")
        assert state["host"] == "widget"
        assert state["plan"]["network"] == network_json(network)
        np.testing.assert_array_equal(state["plan"]["train"]["X"]["data"], X.ravel())
        assert state["plan"]["valid"]["X"]["data"].size == 18
        assert state["table"]["columns"] == ["x1", "x2"]
        expected = {"classifier": ["no", "yes"], "regressor": None}.get(kind, ["0", "1"])
        assert state["table"]["classes"] == expected
        np.testing.assert_allclose(kernel.ask("get", "frame")["theta"], theta)
        kernel.ask("set", "watch", watched(True, train=("train", [-1])))
        kernel.ask("send", "steps", {"count": 1})
        frame = kernel.ask("get", "frame")
        assert frame["step"] == 1
        np.testing.assert_array_equal(kernel.widget.theta, frame["theta"])
        assert kernel.widget.network == network
        assert np.any(frame["theta"] != theta)


class Twice(Layer):
    def forward(self, x):
        return 2.0 * x

    def slope(self, x, y):
        return 2.0 + 0.0 * x


def test_a_gate_of_ones_own_with_parameters_is_refused_and_without_them_shown():
    gates = (MultiplyGate(2), AddGate())
    with pytest.raises(TypeError, match="not this Scale"):
        mlnn.Play(Network(2, (Scale(), *gates), Softmax()), *points())
    with Kernel(Network(2, (*gates, Twice()), Softmax()), *points()) as kernel:
        assert kernel.ask("get", "frame")["theta"].size == 6


def test_the_model_itself_is_left_as_it_is():
    model, (X, y) = fitted("Model"), points()
    before = model.theta.copy()
    with Kernel(model, X, y) as kernel:
        kernel.ask("send", "steps", {"count": 1})
    np.testing.assert_array_equal(model.theta, before)


def test_settings_are_the_plans():
    X, y = points()
    settings = {"optimizer": "sgd", "penalty": "l1", "schedule": "cosine", "batch_size": 4, "sum_gradients": True}
    with Kernel(Network.dense([2, 2]), X.astype(np.float32), y, names=["a", "b"], seed=7, **settings) as kernel:
        state = kernel.ask("get", "state")
        plan = state["plan"]
        assert [plan[name]["is"] for name in ("optimizer", "schedule", "penalty")] == ["SGD", "Cosine", "L1"]
        assert (plan["batch"], plan["sum"], plan["seed"], plan["precision"]) == (4, True, 7, "float32")
        assert state["table"]["columns"] == ["a", "b"]
        first = kernel.ask("get", "initial", {"network": plan["network"], "seed": 7})
        np.testing.assert_allclose(kernel.ask("get", "frame")["theta"], first, rtol=1e-6)


def test_what_is_no_request_gets_no_answer_and_what_fails_a_sentence():
    X, y = points()
    with Kernel(fitted("Model"), X, y) as kernel:
        for message in (None, {}, [], {"id": 1}, {"id": 1, "verb": "get", "name": {"array": 3, "type": "f8"}}):
            kernel.widget._handle_custom_msg(message, [])
        assert kernel.sent == []
        assert "knows no 'future'" in kernel.ask("get", "future")


@pytest.mark.parametrize(
    ("data", "settings", "sentence"),
    [
        ((Model([2, 3, 2]), [[1.0]], [0]), {}, "1 features"),
        ((MLPClassifier(), [[1.0]], [0]), {}, "not fitted"),
        (("tanh", [[1.0]], [0]), {}, "expected a Model"),
        ((Network.dense([1, 2]), [[1.0]], [0]), {"names": ["a", "b"]}, "names must be 1"),
        ((Network.dense([1, 2]), [[1.0]], [0]), {"batch_size": 0}, "batch"),
        ((Network.dense([1, 2]), [[1.0]], [0]), {"optimizer": "fast"}, "no optimizer 'fast'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_shown_is_refused_in_words(data, settings, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        mlnn.Play(*data, **settings)


def test_the_script_is_a_module_as_notebooks_want_it():
    X, y = points()
    with Kernel(fitted("Model"), X, y) as kernel:
        assert kernel.widget._esm.endswith("export default { render: globalThis.mlnnPlay.widget };\n")


def test_without_anywidget_there_is_one_clear_sentence():
    code = (
        "import sys\nsys.modules['anywidget'] = None\nimport mlnn\nmlnn.Play\n"
        "try:\n    mlnn.Play(mlnn.Model([1, 2]), [[1.0]], [0])\nexcept ImportError as problem:\n    print(problem)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "anywidget is missing; a page in a notebook needs pip install 'mlnn-learn[play]'\n"
