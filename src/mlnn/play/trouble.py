"""Why training stopped by itself, in words: what happened, and what the cause may be."""

from mlnn.play.searcher import Converged
from mlnn.play.standing import Standing
from mlnn.training import Diverged

BACK = "Good weights are back: those of step {step:,}."
"""Where a run stands that has diverged."""
FAILED = "Nothing is lost: the weights are those of the last good step."
"""Where a run stands that was ended by anything else."""


def told_trouble(standing: Standing, problem: Exception) -> dict[str, str]:
    """Return what to tell of an exception that ended training, and its likely cause."""
    if isinstance(problem, Converged):
        flat = "This is a minimum, or flat: another start may find a lower one."
        return {"kind": "converged", "message": str(problem), "cause": flat}
    if not isinstance(problem, Diverged):
        why = str(problem) or type(problem).__name__
        return {"kind": "failed", "message": why, "cause": FAILED}
    happened = problem.happened[:1].upper() + problem.happened[1:]
    return {"kind": "diverged", "message": f"{happened} {BACK.format(step=standing.step)}", "cause": problem.cause}
