"""Make, alter, revert and drop tables, while rows come and go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from botyard.base import text
from botyard.base.exceptions import IllegalTransition, Invalid, NotFound
from botyard.core import apps, events
from botyard.core.tables import alter, shape
from botyard.core.tables.check import MAX_TABLES, check_table_name, checked_definition
from botyard.core.tables.model import Definition, Table
from botyard.core.tables.read import Schema, load, sql, topic
from botyard.storage import Tx


def create(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    name: str,
    definition: Mapping[str, Any],
    actor: str,
    now: int,
    title: str | None = None,
) -> Table:
    """Make a table. Raises NotFound for an unknown app, and Invalid naming the part of the definition at fault."""
    schema = _schema(tx, workspace_id=workspace_id, app_id=app_id)
    if len(schema.tables) >= MAX_TABLES:
        raise Invalid(f"The app has {MAX_TABLES} tables, which is the most.", hint="Drop one, or use another app.")
    clean = check_table_name(name, list(schema.tables))
    checked = checked_definition(definition, tables=[*schema.tables, clean])
    row = tx.one(
        sql.create,
        workspace_id=workspace_id,
        app_id=app_id,
        name=clean,
        title=text.name(title or clean, field="title", limit=255),
        definition=_encoded(checked),
        actor=actor,
        now=now,
    )
    table = Table.from_row(row or {})
    shape.build(tx, table, {**schema.tables, clean: table})
    _record(tx, table, "created", actor=actor, now=now)
    return table


def change(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    name: str,
    definition: Mapping[str, Any],
    actor: str,
    now: int,
    title: str | None = None,
    renames: Mapping[str, str] | None = None,
    version: int | None = None,
) -> Table:
    """Give a table another definition; fields that it leaves out are taken away, and can be brought back.

    `renames` maps old names of fields to new ones. `version` is the one that the caller saw; with another one by now
    nothing is changed. Raises NotFound, Invalid where present rows do not fit, and IllegalTransition for the version.
    """
    schema = _schema(tx, workspace_id=workspace_id, app_id=app_id)
    table = schema.find(name)
    if version is not None and version != table.version:
        raise IllegalTransition(
            f'The table "{table.name}" was changed by somebody else.', hint="Read it again, then change it."
        )
    checked = checked_definition(definition, tables=list(schema.tables))
    wanted = text.name(title or table.title, field="title", limit=255)
    return _apply(tx, schema, table, checked, renames=renames or {}, title=wanted, actor=actor, now=now)


def revert(tx: Tx, *, workspace_id: int, app_id: int, name: str, to: int, actor: str, now: int) -> Table:
    """Give a table the definition that it had at version `to`; fields come back with the values they had.

    Raises NotFound, and Invalid where present rows do not fit.
    """
    schema = _schema(tx, workspace_id=workspace_id, app_id=app_id)
    table = schema.find(name)
    row = tx.one(sql.get_version, table_id=table.id, version=to)
    if row is None:
        raise NotFound(f'The table "{table.name}" has no version {to}.', hint=f"It is at {table.version}.")
    former = msgspec.json.decode(row["definition"], type=Definition)
    for field in former.fields:
        if field.to and field.to not in schema.tables:
            raise Invalid(f'The table "{field.to}", to which "{field.name}" led, is gone.', hint="Make it first.")
    return _apply(tx, schema, table, former, renames={}, title=table.title, actor=actor, now=now, word=f"back to {to}")


def drop(tx: Tx, *, workspace_id: int, app_id: int, name: str, actor: str, now: int) -> None:
    """Drop a table with its rows and its history. Raises NotFound, and Invalid while other tables lead to it."""
    schema = _schema(tx, workspace_id=workspace_id, app_id=app_id)
    table = schema.find(name)
    users = [
        f"{other.name}.{field.name}"
        for other in schema.tables.values()
        for field in other.definition.fields
        if field.to == table.name and other.id != table.id
    ]
    if users:
        raise Invalid(
            f'"{table.name}" cannot be dropped: {", ".join(users[:5])} leads to it.',
            hint="Take those fields away first.",
        )
    shape.raze(tx, table)
    tx.run(sql.delete, id=table.id)
    _tell(tx, table, "table.dropped", {"name": table.name}, actor=actor, now=now)


def _apply(
    tx: Tx,
    schema: Schema,
    table: Table,
    wanted: Definition,
    *,
    renames: Mapping[str, str],
    title: str,
    actor: str,
    now: int,
    word: str = "",
) -> Table:
    steps = alter.plan(table, wanted, renames)
    if not steps.changes and title == table.title:
        return table
    hidden = alter.carry_out(tx, table, steps, schema.tables)
    definition = msgspec.structs.replace(wanted, hidden=hidden)
    row = tx.one(sql.update, id=table.id, version=table.version, title=title, definition=_encoded(definition), now=now)
    if row is None:
        raise IllegalTransition("The table was changed by somebody else.", hint="Read it again, then change it.")
    changed = Table.from_row(row)
    _record(tx, changed, word or "; ".join(steps.changes) or "renamed", actor=actor, now=now)
    return changed


def _schema(tx: Tx, *, workspace_id: int, app_id: int) -> Schema:
    """Return the schema, with the app held against other changes until the end of the transaction."""
    apps.get(tx, workspace_id=workspace_id, app_id=app_id)
    tx.one(sql.grow_schema, workspace_id=workspace_id, app_id=app_id)
    return load(tx, workspace_id=workspace_id, app_id=app_id)


def _record(tx: Tx, table: Table, said: str, *, actor: str, now: int) -> None:
    tx.run(
        sql.add_version,
        table_id=table.id,
        version=table.version,
        definition=_encoded(table.definition),
        change=said[:1000],
        actor=actor,
        now=now,
    )
    kind = "table.created" if table.version == 1 else "table.changed"
    _tell(tx, table, kind, {"name": table.name, "version": table.version, "change": said[:1000]}, actor=actor, now=now)


def _tell(tx: Tx, table: Table, kind: str, data: dict[str, Any], *, actor: str, now: int) -> None:
    events.record(
        tx,
        workspace_id=table.workspace_id,
        kind=kind,
        entity="table",
        entity_id=str(table.id),
        actor=actor,
        now=now,
        data={"app": table.app_id, **data},
    )
    tx.wake(topic(table.workspace_id, table.app_id))


def _encoded(definition: Definition) -> str:
    return msgspec.json.encode(definition).decode()
