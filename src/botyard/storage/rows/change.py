"""Rows changed and deleted where a filter holds."""

from __future__ import annotations

from botyard.storage.rows import values
from botyard.storage.rows.filters import condition
from botyard.storage.rows.model import Assign, Filter, Source, Update
from botyard.storage.rows.statement import Statement, quoted
from botyard.storage.tx import Tx


def update(tx: Tx, change: Update, *, organization: int) -> list[str]:
    """Change the rows and return their ids."""
    statement = Statement(tx.backend, organization)
    table = quoted(change.source.table)
    assigned = ", ".join(f"{quoted(part.column.name)} = {_value(statement, part)}" for part in change.assign)
    text = (
        f"UPDATE {table} SET {assigned} WHERE {statement.own(table, change.source)}"  # noqa: S608
        f" AND {condition(statement, table, change.where)} RETURNING {_id(statement, change.source)}"
    )
    return [row["id"] for row in tx.all(statement.query(text), **statement.params)]


def delete(tx: Tx, source: Source, where: Filter | None, *, organization: int) -> list[str]:
    """Delete the rows for which the filter holds and return their ids."""
    statement = Statement(tx.backend, organization)
    table = quoted(source.table)
    text = (
        f"DELETE FROM {table} WHERE {statement.own(table, source)}"  # noqa: S608
        f" AND {condition(statement, table, where)} RETURNING {_id(statement, source)}"
    )
    return [row["id"] for row in tx.all(statement.query(text), **statement.params)]


def _id(statement: Statement, source: Source) -> str:
    return f"{values.shown(statement.backend, source.column('id').kind, quoted('id'))} AS id"


def _value(statement: Statement, part: Assign) -> str:
    name = quoted(part.column.name)
    if part.change == "set":
        return statement.bind(part.column.kind, part.value)
    if part.change == "inc":
        return f"{name} + {statement.bind(part.column.kind, part.value)}"
    if statement.sqlite:
        return _document_on_sqlite(statement, part, name)
    if part.change == "append":
        return f"{name} || {statement.bind('jsonb', part.value)}"
    if part.change == "prepend":
        return f"{statement.bind('jsonb', part.value)} || {name}"
    if part.change == "delete_key":
        return f"{name} - {statement.bind('text', part.value)}"
    if part.change == "delete_elem":
        return f"{name} - {statement.bind('int', part.value)}"
    return f"{name} #- CAST(:{statement.keep(part.value)} AS text[])"


def _document_on_sqlite(statement: Statement, part: Assign, name: str) -> str:
    if part.change == "append":
        return f"botyard_append({name}, {statement.bind('jsonb', part.value)})"
    if part.change == "prepend":
        return f"botyard_append({statement.bind('jsonb', part.value)}, {name})"
    if part.change == "delete_key":
        return f"botyard_delete_key({name}, {statement.bind('text', part.value)})"
    if part.change == "delete_elem":
        return f"botyard_delete_element({name}, {statement.bind('int', part.value)})"
    return f"botyard_delete_path({name}, {statement.bind('jsonb', part.value)})"
