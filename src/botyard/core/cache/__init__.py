"""The cache keeps values of programs for a while: any JSON, by a key of the program's choosing.

An entry belongs to an app, or to the workspace, where all of its apps share it. It goes when its time is over, or when
the cache of the workspace is full and it was written longer ago than the others: whoever reads must be ready to find
nothing.
"""

from botyard.core.cache.entries import delete_many, get, set_many
from botyard.core.cache.keys import list_keys
from botyard.core.cache.model import (
    MAX_KEY,
    MAX_TTL,
    MAX_VALUE,
    SHARED,
    Entry,
    Key,
    Place,
    Stored,
    checked_key,
    checked_ttl,
)
from botyard.core.cache.sweep import delete_expired, trim

__all__ = [
    "MAX_KEY",
    "MAX_TTL",
    "MAX_VALUE",
    "SHARED",
    "Entry",
    "Key",
    "Place",
    "Stored",
    "checked_key",
    "checked_ttl",
    "delete_expired",
    "delete_many",
    "get",
    "list_keys",
    "set_many",
    "trim",
]
