"""The log of calls: what was asked, what came back and how long it took, with secrets masked."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import NotFound
from botyard.core.integrations.model import Integration
from botyard.core.integrations.read import sql
from botyard.storage import Tx

_BATCH = 1000
#: Calls that a filter looks at.
WINDOW = 10_000


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call of an integration. `status` is what the other system said, or 502 or 504 with the `reason`.

    `duration` is in microseconds, `sent` and `received` count the bytes of bodies, and `request` and `response` hold
    the beginning of these, if they are text, with whatever looks like a secret masked.
    """

    workspace_id: int
    integration_id: int
    connection_id: int | None
    app_id: int | None
    task_id: int | None
    actor: str
    method: str
    url: str
    status: int
    reason: str | None
    duration: int
    sent: int
    received: int
    request: str
    response: str
    at: int
    id: int = 0


_COLUMNS = tuple(name for name in Call.__struct_fields__ if name != "id")


def append_calls(tx: Tx, *, calls: Sequence[Call]) -> None:
    """Write calls, in their order; those of an integration that is gone are dropped."""
    rows = [[getattr(call, name) for name in _COLUMNS] for call in calls]
    tx.run(sql.append_calls, rows=jsontext.encode(rows))


def calls_of(
    tx: Tx,
    *,
    integration: Integration,
    before: int | None = None,
    limit: int = 50,
    connection_id: int | None = None,
    statuses: tuple[int, int] | None = None,
) -> list[Call]:
    """Return the latest calls of an integration, those before the id `before`.

    Those of one connection, or with a status from the first of `statuses` to the second, are looked for among WINDOW.
    """
    low, high = statuses or (0, 999)
    rows = tx.all(
        sql.calls_of,
        workspace_id=integration.workspace_id,
        integration_id=integration.id,
        before_id=before or 2**62,
        connection_id=connection_id,
        low=low,
        high=high,
        window=limit if connection_id is None and statuses is None else WINDOW,
        limit=limit,
    )
    return [Call(**row) for row in rows]


def get_call(tx: Tx, *, integration: Integration, call_id: int) -> Call:
    """Return a call of an integration. Raises NotFound, also for one that is no longer kept."""
    row = tx.one(sql.get_call, workspace_id=integration.workspace_id, integration_id=integration.id, id=call_id)
    if row is None:
        raise NotFound("This call is not in the log.", hint="Calls are kept for a while only; look at the latest.")
    return Call(**row)


def prune(tx: Tx, *, before: int) -> int:
    """Delete a batch of calls older than `before` and return how many."""
    return tx.run(sql.prune, before=before, limit=_BATCH)
