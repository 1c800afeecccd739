"""Publishing packages: asked for first, then uploaded."""

from __future__ import annotations

from botyard.base.exceptions import AlreadyExists
from botyard.core import automations
from botyard.protocols.botvelocity import wire
from botyard.protocols.botvelocity.auth import DIALECT
from botyard.web.archive import store_archive
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.upload import file_chunks
from botyard.wire import bvproject


async def preflight(request: Request) -> Response:
    """Say whether a version can be published, and if not, why."""
    call = await request.json(wire.PackageSent)
    name = automations.check_label(call.name)
    if fault := bvproject.fault_of(name, call.version):
        return json_response({"can_publish": False, "reason": fault})
    try:
        await request.db.read(
            automations.check_publishable,
            workspace_id=request.caller.workspace_id,
            name=name,
            version=call.version,
        )
    except AlreadyExists as error:
        return json_response({"can_publish": False, "reason": str(error)})
    return json_response({"can_publish": True})


async def upload(request: Request) -> Response:
    """Check, store and release a package under the name and version that it gives itself."""
    body = request.stream(limit=request.tools.settings.max_package_bytes)
    chunks = file_chunks(request.header("content-type"), body, "file")
    manifest, blob = await store_archive(request, chunks, dialect=DIALECT)
    done = await request.change(
        automations.publish,
        audit_target=lambda result: f"{result.automation.label} {result.version.version}",
        workspace_id=request.caller.workspace_id,
        manifest=manifest,
        digest=blob.digest,
        size=blob.size,
        actor=request.caller.actor,
        now=request.now,
    )
    published = {"name": done.automation.label, "version": done.version.version, "process": done.automation.id}
    return json_response(published, status=201)
