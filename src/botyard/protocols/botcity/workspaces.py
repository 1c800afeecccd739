"""Workspaces: a token sees its own and no other."""

from __future__ import annotations

from botyard.core import workspaces
from botyard.core.workspaces import Workspace
from botyard.protocols.botcity.paging import Page, Paging
from botyard.protocols.botcity.wire_automations import WorkspaceView
from botyard.web.request import Request
from botyard.web.response import Response, json_response


async def page(request: Request) -> Response:
    """List the workspaces that the token opens, which is one."""
    paging, own = Paging.asked(request), await _own(request)
    return json_response(Page.of([WorkspaceView.of(own)] if paging.number == 0 else [], 1, paging))


async def get(request: Request) -> Response:
    """Describe the workspace of the token, by its label or its id."""
    own, wanted = await _own(request), request.path["workspace"]
    if wanted not in (own.label, str(own.id)):
        raise workspaces.missing(wanted)
    return json_response(WorkspaceView.of(own))


async def _own(request: Request) -> Workspace:
    return await request.db.read(workspaces.get_by_id, workspace_id=request.caller.workspace_id)
