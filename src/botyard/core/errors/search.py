"""Find reports and their files."""

from __future__ import annotations

from botyard.base.exceptions import NotFound
from botyard.core.errors.model import COUNT_CAP, WINDOW, ErrorFile, ErrorReport, missing
from botyard.storage import Select, Tx, load_queries

sql = load_queries(__package__)

_ERRORS = Select(
    "errors e JOIN tasks t ON t.id = e.task_id JOIN automations a ON a.id = t.automation_id"
    " LEFT JOIN packages p ON p.id = a.package_id",
    "e.id, e.workspace_id, e.task_id, e.group_id, a.label AS automation, a.name AS automation_name, a.folder,"
    " p.name AS package, e.package_version, e.type, e.message, e.stack, e.language, e.tags, e.created_at, e.created_by",
)
_FILES = Select(
    "error_files f JOIN errors e ON e.id = f.error_id",
    "f.id, f.workspace_id, f.error_id, e.task_id, f.kind, f.name, f.media_type, f.digest, f.size, f.created_at",
)


def get(tx: Tx, *, workspace_id: int, error_id: int) -> ErrorReport:
    """Return a report. Raises NotFound."""
    rows = tx.all_of(_in(workspace_id).where("e.id = :id", id=error_id))
    if not rows:
        raise missing(error_id)
    return ErrorReport.from_row(rows[0])


def search(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int | None = None,
    group_id: int | None = None,
    automation: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[ErrorReport]:
    """Return reports newest first: of a task, of a group, or all; `before_id` continues after a page.

    Those of one automation are looked for among the newest WINDOW reports.
    """
    wanted = _wanted(workspace_id, task_id, group_id)
    if automation is not None:
        newest = tx.one(sql.newest, workspace_id=workspace_id)
        wanted = wanted.where("e.id > :floor", floor=(newest["id"] if newest else 0) - WINDOW)
        wanted = wanted.where("a.workspace_id = :workspace_id").where(
            "a.label = :automation", automation=automation.replace("\0", "")
        )
    if before_id is not None:
        wanted = wanted.where("e.id < :before_id", before_id=before_id)
    return [ErrorReport.from_row(row) for row in tx.all_of(wanted.order_by("e.id DESC").limit(limit))]


def page(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int | None = None,
    automation: str | None = None,
    since: int = 0,
    offset: int = 0,
    limit: int = 20,
) -> tuple[list[tuple[ErrorReport, list[ErrorFile]]], int]:
    """Return one numbered page of reports made at or after `since`, newest first, with their files, and the total.

    The total is exact up to COUNT_CAP; beyond, it exceeds what was shown so far while there is more.
    """
    wanted = _wanted(workspace_id, task_id, None).where("e.created_at >= :since", since=since)
    if automation is not None:
        wanted = wanted.where("a.label = :automation", automation=automation)
    rows = tx.all_of(wanted.order_by("e.created_at DESC, e.id DESC").limit(limit + 1, offset))
    total = tx.all_of(wanted.count(COUNT_CAP))[0]["total"]
    reports = [ErrorReport.from_row(row) for row in rows[:limit]]
    files = _files_of_many(tx, workspace_id, [report.id for report in reports])
    found = [(report, [file for file in files if file.error_id == report.id]) for report in reports]
    return found, max(total, offset + len(rows) if rows else 0)


def files_of(tx: Tx, *, workspace_id: int, error_id: int) -> list[ErrorFile]:
    """Return the files of a report in the order they came."""
    return _files_of_many(tx, workspace_id, [error_id])


def get_file(tx: Tx, *, workspace_id: int, file_id: int) -> ErrorFile:
    """Return a file of a report. Raises NotFound."""
    rows = tx.all_of(
        _FILES.where("f.workspace_id = :workspace_id AND f.id = :id", workspace_id=workspace_id, id=file_id)
    )
    if not rows:
        raise NotFound(f"File {file_id} of an error does not exist.", hint="Check the id, or open its error.")
    return ErrorFile.from_row(rows[0])


def _files_of_many(tx: Tx, workspace_id: int, error_ids: list[int]) -> list[ErrorFile]:
    wanted = _files(workspace_id).where_in("f.error_id", "error", error_ids)
    return [ErrorFile.from_row(row) for row in tx.all_of(wanted.order_by("f.id"))]


def _files(workspace_id: int) -> Select:
    return _FILES.where("f.workspace_id = :workspace_id", workspace_id=workspace_id)


def _wanted(workspace_id: int, task_id: int | None, group_id: int | None) -> Select:
    errors = _in(workspace_id)
    if task_id is not None:
        errors = errors.where("e.task_id = :task_id", task_id=task_id)
    return errors if group_id is None else errors.where("e.group_id = :group_id", group_id=group_id)


def _in(workspace_id: int) -> Select:
    return _ERRORS.where("e.workspace_id = :workspace_id", workspace_id=workspace_id)
