"""Make, change, pause and delete schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botyard.base import jsontext, text
from botyard.base.cron import Cron
from botyard.base.exceptions import Invalid
from botyard.core import automations, events, parameters
from botyard.core.schedules.model import DEFAULTS, Schedule
from botyard.core.schedules.search import read, sql
from botyard.storage import Tx

MAX_PARAMETERS = 256 * 1024
_CHOICES = {"overlap": ("skip", "queue", "replace"), "catch_up": ("none", "last", "all")}


def create(tx: Tx, *, workspace_id: int, automation: str, fields: Mapping[str, Any], actor: str, now: int) -> Schedule:
    """Make a schedule; `fields` are those of the model that have defaults.

    Raises NotFound for an unknown automation, and Invalid for a cron or moment that will never fire, or for parameters
    that the automation would not take. They are kept as they are given.
    """
    started = automations.get(tx, workspace_id=workspace_id, label=automation)
    values = _checked({**DEFAULTS, **fields})
    parameters.accept(started.parameters, values["parameters"])
    row = tx.one(
        sql.insert,
        workspace_id=workspace_id,
        automation=automation,
        actor=actor,
        now=now,
        next_at=_next(values, now=now),
        **_columns(values),
    )
    made = read(tx, workspace_id=workspace_id, schedule_id=row["id"] if row else 0)
    _tell(tx, made, "schedule.created", actor=actor, now=now)
    return made


def update(
    tx: Tx,
    *,
    workspace_id: int,
    schedule_id: int,
    fields: Mapping[str, Any],
    actor: str,
    now: int,
    automation: str | None = None,
) -> Schedule:
    """Change the given fields and no other. Raises NotFound and Invalid."""
    tx.one(sql.lock, workspace_id=workspace_id, schedule_id=schedule_id)
    old = read(tx, workspace_id=workspace_id, schedule_id=schedule_id)
    label = automation or old.automation
    started = automations.get(tx, workspace_id=workspace_id, label=label)
    values = _checked({name: getattr(old, name) for name in DEFAULTS} | _one_time(fields))
    if label == old.automation and not old.error and all(getattr(old, name) == value for name, value in values.items()):
        return old
    if "parameters" in fields or label != old.automation:
        parameters.accept(started.parameters, values["parameters"])
    tx.one(
        sql.update,
        workspace_id=workspace_id,
        schedule_id=schedule_id,
        automation=label,
        now=now,
        next_at=_next(values, now=now),
        **_columns(values),
    )
    changed = read(tx, workspace_id=workspace_id, schedule_id=schedule_id)
    _tell(tx, changed, "schedule.changed", actor=actor, now=now)
    return changed


def pause(tx: Tx, *, workspace_id: int, schedule_id: int, paused: bool, actor: str, now: int) -> Schedule:
    """Pause a schedule, or let it go on from now; what it would have fired meanwhile is not made up for."""
    return update(
        tx, workspace_id=workspace_id, schedule_id=schedule_id, fields={"active": not paused}, actor=actor, now=now
    )


def delete(tx: Tx, *, workspace_id: int, schedule_id: int, actor: str, now: int) -> None:
    """Delete a schedule; tasks that it started stay. Raises NotFound."""
    old = read(tx, workspace_id=workspace_id, schedule_id=schedule_id)
    tx.one(sql.delete, workspace_id=workspace_id, schedule_id=schedule_id)
    _tell(tx, old, "schedule.deleted", actor=actor, now=now)


def check_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given fields in the form in which they are stored. Raises Invalid."""
    checked = _checked({**DEFAULTS, **fields})
    return {name: checked[name] for name in fields}


def _one_time(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Let a new cron replace the moment, and a new moment the cron."""
    given = dict(fields)
    if given.get("cron") is not None:
        given.setdefault("once_at", None)
    elif given.get("once_at") is not None:
        given.setdefault("cron", None)
    return given


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    strange = values.keys() - DEFAULTS.keys()
    if strange:
        raise Invalid(f'A schedule has no "{min(strange)}".', hint=f"It has {', '.join(DEFAULTS)}.", field=min(strange))
    for name, choices in _CHOICES.items():
        if values[name] not in choices:
            raise Invalid(
                f'{name} is "{str(values[name])[:40]}".', hint=f"Use one of {', '.join(choices)}.", field=name
            )
    if (values["cron"] is None) == (values["once_at"] is None):
        raise Invalid("A schedule needs a cron expression or one moment.", hint="Give one of the two.", field="cron")
    if not isinstance(values["parameters"], dict):
        raise Invalid("The parameters are not an object.", hint="Send names and values.", field="parameters")
    _check_number(values["priority"], "priority", 0, 10, optional=True)
    _check_number(values["catch_up_cap"], "catch_up_cap", 1, 100)
    if values["cron"] is not None:
        values["cron"] = Cron(str(values["cron"]), str(values["timezone"])).expression
    else:
        Cron("* * * * *", str(values["timezone"]))
    values["name"] = text.name(values["name"], field="name") if values["name"] else ""
    values["strategy"] = text.prose(values["strategy"] or "", field="strategy", limit=1000)
    return values


def _check_number(value: Any, field: str, low: int, high: int, *, optional: bool = False) -> None:
    if optional and value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Invalid(f"{field} is {value!r}.", hint=f"Use a whole number from {low} to {high}.", field=field)


def _next(values: Mapping[str, Any], *, now: int) -> int | None:
    if not values["active"]:
        return None
    if values["cron"] is None:
        moment: int = values["once_at"]
        if moment <= now:
            raise Invalid("The moment has passed.", hint="Give one in the future, or run it now.", field="once_at")
        return moment
    following = Cron(values["cron"], values["timezone"]).after(now)
    if following is None:
        raise Invalid(f'"{values["cron"]}" never fires again.', hint="Check its year.", field="cron")
    return following


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    encoded = jsontext.encode(values["parameters"])
    if len(encoded) > MAX_PARAMETERS:
        raise Invalid(
            "The parameters are too large.", hint=f"Keep them under {MAX_PARAMETERS} bytes.", field="parameters"
        )
    return {**values, "parameters": encoded, "active": int(bool(values["active"]))}


def _tell(tx: Tx, schedule: Schedule, kind: str, *, actor: str, now: int) -> None:
    events.record(
        tx,
        workspace_id=schedule.workspace_id,
        kind=kind,
        entity="schedule",
        entity_id=str(schedule.id),
        actor=actor,
        now=now,
        data={"automation": schedule.automation, "cron": schedule.cron, "active": schedule.active},
    )
