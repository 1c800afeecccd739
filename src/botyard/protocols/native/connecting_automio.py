"""What a client of Automio is given that runs outside of every runner: an App-Token, and the variables of a run."""

from __future__ import annotations

from typing import NamedTuple

from botyard.core import access, actions, apps
from botyard.core.actions import Grant
from botyard.storage import Tx
from botyard.wire import automio

DIALECT = automio.DIALECT


class AppMade(NamedTuple):
    """A new App-Token, and what a run of its app is given."""

    key: access.NewToken
    grant: Grant


def connect(
    tx: Tx, *, caller: access.Caller, app: str | None, name: str | None, expires_at: int | None, now: int
) -> AppMade:
    """Return a new App-Token of the app named, or the only one; the first app is made. Raises NotFound and Invalid.

    The token stands for the person who asks, else for the owner of the app.
    """
    workspace_id = caller.workspace_id
    user_id = int(caller.id) if caller.kind == "user" else access.first_admin(tx, workspace_id=workspace_id)
    home = apps.only(tx, workspace_id=workspace_id, named=app) or apps.make_default(
        tx, workspace_id=workspace_id, owner_id=user_id, actor=caller.actor, now=now
    )
    key = access.create_app_token(
        tx,
        workspace_id=workspace_id,
        app_id=home.id,
        user_id=user_id if caller.kind == "user" else home.owner_id or user_id,
        name=name or f"automio {home.slug}",
        owner=caller.actor,
        now=now,
        expires_at=expires_at,
    )
    return AppMade(key, actions.develop(tx, app=home, actor=caller.actor, now=now))


def values(made: AppMade, *, server: str) -> dict[str, dict[str, str]]:
    """Return every variable that a client reads (contract g.3), all of them texts."""
    token = made.key.text
    return {
        "env": {
            "API_BASE_URL": server,
            "PUBLIC_API_BASE_URL": f"{server}/api",
            "APP_TOKEN": token,
            **made.grant.variables,
            "CACHE_SERVICE_URL": f"{server}{automio.CACHE_PATH}",
            "CACHE_SERVICE_TOKEN": token,
        }
    }
