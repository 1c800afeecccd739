"""Automations, which this dialect calls activities."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.core import automations, runners, schedules
from botyard.core.automations import Automation
from botyard.protocols.botcity.paging import Page, Paging
from botyard.protocols.botcity.wire_automations import ActivityView
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response

_MOST = 1000


async def list_all(request: Request) -> Response:
    """List the automations by label, all or the one that `label` names."""
    views, _ = await _search(request, offset=0, limit=_MOST)
    return json_response(views)


async def page(request: Request) -> Response:
    """List the automations by label, page by page; `automation` and `name` look inside labels and names."""
    paging = Paging.asked(request)
    views, total = await _search(request, offset=paging.offset, limit=paging.size)
    return json_response(Page.of(views, total, paging))


async def get(request: Request) -> Response:
    """Describe one automation."""
    caller = request.caller
    views = await request.db.read(
        _one, workspace_id=caller.workspace_id, workspace=caller.workspace_label, label=request.path["label"]
    )
    return json_response(views[0])


async def _search(request: Request, *, offset: int, limit: int) -> tuple[list[ActivityView], int]:
    query, caller = request.query, request.caller
    return await request.db.read(
        _page,
        workspace_id=caller.workspace_id,
        workspace=caller.workspace_label,
        label=query.get("label") or None,
        text=query.get("automation") or query.get("name") or None,
        offset=offset,
        limit=limit,
    )


def _page(
    tx: Tx, *, workspace_id: int, workspace: str, label: str | None, text: str | None, offset: int, limit: int
) -> tuple[list[ActivityView], int]:
    found, total = automations.page(tx, workspace_id=workspace_id, label=label, text=text, offset=offset, limit=limit)
    return _views(tx, found, workspace_id=workspace_id, workspace=workspace), total


def _one(tx: Tx, *, workspace_id: int, workspace: str, label: str) -> list[ActivityView]:
    found = automations.get(tx, workspace_id=workspace_id, label=label)
    return _views(tx, [found], workspace_id=workspace_id, workspace=workspace)


def _views(tx: Tx, found: Sequence[Automation], *, workspace_id: int, workspace: str) -> list[ActivityView]:
    staff = runners.list_all(tx, workspace_id=workspace_id)
    planned = schedules.search(tx, workspace_id=workspace_id, limit=_MOST)
    # Newest first: the oldest active one of each automation stays.
    first = {schedule.automation: schedule for schedule in planned if schedule.active}
    return [
        ActivityView.of(
            automation,
            [one.name for one in staff if automation.runner_label in (None, one.label)],
            first.get(automation.label),
            workspace,
        )
        for automation in found
    ]
