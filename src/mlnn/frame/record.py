"""Columns as JSON and back: plain strings, numbers and lists, and a strict reader."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

from mlnn.array import Array
from mlnn.frame.kind import AsideColumn, CategoricalColumn, Column, DateColumn, NumericColumn, TextColumn
from mlnn.frame.kind.notation import Notation

KINDS: dict[str, type[Column]] = {
    "numeric": NumericColumn,
    "categorical": CategoricalColumn,
    "date": DateColumn,
    "text": TextColumn,
    "aside": AsideColumn,
}


def column_record(column: Column) -> dict[str, Any]:
    """Return a column without its arrays as JSON.

    Examples
    --------
    >>> column_of(column_record(AsideColumn("id")), {}) == AsideColumn("id")
    True
    """
    kind = next(kind for kind, each in KINDS.items() if type(column) is each)
    return {"kind": kind} | _record(column, column.arrays)


def column_of(record: Mapping[str, Any], arrays: Mapping[str, Array]) -> Column:
    """Return the column that ``column_record`` wrote, with its arrays.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it did not write this.
    """
    kind = KINDS[record["kind"]]
    given = {name: value for name, value in record.items() if name != "kind"}
    needed = [each.name for each in fields(kind) if each.name in kind.arrays and each.default_factory is MISSING]
    values = _fields(kind, given, kind.arrays) | {name: arrays[name] for name in {*needed, *arrays}}
    return kind(**values)


def notation_of(record: Mapping[str, Any]) -> Notation:
    """Return the notation that ``dataclasses.asdict`` wrote.

    Raises
    ------
    KeyError, TypeError
        If it did not write this.
    """
    return Notation(**_fields(Notation, {**record, "units": list(record["units"])}))


def columns_of(records: Iterable[Mapping[str, Any]], arrays: Mapping[str, Array]) -> tuple[Column, ...]:
    """Return the columns that ``column_record`` and ``arrays_record`` wrote."""
    own: dict[int, dict[str, Array]] = {}
    for key, array in arrays.items():
        place, _, name = key.partition(".")
        if place.startswith("column") and name:
            own.setdefault(int(place.removeprefix("column")), {})[name] = array
    columns = tuple(column_of(record, own.pop(k, {})) for k, record in enumerate(records))
    if own:
        raise ValueError(f"there are {len(columns)} columns, but arrays of column {min(own)}")
    return columns


def arrays_record(columns: Sequence[Column]) -> dict[str, Array]:
    """Return the arrays of all columns, by names that say whose they are."""
    every = ((f"column{k}.{name}", getattr(column, name)) for k, column in enumerate(columns) for name in column.arrays)
    return {name: array for name, array in every if array.size}


def parameters_record(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a preparation's parameters as JSON."""
    changed = {
        "min_frequency": float(given["min_frequency"]),
        "max_categories": int(given["max_categories"]),
        "columns": None if given["columns"] is None else dict(given["columns"]),
        "missing": None if given["missing"] is None else list(given["missing"]),
    }
    return {**given, **changed}


def parameters_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that ``parameters_record`` wrote.

    Raises
    ------
    KeyError, TypeError
        If it did not write this.
    """
    columns, missing = record["columns"], record["missing"]
    texts = [*(columns or {}), *(columns or {}).values(), *(missing or [])]
    fine = isinstance(columns, dict | NoneType) and isinstance(missing, list | NoneType)
    fine = fine and all(isinstance(text, str) for text in texts)
    fine = fine and type(record["min_frequency"]) is float and 0 <= record["min_frequency"] < 1
    fine = fine and type(record["max_categories"]) is int and record["max_categories"] >= 0
    if not fine or record["decimal"] not in (None, ".", ",") or record["dtype"] not in ("float32", "float64"):
        raise TypeError(f"its parameters are {record!r}")
    return {
        name: record[name] for name in ("min_frequency", "max_categories", "columns", "missing", "decimal", "dtype")
    }


def finite(json: Mapping[str, Any]) -> dict[str, float]:
    """Return numbers by name, if they are numbers and finite.

    Raises
    ------
    TypeError
        If they are something else.
    """
    if not all(type(value) in (int, float) and math.isfinite(value) for value in json.values()):
        raise TypeError(f"{dict(json)!r} holds something else than finite numbers")
    return {name: float(value) for name, value in json.items()}


def texts_by_name(json: Mapping[str, Any]) -> dict[str, str]:
    """Return texts by name, if they are texts.

    Raises
    ------
    TypeError
        If they are something else.
    """
    if not all(type(value) is str for value in json.values()):
        raise TypeError(f"{dict(json)!r} holds something else than texts")
    return dict(json)


def _record(value: Any, without: tuple[str, ...] = ()) -> Any:
    if is_dataclass(value):
        return {each.name: _record(getattr(value, each.name)) for each in fields(value) if each.name not in without}
    return [_record(each) for each in value] if isinstance(value, tuple) else value


def _fields(kind: Any, given: Mapping[str, Any], without: tuple[str, ...] = ()) -> dict[str, Any]:
    readers = _readers(kind, without)
    later = {
        each.name: _record(each.default) for each in fields(kind) if each.metadata.get("later")
    }  # files of before lack it
    given = later | dict(given)
    if given.keys() != readers.keys():
        raise KeyError(*sorted(readers.keys() ^ set(given))[:1])
    return {name: readers[name](value) for name, value in given.items()}


Reader: TypeAlias = Callable[[Any], Any]
"""Returns a value of JSON as a field's type, which it must have."""


@cache
def _readers(kind: Any, without: tuple[str, ...]) -> dict[str, Reader]:
    types = get_type_hints(kind)
    return {each.name: _reader(each.name, types[each.name]) for each in fields(kind) if each.name not in without}


def _reader(name: str, expected: Any) -> Reader:
    if isinstance(expected, UnionType):
        rest = _reader(name, next(each for each in get_args(expected) if each is not NoneType))
        return lambda value: None if value is None else rest(value)
    if get_origin(expected) is tuple:
        inner = get_args(expected)
        parts = [_reader(name, each) for each in inner if each is not Ellipsis]
        return partial(_tuple, name, parts, Ellipsis in inner)
    if is_dataclass(expected):
        return partial(_object, name, expected)
    return partial(_plain, name, expected)


def _tuple(name: str, parts: Sequence[Reader], any_number: bool, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{name} must be a tuple, but is {value!r}")
    if any_number:
        return tuple(map(parts[0], value))
    return tuple(read(part) for read, part in zip(parts, value, strict=True))


def _object(name: str, expected: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be an object, but is {value!r}")
    return expected(**_fields(expected, value))


def _plain(name: str, expected: type, value: Any) -> Any:
    if type(value) is not expected:
        raise TypeError(f"{name} must be a {expected.__name__}, but is {value!r}")
    return value
