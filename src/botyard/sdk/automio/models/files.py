"""Files of an app."""

from __future__ import annotations

from botyard.sdk.automio.models.base import Model


class ApplicationFileUploadResponse(Model, kw_only=True):
    """A file that is kept now."""

    bucket_name: str
    path: str
    object_key: str
    public_url: str
    content_type: str
    original_filename: str
    size: int | None = None


class ApplicationFileDownloadResponse(Model, kw_only=True):
    """What is known of a file."""

    bucket_name: str
    path: str
    object_key: str
    size: int | None = None
    public_url: str


class ApplicationFileDeleteResponse(Model, kw_only=True):
    """A file that was deleted."""

    bucket_name: str
    path: str
    object_key: str
    detail: str
