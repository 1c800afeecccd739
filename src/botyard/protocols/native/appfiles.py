"""Files of an app: list, send, read, delete."""

from __future__ import annotations

from typing import Any

from botyard.base.clock import iso
from botyard.base.exceptions import Invalid, NotFound
from botyard.core import appfiles
from botyard.core.appfiles import AppFile
from botyard.protocols.native import asking, views
from botyard.storage import Blob
from botyard.web.request import Request
from botyard.web.response import Response, file_response, json_response, no_content
from botyard.wire import native as wire


async def search(request: Request) -> Response:
    """List the files of an app by path."""
    asking.check_whole(request)
    limit = asking.limit_of(request)
    found = await request.db.read(
        appfiles.list_all,
        **await _readable(request),
        after=asking.text_of(request, "after") or "",
        limit=limit,
    )
    last = views.next_of(found, limit)
    page = [_view(request, file) for file in found]
    return json_response(wire.AppFilePage(files=page, next=last and last.path))


async def get(request: Request) -> Response:
    """Describe a file."""
    return json_response(_view(request, await _found(request)))


async def content(request: Request) -> Response:
    """Send the bytes of a file."""
    file = await _found(request)
    chunks = await request.blobs.read(file.digest)
    return file_response(chunks, name=file.original_name, size=file.size, media_type=file.media_type)


async def upload(request: Request) -> Response:
    """Keep a file at a path: the body holds its bytes. One that is there stays, unless it may be overwritten."""
    where, path = await asking.scope_of(request), asking.text_of(request, "path")
    if path is None:
        raise Invalid("The file has no path.", hint="Send it as ?path=reports/march.csv.", field="path")
    overwrite = asking.flag_of(request, "overwrite") or False
    if not overwrite:
        await request.db.read(appfiles.check_free, **where, path=appfiles.check_path(path))
    kept = await request.change(
        appfiles.keep,
        audit_target=lambda file: file.path,
        **where,
        **_described(request, path, await asking.stored(request)),
        overwrite=overwrite,
        **asking.by(request),
    )
    return json_response(_view(request, kept), status=201)


def _described(request: Request, path: str, blob: Blob) -> dict[str, Any]:
    kind = (request.header("content-type") or "").partition(";")[0].strip()
    return {
        "path": path,
        "original_name": path.rstrip("/").rpartition("/")[2],
        "media_type": kind,
        "digest": blob.digest,
        "size": blob.size,
        "public": asking.flag_of(request, "public") or False,
    }


async def delete(request: Request) -> Response:
    """Delete a file for good; whoever knew its address finds nothing there."""
    await request.change(
        appfiles.delete,
        audit_target=lambda file: file.path,
        **await asking.scope_of(request),
        path=request.path["path"],
    )
    return no_content()


async def _found(request: Request) -> AppFile:
    asking.check_whole(request)
    return await request.db.read(appfiles.get, **await _readable(request), path=request.path["path"])


async def _readable(request: Request) -> dict[str, Any]:
    """Return the app of the path, as operations are told it. Raises NotFound, for a run also of another app."""
    app, caller = await asking.app_of(request), request.caller
    if caller.attempt_id is not None and caller.app_id != app.id:
        raise NotFound(f'The app "{app.slug}" has no files for this run.', hint="Use those of the run's own app.")
    return {"workspace_id": app.workspace_id, "app_id": app.id}


def _view(request: Request, file: AppFile) -> wire.AppFileView:
    return wire.AppFileView(
        path=file.path,
        original_name=file.original_name,
        media_type=file.media_type,
        digest=file.digest,
        size=file.size,
        public=file.public,
        url=f"{request.server}{file.address}",
        created_at=iso(file.created_at),
        created_by=file.created_by,
    )
