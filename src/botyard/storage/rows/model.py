"""What a statement over app tables says, before it is SQL.

Everything here names tables and columns by objects that the catalogue made. Text that a client sent is only ever a
value, and values are bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

#: How a column stores and compares what it holds.
Kind: TypeAlias = Literal[
    "text", "uuid", "int", "bigint", "numeric", "float", "boolean", "timestamptz", "date", "time", "jsonb"
]
NUMBERS = frozenset({"int", "bigint", "numeric", "float"})
#: The column that says whose row it is; every statement is held to one value of it.
ORGANIZATION = "organization_id"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a table, by the name that it has in the database and towards clients."""

    name: str
    kind: Kind
    nullable: bool = True


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One table: its name in the database, and its columns by name."""

    table: str
    columns: Mapping[str, Column]

    def column(self, name: str) -> Column:
        """Return a column that the catalogue knows. Raises KeyError for any other name."""
        return self.columns[name]


class Through(msgspec.Struct, frozen=True, kw_only=True):
    """The table that joins two others; its columns hold the ids of either side."""

    table: str
    own: str
    other: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """The way from a row to the rows of another table: `own` here equals `other` there, perhaps through a third."""

    target: Source
    own: str
    other: str
    many: bool
    through: Through | None = None


class Compare(msgspec.Struct, frozen=True, kw_only=True):
    """A column against a value; `operator` is a key of `filters.OPERATORS`."""

    column: Column
    operator: str
    value: Any
    #: Whether a JSON value is compared as the text that it is written in.
    as_text: bool = False


class Every(msgspec.Struct, frozen=True, kw_only=True):
    """All parts hold; true without any."""

    parts: tuple[Filter, ...]


class Some(msgspec.Struct, frozen=True, kw_only=True):
    """At least one part holds; false without any."""

    parts: tuple[Filter, ...]


class Not(msgspec.Struct, frozen=True, kw_only=True):
    """The part does not hold."""

    part: Filter


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """There is a row at the other end of the link for which the filter holds."""

    link: Link
    where: Filter


Filter: TypeAlias = "Compare | Every | Some | Not | Related"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Sort by a column, of this row or of the one that `path` leads to, or by an aggregate of the rows at its end."""

    column: Column | None
    descending: bool = False
    nulls_first: bool = False
    path: tuple[Link, ...] = ()
    function: str | None = None


class Pick(msgspec.Struct, frozen=True, kw_only=True):
    """A column under the key that the answer has for it; `path` looks into a JSON value."""

    key: str
    column: Column
    path: tuple[str | int, ...] | None = None


class Constant(msgspec.Struct, frozen=True, kw_only=True):
    """A value that is the same in each row, such as the name of its type."""

    key: str
    value: Any


class Nested(msgspec.Struct, frozen=True, kw_only=True):
    """The rows, or the one row, at the other end of a link."""

    key: str
    link: Link
    query: Rows


class Summed(msgspec.Struct, frozen=True, kw_only=True):
    """An aggregate over the rows at the other end of a link."""

    key: str
    link: Link
    query: Totals


Selected: TypeAlias = "Pick | Constant | Nested | Summed"


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a table. `limit` None means no limit of the caller's own."""

    source: Source
    select: tuple[Selected, ...]
    where: Filter | None = None
    order: tuple[Order, ...] = ()
    distinct: tuple[Column, ...] = ()
    limit: int | None = None
    offset: int = 0


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """One aggregate: `function` over `columns`; count over none counts rows."""

    keys: tuple[str, ...]
    function: str
    columns: tuple[Column, ...] = ()
    distinct: bool = False


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Aggregates of the rows that `rows` describes, and the rows themselves under each key of `nodes`.

    Keys of the answer are paths, such as ("aggregate", "sum", "value"); `constants` are put at theirs.
    """

    rows: Rows
    totals: tuple[Total, ...]
    nodes: tuple[tuple[str, tuple[Selected, ...]], ...] = ()
    #: Whether the aggregates are of the limited rows, and not of all that the filter holds for.
    limited: bool = False
    constants: tuple[tuple[tuple[str, ...], Any], ...] = ()


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """What an insert does with a row that is there already: `update` its columns, where the filter holds, or leave it.

    `columns` are those of the constraint by which a row counts as being there.
    """

    columns: tuple[Column, ...]
    update: tuple[Column, ...] = ()
    where: Filter | None = None


class Insert(msgspec.Struct, frozen=True, kw_only=True):
    """New rows, each with one value for each column; `id` and the organization are among them."""

    source: Source
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    conflict: Conflict | None = None


Change: TypeAlias = Literal["set", "inc", "append", "prepend", "delete_key", "delete_elem", "delete_at_path"]


class Assign(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a column; the other changes than `set` start from what is there."""

    column: Column
    value: Any
    change: Change = "set"


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """New values in the rows for which the filter holds."""

    source: Source
    where: Filter | None
    assign: tuple[Assign, ...]
