"""Train on hostile data with hostile settings, example after example.

    python bench/fuzz_training.py [--from N] [--examples N]

An example is a number: it decides the face, the data and the settings (tests/hostile). It must train and then predict
finite numbers of the right shape, or end in a ValueError or TypeError that is a sentence; no argument may be altered,
and no warning may be another's. Numbers of examples that go otherwise are printed, so that they can be run again.
"""

import sys
from collections.abc import Iterator

from numbered import Ended, command, counted
from outcome import Outcome


def tried(numbers: range) -> Outcome:
    """Try examples by their numbers."""
    from hostile.training import example

    return outcome(*counted(lambda number: example(number)[:2], numbers))


def measure(size: int) -> Outcome:
    """Run so many examples."""
    return tried(range(size))


def outcome(ended: Ended, wrong: list[int]) -> Outcome:
    """Say what came out."""
    trained = sum(count for (_, end), count in ended.items() if end == "trained")
    count = sum(ended.values()) + len(wrong)
    each = ", ".join(f"{face} {of:,}" for face, of in sorted(_of_faces(ended)))
    text = f"{trained:,} trained and predicted finite numbers, {count - trained - len(wrong):,} were refused in a "
    text += f"sentence ({each})" + (f"; otherwise: {', '.join(map(str, wrong[:10]))}" if wrong else "")
    return Outcome(count, text, not wrong and 2 * trained >= count)


def _of_faces(ended: Ended) -> Iterator[tuple[str, int]]:
    faces = {face for face, _ in ended}
    return ((face, sum(count for (each, _), count in ended.items() if each == face)) for face in faces)


if __name__ == "__main__":
    sys.exit(command(__doc__, tried))
