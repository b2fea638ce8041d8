"""Divergence: the step, the gate and the cause are found, the last finite weights are kept, and every face says so."""

import pickle
import re

import numpy as np
import pytest

from mlnn import MLPClassifier, MLPRegressor, Model, TableRegressor
from mlnn.engine import Reference, fastest_for
from mlnn.layer import Layer, ReLU
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, SGD, Adam
from mlnn.output import LeastSquares
from mlnn.penalty import L2
from mlnn.schedule import WarmUp
from mlnn.training import Diverged, Recipe, Reporter, Run, Stepwise, epochs, epochs_of_members, sum_of_rows

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
Y, T = (X[:, 0] > 0.0).astype(int), X @ [1.0, 2.0, 3.0]
VALUES = Network.dense([3, 8, 1], ReLU(), LeastSquares())
CLASSES = Network.dense([3, 8, 2], ReLU())


class Log(Layer):
    """NaN for what is below 0."""

    def forward(self, x):
        return np.log(x)

    def slope(self, x, y):
        return 1.0 / x


class Root(Layer):
    """Finite forth, and not back."""

    def forward(self, x):
        return np.sqrt(np.maximum(x, 0.0))

    def slope(self, x, y):
        return 0.5 / y


class Wrong(LeastSquares):
    """A loss of one's own that divides by 0."""

    def losses(self, scores, y):
        return super().losses(scores, y) / (scores[:, 0] - scores[:, 0])


CASES = {
    "a rate too high": (CLASSES, X, Y, Recipe(SGD(rate=1e200), epochs=9),
        r"the weights of gate 1 \(mul W1\) .* The learning rate 1e\+200 is probably too high: try 0\.01\."),
    "a loss that overflows": (VALUES, X, T, Recipe(SGD(rate=1e110), epochs=90, batch_size=10, every=40),
        r"in step 2: the loss of least squares is not finite\. The outputs of mul have grown to .* try 0\.01\."),
    "sums": (VALUES, X, T, Recipe(SGD(rate=0.1), epochs=90, convention=sum_of_rows), "summed over 60 rows, so steps"),
    "rows too large": (CLASSES, X * [1.0, 1e200, 1.0], Y, Recipe(epochs=9),
        r"Column 1 of X \(counted from 0\) holds numbers as large as 2e\+200: scale the columns"),
    "targets too large": (VALUES, X, 1e200 * T, Recipe(epochs=9), r"The targets are as large as \d\.\de\+200: scale"),
    "a gate of one's own": (Network.dense([3, 8, 2], Log()), X, Y, Recipe(epochs=9),
        r"gate 3 \(log\) is not finite\. The cause is Log's own formula, .* up to \d\.\d: look for log\(0\)"),
    "its slope": (Network.dense([3, 8, 2], Root()), X, Y, Recipe(epochs=9),
        r"the gradient at gate 3 \(root\) is not finite\. The cause is Root's own formula"),
    "an output of one's own": (Network.dense([3, 8, 1], ReLU(), Wrong()), X, T, Recipe(epochs=9),
        "the loss of wrong is not finite. The cause is Wrong's own formula"),
    "a rule that listens": (VALUES, X, T, Recipe(Adam(rate=1e200), WarmUp(5), epochs=90, batch_size=10, every=40),
        r"in epoch 1, in step 2: the step makes the weights of gate \d"),
}  # fmt: skip


def begun(network, dtype=np.float64):
    return network.initial(np.random.default_rng(1), dtype)


def diverged(network, rows, y, recipe, **how):
    problem = Problem.of(network, rows, y)
    with pytest.raises(Diverged) as caught:
        list(epochs(problem, begun(network, problem.X.dtype), recipe, **how))
    return caught.value


def engine_of(network, name):
    return Reference() if name == "reference" else fastest_for(network)[0]


@pytest.mark.filterwarnings("ignore::mlnn.engine.SlowerEngine", "ignore:invalid value", "ignore:divide by zero")
@pytest.mark.parametrize("engine", ["reference", "fastest"])
@pytest.mark.parametrize("case", CASES)
def test_step_gate_and_cause_are_told_and_the_last_finite_weights_kept(case, engine):
    network, rows, y, recipe, sentence = CASES[case]
    found = diverged(network, rows, y, recipe, engine=engine_of(network, engine))
    assert str(found).endswith("The last finite weights are this exception's theta.")
    assert re.search(sentence, str(found)), str(found)
    assert np.isfinite(found.theta).all()
    assert found.gate in str(found)
    assert found.cause in str(found)
    assert (found.step, found.theta.tobytes()) == one_by_one(network, rows, y, recipe, engine)


def one_by_one(network, rows, y, recipe, name):
    """Take the steps singly; return the first that fails, and the bits of θ before it."""
    problem, engine = Problem.of(network, rows, y), engine_of(network, name)
    run = Run(Reporter(problem, None, {}, None, 0.0), begun(network), recipe)
    with engine.bind(problem, recipe.optimizer) as bound:
        stepwise = Stepwise(bound, run, np.empty(0, int))
        while True:
            step, theta = stepwise.step, run.member.theta.copy()
            try:
                stepwise.take(1)
            except Diverged:
                return step + 1, theta.tobytes()


def test_single_precision_overflows_sooner_and_is_told_alike():
    found = diverged(CLASSES, X.astype(np.float32), Y, Recipe(SGD(rate=1e30), epochs=9))
    assert found.theta.dtype == np.float32
    assert found.step == 1
    assert "try 0.01." in found.cause


def test_first_weights_too_large_are_the_cause():
    problem = Problem.of(CLASSES, X, Y)
    with pytest.raises(Diverged, match=r"The weights that were given are as large as \S+e\+300, in W1\[\d,\d\]"):
        next(epochs(problem, begun(CLASSES) * 1e300, Recipe()))


def test_a_member_is_named_and_only_its_steps_are_taken_again():
    problem, recipe = Problem.of(CLASSES, X, Y), Recipe(epochs=30, every=30)
    thetas = np.stack([begun(CLASSES)] * 3) * [[1.0], [1.0], [1e300]]
    with pytest.raises(Diverged, match=r"^member 2: training diverged in epoch 1, in step 1: ") as caught:
        list(epochs_of_members(problem, thetas, recipe))
    np.testing.assert_array_equal(caught.value.theta, thetas[2])


def test_training_that_goes_on_counts_its_steps_from_the_beginning():
    problem = Problem.of(VALUES, X, T)
    history = list(epochs(problem, begun(VALUES), Recipe(SGD(rate=0.01), epochs=4, batch_size=10)))
    with pytest.raises(Diverged) as caught:
        list(epochs(problem, begun(VALUES), Recipe(SGD(rate=10.0), epochs=9, batch_size=10), after=history))
    assert caught.value.step > history[-1].step == 24
    assert caught.value.epoch == (caught.value.step - 1) // 6 + 1 > 4


def test_steps_that_cannot_be_taken_again_are_told_as_a_range():
    class Forgetful:
        """An order of rows that answers once for every epoch."""

        def __init__(self):
            self.asked = set()

        def __call__(self, epoch, rows):
            if epoch in self.asked:
                raise KeyError(epoch)
            self.asked.add(epoch)
            return np.arange(rows)

    recipe = Recipe(SGD(rate=1.0), epochs=30, batch_size=10, every=29, order=Forgetful())
    found = diverged(VALUES, X, T, recipe)
    assert "diverged in epoch 2, in one of the steps 7 … 12. " in str(found)
    assert (found.step, found.gate) == (None, None)
    assert np.isfinite(found.theta).all()


def test_l_bfgs_that_cannot_begin_says_so():
    found = diverged(VALUES, X, 1e200 * T, Recipe(LBFGS()))
    assert (found.epoch, found.step, found.gate) == (1, 1, "least squares")
    assert "The targets are as large as" in found.cause


def test_it_goes_to_another_process_whole():
    found = diverged(CLASSES, X, Y, Recipe(SGD(rate=1e200)))
    again = pickle.loads(pickle.dumps(found))
    assert (str(again), again.step, again.gate, again.cause) == (str(found), found.step, found.gate, found.cause)
    np.testing.assert_array_equal(again.theta, found.theta)


def test_a_penalty_that_overflows_is_named():
    problem = Problem.of(VALUES, X, T, penalty=L2(1e300))
    with pytest.raises(Diverged, match=r"in step \d: ") as caught:
        list(epochs(problem, 100.0 * begun(VALUES), Recipe(SGD(rate=0.1), epochs=5)))
    assert np.isfinite(caught.value.theta).all()


# The faces


def test_a_model_has_the_weights_of_its_last_report():
    model = Model([3, 8, 2], ReLU(), squash_scores=False, seed=0)
    first = model.theta.copy()
    with pytest.raises(Diverged, match=r"mul W1.*The last finite weights are this"):
        model.train(1e200 * X, Y, num_passes=9)
    np.testing.assert_array_equal(model.theta, first)


def test_an_estimator_is_as_it_was():
    model = MLPClassifier((8,), solver="sgd", random_state=0, max_iter=300, tol=0.1).fit(X, Y)
    before = model.predict_proba(X)
    model.set_params(learning_rate_init=1e200)
    with pytest.raises(ValueError, match=r"in step 1: .* try 0\.01\..* The estimator is as it was") as caught:
        model.fit(X, Y)
    assert isinstance(caught.value, Diverged)
    assert (caught.value.step, caught.value.gate) == (1, "gate 1 (mul W1)")
    assert np.isfinite(caught.value.theta).all()
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_an_estimator_that_is_judged_keeps_its_best_weights_and_says_so():
    settings = {"solver": "sgd", "learning_rate_init": 1.0, "batch_size": 48, "validation_fraction": 0.2}
    model = MLPRegressor(hidden_layer_sizes=(8,), early_stopping=True, random_state=0, n_iter_no_change=99, **settings)
    with pytest.warns(UserWarning, match=r"diverged in epoch \d+, in step \d+: .* The best weights, of epoch \d"):
        model.fit(X, T)
    assert np.isfinite(model.predict(X)).all()


def test_a_table_model_is_as_it_was():
    model = TableRegressor(epochs=20, members=2).fit(X, T)
    before = model.predict(X)
    with pytest.raises(Diverged, match=r"member \d: training diverged in epoch 1, in step 1: .* try 0\.01\."):
        model.set_params(optimizer=SGD(1e300)).fit(X, T)
    np.testing.assert_array_equal(model.predict(X), before)
