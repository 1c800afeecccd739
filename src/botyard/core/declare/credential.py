"""Credentials in a document: `{label, folder, secrets: {key: value}}`; keys that it does not mention stay."""

from __future__ import annotations

from typing import Any

from botyard.base import text
from botyard.core import credentials
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.declare.source import Source
from botyard.storage import Tx

_KEYS = ("label", "folder", "secrets")


def _read(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, dict):
        raise source.problem(path, "A credential must hold keys and values.", "Write - {label: NAME, secrets: {}}.")
    source.check_keys(entry, _KEYS, path)
    if not isinstance(entry.get("label"), str):
        raise source.problem(f"{path}.label", "A credential needs a label, which is a text.")
    if not isinstance(entry.get("folder"), str | None):
        raise source.problem(f"{path}.folder", "A folder must be a name, which is a text.")
    secrets = entry.get("secrets", {})
    if not isinstance(secrets, dict):
        raise source.problem(f"{path}.secrets", "Secrets must be keys with values.", "Write secrets: {user: NAME}.")
    fields = {
        "secrets": source.checked(lambda: credentials.checked_secrets(secrets.items()), path),
        "folder": source.checked(lambda: _folder(entry.get("folder")), path),
    }
    return Entry(name=source.checked(lambda: credentials.check_label(entry["label"]), path), fields=fields, path=path)


def _folder(name: str | None) -> str | None:
    return None if name is None else text.name(name, field="folder", limit=100)


def _plan(tx: Tx, target: Target, entry: Entry) -> Change | None:
    """Return which keys change and their versions before and after, never a value."""
    present = credentials.find(tx, workspace_id=target.workspace_id, label=entry.name)
    differing = credentials.differs(
        tx,
        root_keys=target.root_keys,
        workspace_id=target.workspace_id,
        label=entry.name,
        secrets=entry.fields["secrets"],
    )
    folder, before = entry.fields["folder"], present.folder if present else None
    fields: dict[str, tuple[Any, Any]] = {} if folder in (None, before) else {"folder": (before, folder)}
    fields |= {
        f"secrets.{name}": (version and f"version {version}", f"version {(version or 0) + 1}")
        for name, version in differing.items()
    }
    if present is not None and not fields:
        return None
    return Change(action="create" if present is None else "update", kind="credential", name=entry.name, fields=fields)


def _write(tx: Tx, target: Target, entry: Entry, change: Change) -> None:
    given = {
        "root_keys": target.root_keys,
        "workspace_id": target.workspace_id,
        "label": entry.name,
        "secrets": entry.fields["secrets"],
        "folder": entry.fields["folder"],
        "actor": target.actor,
        "now": target.now,
    }
    if change.action == "create":
        credentials.create(tx, **given)
    else:
        credentials.replace(tx, **given, keep_others=True)


SECTION = Section("credentials", _read, _plan, _write)
