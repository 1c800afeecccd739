"""Folders in a document: names, `[Finance, Sales]`."""

from __future__ import annotations

from typing import Any

from botyard.core import folders
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.declare.source import Source
from botyard.storage import Tx


def _read(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, str):
        raise source.problem(path, "A folder must be a name, which is a text.", "Write - Finance.")
    return Entry(name=source.checked(lambda: folders.check_name(entry), path), fields={}, path=path)


def _plan(tx: Tx, target: Target, entry: Entry) -> Change | None:
    known = folders.search(tx, workspace_id=target.workspace_id)
    if entry.name == folders.DEFAULT or any(each.declared and each.name == entry.name for each in known):
        return None
    return Change(action="create", kind="folder", name=entry.name, fields={})


def _write(tx: Tx, target: Target, entry: Entry, _: Change) -> None:
    folders.create(tx, workspace_id=target.workspace_id, name=entry.name, actor=target.actor, now=target.now)


SECTION = Section("folders", _read, _plan, _write)
