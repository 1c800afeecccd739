"""A log table is a table that bots fill, row by row, for people to read: what was done, to what, with which result.

A bot declares its columns once, at the start of every run if it likes, and adds rows. Rows are kept as they were
sent: a column that a row lacks reads as empty text, and what no column names is kept and handed out all the same.
Deleting a table takes its rows with it; its label is then free again.
"""

from botyard.core.logtables.create import create, delete
from botyard.core.logtables.export import CSV_BATCH, csv_head, csv_rows
from botyard.core.logtables.model import Column, LogRow, LogTable, check_label
from botyard.core.logtables.prune import prune
from botyard.core.logtables.read import find, get, page, rows, rows_latest, search
from botyard.core.logtables.write import append, append_many

__all__ = [
    "CSV_BATCH",
    "Column",
    "LogRow",
    "LogTable",
    "append",
    "append_many",
    "check_label",
    "create",
    "csv_head",
    "csv_rows",
    "delete",
    "find",
    "get",
    "page",
    "prune",
    "rows",
    "rows_latest",
    "search",
]
