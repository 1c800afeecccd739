"""New rows, many in one statement; a row that is there already is updated or left, as the caller says."""

from __future__ import annotations

from typing import Any

from botyard.storage.rows import values
from botyard.storage.rows.filters import condition
from botyard.storage.rows.model import Column, Conflict, Insert, Source
from botyard.storage.rows.statement import Statement, quoted
from botyard.storage.tx import Tx


def insert(tx: Tx, new: Insert, *, organization: int) -> list[dict[str, Any]]:
    """Insert the rows and return, for each row that was written, its id and the values of the conflict's columns.

    The order is the database's. Two rows of one call must not be the same by the conflict's columns.
    """
    if not new.rows:
        return []
    statement = Statement(tx.backend, organization)
    rows = statement.keep(_rows(statement, new))
    names = ", ".join(quoted(column.name) for column in new.columns)
    known = [new.source.column("id"), *(new.conflict.columns if new.conflict else ())]
    returned = ", ".join(
        f"{values.shown(tx.backend, column.kind, quoted(column.name))} AS k{number}"
        for number, column in enumerate(known)
    )
    table = quoted(new.source.table)
    # Names are the catalogue's, values are bound.
    text = (
        f"INSERT INTO {table} ({names}) {_selected(statement, new.columns, rows)}"
        f" {_on_conflict(statement, new.source, new.conflict)} RETURNING {returned}"
    )
    # With the check of foreign keys at the end of the statement, a row may refer to one of the same call.
    found = tx.all(statement.query(text), **statement.params)
    loads = [values.loader(column) for column in known]
    return [
        {column.name: load(row[f"k{number}"]) for number, (column, load) in enumerate(zip(known, loads, strict=True))}
        for row in found
    ]


def _rows(statement: Statement, new: Insert) -> str:
    kinds = [column.kind for column in new.columns]
    return values.json_text(
        [
            [values.stored(statement.backend, kind, value) for kind, value in zip(kinds, row, strict=True)]
            for row in new.rows
        ]
    )


def _selected(statement: Statement, columns: tuple[Column, ...], rows: str) -> str:
    if statement.sqlite:
        listed = ", ".join(f"json_extract(value, '$[{number}]')" for number in range(len(columns)))
        return f"SELECT {listed} FROM json_each(:{rows}) WHERE 1 = 1"  # noqa: S608
    listed = ", ".join(
        f"CAST(sent.value ->> {number} AS {values.POSTGRES_TYPES[column.kind]})"
        for number, column in enumerate(columns)
    )
    return f"SELECT {listed} FROM jsonb_array_elements(CAST(:{rows} AS jsonb)) sent"  # noqa: S608


def _on_conflict(statement: Statement, source: Source, conflict: Conflict | None) -> str:
    if conflict is None:
        return ""
    target = ", ".join(quoted(column.name) for column in conflict.columns)
    if not conflict.update:
        return f"ON CONFLICT ({target}) DO NOTHING"
    assigned = ", ".join(f"{quoted(column.name)} = excluded.{quoted(column.name)}" for column in conflict.update)
    table = quoted(source.table)
    held = f"{statement.own(table, source)} AND {condition(statement, table, conflict.where)}"
    return f"ON CONFLICT ({target}) DO UPDATE SET {assigned} WHERE {held}"
