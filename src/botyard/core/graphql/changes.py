"""The types and root fields by which rows of a table are changed (contract automio, sections d.6 and d.7)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLObjectType,
    GraphQLString,
)

from botyard.core.graphql.scalars import SCALARS
from botyard.core.graphql.types import Fields, TableTypes, required, several
from botyard.storage.rows import NUMBERS, Column

#: Changes of JSON values, with the type of what each is given.
DOCUMENT_CHANGES = ("append", "prepend", "delete_key", "delete_elem", "delete_at_path")


class ChangeTypes:
    """The input types of one table, and what a change answers."""

    def __init__(self, types: TableTypes, others: dict[str, ChangeTypes]) -> None:
        self.types = types
        self.name = types.name
        self._others = others

    def at(self, link: str) -> ChangeTypes:
        """Return the types of the table that a relationship leads to."""
        return self._others[self.types.links[link][1].name]

    @cached_property
    def insert_input(self) -> GraphQLInputObjectType:
        """Return a new row, with rows of other tables below it."""

        def fields() -> Fields:
            own = {name: GraphQLInputField(SCALARS[one.kind]) for name, one in self.types.columns.items()}
            for name, (link, _) in self.types.links.items():
                other = self.at(name)
                own[name] = GraphQLInputField(other.below_many if link.many else other.below_one)
            return own

        return GraphQLInputObjectType(f"{self.name}_insert_input", fields)

    @cached_property
    def below_one(self) -> GraphQLInputObjectType:
        """Return a new row of this table that another row leads to."""
        return GraphQLInputObjectType(
            f"{self.name}_obj_rel_insert_input",
            lambda: {
                "data": GraphQLInputField(required(self.insert_input)),
                "on_conflict": GraphQLInputField(self.on_conflict),
            },
        )

    @cached_property
    def below_many(self) -> GraphQLInputObjectType:
        """Return new rows of this table that belong to another row."""
        return GraphQLInputObjectType(
            f"{self.name}_arr_rel_insert_input",
            lambda: {
                "data": GraphQLInputField(required(several(self.insert_input))),
                "on_conflict": GraphQLInputField(self.on_conflict),
            },
        )

    @cached_property
    def on_conflict(self) -> GraphQLInputObjectType:
        """Return what to do with rows that are there already."""
        return GraphQLInputObjectType(
            f"{self.name}_on_conflict",
            lambda: {
                "constraint": GraphQLInputField(required(self.constraint)),
                "update_columns": GraphQLInputField(required(several(self.types.update_column)), default_value=[]),
                "where": GraphQLInputField(self.types.bool_exp),
            },
        )

    @cached_property
    def constraint(self) -> GraphQLEnumType:
        """Return the names of constraints."""
        found = self.types.table.constraints
        return GraphQLEnumType(
            f"{self.name}_constraint",
            {one.name: GraphQLEnumValue(one.name, description=f"unique: {', '.join(one.columns)}") for one in found},
        )

    @cached_property
    def set_input(self) -> GraphQLInputObjectType:
        """Return new values of columns."""
        return self._input("set_input", {name: SCALARS[one.kind] for name, one in self.types.columns.items()})

    @cached_property
    def pk_columns(self) -> GraphQLInputObjectType:
        """Return the key of a row."""
        return GraphQLInputObjectType(
            f"{self.name}_pk_columns_input", {"id": GraphQLInputField(required(SCALARS["uuid"]))}
        )

    @cached_property
    def response(self) -> GraphQLObjectType:
        """Return the answer to a change of several rows."""
        return GraphQLObjectType(
            f"{self.name}_mutation_response",
            lambda: {
                "affected_rows": GraphQLField(required(GraphQLInt)),
                "returning": GraphQLField(required(several(self.types.row))),
            },
        )

    @cached_property
    def operators(self) -> dict[str, GraphQLInputObjectType]:
        """Return what an update can do to columns, by the name of its argument."""
        found = {"_set": self.set_input}
        numbers = self._columns(lambda column: column.kind in NUMBERS)
        if numbers:
            found["_inc"] = self._input("inc_input", {one.name: SCALARS[one.kind] for one in numbers})
        documents = self._columns(lambda column: column.kind == "jsonb")
        given: dict[str, Any] = {
            "append": SCALARS["jsonb"],
            "prepend": SCALARS["jsonb"],
            "delete_key": GraphQLString,
            "delete_elem": GraphQLInt,
            "delete_at_path": several(GraphQLString),
        }
        for change in DOCUMENT_CHANGES if documents else ():
            found[f"_{change}"] = self._input(f"{change}_input", {one.name: given[change] for one in documents})
        return found

    @cached_property
    def updates(self) -> GraphQLInputObjectType:
        """Return one of several updates: which rows, and what becomes of them."""

        def fields() -> Fields:
            own = {name: GraphQLInputField(one) for name, one in self.operators.items()}
            return own | {"where": GraphQLInputField(required(self.types.bool_exp))}

        return GraphQLInputObjectType(f"{self.name}_updates", fields)

    def root_fields(self) -> dict[str, GraphQLField]:
        """Return the root fields that change this table."""
        name = self.name
        conflict = {"on_conflict": GraphQLArgument(self.on_conflict)}
        operators = {key: GraphQLArgument(one) for key, one in self.operators.items()}
        row, response, where = self.types.row, self.response, GraphQLArgument(required(self.types.bool_exp))
        return {
            f"insert_{name}": GraphQLField(
                response, args={"objects": GraphQLArgument(required(several(self.insert_input))), **conflict}
            ),
            f"insert_{name}_one": GraphQLField(
                row, args={"object": GraphQLArgument(required(self.insert_input)), **conflict}
            ),
            f"update_{name}": GraphQLField(response, args={**operators, "where": where}),
            f"update_{name}_by_pk": GraphQLField(
                row, args={**operators, "pk_columns": GraphQLArgument(required(self.pk_columns))}
            ),
            f"update_{name}_many": GraphQLField(
                GraphQLList(response), args={"updates": GraphQLArgument(required(several(self.updates)))}
            ),
            f"delete_{name}": GraphQLField(response, args={"where": where}),
            f"delete_{name}_by_pk": GraphQLField(row, args={"id": GraphQLArgument(required(SCALARS["uuid"]))}),
        }

    def _input(self, suffix: str, fields: dict[str, Any]) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            f"{self.name}_{suffix}", {name: GraphQLInputField(inner) for name, inner in fields.items()}
        )

    def _columns(self, wanted: Any) -> list[Column]:
        return [column for column in self.types.columns.values() if wanted(column)]
