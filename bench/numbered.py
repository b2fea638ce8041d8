"""Examples that are numbers: tried one after another, and those that ended as they must not told, to be tried again."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from outcome import Outcome

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

Ended = Counter[tuple[str, str]]
"""How many of each kind ended how."""


def counted(example: Callable[[int], tuple[str, str]], numbers: range) -> tuple[Ended, list[int]]:
    """Try examples, each of which tells its kind and its end; return how they ended, and which as they must not."""
    from hostile.training import Finding

    ended, wrong = Ended(), []
    for number in numbers:
        try:
            ended[example(number)] += 1
        except Finding as problem:
            wrong.append(number)
            print(f"example {number}: {problem}", flush=True)
        if number % 1000 == 999:
            ends = Counter[str]()
            for (_, end), count in ended.items():
                ends[end] += count
            told = ", ".join(f"{count:,} ended in {end}" for end, count in sorted(ends.items()))
            print(f"{number + 1:,}: {told}, {len(wrong)} findings", file=sys.stderr, flush=True)
    return ended, wrong


def command(about: str | None, tried: Callable[[range], Outcome]) -> int:
    """Try those examples that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first number")
    parser.add_argument("--examples", type=int, default=1000, help="how many")
    options = parser.parse_args()
    found = tried(range(options.first, options.first + options.examples))
    print(found.text)
    return 0 if found.passed else 1
