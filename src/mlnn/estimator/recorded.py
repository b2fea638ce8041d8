"""How one ``fit`` is recorded, where a ``Checkpoint`` is among its callbacks."""

from contextlib import AbstractContextManager
from typing import Any

from mlnn.estimator.callbacks import has_listeners
from mlnn.training import Watcher, started
from mlnn.training.callback import hold_what_they_need
from mlnn.training.checkpoint import checkpoint_of
from mlnn.training.facts import settings_of
from mlnn.training.recorder import Recorder, recording

CHANGES_NO_BIT = ("callbacks", "verbose", "n_threads")
"""Parameters that may be others when training is resumed; of callbacks, only the checkpoint itself."""


def watched(
    estimator: Any, incremental: bool, **arguments: Any
) -> tuple[list[Watcher], AbstractContextManager[Recorder | None]]:
    """Return the watchers of a fit, and what records it; ``arguments`` of ``fit`` must stay the same too.

    Raises
    ------
    TypeError, ValueError
        If something is no callback, or there is nothing that a later process could resume.
    """
    checkpoint, others = checkpoint_of(estimator.callbacks)
    watchers = started(others)
    if checkpoint is not None:
        if incremental:
            raise ValueError("partial_fit takes one epoch: there is nothing for a Checkpoint to resume")
        require_reproducible(estimator)
    about = settings_of(estimator.get_params(deep=False), *CHANGES_NO_BIT)
    about |= settings_of(arguments | {"callbacks": others})
    held = hold_what_they_need(watchers) and arguments["eval_metric"] is None and not has_listeners(estimator)
    return watchers, recording(checkpoint, about, weights_of_all=not held)


def require_reproducible(estimator: Any) -> None:
    """Refuse to record what no later process could prepare again."""
    if estimator.random_state is None:
        raise ValueError("a Checkpoint needs a random_state, such as 0: a later process must draw the same numbers")
