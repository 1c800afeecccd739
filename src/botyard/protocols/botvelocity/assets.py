"""Assets, secrets and credentials: read, changed and listed, never made here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botyard.base.exceptions import Denied, Invalid
from botyard.core import assets
from botyard.core.assets import Asset
from botyard.protocols.botvelocity import wire
from botyard.protocols.botvelocity.auth import attempt_of, folder_of
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import reveal_asset

_MOST = 1000
_PART = ".password"


async def get_value(request: Request) -> Response:
    """Read a text, a number or a truth; secrets are refused."""
    asset = await _find(request)
    if asset.is_secret:
        raise Denied(f'The asset "{asset.name}" is a {asset.type}.', hint="Read it with the call for it.")
    return json_response(wire.AssetView.of(asset))


async def get(request: Request) -> Response:
    """Describe one asset; what is secret is masked."""
    return json_response(wire.AssetView.of(await _find(request)))


async def list_all(request: Request) -> Response:
    """List the assets by name; what is secret is masked."""
    caller = request.caller
    found = await request.db.read(
        assets.search,
        workspace_id=caller.workspace_id,
        text=request.query.get("search"),
        attempt=attempt_of(caller),
        limit=_MOST,
    )
    return json_response([wire.AssetView.of(asset) for asset in found])


async def set_value(request: Request) -> Response:
    """Change a text, a number or a truth."""
    call = await request.json(wire.ValueSent)
    return await _change(request, assets.set_value, value=call.value)


async def set_secret(request: Request) -> Response:
    """Change a secret: the text that is sent is what is read later, whatever the client did to it before."""
    call = await request.json(wire.ValueSent)
    return await _change(request, assets.set_secret, value=call.value)


async def set_credential(request: Request) -> Response:
    """Change the two parts of a credential."""
    call = await request.json(wire.CredentialSent)
    return await _change(request, assets.set_credential, username=call.username, password=call.password)


async def resolve(request: Request) -> Response:
    """Read a secret, or the password of a credential by the name `NAME.password`."""
    call = await request.json(wire.NameSent)
    workspace_id, stem = request.caller.workspace_id, call.name.removesuffix(_PART)
    name = await request.db.read(_secret_name, workspace_id=workspace_id, name=call.name, stem=stem)
    read = await reveal_asset(request, name=name, folder=folder_of(request), attempt=attempt_of(request.caller))
    return json_response({"value": read.secret.reveal()})


async def username(request: Request) -> Response:
    """Read the user name of a credential."""
    asset = await _find(request)
    if asset.type != "credential":
        raise Invalid(
            f'The asset "{asset.name}" is of the type {asset.type}, not credential.',
            hint="Read it as what it is.",
            code="wrong_asset_type",
        )
    return json_response({"name": asset.name, "username": asset.username})


def _secret_name(tx: Tx, *, workspace_id: int, name: str, stem: str) -> str:
    """Return the asset that a name of a secret means: the one of that name, else the credential without the ending."""
    exact = stem == name or assets.in_use(tx, workspace_id=workspace_id, label=name) is not None
    return name if exact else stem


async def _find(request: Request) -> Asset:
    return await request.db.read(
        assets.get,
        workspace_id=request.caller.workspace_id,
        name=request.path["name"],
        folder=folder_of(request),
        attempt=attempt_of(request.caller),
    )


async def _change(request: Request, operation: Callable[..., Asset], **parts: Any) -> Response:
    caller = request.caller
    changed = await request.change(
        operation,
        audit_target=lambda asset: asset.name,
        root_keys=request.tools.root_keys,
        workspace_id=caller.workspace_id,
        name=request.path["name"],
        folder=folder_of(request),
        attempt=attempt_of(caller),
        actor=caller.actor,
        now=request.now,
        **parts,
    )
    return json_response(wire.AssetView.of(changed))
