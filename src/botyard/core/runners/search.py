"""Read runners."""

from __future__ import annotations

from botyard.core.runners.model import Runner
from botyard.core.runners.statements import read, sql
from botyard.storage import Tx


def get(tx: Tx, *, workspace_id: int, runner_id: str) -> Runner:
    """Return a runner. Raises NotFound."""
    return read(tx, workspace_id=workspace_id, runner_id=runner_id)


def find(tx: Tx, *, workspace_id: int, runner_id: str) -> Runner | None:
    """Return a runner, or None."""
    row = tx.one(sql.get, workspace_id=workspace_id, runner_id=runner_id.replace("\0", ""))
    return None if row is None else Runner.from_row(row)


def list_all(tx: Tx, *, workspace_id: int, limit: int = 500) -> list[Runner]:
    """Return the runners of a workspace, those heard from last first."""
    rows = tx.all(sql.list_all, workspace_id=workspace_id, limit=limit, offset=0)
    return [Runner.from_row(row) for row in rows]


def page(tx: Tx, *, workspace_id: int, offset: int, limit: int) -> tuple[list[Runner], int]:
    """Return a numbered page of runners and how many there are (counted to 10,000)."""
    rows = tx.all(sql.list_all, workspace_id=workspace_id, limit=limit, offset=offset)
    total = tx.one(sql.count, workspace_id=workspace_id)
    return [Runner.from_row(row) for row in rows], total["total"] if total else 0
