"""Make and change apps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botyard.base import text
from botyard.base.exceptions import AlreadyExists
from botyard.core import events
from botyard.core.apps.model import App, check_id, check_slug
from botyard.core.apps.read import get, list_all, sql
from botyard.storage import Tx

#: The app that is made when somebody needs one and there is none.
DEFAULT_SLUG = "default"
_FIELDS = ("slug", "name", "description", "owner_id")


def create(
    tx: Tx,
    *,
    workspace_id: int,
    slug: str,
    actor: str,
    now: int,
    app_id: int | None = None,
    name: str | None = None,
    description: str = "",
    owner_id: int | None = None,
) -> App:
    """Make an app; without an id it gets the next one. Raises AlreadyExists for a taken id or slug, and Invalid."""
    tx.one(sql.lock_workspace, workspace_id=workspace_id)
    following = tx.one(sql.next_id, workspace_id=workspace_id)
    chosen = check_id(app_id if app_id is not None else following["id"] if following else 1)
    row = tx.one(
        sql.create,
        workspace_id=workspace_id,
        id=chosen,
        now=now,
        actor=actor,
        **_checked({"slug": slug, "name": name or slug, "description": description, "owner_id": owner_id}),
    )
    if row is None:
        raise AlreadyExists(
            f'An app with the id {chosen} or the slug "{slug}" exists already.',
            hint="Choose others, or change that app.",
            field="slug",
        )
    app = App.from_row(row)
    _tell(tx, "app.created", app, {"slug": app.slug}, actor=actor, now=now)
    return app


def update(tx: Tx, *, workspace_id: int, app_id: int, fields: Mapping[str, Any], actor: str, now: int) -> App:
    """Change the given fields and no other. Raises NotFound, AlreadyExists for the slug of another, and Invalid."""
    tx.one(sql.lock_workspace, workspace_id=workspace_id)
    app = get(tx, workspace_id=workspace_id, app_id=app_id)
    changed = {name: value for name, value in _checked(fields).items() if getattr(app, name) != value}
    if not changed:
        return app
    values = {name: getattr(app, name) for name in _FIELDS} | changed
    row = tx.one(sql.update, workspace_id=workspace_id, id=app_id, now=now, **values)
    if row is None:
        raise AlreadyExists(f'Another app has the slug "{values["slug"]}".', hint="Choose another.", field="slug")
    _tell(tx, "app.updated", app, {"fields": sorted(changed)}, actor=actor, now=now)
    return App.from_row(row)


def make_default(tx: Tx, *, workspace_id: int, owner_id: int | None, actor: str, now: int) -> App:
    """Return the app of a workspace that has one at most; the first is called "default"."""
    known = list_all(tx, workspace_id=workspace_id, limit=1)
    if known:
        return known[0]
    return create(
        tx, workspace_id=workspace_id, slug=DEFAULT_SLUG, name="Default", owner_id=owner_id, actor=actor, now=now
    )


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(fields)
    if "slug" in values:
        values["slug"] = check_slug(values["slug"])
    if "name" in values:
        values["name"] = text.name(values["name"], field="name", limit=255)
    if "description" in values:
        values["description"] = text.prose(values["description"], field="description", limit=4000)
    return values


def _tell(tx: Tx, kind: str, app: App, data: dict[str, Any], *, actor: str, now: int) -> None:
    events.record(
        tx,
        workspace_id=app.workspace_id,
        kind=kind,
        entity="app",
        entity_id=str(app.id),
        actor=actor,
        now=now,
        data=data,
    )
