"""Files of an app, as `automio` 0.5.7 has them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from botyard.sdk.automio import environment, files
from botyard.sdk.automio.api.operations import Operations
from botyard.sdk.automio.api_client import segment
from botyard.sdk.automio.models.files import (
    ApplicationFileDeleteResponse,
    ApplicationFileDownloadResponse,
    ApplicationFileUploadResponse,
)
from botyard.sdk.automio.options import Options

Id = int | str
File = bytes | bytearray | str | os.PathLike[str] | tuple[str, bytes]


class FilesApi(Operations):
    """Keeps files under paths of the app; what is not public is read with a token of the app.

    Each call raises ValueError without an app, ApiException when the server refuses.
    """

    def upload(
        self,
        file: File,
        path: str | None = None,
        overwrite: bool = False,
        app_id: Id | None = None,
        organization_id: Id | None = None,
        is_public: bool | None = None,
    ) -> ApplicationFileUploadResponse:
        """Keep a file: bytes, a name with bytes, or the place of a file on this machine, as text or a path."""
        fields = {"overwrite": str(overwrite)} | ({} if path is None else {"path": path})
        answer = self.api_client.ask(
            ApplicationFileUploadResponse,
            "POST",
            _path(app_id, "upload"),
            headers=_headers(organization_id, is_public),
            form=(fields, files.normalised({"file": _read(file, path)})),
        )
        return answer.data

    def upload_from_url(
        self,
        url: str,
        path: str | None = None,
        overwrite: bool = False,
        app_id: Id | None = None,
        organization_id: Id | None = None,
        is_public: bool | None = None,
    ) -> ApplicationFileUploadResponse:
        """Keep a file that the server fetches from an address."""
        body: dict[str, Any] = {"url": url, "overwrite": overwrite} | ({} if path is None else {"path": path})
        headers = _headers(organization_id, is_public)
        where = _path(app_id, "upload-from-url")
        return self.api_client.ask(ApplicationFileUploadResponse, "POST", where, headers=headers, body=body).data

    def get_metadata(
        self, path: str, app_id: Id | None = None, organization_id: Id | None = None
    ) -> ApplicationFileDownloadResponse:
        """Return what is known of a file, which is named by its path or its public address."""
        if not path.strip():
            raise ValueError("The path is missing. Give the path of a file, or its public address.")
        name = "public_url" if path.strip().startswith(("http://", "https://")) else "path"
        where, headers = _path(app_id, "download"), _headers(organization_id, None)
        query = {name: path.strip()}
        return self.api_client.ask(ApplicationFileDownloadResponse, "GET", where, query=query, headers=headers).data

    def download_binary(
        self,
        public_url: str,
        app_id: Id | None = None,
        organization_id: Id | None = None,
        timeout: float | tuple[float, float] | None = None,
    ) -> bytes:
        """Return the bytes of a file."""
        if not public_url.strip().startswith(("http://", "https://")):
            raise ValueError("That is no address. Give the public_url of a file.")
        answer = self.api_client.ask(
            bytes,
            "GET",
            _path(app_id, "download-binary"),
            query={"public_url": public_url.strip()},
            headers=_headers(organization_id, None),
            options=Options(_request_timeout=timeout),
        )
        return answer.data

    def delete(
        self, path: str, app_id: Id | None = None, organization_id: Id | None = None
    ) -> ApplicationFileDeleteResponse:
        """Delete a file."""
        where, headers = _path(app_id, "delete"), _headers(organization_id, None)
        return self.api_client.ask(
            ApplicationFileDeleteResponse, "DELETE", where, query={"path": path}, headers=headers
        ).data


def _path(app_id: Id | None, what: str) -> str:
    app = environment.required_app_id() if app_id is None else app_id
    return f"/api/apps/{segment(app)}/files/{what}/"


def _headers(organization_id: Id | None, is_public: bool | None) -> dict[str, str]:
    whose = {} if organization_id is None else {"X-Organization-Id": str(organization_id)}
    return whose if is_public is None else {**whose, "X-File-Public": str(is_public).lower()}


def _read(file: File, path: str | None) -> tuple[str, bytes]:
    if isinstance(file, bytes | bytearray):
        return os.path.basename(path or "file"), bytes(file)  # noqa: PTH119 -- a path of the app, not of this machine
    if isinstance(file, tuple):
        return file
    place = Path(file)
    return place.name, place.read_bytes()
