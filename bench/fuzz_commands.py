"""Call the command line with hostile files and options, one line after another.

    python bench/fuzz_commands.py [--from N] [--examples N]

An example is a number: it decides the command, its files and its options (tests/hostile). It must give the right answer
(what the undamaged table in any form gets) or end in exit code 2 and one line; no input may be altered, no draft left,
no character may command the terminal. One in ``PROCESSES`` is a process of its own, the others run in this one.
"""

import sys

from numbered import Ended, command, counted
from outcome import Outcome

PROCESSES = 200
"""A process takes a second to begin."""


def tried(numbers: range) -> Outcome:
    """Run command lines by their numbers."""
    from hostile.commands import example

    return outcome(*counted(lambda number: example(number, alone=number % PROCESSES == 0), numbers))


def measure(size: int) -> Outcome:
    """Run so many command lines."""
    return tried(range(size))


def outcome(ended: Ended, wrong: list[int]) -> Outcome:
    """Say what came out."""
    answered = sum(count for (_, code), count in ended.items() if code in "01")
    count = sum(ended.values()) + len(wrong)
    text = f"{answered:,} answered, {count - answered - len(wrong):,} ended in exit code 2 and one line; no traceback, "
    text += "no input altered" + (f"; otherwise: {', '.join(map(str, wrong[:10]))}" if wrong else "")
    return Outcome(count, text, not wrong)


if __name__ == "__main__":
    sys.exit(command(__doc__, tried))
