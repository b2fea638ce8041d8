"""Text from strangers: the one place that decides what a terminal, a page or a picture shows and does not obey."""

import json
import re
from typing import Any

COMMANDS = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters: ends of lines, and what begins an escape sequence, in 7 bits and in 8
    "\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # what nobody sees
    "\u2028\u2029\u202a-\u202e\u2066-\u206f"  # ends of lines and paragraphs, and what turns their direction round
    "\ud800-\udfff\ufffe\uffff]"  # what no file may hold
)
"""Characters that command. Those that join letters, or say which way round these are, belong to scripts and stay."""


def printable(text: object) -> str:
    r"""Return text on one line in which no character commands: each such is written as Python escapes it.

    Parameters
    ----------
    text : object
        Text, or what ``str`` makes text of.

    References
    ----------
    ECMA-48 (control functions); Unicode Technical Report 36 (bidirectional text and spoofing).

    Examples
    --------
    >>> printable("\x1b[31mred"), printable("a\nb"), printable("gpj.\u202eexe")
    ('\\x1b[31mred', 'a\\nb', 'gpj.\\u202eexe')
    >>> printable("naïve 😀")
    'naïve 😀'
    """
    return COMMANDS.sub(lambda found: ascii(found[0])[1:-1], str(text))


def printable_lines(text: str) -> str:
    r"""Return text in which no character commands but ends of lines and tabs, which are ours.

    Examples
    --------
    >>> printable_lines("a\tb\n\x07")
    'a\tb\n\\x07'
    """
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))


def told(problem: Exception) -> str:
    """Return what was wrong, in words."""
    return f"{problem} is missing" if isinstance(problem, KeyError) else str(problem) or type(problem).__name__


def json_text(content: Any) -> str:
    r"""Return content as JSON on one line, readable in all scripts, in which no character commands.

    Examples
    --------
    >>> json_text({"ü": "\x1b \x9b \u202e"})
    '{"ü": "\\u001b \\u009b \\u202e"}'
    """
    return COMMANDS.sub(lambda found: json.dumps(found[0])[1:-1], json.dumps(content, ensure_ascii=False))
