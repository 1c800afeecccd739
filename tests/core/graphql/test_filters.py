"""Filters mean the same on both databases as in a plain model of them."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.graphql.conftest import Shop

TEXTS = ["", "a", "A", "ab", "a%b", "a_b", "Äpfel", "äpfel", "zz", "a\\b", "[x]", "o'neil", '"q"', "\u2028"]
NUMBERS = [-3, 0, 0.5, 1, 2, 10, 10.25, 1e15]
MOMENTS = ["2026-01-01T00:00:00.000000+00:00", "2026-01-01T00:00:00.500000+00:00", "2027-06-30T23:59:59.000000+00:00"]
DOCUMENTS: list[Any] = [{}, [], {"a": 1}, {"a": {"b": [1, 2]}}, ["x", "y"], ["x"], "x", 7, {"a": 1, "c": None}]
ROWS = [
    {
        "orderId": str(number),
        "buyerLogin": [None, *TEXTS][number % (len(TEXTS) + 1)],
        "delivered": [None, True, False][number % 3],
        "value": [None, *NUMBERS][number % (len(NUMBERS) + 1)],
        "occurredAt": [None, *MOMENTS][number % 4],
        "extra": [None, *DOCUMENTS][number % (len(DOCUMENTS) + 1)],
    }
    for number in range(60)
]
SIGNS = ["_eq", "_neq", "_gt", "_gte", "_lt", "_lte"]
COLUMNS: dict[str, list[Any]] = {
    "buyerLogin": TEXTS,
    "value": NUMBERS,
    "occurredAt": MOMENTS,
    "delivered": [True, False],
    "orderId": ["1", "2", "59"],
}


def comparisons(column: str) -> st.SearchStrategy[dict[str, Any]]:
    values = st.sampled_from(COLUMNS[column])
    kinds: list[st.SearchStrategy[dict[str, Any]]] = [
        st.dictionaries(st.sampled_from(SIGNS), values, min_size=1, max_size=2),
        st.dictionaries(st.sampled_from(["_in", "_nin"]), st.lists(values, max_size=3), min_size=1, max_size=1),
        st.booleans().map(lambda value: {"_is_null": value}),
    ]
    if column == "buyerLogin":
        patterns = st.sampled_from(["%", "a%", "%b", "_", "a\\%b", "Ä%", "%'%", "a\\_b", ""])
        kinds.append(st.dictionaries(st.sampled_from(["_like", "_nlike", "_ilike", "_nilike"]), patterns, min_size=1))
    return st.one_of(kinds).map(lambda found: {column: found})


LEAVES = st.one_of(
    *(comparisons(column) for column in COLUMNS),
    st.sampled_from(DOCUMENTS).map(lambda value: {"extra": {"_contains": value}}),
    st.sampled_from(DOCUMENTS).map(lambda value: {"extra": {"_contained_in": value}}),
    st.sampled_from(["a", "x", "c"]).map(lambda value: {"extra": {"_has_key": value}}),
    st.lists(st.sampled_from(["a", "x", "c"]), max_size=2).map(lambda value: {"extra": {"_has_keys_all": value}}),
    st.lists(st.sampled_from(["a", "x", "c"]), max_size=2).map(lambda value: {"extra": {"_has_keys_any": value}}),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"_and": parts}),
        st.lists(inner, max_size=3).map(lambda parts: {"_or": parts}),
        inner.map(lambda part: {"_not": part}),
    ),
    max_leaves=5,
)


def holds(row: dict[str, Any], where: dict[str, Any]) -> bool | None:
    """Say whether a filter holds for a row, None where that is not known."""
    return every([part(row, key, value) for key, value in where.items()])


def part(row: dict[str, Any], key: str, value: Any) -> bool | None:
    if key == "_and":
        return every([holds(row, one) for one in value])
    if key == "_or":
        found = [holds(row, one) for one in value]
        return True if True in found else None if None in found else False
    if key == "_not":
        inner = holds(row, value)
        return None if inner is None else not inner
    return every([compare(row[key], operator, against) for operator, against in value.items()])


def every(found: list[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True


def compare(value: Any, operator: str, against: Any) -> bool | None:  # noqa: C901, PLR0911, PLR0912 -- one table
    if operator == "_is_null":
        return bool((value is None) == against)
    if operator in ("_in", "_nin") and not against:
        return operator == "_nin"
    if value is None:
        return None
    match operator:
        case "_eq":
            return bool(value == against)
        case "_neq":
            return bool(value != against)
        case "_gt":
            return bool(value > against)
        case "_gte":
            return bool(value >= against)
        case "_lt":
            return bool(value < against)
        case "_lte":
            return bool(value <= against)
        case "_in":
            return value in against
        case "_nin":
            return value not in against
        case "_contains":
            return contains(value, against)
        case "_contained_in":
            return contains(against, value)
        case "_has_key":
            return bool(against in keys(value))
        case "_has_keys_all":
            return set(against) <= keys(value)
        case "_has_keys_any":
            return bool(set(against) & keys(value))
        case _:
            found = like(value, against, fold="i" in operator.removeprefix("_n").removeprefix("_")[:1])
            return found != operator.startswith("_n")


def like(value: str, pattern: str, *, fold: bool) -> bool:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    text = "".join(
        re.escape(one[1:]) if one.startswith("\\") else {"%": ".*", "_": "."}.get(one, re.escape(one)) for one in parts
    )
    return re.fullmatch(text, value, re.DOTALL | (re.IGNORECASE if fold else re.NOFLAG)) is not None


def contains(whole: Any, inner: Any, *, top: bool = True) -> bool:
    if isinstance(whole, dict) and isinstance(inner, dict):
        return all(key in whole and contains(whole[key], value, top=False) for key, value in inner.items())
    if isinstance(whole, list) and isinstance(inner, list):
        return all(any(contains(one, wanted, top=False) for one in whole) for wanted in inner)
    if top and isinstance(whole, list) and not isinstance(inner, dict | list):
        return inner in whole
    return type(whole) is type(inner) and bool(whole == inner)


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value)
    return {one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)}


class Written:
    """A filter as the text of a document with a variable for each value, so that its statement is kept."""

    def __init__(self, where: dict[str, Any]) -> None:
        self.types: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self.text = self._every(where)

    @property
    def query(self) -> str:
        declared = ", ".join(f"${name}: {kind}" for name, kind in self.types.items())
        return f"query {f'({declared})' if declared else ''} {{ app_130_orders(where: {self.text}) {{ orderId }} }}"

    def _every(self, where: dict[str, Any]) -> str:
        return "{" + ", ".join(f"{key}: {self._part(key, value)}" for key, value in where.items()) + "}"

    def _part(self, key: str, value: Any) -> str:
        if key in ("_and", "_or"):
            return "[" + ", ".join(self._every(one) for one in value) + "]"
        if key == "_not":
            return self._every(value)
        parts = (f"{operator}: {self._value(key, operator, against)}" for operator, against in value.items())
        return "{" + ", ".join(parts) + "}"

    def _value(self, column: str, operator: str, value: Any) -> str:
        kind = {"_is_null": "Boolean!", "_has_key": "String!"}.get(operator) or f"{KINDS[column]}!"
        if operator.startswith("_has_keys"):
            kind = "[String!]!"
        elif operator in ("_in", "_nin"):
            kind = f"[{kind}]!"
        name = f"v{len(self.types)}"
        self.types[name], self.values[name] = kind, value
        return f"${name}"


KINDS = {
    "buyerLogin": "String", "value": "numeric", "occurredAt": "timestamptz", "delivered": "Boolean",
    "orderId": "String", "extra": "jsonb",
}  # fmt: skip


@pytest.mark.parametrize("written", [False, True], ids=["sent", "written"])
async def test_any_filter_finds_the_rows_that_the_model_finds(shop: Shop, written: bool) -> None:
    await shop.ask(
        "mutation ($rows: [app_130_orders_insert_input!]!) { insert_app_130_orders(objects: $rows) { affected_rows } }",
        rows=ROWS,
    )
    text = "query ($where: app_130_orders_bool_exp!) { app_130_orders(where: $where) { orderId } }"
    loop = asyncio.get_running_loop()

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(FILTERS)
    def check(where: dict[str, Any]) -> None:
        sent = Written(where) if written else None
        asked = shop.ask(sent.query, **sent.values) if sent else shop.ask(text, where=where)
        answer = asyncio.run_coroutine_threadsafe(asked, loop).result(20)
        found = {row["orderId"] for row in answer["app_130_orders"]}
        assert found == {row["orderId"] for row in ROWS if holds(row, where) is True}, where

    await asyncio.to_thread(check)
