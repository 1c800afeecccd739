"""A task for what somebody runs by hand, with the variables that an action of the app would have."""

from __future__ import annotations

from botyard.core import tasks
from botyard.core.actions.change import create
from botyard.core.actions.code import DIALECT
from botyard.core.actions.environment import Grant, grants
from botyard.core.actions.read import find
from botyard.core.apps import App
from botyard.storage import Tx

_BY_HAND = "run-by-hand"


def develop(tx: Tx, *, app: App, actor: str, now: int) -> Grant:
    """Open a development task of the app, of an action that is there for nothing else and in no list of actions."""
    action = find(tx, workspace_id=app.workspace_id, app_id=app.id, named=_BY_HAND) or create(
        tx,
        workspace_id=app.workspace_id,
        app_id=app.id,
        slug=_BY_HAND,
        fields={"name": "Run by hand", "description": "What runs outside of every runner."},
        hidden=True,
        actor=actor,
        now=now,
    )
    opened = tasks.develop(
        tx, workspace_id=app.workspace_id, automation=action.automation, dialect=DIALECT, actor=actor, now=now
    )
    return grants(tx, task_ids=[opened.task.id])[opened.task.id]
