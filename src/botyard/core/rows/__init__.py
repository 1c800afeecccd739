"""Rows of app tables, as people read and change them: in the console, and through the native protocol.

Rows are found by typed conditions and sorted by any column that has an order; a page begins after a row, so it costs
the same however far on it is. Each change by hand is kept with what was there before, and can be undone as long as
nobody has changed the row since. Whole files of rows come in batches; a batch comes whole or not at all.
"""

from botyard.core.rows.choose import WINDOW, choose, names_of
from botyard.core.rows.edit import delete, insert, update
from botyard.core.rows.history import history, prune
from botyard.core.rows.links import MAX_LINKS, linked, relate, ways
from botyard.core.rows.load import BATCH, Loaded, load_batch
from botyard.core.rows.model import KINDS, Change, Condition, Page, Sort, operators_for, operators_of
from botyard.core.rows.search import MAX_PAGE, get, search
from botyard.core.rows.texts import as_text, from_text
from botyard.core.rows.undo import undo

__all__ = [
    "BATCH",
    "KINDS",
    "MAX_LINKS",
    "MAX_PAGE",
    "WINDOW",
    "Change",
    "Condition",
    "Loaded",
    "Page",
    "Sort",
    "as_text",
    "choose",
    "delete",
    "from_text",
    "get",
    "history",
    "insert",
    "linked",
    "load_batch",
    "names_of",
    "operators_for",
    "operators_of",
    "prune",
    "relate",
    "search",
    "undo",
    "update",
    "ways",
]
