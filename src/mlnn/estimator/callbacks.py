"""scikit-learn's callback protocol, new and experimental in its version 1.9: all that is known of it here is here.

``estimator.set_callbacks(ProgressBar()).fit(X, y)`` tells the callbacks of a task "fit" with a subtask for each epoch.
What a callback gets as ``fitted_estimator`` is what ``fit`` would have returned had it stopped there: under early
stopping the best weights so far. With an older scikit-learn the mixin is empty and nobody is told.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from mlnn.array import Array
from mlnn.estimator.judge import rows_of
from mlnn.estimator.state import State

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing: this scikit-learn has no callbacks."""


__all__ = ["CallbackSupportMixin", "Tasks"]

T = TypeVar("T")


class Tasks:
    """The tasks of one ``fit``: the whole, and in it every epoch. Does nothing where nobody is to be told.

    Callbacks get the rows that are trained on, ``trained`` of those that ``fit`` was given where not all are: as the
    user gave them, so that the estimator takes them.
    """

    def __init__(
        self,
        estimator: "CallbackSupportMixin",
        limit: int,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        trained: Array | None = None,
        state: State | None = None,
    ) -> None:
        self.estimator, self.state, self.limit = estimator, state, limit
        self._given, self._trained = (X, y, sample_weight), trained
        self._whole: Any = None
        self._epoch: Any = None
        if has_listeners(estimator):
            self._whole = estimator._init_callback_context(max_subtasks=limit)
            self._whole.call_on_fit_task_begin(estimator=estimator, **self._data())

    @property
    def told(self) -> bool:
        """Tell whether there is somebody to be told."""
        return self._whole is not None

    def over(self, epochs: Iterable[T]) -> Iterator[T]:
        """Yield the epochs, each begun as a task before it runs; ``end_epoch`` ends it."""
        iterator = iter(epochs)
        for _ in range(self.limit if self._whole else 0):
            self._epoch = self._whole.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(
                estimator=self.estimator, reconstruction_attributes=self._reconstruction, **self._data()
            )
            try:
                epoch = next(iterator)
            except StopIteration:
                return
            yield epoch
        yield from iterator

    def end_epoch(self) -> bool:
        """Tell that the epoch has ended; return whether a callback asks to stop."""
        task, self._epoch = self._epoch, None
        return task is not None and task.call_on_fit_task_end(
            estimator=self.estimator, reconstruction_attributes=self._reconstruction, **self._data()
        )

    def end(self) -> None:
        """Tell that the fit has ended; an epoch that was begun and came to nothing ends first, without data."""
        if self._epoch is not None:
            self._epoch.call_on_fit_task_end(estimator=self.estimator)
        if self._whole is not None:
            self._whole.call_on_fit_task_end(estimator=self.estimator, reconstruction_attributes={}, **self._data())

    def _data(self) -> dict[str, Any]:
        """Return the training data, to be looked up only for a callback that asks for them."""
        X, y, weights = self._given
        return {
            "X": lambda: self._of_trained(X),
            "y": lambda: self._of_trained(y),
            "metadata": None if weights is None else lambda: {"sample_weight": self._of_trained(weights)},
        }

    def _of_trained(self, values: Any) -> Any:
        return values if self._trained is None else rows_of(values, self._trained)

    def _reconstruction(self) -> dict[str, Any]:
        """Return what makes a copy of the estimator one whose training stopped now."""
        return {"_state": self.state and self.state.as_it_stands()}


def has_listeners(estimator: CallbackSupportMixin) -> bool:
    """Tell whether the estimator has callbacks, or one of those around it: theirs see the tasks of all within.

    Meta-estimators link their tasks to ours whether or not anybody listens.
    """
    context = getattr(estimator, "_parent_callback_ctx", None)
    while context is not None:
        if context._callbacks:
            return True
        context = context.parent
    return hasattr(estimator, "_skl_callbacks")
