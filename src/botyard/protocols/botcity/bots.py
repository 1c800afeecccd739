"""Bots: packages that deploy tools list, upload, release and remove."""

from __future__ import annotations

from typing import Any

from botyard.core import automations, packages
from botyard.core.automations import Bundle
from botyard.core.packages import PackageVersion
from botyard.protocols.botcity import wire_automations as wire
from botyard.protocols.botcity.paging import Page, Paging
from botyard.storage import Blob, Tx
from botyard.web.archive import store_archive
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.upload import file_chunks

_DIALECT = "botcity"
_MOST = 1000
#: Room for boundaries and part headers around the file itself.
_ENVELOPE_BYTES = 64 * 1024


async def list_all(request: Request) -> Response:
    """List the bots by id, all or the one that `botId` names; one row each, whatever its versions."""
    found, _ = await _search(request, offset=0, limit=_MOST)
    return json_response([wire.BotView.of(bundle, request.caller.workspace_label) for bundle in found])


async def page(request: Request) -> Response:
    """List the bots by id, page by page."""
    paging = Paging.asked(request)
    found, total = await _search(request, offset=paging.offset, limit=paging.size)
    views = [wire.BotView.of(bundle, request.caller.workspace_label) for bundle in found]
    return json_response(Page.of(views, total, paging))


async def get(request: Request) -> Response:
    """Describe one version of a bot."""
    version, bundle = await request.db.read(
        _version, workspace_id=request.caller.workspace_id, name=request.path["bot"], version=request.path["version"]
    )
    return json_response(wire.BotVersionView.of(version, bundle, request.caller.workspace_label))


async def create(request: Request) -> Response:
    """Make a bot; its versions come with their uploads. One that is there stays as it is."""
    call, caller = await request.json(wire.BotSent), request.caller
    await request.change(
        automations.announce,
        audit_target=call.name,
        workspace_id=caller.workspace_id,
        label=call.name,
        dialect=_DIALECT,
        folder=call.folder,
        actor=caller.actor,
        now=request.now,
    )
    return await _answer(request, call.name)


async def upload(request: Request) -> Response:
    """Take the archive of a version, new or in place of what it held."""
    bot, version = automations.check_label(request.path["bot"]), request.path["version"]
    manifest, blob = await _receive(request)
    await request.change(
        automations.upload,
        audit_target=f"{bot} {version}",
        workspace_id=request.caller.workspace_id,
        label=bot,
        manifest=manifest,
        digest=blob.digest,
        size=blob.size,
        version=version,
        actor=request.caller.actor,
        now=request.now,
    )
    return await _answer(request, bot)


async def release(request: Request) -> Response:
    """Make a version the one that runners start."""
    call = await request.json(wire.BotSent)
    return await _release(request, call.name, call.version)


async def release_named(request: Request) -> Response:
    """Release a version of the bot in the address, by default the one that came last; one client does it like this."""
    call = await request.json(wire.BotSent)
    return await _release(request, request.path["bot"], call.version)


async def update(request: Request) -> Response:
    """Change the repository or the description; one client has this route."""
    call, caller, bot = await request.json(wire.BotSent), request.caller, request.path["bot"]
    await request.change(
        automations.update,
        workspace_id=caller.workspace_id,
        label=bot,
        fields=call.fields,
        actor=caller.actor,
        now=request.now,
    )
    return await _answer(request, bot)


async def delete(request: Request) -> Response:
    """Delete a version."""
    caller, bot, version = request.caller, request.path["bot"], request.path["version"]
    await request.change(
        automations.remove_version,
        audit_target=f"{bot} {version}",
        workspace_id=caller.workspace_id,
        label=bot,
        version=version,
        actor=caller.actor,
        now=request.now,
    )
    return json_response({"message": "The version was deleted."})


async def _receive(request: Request) -> tuple[packages.Manifest, Blob]:
    body = request.stream(limit=request.tools.settings.max_package_bytes + _ENVELOPE_BYTES)
    part = file_chunks(request.header("content-type"), body, "file")
    return await store_archive(request, part, dialect=_DIALECT)


async def _release(request: Request, bot: str, version: str | None) -> Response:
    caller = request.caller
    if version is None:
        bundle = await request.db.read(automations.get_bundle, workspace_id=caller.workspace_id, name=bot)
        version = bundle.latest or ""
    await request.change(
        automations.release,
        audit_target=f"{bot} {version}",
        workspace_id=caller.workspace_id,
        label=bot,
        version=version,
        actor=caller.actor,
        now=request.now,
    )
    return await _answer(request, bot)


async def _search(request: Request, **bounds: Any) -> tuple[list[Bundle], int]:
    named = request.query.get("botId") or request.query.get("label") or None
    return await request.db.read(automations.bundles, workspace_id=request.caller.workspace_id, name=named, **bounds)


async def _answer(request: Request, bot: str) -> Response:
    bundle = await request.db.read(automations.get_bundle, workspace_id=request.caller.workspace_id, name=bot)
    return json_response(wire.BotView.of(bundle, request.caller.workspace_label))


def _version(tx: Tx, *, workspace_id: int, name: str, version: str) -> tuple[PackageVersion, Bundle]:
    bundle = automations.get_bundle(tx, workspace_id=workspace_id, name=name)
    found = packages.get_version(tx, workspace_id=workspace_id, package_id=bundle.id, version=version)
    return found, bundle
