"""The repository: files of tasks that have ended, and the processes that there are (contract 6 and 9)."""

from __future__ import annotations

from botyard.core import systems
from botyard.protocols.elma import sent, views
from botyard.protocols.elma.auth import caller_of
from botyard.web.request import Request
from botyard.web.response import Response, StreamResponse, disposition, json_response


async def download(request: Request) -> Response:
    """Send a file that a task left behind."""
    task_id, name = await sent.task_id(request, "taskid", "id"), await sent.file_name(request)
    found = await request.db.read(systems.find_output, system=caller_of(request).system, task_id=task_id, name=name)
    headers = (
        (b"content-disposition", disposition(found.file_name)),
        (b"content-security-policy", b"sandbox; default-src 'none'"),
    )
    kind = (found.media_type or "application/octet-stream").encode("ascii", "replace")
    return StreamResponse(await request.blobs.read(found.content), media_type=kind, headers=headers, size=found.size)


async def actual(request: Request) -> Response:
    """List the processes that the system may use, each in its current version."""
    system, (offset, limit) = caller_of(request).system, await sent.page(request)
    found, total = await request.db.read(systems.list_processes, system=system, offset=offset, limit=limit)
    return json_response(views.processes(found, total, workspace_id=system.workspace_id))
