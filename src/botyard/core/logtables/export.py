"""A log table as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from botyard.base import clock, jsontext
from botyard.core.logtables.model import Column, LogRow

#: How many rows one piece of the file holds.
CSV_BATCH = 1000

# A spreadsheet runs a cell that begins like this as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_head(columns: Sequence[Column]) -> bytes:
    """Return the first line: the names of the columns, then of when a row was added."""
    return _lines([[cell(column.name) for column in columns] + ["dateCreation"]])


def csv_rows(columns: Sequence[Column], rows: Sequence[LogRow]) -> bytes:
    """Return the lines of some rows."""
    return _lines(
        [[cell(row.content[column.label]) for column in columns] + [clock.iso(row.created_at)] for row in rows]
    )


def cell(value: Any) -> str:
    """Return a value as the text of a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return jsontext.encode(value)
    shown = value if isinstance(value, str) else jsontext.encode(value)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _lines(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
