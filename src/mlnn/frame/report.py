"""The column report: what became of every column, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from mlnn.frame.kind import Column, Fate
from mlnn.frame.kind.moment import unsure_zone
from mlnn.frame.sentence import number_of


def sentence(fate: Fate) -> str:
    """Say in one line how a column was read, what is missing, and what was made of it.

    Examples
    --------
    >>> sentence(Fate("number", "numbers in text: '$1' is 1", 10, 2, (("n/a", 2),), features=("price",)))
    "numbers in text: '$1' is 1; 2 of 10 missing ('n/a'); 1 feature"
    """
    parts = [fate.read, _missing(fate), _unreadable(fate), _categories(fate), _merged(fate)]
    count = len(fate.features)
    made = f"{count} feature{'s' * (count != 1)}" if count else f"not used: {fate.why}"
    return "; ".join(filter(None, [*parts, made]))


def lines(columns: Sequence[Column]) -> list[tuple[str, str, str]]:
    """Return the name, the kind and the sentence of every column."""
    return [(column.name, column.fate.kind, sentence(column.fate)) for column in columns]


def set_aside(summary: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the columns that a model's summary tells of and it does not learn from, as ``lines`` does.

    Examples
    --------
    >>> set_aside({"target": ["y"], "reading": {"ids": ["pid"], "aside": ["y", "pid", "w"]}})
    [('pid', 'id', 'not used: it names the rows'), ('w', 'role', 'not used: it weighs or groups the rows')]
    """
    reading = summary.get("reading", {})
    ids, targets = reading.get("ids", ()), summary.get("target", ())
    others = [name for name in reading.get("aside", ()) if name not in (*ids, *targets)]
    named = [(name, "id", "not used: it names the rows") for name in ids]
    return named + [(name, "role", "not used: it weighs or groups the rows") for name in others]


def notable(column: Column) -> str:
    """Return the sentence on a column if there is something to say that its kind does not: else nothing."""
    fate = column.fate
    parts = [fate.read, _unreadable(fate), _merged(fate)]
    if not fate.features:
        parts.append(f"not used: {fate.why}")
    if fate.pooled and fate.rare > 0.1 * fate.rows:
        parts.append(_categories(fate))
    said = "; ".join(filter(None, parts))
    return f"'{column.name}': {said}" if said else ""


def _missing(fate: Fate) -> str:
    if not fate.missing:
        return ""
    words = [f"'{word}'" for word, _ in fate.words if word]
    shown = ", ".join(words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else "")
    return f"{fate.missing:,} of {fate.rows:,} missing" + (f" ({shown})" if shown else "")


def _unreadable(fate: Fate) -> str:
    if not fate.unread:
        return ""
    first = fate.unreadable[0]
    zone = unsure_zone(first.content) if fate.kind in ("date", "time") else ""
    cell = f"'{first.content}' in {first.where}" + f" ({zone})" * bool(zone)
    if fate.unread == 1:
        return f"1 cell cannot be read and counts as missing: {cell}"
    return f"{fate.unread:,} cells cannot be read and count as missing: the first is {cell}"


def _merged(fate: Fate) -> str:
    return ", ".join([*(f"'{one}' is '{other}'" for one, other in fate.merged[:3]), *["…"] * (len(fate.merged) > 3)])


def _categories(fate: Fate) -> str:
    if fate.kind not in ("category", "boolean") or not fate.features:
        return ""
    told = any("=(mean target" in feature for feature in fate.features)
    pooled = f", {number_of(fate.pooled, 'rarer one')} in one feature" if fate.pooled else ""
    return f"{fate.kept} categories{pooled}" + (", all tell their mean target" if told else "")
