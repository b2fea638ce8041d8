"""The tutorial's face: ``Model([2, 3, 2])``, with every exercise that the tutorial sets one argument away."""

import warnings
from collections.abc import Sequence

import numpy as np

from mlnn.array import Array, Random, as_given, as_rows, finite, truth_value, whole_number
from mlnn.engine import Predictor, Reference, engine_for, require_memory
from mlnn.initializer import Fan, Initializer, Normal
from mlnn.layer import Activation, Tanh
from mlnn.model.settings import Busy, Default, judged, penalty_of, printer, reports, rule_of, scores_layer, source_of
from mlnn.model.views import Drawn, Tensors
from mlnn.names import Choice, found
from mlnn.network import Network
from mlnn.objective import Problem, data_loss
from mlnn.optimizer import LBFGS, SGD, Optimizer
from mlnn.output import Output, Softmax
from mlnn.penalty import Penalty
from mlnn.schedule import Constant, Schedule
from mlnn.training import (
    Callback,
    Checkpoint,
    Epoch,
    Interrupted,
    Recipe,
    Watcher,
    epochs,
    listening,
    mean_of_rows,
    started,
    sum_of_rows,
)
from mlnn.training.checkpoint import checkpoint_of
from mlnn.training.facts import words
from mlnn.training.recorder import recording


class Model(Drawn):
    """A multilayer network and its weights, as the tutorial has it.

    By default it is the tutorial's to the last bit. Three of its habits are unusual; each is an argument:

    * ``squash_scores``: tanh also bends the *last* scores, which keeps them in [−1, 1]. Two classes then cannot get a
      loss below log(1 + e⁻²) = 0.127. False leaves the scores free, as softmax expects them. With a layer that has
      no bounds, or an output that is no softmax, True is warned of.
    * ``train(sum_gradients=…)``: gradients are summed over rows, although the printed loss is a mean; so the best
      ``epsilon`` depends on the number of rows. False takes the mean.
    * ``train(print_penalty=…)``: the printed loss leaves the penalty out. True adds it.

    Parameters
    ----------
    layers_dim : sequence of int
        Widths, inputs first, scores last: ``[2, 3, 2]``.
    layer : Activation or sequence of them, default Tanh()
        One for every hidden layer, or one each. Each may be the object, its class, or its name: ``ReLU()``, ``ReLU``
        and ``"relu"`` are one; so too wherever an output, initializer, optimizer, schedule or penalty is asked for.
    output : Output, default Softmax()
        The loss and the kind of prediction.
    squash_scores : bool, default True
        Whether ``layer`` (the last one) bends the scores as well.
    weights, biases : Initializer
        How W and b are drawn; the tutorial's N(0, 1)/√inputs and N(0, 1).
    batch_norm : bool, default False
        Batch normalization before every hidden layer.
    dropout, input_dropout : float, default 0
        Probability of dropping a hidden unit (one number, or one for each hidden layer), and an input.
    penalties : float or sequence of float, default 1
        Factor on the penalty's strength, one for all weight matrices or one each.
    max_norm : float, default infinity
        Bound on the norm of the weights into each unit.
    seed : int, optional
        Seed of the weights, row orders and dropout. None draws the weights from NumPy's global state, as the tutorial.
    random : RandomState or Generator, optional
        Where to draw the weights from instead.

    Attributes
    ----------
    network : Network
        The chain.
    theta : array of shape (P,)
        All parameters; ``W`` and ``b`` are views of it.
    history : list of Epoch
        What training reported, over all calls of ``train``.
    watchers : list
        What the callbacks of the last call of ``train`` started, in their order: ``KeepBest()``'s has ``best``.
    interrupted : bool
        Whether Ctrl-C ended the last call of ``train``, with a warning, at its last complete step: the end of
        ``history``. A second Ctrl-C raises ``KeyboardInterrupt`` at once; the weights are then of the last report.

    Examples
    --------
    >>> model = Model([2, 3, 2], seed=0)
    >>> X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    >>> model.train(X, y, num_passes=5000, epsilon=0.1)
    >>> model.predict(X)
    array([0, 1, 1, 0])
    >>> [W.shape for W in model.W], [b.shape for b in model.b]
    ([(2, 3), (3, 2)], [(1, 3), (1, 2)])
    """

    def __init__(
        self,
        layers_dim: Sequence[int],
        layer: Choice[Activation] | Sequence[Choice[Activation]] = Tanh(),
        output: Choice[Output] = Softmax(),
        *,
        squash_scores: bool = True,
        weights: Choice[Initializer] = Fan(),
        biases: Choice[Initializer] = Normal(1.0),
        batch_norm: bool = False,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        penalties: float | Sequence[float] = 1.0,
        max_norm: float = np.inf,
        seed: int | None = None,
        random: Random | None = None,
    ) -> None:
        bends, end = found(Activation, layer, "layer", several=True), found(Output, output)
        self.network = Network.dense(
            layers_dim,
            bends,
            end,
            scores_layer=scores_layer(bends, end) if truth_value("squash_scores", squash_scores) else None,
            weights=weights,
            biases=biases,
            batch_norm=batch_norm,
            dropout=dropout,
            input_dropout=input_dropout,
            penalties=penalties,
            max_norm=max_norm,
        )
        self.seed = seed
        self.theta = self.network.initial(source_of(seed, random))
        self.history: list[Epoch] = []
        self.watchers: list[Watcher] = []
        self.interrupted = False
        self._busy = Busy()

    def __repr__(self) -> str:
        done = f"{self.history[-1].number} passes, loss {self.history[-1].loss:.4g}" if self.history else "not trained"
        return f"Model({self.network.chain}; {self.network.size} parameters, {done})"

    @property
    def W(self) -> Tensors:
        """Return the weight matrices, W[i] of shape (inputs, units) of layer i."""
        return Tensors(self.network.weights(self.theta))

    @property
    def b(self) -> Tensors:
        """Return the biases, b[i] of shape (1, units) of layer i."""
        return Tensors(self.network.biases(self.theta))

    @as_given()
    def calculate_loss(self, X: object, y: object) -> float:
        """Return the mean loss over the rows, the penalty left out.

        Raises
        ------
        ValueError
            If X or y does not fit the network.
        """
        problem = Problem.of(self.network, X, y)
        return data_loss(problem, Reference().scores(self.network, self.theta, problem.X))

    def predict(self, X: object) -> Array:
        """Return the class number of every row (or, for an output of values, the values)."""
        return self.network.output.decide(self.predict_proba(X))

    def predict_proba(self, X: object) -> Array:
        """Return the output's predictions: the probability of every class, or the values."""
        rows = as_rows(X, self.network.inputs)
        return finite(self.network.output.predict(Reference().scores(self.network, self.theta, rows)))

    def train(
        self,
        X: object,
        y: object,
        num_passes: int = 20000,
        epsilon: float = Default(0.01),
        reg_lambda: float = Default(0.01),
        print_loss: bool = False,
        *,
        optimizer: Choice[Optimizer | LBFGS] = SGD(),
        schedule: Choice[Schedule] = Constant(),
        penalty: Choice[Penalty] | None = None,
        batch_size: int | None = None,
        sum_gradients: bool = True,
        print_penalty: bool = False,
        weights: object = None,
        valid: tuple[object, object] | None = None,
        callbacks: Sequence[Callback | Watcher | Checkpoint] = (),
        every: int | None = None,
        engine: str = "reference",
    ) -> None:
        """Train by backpropagation, from the present weights on.

        Parameters
        ----------
        X : array of shape (N, D)
            The rows.
        y : array of shape (N,)
            Class numbers 0 … K − 1 (or what the output takes).
        num_passes : int
            Passes over all rows.
        epsilon : float
            The learning rate. Where it is not given, that of ``optimizer`` counts: 0.01 for the tutorial's. One that
            contradicts a rate given there, as in ``Adam(rate=1e-4)``, is refused; L-BFGS has none.
        reg_lambda : float
            λ of the L2 penalty λ/2 Σ W², or of another that ``penalty`` names. Beside an object there, it is refused.
        print_loss : bool
            Print the loss after the first pass and every 1,000 passes after it (every pass for minibatches and
            L-BFGS, or as ``every`` says).
        optimizer : Optimizer or LBFGS
            The rule for one step.
        schedule : Schedule
            How the learning rate changes over time.
        penalty : Penalty, optional
            Another penalty than ``L2(reg_lambda)``.
        batch_size : int, optional
            Rows a step, shuffled every pass; the last batch may be shorter. None takes all rows at once.
        sum_gradients : bool
            Sum gradients over the rows of a step, as the tutorial does, or take their mean.
        print_penalty : bool
            Add the penalty to the printed loss.
        weights : array of shape (N,), optional
            Weights of the rows.
        valid : (X, y), optional
            Rows to judge by: their loss stands in ``history``.
        callbacks : sequence of Callback or callable
            ``EarlyStopping()``, ``KeepBest()`` … start a watcher each, found in ``watchers``. It, or any function, is
            called with every reported ``Epoch``; one that returns True stops training. ``Checkpoint(folder)`` writes
            down where training stands, so that it can be resumed; it is among no ``watchers``.
        every : int, optional
            Passes between reports; by default about a hundredth of ``num_passes``, and 1 for minibatches and L-BFGS.
        engine : str, default "reference"
            "compiled" is many times faster and follows the same path but for last bits; the tutorial's digits need
            the tutorial's own arithmetic.

        Raises
        ------
        TypeError, ValueError
            If the data, the weights or the settings do not fit; the model stays as it was.
        Diverged
            If the loss or θ is no longer finite: it says where and why. The model is at its last report.
        RuntimeError
            If the model is being trained already, by a callback's caller or another thread.
        """
        problem = Problem.of(self.network, X, y, weights, penalty_of(penalty, reg_lambda))
        rule = rule_of(optimizer, epsilon)
        batch = None if batch_size is None else whole_number("batch_size", batch_size)
        between, printed = reports(num_passes, every, full=batch is None and not isinstance(rule, LBFGS))
        recipe = Recipe(
            optimizer=rule,
            schedule=found(Schedule, schedule) if isinstance(schedule, str | type) else schedule,
            epochs=whole_number("num_passes", num_passes),
            batch_size=batch,
            every=between,
            seed=self.seed or 0,
            convention=sum_of_rows if truth_value("sum_gradients", sum_gradients) else mean_of_rows,
        )
        checkpoint, others = checkpoint_of(callbacks)
        told = [printer(problem, printed, print_penalty)] if truth_value("print_loss", print_loss) else []
        judge, watchers, runs = judged(self.network, valid), started(others), engine_for(problem, rule, engine)
        require_memory(problem, runs, rule, self.theta.dtype, batch, kept=recipe.epochs // between)
        recorded = recording(checkpoint, {"callbacks": words(others)}, any_start=self.seed is None)
        with self._busy, listening() as interrupt, recorded as recorder:
            self.watchers, self.interrupted = watchers, False
            try:
                for epoch in epochs(problem, self.theta, recipe, valid=judge, engine=runs, checkpoint=recorder):
                    self._take(epoch)
                    if [watcher for watcher in (*told, *watchers) if watcher(epoch)]:  # all are asked
                        break
            except Interrupted as ended:
                self._take(ended.epoch)
            self.interrupted = bool(interrupt)
        if self.interrupted:
            at = f"step {self.history[-1].step if self.history else 0}"
            warnings.warn(f"training was interrupted: the model is as {at} left it", stacklevel=2)

    def _take(self, epoch: Epoch | None) -> None:
        """Be where training stands: at a report, or where it was interrupted."""
        if epoch is not None and epoch not in self.history[-1:]:
            self.theta[...] = epoch.theta
            self.history.append(epoch)

    def predictor(self) -> Predictor:
        """Return a function from rows to predictions, bound to a copy of the present weights.

        On the compiled engine its call on one row takes about a microsecond, for it checks shapes and nothing else:
        rows must be a matrix of float64 (of the type of ``theta``), and ``out=`` may take the predictions.

        Examples
        --------
        >>> model = Model([2, 3, 2], seed=0)
        >>> predict, rows = model.predictor(), np.array([[0.5, -1.0]])
        >>> bool(np.allclose(predict(rows), model.predict_proba(rows)))
        True
        """
        return engine_for(self.network).predictor(self.network, self.theta)
