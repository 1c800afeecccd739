"""A table of an app as the console shows it: its columns, the filter under each, and values as people read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from botyard.core import rows, tables
from botyard.core.rows import Change, Condition, Sort
from botyard.core.tables import Field, Schema, Table
from botyard.storage import Tx
from botyard.storage.rows import NUMBERS

#: What a table has beside the fields of its author, in the order in which it is shown.
_SERVED = ("created_at", "updated_at")
_MAX_COLUMNS = 40
_LONG = 40
_MAX_LINKS = 3
_MAX_SHOWN = 50
_MAX_NAMED = 500


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the grid, and the field that it belongs to, where people can change it."""

    name: str
    label: str
    kind: str
    field: Field | None
    operators: Mapping[str, str]
    operator: str
    typed: str
    #: What can be chosen instead of typed, and how a value is typed otherwise.
    choices: tuple[tuple[str, str], ...]
    input: str
    sort: str
    sorted: str

    @property
    def links(self) -> bool:
        """Return whether it is no column but links with rows of another table."""
        return self.kind == "links"

    @property
    def number(self) -> bool:
        """Return whether the column holds numbers."""
        return self.kind in NUMBERS


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """What one row is linked with by a relationship of many to many, as far as it is shown, and where to find more."""

    name: str
    label: str
    to: str
    rows: str
    linked: Mapping[str, str]
    more: bool


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the address of a grid asks for: conditions by column, the order, and where to begin."""

    conditions: tuple[Condition, ...] = ()
    sort: Sort = Sort()
    after: str | None = None

    def query(self, **more: str | None) -> str:
        """Return the query that asks for the same, with other parts."""
        said: dict[str, str | None] = {}
        for each in self.conditions:
            said[f"o.{each.column}"] = each.operator
            said[f"v.{each.column}"] = each.value
        said["sort"] = None if self.sort == Sort() else f"{'-' if self.sort.descending else ''}{self.sort.column}"
        return urlencode({key: value for key, value in {**said, **more}.items() if value})


def asked_of(query: Mapping[str, str]) -> Asked:
    """Return what the query of a grid asks for; a column without a value is no condition."""
    conditions = []
    for key, operator in list(query.items())[:200]:
        column = key.removeprefix("o.")
        typed = query.get(f"v.{column}", "")
        if key.startswith("o.") and (typed.strip() or operator in ("empty", "filled")):
            conditions.append(Condition(column=column, operator=operator[:20], value=typed[:2000]))
    sort = query.get("sort", "")[:100]
    order = Sort(column=sort.removeprefix("-"), descending=sort.startswith("-")) if sort else Sort()
    return Asked(conditions=tuple(conditions), sort=order, after=query.get("after") or None)


def shown_columns(table: Table, asked: Asked) -> list[Shown]:
    """Return the columns of the grid with what is asked of each."""
    fields = {field.column.name if field.column else field.name: field for field in table.definition.fields}
    said = {each.column: each for each in asked.conditions}
    columns = []
    for name in [*list(fields)[:_MAX_COLUMNS], *_SERVED]:
        kind = table.columns[name].kind if name in table.columns else "links"
        operators = rows.operators_for(table, name)
        present = said.get(name)
        down = asked.sort.descending
        here = asked.sort.column == name
        columns.append(
            Shown(
                name=name,
                label=label_of(fields.get(name), name),
                kind=kind,
                field=fields.get(name),
                operators=operators,
                operator=present.operator if present else _first_of(operators, kind, fields.get(name)),
                typed=present.value if present else "",
                choices=_choices(kind, fields.get(name)),
                input="date" if kind == "date" else "search",
                sort=""
                if kind in ("jsonb", "links")
                else asked.query(sort=f"{'-' if here and not down else ''}{name}"),
                sorted=("descending" if down else "ascending") if here else "",
            )
        )
    return columns


def _choices(kind: str, field: Field | None) -> tuple[tuple[str, str], ...]:
    if kind == "boolean":
        return (("true", "true"), ("false", "false"))
    if field is not None and field.type == "select":
        return tuple((choice.value, choice.label or choice.value) for choice in field.choices)
    return ()


def _first_of(operators: Mapping[str, str], kind: str, field: Field | None) -> str:
    """Return the operator that a filter begins with: what is chosen is compared as a whole."""
    return "eq" if _choices(kind, field) else next(iter(operators))


def label_of(field: Field | None, name: str) -> str:
    """Return what a column is called towards people; a foreign key by its field, not by the column of its ids."""
    if field is not None and (field.label or field.to):
        return field.label or field.name.replace("_", " ")
    return name.replace("_", " ")


def page_of(app: str | int, table: str) -> str:
    """Return the address of a table's grid."""
    return f"/apps/{quote(str(app), safe='')}/tables/{quote(table, safe='')}"


def display(value: Any) -> str:
    """Return a value as a cell shows it: short, and moments without what nobody needs."""
    text = rows.as_text(value)
    if len(text) == 32 and text.endswith("+00:00") and text[10] == "T":
        text = f"{text[:10]} {text[11:19]}"
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def labels(tx: Tx, schema: Schema, table: Table, found: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return what values are called: choices, and rows at the other ends. One statement for each foreign key."""
    named: dict[str, dict[str, str]] = {}
    for field in table.definition.fields:
        if field.type == "select":
            named[field.name] = {choice.value: choice.label or choice.value for choice in field.choices}
    for field in table.definition.fields:
        if field.type != "foreign_key" or field.to not in schema.tables:
            continue
        column = f"{field.name}_id"
        ids = sorted({row[column] for row in found if row[column]})
        if ids:
            named[column] = rows.names_of(tx, table=schema.tables[field.to], ids=ids, by=field.display_field)
    return named


def links_shown(tx: Tx, schema: Schema, table: Table, ids: Sequence[str]) -> dict[str, dict[str, dict[str, str]]]:
    """Return what rows are linked with by each many_to_many field of their table, as `rows.linked` does."""
    names = [field.name for field in table.definition.fields if field.type == "many_to_many"]
    return rows.linked(tx, schema=schema, table=table, ids=ids, names=names, limit=_MAX_LINKS + 1)


def relation(tx: Tx, schema: Schema, table: Table, row_id: str, name: str) -> Relation:
    """Return what a row is linked with by one of its relationships, the first fifty."""
    _, other = rows.ways(schema, table)[name]
    found = rows.linked(tx, schema=schema, table=table, ids=[row_id], names=[name], limit=_MAX_SHOWN + 1)
    shown = dict(list(found.get(row_id, {}).get(name, {}).items())[:_MAX_SHOWN])
    return Relation(
        name=name,
        label=label_of(table.definition.find(name), name),
        to=page_of(table.app_id, other.name),
        rows=f"{page_of(table.app_id, table.name)}/choices?{urlencode({'column': name})}",
        linked=shown,
        more=len(found.get(row_id, {}).get(name, {})) > _MAX_SHOWN,
    )


def in_history(tx: Tx, schema: Schema, table: Table, changes: Sequence[Change]) -> Callable[[Any], str]:
    """Return how values of changes are shown: rows that they lead to by what they are called."""
    ids: dict[str, set[str]] = {}
    keys = {f"{field.name}_id": field.to for field in table.definition.fields if field.type == "foreign_key"}
    ends = {**keys, **{name: other.name for name, (_, other) in rows.ways(schema, table).items()}}
    for change in changes:
        for side in (change.before or {}, change.after or {}):
            for name in ends.keys() & side.keys():
                value = side[name]
                ids.setdefault(ends[name], set()).update(value if isinstance(value, list) else [value] if value else [])
    called: dict[str, str] = {}
    for name, wanted in ids.items():
        if name in schema.tables and wanted:
            called |= rows.names_of(tx, table=schema.tables[name], ids=sorted(wanted)[:_MAX_NAMED])
    return lambda value: called[value] if isinstance(value, str) and value in called else display(value)


def leading_here(schema: Schema, table: Table, row_id: str) -> list[tuple[str, str]]:
    """Return where the rows that lead to a row are: what they are called, and the address of the grid with them."""
    found = []
    for owner in schema.tables.values():
        for field in owner.definition.fields:
            if field.type == "foreign_key" and field.to == table.name:
                column = f"{field.name}_id"
                query = urlencode({f"o.{column}": "eq", f"v.{column}": row_id})
                found.append((f"{owner.title} by {field.name}", f"{page_of(table.app_id, owner.name)}?{query}"))
    return found


def known(tx: Tx, *, workspace_id: int, app_id: int, name: str) -> tuple[Schema, Table]:
    """Return a table with its schema. Raises NotFound."""
    schema = tables.load(tx, workspace_id=workspace_id, app_id=app_id)
    return schema, schema.find(name)
