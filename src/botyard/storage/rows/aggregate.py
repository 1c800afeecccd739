"""Counts, sums and the like over rows, alone or below a row, in one statement with the rows themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from botyard.storage.rows import values
from botyard.storage.rows.late import Ready
from botyard.storage.rows.model import Column, Link, Rows, Summed, Total, Totals
from botyard.storage.rows.select import SPREADS, as_json, bounded, packed, spread, unpacked
from botyard.storage.rows.statement import Statement, quoted
from botyard.storage.tx import Backend, Tx


def fetch_totals(tx: Tx, totals: Totals, *, organization: int) -> dict[str, Any]:
    """Return the aggregates that `totals` describes, over rows of this organization alone."""
    found: dict[str, Any] = ready_totals(tx.backend, totals).run(tx, organization=organization)
    return found


def ready_totals(backend: Backend, totals: Totals) -> Ready:
    """Return the statement for the aggregates that `totals` describes."""
    statement = Statement(backend, 0)
    text, load = aggregate(statement, totals)
    return statement.ready(text, lambda rows: load(tuple(rows[0].values())))


def aggregate(
    statement: Statement, totals: Totals, *, via: tuple[str, Link] | None = None
) -> tuple[str, Callable[[Sequence[Any]], dict[str, Any]]]:
    """Return the statement with one row of columns c0, c1, ..., and how to read that row."""
    rows = totals.rows
    base = statement.alias()
    spreads = _spread_columns(totals)
    counted = rows if totals.limited else msgspec.structs.replace(rows, limit=None, offset=0, distinct=())
    inner = _base(statement, base, counted, via, spreads)
    expressions = [_expression(statement, base, total, spreads) for total in totals.totals] or ["COUNT(*)"]
    loads = [_loader(total) for total in totals.totals]
    listed = ", ".join(f"{expression} AS c{number}" for number, expression in enumerate(expressions))
    text = f"SELECT {listed} FROM {inner}"  # noqa: S608 -- names are the catalogue's, values are bound
    readers: list[tuple[str, int, Callable[[Any], Any]]] = []
    if totals.nodes:
        outer, nodes = statement.alias(), []
        for place, (key, selected) in enumerate(totals.nodes, len(expressions)):
            expression, load = as_json(statement, msgspec.structs.replace(rows, select=selected), via=via)
            nodes.append(f"{expression} AS c{place}")
            readers.append((key, place, load))
        text = f"SELECT {outer}.*, {', '.join(nodes)} FROM ({text}) {outer}"  # noqa: S608

    def read(row: Sequence[Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for keys, value in totals.constants:
            _put(answer, keys, value)
        for place, total in enumerate(totals.totals):
            _put(answer, total.keys, loads[place](row[place]))
        for key, place, load in readers:
            answer[key] = load(row[place])
        return answer

    return text, read


def summed(statement: Statement, alias: str, part: Summed) -> tuple[str, Callable[[Any], Any]]:
    """Return the expression for an aggregate of what a link leads to, and how to read it."""
    text, read = aggregate(statement, part.query, via=(alias, part.link))
    inner = statement.alias()
    plain = max(len(part.query.totals), 1)
    count = plain + len(part.query.nodes)
    row = packed(statement, [f"{inner}.c{number}" for number in range(count)], frozenset(range(plain, count)))
    expression = f"(SELECT {row} FROM ({text}) {inner})"  # noqa: S608

    def load(value: Any) -> Any:
        return read(unpacked(msgspec.json.decode(value) if isinstance(value, str) else value, count))

    return expression, load


def _base(statement: Statement, alias: str, rows: Rows, via: tuple[str, Link] | None, spreads: list[Column]) -> str:
    """Return the rows that are counted; with the mean of each column whose spread is asked for."""
    limited = rows.limit is not None or rows.offset or rows.distinct
    inner = statement.alias()
    text = bounded(statement, inner, rows, via, ordered=bool(limited))
    found = f"(SELECT {inner}.* {text}) {alias}"
    if not spreads:
        return found
    means = ", ".join(
        f"AVG({alias}.{quoted(column.name)}) OVER () AS {quoted(f'mean_{number}')}"
        for number, column in enumerate(spreads)
    )
    return f"(SELECT {alias}.*, {means} FROM {found}) {alias}"  # noqa: S608


def _spread_columns(totals: Totals) -> list[Column]:
    found = {total.columns[0].name: total.columns[0] for total in totals.totals if total.function in SPREADS}
    return list(found.values())


def _expression(statement: Statement, alias: str, total: Total, spreads: list[Column]) -> str:
    names = [f"{alias}.{quoted(column.name)}" for column in total.columns]
    if total.function == "count":
        return _count(statement, names, distinct=total.distinct)
    column = total.columns[0]
    if total.function == "sum" and statement.sqlite and column.kind in ("int", "bigint"):
        return values.parted_sum(names[0])
    if total.function in SPREADS:
        return spread(names[0], f"{alias}.{quoted(f'mean_{spreads.index(column)}')}", total.function)
    expression = f"{total.function.upper()}({values.comparable(statement.backend, column.kind, names[0])})"
    return values.shown(statement.backend, column.kind, expression) if total.function in ("min", "max") else expression


def _count(statement: Statement, names: list[str], *, distinct: bool) -> str:
    if not names or (len(names) > 1 and not distinct):
        return "COUNT(*)"
    if len(names) == 1:
        return f"COUNT({'DISTINCT ' if distinct else ''}{names[0]})"
    listed = ", ".join(names)
    return f"COUNT(DISTINCT json_array({listed}))" if statement.sqlite else f"COUNT(DISTINCT ({listed}))"


def _loader(total: Total) -> Callable[[Any], Any]:
    if total.function == "count":
        return values.number
    if total.function in ("min", "max"):
        return values.loader(total.columns[0])
    if total.function == "sum":
        whole = total.columns[0].kind in ("int", "bigint")
        return values.joined_sum if whole else values.rounded(15)
    keep = values.rounded(12 if total.function in SPREADS else 15)
    if total.function.startswith("stddev"):
        return lambda value: None if value is None else keep(math.sqrt(max(float(value), 0.0)))
    return lambda value: None if value is None else keep(float(value))


def _put(answer: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    for key in keys[:-1]:
        answer = answer.setdefault(key, {})
    answer[keys[-1]] = value
