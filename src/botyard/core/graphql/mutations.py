"""The root fields that change rows, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from graphql import FieldNode, SelectionSetNode

from botyard.core.graphql import faults, limits
from botyard.core.graphql.changing import by_key, delete_rows, update_rows
from botyard.core.graphql.filtering import filter_of
from botyard.core.graphql.inserting import Place, insert_rows
from botyard.core.graphql.schema import Operation
from botyard.core.graphql.selection import Reader
from botyard.core.graphql.types import TableTypes
from botyard.storage.rows import Compare, Pick, Rows, Selected, fetch

_ID = "\0id"
_MOST_UPDATES = 500


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One root field of a mutation: where it writes, of which table, and what is asked of the answer."""

    place: Place
    reader: Reader
    types: TableTypes
    nodes: list[FieldNode]

    @property
    def sets(self) -> list[SelectionSetNode | None]:
        """Return what is asked of the answer."""
        return [node.selection_set for node in self.nodes]


def mutate(change: Change, operation: Operation, arguments: dict[str, Any]) -> Any:
    """Do what a root field asks for and return its value. Raises GraphQLError; then nothing may be kept."""
    return _OPERATIONS[operation](change, arguments)


def _insert(change: Change, arguments: dict[str, Any]) -> Any:
    done = insert_rows(change.place, change.types, arguments["objects"], arguments.get("on_conflict"))
    ids = list(dict.fromkeys(row for row in done.ids if row is not None))
    return _response(change, done.affected, ids)


def _insert_one(change: Change, arguments: dict[str, Any]) -> Any:
    done = insert_rows(change.place, change.types, [arguments["object"]], arguments.get("on_conflict"))
    return _one(change, done.ids)


def _update(change: Change, arguments: dict[str, Any]) -> Any:
    where = filter_of(change.types, arguments["where"], strict=True)
    ids = update_rows(change.place, change.types, where, arguments)
    return _response(change, len(ids), ids)


def _update_by_key(change: Change, arguments: dict[str, Any]) -> Any:
    where = by_key(change.types, arguments["pk_columns"]["id"])
    return _one(change, update_rows(change.place, change.types, where, arguments))


def _update_many(change: Change, arguments: dict[str, Any]) -> Any:
    updates = arguments["updates"]
    if len(updates) > _MOST_UPDATES:
        faults.refuse(f"More than {_MOST_UPDATES} updates are sent at once. Send them in parts.", faults.LIMIT)
    return [_update(change, entry) for entry in updates]


def _delete(change: Change, arguments: dict[str, Any]) -> Any:
    """Delete rows; what is asked of them is read before."""
    where, types = filter_of(change.types, arguments["where"], strict=True), change.types
    wanted = any(found[0].name.value == "returning" for found in change.reader.fields(*change.sets).values())
    if not wanted:
        return _response(change, len(delete_rows(change.place, types, where)), [])
    every = Rows(
        source=types.table.source,
        select=(Pick(key=_ID, column=types.columns["id"]),),
        where=where,
        limit=change.reader.most + 1,
    )
    ids = [row[_ID] for row in fetch(change.place.tx, every, organization=change.place.organization)]
    answer = _response(change, len(ids), ids)
    delete_rows(change.place, types, Compare(column=types.columns["id"], operator="in", value=ids), ids)
    return answer


def _delete_by_key(change: Change, arguments: dict[str, Any]) -> Any:
    row_id = arguments["id"]
    answer = _one(change, [row_id])
    if answer is not None:
        delete_rows(change.place, change.types, by_key(change.types, row_id), [row_id])
    return answer


def _response(change: Change, affected: int, ids: list[str]) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for key, found in change.reader.fields(*change.sets).items():
        match found[0].name.value:
            case "affected_rows":
                answer[key] = affected
            case "returning":
                selected = change.reader.selected(change.types, *(node.selection_set for node in found))
                answer[key] = _rows(change, ids, selected)
            case _:
                answer[key] = f"{change.types.name}_mutation_response"
    return answer


def _one(change: Change, ids: Sequence[str | None]) -> Any:
    selected = change.reader.selected(change.types, *change.sets)
    rows = _rows(change, [row for row in ids if row is not None], selected)
    return rows[0] if rows else None


def _rows(change: Change, ids: list[str], selected: tuple[Selected, ...]) -> list[dict[str, Any]]:
    """Return rows by their ids, in that order."""
    if len(ids) > change.reader.most:
        faults.refuse(
            f"More than {change.reader.most} rows would be returned. Ask for affected_rows alone.", faults.LIMIT
        )
    if not ids:
        return []
    identity = change.types.columns["id"]
    wanted = Rows(
        source=change.types.table.source,
        select=(*selected, Pick(key=_ID, column=identity)),
        where=Compare(column=identity, operator="in", value=ids),
    )
    rows = fetch(change.place.tx, wanted, organization=change.place.organization)
    found = {row.pop(_ID): row for row in limits.bounded(rows, selected, change.reader.most)}
    return [found[row_id] for row_id in ids if row_id in found]


_OPERATIONS: Mapping[str, Callable[[Change, dict[str, Any]], Any]] = MappingProxyType(
    {
        "insert": _insert,
        "insert_one": _insert_one,
        "update": _update,
        "update_by_pk": _update_by_key,
        "update_many": _update_many,
        "delete": _delete,
        "delete_by_pk": _delete_by_key,
    }
)
