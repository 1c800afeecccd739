"""Deploying a package of Automio: its automation is an action of an app, and becomes one when it is none yet."""

from __future__ import annotations

from typing import Any

from botyard.core import access, actions, automations, packages
from botyard.core.automations import Deployment
from botyard.storage import Blob, Tx
from botyard.web.archive import text_of
from botyard.web.request import Request
from botyard.wire import automio


async def of_action(request: Request, manifest: packages.Manifest, blob: Blob) -> dict[str, Any]:
    """Return what `deploy_action` needs besides what every package does; nothing for a package of another dialect."""
    if manifest.dialect != automio.DIALECT:
        return {}
    return {
        "source": await text_of(request, blob.digest, manifest.entry),
        "app": request.query.get("app") or None,
        "user_id": int(request.caller.id) if request.caller.kind == "user" else None,
    }


def deploy_action(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    source: str,
    app: str | None,
    user_id: int | None,
    actor: str,
    now: int,
    **package: Any,
) -> Deployment:
    """Deploy a package as `automations.deploy` does, and make its automation an action of the app.

    Raises NotFound and Invalid for the app, and what `automations.deploy` raises.
    """
    done = automations.deploy(tx, workspace_id=workspace_id, label=label, actor=actor, now=now, **package)
    actions.adopt(
        tx,
        workspace_id=workspace_id,
        label=done.automation.label,
        app=app,
        source=source,
        owner_id=user_id or access.first_admin(tx, workspace_id=workspace_id),
        actor=actor,
        now=now,
    )
    return done
