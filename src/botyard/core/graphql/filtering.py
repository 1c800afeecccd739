"""From a `where` argument to a filter (contract automio, sections d.5 and d.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botyard.core.graphql import faults
from botyard.core.graphql.types import TableTypes
from botyard.storage.rows import ORGANIZATION, Column, Compare, Every, Filter, Not, Related, Some


def filter_of(types: TableTypes, where: Mapping[str, Any], *, strict: bool = False) -> Filter:
    """Return the filter that `where` describes; all of its keys must hold.

    A comparison without an operator is true, as a variable that was left out makes it; where `strict`, as for changes
    and deletions, it is refused, since it would meet every row. Raises GraphQLError.
    """
    return Every(parts=tuple(_part(types, key, value, strict=strict) for key, value in where.items()))


def _part(types: TableTypes, key: str, value: Any, *, strict: bool) -> Filter:
    if key in ("_and", "_or"):
        parts = tuple(filter_of(types, one, strict=strict) for one in _not_null(key, value))
        return Every(parts=parts) if key == "_and" else Some(parts=parts)
    if key == "_not":
        return Not(part=filter_of(types, _not_null(key, value), strict=strict))
    if key in types.links:
        inner = filter_of(types.at(key), _not_null(key, value), strict=strict)
        return Related(link=types.links[key][0], where=inner)
    column = types.columns[key]
    return Every(parts=tuple(_comparisons(column, _not_null(key, value), strict=strict)))


def _comparisons(column: Column, operators: Mapping[str, Any], *, strict: bool) -> Iterator[Filter]:
    if not operators and strict and column.name != ORGANIZATION:
        faults.refuse(
            f'The comparison of "{column.name}" is empty, perhaps because a variable was left out, and would meet every'
            " row. Send the value, or leave the comparison out."
        )
    for operator, value in operators.items():
        if operator == "_cast":
            for inner, against in _not_null(operator, value).get("String", {}).items():
                yield Compare(column=column, operator=inner[1:], value=_not_null(inner, against), as_text=True)
        elif value is None and column.name == ORGANIZATION:
            # Null means the caller's own, which every statement is held to anyway.
            continue
        else:
            yield Compare(column=column, operator=operator[1:], value=_not_null(operator, value))


def _not_null(key: str, value: Any) -> Any:
    if value is None:
        faults.refuse(f'unexpected null value for "{key}". To look for nulls use _is_null.')
    return value
