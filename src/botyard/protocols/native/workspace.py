"""The workspace file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from botyard.base.exceptions import Invalid
from botyard.core import access, declare
from botyard.core.vault import RootKeys
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.wire import native as wire


async def apply(request: Request) -> Response:
    """Make the workspace agree with a document, or tell what that would change."""
    call = await request.json(wire.ApplyCall)
    document = declare.read(call.document, declare.Source(file=call.file, lines=call.lines))
    wanted: dict[str, Any] = {"caller": request.caller, "document": document, "root_keys": request.tools.root_keys}
    if _is_dry(request):
        changes = await request.db.read(_plan, **wanted)
    else:
        await _store(request, document)
        changes = await request.change(
            _apply, audit_action="workspace.apply", audit_target=call.file, now=request.now, **wanted
        )
    return json_response(wire.ApplyReply(changes=[_change(change) for change in changes], dry_run=_is_dry(request)))


async def _store(request: Request, document: declare.Document) -> None:
    limit = request.tools.settings.max_package_bytes
    for content in declare.contents(document):
        await request.blobs.put(_once(content), limit=limit)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _is_dry(request: Request) -> bool:
    wish = request.query.get("dry_run", "false")
    if wish not in ("true", "false"):
        raise Invalid("dry_run must be true or false.", hint="Correct the query.", field="dry_run")
    return wish == "true"


def _plan(tx: Tx, *, caller: access.Caller, document: declare.Document, root_keys: RootKeys) -> list[declare.Change]:
    workspace = access.workspace_for(tx, caller=caller, label=document.workspace)
    return declare.plan(tx, workspace_id=workspace.id, document=document, root_keys=root_keys)


def _apply(
    tx: Tx, *, caller: access.Caller, document: declare.Document, root_keys: RootKeys, now: int
) -> list[declare.Change]:
    workspace = access.workspace_for(tx, caller=caller, label=document.workspace)
    return declare.apply(
        tx, workspace_id=workspace.id, document=document, root_keys=root_keys, actor=caller.actor, now=now
    )


def _change(change: declare.Change) -> wire.Change:
    return wire.Change(**msgspec.structs.asdict(change))
