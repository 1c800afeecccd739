"""Errors of tasks: list, read, report with files; and their groups, which are marked as mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, get_args

import msgspec

from botyard.base.clock import iso
from botyard.core import errors
from botyard.core.errors import ErrorFile, ErrorGroup, ErrorReport, FileKind
from botyard.protocols.native import asking, views
from botyard.protocols.native.auth import attempt_of
from botyard.web.request import Request
from botyard.web.response import Response, file_response, json_response
from botyard.web.secrets import hidden
from botyard.wire import native as wire

_KINDS: tuple[str, ...] = get_args(wire.ErrorFileKind)
_MENDED: Mapping[str, bool | None] = MappingProxyType({"open": False, "resolved": True, "all": None})


async def search(request: Request) -> Response:
    """List reports newest first: of a task, a group, an automation, or all."""
    limit = asking.limit_of(request)
    found = await request.db.read(
        errors.search,
        workspace_id=request.caller.workspace_id,
        task_id=asking.own_task(request, asking.id_of(request, "task")),
        group_id=asking.id_of(request, "group"),
        automation=asking.text_of(request, "automation"),
        before_id=asking.id_of(request, "before"),
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.ErrorPage(errors=[_view(report) for report in found], next=last and last.id))


async def get(request: Request) -> Response:
    """Read one report with the names of its files."""
    report = await _found(request)
    files = await request.db.read(errors.files_of, workspace_id=report.workspace_id, error_id=report.id)
    return json_response(_view(report, files))


async def create(request: Request) -> Response:
    """Report an error of a task; a screenshot and other files follow in requests of their own."""
    call = await hidden(request, await request.json(wire.ReportError), "type", "message", "stack", "tags")
    made = await asking.noted(
        request,
        errors.report,
        workspace_id=request.caller.workspace_id,
        task_id=asking.writable_task(request),
        attempt=attempt_of(request.caller),
        **msgspec.structs.asdict(call),
        **asking.by(request),
    )
    return json_response(_view(made), status=201)


async def attach(request: Request) -> Response:
    """Keep a file of a report: the body holds its bytes. A second screenshot takes the place of the first."""
    report = await _found(request)
    request.caller.check_writes_to(report.task_id)
    kept = await asking.noted(request, errors.attach, **await _sent_file(request, report))
    return json_response(_file(kept), status=201)


async def _sent_file(request: Request, report: ErrorReport) -> dict[str, Any]:
    """Return what is to be kept with a report; its bytes are in the file store."""
    kind = FileKind(asking.one_of(request, "kind", _KINDS) or "attachment")
    name = await hidden(request, asking.text_of(request, "name") or "")
    blob = await asking.stored(request)
    return {
        "workspace_id": report.workspace_id,
        "error_id": report.id,
        "kind": kind,
        "name": name,
        "digest": blob.digest,
        "size": blob.size,
        "attempt": attempt_of(request.caller),
        "now": request.now,
    }


async def file_content(request: Request) -> Response:
    """Send the bytes of a file of a report."""
    file = await request.db.read(
        errors.get_file, workspace_id=request.caller.workspace_id, file_id=request.path_id("id")
    )
    request.caller.check_reads(file.task_id)
    chunks = await request.blobs.read(file.digest)
    return file_response(chunks, name=file.name, size=file.size, media_type=file.media_type)


async def search_groups(request: Request) -> Response:
    """List faults, the one that was seen last first; those that nobody has mended unless asked otherwise."""
    asking.check_whole(request)
    limit = asking.limit_of(request)
    found = await request.db.read(
        errors.search_groups,
        workspace_id=request.caller.workspace_id,
        resolved=_MENDED[asking.one_of(request, "state", tuple(_MENDED)) or "open"],
        automation=asking.text_of(request, "automation"),
        text=asking.text_of(request, "text"),
        since=asking.moment_of(request, "since"),
        before=asking.place_of(request, "before"),
        limit=limit,
    )
    last = views.next_of(found, limit)
    place = last and f"{last.last_seen}-{last.id}"
    return json_response(wire.ErrorGroupPage(groups=[_group(group) for group in found], next=place))


async def get_group(request: Request) -> Response:
    """Read one fault."""
    asking.check_whole(request)
    found = await request.db.read(
        errors.get_group, workspace_id=request.caller.workspace_id, group_id=request.path_id("id")
    )
    return json_response(_group(found))


async def resolve(request: Request) -> Response:
    """Mark a fault as mended, until it is reported again."""
    return json_response(_group(await _mark(request, errors.resolve)))


async def reopen(request: Request) -> Response:
    """Take the mark of a mended fault away."""
    return json_response(_group(await _mark(request, errors.reopen)))


async def _mark(request: Request, operation: Callable[..., ErrorGroup]) -> ErrorGroup:
    asking.check_not_bot(request)
    return await request.change(
        operation,
        workspace_id=request.caller.workspace_id,
        group_id=request.path_id("id"),
        **asking.by(request),
    )


async def _found(request: Request) -> ErrorReport:
    report = await request.db.read(errors.get, workspace_id=request.caller.workspace_id, error_id=request.path_id("id"))
    request.caller.check_reads(report.task_id)
    return report


def _view(found: ErrorReport, files: Sequence[ErrorFile] = ()) -> wire.ErrorView:
    return wire.ErrorView(
        id=found.id,
        task=found.task_id,
        group=found.group_id,
        automation=found.automation,
        package_version=found.package_version,
        type=found.type,
        message=found.message,
        stack=found.stack,
        language=found.language,
        tags=found.tags,
        created_at=iso(found.created_at),
        created_by=found.created_by,
        files=[_file(file) for file in files],
    )


def _file(found: ErrorFile) -> wire.ErrorFileView:
    return wire.ErrorFileView(
        id=found.id,
        kind=found.kind.value,
        name=found.name,
        media_type=found.media_type,
        digest=found.digest,
        size=found.size,
        created_at=iso(found.created_at),
    )


def _group(found: ErrorGroup) -> wire.ErrorGroupView:
    return wire.ErrorGroupView(
        id=found.id,
        automation=found.automation,
        type=found.type,
        message=found.message,
        place=found.place,
        total=found.total,
        first_seen=iso(found.first_seen),
        last_seen=iso(found.last_seen),
        last_task=found.last_task_id,
        resolved_at=views.moment(found.resolved_at),
        resolved_by=found.resolved_by,
    )
