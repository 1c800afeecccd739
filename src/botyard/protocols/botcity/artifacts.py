"""Result files: announce, upload, list, look at, download."""

from __future__ import annotations

from botyard.core import artifacts
from botyard.protocols.botcity import wire
from botyard.protocols.botcity.auth import attempt_of, listed_task
from botyard.protocols.botcity.paging import Page, Paging, since
from botyard.protocols.botcity.tasks import writable
from botyard.storage import Blob
from botyard.web.request import Request
from botyard.web.response import Response, file_response, json_response
from botyard.web.secrets import hidden
from botyard.web.upload import file_chunks

_LISTED_DAYS = 7
#: Room for boundaries and part headers around the file itself.
_ENVELOPE_BYTES = 64 * 1024


async def create(request: Request) -> Response:
    """Announce a file; its bytes follow in a second request."""
    call = await hidden(request, await request.json(wire.CreateArtifact), "name", "file_name")
    caller = request.caller
    artifact = await request.db.write(
        artifacts.create,
        workspace_id=caller.workspace_id,
        task_id=await writable(request, wire.task_id_of(call.task_id)),
        name=call.name or call.file_name or "",
        file_name=call.file_name or call.name or "",
        actor=caller.actor,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return json_response(wire.ArtifactView.of(artifact))


async def upload(request: Request) -> Response:
    """Take the bytes of an announced file straight to the file store."""
    caller, artifact_id = request.caller, await _announced(request)
    blob = await _receive(request)
    artifact = await request.db.write(
        artifacts.attach,
        workspace_id=caller.workspace_id,
        artifact_id=artifact_id,
        digest=blob.digest,
        size=blob.size,
        actor=caller.actor,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return json_response(wire.ArtifactView.of(artifact))


async def page(request: Request) -> Response:
    """List files, newest first; of the last seven days unless `days` says otherwise."""
    paging, query = Paging.asked(request), request.query
    found, total = await request.db.read(
        artifacts.page,
        workspace_id=request.caller.workspace_id,
        task_id=listed_task(request.caller, wire.task_filter(query)),
        since=since(query, _LISTED_DAYS, request.now),
        offset=paging.offset,
        limit=paging.size,
    )
    return json_response(Page.of([wire.ArtifactView.of(artifact) for artifact in found], total, paging))


async def get(request: Request) -> Response:
    """Describe one file."""
    return json_response(wire.ArtifactView.of(await _find(request)))


async def download(request: Request) -> Response:
    """Send the bytes of one file, as bytes whatever they are."""
    artifact = await _find(request)
    chunks = await request.blobs.read(artifact.content)
    return file_response(chunks, name=artifact.file_name, size=artifact.size)


async def _announced(request: Request) -> int:
    artifact_id = wire.artifact_id_of(request.path["id"])
    workspace_id = request.caller.workspace_id
    artifact = await request.db.read(artifacts.announced, workspace_id=workspace_id, artifact_id=artifact_id)
    await writable(request, artifact.task_id)
    return artifact_id


async def _receive(request: Request) -> Blob:
    limit = request.tools.settings.max_upload_bytes
    body = request.stream(limit=limit + _ENVELOPE_BYTES)
    return await request.blobs.put(file_chunks(request.header("content-type"), body, "file"), limit=limit)


async def _find(request: Request) -> artifacts.Artifact:
    artifact = await request.db.read(
        artifacts.get,
        workspace_id=request.caller.workspace_id,
        artifact_id=wire.artifact_id_of(request.path["id"]),
    )
    request.caller.check_reads(artifact.task_id)
    return artifact
