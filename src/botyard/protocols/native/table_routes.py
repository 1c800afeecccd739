"""The routes of native v1 about tables of apps and their rows."""

from __future__ import annotations

from botyard.core import rows as core
from botyard.core.access import Permission
from botyard.protocols.native import rows, tables
from botyard.protocols.native.queries import AFTER, LIMIT
from botyard.web.declaring import Query
from botyard.web.routing import Route
from botyard.wire import tables as wire

_READ, _EDIT, _WRITE = Permission.TABLES_READ, Permission.TABLES_EDIT, Permission.TABLES_WRITE
_ALL = "/apps/{app}/tables"
_ONE = "/apps/{app}/tables/{table}"
_BODY = 2 * 1024 * 1024
_CONFLICT = ("illegal_transition",)
#: What is said of a name that an app has no table of, and of a filter or a value that does not fit its column.
_VALUES = ("unknown_table", "bad_value", "illegal_transition")
_FIELDS = [{"name": "customer"}, {"name": "amount", "type": "number"}]
_VERSIONS = Query(
    "before", "Go on below this version: `next` of the page before.", int, default=2**31 - 1, low=1, high=2**31 - 1
)
_BEFORE = Query("before", "Go on below this id: `next` of the page before.", int, default=2**62, low=1, high=2**62)
_FILTER = Query("filter", "A condition, as `column:operator:value`; all that are sent hold.", repeated=True)
_SORT = Query("sort", "The column to sort by, with a minus before it for downwards.", default="")
_ROWS = Query("limit", "How many rows to return at most.", int, default=50, low=1, high=core.MAX_PAGE)
_ROW = Query("row", "Only what was done to the row with this id.")

TABLE_ROUTES = [
    Route("GET", _ALL, tables.list_all, _READ, gives=wire.TableList),
    Route(
        "POST",
        _ALL,
        tables.create,
        _WRITE,
        body_limit=_BODY,
        takes=wire.CreateTable,
        gives=wire.TableView,
        status=201,
        problems=("already_exists", *_CONFLICT, "unknown_table"),
        example={"name": "orders", "fields": _FIELDS, "search_fields": ["customer"]},
    ),
    Route("GET", _ONE, tables.get, _READ, gives=wire.TableView, tagged=True, problems=("unknown_table",)),
    Route(
        "PUT",
        _ONE,
        tables.change,
        _WRITE,
        body_limit=_BODY,
        takes=wire.ChangeTable,
        gives=wire.TableView,
        tagged=True,
        problems=("already_exists", *_VALUES),
        example={"fields": [*_FIELDS, {"name": "paid", "type": "boolean"}], "version": 1},
    ),
    Route("DELETE", _ONE, tables.drop, _WRITE, tagged=True, problems=("unknown_table", *_CONFLICT)),
    Route(
        "GET",
        f"{_ONE}/versions",
        tables.list_versions,
        _READ,
        query=(_VERSIONS, LIMIT),
        gives=wire.TableVersionPage,
        problems=("unknown_table",),
    ),
    Route(
        "POST",
        f"{_ONE}/revert",
        tables.revert,
        _WRITE,
        takes=wire.RevertTable,
        gives=wire.TableView,
        problems=("already_exists", *_VALUES),
        example={"to": 1},
    ),
    Route(
        "GET",
        f"{_ONE}/rows",
        rows.search,
        _READ,
        query=(_FILTER, _SORT, AFTER, _ROWS),
        gives=wire.RowPage,
        problems=("unknown_table", "bad_value", "bad_pattern"),
    ),
    Route(
        "POST",
        f"{_ONE}/rows",
        rows.insert,
        _EDIT,
        body_limit=_BODY,
        takes=wire.RowSent,
        gives=wire.RowView,
        status=201,
        problems=_VALUES,
        example={"values": {"customer": "ACME", "amount": 120.5}},
    ),
    Route("GET", f"{_ONE}/rows/{{row}}", rows.get, _READ, gives=wire.RowView, problems=("unknown_table", "bad_value")),
    Route(
        "PATCH",
        f"{_ONE}/rows/{{row}}",
        rows.update,
        _EDIT,
        body_limit=_BODY,
        takes=wire.RowSent,
        gives=wire.RowView,
        problems=_VALUES,
        example={"values": {"amount": 99}, "seen": "2026-03-02T09:30:00.000000+00:00"},
    ),
    Route("DELETE", f"{_ONE}/rows/{{row}}", rows.delete, _EDIT, problems=_VALUES),
    Route(
        "POST",
        f"{_ONE}/rows/{{row}}/links/{{relationship}}",
        rows.relate,
        _EDIT,
        body_limit=_BODY,
        takes=wire.LinksSent,
        gives=wire.LinksChanged,
        problems=_VALUES,
        example={"add": ["0198c1b2-7a4e-7000-8000-000000000001"]},
    ),
    Route(
        "GET",
        f"{_ONE}/history",
        rows.list_changes,
        _READ,
        query=(_ROW, _BEFORE, LIMIT),
        gives=wire.RowHistory,
        problems=("unknown_table", "bad_value"),
    ),
    Route("POST", f"{_ONE}/history/{{id}}/undo", rows.undo, _EDIT, gives=wire.RowView, problems=_VALUES),
]
