"""Call the command line with hostile files and options, one line after another.

    python bench/fuzz_commands.py [--from N] [--examples N]

An example is a number: it decides the command, its files and its options (tests/hostile). It must give the right answer
(what the undamaged table in any form gets) or end in exit code 2 and one line; no input may be altered, no draft left,
no character may command the terminal. One in ``PROCESSES`` is a process of its own, the others run in this one.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from outcome import Outcome

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

PROCESSES = 200
"""A process takes a second to begin."""


def counted(numbers: range) -> tuple[Counter[tuple[str, str]], list[int]]:
    """Run command lines; return how many of each command ended how, and which ended as they must not."""
    from hostile.commands import example
    from hostile.training import Finding

    ended, wrong = Counter[tuple[str, str]](), []
    for number in numbers:
        try:
            ended[example(number, alone=number % PROCESSES == 0)] += 1
        except Finding as problem:
            wrong.append(number)
            print(f"example {number}: {problem}", flush=True)
        if number % 1000 == 999:
            print(f"{number + 1:,}: {len(wrong)} findings", file=sys.stderr, flush=True)
    return ended, wrong


def measure(size: int) -> Outcome:
    """Run so many command lines."""
    return outcome(*counted(range(size)))


def outcome(ended: Counter[tuple[str, str]], wrong: list[int]) -> Outcome:
    """Say what came out."""
    answered = sum(count for (_, code), count in ended.items() if code in "01")
    count = sum(ended.values()) + len(wrong)
    text = f"{answered:,} answered, {count - answered - len(wrong):,} ended in exit code 2 and one line; no traceback, "
    text += "no input altered" + (f"; otherwise: {', '.join(map(str, wrong[:10]))}" if wrong else "")
    return Outcome(count, text, not wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first number")
    parser.add_argument("--examples", type=int, default=1000, help="how many")
    options = parser.parse_args()
    found = outcome(*counted(range(options.first, options.first + options.examples)))
    print(found.text)
    sys.exit(0 if found.passed else 1)
