"""Comparing a document with a workspace, and making the workspace agree."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from botyard.core import automations
from botyard.core.declare.document import DeclaredAutomation, Document
from botyard.storage import Tx


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference; `fields` maps each field to its value before and after, both as they are stored."""

    action: Literal["create", "update"]
    kind: str
    name: str
    fields: dict[str, tuple[Any, Any]]


def plan(tx: Tx, *, workspace_id: int, document: Document) -> list[Change]:
    """Return what applying the document would change, in its order, and change nothing."""
    changes = (_difference(tx, workspace_id, declared) for declared in document.automations)
    return [change for change in changes if change is not None]


def apply(tx: Tx, *, workspace_id: int, document: Document, actor: str, now: int) -> list[Change]:
    """Make the workspace agree with the document and return what was changed; all of it or nothing."""
    changes = plan(tx, workspace_id=workspace_id, document=document)
    for change in changes:
        fields = {name: after for name, (_, after) in change.fields.items()}
        write = automations.create if change.action == "create" else automations.update
        write(
            tx,
            workspace_id=workspace_id,
            label=change.name,
            fields=fields,
            actor=actor,
            now=now,
        )
    return changes


def _difference(tx: Tx, workspace_id: int, declared: DeclaredAutomation) -> Change | None:
    present = automations.find(tx, workspace_id=workspace_id, label=declared.label)
    if present is None:
        fields = {name: (None, value) for name, value in declared.fields.items()}
        return Change(action="create", kind="automation", name=declared.label, fields=fields)
    fields = {
        name: (getattr(present, name), value)
        for name, value in declared.fields.items()
        if getattr(present, name) != value
    }
    return Change(action="update", kind="automation", name=declared.label, fields=fields) if fields else None
