"""The scalar types of the API, and what each takes from clients (contract automio, section d.7)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
    ValueNode,
)
from graphql.utilities import value_from_ast_untyped

from botyard.base.exceptions import BotyardError
from botyard.core.tables import checked
from botyard.storage.rows import Kind

_DESCRIPTIONS: Mapping[Kind, str] = MappingProxyType(
    {
        "uuid": "An id, such as 0198c1b2-7a4e-7000-8000-000000000001.",
        "timestamptz": "A date and time with an offset; without one it is in UTC.",
        "date": "A day, as 2026-01-31.",
        "time": "A time of day, as 12:30:00.",
        "numeric": "A number of any precision, as a number or as text.",
        "bigint": "A whole number of 64 bits, as a number or as text.",
        "jsonb": "Any JSON value.",
    }
)


def _scalar(kind: Kind) -> GraphQLScalarType:
    def parse(value: Any) -> Any:
        try:
            return checked(kind, value)
        except BotyardError as error:
            raise GraphQLError(str(error)) from None

    def parse_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        value = value_from_ast_untyped(node, variables)
        # While a document is validated its variables have no values yet.
        return parse(_without_undefined(value) if kind == "jsonb" and variables is None else value)

    return GraphQLScalarType(
        name=kind, description=_DESCRIPTIONS[kind], serialize=_same, parse_value=parse, parse_literal=parse_literal
    )


def _without_undefined(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_undefined(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_undefined(inner) for inner in value]
    return None if value is Undefined else value


def _same(value: Any) -> Any:
    return value


#: The type of a column of each kind.
SCALARS: Mapping[Kind, GraphQLScalarType] = MappingProxyType(
    {
        "text": GraphQLString,
        "int": GraphQLInt,
        "float": GraphQLFloat,
        "boolean": GraphQLBoolean,
        **{kind: _scalar(kind) for kind in _DESCRIPTIONS},
    }
)
TIMESTAMP: GraphQLScalarType = GraphQLScalarType(
    name="timestamp",
    description="A date and time in UTC.",
    serialize=_same,
    parse_value=SCALARS["timestamptz"].parse_value,
)
