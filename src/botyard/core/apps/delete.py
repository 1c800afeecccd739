"""Delete apps in which nothing lives any more."""

from __future__ import annotations

from botyard.base.exceptions import IllegalTransition
from botyard.core import events
from botyard.core.apps.model import App
from botyard.core.apps.read import get, sql
from botyard.storage import Tx

#: What goes with an app.
_OWNED = (
    sql.drop_files,
    sql.drop_progress,
    sql.drop_cache,
    sql.drop_changes,
    sql.drop_schema,
    sql.drop_connections,
)


def delete(tx: Tx, *, workspace_id: int, app_id: int, actor: str, now: int) -> App:
    """Delete an app with its files, cached values and tokens, for good, and return what it was.

    Raises NotFound, and IllegalTransition (code "not_empty") while it has actions or tables.
    """
    tx.one(sql.lock_workspace, workspace_id=workspace_id)
    app = get(tx, workspace_id=workspace_id, app_id=app_id)
    where = {"workspace_id": workspace_id, "id": app_id}
    _check_empty(tx, app)
    for statement in _OWNED:
        tx.run(statement, **where)
    for row in tx.all(sql.revoke_tokens, **where, now=now):
        tx.wake(f"access:{row['id']}")
    tx.run(sql.delete, **where)
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="app.deleted",
        entity="app",
        entity_id=str(app_id),
        actor=actor,
        now=now,
        data={"slug": app.slug},
    )
    return app


def _check_empty(tx: Tx, app: App) -> None:
    where = {"workspace_id": app.workspace_id, "id": app.id}
    lives = tx.one(sql.lives_in, **where)
    if lives is not None:
        raise IllegalTransition(
            f'The app "{app.slug}" still has the {lives["kind"]} "{lives["name"]}".',
            hint="Delete its actions and tables first.",
            code="not_empty",
        )
