"""From a `where` argument to a filter (contract automio, sections d.5 and d.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botyard.core.graphql import faults
from botyard.core.graphql.types import TableTypes
from botyard.storage.rows import ORGANIZATION, Column, Compare, Every, Filter, Not, Related, Some

MOST_PARTS = 1_500
MOST_LEVELS = 20
_LOGIC = ("_and", "_or", "_not")


def filter_of(types: TableTypes, where: Mapping[str, Any], *, strict: bool = False) -> Filter:
    """Return the filter that `where` describes; all of its keys must hold.

    It has at most `MOST_PARTS` parts on `MOST_LEVELS` levels. A comparison without an operator is true, as a variable
    that was left out makes it; where `strict`, as for changes and deletions, it is refused, since it would meet every
    row. Raises GraphQLError.
    """
    check_size(where)
    return _filter_of(types, where, strict=strict)


def check_size(where: Mapping[str, Any]) -> None:
    """Raise GraphQLError for a filter that a database would choke on."""
    count, waiting = 0, [(where, 0)]
    while waiting:
        part, level = waiting.pop()
        count += len(part)
        if count > MOST_PARTS:
            faults.refuse(f"A filter has more than {MOST_PARTS} parts. Use _in for many values.", faults.LIMIT)
        if level > MOST_LEVELS:
            faults.refuse(f"A filter is nested more than {MOST_LEVELS} levels deep.", faults.LIMIT)
        for key, value in part.items():
            if key in _LOGIC or not key.startswith("_"):
                inner = value if isinstance(value, list) else [value]
                waiting.extend((one, level + 1) for one in inner if isinstance(one, Mapping))


def _filter_of(types: TableTypes, where: Mapping[str, Any], *, strict: bool) -> Filter:
    return Every(parts=tuple(_part(types, key, value, strict=strict) for key, value in where.items()))


def _part(types: TableTypes, key: str, value: Any, *, strict: bool) -> Filter:
    if key in ("_and", "_or"):
        parts = tuple(_filter_of(types, one, strict=strict) for one in _not_null(key, value))
        return Every(parts=parts) if key == "_and" else Some(parts=parts)
    if key == "_not":
        return Not(part=_filter_of(types, _not_null(key, value), strict=strict))
    if key in types.links:
        inner = _filter_of(types.at(key), _not_null(key, value), strict=strict)
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
