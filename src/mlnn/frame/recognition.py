"""What kind of column it is: decided here and nowhere else, from the different cells, once and for all in training."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import TableError, refuse_surrogates
from mlnn.frame.from_text import (
    SHARE,
    Rules,
    date_column,
    dated,
    duration_column,
    is_code,
    number_column,
    numbered,
)
from mlnn.frame.kind import AsideColumn, CategoricalColumn, Column, DateColumn, Fate, NumericColumn, TextColumn
from mlnn.frame.kind.base import LISTED, Cells, Content, Where
from mlnn.frame.kind.category import spellings
from mlnn.frame.kind.moment import moment, unsure_zone
from mlnn.frame.kind.notation import Notation
from mlnn.frame.kind.number import quantities
from mlnn.frame.kind.spelling import truths
from mlnn.frame.kind.text import length_of
from mlnn.frame.leak import FEWEST_ROWS
from mlnn.frame.long import LONG, are_long, has_long
from mlnn.frame.nearly import several_units, some_numbers
from mlnn.frame.table import Words
from mlnn.frame.values import gaps_of

DIFFERENT = 0.9
"""From this share of different cells on, single words name the rows and tell nothing of new ones."""

WORDS, TEXTS = 2.5, 0.5
"""With so many words in a cell on average, and from this share of different cells on, a column is free text; with more
words, so much the smaller a share is enough, where there are ``MANY`` different cells."""

MANY = 50
"""More different cells than these are too many for features of their own."""

DIRECTIONS = 12
"""So many features are made of a text at most."""

TAKEN = {"category": "taken as categories", "text": "taken as text"}
"""What is said of words that might have been numbers."""

OPTIONS = {"categorical": "category", "numeric": "number"}
"""What the command line's options call kinds otherwise."""

KINDS = ("number", "category", "date", "text", "drop")
"""What a user may say that a column is."""


def recognized(name: str, values: Content, rules: Rules, where: Where) -> Column | None:
    """Return what a column is, with its fate but for the words for missing; None if its decimals are in doubt.

    Raises
    ------
    TableError
        If a number is infinite, or nothing can be read as the user says.
    """
    if rules.kind == "drop":
        return _aside(name, "dropped", values, "you left it out")
    if not isinstance(values, Words):
        long = not rules.kind and has_long(values) and is_code(Cells.of(values).labels)
        if not long and rules.kind in ("", "date" if values.dtype.kind == "M" else "number"):
            return _of_array(name, values, rules, where)
        values = Words(Cells.of(values).codes, tuple(Cells.of(values).labels))
    refuse_surrogates(values.labels, f"column '{name}'")
    cells = Cells.of(values)
    if not len(cells.labels):
        return _aside(name, "empty", values, "no row holds anything")
    if rules.kind:
        return _as_told(name, values, cells, rules, where)
    if values.kind == "boolean" or truths(cells.labels):
        return _category(name, values, rules, truth=True)
    if values.kind == "category":
        return _category(name, values, rules)
    if _is_compact_date(cells.labels):
        return date_column(name, values, cells, where)
    if not is_code(cells.labels):
        number = number_column(name, values, cells, rules, where)
        if number is None or not isinstance(number, str):
            return number
    told = date_column(name, values, cells, where) or duration_column(name, values, cells, where)
    if told is not None:
        return told
    column = _wording(name, values, cells, rules)
    zone = next(((label, why) for label in cells.labels[:50] if (why := unsure_zone(label))), None)
    if zone is not None:
        read = f"'{zone[0].strip()}': {zone[1]}, so these are no times: write offsets, such as -05:00"
        return replace(column, fate=replace(column.fate, read=read))
    taken = TAKEN.get(column.fate.kind, "not taken as numbers")
    if are_long(cells.labels, SHARE):
        read = f"{LONG} are {taken}"
    elif units := several_units(cells):
        read = f"{units} are {taken}: convert them into one unit"
    elif mixed := some_numbers(cells):
        read = f"{mixed}: all are {taken}; as a numeric column it would have the others missing"
    else:
        return column
    return replace(column, fate=replace(column.fate, read=read))


def _as_told(name: str, values: Words, cells: Cells, rules: Rules, where: Where) -> Column | None:
    if rules.kind == "category":
        return _category(name, values, rules, truth=bool(truths(cells.labels)))
    if rules.kind == "text":
        return _text(name, values)
    found: Column | str | None
    if rules.kind == "date":
        found = date_column(name, values, cells, where, 0.0)
    else:
        found = number_column(name, values, cells, rules, where, 0.0)
        found = duration_column(name, values, cells, where, 0.0) if isinstance(found, str) else found
        if found is None and rules.decimal is None:
            return None
    if not isinstance(found, Column):
        raise TableError(
            f"column '{name}' should be a {rules.kind}, but no cell can be read as one; {where(cells.first(0))} "
            f"holds '{cells.labels[0]}'"
        )
    return found


def _aside(name: str, kind: str, values: Content, why: str) -> Column:
    return AsideColumn(name, fate=Fate(kind, "", len(values), int(np.count_nonzero(gaps_of(values))), why=why))


def _of_array(name: str, values: Array, rules: Rules, where: Where) -> Column:
    """Return a column of numbers, of dates or of durations."""
    if values.dtype.kind == "M":
        if np.isnat(values).all():
            return _aside(name, "empty", values, "no row holds anything")
        return dated(DateColumn.learn(name, values), values, "dates and times")
    if not rules.kind and _is_compact_date(_days_in(values)):
        words = Words(Cells.of(values).codes, tuple(Cells.of(values).labels))
        return date_column(name, words, Cells.of(words), where) or _aside(name, "empty", values, "")
    lasts = values.dtype.kind == "m"
    numbers, seen = quantities(name, values, Notation(duration=lasts), where)
    if seen.missing == seen.rows:
        return _aside(name, "empty", values, "no row holds anything")
    whole = bool(((numbers == np.rint(numbers)) | np.isnan(numbers)).all())
    flags = bool(((numbers == 0) | (numbers == 1) | np.isnan(numbers)).all())
    kind, how = ("duration", "durations in seconds") if lasts else ("number", "")
    column = NumericColumn.of(name, numbers, Notation("" if whole else ".", truth=flags and not lasts, duration=lasts))
    return numbered(column, Fate(kind, how, seen.rows, seen.missing), numbers)


def _is_compact_date(labels: Sequence[str]) -> bool:
    """Tell whether all of several cells are dates like 20240229."""
    return len(labels) >= 5 and all(len(each) == 8 and each.isdecimal() and moment(each) for each in labels)


def _days_in(values: Array) -> Sequence[str]:
    """Return the different numbers of a column as text if they can be dates like 20240229, else nothing."""
    if values.dtype.kind not in "iuf" or values.dtype.itemsize < 4:
        return ()
    likely = (values > 19_000_000) & (values < 21_000_000)
    return Cells.of(values).labels if likely.any() and (likely | (values != values)).all() else ()


def _wording(name: str, values: Words, cells: Cells, rules: Rules) -> Column:
    """Return a column of words: free text, names of the rows, or categories."""
    rows = int(cells.counts.sum())
    words = float(np.dot(cells.counts, [length_of(label) for label in cells.labels])) / rows
    different = len(cells.labels) / rows
    rarely = words * different >= WORDS * TEXTS and len(cells.labels) > MANY
    if rows >= FEWEST_ROWS and words >= WORDS and (different >= TEXTS or rarely):
        return _text(name, values)
    if rows >= FEWEST_ROWS and different >= DIFFERENT:
        each = "every row holds" if different == 1.0 else f"{len(cells.labels):,} of {rows:,} rows hold"
        why = f"{each} something else, such as '{cells.labels[0].strip()}': it names the rows"
        return _aside(name, "identifier", values, why)
    return _category(name, values, rules)


def _text(name: str, values: Words) -> Column:
    column = TextColumn.learn(name, values, DIRECTIONS)
    return column.fated(Fate("text", "free text", len(values), int((values.codes < 0).sum())))


def _category(name: str, values: Words, rules: Rules, truth: bool = False) -> Column:
    column = CategoricalColumn.learn(name, values, rules.fewest, rules.most, truth)
    cells = Cells.of(values)
    number, counts = spellings(column, cells)
    names = list(counts)
    kept = set(column.categories)
    merged = tuple(
        (label.strip(), names[k])
        for label, k in zip(cells.labels, number.tolist(), strict=True)
        if k >= 0 and label.strip() != names[k]
    )
    absent = len(values) - sum(counts.values())
    words = tuple((label, int(cells.counts[k])) for k, label in enumerate(cells.labels) if number[k] < 0)
    fate = Fate(
        "boolean" if truth else "category",
        "",
        len(values),
        absent,
        words,
        kept=len(kept),
        pooled=len(counts) - len(kept),
        rare=sum(count for category, count in counts.items() if category not in kept),
        merged=merged[:LISTED],
    )
    if not column.features():
        only = f"every row holds '{names[0]}'" if len(names) == 1 else "all categories are rare"
        fate = replace(fate, kind="constant", why=only)
    return column.fated(fate)
