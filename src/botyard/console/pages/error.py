"""One fault: its newest report with stack, tags and picture, all its reports, resolving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botyard.console.filters import address
from botyard.console.frame import done, page
from botyard.console.pages.artifact import PICTURES
from botyard.console.pages.error_list import DAYS, spark_of
from botyard.console.wording import ago, count_of
from botyard.core import errors
from botyard.core.errors import ErrorGroup
from botyard.storage import Tx
from botyard.web import Request, Response, file_response

_REPORTS = 25


async def show(request: Request) -> Response:
    """Show a fault with one of its reports, the newest unless another is asked for."""
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        group_id=request.path_id("id"),
        report_id=request.query_int("report", default=0, low=0, high=2**62),
        before=request.query_int("before", default=0, low=0, high=2**62) or None,
        now=request.now,
    )
    return page(request, "pages/error.html", section="/errors", **context)


async def resolve(request: Request) -> Response:
    """Mark the fault as mended."""
    return await _mark(request, errors.resolve, "is resolved; it opens again when it comes back.")


async def reopen(request: Request) -> Response:
    """Take the mark away."""
    return await _mark(request, errors.reopen, "is open again.")


async def download(request: Request) -> Response:
    """Send a file of a report as a download; no browser shows it on our origin."""
    file = await request.db.read(
        errors.get_file, workspace_id=request.caller.workspace_id, file_id=request.path_id("id")
    )
    return file_response(
        await request.blobs.read(file.digest), name=file.name, size=file.size, media_type=file.media_type
    )


async def _mark(request: Request, operation: Callable[..., ErrorGroup], words: str) -> Response:
    group = await request.change(
        operation,
        workspace_id=request.caller.workspace_id,
        group_id=request.path_id("id"),
        actor=request.caller.actor,
        now=request.now,
    )
    return done(f"/errors/{group.id}", f"The fault {words}")


def _context(
    tx: Tx, *, workspace_id: int, group_id: int, report_id: int, before: int | None, now: int
) -> dict[str, Any]:
    group = errors.get_group(tx, workspace_id=workspace_id, group_id=group_id)
    found = errors.search(tx, workspace_id=workspace_id, group_id=group_id, before_id=before, limit=_REPORTS + 1)
    reports = found[:_REPORTS]
    report = next((each for each in reports if each.id == report_id), reports[0] if reports else None)
    if report_id and (report is None or report.id != report_id):
        other = errors.get(tx, workspace_id=workspace_id, error_id=report_id)
        report = other if other.group_id == group_id else report
    files = errors.files_of(tx, workspace_id=workspace_id, error_id=report.id) if report else []
    base = f"/errors/{group_id}"
    return {
        "group": group,
        "report": report,
        "reports": reports,
        "files": files,
        "pictures": [file for file in files if file.media_type in PICTURES and file.size <= 8 * 1024 * 1024],
        "spark": spark_of(tx, group, now=now),
        "days": DAYS,
        "answer": answer(group, now=now),
        "start": base if before else None,
        "after": address(base, before=reports[-1].id) if len(found) > _REPORTS else None,
    }


def answer(group: ErrorGroup, *, now: int) -> str:
    """Return how often a fault came and when last, in a sentence."""
    often = "Once" if group.total == 1 else f"{count_of(group.total, 'time')} since {ago(group.first_seen, now)}, last"
    said = f"{often} {ago(group.last_seen, now)} in {group.automation_name}."
    if group.resolved_at is not None:
        return f"Resolved {ago(group.resolved_at, now)}. {said}"
    return said
