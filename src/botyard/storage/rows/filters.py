"""Conditions on rows, as SQL. What each operator means is Hasura's meaning (contract automio, section d.6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from botyard.storage.rows.functions import check_pattern
from botyard.storage.rows.model import Column, Compare, Every, Filter, Link, Not, Related, Some
from botyard.storage.rows.statement import Statement, quoted

#: A LIKE pattern for a text of ASCII alone with anything before and after it.
_WITHIN = re.compile(r"%((?:[^%_\\\x80-\U0010ffff]|\\[\x00-\x7f])+)%")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

TRUE = "1 = 1"
FALSE = "1 = 0"


def condition(statement: Statement, alias: str, where: Filter | None) -> str:
    """Return the SQL of a filter on the table called `alias`."""
    match where:
        case None:
            return TRUE
        case Compare():
            name, column = f"{alias}.{quoted(where.column.name)}", where.column
            if where.as_text:
                name, column = f"CAST({name} AS text)", Column(name=column.name, kind="text")
            return OPERATORS[where.operator](statement, name, column, where.value)
        case Every(parts=parts):
            return _joined(statement, alias, parts, " AND ", TRUE)
        case Some(parts=parts):
            return _joined(statement, alias, parts, " OR ", FALSE)
        case Not(part=part):
            return f"NOT ({condition(statement, alias, part)})"
        case Related(link=link, where=inner):
            return _exists(statement, alias, link, inner)


def linked(statement: Statement, alias: str, link: Link, other: str) -> str:
    """Return the condition that the row `other` of the link's target belongs to the row `alias`."""
    if link.through is None:
        return f"{other}.{quoted(link.other)} = {alias}.{quoted(link.own)}"
    between = statement.alias()
    # With EXISTS, SQLite would look at every row of the target; this way it begins with the pairs.
    return (
        f"{other}.{quoted(link.other)} IN (SELECT {between}.{quoted(link.through.other)}"  # noqa: S608 -- the catalogue
        f" FROM {quoted(link.through.table)} {between} WHERE {between}.{quoted(link.through.own)}"
        f" = {alias}.{quoted(link.own)})"
    )


def _joined(statement: Statement, alias: str, parts: tuple[Filter, ...], word: str, empty: str) -> str:
    if not parts:
        return empty
    if len(parts) == 1:
        return condition(statement, alias, parts[0])
    return "(" + word.join(condition(statement, alias, part) for part in parts) + ")"


def _exists(statement: Statement, alias: str, link: Link, where: Filter) -> str:
    other = statement.alias()
    return (
        # What nests comes first: SQLite's parser has room for a hundred things that are not yet closed.
        f"EXISTS (SELECT 1 FROM {quoted(link.target.table)} {other}"  # noqa: S608 -- names of the catalogue
        f" WHERE {condition(statement, other, where)}"
        f" AND {linked(statement, alias, link, other)} AND {statement.own(other, link.target)})"
    )


_Operator = Callable[[Statement, str, Column, Any], str]


def _sign(sign: str) -> _Operator:
    def write(statement: Statement, name: str, column: Column, value: Any) -> str:
        return f"{name} {sign} {statement.bind(column.kind, value)}"

    return write


def _order(sign: str) -> _Operator:
    def write(statement: Statement, name: str, column: Column, value: Any) -> str:
        return f"{name} {sign} {statement.bind(column.kind, value)}{statement.collation(column)}"

    return write


def _one_of(statement: Statement, name: str, column: Column, value: Any) -> str:
    if not value:
        return FALSE
    return f"{name} {'IN' if statement.sqlite else '= ANY'} {statement.bind_many(column.kind, value)}"


def _none_of(statement: Statement, name: str, column: Column, value: Any) -> str:
    if not value:
        return TRUE
    return f"{name} {'NOT IN' if statement.sqlite else '<> ALL'} {statement.bind_many(column.kind, value)}"


def _is_null(statement: Statement, name: str, column: Column, value: Any) -> str:  # noqa: ARG001 -- one signature
    return f"{name} IS {'' if value else 'NOT '}NULL"


def _matches(function: str, sign: str, *, negated: bool) -> _Operator:
    """Compare with a pattern: PostgreSQL's own operator, and a function of ours that means the same on SQLite."""

    def write(statement: Statement, name: str, column: Column, value: Any) -> str:
        check_pattern(function, value)
        if not statement.sqlite:
            return f"{name} {sign} {statement.bind(column.kind, value)}"
        within = _WITHIN.fullmatch(value) if function == "botyard_ilike" else None
        if within is None:
            return f"{'NOT ' if negated else ''}{function}({name}, {statement.bind(column.kind, value)})"
        # A plain text somewhere within is what people look for most, and SQLite finds it five times as fast itself.
        part = statement.bind("text", _ESCAPED.sub(r"\1", within[1]).lower())
        return f"instr(lower({name}), {part}) {'=' if negated else '>'} 0"

    return write


def _document(function: str, sign: str) -> _Operator:
    def write(statement: Statement, name: str, column: Column, value: Any) -> str:
        document = statement.bind(column.kind, value)
        return f"{function}({name}, {document})" if statement.sqlite else f"{name} {sign} {document}"

    return write


def _keys(function: str, sign: str, *, many: bool) -> _Operator:
    def write(statement: Statement, name: str, column: Column, value: Any) -> str:  # noqa: ARG001 -- one signature
        if statement.sqlite:
            return f"{function}({name}, {statement.bind('jsonb', value)})"
        key = f"CAST(:{statement.keep(value)} AS text[])" if many else statement.bind("text", value)
        return f"{name} {sign} {key}"

    return write


#: What each operator writes; the key is its name towards clients without the underscore.
OPERATORS: Mapping[str, _Operator] = MappingProxyType(
    {
        "eq": _sign("="),
        "neq": _sign("<>"),
        "gt": _order(">"),
        "gte": _order(">="),
        "lt": _order("<"),
        "lte": _order("<="),
        "in": _one_of,
        "nin": _none_of,
        "is_null": _is_null,
        "like": _matches("botyard_like", "LIKE", negated=False),
        "nlike": _matches("botyard_like", "NOT LIKE", negated=True),
        "ilike": _matches("botyard_ilike", "ILIKE", negated=False),
        "nilike": _matches("botyard_ilike", "NOT ILIKE", negated=True),
        "similar": _matches("botyard_similar", "SIMILAR TO", negated=False),
        "nsimilar": _matches("botyard_similar", "NOT SIMILAR TO", negated=True),
        "regex": _matches("botyard_regex", "~", negated=False),
        "nregex": _matches("botyard_regex", "!~", negated=True),
        "iregex": _matches("botyard_iregex", "~*", negated=False),
        "niregex": _matches("botyard_iregex", "!~*", negated=True),
        "contains": _document("botyard_contains", "@>"),
        "contained_in": _document("botyard_contained_in", "<@"),
        "has_key": _keys("botyard_has_key", "?", many=False),
        "has_keys_any": _keys("botyard_has_keys_any", "?|", many=True),
        "has_keys_all": _keys("botyard_has_keys_all", "?&", many=True),
    }
)
