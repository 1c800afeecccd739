"""Downloading what tasks left behind."""

from __future__ import annotations

from botyard.core import artifacts
from botyard.web import Request, Response, file_response


async def download(request: Request) -> Response:
    """Send a file as a download; no browser shows it on our origin."""
    artifact = await request.db.read(
        artifacts.get, workspace_id=request.caller.workspace_id, artifact_id=request.path_id("id")
    )
    chunks = await request.blobs.read(artifact.digest or "")
    return file_response(chunks, name=artifact.file_name, size=artifact.size, media_type=artifact.media_type)
