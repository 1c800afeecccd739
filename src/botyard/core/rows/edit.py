"""Change one row by hand; what was there before is kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from botyard.base.exceptions import IllegalTransition, Invalid
from botyard.base.ids import uuid7
from botyard.core import tables
from botyard.core.rows import breach
from botyard.core.rows.history import keep
from botyard.core.rows.links import links_of
from botyard.core.rows.search import is_row, missing, read
from botyard.core.rows.texts import checked_values
from botyard.core.tables import Field, Schema, Table
from botyard.core.triggers import Watch
from botyard.storage import Tx
from botyard.storage.rows import ORGANIZATION, Assign, Compare, Every, Insert, Update
from botyard.storage.rows import delete as delete_rows
from botyard.storage.rows import insert as insert_rows
from botyard.storage.rows import update as update_rows


def insert(
    tx: Tx, *, workspace_id: int, app_id: int, table: str, values: Mapping[str, Any], actor: str, now: int
) -> dict[str, Any]:
    """Add a row and return it; what is not sent gets its default. Raises NotFound, and Invalid naming the field."""
    schema, known = _table(tx, workspace_id, app_id, table)
    row = completed(known, checked_values(known, values), now=now)
    written = write(tx, schema, known, row, now=now)
    keep(tx, known, written["id"], "insert", before=None, after=own_values(written), actor=actor, now=now)
    return written


def update(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    table: str,
    row_id: str,
    values: Mapping[str, Any],
    actor: str,
    now: int,
    seen: str | None = None,
) -> dict[str, Any]:
    """Change the fields that were sent and return the row as it is then.

    `seen` is the `updated_at` that the caller saw: with another one by now nothing is changed. Raises NotFound,
    Invalid naming the field, and IllegalTransition where somebody else was faster.
    """
    schema, known = _table(tx, workspace_id, app_id, table)
    wanted = checked_values(known, values)
    row = read(tx, known, row_id)
    if seen is not None and seen != row["updated_at"]:
        raise IllegalTransition("Somebody else changed this row.", hint="Look at it again, then change it.")
    return put(tx, schema, known, row, wanted, actor=actor, now=now)


def delete(tx: Tx, *, workspace_id: int, app_id: int, table: str, row_id: str, actor: str, now: int) -> dict[str, Any]:
    """Delete a row and return what it was. Raises NotFound, and Invalid while other rows lead to it."""
    schema, known = _table(tx, workspace_id, app_id, table)
    row = read(tx, known, row_id)
    before = {**own_values(row), **links_of(tx, schema, known, row["id"])}
    remove(tx, schema, known, row, now=now)
    keep(tx, known, row["id"], "delete", before=before, after=None, actor=actor, now=now)
    return row


def put(
    tx: Tx,
    schema: Schema,
    table: Table,
    row: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    actor: str,
    now: int,
    undoes: int | None = None,
) -> dict[str, Any]:
    """Give a row other values, if it is still as it was read; those that it has already are no change."""
    present = {name: row[name] for name in wanted}
    assign = tuple(Assign(column=table.columns[name], value=value) for name, value in wanted.items())
    moment = Assign(column=table.columns["updated_at"], value=tables.from_micros(now))
    as_read = Compare(column=table.columns["updated_at"], operator="eq", value=row["updated_at"])
    where = Every(parts=(is_row(table, row["id"]), as_read))
    with breach.told(tx, schema, table, new=[wanted]):
        done = update_rows(
            tx, Update(source=table.source, where=where, assign=(*assign, moment)), organization=table.workspace_id
        )
    if not done:
        raise IllegalTransition("Somebody else changed this row.", hint="Look at it again, then change it.")
    changed = read(tx, table, row["id"])
    after = {name: changed[name] for name in wanted}
    if after != present:
        watch(tx, table, now=now).saw_rows(table.name, "update", [changed])
        keep(tx, table, row["id"], "update", before=present, after=after, actor=actor, now=now, undoes=undoes)
    return changed


def write(tx: Tx, schema: Schema, table: Table, row: Mapping[str, Any], *, now: int) -> dict[str, Any]:
    """Insert a row that has every column that it needs, and return it as it was stored."""
    columns = tuple(table.columns[name] for name in row)
    new = Insert(source=table.source, columns=columns, rows=(tuple(row.values()),))
    with breach.told(tx, schema, table, new=[row]):
        insert_rows(tx, new, organization=table.workspace_id)
    written = read(tx, table, row["id"])
    watch(tx, table, now=now).saw_rows(table.name, "insert", [written])
    return written


def remove(tx: Tx, schema: Schema, table: Table, row: dict[str, Any], *, now: int) -> None:
    """Delete a row of a table."""
    with breach.told(tx, schema, table, gone=row["id"]):
        gone = delete_rows(tx, table.source, is_row(table, row["id"]), organization=table.workspace_id)
    if not gone:
        raise missing(table, row["id"])
    watch(tx, table, now=now).saw_rows(table.name, "delete", [row])


def watch(tx: Tx, table: Table, *, now: int) -> Watch:
    """Return who notes what happens to rows, for the actions that wait for it."""
    place = table.workspace_id
    return Watch(tx, workspace=place, app=table.app_id, organization=place, now=now)


def completed(table: Table, values: Mapping[str, Any], *, now: int) -> dict[str, Any]:
    """Return a new row with what the server adds. Raises Invalid naming a required field without a value."""
    moment = tables.from_micros(now)
    served = {"id": uuid7(), ORGANIZATION: table.workspace_id, "created_at": moment, "updated_at": moment}
    row = {**served, **values}
    for field in table.definition.fields:
        column = field.column
        if column is None or column.name in row:
            continue
        row[column.name] = _default(field)
        if row[column.name] is None and field.required:
            raise Invalid(f'"{column.name}" must have a value.', hint="Fill it in.", field=column.name)
    return row


def own_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row that people can change, and when it was made."""
    return {name: value for name, value in row.items() if name not in ("id", ORGANIZATION, "updated_at")}


def _default(field: Field) -> Any:
    column = field.column
    if field.type == "token" and field.default is None:
        return secrets.token_urlsafe(24)
    return None if field.default is None or column is None else tables.checked(column.kind, field.default)


def _table(tx: Tx, workspace_id: int, app_id: int, table: str) -> tuple[Schema, Table]:
    schema = tables.load(tx, workspace_id=workspace_id, app_id=app_id)
    return schema, schema.find(table)
