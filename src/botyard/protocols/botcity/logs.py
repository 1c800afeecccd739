"""Logs: tables that bots declare and fill, and their rows as a list or as a file."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from botyard.base.exceptions import Denied, Invalid
from botyard.core import logtables
from botyard.core.access import Caller
from botyard.core.logtables import LogRow, LogTable
from botyard.protocols.botcity import wire_records
from botyard.protocols.botcity.auth import attempt_of
from botyard.protocols.botcity.paging import since
from botyard.web.request import Request
from botyard.web.response import JSON, Response, StreamResponse, disposition, json_response, text_response
from botyard.web.secrets import hidden

_BATCH = 1000


async def create(request: Request) -> Response:
    """Declare a log; declaring it again with the same columns answers the one that is there."""
    call = await request.json(wire_records.CreateLog)
    caller = request.caller
    table = await request.db.write(
        logtables.create,
        workspace_id=caller.workspace_id,
        label=call.name,
        columns=call.declared(),
        folder=call.repository_label or None,
        actor=caller.actor,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return json_response(wire_records.LogView.of(table, caller.workspace_label))


async def list_all(request: Request) -> Response:
    """List the logs of the workspace by label."""
    caller = _reader(request)
    tables = await request.db.read(logtables.search, workspace_id=caller.workspace_id, limit=1000)
    return json_response([wire_records.LogView.of(table, caller.workspace_label) for table in tables])


async def get(request: Request) -> Response:
    """Describe one log, by its label or its id."""
    caller = _reader(request)
    return json_response(wire_records.LogView.of(await find(request), caller.workspace_label))


async def delete(request: Request) -> Response:
    """Delete a log with its rows, for good."""
    caller = request.caller
    await request.change(
        logtables.delete,
        workspace_id=caller.workspace_id,
        label=(await find(request)).label,
        actor=caller.actor,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return text_response("The log was deleted.")


async def add_entry(request: Request) -> Response:
    """Add a row: column label to value."""
    content = await hidden(request, await request.json(dict[str, Any]))
    caller = request.caller
    await request.db.write(
        logtables.append,
        workspace_id=caller.workspace_id,
        label=(await find(request)).label,
        content=content,
        actor=caller.actor,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return text_response("The entry was added.")


async def entries(request: Request) -> Response:
    """List the rows of the last `days`, or all, in the order they came."""
    _reader(request)
    start, table = since(request.query, None, request.now), await find(request)
    return StreamResponse(_as_json(request, table, start), media_type=JSON)


async def export(request: Request) -> Response:
    """Send the rows of the last `days`, or all, as CSV."""
    _reader(request)
    start, table = since(request.query, None, request.now), await find(request)
    kind = request.query.get("format") or "csv"
    if kind.lower() != "csv":
        raise Invalid(f'"{kind[:40]}" is no format of this server.', hint="Ask for csv.", field="format")
    return StreamResponse(
        _as_csv(request, table, start),
        media_type=b"text/csv; charset=utf-8",
        headers=((b"content-disposition", disposition(f"{table.label}.csv")),),
    )


async def _as_json(request: Request, table: LogTable, start: int) -> AsyncGenerator[bytes]:
    # One batch in memory at a time, however long the log is.
    opening = b"["
    async for rows in _batches(request, table, start):
        encoded = msgspec.json.encode([wire_records.EntryView.of(row) for row in rows])
        yield opening + encoded[1:-1]
        opening = b","
    yield b"]" if opening == b"," else b"[]"


async def _as_csv(request: Request, table: LogTable, start: int) -> AsyncGenerator[bytes]:
    yield logtables.csv_head(table.columns)
    async for rows in _batches(request, table, start):
        yield logtables.csv_rows(table.columns, rows)


async def _batches(request: Request, table: LogTable, start: int) -> AsyncGenerator[list[LogRow]]:
    after = (0, 0)
    while True:
        rows = await request.db.read(logtables.rows, table=table, since=start, after=after, limit=_BATCH)
        if rows:
            yield rows
        if len(rows) < _BATCH:
            return
        after = (rows[-1].created_at, rows[-1].id)


async def find(request: Request) -> LogTable:
    """Return the log of the address, by its label or its id. Raises NotFound."""
    caller, label = request.caller, request.path["label"]
    # The id that clients are told is the workspace's label, a dash and the log's own.
    own = label.removeprefix(f"{caller.workspace_label}-")
    return await request.db.read(logtables.get, workspace_id=caller.workspace_id, label=label, otherwise=own)


def _reader(request: Request) -> Caller:
    caller = request.caller
    if caller.ended:
        raise Denied("This attempt has ended and sees its own task only.", hint="Read logs before the task ends.")
    return caller
