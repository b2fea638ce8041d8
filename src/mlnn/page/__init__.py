"""Pages: what is written as HTML."""

from mlnn.page.diagnosis import write_diagnosis
from mlnn.page.report import write_report

__all__ = ["write_diagnosis", "write_report"]
