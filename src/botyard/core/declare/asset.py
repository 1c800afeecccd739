"""Assets in a document: `{name, type, value}`, or `{name, type: credential, username, password}`, each in a folder."""

from __future__ import annotations

from typing import Any

from botyard.core import assets, folders
from botyard.core.assets import NewAsset
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.declare.source import Source
from botyard.storage import Tx

_KEYS = ("name", "type", "value", "username", "password", "folder", "description")


def _read(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, dict):
        raise source.problem(path, "An asset must hold keys and values.", "Write - {name: A, type: text, value: x}.")
    source.check_keys(entry, _KEYS, path)
    for key in ("name", "type"):
        if not isinstance(entry.get(key), str):
            raise source.problem(f"{path}.{key}", f"An asset needs a {key}, which is a text.")
    asset = source.checked(lambda: assets.checked(**entry), path)
    name = asset.name if asset.folder == folders.DEFAULT else f"{asset.name} in {asset.folder}"
    return Entry(name=name, fields={"asset": asset}, path=path)


def _plan(tx: Tx, target: Target, entry: Entry) -> Change | None:
    """Return what changes: values that lie open, and of secrets only that they do."""
    asset: NewAsset = entry.fields["asset"]
    _check_folder(tx, target, entry, asset)
    present = assets.find(tx, workspace_id=target.workspace_id, name=asset.name, folder=asset.folder)
    if present is None:
        fields = {name: (None, _shown(asset, name)) for name in ("type", "value", "username", "secret")}
        given = {name: pair for name, pair in fields.items() if pair[1] is not None}
        return Change(action="create", kind="asset", name=entry.name, fields=given)
    if present.type != asset.type:
        raise target.source.problem(
            f"{entry.path}.type",
            f"The asset is of the type {present.type}, which stays.",
            "Delete it first, or use another name.",
        )
    differing = assets.differs(tx, root_keys=target.root_keys, workspace_id=target.workspace_id, asset=asset)
    changed: dict[str, tuple[Any, Any]] = {
        name: (f"version {present.version}" if name == "secret" else getattr(present, name), _shown(asset, name))
        for name in differing
    }
    return Change(action="update", kind="asset", name=entry.name, fields=changed) if changed else None


def _shown(asset: NewAsset, name: str) -> Any:
    if name == "secret":
        return None if asset.secret is None else "a new value"
    return getattr(asset, name)


def _check_folder(tx: Tx, target: Target, entry: Entry, asset: NewAsset) -> None:
    """Raise Invalid for a folder that neither the workspace nor the document has."""
    if asset.folder in target.declared.get("folders", ()):
        return
    known = folders.search(tx, workspace_id=target.workspace_id)
    if asset.folder not in [each.name for each in known]:
        raise target.source.problem(
            f"{entry.path}.folder", f'"{asset.folder[:80]}" does not exist.', "Declare it under folders."
        )


def _write(tx: Tx, target: Target, entry: Entry, change: Change) -> None:
    write = assets.create if change.action == "create" else assets.update
    write(
        tx,
        root_keys=target.root_keys,
        workspace_id=target.workspace_id,
        asset=entry.fields["asset"],
        actor=target.actor,
        now=target.now,
    )


SECTION = Section("assets", _read, _plan, _write)
