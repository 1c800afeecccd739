"""Rows changed and deleted where a filter holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from botyard.storage.rows import values
from botyard.storage.rows.filters import condition
from botyard.storage.rows.model import Assign, Column, Filter, Source, Update
from botyard.storage.rows.statement import Statement, quoted
from botyard.storage.tx import Tx

#: The first number that is too large for a column of each whole kind.
_WHOLE = {"int": 2**31, "bigint": 2**63}


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


def take(tx: Tx, source: Source, where: Filter | None, *, organization: int) -> list[dict[str, Any]]:
    """Delete the rows for which the filter holds and return them as they were, each with all of its columns."""
    statement = Statement(tx.backend, organization)
    table = quoted(source.table)
    columns = list(source.columns.values())
    listed = ", ".join(
        f"{values.shown(tx.backend, column.kind, quoted(column.name))} AS c{number}"
        for number, column in enumerate(columns)
    )
    text = (
        f"DELETE FROM {table} WHERE {statement.own(table, source)}"  # noqa: S608
        f" AND {condition(statement, table, where)} RETURNING {listed}"
    )
    loads = [(f"c{number}", column.name, values.loader(column)) for number, column in enumerate(columns)]
    found = tx.all(statement.query(text), **statement.params)
    return [{name: load(row[key]) for key, name, load in loads} for row in found]


def _id(statement: Statement, source: Source) -> str:
    return f"{values.shown(statement.backend, source.column('id').kind, quoted('id'))} AS id"


def _value(statement: Statement, part: Assign) -> str:
    name = quoted(part.column.name)
    if part.change in ("set", "inc"):
        value = statement.bind(part.column.kind, part.value)
        return value if part.change == "set" else _increased(statement, part.column, name, value)
    return _DOCUMENTS[part.change](statement, name, part.value)


def _increased(statement: Statement, column: Column, name: str, value: str) -> str:
    limit = _WHOLE.get(column.kind)
    if limit is None or not statement.sqlite:
        return f"{name} + {value}"
    # SQLite would go on with a number that the column does not hold; ABS of the least number there is fails.
    return (
        f"CASE WHEN {name} + {value} NOT BETWEEN {-limit + 1} - 1 AND {limit - 1}"
        f" THEN ABS({name} * 0 - {2**63 - 1} - 1) ELSE {name} + {value} END"
    )


def _appended(statement: Statement, name: str, value: Any) -> str:
    other = statement.bind("jsonb", value)
    return f"botyard_append({name}, {other})" if statement.sqlite else f"{name} || {other}"


def _prepended(statement: Statement, name: str, value: Any) -> str:
    other = statement.bind("jsonb", value)
    return f"botyard_append({other}, {name})" if statement.sqlite else f"{other} || {name}"


def _without_key(statement: Statement, name: str, value: Any) -> str:
    key = statement.bind("text", value)
    return f"botyard_delete_key({name}, {key})" if statement.sqlite else f"{name} - {key}"


def _without_element(statement: Statement, name: str, value: Any) -> str:
    place = statement.bind("int", value)
    return f"botyard_delete_element({name}, {place})" if statement.sqlite else f"{name} - {place}"


def _without_path(statement: Statement, name: str, value: Any) -> str:
    if statement.sqlite:
        return f"botyard_delete_path({name}, {statement.bind('jsonb', value)})"
    return f"{name} #- CAST(:{statement.keep(value)} AS text[])"


_DOCUMENTS: Mapping[str, Callable[[Statement, str, Any], str]] = MappingProxyType(
    {
        "append": _appended,
        "prepend": _prepended,
        "delete_key": _without_key,
        "delete_elem": _without_element,
        "delete_at_path": _without_path,
    }
)
