"""How a text file is laid out: its encoding, what separates its fields, and which line names its columns."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mlnn.frame import headers
from mlnn.frame.column import EmptyTable, TableError
from mlnn.frame.kind.spelling import means_missing
from mlnn.frame.naming import name_of
from mlnn.frame.reading import Reading
from mlnn.frame.sentence import Sentence
from mlnn.frame.source import refuse_zeros

SEPARATORS = ("\t", ";", "|", ",", ":", " ")
"""What may separate fields; the first of several that would do."""

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks, the longer ones first."""

BLANK = " \t\x1a"
"""What a line without fields may hold: CP/M marked the end of a text, and DOS still does."""

REPEATED = 10
"""Cells that occur so often on average are all there are: what is none of them is likely their column's name."""

NUMBER = re.compile(r"[-+]?\d*[.,]?\d+([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Layout:
    """What the beginning of a text file told.

    Parameters
    ----------
    sep : str
        What separates fields.
    names : tuple of str
        The columns' names, "" for a column that has none.
    skipped : int
        After how many lines the rows begin.
    escaped : bool
        Whether a backslash stands before a quote within quotes.
    spaced : bool
        Whether spaces stand between a separator and a quote, so that they are no part of the field.
    said : tuple of str
        What was guessed.
    header : tuple of str
        The fields of the line that names the columns, where another such line cannot be a row.
    """

    sep: str
    names: tuple[str, ...]
    skipped: int
    escaped: bool
    spaced: bool
    said: tuple[str, ...]
    header: tuple[str, ...] = ()

    def records(self, lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
        """Return every row's first line, counted from 1, and its fields, blank lines included."""
        return records(lines, self.sep, self.escaped)

    def is_row(self, fields: Sequence[str]) -> bool:
        """Tell rows from blank lines, comments and headers; a row may still have the wrong number of fields."""
        width = len(self.names)
        if (
            headers.is_header(fields, self.header)
            or not fields
            or (len(fields) == 1 < width and not fields[0].strip(BLANK))
        ):
            return False
        return len(fields) == width or not fields[0].lstrip().startswith("#")


def records(lines: Iterable[str], sep: str, escaped: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Return every row's first line, counted from 1, and its fields."""
    if sep == " ":
        for number, line in enumerate(lines, 1):
            yield number, [quoted.replace('""', '"') or bare for quoted, bare in re.findall(SPACED, line)]
        return
    csv.field_size_limit(2**31 - 1)  # a long cell is no mistake
    reader = csv.reader(lines, delimiter=sep, skipinitialspace=True, strict=False, escapechar="\\" if escaped else None)
    first = 1
    for fields in reader:
        yield first, fields
        first = reader.line_num + 1


SPACED = re.compile(r'"((?:[^"]|"")*)"|(\S+)')


def encoding_of(head: bytes, reading: Reading, name: str) -> str:
    """Tell how text is encoded.

    Raises
    ------
    TableError
        If it is no text, or looks like an encoding that has to be named.
    """
    if reading.encoding is not None:
        try:
            "".encode(reading.encoding)
        except (LookupError, ValueError):
            raise TableError(
                f"there is no encoding '{reading.encoding}'; usual ones are utf-8, cp1252, utf-16"
            ) from None
        marked = next((encoding for mark, encoding in MARKS.items() if head.startswith(mark)), None)
        return marked if marked and marked[:5] == reading.encoding.lower()[:5] else reading.encoding
    for mark, encoding in MARKS.items():
        if head.startswith(mark):
            return encoding
    zeros = [head[0::2].count(0), head[1::2].count(0)]
    if sum(zeros) > 0.2 * len(head) and min(zeros) < 0.1 * max(zeros):
        wide = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
        raise TableError(f"{name} looks like text in UTF-16 without a mark", f"say so with encoding={wide}")
    refuse_zeros(name, head)
    return "utf-8"


def wrong_encoding(name: str, encoding: str, line: int, cell: bytes) -> TableError:
    """Return the sentence on bytes that the encoding does not have."""
    shown = cell.decode("cp1252", "replace").strip()[:40]
    expected = "UTF-8" if encoding.startswith("utf-8") else encoding
    return TableError(
        f"{name} is not text in {expected} (line {line}: '{shown}' if it were cp1252)",
        "say what it is with encoding=, such as encoding=cp1252",
    )


def separator(sample: str) -> str:
    r"""Return the character that separates the fields of some lines: one that most of them have as often as the first.

    Examples
    --------
    >>> separator("net (1,000);gross\n1,5;2\n2;3\n"), separator("when|what\n12:30|a, b\n"), separator("a\n1\n")
    (';', '|', ',')
    """
    bare = re.sub(r'"[^"]*"', "", sample)
    lines = [line.strip(" ") for line in re.split(r"\r\n|\n|\r", bare)[:101]]
    lines = [line for line in lines if line and not line.startswith("#")] or [line for line in lines if line]
    best, most = ",", 0.0
    for sep in SEPARATORS:
        counts = [len(line.split()) - 1 if sep == " " else line.count(sep) for line in lines]
        head, rows = (counts[0], counts[1:] or counts[:1]) if counts else (0, [])
        agreeing = max(sum(count == head for count in rows), sum(count == head + 1 for count in rows[1:]) - 0.5)
        share = round(agreeing / max(len(rows), 1), 1) - 0.1 * (sep in ": ") if head else 0.0
        if share > most:
            best, most = sep, share
    if most < 0.5 and lines:
        return max((",", "\t", ";", "|"), key=lines[0].count)
    return best


def layout(sample: str, whole: bool, reading: Reading, name: str) -> Layout:
    """Find out how a text file is laid out.

    Parameters
    ----------
    sample : str
        How it begins.
    whole : bool
        Whether that is all of it.
    reading : Reading
        What is known already.
    name : str
        What messages call it.

    Raises
    ------
    TableError
        If the first line cannot name columns.
    """
    if not sample.strip():
        raise EmptyTable(f"{name} is empty")
    lines = re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z", sample)
    excel = None if reading.header else re.fullmatch(r'"?sep=([^\w"\r\n])"?\s*', lines[0])  # what Excel writes above it
    start = max((reading.header or 1) - 1, 0) + (excel is not None)
    if start >= len(lines):
        raise TableError(f"{name} has no line {start + 1} that could be its header")
    sep = reading.sep or (excel[1] if excel else separator("".join(lines[start:])))
    one = re.escape(sep)
    odd = re.sub(
        rf'(?:(?<={one})|^)"(?:[^"]|"")*"(?={one}|\r|\n|\Z)', "", sample, flags=re.M
    )  # without plain quoted fields
    escaped = bool(re.search(rf'(?<!")\\"(?!["\s{one}]|\Z)', odd))
    spaced = sep == " " or bool(re.search(rf'{one}[ \t]+"', odd))
    rows = [(number + start, fields) for number, fields in records(lines[start:], sep, escaped)]
    if not whole:
        rows = rows[:-1] or rows  # the last one may be cut
    rows = [(number, fields) for number, fields in rows if fields and not (len(fields) == 1 and not fields[0].strip())]
    widths = Counter(len(fields) for _, fields in rows[:200])
    width = max(widths, key=lambda each: (widths[each], each)) if widths else 1
    while len(rows) > 1 and rows[0][1][0].lstrip().startswith("#") and len(rows[0][1]) != width:
        rows = rows[1:]  # a comment above the header
    said: list[str] = []
    if not rows:
        raise TableError(f"{name} has no line that could be its header")
    if reading.header == 0:
        names = [f"x{k}" for k in range(width)]
        return Layout(sep, tuple(names), rows[0][0] - 1, escaped, spaced, ())
    (_, header), body = rows[0], [fields for _, fields in rows[1:]]
    skipped = rows[0][0] - 1 + _height(lines[rows[0][0] - 1 :], sep, escaped)
    names = [name_of(field) for field in header]
    if len(names) + 1 == width and len(body) > 1 and all(len(fields) == width for fields in body):
        if not any(fields[-1].strip() for fields in body):
            names.append("")
        elif len({fields[0] for fields in body}) == len(body):
            names.insert(0, "")
    fields = tuple(field.strip() for field in header)
    rest = [row for row in body if not headers.is_header(row, fields)]
    known = fields if len(names) == len(fields) > 1 and any(map(_above_numbers, names, _cells(names, rest))) else ()
    _doubt(names, rest if known else body, name, said)
    return Layout(sep, tuple(names), skipped, escaped, spaced, tuple(said), known)


def _height(lines: list[str], sep: str, escaped: bool) -> int:
    """Return how many lines the first row takes."""
    rows = records(lines, sep, escaped)
    next(rows)
    second = next(rows, None)
    return len(lines) if second is None else second[0] - 1


def _doubt(names: list[str], body: list[list[str]], name: str, said: list[str]) -> None:
    """Refuse a header of numbers, and say so where the header looks like a row."""
    given = [each for each in names if each]
    if given and all(NUMBER.fullmatch(each) for each in given) and given != [str(k) for k in range(len(given))]:
        raise TableError(
            f"{name} needs a header line with column names, but its first line holds numbers",
            "if there is none, say header=0, and the columns are x0, x1, …",
        )
    odd = [each for each in names if NUMBER.fullmatch(each) and not each.isdigit()]
    cells = _cells(names, body)
    if not odd and not any(_above_numbers(each, held) for each, held in zip(names, cells, strict=True)):
        odd = [each for each, held in zip(names, cells, strict=True) if each and each in held]
        others = [held for each, held in zip(names, cells, strict=True) if each and each not in held]
        if len(odd) == 1 and any(_repeats(held, len(body)) for held in others):
            odd = []  # one name is a category too, beside one that would be the only such cell
    if odd:
        listed = ", ".join(f"'{each}'" for each in odd[:3])
        fact = f"the first line of {name} was taken for its header, though it may be a row ({listed})"
        said.append(Sentence(fact, "if it is one, say header=0"))


def _cells(names: Sequence[str], body: list[list[str]]) -> list[set[str]]:
    """Return every column's different cells."""
    return [{row[k].strip() for row in body if k < len(row)} for k in range(len(names))]


def _above_numbers(name: str, cells: set[str]) -> bool:
    """Tell whether a name is surely none of the cells below it: a word above numbers."""
    present = {cell for cell in cells if not means_missing(cell)}
    return (
        bool(present) and not means_missing(name) and not NUMBER.fullmatch(name) and all(map(NUMBER.fullmatch, present))
    )


def _repeats(cells: set[str], rows: int) -> bool:
    """Tell whether cells repeat so often that one which is none of them would be rare."""
    return 0 < REPEATED * len(cells) <= rows


def named(
    names: Sequence[str], rows: int, cells: Callable[[int], Iterable[str]], name: str, said: list[str]
) -> list[str]:
    """Give columns without a name one, or none where nothing is lost by it; ``cells`` are the different ones of one."""
    found = list(names)
    for k, each in enumerate(names):
        if each:
            continue
        held = {cell.strip() for cell in cells(k)}
        if held <= {""} and k == len(names) - 1 and k:
            said.append(f"the lines of {name} end with a separator, after which there is nothing")
        elif k == 0 and len(names) > 1 and len(held) == rows and all(cell.isdigit() for cell in held):
            said.append(f"the first column of {name} has no name and numbers the rows: set aside (name it to use it)")
        else:
            choices = (*(["index"] if k == 0 else []), f"column {k + 1}", f"column {k + 1} of {name}")
            found[k] = next(choice for choice in choices if choice not in found)
            said.append(f"column {k + 1} of {name} has no name in the header line: it is called '{found[k]}'")
    return found
