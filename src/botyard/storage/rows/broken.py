"""Which constraint a refused statement broke, read from the driver's error behind ours."""

from __future__ import annotations

import re
import sqlite3
from typing import Any, Literal, TypeAlias

import msgspec

Rule: TypeAlias = Literal["unique", "foreign_key", "required"]

_SQLITE = re.compile(r"^(UNIQUE|NOT NULL|FOREIGN KEY) constraint failed(?:: (.*))?$")
_RULES: dict[str, Rule] = {
    "UNIQUE": "unique",
    "NOT NULL": "required",
    "FOREIGN KEY": "foreign_key",
    "23505": "unique",
    "23502": "required",
    "23503": "foreign_key",
}


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """A broken constraint. SQLite names the columns, PostgreSQL the constraint; what is not known is empty."""

    rule: Rule
    table: str = ""
    columns: tuple[str, ...] = ()
    constraint: str = ""


def broken(error: BaseException) -> Broken | None:
    """Return which constraint was broken, or None when that is not what happened."""
    cause = error.__cause__ or error
    if hasattr(cause, "sqlstate"):  # told by its attribute: with SQLite, the driver of PostgreSQL is not loaded
        return _from_postgres(cause)
    return _from_sqlite(str(cause)) if isinstance(cause, sqlite3.IntegrityError) else None


def _from_postgres(cause: Any) -> Broken | None:
    rule = _RULES.get(cause.sqlstate or "")
    if rule is None:
        return None
    column = cause.diag.column_name
    return Broken(
        rule=rule,
        table=cause.diag.table_name or "",
        columns=(column,) if column else (),
        constraint=cause.diag.constraint_name or "",
    )


def _from_sqlite(message: str) -> Broken | None:
    match = _SQLITE.match(message)
    if match is None:
        return None
    named = [part.strip().partition(".") for part in (match[2] or "").split(",") if part.strip()]
    return Broken(
        rule=_RULES[match[1]],
        table=named[0][0] if named else "",
        columns=tuple(column for _, _, column in named),
    )
