"""Assets: described without what is secret, made, changed, deleted, and the secret of one for whoever may read it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from botyard.base.clock import iso
from botyard.base.exceptions import Invalid
from botyard.core import assets, folders
from botyard.core.assets import Asset
from botyard.protocols.native.auth import attempt_of
from botyard.protocols.native.views import moment
from botyard.storage import Tx
from botyard.web.etags import tag_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.web.secrets import reveal_asset
from botyard.wire import native as wire


async def search(request: Request) -> Response:
    """List assets by name, of one folder or of all, without what is secret."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    found = await request.db.read(
        assets.search,
        workspace_id=request.caller.workspace_id,
        text=request.query.get("text"),
        folder=request.query.get("folder") or None,
        after=_place(request.query.get("after")),
        limit=limit,
        attempt=attempt_of(request.caller),
    )
    after = f"{found[-1].name}/{found[-1].folder}" if len(found) == limit else None
    return json_response(wire.AssetPage(assets=[_view(one) for one in found], next=after))


async def get(request: Request) -> Response:
    """Describe an asset of a folder, else of DEFAULT, without what is secret."""
    caller = request.caller
    found = await request.db.read(
        assets.get,
        workspace_id=caller.workspace_id,
        name=request.path["name"],
        folder=request.query.get("folder"),
        attempt=attempt_of(caller),
    )
    return json_response(_view(found), headers=tag_of(found))


async def create(request: Request) -> Response:
    """Make an asset."""
    call = await request.json(wire.CreateAsset)
    made = await request.change(
        assets.create,
        audit_target=_target,
        root_keys=request.tools.root_keys,
        workspace_id=request.caller.workspace_id,
        asset=assets.checked(**_parts(call), name=call.name, folder=call.folder),
        actor=request.caller.actor,
        now=request.now,
        attempt=attempt_of(request.caller),
    )
    return json_response(_view(made), status=201)


async def put(request: Request) -> Response:
    """Make the asset of this name in the folder, or change it; what is left out stays."""
    call = await request.json(wire.PutAsset)
    folder = request.query.get("folder")
    changed = await request.change(
        assets.put,
        current=_current(request),
        audit_target=_target,
        root_keys=request.tools.root_keys,
        workspace_id=request.caller.workspace_id,
        asset=assets.checked(**_parts(call), name=request.path["name"], folder=folder, whole=False),
        actor=request.caller.actor,
        now=request.now,
        attempt=attempt_of(request.caller),
    )
    return json_response(_view(changed), headers=tag_of(changed))


async def delete(request: Request) -> Response:
    """Remove an asset of the folder, and its secret for good."""
    await request.change(
        assets.delete,
        current=_current(request),
        audit_target=_target,
        workspace_id=request.caller.workspace_id,
        name=request.path["name"],
        folder=request.query.get("folder") or folders.DEFAULT,
        actor=request.caller.actor,
        now=request.now,
        attempt=attempt_of(request.caller),
    )
    return no_content()


async def read_secret(request: Request) -> Response:
    """Hand out what is secret in an asset; recorded before it leaves."""
    name, folder = request.path["name"], request.query.get("folder")
    read = await reveal_asset(request, name=name, folder=folder, attempt=attempt_of(request.caller))
    return json_response(wire.AssetSecret(value=read.secret.reveal(), username=read.asset.username))


def _current(request: Request) -> Callable[[Tx], Asset]:
    """Return what finds the asset of the path."""
    caller = request.caller
    return partial(
        assets.get,
        workspace_id=caller.workspace_id,
        name=request.path["name"],
        folder=request.query.get("folder"),
        attempt=attempt_of(caller),
    )


def _place(after: str | None) -> tuple[str, str] | None:
    if not after:
        return None
    name, slash, folder = after.partition("/")
    if not slash or "\0" in after:
        raise Invalid('"after" is not a place in the list.', hint="Send what the page before said.", field="after")
    return name, folder


def _parts(call: wire.CreateAsset | wire.PutAsset) -> dict[str, Any]:
    return {
        "type": call.type,
        "value": call.value,
        "username": call.username,
        "password": call.password,
        "description": call.description,
    }


def _target(asset: Asset) -> str:
    return asset.name


def _view(found: Asset) -> wire.AssetView:
    return wire.AssetView(
        id=found.id,
        name=found.name,
        folder=found.folder,
        type=found.type,
        description=found.description,
        value=found.value,
        username=found.username,
        version=found.version,
        created_at=iso(found.created_at),
        created_by=found.created_by,
        updated_at=iso(found.updated_at),
        updated_by=found.updated_by,
        read_at=moment(found.read_at),
        read_by=found.read_by,
    )
