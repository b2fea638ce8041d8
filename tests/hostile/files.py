"""Files as strangers send them: one table in many forms, and forms that are damaged."""

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
from hostile.arrays import one_of

NASTY = (b'"', b"'", b"\x00", b"\r", b"\n", b"\r\n", b",", b";", b"\t", b"\xff", b"\x1b[2J", b"\xe2\x80\xae",
b"\xc2\x9b",
         b"=1+1", b"1e999", b"9" * 400, b"-", b"nan", b"inf", b"\xef\xbb\xbf", b"\xff\xfe", b'""', b'"\n"', b"\\",
         b"{}",
         b"a" * 5000, b"\x1a", b"%s", b"{{7*7}}", b"0x10", b"1,5", b"1.234,5", b"\xed\xa0\x80", b"NULL",
         b"\x80")  # fmt: skip
"""What is put into files of text."""


def houses(rows=24):
    """Return the table that all files hold."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"area": random.uniform(30, 250, rows).round(1), "rooms": random.integers(1, 9, rows)})
    frame["town"] = random.choice(["Bonn", "Ulm", "Kiel"], rows)
    frame["day"] = pd.date_range("2024-01-01", periods=rows).astype(str)
    frame["price"] = (2 * frame.area + 20 * frame.rooms + random.normal(0, 9, rows)).round(2)
    return frame.assign(sold=np.where(frame.price > frame.price.median(), "yes", "no"))


def _text(frame, sep=",", end="\n", quoting=0, encoding="utf-8"):
    return frame.to_csv(index=False, sep=sep, lineterminator=end, quoting=quoting).encode(encoding)


def _zip(name, content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def _buffer(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def _database(frame):
    connection = sqlite3.connect(":memory:")
    frame.to_sql("houses", connection, index=False)
    content = connection.serialize()
    connection.close()
    return content


def _arrow(frame):
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return _buffer(lambda file: pa.ipc.new_file(file, table.schema).write_table(table) or None)


def _ipc(frame):
    table, file = pa.Table.from_pandas(frame, preserve_index=False), io.BytesIO()
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


FORMS = {
    "plain.csv": _text,
    "semicolon.csv": lambda frame: _text(frame, sep=";"),
    "tab.tsv": lambda frame: _text(frame, sep="\t"),
    "bar.txt": lambda frame: _text(frame, sep="|"),
    "windows.csv": lambda frame: _text(frame, end="\r\n"),
    "quoted.csv": lambda frame: _text(frame, quoting=1),
    "marked.csv": lambda frame: b"\xef\xbb\xbf" + _text(frame),
    "wide.csv": lambda frame: _text(frame, encoding="utf-16"),
    "packed.csv.gz": lambda frame: gzip.compress(_text(frame), mtime=0),
    "packed.csv.bz2": lambda frame: bz2.compress(_text(frame)),
    "packed.csv.xz": lambda frame: lzma.compress(_text(frame)),
    "packed.zip": lambda frame: _zip("houses.csv", _text(frame)),
    "twice.csv.gz.gz": lambda frame: gzip.compress(gzip.compress(_text(frame), mtime=0), mtime=0),
    "columns.parquet": lambda frame: _buffer(lambda file: frame.to_parquet(file, index=False)),
    "columns.arrow": _ipc,
    "lines.jsonl": lambda frame: frame.to_json(orient="records", lines=True).encode(),
    "records.json": lambda frame: frame.to_json(orient="records").encode(),
    "book.xlsx": lambda frame: _buffer(lambda file: frame.to_excel(file, index=False)),
    "houses.sqlite": _database,
    "wrong-name.parquet": _text,
    "wrong-name.csv": lambda frame: _buffer(lambda file: frame.to_parquet(file, index=False)),
}
"""The forms of the table, by the names of their files."""


def made(frame):
    """Return all forms of a table."""
    return {name: form(frame) for name, form in FORMS.items()}


def damaged(random, content):
    """Return bytes with some damage."""
    content = bytearray(content)
    for _ in range(random.integers(1, 4)):
        place = int(random.integers(len(content) + 1))
        how = random.integers(9)
        if how == 0 and content:
            content[place % len(content)] ^= 1 << int(random.integers(8))
        elif how in (1, 2):
            content[place:place] = one_of(random, NASTY)
        elif how == 3:
            del content[place:]
        elif how == 4:
            del content[place : place + int(random.integers(1, 40))]
        elif how == 5:
            content[place:place] = content[place : place + int(random.integers(1, 200))]
        elif how == 6:
            content[place : place + 1] = random.bytes(int(random.integers(1, 9)))
        elif how == 7:
            content += one_of(random, NASTY) * int(random.integers(1, 4))
        else:
            content[:0] = one_of(random, NASTY)
    return bytes(content)


def lines_damaged(random, content):
    """Return text whose lines and cells are damaged, one like the other."""
    lines = content.split(b"\n")
    how, at = random.integers(10), int(random.integers(len(lines)))
    cells = lines[at].split(b",")
    if how == 0:
        lines[at] += b"," * int(random.integers(1, 300))
    elif how == 1:
        lines[0] = b",".join([one_of(random, cells)] * len(cells))
    elif how == 2:
        lines = lines[:1]
    elif how == 3:
        lines = [lines[0], *[b""] * 20]
    elif how == 4:
        cells[int(random.integers(len(cells)))] = one_of(random, NASTY)
        lines[at] = b",".join(cells)
    elif how == 5:
        name = one_of(random, NASTY).replace(b"\n", b" ")
        lines[0] = lines[0].replace(one_of(random, lines[0].split(b",")), name)
    elif how == 6:
        column, cell = int(random.integers(len(cells))), one_of(random, NASTY).replace(b"\n", b" ")
        for k in range(1, len(lines)):
            row = lines[k].split(b",")
            row[column % len(row)] = cell
            lines[k] = b",".join(row)
    elif how == 7:
        lines = [line + b",x" * 2000 for line in lines]
    elif how == 8:
        lines = [b"# a comment", b"", *lines]
    else:
        lines = [lines[0], *lines[1:2] * int(random.integers(1, 60))]
    return b"\n".join(lines)


def odd_json(random, frame):
    """Return JSON that is no table, or hardly one."""
    rows = frame.to_dict("records")
    odd = one_of(random, (
        rows[:1], [], {}, [[]], [{}], [1, 2], "text", None, {"a": rows}, [[1, 2], [3]], [{"a": {"b": [1]}}] * 5,
        [{"area": 10**400}] * 3, [{"\x1b[31m": 1, "price": 2}] * 5, [*rows, 1], frame.to_dict("list"),
        [{"area": [1] * k} for k in range(5)], [{"a": "x" * 10**5}] * 2, [{"a": None}] * 9, [{"": 1}] * 9,
    ))  # fmt: skip
    text = json.dumps(odd, default=str)
    return (text.replace("null", one_of(random, ("NaN", "Infinity", "-1e999", "null")))).encode()


def some_file(random, forms, folder, frame):
    """Write a file into a folder; return its path, and whether it holds the table undamaged."""
    how = random.random()
    name = one_of(random, tuple(forms)) if how < 0.85 else "plain.csv"
    content, whole = forms[name], how < 0.6
    if how >= 0.97:
        content, name = odd_json(random, frame), "odd.json"
    elif how >= 0.85:
        content = lines_damaged(random, content)
    elif not whole:
        content = damaged(random, content)
    prefix = one_of(random, ("", "", "", "", "ü ", "\x1b[31m", "-", "a\nb", "'", "%s", "\u202e"))
    path = Path(folder, prefix + name if not prefix.startswith("-") else name)
    path.write_bytes(content)
    return path, whole
