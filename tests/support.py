"""What several tests share."""

import platform
import re
import textwrap
import threading
from typing import Any

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from mlnn.engine import engines

compiled = pytest.mark.skipif(engines()["compiled"].startswith("not here"), reason="there is no compiled engine")


def with_checks(*args: Any, **kwargs: Any) -> pytest.MarkDecorator:
    """Return scikit-learn's checks of estimators as parameters: a list, where its older versions give a generator."""
    mark = parametrize_with_checks(*args, **kwargs).mark
    names, values = mark.args
    return pytest.mark.parametrize(names, list(values), **mark.kwargs)


def same_last_bits() -> bool:
    """Tell whether exp, tanh and BLAS here round as where the tutorial's losses were written down.

    The path is chaotic for its first thousands of passes: another last bit changes digits at 1000 to 4000.
    """
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    known = {*simd.get("baseline", []), *simd.get("found", [])}
    one_thing_two_names = {"AVX512_SKX", "X86_V4"}
    return platform.machine().lower() in ("x86_64", "amd64") and bool(known & one_thing_two_names)


def blocks(text, language):
    """Return the fenced blocks of a language, without the indentation that a list gives them."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in found]


def at_once(count, work):
    """Call ``work(number)`` in so many threads that start together; return what they returned, or what they raised."""
    barrier, found = threading.Barrier(count), [None] * count

    def wait_and_work(number):
        barrier.wait()
        try:
            found[number] = work(number)
        except Exception as problem:
            found[number] = problem

    threads = [threading.Thread(target=wait_and_work, args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found
