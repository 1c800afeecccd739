"""Faults: find them, mark them as mended."""

from __future__ import annotations

from botyard.base.exceptions import NotFound
from botyard.core import events
from botyard.core.errors.model import ErrorGroup
from botyard.core.errors.search import sql
from botyard.storage import Select, Tx

_GROUPS = Select(
    "error_groups g JOIN automations a ON a.id = g.automation_id",
    "g.id, g.workspace_id, a.label AS automation, a.name AS automation_name, g.fingerprint, g.type, g.message, g.place,"
    " g.total, g.first_seen, g.last_seen, g.last_task_id, g.resolved_at, g.resolved_by",
)


def get_group(tx: Tx, *, workspace_id: int, group_id: int) -> ErrorGroup:
    """Return a group. Raises NotFound."""
    rows = tx.all_of(_in(workspace_id).where("g.id = :id", id=group_id))
    if not rows:
        raise NotFound(f"Error group {group_id} does not exist.", hint="Check the id under Errors.")
    return ErrorGroup.from_row(rows[0])


def search_groups(
    tx: Tx,
    *,
    workspace_id: int,
    resolved: bool | None = False,
    automation: str | None = None,
    text: str | None = None,
    since: int | None = None,
    before: tuple[int, int] | None = None,
    limit: int = 50,
) -> list[ErrorGroup]:
    """Return groups, the one that was seen last first; `resolved` None means both kinds.

    `text` is looked for in type, message and place; `since` keeps groups seen at or after a moment; `before` is the
    (last_seen, id) of the last group of the page before.
    """
    wanted = _in(workspace_id)
    if resolved is not None:
        wanted = wanted.where("g.resolved_at IS NOT NULL" if resolved else "g.resolved_at IS NULL")
    if automation is not None:
        wanted = wanted.where("a.label = :automation", automation=automation)
    if since is not None:
        wanted = wanted.where("g.last_seen >= :since", since=since)
    if text:
        pattern = "%" + text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        wanted = wanted.where(
            "LOWER(g.type) LIKE :pattern ESCAPE '\\' OR LOWER(g.message) LIKE :pattern ESCAPE '\\'"
            " OR LOWER(g.place) LIKE :pattern ESCAPE '\\'",
            pattern=pattern,
        )
    if before is not None:
        wanted = wanted.where("(g.last_seen, g.id) < (:seen, :before_id)", seen=before[0], before_id=before[1])
    rows = tx.all_of(wanted.order_by("g.last_seen DESC, g.id DESC").limit(limit))
    return [ErrorGroup.from_row(row) for row in rows]


def recent(tx: Tx, *, group_id: int, since: int, bucket: int, count: int, cap: int = 500) -> list[int]:
    """Return how often a fault was reported in each of `count` stretches of time from `since` on.

    Only the newest `cap` reports are looked at, so a busy fault shows its latest stretches alone.
    """
    rows = tx.all(sql.recent, group_id=group_id, since=since, bucket=bucket, cap=cap)
    found = {row["number"] - since // bucket: row["total"] for row in rows}
    return [found.get(number, 0) for number in range(count)]


def resolve(tx: Tx, *, workspace_id: int, group_id: int, actor: str, now: int) -> ErrorGroup:
    """Mark a fault as mended, until it is reported again. Raises NotFound; doing it twice changes nothing."""
    changed = tx.run(sql.resolve, workspace_id=workspace_id, group_id=group_id, actor=actor, now=now)
    return _changed(tx, "error.resolved", changed, workspace_id=workspace_id, group_id=group_id, actor=actor, now=now)


def reopen(tx: Tx, *, workspace_id: int, group_id: int, actor: str, now: int) -> ErrorGroup:
    """Take the mark of a mended fault away. Raises NotFound; doing it twice changes nothing."""
    changed = tx.run(sql.reopen, workspace_id=workspace_id, group_id=group_id)
    return _changed(tx, "error.reopened", changed, workspace_id=workspace_id, group_id=group_id, actor=actor, now=now)


def _changed(tx: Tx, kind: str, changed: int, *, workspace_id: int, group_id: int, actor: str, now: int) -> ErrorGroup:
    group = get_group(tx, workspace_id=workspace_id, group_id=group_id)
    if changed:
        events.record(
            tx,
            workspace_id=workspace_id,
            kind=kind,
            entity="error",
            entity_id=str(group_id),
            actor=actor,
            now=now,
            data={"type": group.type, "automation": group.automation},
        )
    return group


def _in(workspace_id: int) -> Select:
    return _GROUPS.where("g.workspace_id = :workspace_id", workspace_id=workspace_id)
