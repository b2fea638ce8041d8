"""Parts that a user wrote: what breaks a contract is a sentence before any work; what keeps it works."""

from dataclasses import dataclass

import numpy as np
import pytest
from own import Scale

import mlnn
from mlnn.engine import SlowerEngine
from mlnn.gate import AddGate, MultiplyGate, Parameter
from mlnn.initializer import Constant, Initializer, Normal
from mlnn.layer import Layer, ReLU
from mlnn.model import Model
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Averaged, ClipNorm, Momentum, Optimizer
from mlnn.output import LeastSquares, Softmax
from mlnn.penalty import Penalty
from mlnn.schedule import Schedule, WarmUp
from mlnn.training import Recipe, epochs

X = np.random.default_rng(0).standard_normal((12, 2))
Y = (X[:, 0] > 0.0).astype(int)


class OnlyY(Scale):
    def apply(self, p, x, step):
        return x * p[0]


class Rebinds(Scale):
    def pullback(self, p, x, y, memo, d_y, d_p):
        d_p = ((d_y * x).sum(axis=0, keepdims=True),)  # noqa: F841 - the mistake that is meant
        return d_y * p[0]


class Adds(Scale):
    def pullback(self, p, x, y, memo, d_y, d_p):
        d_p[0][...] += (d_y * x).sum(axis=0, keepdims=True)
        return d_y * p[0]


class FillsInTrainingOnly(Scale):
    def pullback(self, p, x, y, memo, d_y, d_p):
        return super().pullback(p, x, y, memo, d_y, d_p) if memo else d_y * p[0]


class WrongGradient(Scale):
    def pullback(self, p, x, y, memo, d_y, d_p):
        super().pullback(p, x, y, memo, d_y, d_p)
        return p[0]


class Overwrites(Scale):
    def apply(self, p, x, step):
        x *= p[0] + 1.0
        return x, None


class Narrower(Scale):
    def apply(self, p, x, step):
        return (x * p[0])[:, :1], None


class Half(Scale):
    def width(self, inputs):
        return inputs / 2


class Numbers(Scale):
    def parameters(self, inputs):
        return [(1, inputs)]


class ATranspose(Initializer):
    def __call__(self, shape, random):
        return random.standard_normal(shape[::-1])


class Endless(Initializer):
    def __call__(self, shape, random):
        return np.full(shape, np.inf)


class Drawn(Scale):
    def __init__(self, initializer):
        self.initializer = initializer

    def parameters(self, inputs):
        return (Parameter("q", (1, inputs), self.initializer),)


@dataclass(frozen=True)
class Square(Layer):
    def forward(self, x):
        return x * x

    def slope(self, x, y):
        return 2.0 * x


class SumOfRow(Square):
    def forward(self, x):
        return x.sum(axis=1)


class SlopeOfRow(Square):
    def slope(self, x, y):
        return np.ones((len(x), 1))


class OneSlope(Square):
    def slope(self, x, y):
        return 1.0


GATES = {
    "apply returns only y": (OnlyY(), "OnlyY.apply must return y and a memo"),
    "pullback rebinds d_p": (Rebinds(), "Rebinds.pullback must fill d_p in place"),
    "pullback adds to d_p": (Adds(), "Adds.pullback must fill d_p in place"),
    "pullback fills in training only": (FillsInTrainingOnly(), "must fill d_p in place.* that of q"),
    "pullback returns another shape": (WrongGradient(), r"pullback\(…\) must be an array of shape \(2, 3\) .*\(1, 3\)"),
    "apply changes x": (Overwrites(), "must leave what it is given as it is, but it changed x"),
    "y has another width": (Narrower(), r"the y of Narrower.apply\(…\) must be .* \(2, 3\) .* \(2, 1\)"),
    "a width of a half": (Half(), "the width of Half must be a whole number, but got 1.5"),
    "parameters that are none": (Numbers(), "Numbers.parameters must return a tuple of Parameter"),
    "first values of another shape": (Drawn(ATranspose()), r"\(1, 3\) \(q's\), but is an array of shape \(3, 1\)"),
    "first values without end": (Drawn(Endless()), "must return finite numbers, but some of q are not"),
    "an initializer's name": (Drawn("he"), "the initializer of q must be an Initializer, but is 'he'"),
    "a layer that sums": (SumOfRow(), r"SumOfRow.forward\(x\) must be .* \(2, 3\) .* shape \(2,\)"),
    "a slope of a row": (SlopeOfRow(), r"SlopeOfRow.slope\(x, y\) must be .* \(2, 3\) .* shape \(2, 1\)"),
    "one slope for all": (OneSlope(), r"OneSlope.slope\(x, y\) must be .* but is 1.0"),
}


@pytest.mark.parametrize(("gate", "sentence"), GATES.values(), ids=GATES)
def test_a_gate_that_breaks_its_contract_makes_no_network(gate, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        Network(2, (MultiplyGate(3), gate, MultiplyGate(2), AddGate()), Softmax())


def test_rows_and_columns_are_not_confused_where_there_are_two_columns():
    class Turned(Square):
        def forward(self, x):
            return (x * x).T

    with pytest.raises(ValueError, match=r"Turned.forward\(x\) must be an array of shape \(3, 2\)"):
        Network(2, (Turned(),), Softmax())


def test_a_gate_that_fails_by_itself_says_that_it_was_tried():
    class Unfinished(Scale):
        def apply(self, p, x, step):
            raise NotImplementedError("later")

    with pytest.raises(NotImplementedError, match="later") as failure:
        Network(2, (Unfinished(),), Softmax())
    assert "was tried on a few made-up rows" in failure.value.__notes__[0]


def test_parts_that_keep_their_contracts_train():
    network = Network(2, (MultiplyGate(3), Scale(), Square(), MultiplyGate(2), AddGate()), Softmax())
    theta = network.initial(np.random.default_rng(1))
    with pytest.warns(SlowerEngine):
        *_, last = epochs(Problem.of(network, X, Y), theta, Recipe(SGD(0.1), epochs=50))
    assert not np.allclose(network.named(last.theta)["q1"], 1.0)


def test_a_tried_gate_sees_none_of_the_users_data_and_none_of_numpys_state():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    Network(2, (Drawn(Normal()),), Softmax())
    np.testing.assert_array_equal(np.random.get_state()[1], before)


class ColumnOfLosses(Softmax):
    def losses(self, S, y):
        return super().losses(S, y)[:, None]


class MeanLoss(Softmax):
    def losses(self, S, y):
        return super().losses(S, y).mean()


class DiffOfTheTrueClass(Softmax):
    def diff(self, S, y):
        return super().diff(S, y)[np.arange(len(y)), y]


class OnePrediction(Softmax):
    def predict(self, S):
        return super().predict(S)[:, 0]


class OneDecision(Softmax):
    def decide(self, P):
        return P.argmax()


class Impatient(Softmax):
    def diff(self, S, y):
        S -= S.max()
        return super().diff(S, y)


class SummedFormula(LeastSquares):
    def formula(self, s, t):
        return super().formula(s, t).sum(axis=1, keepdims=True)


OUTPUTS = {
    "losses in a column": (ColumnOfLosses(), Y, r"ColumnOfLosses.losses\(S, y\) must be .*\(3,\) \(one loss a row\)"),
    "a mean loss": (MeanLoss(), Y, r"MeanLoss.losses\(S, y\) must be an array"),
    "derivatives of one class": (DiffOfTheTrueClass(), Y, r"diff\(S, y\) must be an array of shape \(3, 2\)"),
    "predictions in a vector": (OnePrediction(), Y, r"predict\(S\) must be an array of shape \(3, 2\)"),
    "one decision": (OneDecision(), Y, "decide must return one decision a row"),
    "scores changed": (Impatient(), Y, "must leave what it is given as it is, but it changed S"),
    "a summed formula": (SummedFormula(), X, r"SummedFormula.formula\(s, t\) must be .*\(3, 2\)"),
}


@pytest.mark.parametrize(("output", "y", "sentence"), OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_that_breaks_its_contract_makes_no_problem(output, y, sentence):
    network = Network.dense([2, 3, 2], output=output)
    right = network.output.targets(y, 2)
    for make in (
        lambda: Problem.of(network, X, y),
        lambda: Problem.of(network, X, y, weights=np.arange(12.0)),
        lambda: mlnn.engine.Reference().bind(Problem(network, X, right)),
    ):
        with pytest.raises((TypeError, ValueError), match=sentence):
            make()


@pytest.mark.filterwarnings("ignore:squash_scores")
def test_a_model_with_such_an_output_stays_as_it_was():
    model = Model([2, 3, 2], output=ColumnOfLosses(), seed=0)
    before = model.theta.copy()
    for use in (model.train, model.calculate_loss):
        with pytest.raises(ValueError, match="one loss a row"):
            use(X, Y)
    np.testing.assert_array_equal(model.theta, before)


def test_an_estimator_refuses_it_too():
    class Column(LeastSquares):
        def losses(self, S, y):
            return super().losses(S, y)[:, None]

    with pytest.raises(ValueError, match="one loss a row"):
        mlnn.MLPRegressor(loss=Column()).fit(X, X[:, 0])


class Summed(Penalty):
    def formula(self, w):
        return np.square(w).sum()

    def slope(self, w):
        return 2.0 * w


def test_a_penalty_that_sums_is_refused():
    network = Network.dense([2, 3, 2])
    sentence = r"Summed.formula\(w\) must be an array of shape \(3,\) \(one number a weight\)"
    with pytest.raises(ValueError, match=sentence):
        Problem.of(network, X, Y, penalty=Summed())
    with pytest.raises(ValueError, match=sentence):
        Model([2, 3, 2], seed=0).train(X, Y, penalty=Summed())


@dataclass(frozen=True)
class Heavy(Optimizer):
    """A rule with state, as it should be but for its slots."""

    rate: float = 0.1

    def update(self, theta, gradient, state, rate, decay, *coefficients):
        (velocity,) = state
        velocity = 0.5 * velocity - rate * gradient
        return theta + velocity, (velocity,)


class Kept(Heavy):
    slots = 1


class Forgetful(Kept):
    def update(self, theta, gradient, state, rate, decay, *coefficients):
        return theta - rate * gradient, ()


class OnlyTheta(Kept):
    def update(self, theta, gradient, state, rate, decay, *coefficients):
        return theta - rate * gradient


class OneStep(Kept):
    def update(self, theta, gradient, state, rate, decay, *coefficients):
        return theta - (rate * gradient).sum(), (state[0].sum(),)


class OneCoefficient(Kept):
    def coefficients(self, time):
        return (0.5,)


class Method(Heavy):
    def slots(self):
        return 1


OPTIMIZERS = {
    "no slots": (Heavy(), r"Heavy.update failed \(its state has as many vectors as Heavy.slots says, which is 0\)"),
    "too few slots returned": (Forgetful(), "Forgetful.slots is 1, but update returned a state of 0"),
    "only theta": (OnlyTheta(), "OnlyTheta.update must return the next θ and the next state"),
    "a slot of one number": (OneStep(), r"each slot of OneStep.update\(…\) must be an array of shape \(17,\)"),
    "one coefficient for all steps": (
        OneCoefficient(),
        r"OneCoefficient.coefficients\(time\) must be an array of shape \(1,\)",
    ),
    "slots that is a method": (Method(), "Method.slots must be a number"),
    "inside wrappers": (
        Averaged(ClipNorm(Forgetful())),
        r"Averaged\(Forgetful\).slots is 2, but update returned a state of 1",
    ),
}


@pytest.mark.parametrize(("optimizer", "sentence"), OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_an_optimizer_that_breaks_its_contract_takes_no_step(optimizer, sentence):
    model = Model([2, 3, 2], seed=0)
    before = model.theta.copy()
    with pytest.raises((TypeError, ValueError), match=sentence):
        model.train(X, Y, optimizer=optimizer)
    np.testing.assert_array_equal(model.theta, before)
    problem = Problem.of(model.network, X, Y)
    with pytest.warns(SlowerEngine), pytest.raises((TypeError, ValueError), match=sentence):
        next(epochs(problem, before, Recipe(optimizer)))


def test_an_optimizer_of_ones_own_trains_alone_and_wrapped():
    for optimizer in (Kept(), Averaged(ClipNorm(Kept()))):
        model = Model([2, 3, 2], seed=0)
        before = model.calculate_loss(X, Y)
        model.train(X, Y, num_passes=50, optimizer=optimizer)
        assert model.calculate_loss(X, Y) < before


@dataclass(frozen=True)
class Falls(Schedule):
    """1 / (1 + epoch) in the form that ``form`` makes of it."""

    form: object

    def __call__(self, time):
        return self.form(1.0 / (1.0 + time.epoch))


SCHEDULES = {
    "one number": (lambda factors: 0.5, "returned 0.5"),
    "a number of NumPy's": (lambda factors: factors[0], "one factor a step"),
    "too many": (lambda factors: np.ones(len(factors) + 1), "one factor a step"),
    "a column": (lambda factors: factors[:, None], "one factor a step"),
    "a list": (list, "one factor a step"),
    "nothing": (lambda factors: None, "returned None"),
    "NaN": (lambda factors: factors * np.nan, "finite factors, but .* nan for step 1"),
    "without end": (lambda factors: factors * np.inf, "finite factors, but .* inf for step 1"),
}


@pytest.mark.parametrize(("form", "sentence"), SCHEDULES.values(), ids=SCHEDULES)
@pytest.mark.parametrize("as_function", [False, True], ids=["class", "function"])
def test_a_schedule_that_gives_no_factor_a_step_is_refused(form, sentence, as_function):
    model = Model([2, 3, 2], seed=0)
    before = model.theta.copy()
    schedule = Falls(form).__call__ if as_function else Falls(form)
    for settings in ({}, {"batch_size": 5}):
        with pytest.raises(ValueError, match=f"a schedule must return {sentence}|{sentence}"):
            model.train(X, Y, num_passes=300, schedule=schedule, **settings)
    np.testing.assert_array_equal(model.theta, before)


def test_a_momentum_that_is_a_schedule_is_held_to_it_too():
    with pytest.raises(ValueError, match="one factor a step"):
        Model([2, 3, 2], seed=0).train(X, Y, optimizer=Momentum(momentum=Falls(lambda factors: 0.5)))


def test_schedules_of_ones_own_work_alone_and_inside_others():
    for schedule in (Falls(lambda factors: factors), WarmUp(2, Falls(lambda factors: factors))):
        model = Model([2, 3, 2], seed=0)
        model.train(X, Y, num_passes=4, every=1, schedule=schedule)
        assert len({epoch.rate for epoch in model.history}) > 1


def test_the_librarys_own_parts_are_not_tried():
    """They are held to their contracts by tests; making a network must stay cheap."""
    asked = []

    class Counted(Constant):
        def __call__(self, shape, random):
            asked.append(shape)
            return super().__call__(shape, random)

    Network.dense([2, 3, 2], ReLU(), weights=Counted())
    assert asked == []
