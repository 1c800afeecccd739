"""Tables of apps and their rows."""

from __future__ import annotations

from typing import Any

import msgspec


class CreateTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table to make; fields and constraints are written as in docs/tables.md."""

    name: str
    title: str | None = None
    fields: list[dict[str, Any]] = []
    unique_together: list[list[str]] = []
    search_fields: list[str] = []


class ChangeTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a table shall look like; `renames` maps old names of fields to new ones, `version` is the one seen."""

    fields: list[dict[str, Any]]
    unique_together: list[list[str]] = []
    search_fields: list[str] = []
    title: str | None = None
    renames: dict[str, str] = {}
    version: int | None = None


class RevertTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version to go back to."""

    to: int


class TableView(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it is now; `columns` are those of its rows, `constraints` the columns of each by name."""

    id: int
    app_id: int
    name: str
    full_name: str
    title: str
    fields: list[dict[str, Any]]
    unique_together: list[list[str]]
    search_fields: list[str]
    columns: dict[str, str]
    constraints: dict[str, list[str]]
    version: int
    created_at: str
    created_by: str
    updated_at: str


class TableList(msgspec.Struct, frozen=True, kw_only=True):
    """Every table of an app by name."""

    tables: list[TableView]


class TableVersionView(msgspec.Struct, frozen=True, kw_only=True):
    """What a table looked like from one change to the next."""

    version: int
    change: str
    fields: list[dict[str, Any]]
    at: str
    actor: str


class TableVersionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some versions, the newest first; `next` goes on as `before`."""

    versions: list[TableVersionView]
    next: int | None


class RowSent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Values by column. `seen` is the `updated_at` of the row that was read: with another by now nothing is changed."""

    values: dict[str, Any]
    seen: str | None = None


class LinksSent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ids of rows to link a row with, and of those whose links are taken away; what is so already is no fault."""

    add: list[str] = []
    remove: list[str] = []


class LinksChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The number of the change in the history; null when everything was so already."""

    change: int | None


class RowPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows; `next` goes on as `after`."""

    rows: list[dict[str, Any]]
    next: str | None


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """One row; None when undoing took it away."""

    row: dict[str, Any] | None


class RowChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """One change by hand, with the values that were there and those that came."""

    id: int
    row_id: str
    kind: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    at: str
    actor: str
    undoes: int | None
    undone_by: int | None


class RowHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Some changes, the newest first; `next` goes on as `before`."""

    changes: list[RowChangeView]
    next: int | None
