"""The table in the database that a definition asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from botyard.core.tables.model import (
    BUILT_IN,
    Definition,
    Field,
    Table,
    index_name,
    joining,
    physical,
    unique_constraints,
)
from botyard.storage import Tx
from botyard.storage.rows import ORGANIZATION, Column, ddl


def build(tx: Tx, table: Table, tables: Mapping[str, Table]) -> None:
    """Make the table, its indexes, and the tables that join it to others."""
    built_in = [ddl.ColumnPlan(column=column) for column in BUILT_IN.values()]
    own = [column_plan(field, tables) for field in table.definition.fields if field.column is not None]
    plan = ddl.TablePlan(
        table=physical(table.id), columns=(*built_in, *own), indexes=tuple(indexes(table, table.definition).values())
    )
    ddl.create_table(tx, plan)
    for field in table.definition.fields:
        if field.type == "many_to_many":
            join(tx, table, field, tables)


def raze(tx: Tx, table: Table) -> None:
    """Drop the table and those that join it to others."""
    known = [*table.definition.fields, *(hidden.field for hidden in table.definition.hidden)]
    for name in sorted({joining(table.id, field.name) for field in known if field.type == "many_to_many"}):
        ddl.drop_table(tx, name)
    ddl.drop_table(tx, physical(table.id))


def column_plan(field: Field, tables: Mapping[str, Table]) -> ddl.ColumnPlan:
    """Return the column that holds a field. Its table must be one of `tables` when it leads there."""
    column = field.column
    if column is None:
        raise ValueError(f"{field.name} has no column.")
    if field.type != "foreign_key":
        return ddl.ColumnPlan(column=column)
    return ddl.ColumnPlan(column=column, references=physical(tables[field.to].id), on_delete=field.on_delete)


def join(tx: Tx, table: Table, field: Field, tables: Mapping[str, Table]) -> None:
    """Make the table of the pairs of a many_to_many field."""
    name = joining(table.id, field.name)
    sides = (("own_id", table.id), ("other_id", tables[field.to].id))
    columns = [
        ddl.ColumnPlan(
            column=Column(name=side, kind="uuid", nullable=False), references=physical(target), on_delete="cascade"
        )
        for side, target in sides
    ]
    key = ddl.ColumnPlan(column=Column(name="id", kind="uuid", nullable=False))
    ddl.create_table(
        tx,
        ddl.TablePlan(
            table=name,
            columns=(key, *columns),
            indexes=(
                ddl.IndexPlan(name=f"{name}_pair", columns=("own_id", "other_id"), unique=True),
                ddl.IndexPlan(name=f"{name}_back", columns=("other_id", "own_id")),
            ),
        ),
    )


def indexes(table: Table, definition: Definition) -> dict[str, ddl.IndexPlan]:
    """Return every index that a definition asks for, by name."""
    return {plan.name: plan for plan in _indexes(table, definition)}


def _indexes(table: Table, definition: Definition) -> Iterator[ddl.IndexPlan]:
    yield ddl.IndexPlan(name=index_name(table.id, "created_at"), columns=(ORGANIZATION, "created_at", "id"))
    for field in definition.fields:
        column = field.column
        if column is None:
            continue
        if field.type == "foreign_key":
            # By its own, so that deleting the row at the other end does not read the whole table.
            yield ddl.IndexPlan(name=index_name(table.id, column.name), columns=(column.name,))
        elif field.index or column.name in definition.search_fields or column.kind == "timestamptz":
            yield ddl.IndexPlan(name=index_name(table.id, column.name), columns=(ORGANIZATION, column.name, "id"))
    for constraint in unique_constraints(table.id, table.full_name, definition):
        yield ddl.IndexPlan(name=constraint.index, columns=constraint.columns, unique=True)
