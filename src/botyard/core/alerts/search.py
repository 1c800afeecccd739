"""Find alerts."""

from __future__ import annotations

from botyard.base.exceptions import NotFound
from botyard.core.alerts.model import Alert, Level
from botyard.storage import Select, Tx, load_queries

sql = load_queries(__package__)

#: Totals are exact up to here and say "at least" beyond: nothing counts an unbounded history.
COUNT_CAP = 10_000
#: Filters look at this many of the newest alerts.
WINDOW = 20_000

_ALERTS = Select(
    "alerts l JOIN tasks t ON t.id = l.task_id JOIN automations a ON a.id = t.automation_id"
    " LEFT JOIN packages p ON p.id = a.package_id",
    "l.id, l.workspace_id, l.task_id, a.label AS automation, a.name AS automation_name, a.folder, p.name AS package,"
    " l.level, l.title, l.message, l.created_at, l.created_by",
)


def get(tx: Tx, *, workspace_id: int, alert_id: int) -> Alert:
    """Return an alert. Raises NotFound."""
    rows = tx.all_of(_raised(workspace_id, None).where("l.id = :id", id=alert_id))
    if not rows:
        raise NotFound(f"Alert {alert_id} does not exist.", hint="Check the id, or list the alerts of its task.")
    return Alert.from_row(rows[0])


def search(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int | None = None,
    level: Level | None = None,
    automation: str | None = None,
    app_id: int | None = None,
    text: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Alert]:
    """Return alerts newest first, of one task or of the workspace; `before_id` continues after a page.

    A level, an automation's label, an app whose actions raised them, and a text in title or message are looked for
    among the newest WINDOW alerts.
    """
    wanted = _raised(workspace_id, task_id)
    if level is not None or automation is not None or app_id is not None or text:
        newest = tx.one(sql.newest, workspace_id=workspace_id)
        wanted = wanted.where("l.id > :floor", floor=(newest["id"] if newest else 0) - WINDOW)
    if level is not None:
        wanted = wanted.where("l.level = :level", level=level.value)
    if automation is not None:
        wanted = wanted.where("a.workspace_id = :workspace_id").where(
            "a.label = :automation", automation=automation.replace("\0", "")
        )
    if app_id is not None:
        wanted = wanted.join("JOIN actions c ON c.automation_id = t.automation_id")
        wanted = wanted.where("c.workspace_id = :workspace_id").where("c.app_id = :app_id", app_id=app_id)
    if text:
        pattern = text.replace("\0", "").lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
        wanted = wanted.where(
            "LOWER(l.title) LIKE :pattern ESCAPE '!' OR LOWER(l.message) LIKE :pattern ESCAPE '!'",
            pattern=f"%{pattern}%",
        )
    if before_id is not None:
        wanted = wanted.where("l.id < :before_id", before_id=before_id)
    return [Alert.from_row(row) for row in tx.all_of(wanted.order_by("l.id DESC").limit(limit))]


def page(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int | None = None,
    level: Level | None = None,
    since: int = 0,
    offset: int = 0,
    limit: int = 20,
) -> tuple[list[Alert], int]:
    """Return one numbered page of alerts raised at or after `since`, newest first, and their total.

    The total is exact up to COUNT_CAP; beyond, it exceeds what was shown so far while there is more.
    """
    wanted = _raised(workspace_id, task_id).where("l.created_at >= :since", since=since)
    if level is not None:
        wanted = wanted.where("l.level = :level", level=level.value)
    rows = tx.all_of(wanted.order_by("l.created_at DESC, l.id DESC").limit(limit + 1, offset))
    total = tx.all_of(wanted.count(COUNT_CAP))[0]["total"]
    return [Alert.from_row(row) for row in rows[:limit]], max(total, offset + len(rows) if rows else 0)


def _raised(workspace_id: int, task_id: int | None) -> Select:
    alerts = _ALERTS.where("l.workspace_id = :workspace_id", workspace_id=workspace_id)
    return alerts if task_id is None else alerts.where("l.task_id = :task_id", task_id=task_id)
