"""Waiting for what a page shows. The page's policy forbids eval, which Playwright's own ``wait_for_function`` uses."""

import time

PATIENCE = 15.0
"""Seconds, of which nearly all tests need a few hundredths."""


def until_true(condition, told="what was waited for never came", patience=PATIENCE):
    """Wait until a function returns something true, and return that."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, told() if callable(told) else told
        time.sleep(0.005)
    return found


def until(page, expression, arg=None):
    """Wait until a JavaScript expression, or a function of ``arg``, is true on the page."""
    told = f"the page never came to {expression} {arg or ''}".rstrip()
    until_true(lambda: page.evaluate(expression, arg), told)


def until_stands(page, what, text):
    """Wait until the page says where training stands: ``what`` is ``epoch``, ``loss``, ``valid`` or ``speed``."""
    until(
        page, "([what, text]) => document.querySelector(`[data-standing=${what}]`).textContent === text", [what, text]
    )
