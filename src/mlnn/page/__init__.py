"""Pages: what is written as HTML."""

from mlnn.page.report import write_report

__all__ = ["write_report"]
