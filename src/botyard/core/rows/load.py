"""Rows of a file, a batch at a time; a batch comes whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from botyard.base.exceptions import Invalid, closest
from botyard.core import tables
from botyard.core.rows import breach
from botyard.core.rows.choose import ids_of
from botyard.core.rows.edit import completed, watch
from botyard.core.rows.history import keep
from botyard.core.rows.texts import checked_values, from_text
from botyard.core.tables import Constraint, Schema, Table
from botyard.storage import Tx
from botyard.storage.rows import ORGANIZATION, Conflict, Insert
from botyard.storage.rows import insert as insert_rows

#: How many rows come in one unit.
BATCH = 500
_MAX_FAULTS = 20
_UUID = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a batch: how many rows were written, or `faults`, each a line with what is wrong with it."""

    written: int = 0
    faults: tuple[tuple[int, str], ...] = ()


class _DryRun(Exception):
    """Takes back what a trial wrote."""


class _Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where rows go, by which constraint they count as being there, and which columns lines have."""

    tx: Tx
    schema: Schema
    table: Table
    rule: Constraint | None
    sent: tuple[str, ...]
    now: int


def load_batch(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    table: str,
    lines: Sequence[tuple[int, Mapping[str, str]]],
    actor: str,
    now: int,
    key: str = "",
    dry: bool = False,
) -> Loaded:
    """Write the rows of some lines, each with texts by column, or none of them and say which lines are wrong.

    With `key`, the name of a unique constraint, a row that is there already gets the values of its line. `dry` tries
    it all and keeps nothing. Raises NotFound, and Invalid for a constraint or a column that the table does not have.
    """
    schema = tables.load(tx, workspace_id=workspace_id, app_id=app_id)
    known = schema.find(table)
    rule = _rule(known, key)
    lines, faults = _by_id(tx, schema, known, lines)
    if faults:
        return Loaded(faults=tuple(faults[:_MAX_FAULTS]))
    rows, faults = _rows_of(known, lines, now=now)
    if faults:
        return Loaded(faults=tuple(faults[:_MAX_FAULTS]))
    rows, faults = _distinct(rows, rule)
    if faults:
        return Loaded(faults=tuple(faults[:_MAX_FAULTS]))
    sent = tuple(dict.fromkeys(name for _, values in lines for name in values))
    target = _Target(tx=tx, schema=schema, table=known, rule=rule, sent=sent, now=now)
    try:
        _try(target, rows, keep_it=not dry)
    except Invalid as error:
        return Loaded(faults=((_first_wrong(target, rows), f"{error.message} {error.hint}".strip()),))
    if not dry:
        keep(tx, known, "", "import", before=None, after={"rows": len(rows), "key": key}, actor=actor, now=now)
    return Loaded(written=len(rows))


def _by_id(
    tx: Tx, schema: Schema, table: Table, lines: Sequence[tuple[int, Mapping[str, str]]]
) -> tuple[list[tuple[int, Mapping[str, str]]], list[tuple[int, str]]]:
    """Return the lines with ids where rows of other tables were called by name, or which lines name no one row.

    One statement for each foreign key.
    """
    found, faults = list(lines), list[tuple[int, str]]()
    for field in table.definition.fields:
        name = f"{field.name}_id"
        if field.type != "foreign_key" or not any(name in texts for _, texts in lines):
            continue
        typed = {texts[name].strip() for _, texts in lines if name in texts} - {""}
        names = sorted(each for each in typed if not _UUID.fullmatch(each))
        called = ids_of(tx, table=schema.tables[field.to], names=names, by=field.display_field)
        faults += [
            (line, f"{name}: {_astray(field.to, texts[name].strip(), called)}")
            for line, texts in lines
            if texts.get(name, "").strip() in names and len(called.get(texts[name].strip(), ())) != 1
        ]
        found = [
            (line, {**texts, name: called[texts[name].strip()][0]} if texts.get(name, "").strip() in called else texts)
            for line, texts in found
        ]
    return found, sorted(faults)


def _astray(table: str, typed: str, called: Mapping[str, Sequence[str]]) -> str:
    if typed in called:
        return f'Several rows of "{table}" are called "{typed[:80]}". Give the id of one.'
    return f'No row of "{table}" is called "{typed[:80]}". Give its id, or its name where names have an index.'


def _rows_of(
    table: Table, lines: Sequence[tuple[int, Mapping[str, str]]], *, now: int
) -> tuple[list[tuple[int, dict[str, Any]]], list[tuple[int, str]]]:
    rows: list[tuple[int, dict[str, Any]]] = []
    faults: list[tuple[int, str]] = []
    for line, texts in lines:
        try:
            # A column that is not there is asked of, and refused, by the check of values.
            found = {
                name: from_text(table.columns[name], text) if name in table.columns else text
                for name, text in texts.items()
            }
            # An empty cell of a new row is no value, so the default of its field is taken.
            values = {name: value for name, value in found.items() if value is not None}
            rows.append((line, {**completed(table, checked_values(table, values), now=now)}))
        except Invalid as error:
            where = f"{error.field}: " if error.field and f'"{error.field}"' not in error.message else ""
            faults.append((line, f"{where}{error.message} {error.hint}".strip()))
    return rows, faults


def _distinct(
    rows: list[tuple[int, dict[str, Any]]], rule: Constraint | None
) -> tuple[list[tuple[int, dict[str, Any]]], list[tuple[int, str]]]:
    """Return the rows, or which lines have the key of an earlier line of the same batch."""
    if rule is None:
        return rows, []
    names = [name for name in rule.columns if name != ORGANIZATION]
    seen: dict[tuple[str, ...], int] = {}
    faults: list[tuple[int, str]] = []
    for line, row in rows:
        if any(row[name] is None for name in names):
            continue
        first = seen.setdefault(tuple(str(row[name]) for name in names), line)
        if first != line:
            faults.append((line, f"Line {first} has the same {' and '.join(names)}. Keep one of them."))
    return rows, faults


def _try(target: _Target, rows: Sequence[tuple[int, Mapping[str, Any]]], *, keep_it: bool) -> None:
    """Write the rows, for good or only to see whether it can be done. Raises Invalid."""
    try:
        with target.tx.savepoint():
            _write(target, rows)
            _go_on(keep_it)
    except _DryRun:
        return


def _go_on(keep_it: bool) -> None:
    if not keep_it:
        raise _DryRun


def _write(target: _Target, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    table, rule = target.table, target.rule
    if not rows:
        return
    names = tuple(name for name in table.columns if any(name in row for _, row in rows))
    conflict = None
    if rule is not None:
        update = tuple(table.columns[name] for name in target.sent if name not in rule.columns)
        conflict = Conflict(
            columns=tuple(table.columns[name] for name in rule.columns), update=(*update, table.columns["updated_at"])
        )
    new = Insert(
        source=table.source,
        columns=tuple(table.columns[name] for name in names),
        rows=tuple(tuple(row.get(name) for name in names) for _, row in rows),
        conflict=conflict,
    )
    with breach.told(target.tx, target.schema, table, new=[row for _, row in rows]):
        written = [row["id"] for row in insert_rows(target.tx, new, organization=table.workspace_id)]
    # A row that was there keeps its id.
    fresh = {row["id"] for _, row in rows}
    noted = watch(target.tx, table, now=target.now)
    noted.saw(table.name, table.source, "insert", [row_id for row_id in written if row_id in fresh])
    noted.saw(table.name, table.source, "update", [row_id for row_id in written if row_id not in fresh])


def _first_wrong(target: _Target, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> int:
    """Return the line at which the database refuses, found by halving: the first rows that are refused end with it."""
    low, high = 0, len(rows)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            _try(target, rows[:middle], keep_it=False)
            low = middle
        except Invalid:
            high = middle
    return rows[high - 1][0]


def _rule(table: Table, key: str) -> Constraint | None:
    if not key:
        return None
    for constraint in table.constraints:
        if constraint.name == key:
            return constraint
    names = [constraint.name for constraint in table.constraints]
    raise Invalid(
        f'The table has no unique constraint "{key[:120]}".', hint=closest(key, names) or "Choose one.", field="key"
    )
