"""Automations in a document."""

from __future__ import annotations

from typing import Any

from botyard.core import assets, automations, credentials, queues
from botyard.core.declare import notify
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.declare.source import Source
from botyard.storage import Tx

_KEYS = (
    "label",
    "name",
    "description",
    "folder",
    "runner_label",
    "priority",
    "max_attempts",
    "on_lost",
    "grace_seconds",
    "parameters",
    "uses",
    "notify",
)


def _read(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, dict):
        raise source.problem(path, "An automation must hold keys and values.", "Write - label: NAME.")
    source.check_keys(entry, _KEYS, path)
    if not isinstance(entry.get("label"), str):
        raise source.problem(f"{path}.label", "An automation needs a label, which is a text.")
    label = source.checked(lambda: automations.check_label(entry["label"]), path)
    given = {key: value for key, value in entry.items() if key not in ("label", "notify")}
    fields = source.checked(lambda: automations.checked_fields(given), path)
    if "notify" in entry:
        fields["notify"] = notify.read(entry["notify"], f"{path}.notify", source)
    return Entry(name=label, fields=fields, path=path)


def _plan(tx: Tx, target: Target, entry: Entry) -> Change | None:
    _check_uses(tx, target, entry)
    present = automations.find(tx, workspace_id=target.workspace_id, label=entry.name)
    own = {name: value for name, value in entry.fields.items() if name != "notify"}
    told = notify.plan(tx, target, entry)
    if present is None:
        fields = {name: (None, value) for name, value in own.items()}
        return Change(action="create", kind="automation", name=entry.name, fields=fields | told)
    fields = {name: (getattr(present, name), value) for name, value in own.items() if getattr(present, name) != value}
    return Change(action="update", kind="automation", name=entry.name, fields=fields | told) if fields | told else None


def _check_uses(tx: Tx, target: Target, entry: Entry) -> None:
    """Raise Invalid when the automation uses what neither the workspace nor the document has."""
    finders = {"assets": assets.in_use, "credentials": credentials.find, "queues": queues.find}
    for kind, labels in (entry.fields.get("uses") or {}).items():
        for number, label in enumerate(labels):
            if _is_declared(target, kind, label):
                continue
            if finders[kind](tx, workspace_id=target.workspace_id, label=label) is None:
                raise target.source.problem(
                    f"{entry.path}.uses.{kind}[{number}]",
                    f'"{label[:80]}" does not exist.',
                    f"Declare it under {kind}, or correct the label.",
                )


def _is_declared(target: Target, kind: str, label: str) -> bool:
    names = target.declared.get(kind, frozenset())
    # An asset of another folder than DEFAULT is declared as "NAME in FOLDER".
    return label in names or (kind == "assets" and any(name.startswith(f"{label} in ") for name in names))


def _write(tx: Tx, target: Target, entry: Entry, change: Change) -> None:
    write = automations.create if change.action == "create" else automations.update
    write(
        tx,
        workspace_id=target.workspace_id,
        label=entry.name,
        fields={name: after for name, (_, after) in change.fields.items() if name != "notify"},
        actor=target.actor,
        now=target.now,
    )
    if "notify" in change.fields:
        notify.write(tx, target, entry)


SECTION = Section("automations", _read, _plan, _write)
