"""Workbooks from strangers: sheets of a few cells, and of billions, in few bytes, in all kinds but .xlsx."""

import struct
import zipfile

import pandas as pd
import pytest

from mlnn.frame import probe
from mlnn.frame.column import TableError
from mlnn.frame.read import read_table
from mlnn.frame.reading import Reading

pytest.importorskip("python_calamine")

PEOPLE = [("age", "job"), *((float(20 + k), f"job {k % 3}") for k in range(12))]
RELATION = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/></Relationships>'
)
FREE, END = 0xFFFFFFFF, 0xFFFFFFFE
"""Sectors of the file system that an .xls is: none, and the last of a chain."""

MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
    'manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
)
ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="S">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def zipped(path, **parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def xlsb(path, extra=()):
    """Write the people, and cells anywhere else, as records: a number, a length, and so many bytes."""

    def record(number, content=b""):
        first = bytes([number]) if number < 128 else bytes([number % 128 + 128, number // 128])
        return first + bytes([len(content)]) + content

    def text(letters):
        return struct.pack("<I", len(letters)) + letters.encode("utf-16le")

    cells = [(row, column, value) for row, each in enumerate(PEOPLE) for column, value in enumerate(each)] + [*extra]
    sheet = record(0x81) + record(0x94, struct.pack("<IIII", 0, len(PEOPLE) - 1, 0, 1)) + record(0x91)
    for row in sorted({row for row, *_ in cells}):
        sheet += record(0, struct.pack("<IIHBBBI", row, 0, 300, 0, 0, 0, 0))
        for place, column, value in cells:
            if place == row:
                number = struct.pack("<d", value) if isinstance(value, float) else text(value)
                sheet += record(5 if isinstance(value, float) else 6, struct.pack("<II", column, 0) + number)
    book = record(0x9C, struct.pack("<II", 0, 1) + text("rId1") + text("S")) + record(0x90) + record(0x9D, bytes(26))
    parts = {
        "[Content_Types].xml": "<Types/>",
        "xl/_rels/workbook.bin.rels": RELATION.format("worksheet", "worksheets/sheet1.bin"),
        "xl/workbook.bin": record(0x83) + book + record(0x84),
        "xl/worksheets/sheet1.bin": sheet + record(0x92) + record(0x82),
    }
    zipped(path, **parts)


def xls(path, extra=()):
    """Write the people, and cells anywhere else, as records in the only stream of a file that is a file system."""

    def record(number, content=b""):
        return struct.pack("<HH", number, len(content)) + content

    def begin(kind):
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0x7CC, 0, 6))

    def entry(name, kind, start, size, child=FREE):
        letters = name.encode("utf-16le")
        head = letters.ljust(64, b"\0") + struct.pack("<HBBIII", len(letters) + 2, kind, 1, FREE, FREE, child)
        return head + bytes(36) + struct.pack("<IQ", start, size)

    sheet = begin(0x10)
    for row, column, value in [(r, c, value) for r, each in enumerate(PEOPLE) for c, value in enumerate(each)] + [
        *extra
    ]:
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, float):
            sheet += record(0x203, place + struct.pack("<d", value))
        else:
            sheet += record(0x204, place + struct.pack("<HB", len(value), 0) + value.encode())
    start = len(begin(5)) + 13 + 4  # of the sheet: behind the book's own records
    book = begin(5) + record(0x85, struct.pack("<IHBB", start, 0, 1, 0) + b"S") + record(0x0A)
    stream = (book + sheet + record(0x0A)).ljust(8192, b"\0")
    count = len(stream) // 512
    chain = [0xFFFFFFFD, END, *range(3, count + 2), END]
    header = (
        struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6) + struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, END, 0)
    )
    table = struct.pack("<109I", 0, *[FREE] * 108) + struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))
    folder = (entry("Root Entry", 5, END, 0, 1) + entry("Workbook", 2, 2, len(stream))).ljust(512, b"\0")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + header + table + folder + stream)


def ods(path, columns=1, rows=1):
    """Write the people, and a cell that is repeated."""

    def cell(value, times=1):
        kind = f'"float" office:value="{value}"' if isinstance(value, float) else '"string"'
        about = f'table:number-columns-repeated="{times}" office:value-type={kind}'
        return f"<table:table-cell {about}><text:p>{value}</text:p></table:table-cell>"

    lines = [f"<table:table-row>{''.join(map(cell, each))}</table:table-row>" for each in PEOPLE]
    if columns > 1:
        lines.append(f'<table:table-row table:number-rows-repeated="{rows}">{cell(1.0, columns)}</table:table-row>')
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    zipped(path, mimetype=kind, **{"META-INF/manifest.xml": MANIFEST, "content.xml": ODS.format("".join(lines))})


@pytest.mark.parametrize("kind", [xlsb, xls, ods])
def test_a_workbook_of_either_kind_is_read(tmp_path, kind):
    path = tmp_path / f"people.{kind.__name__}"
    kind(path)
    table = read_table(path)
    assert (table.names, table.rows) == (PEOPLE[0], len(PEOPLE) - 1)
    assert [*table["age"]] == [age for age, _ in PEOPLE[1:]]


@pytest.mark.parametrize(
    ("kind", "row", "column"),
    [(xlsb, 1_048_575, 16_383), (xlsb, 1_048_575, 99), (xls, 65_535, 65_535)],
    ids=["17 billion cells", "100 million", "4 billion"],
)
def test_a_cell_in_a_far_corner_ends_in_a_sentence_and_nothing_else(tmp_path, kind, row, column):
    path = tmp_path / f"far.{kind.__name__}"
    kind(path, [(row, column, 1.0)])
    assert path.stat().st_size < 10_000
    with pytest.raises(TableError, match=r"^far\.xlsb? is a broken workbook, or one that takes more than 2 GB$"):
        read_table(path)


@pytest.mark.parametrize(
    ("kind", "far"),
    [(xlsb, {"extra": [(9_000, 8, 1.0)]}), (xls, {"extra": [(9_000, 8, 1.0)]}), (ods, {"columns": 9, "rows": 9_000})],
)
def test_cells_count_by_what_they_take(tmp_path, kind, far):
    path = tmp_path / f"far.{kind.__name__}"
    kind(path, **far)
    assert read_table(path, Reading(most_bytes=4 << 20)).rows > len(PEOPLE) - 1
    with pytest.raises(TableError, match="holds more than 2 MiB; allow it"):
        read_table(path, Reading(most_bytes=2 << 20))


def test_a_cell_repeated_without_end_ends_in_a_sentence(tmp_path):
    path = tmp_path / "rows.ods"
    ods(path, 16_384, 1_048_576)
    with pytest.raises(TableError, match="broken workbook"):
        read_table(path)


def test_a_module_of_a_stranger_s_folder_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "python_calamine.py").write_text("open('imported', 'w')\nraise SystemExit\n")
    ods(tmp_path / "people.ods")
    monkeypatch.chdir(tmp_path)
    assert read_table("people.ods").rows == len(PEOPLE) - 1
    assert not (tmp_path / "imported").exists()


def test_where_no_other_process_can_be_begun_the_size_is_not_known(tmp_path, monkeypatch):
    monkeypatch.setattr(probe.sys, "executable", None)
    assert probe.cells_of(b"", "people.ods", 1) == 0


def test_whole_numbers_are_read_as_they_are_shown(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "ids.xlsx"
    pd.DataFrame({"id": [1001, 1002], "half": [1.0, 2.5], "gap": [3.0, None]}).to_excel(path, index=False)
    table = read_table(path)
    assert [[str(each) for each in table[name]] for name in table.names] == [
        ["1001", "1002"],
        ["1.0", "2.5"],
        ["3.0", "nan"],
    ]


def test_formulas_without_their_values_are_told_of(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in [("a", "twice"), *((k, f"=A{k + 1}*2") for k in range(1, 9))]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    (said,) = read_table(tmp_path / "a.xlsx").said
    assert said.startswith("some cells of a.xlsx hold formulas whose values were never stored")
    book.active.delete_cols(2)
    book.save(tmp_path / "b.xlsx")
    assert read_table(tmp_path / "b.xlsx").said == ()
