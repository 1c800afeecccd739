"""Write audit rows and read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botyard.base import jsontext
from botyard.core.audit.model import Entry, Origin, Verdict
from botyard.storage import Tx, load_queries

T = TypeVar("T")

sql = load_queries(__package__)

_TARGET_LENGTH = 200


def record(
    tx: Tx,
    *,
    workspace_id: int | None,
    actor: str,
    action: str,
    target: str,
    verdict: Verdict,
    now: int,
    address: str | None = None,
    request_id: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write one row. `data` must hold nothing secret."""
    tx.run(
        sql.record,
        workspace_id=workspace_id,
        actor=actor,
        action=action,
        target=target[:_TARGET_LENGTH].replace("\0", "\ufffd"),
        verdict=verdict,
        address=address,
        request_id=request_id,
        now=now,
        data=jsontext.encode(dict(data or {})),
    )


def audited(
    tx: Tx,
    *,
    operation: Callable[..., T],
    parameters: Mapping[str, Any],
    origin: Origin,
    action: str,
    target: str | Callable[[T], str],
    now: int,
) -> T:
    """Run `operation(tx, **parameters)` and record it, in this transaction. `target` may be told by the result."""
    result = operation(tx, **parameters)
    record(
        tx,
        workspace_id=origin.workspace_id,
        actor=origin.actor,
        action=action,
        target=target if isinstance(target, str) else target(result),
        verdict="allowed",
        address=origin.address,
        request_id=origin.request_id,
        now=now,
    )
    return result


def action_of(operation: Callable[..., object]) -> str:
    """Return "<concept>.<operation>" of a function in the core."""
    parts = operation.__module__.split(".")
    return f"{parts[2] if len(parts) > 2 else parts[-1]}.{operation.__name__}"


def target_of(result: object) -> str:
    """Return the label or id of what an operation returned, or an empty text."""
    for name in ("label", "id", "digest"):
        value = getattr(result, name, None)
        if value is not None:
            return str(value)
    return ""


def list_for(tx: Tx, *, workspace_id: int, before_id: int | None = None, limit: int = 100) -> list[Entry]:
    """Return the newest rows of a workspace, those before `before_id` when it is given."""
    rows = tx.all(sql.list_for, workspace_id=workspace_id, before_id=before_id or 2**62, limit=limit)
    return [Entry.from_row(row) for row in rows]


def list_latest(tx: Tx, *, limit: int = 100) -> list[Entry]:
    """Return the newest rows of the whole server, those without a workspace (failed sign-ins) included."""
    return [Entry.from_row(row) for row in tx.all(sql.latest, limit=limit)]


def search(
    tx: Tx, *, workspace_id: int, action: str, target: str, since: int = 0, limit: int = 100, window: int = 20_000
) -> list[Entry]:
    """Return the newest rows of one action on one target, looked for among the newest `window` of the workspace."""
    rows = tx.all(
        sql.search, workspace_id=workspace_id, action=action, target=target, since=since, limit=limit, window=window
    )
    return [Entry.from_row(row) for row in rows]
