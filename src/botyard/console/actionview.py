"""What the page of an action shows: its runs, its versions, the accounts that it may use, its webhook."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from botyard.console import taskside
from botyard.console.pages.action import TYPES
from botyard.console.wording import count_of
from botyard.core import actions, apps, automations, integrations, packages, tasks
from botyard.core.actions import Action
from botyard.storage import Tx

_RUNS = 30
_VERSIONS = 30


def address_of(action: Action) -> str:
    """Return the address of an action's page."""
    return f"/apps/{action.app_id}/actions/{quote(action.slug, safe='')}"


def context(tx: Tx, *, workspace_id: int, app_id: int, named: str) -> dict[str, Any]:
    """Return everything that the page shows. Raises NotFound."""
    app = apps.get(tx, workspace_id=workspace_id, app_id=app_id)
    it = actions.get(tx, workspace_id=workspace_id, app_id=app_id, named=named)
    automation = automations.get(tx, workspace_id=workspace_id, label=it.automation)
    recent = tasks.search(tx, workspace_id=workspace_id, automation=it.automation, limit=_RUNS)
    package_id = automation.package_id
    is_hook = it.type == "webhook_action"
    return {
        "app": app,
        "it": it,
        "href": address_of(it),
        "runs_for": TYPES[it.type],
        "automation": automation,
        "present": automation.package_version,
        "answer": answer(automation.package_version, recent),
        "runs": recent,
        "progress": taskside.progress_of(tx, recent),
        "versions": packages.list_versions(tx, package_id=package_id, limit=_VERSIONS) if package_id else [],
        "accounts": integrations.enabled(tx, workspace_id=workspace_id, app_id=app_id)[:200],
        "webhook": actions.webhook_path(it, app_slug=app.slug) if is_hook else None,
    }


def answer(version: str | None, recent: list[tasks.Task]) -> str:
    """Return whether it can run and how its latest runs went, in a sentence."""
    if version is None:
        return "It has no code yet, so its runs wait."
    ended = [task for task in recent if task.is_final]
    if not ended:
        return f"Version {version} is released. It has not finished a run yet."
    good = sum(task.state is tasks.State.SUCCEEDED for task in ended)
    return f"Version {version} is released. {good} of its latest {count_of(len(ended), 'run')} succeeded."
