"""Tables of apps and their rows. An app is named by its id or slug."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botyard.sdk.calls import Call, delete, get, make, patch, post, put
from botyard.sdk.faces import C, Group, call, fields, listing
from botyard.sdk.paging import Listing, pages, whole
from botyard.wire import tables as wire

_ALL = "/api/v1/apps/{app}/tables"
_ONE = "/api/v1/apps/{app}/tables/{table}"
_ROWS = "/api/v1/apps/{app}/tables/{table}/rows"
_ROW = "/api/v1/apps/{app}/tables/{table}/rows/{row}"


class Tables(Group[C]):
    """Tables of apps: what they look like."""

    @listing
    def list(self, app: str | int) -> Listing[wire.TableView]:
        """List the tables of an app by name."""
        return whole(_ALL, wire.TableList, lambda page: page.tables, app)

    @call
    def get(self, app: str | int, table: str) -> Call[wire.TableView]:
        """Describe a table."""
        return get(_ONE, wire.TableView, app, table)

    @fields(wire.CreateTable)
    def create(self, app: str | int, body: wire.CreateTable) -> Call[wire.TableView]:
        """Make a table."""
        return make(_ALL, body, wire.TableView, app)

    @fields(wire.ChangeTable)
    def change(self, app: str | int, table: str, body: wire.ChangeTable) -> Call[wire.TableView]:
        """Give a table another definition; what it leaves out is taken away, and can be brought back."""
        return put(_ONE, body, wire.TableView, app, table, repeatable=not body.renames and body.version is None)

    @call
    def drop(self, app: str | int, table: str) -> Call[None]:
        """Drop a table with its rows, for good."""
        return delete(_ONE, app, table)

    @listing
    def versions(self, app: str | int, table: str, *, limit: int | None = None) -> Listing[wire.TableVersionView]:
        """List the versions of a table, the newest first."""
        return pages(
            f"{_ONE}/versions",
            wire.TableVersionPage,
            lambda page: page.versions,
            app,
            table,
            cursor="before",
            limit=limit,
        )

    @call
    def revert(self, app: str | int, table: str, to: int) -> Call[wire.TableView]:
        """Give a table the definition that it had at a version."""
        return post(f"{_ONE}/revert", wire.RevertTable(to=to), wire.TableView, app, table)


class Rows(Group[C]):
    """Rows of tables of apps."""

    @listing
    def list(
        self,
        app: str | int,
        table: str,
        *,
        filter: Sequence[str] = (),  # noqa: A002 -- what the parameter is called
        sort: str | None = None,
        limit: int | None = None,
    ) -> Listing[dict[str, Any]]:
        """List rows for which every filter (`column:operator:value`) holds, by a `column`, or by `-column` downwards.

        Operators are described in docs/tables.md.
        """
        return pages(
            _ROWS,
            wire.RowPage,
            lambda page: page.rows,
            app,
            table,
            limit=limit,
            filter=[*filter] or None,
            sort=sort,
        )

    @call
    def get(self, app: str | int, table: str, row: str) -> Call[wire.RowView]:
        """Return a row."""
        return get(_ROW, wire.RowView, app, table, row)

    @call
    def create(self, app: str | int, table: str, values: Mapping[str, Any]) -> Call[wire.RowView]:
        """Add a row."""
        return make(_ROWS, wire.RowSent(values=dict(values)), wire.RowView, app, table)

    @call
    def update(
        self, app: str | int, table: str, row: str, values: Mapping[str, Any], *, seen: str | None = None
    ) -> Call[wire.RowView]:
        """Change some fields of a row; with the `updated_at` that was `seen`, only unless it was changed since."""
        body = wire.RowSent(values=dict(values), seen=seen)
        return patch(_ROW, body, wire.RowView, app, table, row, repeatable=seen is None)

    @call
    def delete(self, app: str | int, table: str, row: str) -> Call[None]:
        """Delete a row."""
        return delete(_ROW, app, table, row)

    @call
    def link(
        self,
        app: str | int,
        table: str,
        row: str,
        relationship: str,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Call[wire.LinksChanged]:
        """Link a row with others, and take links away; what is so already is no fault."""
        body = wire.LinksSent(add=[*add], remove=[*remove])
        route = f"{_ROW}/links/{{relationship}}"
        return post(route, body, wire.LinksChanged, app, table, row, relationship, repeatable=True)

    @listing
    def history(
        self, app: str | int, table: str, *, row: str | None = None, limit: int | None = None
    ) -> Listing[wire.RowChangeView]:
        """List what was changed by hand, in a table or in one row, the newest first."""
        return pages(
            f"{_ONE}/history",
            wire.RowHistory,
            lambda page: page.changes,
            app,
            table,
            cursor="before",
            limit=limit,
            row=row,
        )

    @call
    def undo(self, app: str | int, table: str, change: int) -> Call[wire.RowView]:
        """Take a change back, if the row is still as that change left it."""
        return post(f"{_ONE}/history/{{id}}/undo", None, wire.RowView, app, table, change)
