"""The order that PostgreSQL gives to JSON values, for SQLite, which would go by their text."""

from __future__ import annotations

from typing import Any

import msgspec

#: The name by which statements sort and compare in this order.
COLLATION = "botyard_json"
_RANKS: dict[type, int] = {type(None): 0, str: 1, int: 2, float: 2, bool: 3, list: 4, dict: 5}


def compare(one: str, other: str) -> int:
    """Return a number below, at or above 0, as one JSON text comes before the other, is its equal, or comes after."""
    return _whole(msgspec.json.decode(one), msgspec.json.decode(other))


def _whole(one: Any, other: Any) -> int:
    """Compare two whole values: one that is no array counts as an array of one, which it comes before."""
    lone, other_lone = (not isinstance(value, list | dict) for value in (one, other))
    if isinstance(one, dict) or isinstance(other, dict):
        return _part([one] if lone else one, [other] if other_lone else other)
    left, right = [one] if lone else one, [other] if other_lone else other
    if len(left) == len(right) and lone != other_lone:
        return -1 if lone else 1
    return _part(left, right)


def _part(one: Any, other: Any) -> int:
    rank, other_rank = _RANKS[type(one)], _RANKS[type(other)]
    if rank != other_rank:
        return _sign(rank, other_rank)
    if not isinstance(one, list | dict):
        return _sign(one, other)
    if len(one) != len(other):
        return _sign(len(one), len(other))
    pairs = zip(_flat(one), _flat(other), strict=True)
    return next((found for left, right in pairs if (found := _part(left, right))), 0)


def _flat(value: Any) -> list[Any]:
    """Return the elements of an array, or keys and values of an object by turns, short keys first."""
    if isinstance(value, list):
        return value
    keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
    return [part for key in keys for part in (key, value[key])]


def _sign(one: Any, other: Any) -> int:
    return (one > other) - (one < other) if one is not None else 0
