"""Credentials, and the rotation of the keys that protect them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from botyard.base.clock import iso
from botyard.base.exceptions import Denied
from botyard.core import credentials, vault
from botyard.core.access import Caller
from botyard.core.credentials import Credential
from botyard.protocols.native.auth import attempt_of
from botyard.storage import Tx
from botyard.web.etags import tag_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.web.secrets import reveal
from botyard.wire import native as wire


async def search(request: Request) -> Response:
    """List sets by label, with their keys and without values."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    found = await request.db.read(
        credentials.search,
        workspace_id=request.caller.workspace_id,
        after=request.query.get("after") or None,
        limit=limit,
        attempt=attempt_of(request.caller),
    )
    after = found[-1].label if len(found) == limit else None
    return json_response(wire.CredentialPage(credentials=[_view(one) for one in found], next=after))


async def get(request: Request) -> Response:
    """Describe a set, without values."""
    caller = request.caller
    found = await request.db.read(
        credentials.get,
        workspace_id=caller.workspace_id,
        label=request.path["label"],
        attempt=attempt_of(caller),
    )
    return json_response(_view(found), headers=tag_of(found))


async def create(request: Request) -> Response:
    """Make a set."""
    call = await request.json(wire.CreateCredential)
    made = await request.change(
        credentials.create,
        root_keys=request.tools.root_keys,
        workspace_id=request.caller.workspace_id,
        label=call.label,
        folder=call.folder,
        secrets=credentials.checked_secrets(call.secrets.items()),
        actor=request.caller.actor,
        now=request.now,
        attempt=attempt_of(request.caller),
    )
    return json_response(_view(made), status=201)


async def replace(request: Request) -> Response:
    """Let a set hold exactly these secrets."""
    return await _set(request, keep_others=False)


async def update(request: Request) -> Response:
    """Set some keys of a set, and leave the others."""
    return await _set(request, keep_others=True)


async def _set(request: Request, *, keep_others: bool) -> Response:
    call = await request.json(wire.SetSecrets)
    changed = await request.change(
        credentials.replace,
        current=_current(request),
        root_keys=request.tools.root_keys,
        workspace_id=request.caller.workspace_id,
        label=request.path["label"],
        secrets=credentials.checked_secrets(call.secrets.items()),
        keep_others=keep_others,
        actor=request.caller.actor,
        now=request.now,
        attempt=attempt_of(request.caller),
    )
    return json_response(_view(changed), headers=tag_of(changed))


async def delete(request: Request) -> Response:
    """Remove a set and its values for good."""
    await request.change(
        credentials.delete,
        current=_current(request),
        workspace_id=request.caller.workspace_id,
        label=request.path["label"],
        actor=request.caller.actor,
        now=request.now,
        attempt=attempt_of(request.caller),
    )
    return no_content()


async def delete_key(request: Request) -> Response:
    """Remove one key of a set and its value for good."""
    changed = await request.change(
        credentials.delete_key,
        workspace_id=request.caller.workspace_id,
        label=request.path["label"],
        key=request.path["key"],
        actor=request.caller.actor,
        now=request.now,
        attempt=attempt_of(request.caller),
    )
    return json_response(_view(changed))


async def read_value(request: Request) -> Response:
    """Hand out one value; recorded before it leaves."""
    key = request.path["key"]
    read = await reveal(request, label=request.path["label"], key=key, attempt=attempt_of(request.caller))
    return json_response(wire.SecretView(value=next(iter(read.values.values())).reveal()))


async def rotate(request: Request) -> Response:
    """Do one step of a rotation of all keys of this server. For its local administrator only."""
    call = await request.json(wire.RotateCall)
    _check_local(request.caller)
    step = await request.change(
        vault.rotate,
        audit_target=lambda done: f"{done.rewrapped} rewrapped, {done.left} left",
        root_keys=request.tools.root_keys,
        begin=call.begin,
        now=request.now,
    )
    return json_response(_rotation(step, str(request.tools.root_keys.path.absolute())))


def _current(request: Request) -> Callable[[Tx], Credential]:
    """Return what finds the set of the path."""
    caller = request.caller
    return partial(
        credentials.get, workspace_id=caller.workspace_id, label=request.path["label"], attempt=attempt_of(caller)
    )


def _check_local(caller: Caller) -> None:
    if caller.kind != "local":
        raise Denied(
            "Keys are rotated for the whole server, by its local administrator.",
            hint="Run botyard vault rotate on the server's machine, with --data.",
        )


def _rotation(step: vault.Rotation, key_file: str) -> wire.RotationView:
    return wire.RotationView(
        done=step.done, rewrapped=step.rewrapped, left=step.left, root_key=step.root_id, key_file=key_file
    )


def _view(found: Credential) -> wire.CredentialView:
    return wire.CredentialView(
        id=found.id,
        label=found.label,
        folder=found.folder,
        created_at=iso(found.created_at),
        created_by=found.created_by,
        updated_at=iso(found.updated_at),
        keys=[
            wire.CredentialKeyView(
                name=key.name,
                version=key.version,
                updated_at=iso(key.updated_at),
                updated_by=key.updated_by,
                read_at=None if key.read_at is None else iso(key.read_at),
                read_by=key.read_by,
            )
            for key in found.keys
        ],
    )
