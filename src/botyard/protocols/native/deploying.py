"""Deploying a package; with one of Automio, its automation becomes an action of an app when it is none yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botyard.core import access, actions, automations, packages
from botyard.core.automations import Deployment
from botyard.storage import Blob, Tx
from botyard.web.archive import text_of
from botyard.web.request import Request
from botyard.wire import automio


def operation_of(manifest: packages.Manifest) -> Callable[..., Deployment]:
    """Return the operation that deploys a package."""
    return deploy_action if manifest.dialect == automio.DIALECT else automations.deploy


async def parameters_of(request: Request, manifest: packages.Manifest, blob: Blob) -> dict[str, Any]:
    """Return what that operation is given, all but the label."""
    caller = request.caller
    package: dict[str, Any] = {
        "workspace_id": caller.workspace_id,
        "manifest": manifest,
        "digest": blob.digest,
        "size": blob.size,
        "version": request.query.get("version") or None,
        "actor": caller.actor,
        "now": request.now,
    }
    if manifest.dialect != automio.DIALECT:
        return package
    return package | {
        "source": await text_of(request, blob.digest, manifest.entry),
        "app": request.query.get("app") or None,
        "user_id": int(caller.id) if caller.kind == "user" else None,
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
