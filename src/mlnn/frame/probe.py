"""How large a workbook's sheets are, found out by a process of its own: what breaks that process breaks nothing else.

A sheet is made as large as its last row and column, though it may have two cells. Their reader takes that memory at
once, and ends the process where there is none: a file of 2 KB could end whatever reads it.
"""

import subprocess
import sys

from mlnn.frame.column import TableError
from mlnn.frame.source import size_of

CELLS = """
import io, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
except (ImportError, ValueError, OSError):
    pass
most = 0
try:
    import python_calamine
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    for name in book.sheet_names:
        row, column = book.get_sheet_by_name(name).end or (0, 0)
        most = max(most, (row + 1) * (column + 1))
except Exception:
    pass  # who reads it next is told
print("cells", most)
"""

BESIDE = 1 << 30
"""Bytes of address space that Python takes beside the cells."""


def cells_of(content: bytes, name: str, most: int) -> int:
    """Return how many cells the largest sheet of a workbook has up to its last row and column.

    Raises
    ------
    TableError
        If opening it takes more memory than ``most`` bytes, or ends the process that does so.
    """
    if not sys.executable:  # Python inside of another program
        return 0
    command = [sys.executable, "-P", "-c", CELLS, str(most + BESIDE + len(content))]
    ended = subprocess.run(command, input=content, capture_output=True, check=False)
    word, _, count = ended.stdout.decode(errors="replace").partition(" ")
    if ended.returncode or word != "cells":
        raise TableError(f"{name} is a broken workbook, or one that takes more than {size_of(most)}")
    return int(count)
