"""The GraphQL schema of one app, made of the tables that it has at the moment."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
from graphql import GraphQLArgument, GraphQLField, GraphQLObjectType, GraphQLSchema, GraphQLString

from botyard.core.graphql.changes import ChangeTypes
from botyard.core.graphql.scalars import SCALARS, TIMESTAMP
from botyard.core.graphql.types import Shared, TableTypes, required, several
from botyard.core.tables import Schema

Operation: TypeAlias = Literal[
    "select", "by_pk", "aggregate", "insert", "insert_one", "update", "update_by_pk", "update_many", "delete",
    "delete_by_pk",
]  # fmt: skip


class Root(msgspec.Struct, frozen=True):
    """What a root field does, and to which table."""

    operation: Operation
    types: TableTypes


class ApiSchema:
    """The schema of an app at one version of its tables; `roots` says what each root field does."""

    def __init__(self, schema: Schema) -> None:
        self.tables = schema
        self.roots: dict[str, Root] = {}
        shared = Shared()
        types: dict[str, TableTypes] = {}
        changes: dict[str, ChangeTypes] = {}
        for table in schema.tables.values():
            types[table.name] = TableTypes(schema, table, shared, types)
            changes[table.name] = ChangeTypes(types[table.name], changes)
        self.types = {one.name: one for one in types.values()}
        query = GraphQLObjectType("query_root", self._queries(types))
        mutation = GraphQLObjectType("mutation_root", self._mutations(changes)) if changes else None
        self.graphql = GraphQLSchema(query=query, mutation=mutation, types=[TIMESTAMP, *SCALARS.values()])

    def _queries(self, types: dict[str, TableTypes]) -> dict[str, GraphQLField]:
        fields: dict[str, GraphQLField] = {}
        for one in types.values():
            name = one.name
            self.roots[name] = Root("select", one)
            fields[name] = GraphQLField(required(several(one.row)), args=one.list_arguments())
            self.roots[f"{name}_aggregate"] = Root("aggregate", one)
            fields[f"{name}_aggregate"] = GraphQLField(required(one.aggregate), args=one.list_arguments())
            self.roots[f"{name}_by_pk"] = Root("by_pk", one)
            fields[f"{name}_by_pk"] = GraphQLField(one.row, args={"id": GraphQLArgument(required(SCALARS["uuid"]))})
        # A type without fields is not allowed; an app without tables has this one.
        return fields or {"no_tables": GraphQLField(GraphQLString, description="This app has no tables yet.")}

    def _mutations(self, changes: dict[str, ChangeTypes]) -> dict[str, GraphQLField]:
        fields: dict[str, GraphQLField] = {}
        for one in changes.values():
            own = one.root_fields()
            fields |= own
            operations: tuple[tuple[str, Operation], ...] = (
                (f"insert_{one.name}", "insert"),
                (f"insert_{one.name}_one", "insert_one"),
                (f"update_{one.name}", "update"),
                (f"update_{one.name}_by_pk", "update_by_pk"),
                (f"update_{one.name}_many", "update_many"),
                (f"delete_{one.name}", "delete"),
                (f"delete_{one.name}_by_pk", "delete_by_pk"),
            )
            self.roots |= {name: Root(operation, one.types) for name, operation in operations}
        return fields
