"""Logs, to which this client writes line by line: label, message, level."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import Invalid
from botyard.core import logtables
from botyard.core.logtables import LogRow, LogTable
from botyard.core.tasks import AttemptRef
from botyard.protocols.botcity.auth import attempt_of, check_lists_tasks
from botyard.protocols.botcity.logs import find
from botyard.protocols.botcity.paging import Page, Paging
from botyard.protocols.botcity.wire_records import LogView
from botyard.protocols.maestro_client import wire
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import hidden

_LATEST = 100


async def create(request: Request) -> Response:
    """Add a line to a log, which the first one makes; whatever else was sent is kept with it."""
    line, caller = await hidden(request, await request.json(dict[str, Any])), request.caller
    label = line.pop("label", None)
    if not isinstance(label, str) or not label:
        raise Invalid('"label" is missing.', hint="Send the label of the log as a text.", field="label")
    table, row = await request.db.write(
        _add,
        workspace_id=caller.workspace_id,
        label=logtables.check_label(label),
        content={"level": "INFO", **line},
        actor=caller.actor,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return json_response(wire.LogLineView.of(table, row, caller.workspace_label))


async def page(request: Request) -> Response:
    """List the logs by label, page by page, all or the one that `label` names."""
    paging, caller = Paging.asked(request), request.caller
    check_lists_tasks(caller)
    found, total = await request.db.read(
        logtables.page,
        workspace_id=caller.workspace_id,
        label=request.query.get("label") or None,
        offset=paging.offset,
        limit=paging.size,
    )
    return json_response(Page.of([LogView.of(table, caller.workspace_label) for table in found], total, paging))


async def get(request: Request) -> Response:
    """Describe one log, by its id or its label, with its latest lines."""
    caller = request.caller
    check_lists_tasks(caller)
    table = await find(request)
    latest = await request.db.read(logtables.rows_latest, table=table, limit=_LATEST)
    return json_response(wire.LogWithLines.with_lines(table, latest, caller.workspace_label))


def _add(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    content: dict[str, Any],
    actor: str,
    now: int,
    attempt: AttemptRef | None,
) -> tuple[LogTable, LogRow]:
    table = logtables.find(tx, workspace_id=workspace_id, label=label) or logtables.create(
        tx, workspace_id=workspace_id, label=label, columns=wire.COLUMNS, actor=actor, now=now, attempt=attempt
    )
    row = logtables.append(
        tx, workspace_id=workspace_id, label=label, content=content, actor=actor, now=now, attempt=attempt
    )
    return table, row
