"""Files of tasks over the whole workspace: list, read, send, delete."""

from __future__ import annotations

from botyard.base.exceptions import Invalid
from botyard.core import artifacts
from botyard.core.artifacts import Artifact
from botyard.protocols.native import asking, views
from botyard.protocols.native.auth import attempt_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.web.secrets import hidden
from botyard.wire import native as wire


async def search(request: Request) -> Response:
    """List files newest first: of a task, of an automation, or all."""
    limit = asking.limit_of(request)
    found = await request.db.read(
        artifacts.search,
        workspace_id=request.caller.workspace_id,
        task_id=asking.own_task(request, asking.id_of(request, "task")),
        automation=asking.text_of(request, "automation"),
        text=asking.text_of(request, "text"),
        before_id=asking.id_of(request, "before"),
        limit=limit,
    )
    last = views.next_of(found, limit)
    page = [views.artifact(artifact) for artifact in found]
    return json_response(wire.ArtifactList(artifacts=page, next=last and last.id))


async def get(request: Request) -> Response:
    """Describe a file."""
    return json_response(views.artifact(await _found(request)))


async def delete(request: Request) -> Response:
    """Delete a file of a task, for good; not one that the task was given."""
    artifact = await _found(request)
    request.caller.check_writes_to(artifact.task_id)
    await request.change(
        artifacts.delete,
        workspace_id=artifact.workspace_id,
        artifact_id=artifact.id,
        **asking.by(request),
    )
    return no_content()


async def upload(request: Request) -> Response:
    """Keep a file of a task: the body holds its bytes. One of the same name stays, under a name with a number."""
    task_id, name = asking.writable_task(request), _name(request)
    blob = await asking.stored(request)
    kept = await asking.noted(
        request,
        artifacts.keep,
        workspace_id=request.caller.workspace_id,
        task_id=task_id,
        name=await hidden(request, name),
        digest=blob.digest,
        size=blob.size,
        attempt=attempt_of(request.caller),
        **asking.by(request),
    )
    return json_response(views.artifact(kept), status=201)


def _name(request: Request) -> str:
    name = asking.text_of(request, "name")
    if name is None:
        raise Invalid("The file has no name.", hint="Send it as ?name=report.csv.", field="name")
    return name


async def _found(request: Request) -> Artifact:
    artifact = await request.db.read(
        artifacts.get, workspace_id=request.caller.workspace_id, artifact_id=request.path_id("id")
    )
    request.caller.check_reads(artifact.task_id)
    return artifact
