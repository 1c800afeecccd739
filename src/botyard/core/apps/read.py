"""Find apps by whatever their clients call them."""

from __future__ import annotations

from botyard.base.exceptions import Invalid, NotFound, closest
from botyard.core.apps.model import MAX_ID, App
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)


def get(tx: Tx, *, workspace_id: int, app_id: int) -> App:
    """Return the app of that id. Raises NotFound, for another workspace's as for one that never was."""
    row = tx.one(sql.get, workspace_id=workspace_id, id=app_id)
    if row is None:
        raise missing(str(app_id))
    return App.from_row(row)


def find(tx: Tx, *, workspace_id: int, named: str) -> App | None:
    """Return the app that an id in digits or a slug stands for, or None."""
    if named.isascii() and named.isdigit():
        number = int(named[:20])
        row = tx.one(sql.get, workspace_id=workspace_id, id=number) if number <= MAX_ID else None
    else:
        row = tx.one(sql.by_slug, workspace_id=workspace_id, slug=named.replace("\0", ""))
    return App.from_row(row) if row else None


def only(tx: Tx, *, workspace_id: int, named: str | None) -> App | None:
    """Return the app that is meant: the one named, else the only one, else None when there is none.

    Raises NotFound for a name that nothing has, and Invalid when there are several and none was named.
    """
    if named is not None:
        found = find(tx, workspace_id=workspace_id, named=named)
        if found is None:
            near = closest(named, [app.slug for app in list_all(tx, workspace_id=workspace_id)])
            raise missing(named, near)
        return found
    known = list_all(tx, workspace_id=workspace_id, limit=10)
    if len(known) > 1:
        names = ", ".join(f"{app.id} ({app.slug})" for app in known)
        raise Invalid("The workspace has several apps.", hint=f"Say which one with --app: {names}.", field="app")
    return known[0] if known else None


def list_all(tx: Tx, *, workspace_id: int, after_id: int = 0, limit: int = 1000) -> list[App]:
    """Return the apps of a workspace in the order of their ids, those after the id `after_id`."""
    rows = tx.all(sql.list_all, workspace_id=workspace_id, after=after_id, limit=limit)
    return [App.from_row(row) for row in rows]


def named(tx: Tx, *, workspace_id: int, name: str) -> App:
    """Return the app that an id in digits or a slug stands for. Raises NotFound, with the closest slug as a hint."""
    found = only(tx, workspace_id=workspace_id, named=name)
    if found is None:
        raise missing(name)
    return found


def names_app(named: str, *, app_id: int, app_slug: str, organization: str) -> bool:
    """Tell whether a text that a client sends for its app can mean this one: nothing, its id, slug, or org/slug."""
    text = named.strip()
    return text in ("", "None", app_slug, f"{organization}/{app_slug}") or (
        text.isascii() and text.isdigit() and len(text) <= 20 and int(text) == app_id
    )


def missing(named: str, hint: str = "") -> NotFound:
    """Return the error for an app that is not there for the caller, whatever the reason."""
    return NotFound(f'The app "{named[:100]}" does not exist.', hint=hint or "Check its id or slug.", field="app")
