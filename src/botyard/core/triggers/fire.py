"""Start the actions that noted changes of rows are for, each exactly once."""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.clock import iso
from botyard.base.exceptions import BotyardError, Busy
from botyard.core import actions, events
from botyard.core.actions import RunRequest
from botyard.core.triggers.watch import sql
from botyard.storage import Row, Tx

log = logging.getLogger("botyard.triggers")

ACTOR = "system:triggers"
BATCH = 20


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """What became of changes: how many runs they started, how many could not be, and whether more changes wait."""

    started: int
    failed: int
    more: bool


def has_work(tx: Tx) -> bool:
    """Return whether changes wait; cheap enough to be asked every second."""
    return tx.one(sql.any) is not None


def fire(tx: Tx, *, now: int) -> Fired:
    """Start the actions of up to 20 changes, the oldest first; the changes are gone in the same transaction.

    An action that cannot be started says so in its history, and the others are started all the same.
    """
    taken = sorted(tx.all(sql.take, limit=BATCH), key=lambda row: row["id"])
    started = failed = 0
    for row in taken:
        given = {
            "table": row["table_name"],
            "kind": row["kind"],
            # Whether a run can be given them is seen when it is started.
            "rows": msgspec.json.decode(row["changed"]),
            "at": iso(row["at"]),
        }
        for action_id in jsontext.decode(row["actions"]):
            done = _start(tx, row, action_id, given, now=now)
            started += done is True
            failed += done is False
    return Fired(started=started, failed=failed, more=len(taken) == BATCH)


def _start(tx: Tx, row: Row, action_id: int, given: dict[str, Any], *, now: int) -> bool | None:
    """Return whether an action was started; None when it is not there, or not a trigger, any more."""
    scope = {"workspace_id": row["workspace_id"], "app_id": row["app_id"]}
    action = actions.find(tx, **scope, named=str(action_id))
    if action is None or action.type != actions.TRIGGER:
        return None
    request = RunRequest(
        **scope,
        action=str(action_id),
        actor=ACTOR,
        now=now,
        options={"trigger_event": given},
        depth=row["depth"],
    )
    try:
        with tx.savepoint():
            actions.run(tx, request=request)
    except Busy:
        raise
    except Exception as error:  # one that cannot be started must not hold up the others
        reason = str(error) if isinstance(error, BotyardError) else "An unexpected fault; the server's log has it."
        if not isinstance(error, BotyardError):
            log.exception("trigger.failed", extra={"action": action_id})
        events.record(
            tx,
            workspace_id=row["workspace_id"],
            kind="action.trigger_failed",
            entity="action",
            entity_id=str(action_id),
            actor=ACTOR,
            now=now,
            data={"table": row["table_name"], "kind": row["kind"], "rows": len(given["rows"]), "reason": reason[:1000]},
        )
        return False
    return True
