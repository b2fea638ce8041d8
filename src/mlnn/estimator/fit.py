"""One ``fit``: the loop over epochs, what it reports, when it stops and which weights it keeps."""

import copy
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import xlogy
from sklearn.exceptions import ConvergenceWarning

from mlnn.estimator.callbacks import Tasks
from mlnn.estimator.judge import Judge, scorer_of
from mlnn.estimator.parameters import RowOrder, averaged, convention_of, engine_of, rows_a_step, schedule_of, solver_of
from mlnn.estimator.progress import Control, Governed
from mlnn.gate import Step
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS
from mlnn.output import Poisson
from mlnn.training import Diverged, Epoch, Recipe, epochs
from mlnn.training.lbfgs import RELATIVE_FALL

NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)

ROWS_OF_A_STRIDE = 1 << 14
"""How many rows training takes at most before it looks up: where epochs are short, looking takes as long as they do."""


class NotFinite(Diverged, ValueError):
    """Training diverged; scikit-learn's users expect a ``ValueError``."""


class Training:
    """Trains an estimator that is ready to be: its network, θ and counters are there.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Whose attributes are kept up to date after every epoch.
    problem : Problem
        What is minimized.
    judge : Judge, optional
        Rows to judge by.
    metric : str or scorer, optional
        The figure of merit, if another than the estimator's own.
    goes_on : bool
        Whether training goes on after the estimator's last epoch, optimizer and counts included.
    limit : int
        Epochs at most.
    tasks : Tasks
        Tells scikit-learn's callbacks.
    """

    def __init__(
        self,
        estimator: Any,
        problem: Problem,
        judge: Judge | None,
        metric: Any,
        *,
        goes_on: bool,
        limit: int,
        tasks: Tasks,
    ) -> None:
        self.tasks = tasks
        self.estimator, self.problem, self.judge = estimator, problem, judge
        self.scorer = scorer_of(metric)
        self.solver, network = solver_of(estimator), problem.network
        self.engine = engine_of(estimator, problem, self.solver)
        self.columns = averaged(network.output, network.widths[-1])
        self.convention = convention_of(estimator, network.output, network.widths[-1])
        self.constant = _left_out(problem)
        last = estimator._epoch if goes_on else None
        control: Control = estimator._control
        control.patience, control.tolerance, control.power = (
            estimator.n_iter_no_change,
            estimator.tol,
            estimator.power_t,
        )
        control.rule = estimator.learning_rate if self._has_rule() else "constant"
        if last is None:
            control.factor = 1.0
        self.control, self.after = control, [] if last is None else [last]
        self.governed = Governed(schedule_of(estimator), control, estimator.time_budget)
        self.first, self.limit = last.number if last else 0, limit

    def run(self) -> None:
        """Train until something says stop."""
        estimator = self.estimator
        estimator.n_iter_, estimator.interrupted_ = 0, False
        stopped = False
        try:
            run = epochs(
                self.problem,
                estimator.theta_,
                self._recipe(),
                valid=self.judge.problem if self.judge else None,
                scores={"score": self.judge.score} if self.judge and not self.scorer else {},
                engine=self.engine,
                after=self.after,
                stride=None if self._is_watched() else self._stride,
            )
            for epoch in self.tasks.over(run):
                stopped = self._take(epoch)
                if self.tasks.end_epoch() or stopped:
                    stopped = True
                    break
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=5)
            stopped = estimator.interrupted_ = True
        except Diverged as reason:
            if not (estimator.early_stopping and np.isfinite(self.control.best)):
                raise NotFinite(f"{NOT_FINITE} ({reason})") from reason
            estimator.loss_curve_.append(np.nan)
            estimator.validation_scores_.append(np.nan)
            stopped = True
        if estimator.n_iter_:
            estimator._epoch = replace(estimator._epoch, theta=estimator._epoch.raw_theta)  # where training may go on
        if isinstance(self.solver, LBFGS):
            self._finish_lbfgs(self.solver, stopped)
        elif not (stopped or self._is_planned()) and self.limit > 1 and estimator.n_iter_ == estimator.max_iter:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and the optimization hasn't "
                "converged yet.",
                ConvergenceWarning,
                stacklevel=5,
            )
        if estimator.early_stopping:
            estimator.theta_ = estimator._best_theta
        self.tasks.end()

    def _recipe(self) -> Recipe:
        estimator, rows = self.estimator, self.problem.X.shape[0]
        size = rows_a_step(estimator, rows)
        if size is not None and size > rows:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=6
            )
        return Recipe(
            self.solver,
            schedule=schedule_of(estimator) if size is None else self.governed,
            batch_size=None if size is None else min(size, rows),
            epochs=self.first + self.limit,
            seed=estimator._noise_seed,
            order=self._order(),
            convention=self.convention,
        )

    def _is_watched(self) -> bool:
        """Tell whether somebody looks at every epoch: at its weights, its losses or the clock."""
        estimator = self.estimator
        asks = isinstance(self.solver, LBFGS) or not isinstance(estimator.solver, str) or estimator.schedule is not None
        told = estimator.verbose or estimator.callbacks or self.tasks.told
        return bool(asks or told or self.judge or estimator.time_budget)

    def _stride(self) -> int:
        """Return how many epochs to take in one call of the engine: no more than are sure to be taken."""
        return int(min(self.control.sure, max(ROWS_OF_A_STRIDE // self.problem.X.shape[0], 1)))

    def _order(self) -> RowOrder:
        """Return the source of row orders: a new one, or the last, where training goes on exactly."""
        estimator = self.estimator
        order = getattr(estimator, "_row_order", None) if self.after and estimator.warm_start == "exact" else None
        order = order or RowOrder(estimator._random_state, estimator.shuffle)
        if estimator.warm_start == "exact":
            estimator._row_order = order
        return order

    def _take(self, epoch: Epoch) -> bool:
        """Bring the estimator's attributes up to date after an epoch; return whether training ends."""
        estimator = self.estimator
        estimator._epoch, estimator.theta_ = epoch, np.array(epoch.theta)
        for losses in epoch.passed:
            self._count(losses.loss, losses.objective)
            self._ends(float(estimator.loss_), epoch.rate)  # not yet: the stride saw to that
        self._count(epoch.loss, epoch.objective)
        watched = self._judged(epoch)
        if estimator.early_stopping and watched < self.control.best:
            estimator._best_theta, estimator.best_iter_ = estimator.theta_, estimator.n_iter_
        asked = [watcher(epoch) for watcher in estimator.watchers_]
        ends = (not isinstance(self.solver, LBFGS) or estimator.early_stopping) and self._ends(watched, epoch.rate)
        return ends or any(asked) or self.governed.is_over(estimator.n_iter_)

    def _count(self, loss: float, objective: float) -> None:
        """Take note of an epoch and its losses."""
        estimator = self.estimator
        estimator.n_iter_ += 1
        estimator.t_ += self.problem.X.shape[0]
        estimator.loss_ = self._reported(loss, objective)
        estimator.loss_curve_.append(estimator.loss_)
        if estimator.verbose:
            print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")
        if not estimator.early_stopping:
            estimator.best_loss_ = min(estimator.best_loss_, estimator.loss_)

    def _judged(self, epoch: Epoch) -> float:
        """Take note of how the epoch did on the rows to judge by; return what is watched, lower being better."""
        estimator, judge = self.estimator, self.judge
        if judge is None or epoch.valid_loss is None:
            return float(estimator.loss_)
        valid_loss = epoch.valid_loss / self.columns
        score = self.scorer(copy.copy(estimator), judge.X, judge.y) if self.scorer else epoch.scores["score"]
        estimator.validation_loss_curve_.append(valid_loss)
        estimator.validation_scores_.append(float(score))
        if estimator.verbose:
            print(f"Validation score: {score:f}")
        if not estimator.early_stopping:
            return float(estimator.loss_)
        if estimator.early_stopping == "loss":
            return float(valid_loss)
        if estimator.best_validation_score_ is None or score > estimator.best_validation_score_:
            estimator.best_validation_score_ = float(score)
        return -float(score)

    def _ends(self, watched: float, rate: float) -> bool:
        """Let the control decide, and say so."""
        factor = self.control.factor
        ends = self.control.after_epoch(watched, self.estimator.t_, rate)
        if self.estimator.verbose and (ends or self.control.factor == factor / 5.0):
            what = f"Validation {'loss' if self.estimator.early_stopping == 'loss' else 'score'}"
            what = what if self.estimator.early_stopping else "Training loss"
            then = "Stopping." if ends else f"Setting learning rate to {rate / 5.0:f}"
            then = "Learning rate too small. Stopping." if ends and self.control.rule == "adaptive" else then
            print(f"{what} did not improve more than tol={self.control.tolerance:f} for {self.control.patience} "
                  f"consecutive epochs. {then}")  # fmt: skip
        return ends

    def _reported(self, loss: float, objective: float) -> float:
        """Return the loss as scikit-learn reports it: squared errors averaged over the targets, plus the penalty."""
        if isinstance(self.solver, LBFGS):
            return objective / self.columns + self.constant
        return loss / self.columns + (objective - loss) + self.constant

    def _finish_lbfgs(self, solver: LBFGS, stopped: bool) -> None:
        """Warn where L-BFGS was at no minimum when it ended."""
        estimator, problem = self.estimator, self.problem
        counts = np.array([problem.X.shape[0]]), np.array([problem.weight])
        factors = self.convention(*counts)
        scales = float(factors.data[0]), float(factors.penalty[0])
        with self.engine.bind(problem) as bound:
            estimator.loss_, gradient = bound.loss_and_gradient(estimator.theta_, Step(), *scales)
        estimator.loss_ += self.constant
        if not np.isfinite(estimator.loss_):
            raise NotFinite(NOT_FINITE)
        if stopped or estimator.early_stopping:
            return
        before, after = [np.inf, np.inf, *estimator.loss_curve_][-2:]
        fell_a_little = before - after <= RELATIVE_FALL * max(abs(after), 1.0)
        flat = np.abs(gradient[problem.network.rates > 0.0]).max() <= solver.tolerance or fell_a_little
        used = estimator._epoch.step if estimator.n_iter_ else 0
        if estimator.n_iter_ >= estimator.max_iter or used > solver.evaluations or not flat:
            warnings.warn(
                f"lbfgs failed to converge after {estimator.n_iter_} iteration(s): it reached max_iter="
                f"{estimator.max_iter} iterations or max_fun={solver.evaluations} evaluations, or found no lower "
                "point. Increase the limit, or scale the data.",
                ConvergenceWarning,
                stacklevel=6,
            )

    def _is_planned(self) -> bool:
        """Tell whether a schedule or a budget planned the end of training, so that reaching it is no surprise."""
        return self.estimator.schedule is not None or self.estimator.time_budget is not None

    def _has_rule(self) -> bool:
        """Tell whether scikit-learn's ``learning_rate`` applies: as there, to its "sgd" alone."""
        return bool(self.estimator.solver == "sgd" and self.estimator.schedule is None)


def _left_out(problem: Problem) -> float:
    """Return what scikit-learn's half deviance has more than the output's loss: for counts, the mean of y log y − y."""
    if not isinstance(problem.network.output, Poisson):
        return 0.0
    return float(np.average((xlogy(problem.y, problem.y) - problem.y).sum(axis=1), weights=problem.weights))
