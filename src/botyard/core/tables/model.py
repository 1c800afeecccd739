"""What a table of an app is: its fields, what may be in them, and how it hangs together with others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, Self, TypeAlias

import msgspec

from botyard.storage import Row
from botyard.storage.rows import ORGANIZATION, Column, Kind, Source

FieldType: TypeAlias = Literal[
    "text", "long_text", "url", "token", "select", "number", "boolean", "date", "time", "datetime", "file", "image",
    "tags", "array", "embedded", "foreign_key", "many_to_many",
]  # fmt: skip
NumberType: TypeAlias = Literal["numeric", "Int", "bigint", "Float"]
OnDelete: TypeAlias = Literal["restrict", "cascade", "set_null"]

#: What holds the value of each type of field; the other types are numbers and relationships.
_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "text": "text",
        "long_text": "text",
        "url": "text",
        "token": "text",
        "select": "text",
        "boolean": "boolean",
        "date": "date",
        "time": "time",
        "datetime": "timestamptz",
        "file": "text",
        "image": "text",
        "tags": "jsonb",
        "array": "jsonb",
        "embedded": "jsonb",
        "foreign_key": "uuid",
    }
)
_NUMBERS: Mapping[NumberType, Kind] = MappingProxyType(
    {"numeric": "numeric", "Int": "int", "bigint": "bigint", "Float": "float"}
)

#: The columns that every table has (contract automio, section d.2), the first being its key.
BUILT_IN: Mapping[str, Column] = MappingProxyType(
    {
        column.name: column
        for column in (
            Column(name="id", kind="uuid", nullable=False),
            Column(name=ORGANIZATION, kind="int", nullable=False),
            Column(name="connection_id", kind="bigint"),
            Column(name="created_at", kind="timestamptz", nullable=False),
            Column(name="updated_at", kind="timestamptz", nullable=False),
        )
    }
)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a select field, and what people read for it."""

    value: str
    label: str = ""


class Field(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field. `to` names the table that a relationship leads to; `default` None means that there is none."""

    name: str
    type: FieldType = "text"
    label: str = ""
    help_text: str = ""
    required: bool = False
    unique: bool = False
    index: bool = False
    default: Any = None
    number: NumberType = "numeric"
    choices: tuple[Choice, ...] = ()
    to: str = ""
    on_delete: OnDelete = "restrict"
    display_field: str = ""
    #: What an array holds, and the fields of an embedded document, as the table's author wrote them.
    items: str = ""
    fields: tuple[dict[str, Any], ...] = ()

    @property
    def column(self) -> Column | None:
        """Return the column that holds the field; None for many_to_many, which is a table of its own."""
        if self.type == "many_to_many":
            return None
        kind = _NUMBERS[self.number] if self.type == "number" else _KINDS[self.type]
        name = f"{self.name}_id" if self.type == "foreign_key" else self.name
        return Column(name=name, kind=kind, nullable=not self.required)


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """A field that was taken away; its values stay in `column` until the table goes, so that it can come back."""

    column: str
    field: Field


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that no two rows break: `name` towards clients, `index` in the database."""

    name: str
    index: str
    columns: tuple[str, ...]


class Definition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a table looks like at one version."""

    fields: tuple[Field, ...] = ()
    unique_together: tuple[tuple[str, ...], ...] = ()
    search_fields: tuple[str, ...] = ()
    hidden: tuple[Hidden, ...] = ()

    def find(self, name: str) -> Field | None:
        """Return the field of that name, or None."""
        return next((field for field in self.fields if field.name == name), None)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table of an app as it is now."""

    id: int
    workspace_id: int
    app_id: int
    name: str
    title: str
    definition: Definition
    version: int
    created_at: int
    created_by: str
    updated_at: int

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the table that a row of `app_tables` holds."""
        definition = msgspec.json.decode(row["definition"], type=Definition)
        return cls(**{**row, "definition": definition})

    @property
    def full_name(self) -> str:
        """Return the name of the table's type and root fields (contract automio, section d.1)."""
        return f"app_{self.app_id}_{self.name}"

    @property
    def source(self) -> Source:
        """Return the table as statements know it."""
        return Source(table=physical(self.id), columns=self.columns)

    @property
    def columns(self) -> dict[str, Column]:
        """Return every column by its name, the built-in ones first."""
        own = (field.column for field in self.definition.fields)
        return {**BUILT_IN, **{column.name: column for column in own if column is not None}}

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """Return the constraints that an upsert can name (contract automio, section d.4), the key first."""
        key = Constraint(name=f"{self.full_name}_pkey", index=f"{physical(self.id)}_pkey", columns=("id",))
        return (key, *unique_constraints(self.id, self.full_name, self.definition))


def physical(table_id: int) -> str:
    """Return the name of a table in the database."""
    return f"rows_{table_id}"


def joining(table_id: int, field: str) -> str:
    """Return the name of the table that holds the pairs of a many_to_many field."""
    return f"links_{table_id}_{_digest(field)}"


def unique_constraints(table_id: int, full_name: str, definition: Definition) -> tuple[Constraint, ...]:
    """Return what the definition says of rows that must differ; each within its organization."""
    single = [(column.name,) for field in definition.fields if field.unique and (column := field.column)]
    return tuple(
        Constraint(
            name=f"uq_{full_name}_{'_'.join(names)}_org",
            index=f"uq_{table_id}_{_digest(*names)}",
            columns=(*names, ORGANIZATION),
        )
        for names in (*single, *definition.unique_together)
    )


def index_name(table_id: int, *names: str) -> str:
    """Return the name of an index over columns."""
    return f"ix_{table_id}_{_digest(*names)}"


def _digest(*names: str) -> str:
    return hashlib.blake2s("\0".join(names).encode(), digest_size=6).hexdigest()
