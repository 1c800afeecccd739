"""Schedules in a document: `{automation, cron | once_at, timezone, overlap, catch_up, ...}`.

A schedule has no name that must be given: it is known by its automation and its `name`, or without one by its
automation, time and zone. So changing the policy of a schedule changes it, and another time makes another schedule.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from botyard.base import clock
from botyard.core import automations, schedules
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.declare.source import Source
from botyard.core.schedules import Schedule
from botyard.storage import Tx

_KEYS = (
    "automation",
    "name",
    "cron",
    "once_at",
    "timezone",
    "overlap",
    "catch_up",
    "catch_up_cap",
    "parameters",
    "priority",
    "active",
)
_TEXTS = ("automation", "name", "cron", "timezone", "overlap", "catch_up")


def _read(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, dict):
        raise source.problem(
            path, "A schedule must hold keys and values.", 'Write - {automation: A, cron: "0 2 * * *"}.'
        )
    source.check_keys(entry, _KEYS, path)
    if not isinstance(entry.get("automation"), str):
        raise source.problem(f"{path}.automation", "A schedule needs the label of an automation.")
    for key in _TEXTS:
        if not isinstance(entry.get(key, ""), str):
            raise source.problem(f"{path}.{key}", f"{key} must be a text.", 'Put it in quotes: "0 2 * * *".')
    if not isinstance(entry.get("active", True), bool):
        raise source.problem(f"{path}.active", "active must be true or false.")
    fields = {key: value for key, value in entry.items() if key != "automation"}
    if "once_at" in fields:
        fields["once_at"] = source.checked(lambda: _moment(fields["once_at"]), f"{path}.once_at")
    fields = source.checked(lambda: schedules.check_fields(fields), path)
    return Entry(
        name=_name(entry["automation"], fields), fields={**fields, "automation": entry["automation"]}, path=path
    )


def _moment(value: Any) -> int:
    # YAML reads an unquoted date and time as one already.
    return clock.from_datetime(value) if hasattr(value, "tzinfo") else clock.parse(value)


def _name(automation: str, fields: dict[str, Any]) -> str:
    when = fields.get("name") or f"{fields.get('cron') or fields.get('once_at')} {fields.get('timezone', 'UTC')}"
    return f"{automation} {when}"


def _plan(tx: Tx, target: Target, entry: Entry) -> Change | None:
    label = entry.fields["automation"]
    if label not in target.declared["automations"] and (
        automations.find(tx, workspace_id=target.workspace_id, label=label) is None
    ):
        raise target.source.problem(f"{entry.path}.automation", f'There is no automation "{label[:80]}".')
    present = _present(tx, target, entry)
    if present is None:
        fields = {key: (None, value) for key, value in _given(entry).items()}
        return Change(action="create", kind="schedule", name=entry.name, fields=fields)
    differing = {key: value for key, value in _given(entry).items() if getattr(present, key) != value}
    if not differing or _is_over(present, differing):
        return None
    fields = {key: (getattr(present, key), value) for key, value in differing.items()}
    return Change(action="update", kind="schedule", name=entry.name, fields=fields)


def _is_over(present: Schedule, differing: dict[str, Any]) -> bool:
    """Whether the one moment has passed and was fired: then it is done, not paused."""
    return present.cron is None and present.last_at is not None and differing.keys() == {"active"}


def _given(entry: Entry) -> dict[str, Any]:
    return {key: value for key, value in entry.fields.items() if key != "automation"}


def _present(tx: Tx, target: Target, entry: Entry) -> Schedule | None:
    fields = _given(entry)
    keys = ("name",) if fields.get("name") else ("cron", "once_at")
    key = {name: fields.get(name) for name in keys}
    if "cron" in key:
        key["timezone"] = fields.get("timezone", "UTC")
    return schedules.find_same(tx, workspace_id=target.workspace_id, automation=entry.fields["automation"], key=key)


def _write(tx: Tx, target: Target, entry: Entry, change: Change) -> None:
    label, fields = entry.fields["automation"], _given(entry)
    if change.action == "create":
        make = partial(schedules.create, tx, automation=label, fields=fields, **_by(target))
        target.source.checked(make, entry.path)
        return
    present = _present(tx, target, entry)
    if present is not None:
        change_it = partial(schedules.update, tx, schedule_id=present.id, fields=fields, **_by(target))
        target.source.checked(change_it, entry.path)


def _by(target: Target) -> dict[str, Any]:
    return {"workspace_id": target.workspace_id, "actor": target.actor, "now": target.now}


SECTION = Section("schedules", _read, _plan, _write)
