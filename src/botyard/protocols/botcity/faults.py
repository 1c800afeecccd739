"""Errors of tasks: report one, add its screenshot and files, list, look at."""

from __future__ import annotations

from botyard.core import errors
from botyard.core.errors import ErrorReport, FileKind
from botyard.protocols.botcity import wire, wire_records
from botyard.protocols.botcity.auth import attempt_of, listed_task
from botyard.protocols.botcity.paging import Page, Paging, since
from botyard.protocols.botcity.tasks import writable
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import hidden
from botyard.web.upload import FilePart

#: Room for boundaries and part headers around the file itself.
_ENVELOPE_BYTES = 64 * 1024


async def create(request: Request) -> Response:
    """Report an error of a task; files follow in requests of their own."""
    call = await hidden(request, await request.json(wire_records.CreateError), "type", "message", "stack_trace", "tags")
    report = await request.db.write(
        errors.report,
        workspace_id=request.caller.workspace_id,
        task_id=await writable(request, wire.task_id_of(call.task_id)),
        type=call.type or "",
        message=call.message or "",
        stack=call.stack_trace,
        language=call.language or "",
        tags=call.labels,
        actor=request.caller.actor,
        now=request.now,
        attempt=attempt_of(request.caller),
    )
    return json_response(wire_records.ErrorView.of(report, [], request.caller.workspace_label), status=201)


async def screenshot(request: Request) -> Response:
    """Take the screenshot of an error."""
    return await _attach(request, FileKind.SCREENSHOT)


async def attachment(request: Request) -> Response:
    """Take a file of an error."""
    return await _attach(request, FileKind.ATTACHMENT)


async def page(request: Request) -> Response:
    """List errors, newest first."""
    paging, query, caller = Paging.asked(request), request.query, request.caller
    named = {name.lower(): value for name, value in query.items()}
    found, total = await request.db.read(
        errors.page,
        workspace_id=caller.workspace_id,
        task_id=listed_task(caller, wire.task_filter(query)),
        automation=named.get("automationlabel") or named.get("activitylabel") or None,
        since=since(query, None, request.now),
        offset=paging.offset,
        limit=paging.size,
    )
    views = [wire_records.ErrorView.of(report, files, caller.workspace_label) for report, files in found]
    return json_response(Page.of(views, total, paging))


async def get(request: Request) -> Response:
    """Describe one error."""
    report, workspace_id = await _find(request), request.caller.workspace_id
    request.caller.check_reads(report.task_id)
    files = await request.db.read(errors.files_of, workspace_id=workspace_id, error_id=report.id)
    return json_response(wire_records.ErrorView.of(report, files, request.caller.workspace_label))


async def _attach(request: Request, kind: FileKind) -> Response:
    caller, report = request.caller, await _find(request)
    await writable(request, report.task_id)
    limit = request.tools.settings.max_upload_bytes
    body = request.stream(limit=limit + _ENVELOPE_BYTES)
    part = FilePart(request.header("content-type"), body, "file")
    blob = await request.blobs.put(part.chunks(), limit=limit)
    file = await request.db.write(
        errors.attach,
        workspace_id=caller.workspace_id,
        error_id=report.id,
        kind=kind,
        name=await hidden(request, part.file_name),
        digest=blob.digest,
        size=blob.size,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return json_response(wire_records.ErrorFileView.of(file))


async def _find(request: Request) -> ErrorReport:
    error_id = wire.error_id_of(request.path["id"])
    return await request.db.read(errors.get, workspace_id=request.caller.workspace_id, error_id=error_id)
