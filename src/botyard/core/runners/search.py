"""Read runners."""

from __future__ import annotations

from botyard.base.exceptions import Invalid
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


def named(tx: Tx, *, workspace_id: int, name: str) -> Runner:
    """Return the runner with this id, or else of this name the one heard from last. Raises NotFound."""
    row = tx.one(sql.by_name, workspace_id=workspace_id, name=name.replace("\0", ""))
    return get(tx, workspace_id=workspace_id, runner_id=row["id"] if row else name.replace("\0", ""))


def list_all(tx: Tx, *, workspace_id: int, limit: int = 500) -> list[Runner]:
    """Return the runners of a workspace, those heard from last first."""
    rows = tx.all(sql.list_all, workspace_id=workspace_id, limit=limit, offset=0)
    return [Runner.from_row(row) for row in rows]


def by_names(
    tx: Tx, *, workspace_id: int, label: str | None = None, after: str | None = None, limit: int = 50
) -> list[Runner]:
    """Return runners by name, of one label where it is given; `after` is the id of the last one of the page before.

    Raises Invalid when there is no such runner any more.
    """
    last = None if after is None else find(tx, workspace_id=workspace_id, runner_id=after)
    if after is not None and last is None:
        raise Invalid("The position is none of a page.", hint="Begin anew, without it.", field="after")
    place = {"after_name": last.name if last else "", "after_id": last.id if last else ""}
    wanted = None if label is None else label.replace("\0", "")
    rows = tx.all(sql.by_names, workspace_id=workspace_id, label=wanted, limit=limit, **place)
    return [Runner.from_row(row) for row in rows]


def in_service(
    tx: Tx, *, workspace_id: int, draining: bool, label: str | None = None, after_id: str = "", limit: int = 500
) -> list[str]:
    """Return the ids of runners that take work, or of those that are `draining`; of one label where it is given."""
    wanted = {"workspace_id": workspace_id, "draining": int(draining), "after_id": after_id.replace("\0", "")}
    return [row["id"] for row in tx.all(sql.in_service, **wanted, label=label, limit=limit)]


def page(tx: Tx, *, workspace_id: int, offset: int, limit: int) -> tuple[list[Runner], int]:
    """Return a numbered page of runners and how many there are (counted to 10,000)."""
    rows = tx.all(sql.list_all, workspace_id=workspace_id, limit=limit, offset=offset)
    total = tx.one(sql.count, workspace_id=workspace_id)
    return [Runner.from_row(row) for row in rows], total["total"] if total else 0


def matching(
    tx: Tx, *, workspace_id: int, now: int, name: str | None = None, online: bool | None = None
) -> list[Runner]:
    """Return the runners with that id or name, online or not, those heard from last first (of 10,000)."""
    return [
        runner
        for runner in list_all(tx, workspace_id=workspace_id, limit=10_000)
        if (name is None or name in (runner.id, runner.name)) and (online is None or runner.is_online(now) is online)
    ]
