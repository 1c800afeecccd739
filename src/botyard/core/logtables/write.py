"""Add rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import Invalid
from botyard.core import tasks
from botyard.core.logtables.model import LogRow
from botyard.core.logtables.read import get, sql
from botyard.core.tasks import AttemptRef
from botyard.storage import Tx

MAX_ROW_CHARACTERS = 256 * 1024


def append(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    content: Mapping[str, Any],
    actor: str,
    now: int,
    attempt: AttemptRef | None = None,
) -> LogRow:
    """Add a row and return it as it will be read. Raises NotFound, StaleLease, and Invalid for a row that is too big.

    Columns may be missing, and others than the declared ones may be there.
    """
    tasks.hold(tx, attempt=attempt)
    table = get(tx, workspace_id=workspace_id, label=label)
    encoded = _encoded(content)
    row = tx.one(
        sql.append,
        workspace_id=workspace_id,
        table_id=table.id,
        task_id=attempt.task_id if attempt else None,
        content=encoded,
        actor=actor,
        now=now,
    )
    if row is None:
        # Deleted between the two statements: say so as if it had been gone before.
        get(tx, workspace_id=workspace_id, label=label)
    tx.wake(f"logtable:{table.id}")
    return LogRow.from_row(row or {}, table.columns)


def append_many(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    contents: Sequence[Mapping[str, Any]],
    actor: str,
    now: int,
    attempt: AttemptRef | None = None,
) -> int:
    """Add rows in the order given, all or none, and return how many. Raises what `append` raises."""
    tasks.hold(tx, attempt=attempt)
    table = get(tx, workspace_id=workspace_id, label=label)
    common = {
        "workspace_id": workspace_id,
        "table_id": table.id,
        "task_id": attempt.task_id if attempt else None,
        "actor": actor,
        "now": now,
    }
    tx.run_many(sql.append, [{**common, "content": _encoded(content)} for content in contents])
    # Deleted meanwhile: say so as if it had been gone before.
    get(tx, workspace_id=workspace_id, label=label)
    tx.wake(f"logtable:{table.id}")
    return len(contents)


def _encoded(content: Mapping[str, Any]) -> str:
    encoded = jsontext.encode(dict(content))
    if len(encoded) > MAX_ROW_CHARACTERS:
        raise Invalid(
            f"The row is {len(encoded)} characters long.",
            hint=f"Keep it to {MAX_ROW_CHARACTERS}; put files into artifacts.",
            code="too_large",
        )
    return encoded
