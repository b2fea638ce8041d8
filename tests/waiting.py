"""Waiting for what a page shows. The page's policy forbids eval, which Playwright's own ``wait_for_function`` uses."""

import time

PATIENCE = 15.0
"""Seconds, of which nearly all tests need a few hundredths."""


def until(page, expression, arg=None):
    """Wait until a JavaScript expression, or a function of ``arg``, is true on the page."""
    deadline = time.monotonic() + PATIENCE
    while not page.evaluate(expression, arg):
        assert time.monotonic() < deadline, f"the page never came to {expression} {arg or ''}".rstrip()
        page.wait_for_timeout(20)


def until_stands(page, what, text):
    """Wait until the page says where training stands: ``what`` is ``epoch``, ``loss``, ``valid`` or ``speed``."""
    until(
        page, "([what, text]) => document.querySelector(`[data-standing=${what}]`).textContent === text", [what, text]
    )
