"""Make actions, change them, give them code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import AlreadyExists, IllegalTransition
from botyard.core import apps, automations, events
from botyard.core.actions.code import Package
from botyard.core.actions.model import DEFAULTS, Action, check_trigger, checked_fields
from botyard.core.actions.read import find_by_automation, get, sql
from botyard.core.automations import Automation
from botyard.storage import Tx


def create(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    slug: str,
    actor: str,
    now: int,
    fields: Mapping[str, Any] | None = None,
    automation: str | None = None,
    hidden: bool = False,
) -> Action:
    """Make an action of an app, and its automation unless the label of one is given.

    The automation is called like the action, or `<app>.<action>` where that label is taken. Raises AlreadyExists for
    a slug that the app has, NotFound for the app, and Invalid.
    """
    app = apps.get(tx, workspace_id=workspace_id, app_id=app_id)
    values = {"name": slug, **DEFAULTS, **checked_fields({**(fields or {}), "slug": slug})}
    check_trigger(values)
    home = _automation(tx, app, values, automation, by_hand=hidden, actor=actor, now=now)
    row = tx.one(
        sql.create,
        workspace_id=workspace_id,
        app_id=app_id,
        automation_id=home.id,
        hidden=int(hidden),
        actor=actor,
        now=now,
        **_columns(values),
    )
    if row is None:
        raise AlreadyExists(
            f'The app has an action "{slug}" already, or the automation "{home.label}" is another action.',
            hint="Choose another slug, or change that action.",
            field="slug",
        )
    action = get(tx, workspace_id=workspace_id, app_id=app_id, named=str(row["id"]))
    _tell(tx, "action.created", action, {"slug": slug, "app": app_id}, actor=actor, now=now)
    return action


def update(
    tx: Tx, *, workspace_id: int, app_id: int, named: str, fields: Mapping[str, Any], actor: str, now: int
) -> Action:
    """Change the given fields and no other. Raises NotFound, AlreadyExists for the slug of another, and Invalid."""
    tx.run(sql.lock, id=get(tx, workspace_id=workspace_id, app_id=app_id, named=named).id)
    action = get(tx, workspace_id=workspace_id, app_id=app_id, named=named)
    changed = {name: value for name, value in checked_fields(fields).items() if getattr(action, name) != value}
    if not changed:
        return action
    values = {name: getattr(action, name) for name in ("slug", "name", *DEFAULTS)} | changed
    check_trigger(values)
    if not tx.run(sql.update, id=action.id, now=now, **_columns(values)):
        raise AlreadyExists(
            f'Another action of the app is called "{values["slug"]}".', hint="Choose another slug.", field="slug"
        )
    shared: dict[str, Any] = {name: changed[name] for name in ("name", "description") if name in changed}
    if shared:
        automations.update(tx, workspace_id=workspace_id, label=action.automation, fields=shared, actor=actor, now=now)
    _tell(tx, "action.updated", action, {"fields": sorted(changed)}, actor=actor, now=now)
    return get(tx, workspace_id=workspace_id, app_id=app_id, named=str(action.id))


def deploy(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    named: str,
    package: Package,
    actor: str,
    now: int,
    base: str | None = None,
) -> automations.Deployment:
    """Release code whose archive is in the file store; the next run has it.

    With `base`, the version that it was written from, "" for none. Raises NotFound, and IllegalTransition when another
    version than `base` is released.
    """
    action = get(tx, workspace_id=workspace_id, app_id=app_id, named=named)
    if base is not None:
        present = automations.get(tx, workspace_id=workspace_id, label=action.automation).package_version or ""
        if present != base:
            raise IllegalTransition(
                f"Version {present} was deployed by somebody else meanwhile.", hint="Look at what differs, then decide."
            )
    done = automations.deploy(
        tx,
        workspace_id=workspace_id,
        label=action.automation,
        manifest=package.manifest,
        digest=package.digest,
        size=len(package.content),
        version=None,
        actor=actor,
        now=now,
    )
    tx.run(sql.set_source, id=action.id, source=package.source, now=now)
    return done


def adopt(
    tx: Tx, *, workspace_id: int, label: str, app: str | None, source: str, owner_id: int | None, actor: str, now: int
) -> Action:
    """Return the action that an automation is, made when it is none yet.

    It belongs to the app named, else to the only one; the first app is made. Raises NotFound and Invalid for the app.
    """
    action = find_by_automation(tx, workspace_id=workspace_id, label=label)
    if action is None:
        home = apps.only(tx, workspace_id=workspace_id, named=app) or apps.make_default(
            tx, workspace_id=workspace_id, owner_id=owner_id, actor=actor, now=now
        )
        action = create(
            tx,
            workspace_id=workspace_id,
            app_id=home.id,
            slug=_slug_of(label),
            actor=actor,
            now=now,
            fields={"name": label},
            automation=label,
        )
    tx.run(sql.set_source, id=action.id, source=source, now=now)
    return action


def _automation(
    tx: Tx, app: apps.App, values: Mapping[str, Any], label: str | None, *, by_hand: bool, actor: str, now: int
) -> Automation:
    fields = {"folder": app.name[:100], "name": values["name"], "description": values["description"]}
    if label is not None:
        return automations.update(
            tx, workspace_id=app.workspace_id, label=label, fields={"folder": fields["folder"]}, actor=actor, now=now
        )
    taken = automations.find(tx, workspace_id=app.workspace_id, label=values["slug"]) is not None
    label = f"{app.slug}.{values['slug']}"[:100] if taken else values["slug"]
    return automations.create(
        tx, workspace_id=app.workspace_id, label=label, fields=fields, by_hand=by_hand, actor=actor, now=now
    )


def _slug_of(label: str) -> str:
    """Return a slug for the label of an automation."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", label).strip("-_")[:100] or "action"
    return f"action-{plain}"[:100] if plain.isdigit() or plain.lower() == "none" else plain


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    schema = values["input_schema"]
    return {
        **values,
        "requirements": jsontext.encode(values["requirements"]),
        "events": jsontext.encode(values["events"]),
        "input_schema": None if schema is None else jsontext.encode(schema),
        "required_confirmation": int(values["required_confirmation"]),
        "is_public": int(values["is_public"]),
    }


def _tell(tx: Tx, kind: str, action: Action, data: dict[str, Any], *, actor: str, now: int) -> None:
    events.record(
        tx,
        workspace_id=action.workspace_id,
        kind=kind,
        entity="action",
        entity_id=str(action.id),
        actor=actor,
        now=now,
        data=data,
    )
