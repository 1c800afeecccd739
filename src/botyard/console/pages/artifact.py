"""Downloading what tasks left behind."""

from __future__ import annotations

from mimetypes import guess_type

from botyard.core import artifacts
from botyard.web import Request, Response, file_response

#: Types that a page may show as a picture.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_MAX_PICTURE = 8 * 1024 * 1024


async def download(request: Request) -> Response:
    """Send a file as a download; no browser shows it on our origin."""
    artifact = await request.db.read(
        artifacts.get, workspace_id=request.caller.workspace_id, artifact_id=request.path_id("id")
    )
    chunks = await request.blobs.read(artifact.digest or "")
    return file_response(chunks, name=artifact.file_name, size=artifact.size, media_type=media_type_of(artifact))


def media_type_of(artifact: artifacts.Artifact) -> str | None:
    """Return what the file was said to be when it was sent, else what its name says."""
    said = artifact.media_type
    return said if said and said != "application/octet-stream" else guess_type(artifact.file_name)[0]


def is_picture(artifact: artifacts.Artifact) -> bool:
    """Return whether a page may show the file as a picture."""
    return media_type_of(artifact) in PICTURES and (artifact.size or 0) <= _MAX_PICTURE
