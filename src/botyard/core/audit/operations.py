"""Write audit rows and read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from botyard.base import jsontext
from botyard.core.audit.model import Entry, Origin, Verdict
from botyard.storage import Select, Tx, load_queries

T = TypeVar("T")

sql = load_queries(__package__)

_TARGET_LENGTH = 200
#: Filters look at this many of the newest rows.
WINDOW = 50_000

_ENTRIES = Select(
    "audit a", "a.id, a.workspace_id, a.actor, a.action, a.target, a.verdict, a.address, a.request_id, a.at, a.data"
)
_CONDITIONS = MappingProxyType(
    {
        "actor": "a.actor = :actor",
        "action": "a.action = :action",
        "target": "a.target = :target",
        "verdict": "a.verdict = :verdict",
    }
)


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


def find(
    tx: Tx,
    *,
    workspace_id: int,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    verdict: Verdict | None = None,
    since: int | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Return rows newest first, those of an actor, an action, a target, a verdict; `before_id` continues after a page.

    What is named is looked for among the newest WINDOW rows of the workspace.
    """
    wanted = {"actor": actor, "action": action, "target": target, "verdict": verdict}
    given = {name: value.replace("\0", "") for name, value in wanted.items() if value is not None}
    select = _ENTRIES.where("a.workspace_id = :workspace_id", workspace_id=workspace_id)
    if given or since is not None:
        newest = tx.one(sql.newest, workspace_id=workspace_id)
        select = select.where("a.id > :floor", floor=(newest["id"] if newest else 0) - WINDOW)
    for condition in (_CONDITIONS[name] for name in given):
        select = select.where(condition, **given)
    if since is not None:
        select = select.where("a.at >= :since", since=since)
    if before_id is not None:
        select = select.where("a.id < :before_id", before_id=before_id)
    return [Entry.from_row(row) for row in tx.all_of(select.order_by("a.id DESC").limit(limit))]


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
