"""Every type of one table, by the names that clients know (contract automio, section d.7)."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeAlias

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from botyard.core.graphql.scalars import SCALARS
from botyard.core.tables import Schema, Table
from botyard.storage.rows import NUMBERS, Column, Kind

Fields: TypeAlias = "dict[str, GraphQLInputField]"

#: Aggregates whose answer is a number with a point, whatever they are of.
FLOATS = ("avg", "stddev", "stddev_pop", "stddev_samp", "var_pop", "var_samp", "variance")
#: Aggregates of numbers only, and those of everything that has an order.
OF_NUMBERS = ("avg", "sum", *FLOATS[1:])
OF_ORDERED = ("max", "min")

_ORDERS = {
    "asc": "in ascending order, nulls last",
    "asc_nulls_first": "in ascending order, nulls first",
    "asc_nulls_last": "in ascending order, nulls last",
    "desc": "in descending order, nulls first",
    "desc_nulls_first": "in descending order, nulls first",
    "desc_nulls_last": "in descending order, nulls last",
}
_PATTERNS = ("like", "nlike", "ilike", "nilike", "similar", "nsimilar", "regex", "nregex", "iregex", "niregex")


def required(inner: Any) -> GraphQLNonNull[Any]:
    """Return the type that is never null."""
    return GraphQLNonNull(inner)


def several(inner: Any) -> GraphQLList[Any]:
    """Return the type of a list without nulls."""
    return GraphQLList(GraphQLNonNull(inner))


class Shared:
    """Types that all tables of a schema share."""

    def __init__(self) -> None:
        self.order_by = GraphQLEnumType(
            "order_by", {name: GraphQLEnumValue(name, description=text) for name, text in _ORDERS.items()}
        )
        self._comparisons: dict[Kind, GraphQLInputObjectType] = {}
        self.cast = GraphQLInputObjectType(
            "jsonb_cast_exp", lambda: {"String": GraphQLInputField(self.comparison("text"))}
        )

    def comparison(self, kind: Kind) -> GraphQLInputObjectType:
        """Return the operators that a column of a kind can be compared by."""
        if kind not in self._comparisons:
            scalar = SCALARS[kind]
            self._comparisons[kind] = GraphQLInputObjectType(
                f"{scalar.name}_comparison_exp", lambda: self._operators(kind)
            )
        return self._comparisons[kind]

    def _operators(self, kind: Kind) -> Fields:
        scalar = SCALARS[kind]
        fields = {f"_{name}": GraphQLInputField(scalar) for name in ("eq", "neq", "gt", "gte", "lt", "lte")}
        fields |= {f"_{name}": GraphQLInputField(several(scalar)) for name in ("in", "nin")}
        fields["_is_null"] = GraphQLInputField(GraphQLBoolean)
        if kind == "text":
            fields |= {f"_{name}": GraphQLInputField(GraphQLString) for name in _PATTERNS}
        if kind == "jsonb":
            fields |= {f"_{name}": GraphQLInputField(scalar) for name in ("contains", "contained_in")}
            fields["_has_key"] = GraphQLInputField(GraphQLString)
            fields |= {
                f"_{name}": GraphQLInputField(several(GraphQLString)) for name in ("has_keys_any", "has_keys_all")
            }
            fields["_cast"] = GraphQLInputField(self.cast)
        return dict(sorted(fields.items()))


class TableTypes:
    """The types of one table; each is made when it is first asked for."""

    def __init__(self, schema: Schema, table: Table, shared: Shared, others: dict[str, TableTypes]) -> None:
        self.schema = schema
        self.table = table
        self.name = table.full_name
        self.shared = shared
        self.columns = table.columns
        self.links = schema.links(table.name)
        self._others = others

    def at(self, link: str) -> TableTypes:
        """Return the types of the table that a relationship leads to."""
        return self._others[self.links[link][1].name]

    @cached_property
    def row(self) -> GraphQLObjectType:
        """Return the type of a row."""
        return GraphQLObjectType(self.name, self._row_fields, description=self.table.title)

    def _row_fields(self) -> dict[str, GraphQLField]:
        fields = {name: self._column_field(column) for name, column in self.columns.items()}
        for name, (link, _) in self.links.items():
            other = self.at(name)
            if link.many:
                fields[name] = GraphQLField(required(several(other.row)), args=other.list_arguments())
                fields[f"{name}_aggregate"] = GraphQLField(required(other.aggregate), args=other.list_arguments())
            else:
                column = self.columns[link.own]
                fields[name] = GraphQLField(other.row if column.nullable else required(other.row))
        return fields

    def _column_field(self, column: Column) -> GraphQLField:
        scalar = SCALARS[column.kind]
        arguments = {"path": GraphQLArgument(GraphQLString)} if column.kind == "jsonb" else None
        return GraphQLField(scalar if column.nullable else required(scalar), args=arguments)

    def list_arguments(self) -> dict[str, GraphQLArgument]:
        """Return the arguments of a list of rows."""
        return {
            "distinct_on": GraphQLArgument(several(self.select_column)),
            "limit": GraphQLArgument(GraphQLInt),
            "offset": GraphQLArgument(GraphQLInt),
            "order_by": GraphQLArgument(several(self.order_by)),
            "where": GraphQLArgument(self.bool_exp),
        }

    @cached_property
    def bool_exp(self) -> GraphQLInputObjectType:
        """Return the filter of rows."""

        def fields() -> Fields:
            own = {
                "_and": GraphQLInputField(several(self.bool_exp)),
                "_not": GraphQLInputField(self.bool_exp),
                "_or": GraphQLInputField(several(self.bool_exp)),
            }
            own |= {name: GraphQLInputField(self.shared.comparison(one.kind)) for name, one in self.columns.items()}
            return own | {name: GraphQLInputField(self.at(name).bool_exp) for name in self.links}

        return GraphQLInputObjectType(f"{self.name}_bool_exp", fields)

    @cached_property
    def order_by(self) -> GraphQLInputObjectType:
        """Return the order of rows: by columns, by those of a row above, or by aggregates of rows below."""

        def fields() -> Fields:
            own = {name: GraphQLInputField(self.shared.order_by) for name in self.columns}
            for name, (link, _) in self.links.items():
                other = self.at(name)
                if link.many:
                    own[f"{name}_aggregate"] = GraphQLInputField(other.aggregate_order_by)
                else:
                    own[name] = GraphQLInputField(other.order_by)
            return own

        return GraphQLInputObjectType(f"{self.name}_order_by", fields)

    @cached_property
    def aggregate_order_by(self) -> GraphQLInputObjectType:
        """Return the order by an aggregate of rows of this table."""

        def fields() -> Fields:
            own = {"count": GraphQLInputField(self.shared.order_by)}
            for function in (*OF_NUMBERS, *OF_ORDERED):
                names = [column.name for column in self._of(function)]
                if names:
                    inner = GraphQLInputObjectType(
                        f"{self.name}_{function}_order_by",
                        {name: GraphQLInputField(self.shared.order_by) for name in names},
                    )
                    own[function] = GraphQLInputField(inner)
            return own

        return GraphQLInputObjectType(f"{self.name}_aggregate_order_by", fields)

    @cached_property
    def select_column(self) -> GraphQLEnumType:
        """Return the names of columns, as arguments."""
        return self._enum("select_column")

    @cached_property
    def update_column(self) -> GraphQLEnumType:
        """Return the names of columns that an upsert may change."""
        return self._enum("update_column")

    @cached_property
    def aggregate(self) -> GraphQLObjectType:
        """Return the type of an aggregate over rows."""
        return GraphQLObjectType(
            f"{self.name}_aggregate",
            lambda: {
                "aggregate": GraphQLField(self.aggregate_fields),
                "nodes": GraphQLField(required(several(self.row))),
            },
        )

    @cached_property
    def aggregate_fields(self) -> GraphQLObjectType:
        """Return the functions of an aggregate."""

        def fields() -> dict[str, GraphQLField]:
            own = {
                "count": GraphQLField(
                    required(GraphQLInt),
                    args={
                        "columns": GraphQLArgument(several(self.select_column)),
                        "distinct": GraphQLArgument(GraphQLBoolean),
                    },
                )
            }
            for function in (*OF_NUMBERS, *OF_ORDERED):
                columns = self._of(function)
                if columns:
                    own[function] = GraphQLField(self._function(function, columns))
            return dict(sorted(own.items()))

        return GraphQLObjectType(f"{self.name}_aggregate_fields", fields)

    def _function(self, function: str, columns: list[Column]) -> GraphQLObjectType:
        def answer(column: Column) -> GraphQLField:
            return GraphQLField(GraphQLFloat if function in FLOATS else _total(column, function))

        fields = {column.name: answer(column) for column in columns}
        return GraphQLObjectType(f"{self.name}_{function}_fields", fields)

    def _of(self, function: str) -> list[Column]:
        if function in OF_NUMBERS:
            return [column for column in self.columns.values() if column.kind in NUMBERS]
        return [column for column in self.columns.values() if column.kind not in ("jsonb", "boolean")]

    def _enum(self, suffix: str) -> GraphQLEnumType:
        return GraphQLEnumType(f"{self.name}_{suffix}", {name: GraphQLEnumValue(name) for name in self.columns})


def _total(column: Column, function: str) -> Any:
    # A sum of many numbers may be larger than each of them.
    return SCALARS["bigint"] if function == "sum" and column.kind == "int" else SCALARS[column.kind]
