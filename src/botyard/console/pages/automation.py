"""The page of one automation: its tasks, its versions, starting it, releasing another version."""

from __future__ import annotations

from typing import Any

from botyard.console import starting
from botyard.console.frame import done, page
from botyard.console.pages import action
from botyard.console.pages.alert_subscriptions import WORDS
from botyard.core import automations, messages, packages, tasks
from botyard.storage import Tx
from botyard.web import Request, Response

_RECENT = 20
_VERSIONS = 30


async def show(request: Request) -> Response:
    """Show an automation."""
    context = await request.db.read(_context, workspace_id=request.caller.workspace_id, label=request.path["label"])
    return page(request, "pages/automation.html", section="/automations", server=request.server, **context)


async def release(request: Request) -> Response:
    """Make another version the one that new attempts run."""
    version = (await request.form()).text("version")
    automation = await request.change(
        automations.release,
        workspace_id=request.caller.workspace_id,
        label=request.path["label"],
        version=version,
        actor=request.caller.actor,
        now=request.now,
    )
    return done(f"/automations/{automation.label}", f"Version {automation.package_version} is released.")


def _context(tx: Tx, *, workspace_id: int, label: str) -> dict[str, Any]:
    automation = automations.get(tx, workspace_id=workspace_id, label=label)
    recent = tasks.search(tx, workspace_id=workspace_id, automation=label, limit=_RECENT)
    package_id = automation.package_id
    return {
        "automation": automation,
        "answer": answer(automation, recent),
        "recent": recent,
        "versions": packages.list_versions(tx, package_id=package_id, limit=_VERSIONS) if package_id else [],
        "told": messages.subscriptions(tx, workspace_id=workspace_id, automation=label),
        "levels": WORDS,
        "run": starting.empty_form(automation),
        **action.context(tx, workspace_id=workspace_id, label=label),
    }


def answer(automation: automations.Automation, recent: list[tasks.Task]) -> str:
    """Return what is released and how it does, in a sentence."""
    version = automation.package_version
    released = f"Version {version} is released." if version else "It has no package yet, so its tasks wait."
    ended = [task for task in recent if task.is_final]
    if not ended:
        return f"{released} It has not finished a task yet."
    good = sum(task.state is tasks.State.SUCCEEDED for task in ended)
    if len(ended) == 1:
        return f"{released} Its only task so far {'succeeded' if good else 'did not succeed'}."
    return f"{released} {good} of its latest {len(ended)} tasks succeeded."
