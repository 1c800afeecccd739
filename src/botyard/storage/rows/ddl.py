"""Tables made and altered while the server runs, on both databases.

What one database cannot alter in place is done so that no table is copied: on SQLite a required column is guarded by
triggers, which come and go without touching rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec

from botyard.storage.rows.model import Column
from botyard.storage.rows.statement import quoted
from botyard.storage.rows.values import POSTGRES_TYPES, SQLITE_TYPES
from botyard.storage.sql import compile_query
from botyard.storage.tx import Backend, Tx

OnDelete: TypeAlias = Literal["restrict", "cascade", "set_null"]

_ON_DELETE: dict[OnDelete, str] = {"restrict": "RESTRICT", "cascade": "CASCADE", "set_null": "SET NULL"}


class ColumnPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A column to be made; `references` is the table whose id it holds."""

    column: Column
    references: str | None = None
    on_delete: OnDelete = "restrict"


class IndexPlan(msgspec.Struct, frozen=True, kw_only=True):
    """An index to be made, over columns of one table."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


class TablePlan(msgspec.Struct, frozen=True, kw_only=True):
    """A table to be made; the first column is its key."""

    table: str
    columns: tuple[ColumnPlan, ...]
    indexes: tuple[IndexPlan, ...] = ()


def create_table(tx: Tx, plan: TablePlan) -> None:
    """Make a table with its indexes, and what holds its required columns to be filled."""
    key, *others = plan.columns
    listed = [f"{_definition(tx.backend, key)} PRIMARY KEY", *(_definition(tx.backend, part) for part in others)]
    _run(tx, [f"CREATE TABLE {quoted(plan.table)} ({', '.join(listed)})"])
    for part in plan.columns:
        if not part.column.nullable:
            require(tx, plan.table, part.column.name)
    for index in plan.indexes:
        create_index(tx, plan.table, index)


def drop_table(tx: Tx, table: str) -> None:
    """Drop a table and its rows."""
    _run(tx, [f"DROP TABLE {quoted(table)}"])


def add_column(tx: Tx, table: str, plan: ColumnPlan) -> None:
    """Add a column that is empty in the rows there are; call `require` once it is filled."""
    _run(tx, [f"ALTER TABLE {quoted(table)} ADD COLUMN {_definition(tx.backend, plan)}"])


def rename_column(tx: Tx, table: str, old: str, new: str) -> None:
    """Rename a column with what depends on it; guards are made again by the caller."""
    _run(tx, [f"ALTER TABLE {quoted(table)} RENAME COLUMN {quoted(old)} TO {quoted(new)}"])


def require(tx: Tx, table: str, column: str) -> None:
    """Refuse rows without a value in the column from now on. Rows that have none must have been filled."""
    if tx.backend == "postgres":
        _run(tx, [f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} SET NOT NULL"])
    else:
        _run(tx, _guards(table, column))


def release(tx: Tx, table: str, column: str) -> None:
    """Let rows be without a value in the column."""
    if tx.backend == "postgres":
        _run(tx, [f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} DROP NOT NULL"])
    else:
        _run(tx, [f"DROP TRIGGER IF EXISTS {quoted(name)}" for name in _guard_names(table, column)])


def create_index(tx: Tx, table: str, plan: IndexPlan) -> None:
    """Make an index. Raises AlreadyExists when a unique one finds rows that are the same."""
    listed = ", ".join(quoted(name) for name in plan.columns)
    kind = "UNIQUE INDEX" if plan.unique else "INDEX"
    _run(tx, [f"CREATE {kind} {quoted(plan.name)} ON {quoted(table)} ({listed})"])


def drop_index(tx: Tx, name: str) -> None:
    """Drop an index; none of this name is no fault."""
    _run(tx, [f"DROP INDEX IF EXISTS {quoted(name)}"])


def _definition(backend: Backend, plan: ColumnPlan) -> str:
    kind = plan.column.kind
    if backend == "postgres":
        text = f"{quoted(plan.column.name)} {POSTGRES_TYPES[kind]}"
        if kind == "text":
            # The order of bytes, as on SQLite: a sort gives one answer on every machine, and LIKE can use an index.
            text += ' COLLATE "C"'
    else:
        text = f"{quoted(plan.column.name)} {SQLITE_TYPES[kind]}"
    if plan.references:
        text += f" REFERENCES {quoted(plan.references)} ({quoted('id')}) ON DELETE {_ON_DELETE[plan.on_delete]}"
    return text


def _guard_names(table: str, column: str) -> Iterator[str]:
    for moment in ("insert", "update"):
        yield f"need_{table}_{column}_{moment}"


def _guards(table: str, column: str) -> Iterable[str]:
    for name in _guard_names(table, column):
        moment = "INSERT" if name.endswith("insert") else f"UPDATE OF {quoted(column)}"
        yield (
            f"CREATE TRIGGER {quoted(name)} BEFORE {moment} ON {quoted(table)} WHEN NEW.{quoted(column)} IS NULL"
            f" BEGIN SELECT RAISE(ABORT, 'NOT NULL constraint failed: {table}.{column}'); END"
        )


def _run(tx: Tx, statements: Iterable[str]) -> None:
    for statement in statements:
        tx.run(compile_query(statement, "ddl"))
