"""Audit: who did what to what, from where, and whether it was allowed.

Rows are written in the transaction of the change that they tell of, and never changed. They hold no secret.
"""

from botyard.core.audit.model import Entry, Origin
from botyard.core.audit.operations import action_of, audited, find, list_for, list_latest, record, search, target_of

__all__ = [
    "Entry",
    "Origin",
    "action_of",
    "audited",
    "find",
    "list_for",
    "list_latest",
    "record",
    "search",
    "target_of",
]
