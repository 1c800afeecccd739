"""Who calls: a bearer token, and the workspace that it stands for."""

from __future__ import annotations

from urllib.parse import unquote

import msgspec

from botyard.core import access
from botyard.core.access import Caller
from botyard.core.tasks import AttemptRef
from botyard.web.auth import bearer
from botyard.web.request import Request

WORKSPACE_HEADER = "x-botyard-workspace"


async def authenticate(request: Request) -> Caller:
    """Return the caller. Only the local administrator may name a workspace; for others it must be their own."""
    caller = await bearer(request)
    label = request.header(WORKSPACE_HEADER)
    if label is None:
        return caller
    workspace = await request.db.read(access.workspace_for, caller=caller, label=unquote(label))
    return msgspec.structs.replace(caller, workspace_id=workspace.id, workspace_label=workspace.label)


def attempt_of(caller: Caller) -> AttemptRef | None:
    """Return the attempt that speaks, None for anybody else."""
    if caller.attempt_id is None or caller.task_id is None or caller.epoch is None:
        return None
    return AttemptRef(id=caller.attempt_id, task_id=caller.task_id, epoch=caller.epoch)
