"""Register systems, change them, and give them other tokens."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import AlreadyExists, Invalid, closest
from botyard.core import access, automations, events
from botyard.core.access import tokens
from botyard.core.systems.known import TOPIC
from botyard.core.systems.model import (
    DEFAULTS,
    DIALECT,
    NewSystem,
    System,
    checked_fields,
    checked_name,
    checked_token,
    new_token,
)
from botyard.core.systems.search import PURPOSE, get, get_by_name, sql
from botyard.core.systems.states import State
from botyard.storage import Tx

_COLUMNS = ("processes", "networks", "file_hosts")


def create(
    tx: Tx,
    *,
    workspace_id: int,
    name: str,
    actor: str,
    now: int,
    state: State = State.REQUEST,
    token: str | None = None,
    expires_at: int | None = None,
    fields: Mapping[str, Any] | None = None,
) -> NewSystem:
    """Register a system with a token of its own, or the one given; `fields` are some of DEFAULTS.

    Only an administrator may make it allowed at once. Raises AlreadyExists for a name or a token that is taken.
    """
    values = {**DEFAULTS, **checked_fields(fields or {})}
    _check_processes(tx, workspace_id, values["processes"])
    decided = state is not State.REQUEST
    row = tx.one(
        sql.create,
        id=str(uuid.uuid4()),
        workspace_id=workspace_id,
        name=checked_name(name),
        state=state,
        actor=actor,
        now=now,
        decided_at=now if decided else None,
        decided_by=actor if decided else None,
        **_columns(values),
    )
    if row is None:
        raise AlreadyExists(
            f'There is a system called "{name[:100]}".', hint="Choose another name, or rotate its token.", field="name"
        )
    made = get(tx, workspace_id=workspace_id, system_id=row["id"])
    given = _add_token(tx, made, token, expires_at=expires_at, now=now)
    kind = "system.allowed" if state is State.ALLOWED else "system.requested"
    tell(tx, made, kind, actor=actor, now=now)
    tx.wake(access.DIALECTS_TOPIC)
    return NewSystem(system=made, token=given)


def connect(tx: Tx, *, workspace_id: int, name: str | None, expires_at: int | None, actor: str, now: int) -> NewSystem:
    """Make a system that is allowed at once; without a name it gets one that is free. Raises what `create` raises."""
    return create(
        tx,
        workspace_id=workspace_id,
        name=_free_name(tx, workspace_id=workspace_id) if name is None else name,
        state=State.ALLOWED,
        expires_at=expires_at,
        actor=actor,
        now=now,
    )


def _free_name(tx: Tx, *, workspace_id: int) -> str:
    number, wanted = 1, DIALECT
    while get_by_name(tx, workspace_id=workspace_id, name=wanted) is not None:
        number += 1
        wanted = f"{DIALECT}-{number}"
    return wanted


def update(
    tx: Tx, *, workspace_id: int, system_id: str, fields: Mapping[str, Any], actor: str, now: int, name: Any = None
) -> System:
    """Change the given fields and no other. Raises NotFound, Invalid, and AlreadyExists for a name that is taken."""
    present = get(tx, workspace_id=workspace_id, system_id=system_id)
    values = checked_fields(fields)
    if "processes" in values:
        _check_processes(tx, workspace_id, values["processes"])
    kept = {field: getattr(present, field) for field in DEFAULTS}
    new_name = present.name if name is None else checked_name(name)
    other = get_by_name(tx, workspace_id=workspace_id, name=new_name)
    if other is not None and other.id != present.id:
        raise AlreadyExists(f'There is a system called "{new_name}".', hint="Choose another name.", field="name")
    row = tx.one(
        sql.update,
        workspace_id=workspace_id,
        id=present.id,
        name=new_name,
        actor=actor,
        now=now,
        **_columns({**kept, **values}),
    )
    changed = get(tx, workspace_id=workspace_id, system_id=row["id"] if row else present.id)
    tell(tx, changed, "system.updated", actor=actor, now=now, data={"fields": sorted(values)})
    return changed


def rotate(
    tx: Tx,
    *,
    workspace_id: int,
    system_id: str,
    actor: str,
    now: int,
    overlap: int = 0,
    token: str | None = None,
    expires_at: int | None = None,
) -> NewSystem:
    """Give a system another token, a new one or the one given; the earlier one ends after `overlap` microseconds.

    Raises NotFound, and AlreadyExists for a token that another system has.
    """
    system = get(tx, workspace_id=workspace_id, system_id=system_id)
    tx.run(sql.end_tokens, system_id=system.id, until=now + overlap)
    tx.run(sql.drop_tokens, system_id=system.id, now=now)
    given = _add_token(tx, system, token, expires_at=expires_at, now=now)
    tell(tx, system, "system.rotated", actor=actor, now=now, data={"overlap_seconds": overlap // 1_000_000})
    return NewSystem(system=system, token=given)


def tell(tx: Tx, system: System, kind: str, *, actor: str, now: int, data: Mapping[str, Any] | None = None) -> None:
    """Record what happened to a system, and let every server forget what it knew of it."""
    events.record(
        tx,
        workspace_id=system.workspace_id,
        kind=kind,
        entity="system",
        entity_id=system.id,
        actor=actor,
        now=now,
        data={"name": system.name, **(data or {})},
    )
    tx.wake(TOPIC)


def _add_token(tx: Tx, system: System, token: str | None, *, expires_at: int | None, now: int) -> str:
    given = new_token() if token is None else checked_token(token)
    if expires_at is not None and expires_at <= now:
        raise Invalid("The token would have expired already.", hint="Give a later time.", field="expires")
    hashes = tokens.signatures(PURPOSE, given)
    tx.run(sql.drop_same_token, system_id=system.id, hashes=jsontext.encode(hashes))
    taken = tx.one(sql.taken, hashes=jsontext.encode(hashes))
    row = None
    if taken is None:
        row = tx.one(sql.add_token, token_hash=hashes[0], system_id=system.id, now=now, expires_at=expires_at)
    if row is None:
        raise AlreadyExists(
            "Another system has this token.", hint="Use a token of its own, made at random.", field="token"
        )
    return given


def _check_processes(tx: Tx, workspace_id: int, labels: list[str] | None) -> None:
    """Raise Invalid for a label that no automation of the workspace has."""
    if not labels:
        return
    known = automations.labels(tx, workspace_id=workspace_id)
    for number, label in enumerate(labels):
        if label not in known and automations.find(tx, workspace_id=workspace_id, label=label) is None:
            raise Invalid(
                f'There is no automation "{label[:100]}".', hint=closest(label, known), field=f"processes[{number}]"
            )


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(values)
    for name in _COLUMNS:
        columns[name] = None if values[name] is None else jsontext.encode(list(values[name]))
    columns["reads_all"], columns["private_targets"] = int(values["reads_all"]), int(values["private_targets"])
    return columns
