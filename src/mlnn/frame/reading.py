"""What may be said about how a file becomes a table; whatever is not said is told by the file."""

import re
from dataclasses import dataclass

SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "\\t": "\t"}
"""Names of separators that are hard to type."""


MOST_BYTES = 2 * 10**9
"""So many bytes a file may have, unless somebody says otherwise."""

ASIDE = re.compile(
    r"^(readme|licen[cs]e|changelog|makefile)(\.txt)?$"
    r"|\.(md|rst|html?|pdf|docx?|py|ipynb|r|sql|sh|ya?ml|toml|ini|png|jpe?g|svg|mlnn|crc|md5|sha\d+|log|lock)$"
    r"|\.(bak|backup|old|orig|tmp|temp|part|partial|crdownload|sw[op])$|~$|^~\$|^#.*#$|^thumbs\.db$",
    re.IGNORECASE,
)
"""Names of files that stand beside tables in a folder or a zip, among them what is left of other tables: backups and
parts, whose rows would count twice. Given alone, such a file may be a table."""


@dataclass(frozen=True)
class Reading:
    """How a file is to be read.

    Parameters
    ----------
    sep : str, optional
        What separates the fields of text: one character, or its name (tab, comma, semicolon, pipe, space).
    encoding : str, optional
        How text is encoded, such as cp1252 (western Windows) or utf-16; by default what its byte order mark says, or
        UTF-8.
    header : int, optional
        The line, counted from 1, that holds the columns' names; 0 where there is none.
    table : str, optional
        Which table of a database, sheet of a workbook, or file of a zip is meant.
    most_bytes : int
        How many bytes a file may have, unpacked if it is packed; by default 2 GB, and of a packed file about as many
        as tables of its size have (64 times it, or 256 MB).

    Raises
    ------
    ValueError
        If a setting cannot be.
    """

    sep: str | None = None
    encoding: str | None = None
    header: int | None = None
    table: str | None = None
    most_bytes: int = MOST_BYTES

    def __post_init__(self) -> None:
        """Refuse settings that cannot be."""
        if self.sep is not None:
            object.__setattr__(self, "sep", SEPARATORS.get(self.sep.lower(), self.sep))
            if not re.fullmatch(r"[^\w\"\n\r\0\ud800-\udfff]|_", self.sep):
                raise ValueError(f"sep must be one character, no letter, digit or quote, but got {self.sep!r}")
        if self.header is not None and self.header < 0:
            raise ValueError(f"header must be a line's number, or 0 for none, but got {self.header}")
        if self.most_bytes < 1:
            raise ValueError(f"most_bytes must be positive, but got {self.most_bytes}")
