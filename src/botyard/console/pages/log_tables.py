"""Log tables: tables that bots fill for people to read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from botyard.base import clock
from botyard.console.filters import address
from botyard.console.frame import done, page
from botyard.console.listing import Chip
from botyard.console.wording import ago, count_of
from botyard.core import logtables
from botyard.core.logtables import LogRow, LogTable
from botyard.storage import Database, Tx
from botyard.web import Request, Response, StreamResponse
from botyard.web.response import disposition

_TABLES = 50
_ROWS = 50
_COLUMNS = 12
_DAYS = (1, 7, 30, 0)


async def show_all(request: Request) -> Response:
    """Show the tables by label."""
    context = await request.db.read(
        _list,
        workspace_id=request.caller.workspace_id,
        query=request.query.get("q", "").replace("\0", "").strip()[:200],
        after=request.query.get("after", "").replace("\0", "") or None,
    )
    return page(request, "pages/log_tables.html", section="/logs", **context)


async def show(request: Request) -> Response:
    """Show the rows of a table, newest first."""
    days = request.query_int("days", default=7, low=0, high=36_500)
    context = await request.db.read(
        _context, days=days, before=_before(request.query.get("before", "")), now=request.now, **_place(request)
    )
    return page(request, "pages/log_table.html", section="/logs", **context)


async def export_csv(request: Request) -> Response:
    """Download the rows of some days as CSV."""
    days = request.query_int("days", default=0, low=0, high=36_500)
    table = await request.db.read(logtables.get, **_place(request))
    return StreamResponse(
        _all_rows(request.db, table, since=_since(days, now=request.now)),
        media_type=b"text/csv; charset=utf-8",
        headers=[(b"content-disposition", disposition(f"{table.label}.csv"))],
    )


async def delete(request: Request) -> Response:
    """Delete a table with its rows."""
    gone = await request.change(logtables.delete, actor=request.caller.actor, now=request.now, **_place(request))
    return done("/logs", f"The log {gone.label} is gone.")


async def _all_rows(db: Database, table: LogTable, *, since: int) -> AsyncIterator[bytes]:
    yield logtables.csv_head(table.columns)
    after = (0, 0)
    while True:
        rows = await db.read(logtables.rows, table=table, since=since, after=after, limit=logtables.CSV_BATCH)
        if rows:
            yield logtables.csv_rows(table.columns, rows)
            after = (rows[-1].created_at, rows[-1].id)
        if len(rows) < logtables.CSV_BATCH:
            return


def _place(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "label": request.path["label"]}


def _before(text: str) -> tuple[int, int] | None:
    at, _, number = text.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (at, number)):
        return None
    return int(at), int(number)


def _since(days: int, *, now: int) -> int:
    return max(now - days * clock.DAY, 0) if days else 0


def _list(tx: Tx, *, workspace_id: int, query: str, after: str | None) -> dict[str, Any]:
    found = logtables.search(tx, workspace_id=workspace_id, text=query or None, after=after, limit=_TABLES + 1)
    shown = found[:_TABLES]
    return {
        "tables": [(table, _address(table.label), _latest(tx, table)) for table in shown],
        "query": query,
        "answer": f"{count_of(len(shown), 'log')}{'' if not after and len(found) <= _TABLES else ' on this page'}."
        if shown
        else "No bot keeps a log yet.",
        "start": address("/logs", q=query) if after else None,
        "after": address("/logs", q=query, after=shown[-1].label) if len(found) > _TABLES else None,
    }


def _latest(tx: Tx, table: LogTable) -> LogRow | None:
    return next(iter(logtables.rows_latest(tx, table=table, limit=1)), None)


def _address(label: str) -> str:
    return f"/logs/{quote(label, safe='')}"


def _context(
    tx: Tx, *, workspace_id: int, label: str, days: int, before: tuple[int, int] | None, now: int
) -> dict[str, Any]:
    table = logtables.get(tx, workspace_id=workspace_id, label=label)
    found = logtables.rows_latest(tx, table=table, since=_since(days, now=now), before=before, limit=_ROWS + 1)
    rows = found[:_ROWS]
    base = _address(table.label)
    columns = [column for column in table.columns if column.visible]
    last = rows[-1] if rows else None
    words = {1: "last day", 7: "7 days", 30: "30 days", 0: "all"}
    said = days if days != 7 else None
    return {
        "table": table,
        "href": base,
        "columns": columns[:_COLUMNS],
        "hidden": len(table.columns) - len(columns[:_COLUMNS]),
        "rows": rows,
        "days": days,
        "answer": answer(rows, days, now=now),
        "chips": [
            Chip(address(base, days=None if each == 7 else str(each)), words[each], None, "", each == days)
            for each in _DAYS
        ],
        "here": address(base, days=None if said is None else str(said)),
        "start": address(base, days=None if said is None else str(said)) if before else None,
        "after": address(base, days=None if said is None else str(said), before=f"{last.created_at}-{last.id}")
        if last and len(found) > _ROWS
        else None,
    }


def answer(rows: list[LogRow], days: int, *, now: int) -> str:
    """Return when the last row was added, in a sentence."""
    if rows:
        return f"The latest of these rows was added {ago(rows[0].created_at, now)}."
    return f"No row was added in the last {count_of(days, 'day')}." if days else "No row was added yet."
