"""A row as a form: one control for each field, and what was typed as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from botyard.base.exceptions import BotyardError
from botyard.core import rows, tables
from botyard.core.tables import Field, Table
from botyard.storage import Tx
from botyard.web import Form


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """How one field is typed: `sort` is the kind of control, `problem` what was wrong with it."""

    name: str
    label: str
    sort: str
    value: str
    hint: str = ""
    problem: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    #: Of a control that chooses a row: where rows are looked up, and what the present one is called.
    rows: str = ""
    called: str = ""


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Where the table of a form is, and what the rows that its foreign keys lead to are called."""

    href: str
    called: Mapping[str, Mapping[str, str]] = {}

    def rows(self, column: str) -> str:
        """Return where rows that a foreign key can lead to are looked up."""
        return f"{self.href}/choices?{urlencode({'column': column})}"


#: A moment as columns hold it; fractions of a second stay, where there are any.
_MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.000000\+00:00$")
_SORTS = {"boolean": "choice", "date": "date", "jsonb": "area"}
_HINTS = {
    "timestamptz": "Such as 2026-01-31 12:00, in UTC",
    "time": "Such as 12:30",
    "jsonb": "JSON",
    "uuid": "Type what the row is called, or its id",
}


def controls(table: Table, typed: dict[str, str], names: Names, error: BotyardError | None = None) -> list[Control]:
    """Return the controls of every field that people can change."""
    return [control(field, typed, names, error) for field in table.definition.fields if field.column is not None]


def control(field: Field, typed: dict[str, str], names: Names, error: BotyardError | None = None) -> Control:
    """Return the control of one field."""
    column = field.column
    if column is None:
        raise ValueError(f"{field.name} has no column.")
    sort = _SORTS.get(column.kind, "area" if field.type == "long_text" else "text")
    choices: tuple[tuple[str, str], ...] = (("true", "true"), ("false", "false")) if column.kind == "boolean" else ()
    if field.type == "select":
        sort = "choice"
        choices = tuple((each.value, each.label or each.value) for each in field.choices)
    wrong = error is not None and error.field == column.name
    value, is_key = typed.get(column.name, ""), field.type == "foreign_key"
    return Control(
        name=column.name,
        label=field.label or field.name.replace("_", " "),
        sort=sort,
        value=value,
        hint=field.help_text or _HINTS.get(column.kind, "") or ("Required" if field.required else ""),
        problem=f"{error.message} {error.hint}".strip() if wrong and error else "",
        choices=choices,
        rows=names.rows(column.name) if is_key else "",
        called=names.called.get(column.name, {}).get(value, value) if is_key else "",
    )


def texts_of(row: dict[str, Any]) -> dict[str, str]:
    """Return the values of a row as they are typed."""
    return {name: _MOMENT.sub(r"\1 \2", rows.as_text(value)) for name, value in row.items()}


def keys_in(table: Table, typed: Mapping[str, str]) -> dict[str, str | None]:
    """Return the ids that the foreign keys among typed values lead to, None for what is no id."""
    found: dict[str, str | None] = {}
    for field in table.definition.fields:
        if field.type == "foreign_key" and field.column is not None:
            try:
                found[field.column.name] = rows.from_text(field.column, typed.get(field.column.name, ""))
            except BotyardError:
                found[field.column.name] = None
    return found


def typed_in(form: Form) -> dict[str, str]:
    """Return what was typed, by column."""
    return {name[2:]: form.text(name).replace("\r\n", "\n") for name in form.names() if name.startswith("v.")}


def insert(tx: Tx, *, workspace_id: int, app_id: int, name: str, form: Form, actor: str, now: int) -> dict[str, Any]:
    """Add the row that a form describes; what is empty gets its default. Raises Invalid naming the field."""
    values = {key: value for key, value in _values(tx, workspace_id, app_id, name, form).items() if value is not None}
    place: dict[str, Any] = {"workspace_id": workspace_id, "app_id": app_id, "table": name}
    return rows.insert(tx, values=values, actor=actor, now=now, **place)


def update(
    tx: Tx, *, workspace_id: int, app_id: int, name: str, row_id: str, form: Form, actor: str, now: int
) -> tuple[dict[str, Any], int | None]:
    """Change a row as a form says; return it, and the number of the change if there was one."""
    values = _values(tx, workspace_id, app_id, name, form)
    place: dict[str, Any] = {"workspace_id": workspace_id, "app_id": app_id, "table": name, "row_id": row_id}
    seen = form.text("seen") or None
    row = rows.update(tx, values=values, seen=seen, actor=actor, now=now, **place)
    last = next(iter(rows.history(tx, limit=1, **place)), None)
    return row, last.id if last and last.at == now and last.kind == "update" else None


def relate(
    tx: Tx, *, workspace_id: int, app_id: int, name: str, row_id: str, form: Form, actor: str, now: int
) -> int | None:
    """Change links of a row as a form says: those shown that were unticked go, the chosen one comes.

    Return the number of the change if there was one.
    """
    had, kept = form.all("had"), set(form.all("keep"))
    place: dict[str, Any] = {"workspace_id": workspace_id, "app_id": app_id, "table": name, "row_id": row_id}
    return rows.relate(
        tx,
        relationship=form.text("column"),
        add=[each for each in form.all("add") if each.strip()],
        remove=[each for each in had if each not in kept],
        actor=actor,
        now=now,
        **place,
    )


def _values(tx: Tx, workspace_id: int, app_id: int, name: str, form: Form) -> dict[str, Any]:
    table = tables.get(tx, workspace_id=workspace_id, app_id=app_id, name=name)
    typed = typed_in(form)
    return {
        key: rows.from_text(table.columns[key], text) if key in table.columns else text for key, text in typed.items()
    }
