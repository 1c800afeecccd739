"""Systems in a document: `{name, token, processes}`, and what else limits or widens what one may do.

Declaring a system is allowing it. One that an administrator has locked stays locked, unless the document says
`state: allowed`; its token becomes the one that is declared, and an earlier one ends at once.
"""

from __future__ import annotations

from typing import Any

from botyard.core import automations, systems
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.declare.source import Source
from botyard.core.systems import State, System
from botyard.storage import Tx

_KEYS = ("name", "token", "state", *systems.DEFAULTS)
_STATES = (State.ALLOWED.value, State.LOCKED.value)


def _read(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, dict):
        raise source.problem(path, "A system must hold keys and values.", "Write - {name: BPM, token: UUID}.")
    source.check_keys(entry, _KEYS, path)
    for key in ("name", "token"):
        if not isinstance(entry.get(key), str):
            raise source.problem(f"{path}.{key}", f"A system needs a {key}, which is a text.")
    if entry.get("state", _STATES[0]) not in _STATES:
        raise source.problem(f"{path}.state", "state must be allowed or locked.")
    name = source.checked(lambda: systems.checked_name(entry["name"]), path)
    token = source.checked(lambda: systems.checked_token(entry["token"]), path)
    given = {key: value for key, value in entry.items() if key in systems.DEFAULTS}
    fields = source.checked(lambda: systems.checked_fields(given), path)
    return Entry(name=name, fields={**fields, "token": token, "state": entry.get("state")}, path=path)


def _plan(tx: Tx, target: Target, entry: Entry) -> Change | None:
    _check_processes(tx, target, entry)
    present = systems.get_by_name(tx, workspace_id=target.workspace_id, name=entry.name)
    if present is None:
        fields = {name: (None, value) for name, value in _own(entry).items()}
        fields |= {"state": (None, entry.fields["state"] or State.ALLOWED.value), "token": (None, "a new value")}
        return Change(action="create", kind="system", name=entry.name, fields=fields)
    changed: dict[str, tuple[Any, Any]] = {
        name: (_plain(getattr(present, name)), value)
        for name, value in _own(entry).items()
        if _plain(getattr(present, name)) != value
    }
    state = _state(present, entry)
    if state != present.state:
        changed["state"] = (present.state.value, state.value)
    if not systems.holds_token(tx, system_id=present.id, token=entry.fields["token"], now=target.now):
        changed["token"] = ("another value", "a new value")
    return Change(action="update", kind="system", name=entry.name, fields=changed) if changed else None


def _write(tx: Tx, target: Target, entry: Entry, change: Change) -> None:
    target.source.checked(lambda: _written(tx, target, entry, change), entry.path)


def _written(tx: Tx, target: Target, entry: Entry, change: Change) -> None:
    by: dict[str, Any] = {"workspace_id": target.workspace_id, "actor": target.actor, "now": target.now}
    token = entry.fields["token"]
    if change.action == "create":
        made = systems.create(tx, name=entry.name, state=State.ALLOWED, token=token, fields=_own(entry), **by)
        if entry.fields["state"] == State.LOCKED:
            systems.lock(tx, system_id=made.id, **by)
        return
    present = systems.get_by_name(tx, workspace_id=target.workspace_id, name=entry.name)
    if present is None:
        return
    if change.fields.keys() - {"state", "token"}:
        systems.update(tx, system_id=present.id, fields=_own(entry), **by)
    if "token" in change.fields:
        systems.rotate(tx, system_id=present.id, token=token, **by)
    if "state" in change.fields:
        decide = systems.lock if _state(present, entry) is State.LOCKED else systems.allow
        decide(tx, system_id=present.id, **by)


def _state(present: System, entry: Entry) -> State:
    """Return what the system is to be: what is declared, else allowed, but for a lock that somebody set."""
    if entry.fields["state"] is not None:
        return State(entry.fields["state"])
    return State.LOCKED if present.state is State.LOCKED else State.ALLOWED


def _own(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.fields.items() if name in systems.DEFAULTS}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _check_processes(tx: Tx, target: Target, entry: Entry) -> None:
    """Raise Invalid for an automation that neither the workspace nor the document has."""
    for number, label in enumerate(entry.fields.get("processes") or ()):
        if label not in target.declared["automations"] and (
            automations.find(tx, workspace_id=target.workspace_id, label=label) is None
        ):
            raise target.source.problem(f"{entry.path}.processes[{number}]", f'There is no automation "{label[:80]}".')


SECTION = Section("systems", _read, _plan, _write)
