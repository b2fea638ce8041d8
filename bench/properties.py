"""Hold every face, on both engines, to what must hold of it (tests/hostile/properties.py), on random data.

python bench/reliability.py properties --full
"""

import sys
import warnings
from collections import Counter
from pathlib import Path

from outcome import Outcome

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def measure(size: int) -> Outcome:
    """Try so many examples."""
    from hostile.properties import example

    held, broken = Counter[str](), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two epochs none converges
        for number in range(size):
            try:
                held[example(number)] += 1
            except AssertionError as problem:
                broken.append(f"{number} ({problem})")
    text = ", ".join(f"{face} {count:,}" for face, count in sorted(held.items()))
    text = f"all hold, on both engines: {text}" if not broken else f"broken: {', '.join(broken[:10])}"
    return Outcome(size, text, not broken)
