"""Making and changing automations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botyard.base import ids, jsontext
from botyard.base.exceptions import AlreadyExists
from botyard.core import events
from botyard.core.automations.model import (
    DEFAULTS,
    Automation,
    check_label,
    checked_fields,
)
from botyard.core.automations.read import get, sql
from botyard.storage import Tx


def create(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    actor: str,
    now: int,
    fields: Mapping[str, Any] | None = None,
    by_hand: bool = False,
) -> Automation:
    """Make an automation; `fields` are those of the model that a caller may set. Raises AlreadyExists and Invalid.

    `by_hand`: it stands for what somebody runs by hand while developing, and no other system may start it.
    """
    label = check_label(label)
    values = {"name": label, **DEFAULTS, **checked_fields(fields or {})}
    made = tx.run(
        sql.create,
        id=ids.uuid7(),
        workspace_id=workspace_id,
        label=label,
        by_hand=int(by_hand),
        created_at=now,
        updated_at=now,
        **_columns(values),
    )
    if not made:
        raise AlreadyExists(
            f'The automation "{label}" exists already.',
            hint="Choose another label, or change that one.",
            field="label",
        )
    automation = get(tx, workspace_id=workspace_id, label=label)
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="automation.created",
        entity="automation",
        entity_id=automation.id,
        actor=actor,
        now=now,
        data={"label": label},
    )
    return automation


def update(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    fields: Mapping[str, Any],
    actor: str,
    now: int,
) -> Automation:
    """Change the given fields and no other; nothing is recorded when they hold those values already.

    Tasks made before keep the priority and attempts they were made with. Raises NotFound and Invalid.
    """
    # Taking the row's lock first keeps two changes of different fields from undoing each other.
    tx.run(sql.lock, workspace_id=workspace_id, label=label)
    automation = get(tx, workspace_id=workspace_id, label=label)
    values = {name: value for name, value in checked_fields(fields).items() if getattr(automation, name) != value}
    if not values:
        return automation
    present = {name: getattr(automation, name) for name in ("name", *DEFAULTS)}
    tx.run(sql.update, id=automation.id, updated_at=now, **_columns({**present, **values}))
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="automation.updated",
        entity="automation",
        entity_id=automation.id,
        actor=actor,
        now=now,
        data={"label": label, "fields": sorted(values)},
    )
    return get(tx, workspace_id=workspace_id, label=label)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    uses = values["uses"]
    return {
        **values,
        "parameters": jsontext.encode(values["parameters"]),
        "uses": None if uses is None else jsontext.encode(uses),
    }
