"""Files between bots and tasks, carried by the runner: those that a task was given, and those that its bot left."""

from __future__ import annotations

from botyard.base.exceptions import Invalid
from botyard.core import artifacts, tasks
from botyard.protocols.native import views
from botyard.protocols.native.runners import runner_of
from botyard.storage import Blob, Tx
from botyard.web.request import Request
from botyard.web.response import Response, file_response, json_response
from botyard.web.secrets import hidden


async def read(request: Request) -> Response:
    """Send the bytes of a file that the task of an attempt was given."""
    row = await request.db.read(
        tasks.input_of_attempt,
        runner_id=runner_of(request),
        attempt_id=request.path["attempt"],
        artifact_id=request.path_id("id"),
    )
    chunks = await request.blobs.read(row["digest"])
    return file_response(chunks, name=row["file_name"], size=row["size"], media_type=row["media_type"])


async def keep(request: Request) -> Response:
    """Keep a file that the bot of an attempt left: the body holds its bytes, `name` says what it is called."""
    name, limit = request.query.get("name") or "", request.tools.settings.max_upload_bytes
    if not name:
        raise Invalid("The file has no name.", hint="Send it as ?name=report.csv.", field="name")
    artifact = await request.db.write(
        _keep,
        workspace_id=request.caller.workspace_id,
        runner_id=runner_of(request),
        attempt_id=request.path["attempt"],
        name=await hidden(request, name, attempt_id=request.path["attempt"]),
        blob=await request.blobs.put(request.stream(limit=limit), limit=limit),
        now=request.now,
    )
    return json_response(views.artifact(artifact), status=201)


def _keep(
    tx: Tx, *, workspace_id: int, runner_id: str, attempt_id: str, name: str, blob: Blob, now: int
) -> artifacts.Artifact:
    """Record a file in the name of the attempt, as its bot would have done."""
    attempt = tasks.attempt_of_runner(tx, runner_id=runner_id, attempt_id=attempt_id)
    return artifacts.keep(
        tx,
        workspace_id=workspace_id,
        task_id=attempt.task_id,
        name=name,
        digest=blob.digest,
        size=blob.size,
        actor=f"attempt:{attempt.task_id}/{attempt.epoch}",
        now=now,
        attempt=attempt,
    )
