"""Automations, and deploying packages to them."""

from __future__ import annotations

from functools import partial

import msgspec

from botyard.base.exceptions import Invalid, NotFound
from botyard.core import automations, packages
from botyard.protocols.native import deploying, views
from botyard.storage import Blob
from botyard.web.archive import store_archive
from botyard.web.etags import tag_of
from botyard.web.request import Request
from botyard.web.response import Response, file_response, json_response
from botyard.wire import native as wire

_ZIP_TYPES = ("application/zip", "application/x-zip-compressed", "application/octet-stream")
_HEX = set("0123456789abcdef")


async def create(request: Request) -> Response:
    """Make an automation."""
    call = await request.json(wire.CreateAutomation)
    fields = msgspec.structs.asdict(call)
    fields.pop("label")
    if call.name is None:
        fields.pop("name")
    automation = await request.change(
        automations.create,
        workspace_id=request.caller.workspace_id,
        label=call.label,
        fields=fields,
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(views.automation(automation), status=201)


async def get(request: Request) -> Response:
    """Read one automation."""
    automation = await request.db.read(
        automations.get, workspace_id=request.caller.workspace_id, label=request.path["label"]
    )
    return json_response(views.automation(automation), headers=tag_of(automation))


async def search(request: Request) -> Response:
    """List automations by label."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    found = await request.db.read(
        automations.search,
        workspace_id=request.caller.workspace_id,
        text=request.query.get("text") or None,
        after=request.query.get("after") or None,
        limit=limit,
    )
    last = views.next_of(found, limit)
    page = [views.automation(automation) for automation in found]
    return json_response(wire.AutomationPage(automations=page, next=last and last.label))


async def update(request: Request) -> Response:
    """Change the fields that were sent."""
    call = await request.json(wire.UpdateAutomation)
    sent = {name: value for name, value in msgspec.structs.asdict(call).items() if value is not msgspec.UNSET}
    automation = await request.change(
        automations.update,
        current=partial(automations.get, workspace_id=request.caller.workspace_id, label=request.path["label"]),
        workspace_id=request.caller.workspace_id,
        label=request.path["label"],
        fields=sent,
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(views.automation(automation), headers=tag_of(automation))


async def deploy(request: Request) -> Response:
    """Check, store and release a package."""
    label = automations.check_label(request.path["label"])
    manifest, blob = await _received(request)
    done = await request.change(
        deploying.operation_of(manifest),
        audit_action="automations.deploy",
        audit_target=lambda result: f"{label} {result.version.version}",
        **await deploying.parameters_of(request, manifest, blob),
        label=label,
    )
    return json_response(views.deployed(done), status=201 if done.created else 200)


async def _received(request: Request) -> tuple[packages.Manifest, Blob]:
    _check_type(request)
    body = request.stream(limit=request.tools.settings.max_package_bytes)
    return await store_archive(request, body, dialect=request.query.get("dialect") or None)


async def package_content(request: Request) -> Response:
    """Send the archive of a package version of the caller's workspace."""
    digest = request.path["digest"]
    version = None
    if len(digest) == 64 and set(digest) <= _HEX:
        version = await request.db.read(
            packages.find_by_digest, workspace_id=request.caller.workspace_id, digest=digest
        )
    if version is None:
        raise NotFound(f'There is no package "{digest[:64]}".', hint="Use the digest that came with the lease.")
    chunks = await request.blobs.read(digest)
    return file_response(chunks, name=f"{digest[:12]}.zip", size=version.size, media_type="application/zip")


def _check_type(request: Request) -> None:
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind not in _ZIP_TYPES:
        raise Invalid(
            "The body is not declared as a zip archive.",
            hint="Send Content-Type: application/zip.",
            code="unsupported_media_type",
        )
