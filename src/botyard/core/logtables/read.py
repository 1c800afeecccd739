"""Find log tables and read their rows."""

from __future__ import annotations

from botyard.base.exceptions import NotFound, closest
from botyard.core.logtables.model import LogRow, LogTable
from botyard.storage import Select, Tx, load_queries

sql = load_queries(__package__)

_TABLES = Select(
    "log_tables l", "l.id, l.workspace_id, l.label, l.folder, l.columns, l.created_at, l.created_by"
).where("l.deleted_at IS NULL")
_ROWS = Select("log_rows r", "r.id, r.content, r.task_id, r.created_at, r.created_by")

#: Where reading begins: before every row.
START = (0, 0)


def find(tx: Tx, *, workspace_id: int, label: str) -> LogTable | None:
    """Return the table of that label, or None."""
    found = tx.all_of(_in(workspace_id).where("l.label = :label", label=label))
    return LogTable.from_row(found[0]) if found else None


def get(tx: Tx, *, workspace_id: int, label: str, otherwise: str | None = None) -> LogTable:
    """Return the table of that label, or of the label `otherwise` where there is none.

    Raises NotFound, with the closest label as a hint.
    """
    found = find(tx, workspace_id=workspace_id, label=label)
    if found is None and otherwise is not None:
        found = find(tx, workspace_id=workspace_id, label=otherwise)
    if found is None:
        labels = [table.label for table in search(tx, workspace_id=workspace_id, limit=1000)]
        raise NotFound(
            f'The log "{label[:100]}" does not exist.',
            hint=closest(label[:100], labels) or "Check the label, or create the log first.",
        )
    return found


def search(
    tx: Tx, *, workspace_id: int, text: str | None = None, after: str | None = None, limit: int = 50
) -> list[LogTable]:
    """Return tables in the order of labels, those after the label `after`, with `text` in the label."""
    select = _in(workspace_id)
    if after is not None:
        select = select.where("l.label > :after", after=after)
    if text:
        pattern = "%" + text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        select = select.where("LOWER(l.label) LIKE :pattern ESCAPE '\\'", pattern=pattern)
    return [LogTable.from_row(row) for row in tx.all_of(select.order_by("l.label").limit(limit))]


def page(tx: Tx, *, workspace_id: int, offset: int, limit: int, label: str | None = None) -> tuple[list[LogTable], int]:
    """Return a numbered page in the order of labels, all or the one of that label, and how many (to 10,000)."""
    select = _in(workspace_id)
    if label is not None:
        select = select.where("l.label = :label", label=label.replace("\0", ""))
    found = tx.all_of(select.order_by("l.label").limit(limit, offset=offset))
    return [LogTable.from_row(row) for row in found], tx.all_of(select.count(10_000))[0]["total"]


def rows(tx: Tx, *, table: LogTable, since: int = 0, after: tuple[int, int] = START, limit: int = 1000) -> list[LogRow]:
    """Return rows added at or after `since`, oldest first; `after` is the (created_at, id) of the last one seen."""
    select = _rows(table, since).where("(r.created_at, r.id) > (:at, :id)", at=after[0], id=after[1])
    found = tx.all_of(select.order_by("r.created_at, r.id").limit(limit))
    return [LogRow.from_row(row, table.columns) for row in found]


def rows_latest(
    tx: Tx, *, table: LogTable, since: int = 0, before: tuple[int, int] | None = None, limit: int = 50
) -> list[LogRow]:
    """Return rows newest first, as people read them; `before` continues after a page."""
    select = _rows(table, since)
    if before is not None:
        select = select.where("(r.created_at, r.id) < (:at, :id)", at=before[0], id=before[1])
    found = tx.all_of(select.order_by("r.created_at DESC, r.id DESC").limit(limit))
    return [LogRow.from_row(row, table.columns) for row in found]


def _rows(table: LogTable, since: int) -> Select:
    return _ROWS.where("r.table_id = :table_id AND r.created_at >= :since", table_id=table.id, since=since)


def _in(workspace_id: int) -> Select:
    return _TABLES.where("l.workspace_id = :workspace_id", workspace_id=workspace_id)
