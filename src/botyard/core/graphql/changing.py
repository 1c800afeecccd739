"""Rows changed and deleted by a filter or by their key (contract automio, sections d.5 and d.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botyard.core.graphql import breach, faults
from botyard.core.graphql.inserting import Place, check_field, check_organization
from botyard.core.graphql.types import TableTypes
from botyard.storage.rows import ORGANIZATION, Assign, Compare, Filter, Update, delete, take, update

#: What an update does to columns, by the name of its argument.
CHANGES = ("_set", "_inc", "_append", "_prepend", "_delete_key", "_delete_elem", "_delete_at_path")


def by_key(types: TableTypes, row_id: str) -> Filter:
    """Return the filter that holds for the row of that id."""
    return Compare(column=types.columns["id"], operator="eq", value=row_id)


def update_rows(place: Place, types: TableTypes, where: Filter, arguments: Mapping[str, Any]) -> list[str]:
    """Change the rows for which the filter holds and return their ids, none when nothing is to change.

    Raises GraphQLError.
    """
    assign = _assignments(place, types, arguments)
    if not assign:
        return []
    change = Update(source=types.table.source, where=where, assign=assign)
    values = [arguments.get("_set") or {}]
    with breach.told(place.tx, types.table, types.schema, new=values, organization=place.organization):
        ids = update(place.tx, change, organization=place.organization)
    place.watch.saw(types.table.name, types.table.source, "update", ids)
    return ids


def delete_rows(place: Place, types: TableTypes, where: Filter, gone: Sequence[str] = ()) -> list[str]:
    """Delete the rows for which the filter holds and return their ids. Raises GraphQLError.

    `gone` are their ids, where they are known before, to name the rows that still lead to them.
    """
    with breach.told(place.tx, types.table, types.schema, gone=gone or ["-"], organization=place.organization):
        if not place.watch.waits(types.table.name, "delete"):
            return delete(place.tx, types.table.source, where, organization=place.organization)
        rows = take(place.tx, types.table.source, where, organization=place.organization)
    place.watch.saw_rows(types.table.name, "delete", rows)
    return [row["id"] for row in rows]


def _assignments(place: Place, types: TableTypes, arguments: Mapping[str, Any]) -> tuple[Assign, ...]:
    fields = {field.column.name: field for field in types.table.definition.fields if field.column}
    found: dict[str, Assign] = {}
    given = False
    for change in CHANGES:
        values = arguments.get(change)
        given |= values is not None
        for name, value in (values or {}).items():
            if name in found:
                faults.refuse(f'The column "{name}" is changed twice.')
            if change == "_set" and _is_served(place, name, value):
                continue
            if value is None and change != "_set":
                faults.refuse(f'unexpected null value for "{name}" in "{change}".')
            if change == "_set" and value is not None and name in fields:
                check_field(fields[name], value)
            found[name] = Assign(column=types.columns[name], value=value, change=change[1:])  # type: ignore[arg-type]
    if not given:
        faults.refuse(f"at least any one of {', '.join(CHANGES)} is expected.")
    return (*found.values(), Assign(column=types.columns["updated_at"], value=place.moment)) if found else ()


def _is_served(place: Place, name: str, value: Any) -> bool:
    """Tell whether the server keeps a column itself; naming the organization one is in changes nothing."""
    if name == ORGANIZATION:
        check_organization(place, {name: value})
        return True
    if name == "id":
        faults.refuse('The column "id" cannot be changed.', faults.PERMISSION)
    return name in ("created_at", "updated_at")
