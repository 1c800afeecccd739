"""What the page of an app shows: its actions, accounts and files, and what its actions notified about."""

from __future__ import annotations

from typing import Any

from botyard.console.filters import address
from botyard.console.pages.action import TYPES
from botyard.console.wording import count_of
from botyard.core import actions, alerts, appfiles, apps, integrations
from botyard.core.access import Caller, Permission
from botyard.core.actions import Action
from botyard.core.apps import App
from botyard.storage import Tx

_FILES = 50
_NOTES = 10


def context(tx: Tx, *, caller: Caller, app_id: int, after: str) -> dict[str, Any]:
    """Return everything that the page shows to a caller. Raises NotFound."""
    it = apps.get(tx, workspace_id=caller.workspace_id, app_id=app_id)
    place: dict[str, Any] = {"workspace_id": caller.workspace_id, "app_id": it.id}
    found = actions.list_all(tx, **place)
    sees = caller.may(Permission.ARTIFACTS_READ)
    files = appfiles.list_all(tx, **place, after=after, limit=_FILES + 1) if sees else []
    notes = alerts.search(tx, **place, limit=_NOTES) if caller.may(Permission.LOGS_READ) else []
    href = f"/apps/{it.id}"
    return {
        "it": it,
        "href": href,
        "answer": answer(it, found),
        "actions": found,
        "words": TYPES,
        "accounts": integrations.enabled(tx, **place)[:100],
        "files": files[:_FILES],
        "start": href if after else None,
        "after": address(href, after=files[_FILES - 1].path) if len(files) > _FILES else None,
        "notes": notes,
    }


def answer(it: App, found: list[Action]) -> str:
    """Return what it has and how clients call it, in a sentence."""
    if not found:
        return "It has no action yet."
    ran = sum(action.runs for action in found)
    return f"{count_of(len(found), 'action')}, {count_of(ran, 'run')} so far; clients call it {it.id} or {it.slug}."
