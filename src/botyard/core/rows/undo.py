"""Undo what was changed by hand."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import IllegalTransition, Invalid, NotFound
from botyard.core import tables
from botyard.core.rows.edit import put, remove, write
from botyard.core.rows.history import keep, sql
from botyard.core.rows.links import check_as_left, link_again, links_of, put_links, way, ways
from botyard.core.rows.model import Change
from botyard.core.rows.search import read
from botyard.core.tables import Schema, Table
from botyard.storage import Tx
from botyard.storage.rows import ORGANIZATION


def undo(
    tx: Tx, *, workspace_id: int, app_id: int, table: str, change_id: int, actor: str, now: int
) -> dict[str, Any] | None:
    """Take a change back and return the row as it is then, None when it is gone.

    That is a change of its own, so undoing it brings the first one back. Raises NotFound, and IllegalTransition when
    the row is not as that change left it.
    """
    schema = tables.load(tx, workspace_id=workspace_id, app_id=app_id)
    known = schema.find(table)
    found = tx.one(sql.get, table_id=known.id, id=change_id)
    if found is None:
        raise NotFound("This change is not there.", hint="Look at the history again.")
    change = Change.from_row(found)
    if change.undone_by is not None:
        raise IllegalTransition("That was undone already.", hint="Undo the undoing to bring it back.")
    if change.kind == "import":
        raise Invalid("An import cannot be undone as a whole.", hint="Import the former values by the same key.")
    _check_fields(schema, known, change)
    said: dict[str, Any] = {"actor": actor, "now": now, "undoes": change.id}
    if change.kind == "delete":
        return _bring_back(tx, schema, known, change, **said)
    if change.kind == "links":
        return _link_back(tx, schema, known, change, **said)
    row = _as_left(tx, known, change)
    if change.kind == "insert":
        before = {**(change.after or {}), **links_of(tx, schema, known, row["id"])}
        remove(tx, schema, known, row, now=now)
        keep(tx, known, row["id"], "delete", before=before, after=None, **said)
        return None
    return put(tx, schema, known, row, change.before or {}, **said)


def _bring_back(tx: Tx, schema: Schema, table: Table, change: Change, **said: Any) -> dict[str, Any]:
    values = {name: value for name, value in (change.before or {}).items() if name in table.columns}
    moment = tables.from_micros(said["now"])
    row = {"id": change.row_id, ORGANIZATION: table.workspace_id, **values, "updated_at": moment}
    written = write(tx, schema, table, row, now=said["now"])
    keep(tx, table, change.row_id, "insert", before=None, after=values, **said)
    links = {name: ids for name, ids in (change.before or {}).items() if name not in values}
    link_again(tx, schema, table, change.row_id, links)
    return written


def _link_back(tx: Tx, schema: Schema, table: Table, change: Change, **said: Any) -> dict[str, Any]:
    row = read(tx, table, change.row_id)
    for name, added in (change.after or {}).items():
        taken = (change.before or {}).get(name, [])
        found = way(schema, table, name)
        check_as_left(tx, found, row["id"], there=added, gone=taken)
        back = put_links(tx, found, row["id"], add=taken, remove=added, **said)
        if back is None:
            raise IllegalTransition("The rows that it led to are gone.", hint="Link the row with others.")
    return row


def _as_left(tx: Tx, table: Table, change: Change) -> dict[str, Any]:
    row = read(tx, table, change.row_id)
    if any(row.get(name) != value for name, value in (change.after or {}).items()):
        raise IllegalTransition(
            "The row was changed since, so that cannot be undone.",
            hint="Undo what came later first, or change the row by hand.",
        )
    return row


def _check_fields(schema: Schema, table: Table, change: Change) -> None:
    known = {*table.columns, *ways(schema, table)}
    gone = [name for name in {**(change.before or {}), **(change.after or {})} if name not in known]
    if gone:
        raise Invalid(
            f'The table has no field "{gone[0]}" any more.', hint="Take the table back to an earlier version first."
        )
