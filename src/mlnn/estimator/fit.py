"""One ``fit``: the loop over epochs, what it reports, when it stops and which weights it keeps."""

import warnings
from dataclasses import replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from mlnn.estimator.callbacks import Tasks
from mlnn.estimator.judge import Judge
from mlnn.estimator.parameters import (
    ROWS_OF_A_STRIDE,
    RowOrder,
    averaged,
    convention_of,
    engine_of,
    left_out,
    rows_a_step,
    schedule_of,
    solver_of,
)
from mlnn.estimator.progress import Governed
from mlnn.estimator.settings import Settings
from mlnn.estimator.state import State
from mlnn.gate import Step
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS
from mlnn.source import Windows, source_of
from mlnn.training import NOTHING, Diverged, Epoch, Interrupted, Recipe, epochs, listening
from mlnn.training.interrupt import DEAF
from mlnn.training.lbfgs import RELATIVE_FALL
from mlnn.training.recorder import Recorder

NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)


class NotFinite(Diverged, ValueError):
    """Training diverged; scikit-learn's users expect a ``ValueError``."""


class Training:
    """Trains what is ready to be: a state whose network, θ and counters are there, kept up to date after every epoch.

    With ``goes_on`` it goes on after the last epoch, optimizer and counts included, for ``limit`` epochs at most.
    """

    def __init__(
        self,
        settings: Settings,
        state: State,
        problem: Problem,
        judge: Judge | None,
        *,
        goes_on: bool,
        limit: int,
        tasks: Tasks,
        recorder: Recorder | None = None,
    ) -> None:
        self.settings, self.state, self.problem, self.judge, self.tasks = settings, state, problem, judge, tasks
        self.recorder = recorder
        self.solver, network = solver_of(settings), problem.network
        self.engine = engine_of(settings, problem, self.solver)
        self.columns = averaged(network.output, network.widths[-1])
        self.convention = convention_of(settings, network.output, network.widths[-1])
        self.constant = left_out(problem)
        last = state.epoch if goes_on else None
        self.control = control = state.control
        ruled = settings.solver == "sgd" and settings.schedule is None  # scikit-learn's rules are for its "sgd" alone
        control.patience, control.tolerance, control.power = settings.n_iter_no_change, settings.tol, settings.power_t
        control.rule = settings.learning_rate if ruled else "constant"
        if last is None:
            control.factor = 1.0
        self.after = [] if last is None else [last]
        self.governed = Governed(schedule_of(settings), control, settings.time_budget)
        self.first, self.seconds, self.limit = last.number if last else 0, last.seconds if last else 0.0, limit

    def run(self) -> None:
        """Train until something says stop."""
        settings, state, judge = self.settings, self.state, self.judge
        state.n_iter, state.interrupted = 0, False
        stopped, interrupt = False, DEAF  # until somebody listens
        run = epochs(
            self.problem,
            state.theta,
            self._recipe(),
            valid=judge.problem if judge else None,
            scores={"score": judge.score} if judge and not judge.metric else {},
            engine=self.engine,
            after=self.after,
            stride=None if self._is_watched() else self._stride,
            checkpoint=self.recorder,
        )
        try:
            with listening() as interrupt:
                for epoch in self.tasks.over(run):
                    stopped = self._take(epoch)
                    if self.tasks.end_epoch() or stopped:
                        stopped = True
                        break
            state.interrupted = bool(interrupt)
        except Interrupted as ended:
            state.interrupted = True
            self._leave(ended.epoch)
        except KeyboardInterrupt:
            if interrupt:  # this is the second
                raise
            state.interrupted = True
        except Diverged as reason:
            self._diverged(reason)
            stopped = True
        if state.interrupted:
            warnings.warn("Training interrupted by user.", stacklevel=5)
            stopped = True
        if state.epoch and state.n_iter:  # where training may go on: L-BFGS with a new memory, others with an epoch
            kept = () if isinstance(self.solver, LBFGS) else state.epoch.state
            begun = state.epoch.begun if settings.warm_start == "exact" else NOTHING
            state.epoch = replace(state.epoch, theta=state.epoch.raw_theta, state=kept, begun=begun)
        planned = settings.schedule is not None or settings.time_budget is not None  # then its end is no surprise
        if isinstance(self.solver, LBFGS):
            self._finish_lbfgs(self.solver, stopped)
        elif not (stopped or planned) and self.limit > 1 and state.n_iter == settings.max_iter:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({settings.max_iter}) reached and the optimization hasn't "
                "converged yet.",
                ConvergenceWarning,
                stacklevel=5,
            )
        best = state.best_theta if state.judged else None
        state.theta = np.array(state.theta if best is None else best)
        self.tasks.end()

    def _diverged(self, reason: Diverged) -> None:
        """Go on with the best weights, where rows judge which these are; else say what happened."""
        state = self.state
        if not (state.judged and np.isfinite(self.control.best)):
            problem = NotFinite(f"{NOT_FINITE} ({reason.args[0]})")
            vars(problem).update(vars(reason))
            problem.kept = "The estimator is as it was; the last finite weights are this exception's theta."
            raise problem from reason
        state.loss_curve.append(np.nan)
        self._note(np.nan, np.nan)
        kept = f"{reason.args[0]} The best weights, of epoch {state.best_iter}, are kept."
        warnings.warn(kept, ConvergenceWarning, stacklevel=6)

    def _recipe(self) -> Recipe:
        rows = self.problem.X.shape[0]
        size = rows_a_step(self.settings, rows)
        if size is not None and size > rows:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=6
            )
        return Recipe(
            self.solver,
            schedule=schedule_of(self.settings) if size is None else self.governed,
            batch_size=None if size is None else min(size, rows),
            epochs=self.first + self.limit,
            seed=self.state.noise_seed,
            order=self._order(),
            convention=self.convention,
        )

    def _is_watched(self) -> bool:
        """Tell whether somebody looks at every epoch: at its weights, its losses or the clock."""
        settings = self.settings
        asks = isinstance(self.solver, LBFGS) or not isinstance(settings.solver, str) or settings.schedule is not None
        told = settings.verbose or self.state.watchers or self.tasks.told
        return bool(asks or told or self.judge or settings.time_budget)

    def _stride(self) -> int:
        """Return how many epochs to take in one call of the engine: no more than are sure to be taken."""
        return int(min(self.control.sure, max(ROWS_OF_A_STRIDE // self.problem.X.shape[0], 1)))

    def _order(self) -> RowOrder | Windows:
        """Return the source of row orders: a new one, or the last, where training goes on exactly."""
        order = self.state.row_order or self._new_order()
        if self.settings.warm_start == "exact":
            self.state.row_order = order
        return order

    def _new_order(self) -> RowOrder | Windows:
        source, random, shuffles = source_of(self.problem), self.state.random, self.settings.shuffle
        if source is None:
            return RowOrder(random, shuffles, self.first)
        return Windows(source.sizes, source.window_rows, random.randint(2**31) if shuffles else None)

    def _take(self, epoch: Epoch) -> bool:
        """Bring the state up to date after an epoch; return whether training ends."""
        state = self.state
        state.epoch, state.theta = epoch, epoch.theta
        for losses in epoch.passed:
            self._count(losses.loss, losses.objective)
            self._ends(state.loss, epoch.rate)  # not yet: the stride saw to that
        self._count(epoch.loss, epoch.objective)
        watched = self._judged(epoch)
        if state.judged and watched < self.control.best:
            state.best_theta, state.best_iter = state.theta, state.n_iter
        asked = [watcher(epoch) for watcher in state.watchers]
        ends = bool(not isinstance(self.solver, LBFGS) or state.judged) and self._ends(watched, epoch.rate)
        return ends or any(asked) or self.governed.is_over(state.n_iter, epoch.seconds - self.seconds)

    def _leave(self, epoch: Epoch | None) -> None:
        """Bring the state to where training was interrupted, which may be within an epoch: that counts as none."""
        state = self.state
        if epoch is None or (state.epoch is not None and epoch.step == state.epoch.step):
            return
        state.epoch, state.theta = epoch, np.array(epoch.theta)
        for losses in epoch.passed if len(epoch.begun) else (*epoch.passed, epoch.losses):
            self._count(losses.loss, losses.objective)

    def _count(self, loss: float, objective: float) -> None:
        """Take note of an epoch and its losses."""
        state = self.state
        state.n_iter += 1
        state.t += self.problem.X.shape[0]
        state.loss = self._reported(loss, objective)
        state.loss_curve.append(state.loss)
        if self.settings.verbose:
            print(f"Iteration {state.n_iter}, loss = {state.loss:.8f}")
        if state.best_loss is not None:
            state.best_loss = min(state.best_loss, state.loss)

    def _judged(self, epoch: Epoch) -> float:
        """Take note of how the epoch did on the rows to judge by; return what is watched, lower being better."""
        state, judge = self.state, self.judge
        if judge is None or epoch.valid_loss is None:
            return state.loss
        valid_loss = float(epoch.valid_loss / self.columns)
        score = judge.metric() if judge.metric else epoch.scores["score"]
        self._note(score, valid_loss)
        if self.settings.verbose:
            print(f"Validation score: {score:f}")
        if state.judged is None:
            return state.loss
        if state.judged == "loss":
            return valid_loss
        if state.best_validation_score is None or score > state.best_validation_score:
            state.best_validation_score = float(score)
        return -float(score)

    def _note(self, score: float, loss: float) -> None:
        """Add to the curves of the rows to judge by."""
        state = self.state
        assert state.validation_scores is not None
        assert state.validation_loss_curve is not None
        state.validation_scores.append(float(score))
        state.validation_loss_curve.append(loss)

    def _ends(self, watched: float, rate: float) -> bool:
        """Let the control decide, and say so."""
        factor, judged = self.control.factor, self.state.judged
        ends = self.control.after_epoch(watched, self.state.t, rate)
        if self.settings.verbose and (ends or self.control.factor == factor / 5.0):
            what = f"Validation {judged}" if judged else "Training loss"
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
        settings, state, problem = self.settings, self.state, self.problem
        counts = np.array([problem.X.shape[0]]), np.array([problem.weight])
        factors = self.convention(*counts)
        scales = float(factors.data[0]), float(factors.penalty[0])
        with self.engine.bind(problem) as bound:
            loss, gradient = bound.loss_and_gradient(state.theta, Step(), *scales)
        state.loss = loss + self.constant
        if not np.isfinite(state.loss):
            raise NotFinite(NOT_FINITE)
        if stopped or state.judged:
            return
        before, after = [np.inf, np.inf, *state.loss_curve][-2:]
        fell_a_little = before - after <= RELATIVE_FALL * max(abs(after), 1.0)
        flat = np.abs(gradient[problem.network.rates > 0.0]).max() <= solver.tolerance or fell_a_little
        used = state.epoch.step if state.epoch and state.n_iter else 0
        if state.n_iter >= settings.max_iter or used > solver.evaluations or not flat:
            warnings.warn(
                f"lbfgs failed to converge after {state.n_iter} iteration(s): it reached max_iter="
                f"{settings.max_iter} iterations or max_fun={solver.evaluations} evaluations, or found no lower "
                "point. Increase the limit, or scale the data.",
                ConvergenceWarning,
                stacklevel=6,
            )
