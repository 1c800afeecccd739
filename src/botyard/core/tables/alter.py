"""From one definition of a table to another, step by step, without copying the table.

A field that is taken away only hides: its column gets a name that clients cannot ask for, and when a field of the same
name and kind comes back, so do its values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from botyard.base.exceptions import AlreadyExists, Invalid
from botyard.core.tables import shape
from botyard.core.tables.model import Definition, Field, Hidden, Table, joining, physical
from botyard.core.tables.values import checked
from botyard.storage import Tx
from botyard.storage.rows import ORGANIZATION, Assign, Column, Compare, Pick, Rows, Source, Update, ddl, fetch, update

#: More rows than this are not rewritten while everybody waits.
MAX_CONVERTED = 200_000
_PAGE = 5_000


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be done, and what that is in words."""

    renamed: tuple[tuple[Field, Field], ...]
    hidden: tuple[Field, ...]
    added: tuple[Field, ...]
    retyped: tuple[tuple[Field, Field], ...]
    required: tuple[Field, ...]
    released: tuple[Field, ...]
    wanted: Definition
    changes: tuple[str, ...]


def plan(table: Table, wanted: Definition, renames: Mapping[str, str]) -> Steps:
    """Return the way from the table as it is to `wanted`. Raises Invalid for renames that name nothing."""
    present = table.definition
    for old, new in renames.items():
        if present.find(old) is None or wanted.find(new) is None:
            raise Invalid(f'"{old}" cannot become "{new}": one of them is not there.', field=f"renames.{old}")
    before = {new: old for old, new in renames.items()}
    pairs = [(present.find(before.get(field.name, field.name)), field) for field in wanted.fields]
    kept = [(old, new) for old, new in pairs if old is not None]
    used = {old.name for old, _ in kept}
    gone = tuple(field for field in present.fields if field.name not in used)
    added = tuple(new for old, new in pairs if old is None)
    retyped = tuple((old, new) for old, new in kept if _other_column(old, new))
    same = [(old, new) for old, new in kept if (old, new) not in retyped]
    steps = Steps(
        renamed=tuple((old, new) for old, new in same if old.name != new.name),
        hidden=gone,
        added=added,
        retyped=retyped,
        required=tuple(new for old, new in same if new.required and not old.required),
        released=tuple(new for old, new in same if old.required and not new.required),
        wanted=wanted,
        changes=(),
    )
    return msgspec.structs.replace(steps, changes=_in_words(present, steps, kept))


def carry_out(tx: Tx, table: Table, steps: Steps, tables: Mapping[str, Table]) -> tuple[Hidden, ...]:
    """Do the steps and return the fields that are hidden now. Raises Invalid where present rows do not fit."""
    old_indexes = shape.indexes(table, table.definition)
    new_indexes = shape.indexes(table, steps.wanted)
    for name in old_indexes.keys() - new_indexes.keys():
        ddl.drop_index(tx, name)
    hidden = list(table.definition.hidden)
    hidden.extend(_hide(tx, table, field) for field in (*steps.hidden, *(old for old, _ in steps.retyped)))
    for old, new in steps.renamed:
        _rename(tx, table, old, new)
    for field in steps.released:
        if field.column:
            ddl.release(tx, physical(table.id), field.column.name)
    for field in steps.added:
        hidden = _add(tx, table, field, tables, hidden)
    for old, new in steps.retyped:
        _retype(tx, table, (old, new), tables, hidden)
    for field in steps.required:
        _require(tx, table, field)
    for name in sorted(new_indexes.keys() - old_indexes.keys()):
        _index(tx, table, new_indexes[name])
    return tuple(hidden)


def _other_column(old: Field, new: Field) -> bool:
    one, other = old.column, new.column
    if one is None or other is None:
        return one is not other or old.to != new.to
    return (one.kind, old.to, old.on_delete) != (other.kind, new.to, new.on_delete)


def _in_words(present: Definition, steps: Steps, kept: list[tuple[Field, Field]]) -> tuple[str, ...]:
    words = [f"added {field.name}" for field in steps.added]
    words += [f"took away {field.name}" for field in steps.hidden]
    words += [f"{old.name} is now {new.name}" for old, new in kept if old.name != new.name]
    words += [f"{new.name} is now {new.type}" for _, new in steps.retyped]
    changed = [new.name for old, new in kept if msgspec.structs.replace(old, name=new.name) != new]
    words += [f"changed {name}" for name in changed if name not in {new.name for _, new in steps.retyped}]
    if (present.unique_together, present.search_fields) != (steps.wanted.unique_together, steps.wanted.search_fields):
        words.append("changed its constraints")
    if [old.name for old, _ in kept] != [field.name for field in present.fields if field not in steps.hidden]:
        words.append("changed the order of fields")
    return tuple(words)


def _hide(tx: Tx, table: Table, field: Field) -> Hidden:
    column = field.column
    if column is None:
        return Hidden(column=joining(table.id, field.name), field=field)
    ddl.release(tx, physical(table.id), column.name)
    name = f"_v{table.version}_{column.name}"
    ddl.rename_column(tx, physical(table.id), column.name, name)
    return Hidden(column=name, field=field)


def _rename(tx: Tx, table: Table, old: Field, new: Field) -> None:
    if old.column is None or new.column is None:
        raise Invalid("A many_to_many field cannot be renamed.", hint="Add another, and take this one away.")
    # Guards of required columns name them, so they are made again.
    if old.required:
        ddl.release(tx, physical(table.id), old.column.name)
    ddl.rename_column(tx, physical(table.id), old.column.name, new.column.name)
    if old.required and new.required:
        ddl.require(tx, physical(table.id), new.column.name)


def _add(tx: Tx, table: Table, field: Field, tables: Mapping[str, Table], hidden: list[Hidden]) -> list[Hidden]:
    former = next((each for each in reversed(hidden) if _comes_back(each.field, field)), None)
    if former is not None:
        if field.column is not None:
            ddl.rename_column(tx, physical(table.id), former.column, field.column.name)
        hidden = [each for each in hidden if each is not former]
    elif field.column is None:
        shape.join(tx, table, field, tables)
    else:
        ddl.add_column(tx, physical(table.id), shape.column_plan(field, tables))
    if field.column is not None and field.default is not None:
        _fill(tx, table, field)
    if field.required:
        _require(tx, table, field)
    return hidden


def _comes_back(old: Field, new: Field) -> bool:
    return old.name == new.name and not _other_column(old, new) and old.type == new.type


def _fill(tx: Tx, table: Table, field: Field) -> None:
    column = field.column
    if column is not None:
        value = checked(column.kind, field.default)
        source = _source(table, column)
        empty = Compare(column=column, operator="is_null", value=True)
        change = Update(source=source, where=empty, assign=(Assign(column=column, value=value),))
        update(tx, change, organization=table.workspace_id)


def _require(tx: Tx, table: Table, field: Field) -> None:
    column = field.column
    if column is None:
        return
    if field.default is not None:
        _fill(tx, table, field)
    source = _source(table, column)
    empty = Rows(
        source=source,
        select=(Pick(key="id", column=source.column("id")),),
        where=Compare(column=column, operator="is_null", value=True),
        limit=3,
    )
    found = [row["id"] for row in fetch(tx, empty, organization=table.workspace_id)]
    if found:
        raise Invalid(
            f'"{field.name}" cannot be required: {len(found)} or more rows have no value, such as {", ".join(found)}.',
            hint="Fill those rows first, or give the field a default.",
            field=field.name,
        )
    ddl.require(tx, physical(table.id), column.name)


def _retype(tx: Tx, table: Table, pair: tuple[Field, Field], tables: Mapping[str, Table], hidden: list[Hidden]) -> None:
    old, new = pair
    if old.column is None or new.column is None:
        _add(tx, table, new, tables, [])
        return
    ddl.add_column(tx, physical(table.id), shape.column_plan(new, tables))
    before = Column(name=next(each.column for each in reversed(hidden) if each.field == old), kind=old.column.kind)
    _convert(tx, table, before, new.column)
    if new.required:
        _require(tx, table, new)


def _convert(tx: Tx, table: Table, before: Column, after: Column) -> None:
    source = _source(table, before, after)
    identity = source.column("id")
    filled = Compare(column=before, operator="is_null", value=False)
    picks = (Pick(key="id", column=identity), Pick(key="value", column=before))
    found = fetch(
        tx, Rows(source=source, select=picks, where=filled, limit=MAX_CONVERTED + 1), organization=table.workspace_id
    )
    if len(found) > MAX_CONVERTED:
        raise Invalid(
            f'"{after.name}" has more than {MAX_CONVERTED} values, too many to convert while everybody waits.',
            hint="Add another field and move the values in steps.",
        )
    by_value: dict[str, tuple[Any, list[str]]] = {}
    for row in found:
        by_value.setdefault(repr(row["value"]), (row["value"], []))[1].append(row["id"])
    for value, ids in by_value.values():
        converted = _converted(after, value, ids[0])
        for start in range(0, len(ids), _PAGE):
            where = Compare(column=identity, operator="in", value=ids[start : start + _PAGE])
            change = Update(source=source, where=where, assign=(Assign(column=after, value=converted),))
            update(tx, change, organization=table.workspace_id)


def _converted(after: Column, value: Any, row_id: str) -> Any:
    sent = value
    if after.kind == "text" and not isinstance(value, str):
        sent = str(value).lower() if isinstance(value, bool) else str(value)
    elif after.kind == "boolean" and isinstance(value, str):
        sent = {"true": True, "false": False, "1": True, "0": False}.get(value.strip().lower(), value)
    elif after.kind == "boolean" and value in (0, 1):
        sent = bool(value)
    try:
        return checked(after.kind, sent)
    except Invalid as error:
        raise Invalid(
            f'"{after.name}" cannot be {after.kind}: {error.message}',
            hint=f"The row {row_id} holds it; correct it first, or add another field.",
            field=after.name,
        ) from None


def _index(tx: Tx, table: Table, wanted: ddl.IndexPlan) -> None:
    try:
        with tx.savepoint():
            ddl.create_index(tx, physical(table.id), wanted)
    except AlreadyExists:
        names = ", ".join(name for name in wanted.columns if name != ORGANIZATION)
        raise Invalid(
            f"Rows of the table are the same in {names}, so that cannot be unique.",
            hint="Make them differ first.",
            field=wanted.columns[0],
        ) from None


def _source(table: Table, *more: Column) -> Source:
    return Source(table=physical(table.id), columns={**table.columns, **{column.name: column for column in more}})
