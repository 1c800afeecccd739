"""Rows with everything below them, in one statement: relationships are JSON that the database builds.

The columns of the row itself come as they are; the rows at the other end of a link come as a JSON array of arrays,
which has no key to repeat, and are put under their keys here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from botyard.storage.rows import values
from botyard.storage.rows.filters import condition, linked
from botyard.storage.rows.late import Ready
from botyard.storage.rows.model import Constant, Link, Nested, Order, Pick, Rows, Selected, Summed
from botyard.storage.rows.statement import Statement, quoted
from botyard.storage.tx import Backend, Row, Tx

#: From what the database gives for a row, in the order of its columns, to what the caller sees.
Shape: TypeAlias = "Callable[[Sequence[Any]], dict[str, Any]]"

#: What can be the name of a column; PostgreSQL cuts longer ones off.
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
#: The databases bound how many arguments a function takes.
_CHUNK = 50
#: Functions of squared distances from the mean, with what is taken off the count.
SPREADS = {"stddev": 1, "stddev_samp": 1, "stddev_pop": 0, "variance": 1, "var_samp": 1, "var_pop": 0}


def fetch(tx: Tx, rows: Rows, *, organization: int) -> list[dict[str, Any]]:
    """Return the rows that `rows` describes, of this organization alone."""
    found: list[dict[str, Any]] = ready(tx.backend, rows).run(tx, organization=organization)
    return found


def ready(backend: Backend, rows: Rows) -> Ready:
    """Return the statement for the rows that `rows` describes."""
    statement = Statement(backend, 0)
    parts = [part for part in rows.select if not isinstance(part, Constant) and _KEY.fullmatch(part.key)]
    if len(parts) < max(len(rows.select), 1):
        text, shape = select(statement, rows)
        return statement.ready(text, lambda found: [shape(tuple(row.values())) for row in found])
    # The database gives the columns the keys of the answer, so that most values stay where they are.
    alias = statement.alias()
    expressions, loads = [], []
    for part in parts:
        expression, load = _part(statement, alias, part)
        expressions.append(f"{expression} AS {quoted(part.key)}")
        if load is not values.as_is:
            loads.append((part.key, load))
    text = f"SELECT {', '.join(expressions)} {bounded(statement, alias, rows, None)}"

    def read(found: list[Row]) -> list[Row]:
        for key, load in loads:
            for row in found:
                row[key] = load(row[key])
        return found

    return statement.ready(text, read)


def select(statement: Statement, rows: Rows, *, via: tuple[str, Link] | None = None) -> tuple[str, Shape]:
    """Return the statement for `rows` with columns c0, c1, ..., and how to read one of its rows.

    `via` narrows it to what a link leads to from the row of an alias.
    """
    alias = statement.alias()
    expressions, shape = columns(statement, alias, rows.select)
    listed = ", ".join(f"{expression} AS c{number}" for number, expression in enumerate(expressions)) or "1 AS c0"
    # Names are the catalogue's, values are bound.
    return f"SELECT {listed} {bounded(statement, alias, rows, via)}", shape


def bounded(statement: Statement, alias: str, rows: Rows, via: tuple[str, Link] | None, *, ordered: bool = True) -> str:
    """Return everything of the statement that follows its columns: from which rows, in which order, how many."""
    held = [statement.own(alias, rows.source), condition(statement, alias, rows.where)]
    if via is not None:
        held.insert(0, linked(statement, via[0], via[1], alias))
    where = " AND ".join(held)
    order = ordering(statement, alias, rows) if ordered else ""
    table = quoted(rows.source.table)
    if rows.distinct:
        parts = ", ".join(f"{alias}.{quoted(column.name)}" for column in rows.distinct)
        first = f"SELECT {alias}.*, ROW_NUMBER() OVER (PARTITION BY {parts} ORDER BY {order}) AS _first"
        text = f"FROM ({first} FROM {table} {alias} WHERE {where}) {alias} WHERE {alias}._first = 1"
    else:
        text = f"FROM {table} {alias} WHERE {where}"
    if ordered:
        text += f" ORDER BY {order}"
    if rows.limit is not None or rows.offset:
        text += f" LIMIT {_most(statement, rows)}"
    if rows.offset:
        text += f" OFFSET :{statement.keep(rows.offset)}"
    return text


def _most(statement: Statement, rows: Rows) -> str:
    """Return how many rows there are at most, for SQLite as a number: only that tells it that a sort keeps few."""
    most = 2**62 if rows.limit is None else rows.limit
    return str(int(most)) if statement.sqlite else f":{statement.keep(most)}"


def columns(statement: Statement, alias: str, selected: tuple[Selected, ...]) -> tuple[list[str], Shape]:
    """Return an expression for each part that needs one, and how to read the row that they make."""
    expressions: list[str] = []
    parts: list[tuple[str, int, Callable[[Any], Any]]] = []
    for part in selected:
        if isinstance(part, Constant):
            parts.append((part.key, -1, _always(part.value)))
            continue
        expression, load = _part(statement, alias, part)
        parts.append((part.key, len(expressions), load))
        expressions.append(expression)

    def shape(row: Sequence[Any]) -> dict[str, Any]:
        return {key: load(row[place] if place >= 0 else None) for key, place, load in parts}

    return expressions, shape


def _part(statement: Statement, alias: str, part: Pick | Nested | Summed) -> tuple[str, Callable[[Any], Any]]:
    """Return the expression for a part of a row, and how to read it."""
    from botyard.storage.rows.aggregate import summed

    match part:
        case Pick():
            return statement.shown(alias, part.column), _picked(part)
        case Nested():
            return nested(statement, alias, part)
        case Summed():
            return summed(statement, alias, part)


def nested(statement: Statement, alias: str, part: Nested) -> tuple[str, Callable[[Any], Any]]:
    """Return the expression for the rows, or the row, at the end of a link, and how to read it."""
    return as_json(statement, part.query, via=(alias, part.link), many=part.link.many)


def as_json(
    statement: Statement, rows: Rows, *, via: tuple[str, Link] | None, many: bool = True
) -> tuple[str, Callable[[Any], Any]]:
    """Return the expression for rows, or for one, as JSON within another statement, and how to read it."""
    text, shape = select(statement, rows, via=via)
    inner, found, jsons = statement.alias(), *_columns_of(rows.select)
    count = max(found, 1)
    row = packed(statement, [f"{inner}.c{number}" for number in range(count)], jsons)
    if many:
        gathered = f"json_group_array({row})" if statement.sqlite else f"COALESCE(json_agg({row}), '[]')"
        expression = f"(SELECT {gathered} FROM ({text}) {inner})"  # noqa: S608
    else:
        expression = f"(SELECT {row} FROM ({text}) {inner} LIMIT 1)"  # noqa: S608

    def load(value: Any) -> Any:
        found = msgspec.json.decode(value) if isinstance(value, str) else value
        if many:
            return [shape(unpacked(entry, count)) for entry in found or ()]
        return None if found is None else shape(unpacked(found, count))

    return expression, load


def packed(statement: Statement, expressions: Sequence[str], jsons: frozenset[int] = frozenset()) -> str:
    """Return one JSON array of the expressions, in chunks of many; those of `jsons` are JSON already."""
    name = "json_array" if statement.sqlite else "json_build_array"
    listed = [
        f"json({expression})" if statement.sqlite and number in jsons else expression
        for number, expression in enumerate(expressions)
    ]
    if len(listed) <= _CHUNK:
        return f"{name}({', '.join(listed)})"
    chunks = [f"{name}({', '.join(listed[at : at + _CHUNK])})" for at in range(0, len(listed), _CHUNK)]
    return f"{name}({', '.join(chunks)})"


def unpacked(entry: Sequence[Any], count: int) -> Sequence[Any]:
    """Return the values of an array that `packed` made of so many expressions."""
    return entry if count <= _CHUNK else [value for chunk in entry for value in chunk]


def ordering(statement: Statement, alias: str, rows: Rows) -> str:
    """Return the order of rows; the id comes last, so that equal rows keep their places from call to call."""
    terms = [_term(statement, alias, order) for order in rows.order]
    last = rows.order[-1].descending if rows.order else False
    terms.append(f"{alias}.{quoted('id')} {'DESC' if last else 'ASC'}")
    return ", ".join(terms)


def _columns_of(selected: tuple[Selected, ...]) -> tuple[int, frozenset[int]]:
    """Return how many columns a selection has in SQL, and which of them hold JSON."""
    real = [part for part in selected if not isinstance(part, Constant)]
    return len(real), frozenset(place for place, part in enumerate(real) if not isinstance(part, Pick))


def _term(statement: Statement, alias: str, order: Order) -> str:
    expression = _sorted_by(statement, alias, order, order.path)
    if order.column is not None:
        expression += statement.collation(order.column)
    way = "DESC" if order.descending else "ASC"
    certain = order.column is not None and not order.column.nullable and not order.path
    return f"{expression} {way}" if certain else f"{expression} {way} NULLS {'FIRST' if order.nulls_first else 'LAST'}"


def _sorted_by(statement: Statement, alias: str, order: Order, path: tuple[Link, ...]) -> str:
    if not path:
        if order.column is None:
            return "COUNT(*)"
        name = f"{alias}.{quoted(order.column.name)}"
        if order.function is None:
            return name
        compared = values.comparable(statement.backend, order.column.kind, name)
        return f"{order.function.upper()}({compared})"
    other = statement.alias()
    link = path[0]
    held = f"{linked(statement, alias, link, other)} AND {statement.own(other, link.target)}"
    source = f"{quoted(link.target.table)} {other} WHERE {held}"
    if order.column is not None and order.function in SPREADS:
        inner, name = statement.alias(), quoted(order.column.name)
        # The root of a number is as large among others as the number itself: stddev sorts as variance does.
        return (
            f"(SELECT {spread(f'{inner}.value', f'{inner}.mean', order.function)} FROM (SELECT {other}.{name} AS value,"  # noqa: S608
            f" AVG({other}.{name}) OVER () AS mean FROM {source}) {inner})"
        )
    return f"(SELECT {_sorted_by(statement, other, order, path[1:])} FROM {source})"  # noqa: S608


def spread(name: str, mean: str, function: str) -> str:
    """Return the variance of a column whose mean is known, in the way of one of `SPREADS`."""
    return f"SUM(({name} - {mean}) * ({name} - {mean})) / NULLIF(COUNT({name}) - {SPREADS[function]}, 0)"


def _picked(pick: Pick) -> Callable[[Any], Any]:
    load = values.loader(pick.column)
    path = pick.path
    if path is None:
        return load

    def look(value: Any) -> Any:
        found = load(value)
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    return look


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda _: value
