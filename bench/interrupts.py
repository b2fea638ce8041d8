"""Press Ctrl-C at random moments of trainings of every kind; what is left must be what some complete step left."""

import sys
from pathlib import Path

import numpy as np
from outcome import Outcome

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from interrupted import Moments, courses


def at_random(size: int) -> Outcome:
    """Interrupt so often, each kind of training in turn, on 1, 2 and 8 threads."""
    random = np.random.default_rng(7)
    kinds = [(f"{name} on {count}", course) for count in (1, 2, 8) for name, course in courses(count).items()]
    ended, wrong = 0, []
    for number, (name, course) in enumerate(kinds):
        moments = Moments(course)
        for _ in range(number, size, len(kinds)):
            try:
                while moments.interrupt(random.uniform(0.0, 1.0)) is None:
                    pass  # it ended before
            except AssertionError as problem:
                wrong.append(f"{name}: {problem}")
            ended += 1
    text = f"SIGINT, {len(kinds)} kinds of training on 1, 2 and 8 threads: "
    text += "; ".join(wrong) if wrong else "each time the bits of a complete step, and of the whole training in the end"
    return Outcome(ended, text, not wrong)
