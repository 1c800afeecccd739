"""Broken constraints, as errors that name the field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botyard.base.exceptions import BotyardError, Invalid
from botyard.core.tables import Schema, Table, physical
from botyard.storage import Tx
from botyard.storage.rows import ORGANIZATION, Broken, Compare, Pick, Rows, Source, broken, fetch


@contextmanager
def told(
    tx: Tx, schema: Schema, table: Table, *, new: Sequence[Mapping[str, Any]] = (), gone: str | None = None
) -> Iterator[None]:
    """Undo the block and raise Invalid naming the field when it breaks a constraint.

    `new` are values that it writes, `gone` is the id of the row that it deletes.
    """
    rule: Broken | None = None
    try:
        with tx.savepoint():
            yield
    except BotyardError as error:
        rule = broken(error)
        if rule is None:
            raise
    if rule is not None and gone is not None and rule.rule == "foreign_key":
        raise _used(_users(tx, schema, table, gone))
    if rule is not None:
        raise _in_words(tx, rule, schema, table, new)


def _in_words(tx: Tx, rule: Broken, schema: Schema, table: Table, new: Sequence[Mapping[str, Any]]) -> Invalid:
    if rule.rule == "unique":
        names = _unique(rule, table)
        return Invalid(
            f"Another row has the same {' and '.join(names)}.",
            hint="Choose another value, or change that row.",
            code="already_exists",
            field=names[0],
        )
    if rule.rule == "required":
        name = rule.columns[0] if rule.columns else ""
        return Invalid(f'"{name}" must have a value.', hint="Fill it in.", field=name or None)
    name = _astray(tx, rule, schema, table, new)
    return Invalid(
        f'"{name}" leads to a row that is not there.', hint="Give the id of a row of that table.", field=name
    )


def _used(users: str) -> Invalid:
    return Invalid(
        f"The row is used{f' by rows of {users}' if users else ''}.",
        hint="Delete those first, or let them lead elsewhere.",
        code="in_use",
    )


def _unique(rule: Broken, table: Table) -> list[str]:
    for constraint in table.constraints:
        if rule.constraint == constraint.index or set(rule.columns) == set(constraint.columns):
            return [name for name in constraint.columns if name != ORGANIZATION]
    return [name for name in rule.columns if name != ORGANIZATION] or ["key"]


def _users(tx: Tx, schema: Schema, table: Table, gone: str) -> str:
    for owner in schema.tables.values():
        for field in owner.definition.fields:
            if field.type == "foreign_key" and field.to == table.name:
                column = owner.columns[f"{field.name}_id"]
                where = Compare(column=column, operator="eq", value=gone)
                if _any(tx, owner.source, where, table.workspace_id):
                    return owner.name
    return ""


def _astray(tx: Tx, rule: Broken, schema: Schema, table: Table, new: Sequence[Mapping[str, Any]]) -> str:
    keys = [field for field in table.definition.fields if field.type == "foreign_key"]
    for field in keys:
        name = f"{field.name}_id"
        if rule.constraint == f"{physical(table.id)}_{name}_fkey" or len(keys) == 1:
            return name
        target = schema.tables[field.to].source
        wanted = sorted({row[name] for row in new if row.get(name)})
        where = Compare(column=target.column("id"), operator="in", value=wanted)
        if wanted and len(_any(tx, target, where, table.workspace_id, limit=len(wanted))) < len(wanted):
            return name
    return f"{keys[0].name}_id" if keys else "id"


def _any(tx: Tx, source: Source, where: Compare, organization: int, *, limit: int = 1) -> list[dict[str, Any]]:
    rows = Rows(source=source, select=(Pick(key="id", column=source.column("id")),), where=where, limit=limit)
    return fetch(tx, rows, organization=organization)
