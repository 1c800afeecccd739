"""Queues in a document: their fields, with times as `30s`, `5m`, `24h` or `2d`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from botyard.base import text
from botyard.core import automations, queues
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.declare.source import Source
from botyard.storage import Tx

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"([0-9]{1,9})([smhd])")
#: Key in a document → field of the queue, in seconds.
_DURATIONS = {"lease": "lease_seconds", "retry_delay": "retry_delay_seconds"}
_PLAIN = (
    "name", "folder", "automation", "policy", "trigger", "auto_retry", "max_retries", "retry_business",
    "abort_on_error", "max_errors", "unique_scope", "schema", "active",
)  # fmt: skip
_KEYS = ("label", *_PLAIN, *_DURATIONS, "time_limit")


def _read(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, dict):
        raise source.problem(path, "A queue must hold keys and values.", "Write - label: NAME.")
    source.check_keys(entry, _KEYS, path)
    if not isinstance(entry.get("label"), str):
        raise source.problem(f"{path}.label", "A queue needs a label, which is a text.")
    label = source.checked(lambda: text.label(entry["label"]), path)
    given = {key: value for key, value in entry.items() if key in _PLAIN}
    for key, field in _DURATIONS.items():
        if key in entry:
            given[field] = _seconds(entry[key], f"{path}.{key}", source)
    if "time_limit" in entry:
        seconds = _seconds(entry["time_limit"], f"{path}.time_limit", source)
        given |= {"time_limit_on": seconds > 0, "time_limit_minutes": -(-seconds // 60)}
    return Entry(name=label, fields=source.checked(lambda: queues.checked(given), path), path=path)


def _seconds(value: Any, path: str, source: Source) -> int:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None and value != 0:
        raise source.problem(path, f"{ascii(value)[:80]} is not a length of time.", "Write it as 30s, 5m, 24h or 2d.")
    return int(match[1]) * _UNITS[match[2]] if match else 0


def _plan(tx: Tx, target: Target, entry: Entry) -> Change | None:
    present = queues.find(tx, workspace_id=target.workspace_id, label=entry.name)
    standing = queues.DEFAULTS if present is None else msgspec.structs.asdict(present)
    _check_trigger(tx, target, entry, {**standing, **entry.fields})
    if present is None:
        fields = {name: (None, msgspec.to_builtins(value)) for name, value in entry.fields.items()}
        return Change(action="create", kind="queue", name=entry.name, fields=fields)
    fields = {
        name: (msgspec.to_builtins(standing[name]), msgspec.to_builtins(value))
        for name, value in entry.fields.items()
        if standing[name] != value
    }
    return Change(action="update", kind="queue", name=entry.name, fields=fields) if fields else None


def _check_trigger(tx: Tx, target: Target, entry: Entry, wanted: Mapping[str, Any]) -> None:
    """Raise Invalid when a trigger would start what neither the workspace nor the document has."""
    label = wanted["automation"]
    if wanted["trigger"] == "never" or label in target.declared.get("automations", ()):
        return
    if label is None or automations.find(tx, workspace_id=target.workspace_id, label=label) is None:
        raise target.source.problem(
            f"{entry.path}.automation",
            "A trigger needs an automation." if label is None else f'Automation "{label[:80]}" does not exist.',
            "Declare it under automations, or correct the label.",
        )


def _write(tx: Tx, target: Target, entry: Entry, change: Change) -> None:
    write = queues.create if change.action == "create" else queues.update
    fields = {name: after for name, (_, after) in change.fields.items()}
    write(tx, workspace_id=target.workspace_id, label=entry.name, actor=target.actor, now=target.now, **fields)


SECTION = Section("queues", _read, _plan, _write)
