"""New rows with the rows above and below them, all in one unit (contract automio, sections d.5 and d.6)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from botyard.base.exceptions import BotyardError
from botyard.base.ids import uuid7
from botyard.core import tables
from botyard.core.graphql import breach, faults
from botyard.core.graphql.filtering import filter_of
from botyard.core.graphql.types import TableTypes
from botyard.core.tables import BUILT_IN, Constraint, Field
from botyard.core.triggers import Watch
from botyard.storage import Tx
from botyard.storage.rows import ORGANIZATION, Column, Conflict, Insert, Link, Source, insert, json_text

_SERVED = ("id", ORGANIZATION, "created_at", "updated_at")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when rows are written, and how many at once at most.

    `watch` sees every row that is written, for the actions that wait for it.
    """

    tx: Tx
    organization: int
    now: int
    watch: Watch
    most: int

    @property
    def moment(self) -> str:
        """Return the time as rows hold it."""
        return tables.from_micros(self.now)


class Written(msgspec.Struct):
    """What became of new rows: the id of each, None where it was left out, and how many rows were written in all."""

    ids: list[str | None]
    affected: int


def insert_rows(
    place: Place, types: TableTypes, objects: Sequence[Mapping[str, Any]], on_conflict: Mapping[str, Any] | None
) -> Written:
    """Insert rows as `insert_input` describes them. Raises GraphQLError; then nothing may be kept."""
    if len(objects) > place.most:
        faults.refuse(f"More than {place.most} rows are sent at once. Send them in parts.", faults.LIMIT)
    values = [dict(entry) for entry in objects]
    above = _insert_above(place, types, values)
    below = _take_below(types, values)
    written = _insert_own(place, types, values, on_conflict)
    written.affected += above
    for name, each in below.items():
        written.affected += _insert_below(place, types, name, [(written.ids[at], found) for at, found in each])
    return written


def _insert_above(place: Place, types: TableTypes, values: list[dict[str, Any]]) -> int:
    """Insert the rows that new rows lead to, and let these lead to them."""
    affected = 0
    for name, (link, _) in types.links.items():
        if link.many:
            continue
        found = [(entry, entry.pop(name)) for entry in values if name in entry]
        found = [(entry, nested) for entry, nested in found if nested is not None]
        for conflict, group in _by_conflict(found):
            done = insert_rows(place, types.at(name), [nested["data"] for _, nested in group], conflict)
            affected += done.affected
            for (entry, _), row_id in zip(group, done.ids, strict=True):
                if row_id is None:
                    faults.refuse(
                        f'cannot proceed to insert object relation "{name}" since insert to table'
                        f' "{types.at(name).name}" affects zero rows',
                        faults.CONSTRAINT,
                    )
                if entry.get(link.own) is not None:
                    faults.refuse(f'Both "{name}" and "{link.own}" were given; send one of them.')
                entry[link.own] = row_id
    return affected


def _take_below(types: TableTypes, values: list[dict[str, Any]]) -> dict[str, list[tuple[int, Mapping[str, Any]]]]:
    """Take the rows below out of new rows, each with the place of the row that it belongs to."""
    below: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for name, (link, _) in types.links.items():
        for at, entry in enumerate(values) if link.many else ():
            if entry.get(name) is not None:
                below.setdefault(name, []).append((at, entry[name]))
            entry.pop(name, None)
    return below


def _insert_below(place: Place, types: TableTypes, name: str, found: list[tuple[str | None, Mapping[str, Any]]]) -> int:
    link, other, affected = types.links[name][0], types.at(name), 0
    present = [(owner, nested) for owner, nested in found if owner is not None]
    for conflict, group in _by_conflict(present):
        objects = [
            {**entry, **({} if link.through else {link.other: owner})}
            for owner, nested in group
            for entry in nested["data"]
        ]
        owners = [owner for owner, nested in group for _ in nested["data"]]
        done = insert_rows(place, other, objects, conflict)
        affected += done.affected
        if link.through is not None:
            _join(place, link, [(owner, row) for owner, row in zip(owners, done.ids, strict=True) if owner and row])
    return affected


def _join(place: Place, link: Link, pairs: list[tuple[str, str]]) -> None:
    if link.through is None:
        return
    columns = tuple(Column(name=name, kind="uuid") for name in ("id", link.through.own, link.through.other))
    source = Source(table=link.through.table, columns={column.name: column for column in columns})
    rows = tuple((uuid7(), own, other) for own, other in dict.fromkeys(pairs))
    conflict = Conflict(columns=columns[1:])
    insert(
        place.tx, Insert(source=source, columns=columns, rows=rows, conflict=conflict), organization=place.organization
    )


def _insert_own(
    place: Place, types: TableTypes, values: list[dict[str, Any]], on_conflict: Mapping[str, Any] | None
) -> Written:
    fields = {field.column.name: field for field in types.table.definition.fields if field.column}
    entries = [_filled(place, types, fields, entry) for entry in values]
    rule = _rule(types, on_conflict)
    known = _keys(rule, entries)
    # The last of rows that are the same wins, on both databases.
    last = dict(zip(known, entries, strict=True))
    columns = tuple(column for column in types.columns.values() if any(column.name in entry for entry in last.values()))
    new = Insert(
        source=types.table.source,
        columns=columns,
        rows=tuple(tuple(entry.get(column.name) for column in columns) for entry in last.values()),
        conflict=_conflict(types, rule, on_conflict),
    )
    source, watch, sent = types.table.source, place.watch, [entry["id"] for entry in last.values()]
    there = watch.present(types.table.name, source, sent) if rule else ()
    with breach.told(place.tx, types.table, types.schema, new=entries, organization=place.organization):
        found = insert(place.tx, new, organization=place.organization)
    made = {*sent}.difference(there)
    watch.saw(types.table.name, source, "insert", [row["id"] for row in found if row["id"] in made])
    watch.saw(types.table.name, source, "update", [row["id"] for row in found if row["id"] not in made])
    return Written(_ids(rule, known, found), len(found))


def _ids(rule: Constraint | None, known: list[tuple[Any, ...]], found: list[dict[str, Any]]) -> list[str | None]:
    """Return the ids of written rows in the order of the rows that were sent."""
    names = None if rule is None else [name for name in rule.columns if name != ORGANIZATION]
    by_key = {(row["id"],) if names is None else _key(row, names, row["id"]): row["id"] for row in found}
    return [by_key.get(key) for key in known]


def _keys(rule: Constraint | None, entries: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return by what each row is known: its id, or the columns of the constraint that an upsert goes by."""
    if rule is None:
        return [(entry["id"],) for entry in entries]
    names = [name for name in rule.columns if name != ORGANIZATION]
    return [_key(entry, names, entry["id"]) for entry in entries]


def _key(row: Mapping[str, Any], names: Sequence[str], row_id: str) -> tuple[Any, ...]:
    values = tuple(row.get(name) for name in names)
    # Rows without a value are never the same.
    return (*map(_plain, values),) if None not in values else (row_id, "new")


def _plain(value: Any) -> Any:
    """Return what is equal for equal values, as sent and as read back."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value if isinstance(value, str) else json_text(value)
    return int(value) if value == int(value) else float(value)


def _filled(place: Place, types: TableTypes, fields: Mapping[str, Field], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with what the server adds: its key, its organization, times and defaults."""
    check_organization(place, entry)
    row = dict(entry)
    row["id"] = row.get("id") or uuid7()
    row[ORGANIZATION] = place.organization
    row["created_at"] = row.get("created_at") or place.moment
    row["updated_at"] = place.moment
    for name, field in fields.items():
        if name not in row:
            row[name] = _default(types.columns[name], field)
        elif row[name] is not None:
            check_field(field, row[name])
    return row


def _default(column: Column, field: Field) -> Any:
    if field.type == "token" and field.default is None:
        return secrets.token_urlsafe(24)
    return None if field.default is None else tables.checked(column.kind, field.default)


def check_field(field: Field, value: Any) -> None:
    """Raise GraphQLError when a field cannot hold a value of its type."""
    try:
        tables.check_choice(field, value)
    except BotyardError as error:
        raise faults.of(error) from None


def check_organization(place: Place, values: Mapping[str, Any]) -> None:
    """Raise GraphQLError for an organization that is not the caller's; the caller's own, or none, is fine."""
    given = values.get(ORGANIZATION)
    if given is not None and given != place.organization:
        faults.refuse(
            f"check constraint of an insert/update permission has failed: {ORGANIZATION} {given} is not yours.",
            faults.PERMISSION,
        )


def _rule(types: TableTypes, on_conflict: Mapping[str, Any] | None) -> Constraint | None:
    if on_conflict is None:
        return None
    return next(one for one in types.table.constraints if one.name == on_conflict["constraint"])


def _conflict(types: TableTypes, rule: Constraint | None, on_conflict: Mapping[str, Any] | None) -> Conflict | None:
    if rule is None or on_conflict is None:
        return None
    names = [name for name in on_conflict["update_columns"] if name not in _SERVED]
    update = tuple(types.columns[name] for name in dict.fromkeys(names))
    if update:
        update = (*update, BUILT_IN["updated_at"])
    where = on_conflict.get("where")
    return Conflict(
        columns=tuple(types.columns[name] for name in rule.columns),
        update=update,
        where=None if where is None else filter_of(types, where),
    )


def _by_conflict(found: Sequence[tuple[Any, Mapping[str, Any]]]) -> list[tuple[Any, list[tuple[Any, Any]]]]:
    """Return nested rows in groups that say the same about conflicts, so that each group is one statement."""
    groups: dict[str, tuple[Any, list[tuple[Any, Any]]]] = {}
    for owner, nested in found:
        conflict = nested.get("on_conflict")
        groups.setdefault(repr(conflict), (conflict, []))[1].append((owner, nested))
    return list(groups.values())
