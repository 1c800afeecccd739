"""Log tables: declare, list, read and add rows, take them away as CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from botyard.base.clock import iso
from botyard.base.exceptions import Invalid
from botyard.core import logtables
from botyard.core.logtables import Column, LogRow, LogTable
from botyard.protocols.native import asking, views
from botyard.protocols.native.auth import attempt_of
from botyard.storage import Database, Tx
from botyard.web.request import Request
from botyard.web.response import Response, StreamResponse, disposition, json_response, no_content
from botyard.web.secrets import hidden_each
from botyard.wire import native as wire

_MAX_ROWS = 1000


async def search(request: Request) -> Response:
    """List log tables by label."""
    asking.check_whole(request)
    limit = asking.limit_of(request)
    found = await request.db.read(
        logtables.search,
        workspace_id=request.caller.workspace_id,
        text=asking.text_of(request, "text"),
        after=asking.text_of(request, "after"),
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.LogTablePage(tables=[_view(table) for table in found], next=last and last.label))


async def get(request: Request) -> Response:
    """Describe a log table."""
    asking.check_whole(request)
    return json_response(_view(await request.db.read(logtables.get, **_named(request))))


async def create(request: Request) -> Response:
    """Declare a log table; one that is there with the same columns is answered as it is."""
    call = await request.json(wire.CreateLogTable)
    made = await asking.noted(
        request,
        logtables.create,
        workspace_id=request.caller.workspace_id,
        label=call.label,
        columns=[_column(one) for one in call.columns],
        folder=call.folder,
        attempt=attempt_of(request.caller),
        **asking.by(request),
    )
    return json_response(_view(made), status=201)


async def delete(request: Request) -> Response:
    """Delete a log table with its rows, for good."""
    await request.change(logtables.delete, **_named(request), attempt=attempt_of(request.caller), **asking.by(request))
    return no_content()


async def list_rows(request: Request) -> Response:
    """List rows, newest first."""
    asking.check_whole(request)
    limit = asking.limit_of(request)
    found = await request.db.read(
        _rows,
        **_named(request),
        since=asking.moment_of(request, "since") or 0,
        before=asking.place_of(request, "before"),
        limit=limit,
    )
    last = views.next_of(found, limit)
    page = wire.LogRowPage(rows=[_row(row) for row in found], next=last and f"{last.created_at}-{last.id}")
    return json_response(page)


def _rows(
    tx: Tx, *, workspace_id: int, label: str, since: int, before: tuple[int, int] | None, limit: int
) -> list[LogRow]:
    """Return a page of the rows of a table that exists. Raises NotFound."""
    table = logtables.get(tx, workspace_id=workspace_id, label=label)
    return logtables.rows_latest(tx, table=table, since=since, before=before, limit=limit)


async def add_rows(request: Request) -> Response:
    """Add rows in the order given, all or none."""
    call = await request.json(wire.AddLogRows)
    if not 1 <= len(call.rows) <= _MAX_ROWS:
        raise Invalid(f"Send 1 to {_MAX_ROWS} rows, not {len(call.rows)}.", hint="Send several calls.", field="rows")
    added = await asking.noted(
        request,
        logtables.append_many,
        **_named(request),
        contents=await hidden_each(request, call.rows),
        attempt=attempt_of(request.caller),
        **asking.by(request),
    )
    return json_response(wire.RowsAdded(added=added), status=201)


async def export(request: Request) -> Response:
    """Send rows as CSV, oldest first; all of them, or those since a moment."""
    asking.check_whole(request)
    since = asking.moment_of(request, "since") or 0
    table = await request.db.read(logtables.get, **_named(request))
    return StreamResponse(
        _lines(request.db, table, since=since),
        media_type=b"text/csv; charset=utf-8",
        headers=[(b"content-disposition", disposition(f"{table.label}.csv"))],
    )


async def _lines(db: Database, table: LogTable, *, since: int) -> AsyncIterator[bytes]:
    yield logtables.csv_head(table.columns)
    after = (0, 0)
    while True:
        rows = await db.read(logtables.rows, table=table, since=since, after=after, limit=logtables.CSV_BATCH)
        if rows:
            yield logtables.csv_rows(table.columns, rows)
            after = (rows[-1].created_at, rows[-1].id)
        if len(rows) < logtables.CSV_BATCH:
            return


def _column(sent: wire.LogColumn) -> Column:
    return Column(label=sent.label, name=sent.name or sent.label, width=sent.width, visible=sent.visible)


def _named(request: Request) -> dict[str, Any]:
    label = request.path["label"].replace("\0", "")
    return {"workspace_id": request.caller.workspace_id, "label": label}


def _view(found: LogTable) -> wire.LogTableView:
    columns = [
        wire.LogColumn(label=one.label, name=one.name, width=one.width, visible=one.visible) for one in found.columns
    ]
    return wire.LogTableView(
        id=found.id,
        label=found.label,
        folder=found.folder,
        columns=columns,
        created_at=iso(found.created_at),
        created_by=found.created_by,
    )


def _row(found: LogRow) -> wire.LogRowView:
    return wire.LogRowView(
        id=found.id,
        values=found.content,
        task=found.task_id,
        created_at=iso(found.created_at),
        created_by=found.created_by,
    )
