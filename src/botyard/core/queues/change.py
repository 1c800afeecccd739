"""Create queues, change their rules, switch them on and off, delete them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from botyard.base import text
from botyard.base.exceptions import AlreadyExists, Invalid, NotFound, closest
from botyard.core import events
from botyard.core.queues.model import DEFAULTS, Field, Queue
from botyard.core.queues.read import get
from botyard.core.queues.statements import listed, queue_event, sql
from botyard.storage import Tx

MAX_FIELDS = 100
_FLAGS = ("auto_retry", "retry_business", "abort_on_error", "time_limit_on", "active")


def create(tx: Tx, /, *, workspace_id: int, label: str, actor: str, now: int, **fields: Any) -> Queue:
    """Create a queue; `fields` are its name and what DEFAULTS lists.

    Raises AlreadyExists for a label in use, also one of a deleted queue, Invalid naming the field at fault, and
    NotFound for an automation that a trigger could not start.
    """
    label = text.label(label)
    used = tx.one(sql.label_used, workspace_id=workspace_id, label=label)
    if used is not None:
        gone = used["deleted_at"] is not None
        raise AlreadyExists(
            f'A queue "{label}" existed and was deleted.' if gone else f'Queue "{label}" exists already.',
            hint="Labels are never used again: choose another one." if gone else "Choose another label.",
            field="label",
        )
    values = {"name": label, **DEFAULTS, **checked(fields)}
    _check_trigger(tx, workspace_id, values)
    row = tx.one(sql.insert_queue, workspace_id=workspace_id, label=label, now=now, **_stored(values))
    queue = Queue.from_row(row or {})
    events.record_many(tx, [queue_event("queue.created", queue=queue, actor=actor)], now=now)
    return queue


def update(tx: Tx, /, *, workspace_id: int, label: str, actor: str, now: int, **changes: Any) -> Queue:
    """Change a queue's name and rules; what is not given stays. Items in it follow the new rules at once.

    Activating counts errors in a row anew. Raises NotFound, Invalid as create does.
    """
    changes = checked(changes)
    tx.all(sql.lock_queues, ids=listed([get(tx, workspace_id=workspace_id, label=label).id]))
    queue = get(tx, workspace_id=workspace_id, label=label)
    before = {name: getattr(queue, name) for name in ("name", *DEFAULTS)}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    if not changed:
        return queue
    values = {**before, **changed}
    if {"trigger", "automation"} & changed.keys():
        _check_trigger(tx, workspace_id, values)
    errors = 0 if changed.get("active") else queue.consecutive_errors
    row = tx.one(sql.update_queue, id=queue.id, now=now, consecutive_errors=errors, **_stored(values))
    after = Queue.from_row(row or {})
    _tell(tx, after, before, changed, actor=actor, now=now)
    return after


def activate(tx: Tx, *, workspace_id: int, label: str, actor: str, now: int) -> Queue:
    """Let a queue hand out items again, and count errors in a row anew. Raises NotFound."""
    return update(tx, workspace_id=workspace_id, label=label, actor=actor, now=now, active=True)


def deactivate(tx: Tx, *, workspace_id: int, label: str, actor: str, now: int) -> Queue:
    """Stop handing out items; they may still be pushed and reported on. Raises NotFound."""
    return update(tx, workspace_id=workspace_id, label=label, actor=actor, now=now, active=False)


def delete(tx: Tx, *, workspace_id: int, label: str, actor: str, now: int) -> None:
    """Delete a queue: neither it nor its items are shown or handed out any more, and its label stays used.

    Raises NotFound.
    """
    queue = get(tx, workspace_id=workspace_id, label=label)
    tx.one(sql.delete_queue, id=queue.id, now=now)
    events.record_many(tx, [queue_event("queue.deleted", queue=queue, actor=actor)], now=now)
    tx.wake(f"queue:{queue.id}")


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a queue in the form they are stored in. Raises Invalid naming the field at fault."""
    for field in values:
        if field not in _CHECKS:
            raise Invalid(
                f'A queue has no field "{str(field)[:80]}".',
                hint=closest(str(field), list(_CHECKS)) or f"Its fields are {', '.join(_CHECKS)}.",
                field=str(field)[:80],
            )
    return {field: _CHECKS[field](value) for field, value in values.items()}


def _check_trigger(tx: Tx, workspace_id: int, values: Mapping[str, Any]) -> None:
    if values["trigger"] == "never":
        return
    if values["automation"] is None:
        raise Invalid(
            "A trigger needs an automation to start.", hint="Name one, or set the trigger to never.", field="automation"
        )
    if tx.one(sql.automation_exists, workspace_id=workspace_id, label=values["automation"]) is None:
        raise NotFound(
            f'Automation "{values["automation"][:100]}" does not exist.',
            hint="A trigger can only start one that exists.",
            code="unknown_automation",
            field="automation",
        )


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    stored = {name: int(value) if name in _FLAGS else value for name, value in values.items()}
    stored["schema"] = msgspec.json.encode(values["schema"]).decode()
    return stored


def _tell(tx: Tx, queue: Queue, before: Mapping[str, Any], changed: Mapping[str, Any], *, actor: str, now: int) -> None:
    told = []
    if "active" in changed:
        kind = "queue.activated" if queue.active else "queue.deactivated"
        told.append(queue_event(kind, queue=queue, actor=actor))
    rules = {
        name: [msgspec.to_builtins(before[name]), msgspec.to_builtins(value)]
        for name, value in changed.items()
        if name != "active"
    }
    if rules:
        told.append(queue_event("queue.updated", queue=queue, actor=actor, data={"changes": rules}))
    events.record_many(tx, told, now=now)
    tx.wake(f"queue:{queue.id}")


def _name_of(field: str, limit: int = text.MAX_NAME) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise Invalid(f"{field} must be a text.", field=field)
        return text.name(value, field=field, limit=limit)

    return check


def _flag(field: str) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise Invalid(f"{field} must be true or false.", field=field)
        return value

    return check


def _between(low: int, high: int, field: str) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Invalid(
                f"{field} cannot be {ascii(value)[:80]}.",
                hint=f"Use a whole number from {low} to {high}.",
                field=field,
            )
        return value

    return check


def _one_of(choices: tuple[str | None, ...], field: str) -> Callable[[Any], str | None]:
    def check(value: Any) -> str | None:
        if not isinstance(value, str | None) or value not in choices:
            raise Invalid(
                f"{field} cannot be {ascii(value)[:80]}.",
                hint=f"Use one of {', '.join(filter(None, choices))}.",
                field=field,
            )
        return value

    return check


def _automation(value: Any) -> str | None:
    return None if value is None else _name_of("automation", 100)(value)


def _schema(value: Any) -> list[Field]:
    if not isinstance(value, list) or len(value) > MAX_FIELDS:
        raise Invalid(
            f"The schema must be a list of at most {MAX_FIELDS} fields.",
            hint="Write each as {label: invoice, type: text, unique: true, display: false}.",
            field="schema",
        )
    try:
        fields = msgspec.convert(msgspec.to_builtins(value), list[Field])
    except (msgspec.ValidationError, TypeError) as error:
        raise Invalid(
            f"The schema is wrong: {error}.",
            hint="Write each field as {label: invoice, type: text, unique: true, display: false}.",
            field="schema",
        ) from None
    return [_field(field, number) for number, field in enumerate(fields)]


def _field(field: Field, number: int) -> Field:
    return Field(
        label=text.name(field.label, field=f"schema[{number}].label"),
        type=text.name(field.type, field=f"schema[{number}].type", limit=50),
        unique=field.unique,
        display=field.display,
    )


_CHECKS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "name": _name_of("name"),
        "folder": _name_of("folder", 100),
        "automation": _automation,
        "policy": _one_of(("fifo", "lifo"), "policy"),
        "trigger": _one_of(("always", "no_task_active", "never"), "trigger"),
        "max_retries": _between(0, 1000, "max_retries"),
        "retry_delay_seconds": _between(0, 366 * 86_400, "retry_delay_seconds"),
        "max_errors": _between(0, 1_000_000, "max_errors"),
        "time_limit_minutes": _between(0, 527_040, "time_limit_minutes"),
        "lease_seconds": _between(1, 366 * 86_400, "lease_seconds"),
        "unique_scope": _one_of((None, "pending", "always"), "unique_scope"),
        "schema": _schema,
        **{flag: _flag(flag) for flag in _FLAGS},
    }
)
