"""The only place that knows a database driver.

`Database` runs units of work: plain functions that take a `Tx` first. `load_queries` reads the named statements
beside a concept, `Select` builds dynamic lists, `Blobs` keeps files, `Wakeups` carries hints between tasks.
"""

from botyard.storage.blobs import Blob, Blobs
from botyard.storage.database import Database
from botyard.storage.select import Select
from botyard.storage.sql import Queries, Query, load_queries
from botyard.storage.tx import Backend, Row, TooSlow, Tx
from botyard.storage.wakeups import ALL, Subscription, Wakeups

__all__ = [
    "ALL",
    "Backend",
    "Blob",
    "Blobs",
    "Database",
    "Queries",
    "Query",
    "Row",
    "Select",
    "Subscription",
    "TooSlow",
    "Tx",
    "Wakeups",
    "load_queries",
]
