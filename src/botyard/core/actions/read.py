"""Find actions by the id or slug that clients call them by."""

from __future__ import annotations

from botyard.base import jsontext
from botyard.base.exceptions import NotFound, closest
from botyard.core.actions.model import Action, Trigger
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)

_MAX_ID = 2**63 - 1


def get(tx: Tx, *, workspace_id: int, app_id: int, named: str) -> Action:
    """Return the action of an app that an id in digits or a slug stands for. Raises NotFound."""
    found = find(tx, workspace_id=workspace_id, app_id=app_id, named=named)
    if found is None:
        slugs = [action.slug for action in list_all(tx, workspace_id=workspace_id, app_id=app_id)]
        raise NotFound(
            f'The action "{named[:100]}" does not exist.', hint=closest(named, slugs) or "Check its id or slug."
        )
    return found


def find(tx: Tx, *, workspace_id: int, app_id: int, named: str) -> Action | None:
    """Return the action of an app that an id in digits or a slug stands for, or None."""
    scope = {"workspace_id": workspace_id, "app_id": app_id}
    if named.isascii() and named.isdigit():
        number = int(named[:20])
        row = tx.one(sql.get, **scope, id=number) if number <= _MAX_ID else None
    else:
        row = tx.one(sql.by_slug, **scope, slug=named.replace("\0", ""))
    return Action.from_row(row) if row else None


def find_by_automation(tx: Tx, *, workspace_id: int, label: str) -> Action | None:
    """Return the action that an automation is, or None."""
    row = tx.one(sql.by_automation, workspace_id=workspace_id, label=label)
    return Action.from_row(row) if row else None


def list_all(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    type: str = "",  # noqa: A002 -- what every client calls it
    after_id: int = 0,
    limit: int = 1000,
) -> list[Action]:
    """Return the actions of an app, of one type if it is given, in the order in which they were made.

    `after_id` continues after a page.
    """
    where = {"workspace_id": workspace_id, "app_id": app_id, "type": type, "after": after_id}
    rows = tx.all(sql.list_all, **where, limit=limit)
    return [Action.from_row(row) for row in rows]


def list_for_rows(tx: Tx, *, workspace_id: int, app_id: int, table: str, limit: int = 20) -> list[tuple[str, str]]:
    """Return the slug and the name of the actions that work on chosen rows of a table, or of any."""
    full = f"app_{app_id}_{table}"
    found = tx.all(
        sql.list_for_rows, workspace_id=workspace_id, app_id=app_id, table_name=table, full_name=full, limit=limit
    )
    return [(row["slug"], row["name"] or row["slug"]) for row in found]


def list_triggers(tx: Tx, *, workspace_id: int, app_id: int) -> list[Trigger]:
    """Return the actions of an app that changes of rows start."""
    found = tx.all(sql.list_triggers, workspace_id=workspace_id, app_id=app_id)
    return [
        Trigger(action_id=row["action_id"], table=row["table_name"], events=frozenset(jsontext.decode(row["events"])))
        for row in found
        if row["table_name"]
    ]
