"""Broken constraints, in words that name them as clients know them (contract automio, section d.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botyard.base.exceptions import BotyardError
from botyard.core.graphql import faults
from botyard.core.tables import Schema, Table, physical
from botyard.storage import Tx
from botyard.storage.rows import ORGANIZATION, Broken, Column, Compare, Pick, Rows, Source, broken, fetch


@contextmanager
def told(
    tx: Tx,
    table: Table,
    schema: Schema,
    *,
    organization: int,
    new: Sequence[Mapping[str, Any]] = (),
    gone: Sequence[str] = (),
) -> Iterator[None]:
    """Undo the block and raise GraphQLError when it breaks a constraint.

    `new` are values that it writes and `gone` the ids that it deletes, to find the one at fault where the database
    does not say it.
    """
    rule: Broken | None = None
    try:
        with tx.savepoint():
            yield
    except BotyardError as error:
        rule = broken(error)
        if rule is None:
            if error.code in ("busy", "storage_unavailable", "outcome_unknown", "storage_full", "storage_failed"):
                raise
            raise faults.of(error) from None
    if rule is not None:
        _tell(tx, rule, table, schema, organization=organization, new=new, gone=gone)


def _tell(
    tx: Tx,
    rule: Broken,
    table: Table,
    schema: Schema,
    *,
    organization: int,
    new: Sequence[Mapping[str, Any]],
    gone: Sequence[str],
) -> None:
    if rule.rule == "unique":
        faults.refuse(
            f'Uniqueness violation. duplicate key value violates unique constraint "{_unique(rule, schema)}"',
            faults.CONSTRAINT,
        )
    if rule.rule == "required":
        column = rule.columns[0] if rule.columns else "a column"
        faults.refuse(
            f'Not-NULL violation. null value in column "{column}" of relation "{table.full_name}" violates not-null'
            " constraint",
            faults.CONSTRAINT,
        )
    name = _foreign(tx, rule, table, schema, organization=organization, new=new, gone=gone)
    verb = "update or delete" if gone else "insert or update"
    faults.refuse(
        f'Foreign key violation. {verb} on table "{table.full_name}" violates foreign key constraint "{name}"',
        faults.CONSTRAINT,
    )


def _unique(rule: Broken, schema: Schema) -> str:
    for table in schema.tables.values():
        for constraint in table.constraints:
            if rule.constraint == constraint.index:
                return constraint.name
            if rule.table == physical(table.id) and set(rule.columns) == set(constraint.columns):
                return constraint.name
    return rule.constraint or ", ".join(name for name in rule.columns if name != ORGANIZATION)


def _foreign(
    tx: Tx,
    rule: Broken,
    table: Table,
    schema: Schema,
    *,
    organization: int,
    new: Sequence[Mapping[str, Any]],
    gone: Sequence[str],
) -> str:
    keys = [
        (owner, field.name, f"{field.name}_id")
        for owner in schema.tables.values()
        for field in owner.definition.fields
        if field.type == "foreign_key" and (field.to == table.name if gone else owner.id == table.id)
    ]
    named = [key for key in keys if rule.constraint == f"{physical(key[0].id)}_{key[2]}_fkey"]
    for owner, field, column in named or keys:
        full = f"{owner.full_name}_{column}_fkey"
        if named or len(keys) == 1:
            return full
        if gone and _holds(tx, owner.source, owner.columns[column], gone, organization):
            return full
        target = schema.tables[next(one.to for one in owner.definition.fields if one.name == field)]
        wanted = [value for row in new if isinstance(value := row.get(column), str)]
        if not gone and _missing(tx, target.source, wanted, organization):
            return full
    return rule.constraint or f"{table.full_name}_fkey"


def _holds(tx: Tx, source: Source, column: Column, values: Sequence[str], organization: int) -> bool:
    return bool(_found(tx, source, column, values, organization, limit=1))


def _missing(tx: Tx, source: Source, ids: Sequence[str], organization: int) -> bool:
    wanted = set(ids)
    return len(_found(tx, source, source.column("id"), sorted(wanted), organization, limit=len(wanted))) < len(wanted)


def _found(
    tx: Tx, source: Source, column: Column, values: Sequence[str], organization: int, *, limit: int
) -> list[dict[str, Any]]:
    rows = Rows(
        source=source,
        select=(Pick(key="id", column=source.column("id")),),
        where=Compare(column=column, operator="in", value=list(values)),
        limit=limit,
    )
    return fetch(tx, rows, organization=organization)
