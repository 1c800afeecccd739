"""Read schedules and their firings."""

from __future__ import annotations

from itertools import islice
from typing import Any

from botyard.base.cron import Cron
from botyard.base.exceptions import NotFound
from botyard.core.schedules.model import Firing, Schedule
from botyard.storage import Select, Tx, load_queries

sql = load_queries(__package__)

_SOURCE = "schedules s JOIN automations a ON a.id = s.automation_id"
_COLUMNS = (
    "s.id, s.workspace_id, s.automation_id, a.label AS automation, a.name AS automation_name, a.folder, s.name, s.cron,"
    " s.once_at, s.timezone, s.overlap, s.catch_up, s.catch_up_cap, s.strategy, s.parameters, s.priority, s.active,"
    " s.error, s.next_at, s.last_at, s.last_task_id, s.created_at, s.created_by, s.updated_at"
)


def read(tx: Tx, *, workspace_id: int, schedule_id: int) -> Schedule:
    """Return a schedule. Raises NotFound."""
    row = tx.one(sql.get, workspace_id=workspace_id, schedule_id=schedule_id)
    if row is None:
        raise NotFound(f"Schedule {schedule_id} does not exist.", hint="Check the id under Schedules.")
    return Schedule.from_row(row)


def get(tx: Tx, *, workspace_id: int, schedule_id: int) -> Schedule:
    """Return a schedule. Raises NotFound, the same for a foreign id as for a random one."""
    return read(tx, workspace_id=workspace_id, schedule_id=schedule_id)


def search(
    tx: Tx,
    *,
    workspace_id: int,
    automation: str | None = None,
    active: bool | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[Schedule]:
    """Return schedules, newest first, below `before_id`; `automation` is a label, `active` leaves the others out."""
    select = _filtered(workspace_id, automation, active)
    if before_id is not None:
        select = select.where("s.id < :before_id", before_id=before_id)
    return [Schedule.from_row(row) for row in tx.all_of(select.limit(limit))]


def count(tx: Tx, *, workspace_id: int, automation: str | None = None, active: bool | None = None) -> int:
    """Return how many schedules match a filter of search, counted to 10,000."""
    total: int = tx.all_of(_filtered(workspace_id, automation, active).count(10_000))[0]["total"]
    return total


def page(
    tx: Tx, *, workspace_id: int, offset: int, limit: int, automation: str | None = None
) -> tuple[list[Schedule], int]:
    """Return a numbered page, newest first, and how many schedules match (counted to 10,000)."""
    select = _filtered(workspace_id, automation)
    rows = tx.all_of(select.limit(limit, offset=offset))
    return [Schedule.from_row(row) for row in rows], tx.all_of(select.count(10_000))[0]["total"]


def _filtered(workspace_id: int, automation: str | None, active: bool | None = None) -> Select:
    select = Select(_SOURCE, _COLUMNS).where("s.workspace_id = :workspace_id", workspace_id=workspace_id)
    if active is not None:
        select = select.where("s.active = :active", active=int(active))
    if automation is not None:
        select = select.where("a.label = :automation", automation=automation.replace("\0", ""))
    return select.order_by("s.id DESC")


def find_same(tx: Tx, *, workspace_id: int, automation: str, key: dict[str, Any]) -> Schedule | None:
    """Return the oldest schedule of an automation whose fields agree with `key`, such as its cron and zone."""
    found = search(tx, workspace_id=workspace_id, automation=automation, limit=1000)
    return next((s for s in reversed(found) if all(getattr(s, name) == value for name, value in key.items())), None)


def firings_of(tx: Tx, *, workspace_id: int, schedule_id: int, limit: int = 50) -> list[Firing]:
    """Return what became of the latest firings, newest first. Raises NotFound."""
    read(tx, workspace_id=workspace_id, schedule_id=schedule_id)
    rows = tx.all(sql.firings_of, workspace_id=workspace_id, schedule_id=schedule_id, limit=limit)
    return [Firing(**row) for row in rows]


def preview(cron: str, timezone: str, *, now: int, count: int = 10) -> list[int]:
    """Return the next firings of an expression. Raises Invalid."""
    return list(islice(Cron(cron, timezone).firings(now), count))
