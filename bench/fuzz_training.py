"""Train on hostile data with hostile settings, example after example.

    python bench/fuzz_training.py [--from N] [--examples N]

An example is a number: it decides the face, the data and the settings (tests/hostile). It must train and then predict
finite numbers of the right shape, or end in a ValueError or TypeError that is a sentence; no argument may be altered,
and no warning may be another's. Numbers of examples that go otherwise are printed, so that they can be run again.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from outcome import Outcome

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def counted(numbers: range) -> tuple[Counter[tuple[str, str]], list[int]]:
    """Run examples; return how many of each face ended how, and the numbers of those that ended as they must not."""
    from hostile.training import Finding, example

    ended, wrong = Counter[tuple[str, str]](), []
    for number in numbers:
        try:
            face, end, _ = example(number)
            ended[face, end] += 1
        except Finding as problem:
            wrong.append(number)
            print(f"example {number}: {problem}", flush=True)
        if number % 1000 == 999:
            trained = sum(count for (_, end), count in ended.items() if end == "trained")
            print(f"{number + 1:,}: {trained:,} trained, {len(wrong)} findings", file=sys.stderr, flush=True)
    return ended, wrong


def measure(size: int) -> Outcome:
    """Run so many examples."""
    ended, wrong = counted(range(size))
    return outcome(ended, wrong)


def outcome(ended: Counter[tuple[str, str]], wrong: list[int]) -> Outcome:
    """Say what came out."""
    trained = sum(count for (_, end), count in ended.items() if end == "trained")
    count = sum(ended.values()) + len(wrong)
    each = ", ".join(f"{face} {of:,}" for face, of in sorted(_of_faces(ended)))
    text = f"{trained:,} trained and predicted finite numbers, {count - trained - len(wrong):,} were refused in a "
    text += f"sentence ({each})" + (f"; otherwise: {', '.join(map(str, wrong[:10]))}" if wrong else "")
    return Outcome(count, text, not wrong and 2 * trained >= count)


def _of_faces(ended: Counter[tuple[str, str]]) -> Iterator[tuple[str, int]]:
    faces = {face for face, _ in ended}
    return ((face, sum(count for (each, _), count in ended.items() if each == face)) for face in faces)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first number")
    parser.add_argument("--examples", type=int, default=1000, help="how many")
    options = parser.parse_args()
    found = outcome(*counted(range(options.first, options.first + options.examples)))
    print(found.text)
    sys.exit(0 if found.passed else 1)
