"""How people write: nothing, yes and no, and numbers."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

import numpy as np

from mlnn.array import Array


def _words(listed: str) -> list[str]:
    return [word.strip() for word in listed.split("|")]


BLANK = frozenset({"", "?", "NA", "N/A", "<NA>", "NaN", "nan", "null", "NULL", "n/a", "#N/A", "#NA", "NaT"})
"""The cells that mean a missing value in any column, as they are written here: among categories, ``na`` or ``None`` may
be one of them."""

MISSING = frozenset(
    _words(
        """|na|n/a|n.a.|n.a|n\\a|#n/a|#na|#n/a n/a|<na>|nan|-nan|1.#qnan|1.#ind|null|(null)|<null>|[null]|nul|nil|nat
        |\\n|none|(none)|<none>|?|??|???|-|--|---|_|.|..|...|*|/|#|[]|{}|missing|(missing)|miss|blank|(blank)|empty|(empty)
        |void|unknown|unk|unkn|not available|not applicable|not known|no data|no value|no answer|refused|nd|n.d.|n/d
        |n/r|tbd|tba|pending|undefined|undef|error|#error!|#div/0!|#value!|#ref!|#num!|#name?|#null!
        |k.a.|k. a.|keine angabe|unbekannt|fehlt|s/d|inconnu|desconocido|n.c.|n.v.t.|nvt"""
    )
)
"""The cells that mean a missing value in a column of numbers, dates or truth values, in any case: there no other
meaning is possible, and whatever else cannot be read is listed as unreadable."""

TRUTH = {
    word: value
    for value, words in (
        (True, "true|t|yes|y|on|1|1.0|ja|wahr|oui|vrai|sí|si|verdadero|sim"),
        (False, "false|f|no|n|off|0|0.0|nein|falsch|non|faux|falso|não|nao"),
    )
    for word in _words(words)
}
"""What truth values are written as, in any case: a column that holds nothing else is one, however rows to come spell
it."""

MOST_SPELLINGS = 100
"""Of more different cells not all are truth values."""

_DASHES = dict.fromkeys("\u2212\u2013\u2014\u2010\u2011\u2012\ufe63\uff0d", "-")
_QUOTES = dict.fromkeys("\u2019\u2018\u00b4`\u02bc\uff07", "'")
_DOUBLE = dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02", '"')
_ARABIC = {"\u066b": ".", "\u066c": ","}
_UNSEEN = dict.fromkeys(
    "\u00ad\u061c\u200b\ufeff\u200e\u200f\u2060\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ""
)
SIGNS = _DASHES | _QUOTES | _DOUBLE | _ARABIC | _UNSEEN
"""What dashes, quotation marks, Arabic decimal signs and signs without width are read as."""
_SIGNS, UNSEEN = str.maketrans(SIGNS), str.maketrans(_UNSEEN)


def plain(text: str) -> str:
    """Return text in one spelling: compatible characters (NFKC), plain dashes, single spaces, none around.

    Examples
    --------
    >>> plain("  \uff11\uff12\u00a0kg ")
    '12 kg'
    """
    if text.isascii():
        return text if text.isalnum() else " ".join(text.split())
    return " ".join(unicodedata.normalize("NFKC", text.translate(_SIGNS)).split())


def unwrapped(text: str) -> str:
    """Return text, as ``plain`` gives it, without what protects numbers from spreadsheets: quotes around or before.

    Examples
    --------
    >>> [unwrapped(text) for text in ('="70"', '"70"', "'70'", "'70", '5"')]
    ['70', '70', '70', '70', '5"']
    """
    match = _WRAPPED.fullmatch(text)
    return text if match is None else match["inner"] or match["marked"]


def folded(text: str) -> str:
    """Return what spellings have in common that differ in case, spaces and kinds of characters.

    Examples
    --------
    >>> folded(" PARIS") == folded("Paris"), folded("STRASSE") == folded("Straße")
    (True, True)
    """
    return plain(text).casefold()


def means_missing(text: str) -> bool:
    """Tell whether a cell that is no number means a missing value where there should be one."""
    return folded(text) in MISSING


def truth(text: str) -> bool | None:
    """Return the truth value that is written there, or None."""
    return TRUTH.get(folded(text))


def truths(cells: Sequence[str]) -> set[bool]:
    """Return the truth values that different cells mean; none if one means something else, or all are digits.

    Different words for one and the same, such as N and F, are no truth values: what they tell apart would be lost.

    Examples
    --------
    >>> truths(["yes", "No", "n/a"]) == {True, False}, truths(["yes", "maybe"]), truths(["0", "1"]), truths(["N", "F"])
    (True, set(), set(), set())
    """
    if len(cells) > MOST_SPELLINGS:
        return set()
    meant = {cell: truth(cell) for cell in cells}
    read = [cell for cell, each in meant.items() if each is not None]
    if all(cell.strip()[0].isdigit() for cell in read) or not all(map(means_missing, meant.keys() - read)):
        return set()
    said = {each for each in meant.values() if each is not None}
    return said if len(said) == 2 or len(set(map(folded, read))) == 1 else set()


MONEY = {
    word: alike.split()[0]
    for alike in _words(
        """$ us$ usd|€ eur|£ gbp|¥ jpy|cny|₹ inr rs. rs|₽ rub|₩|₺ try|₪|฿|₫|₴|₦|₱|¢|a$ aud|c$ ca$ cad|r$ brl|kr kr.|sek
        |nok|dkk|zł pln|kč czk|fr. chf|mxn|zar|%|‰"""
    )
    for word in alike.split()
}
"""Currencies, per cent and per mille, and what each is called: units that are known without having been in training."""

PARTS = {"‰": ("%", 0.1), "¢": ("$", 0.01)}
"""Units that are parts of another one, as which they count beside it."""

MULTIPLES = {"k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "mio.": 1e6, "b": 1e9, "bn": 1e9, "mrd": 1e9, "mrd.": 1e9}
"""What stands for many thousands or millions behind a number, where it is no unit."""

UNITS_TOO = frozenset({"m", "b"})
"""Those that may be units as well: metres, bytes."""

MEASURES = frozenset(
    _words(
        """mg|g|kg|t|lb|lbs|oz|mm|cm|m|km|ft|yd|mi|ml|cl|dl|l|gal|ms|s|sec|min|h|hr|hrs|days|kb|mb|gb|tb|w|kw|mw|kwh|hz|khz
        |mhz|ghz|pa|kpa|bar|psi|°c|°f"""
    )
)
"""Units that stand behind numbers without a space too; other letters there may be part of a code."""

_MONEY = "|".join(re.escape(unit) for unit in sorted(MONEY.keys() - {"%", "‰"}, key=len, reverse=True))
AS_PYTHON = re.compile(r"-?(?:\d+|\d*\.(?:\d{1,2}|\d{4,})|(?:0|\d{4,})?\.\d{3})(?:e-?\d+)?", re.ASCII)
"""Numbers as Python writes them, where no dot may part thousands; the live page's reader of tables has it too."""

NOTE = r"[ ]?(?:\*{1,3}|[†‡§]|\[\d{1,2}\])"
"""A note behind a number; the live page's reader of tables has it too."""

_NUMBER = re.compile(
    rf"""(?P<paren>\()?\ ?(?P<sign>[-+])?\ ?(?P<money>{_MONEY})?\ ?(?P<sign2>[-+])?\ ?
    (?P<block>\d[\d.,'\ ]*|[.,]\d+)(?:(?:\ ?[x×*]\ ?10\^?|e)(?P<power>[-+]?\d+))?
    \ ?(?P<unit>{_MONEY}|[%‰]|[^\W\d_]{{1,6}}\.?[²³23]?(?:/[^\W\d_]{{1,4}}[²³23]?)?|°\ ?[cf]?|["'])?
    \ ?(?P<minus>-)?\ ?(?P<end>\))?(?:{NOTE})?""",
    re.VERBOSE | re.IGNORECASE,
)
_WRAPPED = re.compile(r"""=?(?P<quote>["'])(?P<inner>[^"']+)(?P=quote)|'(?P<marked>[^"']+)""")
_NO_CENTS = re.compile(r"(?<=\d)([.,])\ ?--?(?=\D*$)")
GROUPS = {mark: re.compile(rf"\d{{1,3}}(?:{re.escape(mark)}\d{{2,3}})*{re.escape(mark)}\d{{3}}") for mark in ".,' "}
"""Digits in groups of thousands, by what parts the groups."""

_INFINITE = {"inf": inf, "+inf": inf, "-inf": -inf, "infinity": inf, "+infinity": inf, "-infinity": -inf} | {
    "∞": inf,
    "+∞": inf,
    "-∞": -inf,
}


@dataclass(frozen=True)
class Written:
    """A number as it was found in text.

    Parameters
    ----------
    dot, comma : float
        What it is where a dot, and where a comma, parts the decimals; nearly always the same.
    mark : str
        What it tells about that: "." or ",", nothing at all, or "?" where both are possible.
    unit : str
        What stands behind it, or the currency before it; "%" is one too.
    """

    dot: float
    comma: float
    mark: str = ""
    unit: str = ""


def written(text: str) -> Written | None:
    """Read a number as people write it, or return None.

    Examples
    --------
    >>> written("$1,234.50"), written("(12 %)")
    (Written(dot=1234.5, comma=1234.5, mark='.', unit='$'), Written(dot=-12.0, comma=-12.0, mark='', unit='%'))
    >>> written("1.234"), written("12 monkeys and 3 dogs")
    (Written(dot=1.234, comma=1234.0, mark='?', unit=''), None)
    >>> written("880.-"), written("880²")
    (Written(dot=880.0, comma=880.0, mark='.', unit=''), None)
    >>> written("880*") == written("880 [1]") == written("880")  # notes, which are no powers
    True
    """
    if AS_PYTHON.fullmatch(text):
        number = float(text)
        return Written(number, number, "." if "." in text else "")
    if not text.isascii() and _noted(text):
        return None
    text = _NO_CENTS.sub(r"\g<1>0", unwrapped(plain(text)))
    infinite = _INFINITE.get(text.lower())
    if infinite is not None:
        return Written(infinite, infinite)
    match = _NUMBER.fullmatch(text)
    if match is None or (match["paren"] is None) != (match["end"] is None):
        return None
    amount = _amount(match["block"].rstrip(" '"))
    if amount is None or (match["money"] and match["unit"]):
        return None
    negative = [match["sign"] == "-", match["sign2"] == "-", match["minus"] is not None, match["paren"] is not None]
    if sum(negative) > 1:
        return None
    sign = "-" if any(negative) else ""
    power = match["power"] or "0"
    dot, comma, mark = amount
    unit = (match["money"] or match["unit"] or "").casefold()
    return Written(float(f"{sign}{dot}e{power}"), float(f"{sign}{comma}e{power}"), mark, unit)


def _noted(text: str) -> bool:
    """Tell whether a raised or circled digit stands behind a number: a footnote or a power, and not its last digit."""
    bare = re.sub(r"[x×*]10", "e", re.sub(r"\s", "", text))
    return any(a.isdecimal() and unicodedata.category(b) == "No" for a, b in pairwise(bare))


def _amount(block: str) -> tuple[str, str, str] | None:
    """Read digits and marks; return what they are with a decimal dot, and with a decimal comma, and what that tells."""
    gap = next((gap for gap in " '" if gap in block), "")
    if gap:
        whole = re.match(rf"[\d{gap}]+", block)
        if whole is None or not GROUPS[gap].fullmatch(whole[0]) or gap in block[whole.end() :]:
            return None
        block = block.replace(gap, "")
    marks = [mark for mark in ".," if mark in block]
    if not marks:
        return block, block, ""
    decimal = max(marks, key=block.rindex)
    other = "," if decimal == "." else "."
    head, _, tail = block.rpartition(decimal)
    if len(marks) == 2:
        sure = f"{head.replace(other, '')}.{tail}"
        return (sure, sure, decimal) if GROUPS[other].fullmatch(head) else None
    if decimal in head:  # several times the same mark: it parts the thousands
        sure = block.replace(decimal, "")
        return (sure, sure, other) if GROUPS[decimal].fullmatch(block) else None
    fraction = f"{head or 0}.{tail}"
    if gap or len(tail) != 3 or not 1 <= len(head) <= 3 or head[0] == "0":
        return fraction, fraction, decimal
    return (fraction, head + tail, "?") if decimal == "." else (head + tail, fraction, "?")


def simple(labels: Sequence[str]) -> Array | None:
    """Return text as numbers if all of it is as Python writes them, and None if not: fifty times as fast as reading."""
    try:
        numbers = np.fromiter(map(float, labels), dtype=np.float64, count=len(labels))
    except ValueError:
        return None
    return None if "_" in "".join(labels) else numbers


def quick_mark(labels: Iterable[str]) -> str:
    """Return what numbers as Python writes them tell about decimals: a dot, nothing, or "?"."""
    doubt = False
    for label in labels:
        if "." in label:
            found = written(label)
            if found is None or found.mark != "?":
                return "."
            doubt = True
    return "?" if doubt else ""


def decimal_mark(numbers: Iterable[tuple[Written, int]]) -> str:
    """Return what parts the decimals in numbers with their counts: "." or ",", "" if they do not tell, "?" in doubt."""
    votes = {".": 0, ",": 0, "?": 0, "": 0}
    for number, count in numbers:
        votes[number.mark] += count
    if votes["."] or votes[","]:
        return "," if votes[","] > votes["."] else "."
    return "?" if votes["?"] else ""
