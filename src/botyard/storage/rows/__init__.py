"""Statements over app tables: the one place where SQL is made of names that are known only at run time.

What to read or change is described by the structs of `model`; names come from the catalogue, values are bound, and each
statement is held to one organization by the builder itself, so that no caller can forget it.
"""

from botyard.storage.rows.aggregate import fetch_totals, ready_totals
from botyard.storage.rows.broken import Broken, broken
from botyard.storage.rows.change import delete, take, update
from botyard.storage.rows.insert import insert
from botyard.storage.rows.late import Late, Ready, ValueNeeded
from botyard.storage.rows.model import (
    NUMBERS,
    ORGANIZATION,
    Assign,
    Column,
    Compare,
    Conflict,
    Constant,
    Every,
    Filter,
    Insert,
    Kind,
    Link,
    Nested,
    Not,
    Order,
    Pick,
    Related,
    Rows,
    Selected,
    Some,
    Source,
    Summed,
    Through,
    Total,
    Totals,
    Update,
)
from botyard.storage.rows.pairs import pair, part
from botyard.storage.rows.select import fetch, ready
from botyard.storage.rows.values import json_text

__all__ = [
    "NUMBERS",
    "ORGANIZATION",
    "Assign",
    "Broken",
    "Column",
    "Compare",
    "Conflict",
    "Constant",
    "Every",
    "Filter",
    "Insert",
    "Kind",
    "Late",
    "Link",
    "Nested",
    "Not",
    "Order",
    "Pick",
    "Ready",
    "Related",
    "Rows",
    "Selected",
    "Some",
    "Source",
    "Summed",
    "Through",
    "Total",
    "Totals",
    "Update",
    "ValueNeeded",
    "broken",
    "delete",
    "fetch",
    "fetch_totals",
    "insert",
    "json_text",
    "pair",
    "part",
    "ready",
    "ready_totals",
    "take",
    "update",
]
