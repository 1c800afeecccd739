"""What SQLite refuses, as errors of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from botyard.base.exceptions import AlreadyExists, Busy, Invalid, NotFound


class StorageFailed(Busy):
    """The disk refused in a way after which this process may write nothing more."""

    default_code = "storage_failed"


def translate(error: Exception) -> Exception:
    """Return our error for one of the driver's, or the same error when it is a fault of the program."""
    if isinstance(error, OverflowError):
        return Invalid("A number is too large to be stored.", hint="Use numbers of at most 18 digits.")
    if isinstance(error, UnicodeError):
        return Invalid("A text holds half a surrogate pair.", hint="Send whole characters.")
    code: int = getattr(error, "sqlite_errorcode", None) or 0
    known = _REFUSALS.get(code) or _REFUSALS.get(code & 0xFF) or _by_message(str(error))
    return known() if known else error


def _by_message(text: str) -> Callable[[], Exception] | None:
    return next((refusal for part, refusal in _REFUSALS_BY_MESSAGE if part in text), None)


def _too_much() -> Exception:
    return Invalid(
        "This asks for more at once than the database can do.", hint="Ask for less, or in parts.", code="too_large"
    )


def _unfit() -> Exception:
    return Invalid("A value cannot be stored: it is out of range or not text.", hint="Check what was sent.")


def _full() -> Exception:
    return Busy(
        "The disk of the database is full.", hint="Free space; writing goes on by itself.", code="storage_full",
        retry_after=5.0,
    )  # fmt: skip


def failed() -> StorageFailed:
    """Return what is raised once the disk has failed."""
    return StorageFailed(
        "The disk of the database failed, so that nothing more is written.",
        hint="The server stops; check the disk, then start it again.",
        retry_after=30.0,
    )


def damaged() -> StorageFailed:
    """Return what is raised for a file that cannot be trusted."""
    return StorageFailed(
        "The database file is damaged.",
        hint="The server stops; put the latest backup in its place, then start it again.",
        retry_after=30.0,
    )


_REFUSALS: dict[int, Callable[[], Exception]] = {
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_IOERR_WRITE: _full,
    sqlite3.SQLITE_IOERR: failed,
    sqlite3.SQLITE_CORRUPT: damaged,
    sqlite3.SQLITE_NOTADB: damaged,
    sqlite3.SQLITE_TOOBIG: _too_much,
    sqlite3.SQLITE_INTERRUPT: lambda: Busy("The database took too long.", hint="Ask for less."),
    sqlite3.SQLITE_BUSY: lambda: Busy("The database is locked by another program.", hint="Close that program."),
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: lambda: AlreadyExists("This exists already."),
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: lambda: AlreadyExists("This exists already."),
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: lambda: NotFound("Something that this refers to does not exist."),
    sqlite3.SQLITE_CONSTRAINT_CHECK: lambda: Invalid("A value is out of its range."),
    sqlite3.SQLITE_CONSTRAINT_NOTNULL: lambda: Invalid("A required value is missing."),
    # Triggers of ours guard required columns, and nothing else.
    sqlite3.SQLITE_CONSTRAINT_TRIGGER: lambda: Invalid("A required value is missing."),
}

#: What SQLite gives no code of its own; functions of ours raise where PostgreSQL's refuse a value.
_REFUSALS_BY_MESSAGE: tuple[tuple[str, Callable[[], Exception]], ...] = (
    ("integer overflow", _unfit),
    ("user-defined function raised exception", _unfit),
    ("parser stack overflow", _too_much),
    ("Expression tree is too large", _too_much),
    ("too many ", _too_much),
    ("at most 64 tables", _too_much),
)
