"""Files of an app (contract b.18)."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from botyard.base.exceptions import Invalid
from botyard.core import appfiles
from botyard.core.appfiles import AppFile
from botyard.protocols.automio.auth import app_of
from botyard.storage import Blob
from botyard.upstream import Policy, UpstreamError
from botyard.web.multipart import Form, read_form
from botyard.web.request import Request
from botyard.web.response import Response, file_response, json_response

_FETCH_SECONDS = 60.0


class UrlSent(msgspec.Struct, frozen=True, kw_only=True):
    """A file to fetch from somewhere else."""

    url: str
    path: str | None = None
    overwrite: bool = False


class _Received(NamedTuple):
    """A file whose bytes are in the file store."""

    blob: Blob
    name: str
    media_type: str
    path: str
    overwrite: bool


async def upload(request: Request) -> Response:
    """Keep the file that a form carries."""
    kind = request.header("content-type") or ""
    if not kind.lower().startswith("multipart/form-data"):
        raise Invalid("The body is not a multipart form.", hint="Send the file in the part file.", field="file")
    async with await read_form(kind, request.stream(limit=request.tools.settings.max_upload_bytes)) as form:
        received = await _received(request, form)
    return json_response(_kept(request, await _keep(request, received)), status=201)


async def upload_from_url(request: Request) -> Response:
    """Fetch a file and keep it."""
    sent = await request.json(UrlSent)
    received = await _fetched(request, sent)
    return json_response(_kept(request, await _keep(request, received)), status=201)


async def metadata(request: Request) -> Response:
    """Tell about a file, by its path or its address."""
    return json_response(_described(request, await _found(request)))


async def content(request: Request) -> Response:
    """Send the bytes of a file of the token's app."""
    return await _bytes_of(request, await _found(request))


async def public_content(request: Request) -> Response:
    """Send the bytes of a public file to whoever knows its address."""
    file = await request.db.read(appfiles.find_public, object_key=request.path["object"])
    return await _bytes_of(request, file)


async def delete(request: Request) -> Response:
    """Delete a file."""
    path = appfiles.check_path(request.query.get("path", ""))
    caller = request.caller
    file = await request.change(
        appfiles.delete,
        audit_target=lambda file: file.path,
        workspace_id=caller.workspace_id,
        app_id=app_of(caller),
        path=path,
    )
    named = {"bucket_name": _bucket(file), "path": file.path, "object_key": file.object_key}
    return json_response({**named, "detail": "The file was deleted."})


async def _received(request: Request, form: Form) -> _Received:
    """Return the file of a form, once its bytes are stored. Raises Invalid and AlreadyExists before that."""
    sent = form.file("file")
    path = appfiles.check_path(form.text("path").strip() or sent.file_name)
    overwrite = _is_true(form.text("overwrite"))
    await _check_free(request, path, overwrite=overwrite)
    blob = await request.blobs.put(sent.chunks(), limit=request.tools.settings.max_upload_bytes)
    return _Received(blob, sent.file_name, sent.media_type or "", path, overwrite)


async def _fetched(request: Request, sent: UrlSent) -> _Received:
    name = sent.url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2] or "file"
    path = appfiles.check_path((sent.path or "").strip() or name)
    await _check_free(request, path, overwrite=sent.overwrite)
    limit = request.tools.settings.max_upload_bytes
    policy = Policy(max_bytes=limit, timeout=_FETCH_SECONDS)
    try:
        async with request.tools.upstream.send("GET", sent.url, policy=policy) as answer:
            if answer.status >= 400:
                raise Invalid(f"The address answered {answer.status}.", hint="Check it.", field="url")
            blob = await request.blobs.put(answer.aiter_bytes(), limit=limit)
            kind = answer.headers.get("content-type") or ""
    except UpstreamError as error:
        raise Invalid(
            f"The file could not be fetched: {error.reason}", hint="Check the address.", field="url"
        ) from None
    return _Received(blob, name, kind, path, sent.overwrite)


async def _check_free(request: Request, path: str, *, overwrite: bool) -> None:
    if not overwrite:
        caller = request.caller
        await request.db.read(appfiles.check_free, workspace_id=caller.workspace_id, app_id=app_of(caller), path=path)


async def _keep(request: Request, received: _Received) -> AppFile:
    caller = request.caller
    return await request.change(
        appfiles.keep,
        audit_target=lambda file: file.path,
        workspace_id=caller.workspace_id,
        app_id=app_of(caller),
        path=received.path,
        original_name=received.name,
        media_type=received.media_type,
        digest=received.blob.digest,
        size=received.blob.size,
        public=_is_true(request.header("x-file-public") or ""),
        overwrite=received.overwrite,
        actor=caller.actor,
        now=request.now,
    )


async def _found(request: Request) -> AppFile:
    return await request.db.read(
        appfiles.get,
        workspace_id=request.caller.workspace_id,
        app_id=app_of(request.caller),
        path=request.query.get("path"),
        url=request.query.get("public_url"),
    )


async def _bytes_of(request: Request, file: AppFile) -> Response:
    chunks = await request.blobs.read(file.digest)
    return file_response(chunks, name=file.original_name, size=file.size, media_type=file.media_type)


def _kept(request: Request, file: AppFile) -> dict[str, Any]:
    names = {"content_type": file.media_type, "original_filename": file.original_name}
    return {**_described(request, file), **names}


def _described(request: Request, file: AppFile) -> dict[str, Any]:
    return {
        "bucket_name": _bucket(file),
        "path": file.path,
        "object_key": file.object_key,
        "size": file.size,
        "public_url": f"{request.server}{file.address}",
    }


def _bucket(file: AppFile) -> str:
    return f"app-{file.app_id}"


def _is_true(text: str) -> bool:
    return text.strip().lower() in ("true", "1", "yes")
