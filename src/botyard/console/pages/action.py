"""What the page of an automation says of the action that it is, and the address of its webhook."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from botyard.base.exceptions import NotFound
from botyard.console.frame import back, done
from botyard.core import actions, apps
from botyard.core.actions import Action
from botyard.storage import Tx
from botyard.web import Request, Response

#: How the page calls the types of actions.
TYPES = {
    "app_action": "for the app",
    "user_action": "for a person",
    "table_action": "for rows of a table",
    "trigger_action": "for data events",
    "webhook_action": "for a webhook",
}


def context(tx: Tx, *, workspace_id: int, label: str) -> dict[str, Any]:
    """Return what the page shows of the action of an automation; nothing for one that is none."""
    action = actions.find_by_automation(tx, workspace_id=workspace_id, label=label)
    if action is None:
        return {"action": None}
    app = apps.get(tx, workspace_id=workspace_id, app_id=action.app_id)
    is_hook = action.type == "webhook_action"
    return {
        "action": action,
        "app": app,
        "runs_for": TYPES[action.type],
        "webhook": actions.webhook_path(action, app_slug=app.slug) if is_hook else None,
    }


async def turn_webhook(request: Request) -> Response:
    """Give the webhook of an action another address."""
    label = request.path["label"]
    await request.change(
        _turn,
        audit_action="actions.turn_webhook",
        audit_target=label,
        workspace_id=request.caller.workspace_id,
        label=label,
        now=request.now,
    )
    return done(
        back(request, f"/automations/{quote(label)}"),
        "The webhook has another address. The earlier one is worth nothing.",
    )


def _turn(tx: Tx, *, workspace_id: int, label: str, now: int) -> Action:
    action = actions.find_by_automation(tx, workspace_id=workspace_id, label=label)
    if action is None:
        raise NotFound("This automation is no action of an app.", hint="Choose another one.")
    return actions.turn_webhook(tx, workspace_id=workspace_id, app_id=action.app_id, named=str(action.id), now=now)
