"""Comparing a document with a workspace, and making the workspace agree."""

from __future__ import annotations

from botyard.core.declare.document import SECTIONS, Document
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.vault import RootKeys
from botyard.storage import Tx


def plan(tx: Tx, *, workspace_id: int, document: Document, root_keys: RootKeys) -> list[Change]:
    """Return what applying the document would change, in the order of writing, and change nothing."""
    target = _target(workspace_id, document, root_keys, actor="", now=0)
    return [change for _, _, change in _differences(tx, document, target)]


def apply(tx: Tx, *, workspace_id: int, document: Document, root_keys: RootKeys, actor: str, now: int) -> list[Change]:
    """Make the workspace agree with the document and return what was changed; all of it or nothing."""
    target = _target(workspace_id, document, root_keys, actor=actor, now=now)
    differences = _differences(tx, document, target)
    for section, entry, change in differences:
        section.write(tx, target, entry, change)
    return [change for _, _, change in differences]


def _differences(tx: Tx, document: Document, target: Target) -> list[tuple[Section, Entry, Change]]:
    return [
        (section, entry, change)
        for section in SECTIONS
        for entry in document.entries[section.key]
        if (change := section.plan(tx, target, entry)) is not None
    ]


def _target(workspace_id: int, document: Document, root_keys: RootKeys, *, actor: str, now: int) -> Target:
    declared = {key: frozenset(entry.name for entry in entries) for key, entries in document.entries.items()}
    actions = frozenset(action.slug for entry in document.entries["apps"] for action in entry.fields["actions"])
    return Target(
        workspace_id=workspace_id,
        source=document.source,
        declared={**declared, "automations": declared["automations"] | actions},
        root_keys=root_keys,
        actor=actor,
        now=now,
    )
