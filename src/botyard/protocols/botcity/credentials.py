"""Credentials: sets of keys whose values bots read, add and change."""

from __future__ import annotations

from botyard.core import credentials
from botyard.protocols.botcity import wire_credentials as wire
from botyard.protocols.botcity.auth import attempt_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, text_response
from botyard.web.secrets import reveal

_MOST = 1000


async def get_value(request: Request) -> Response:
    """Read one value, as plain text."""
    key = request.path["key"]
    read = await reveal(request, label=request.path["label"], key=key, attempt=attempt_of(request.caller))
    return text_response(next(iter(read.values.values())).reveal())


async def get(request: Request) -> Response:
    """Read a whole set: clients send it back changed."""
    read = await reveal(request, label=request.path["label"], attempt=attempt_of(request.caller))
    return json_response(wire.CredentialView.of(read.credential, request.caller.workspace_label, read.values))


async def list_all(request: Request) -> Response:
    """List the sets by label, with their keys and without values."""
    caller = request.caller
    found = await request.db.read(
        credentials.search, workspace_id=caller.workspace_id, limit=_MOST, attempt=attempt_of(caller)
    )
    return json_response([wire.CredentialView.of(one, caller.workspace_label) for one in found])


async def create(request: Request) -> Response:
    """Make a set."""
    call = await request.json(wire.CredentialSent)
    caller = request.caller
    made = await request.change(
        credentials.create,
        root_keys=request.tools.root_keys,
        workspace_id=caller.workspace_id,
        label=call.label or "",
        folder=call.repository_label or None,
        secrets=call.values(),
        actor=caller.actor,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return json_response(wire.CredentialView.of(made, caller.workspace_label))


async def put_key(request: Request) -> Response:
    """Set one key of a set, new or not."""
    call = await request.json(wire.SecretSent)
    caller = request.caller
    changed = await request.change(
        credentials.put_key,
        root_keys=request.tools.root_keys,
        workspace_id=caller.workspace_id,
        label=request.path["label"],
        key=call.name,
        secret=credentials.text_of(call.value),
        actor=caller.actor,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return json_response(wire.CredentialView.of(changed, caller.workspace_label))


async def replace(request: Request) -> Response:
    """Let a set hold exactly the keys that were sent."""
    call = await request.json(wire.CredentialSent)
    caller = request.caller
    changed = await request.change(
        credentials.replace,
        root_keys=request.tools.root_keys,
        workspace_id=caller.workspace_id,
        label=request.path["label"],
        secrets=call.values(),
        actor=caller.actor,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return json_response(wire.CredentialView.of(changed, caller.workspace_label))
