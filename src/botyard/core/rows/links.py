"""Which rows a row is linked with by relationships of many to many, from either end, changed by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from botyard.base.exceptions import IllegalTransition, Invalid, closest
from botyard.base.ids import uuid7
from botyard.core import tables
from botyard.core.rows import breach
from botyard.core.rows.choose import label_of, name_of, names_of
from botyard.core.rows.history import keep
from botyard.core.rows.search import read
from botyard.core.tables import Schema, Table
from botyard.storage import Tx
from botyard.storage.rows import Compare, Link, Nested, Order, Pick, Rows, fetch, pair, part

#: The most links of one change, and the most that a deleted row comes back with.
MAX_LINKS = 500


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A relationship of many to many: from the rows of a table to those of another."""

    schema: Schema
    table: Table
    name: str
    link: Link
    other: Table


def ways(schema: Schema, table: Table) -> dict[str, tuple[Link, Table]]:
    """Return the relationships of many to many by name, each with the table at the other end."""
    return {name: found for name, found in schema.links(table.name).items() if found[0].through is not None}


def linked(
    tx: Tx, *, schema: Schema, table: Table, ids: Sequence[str], names: Sequence[str], limit: int
) -> dict[str, dict[str, dict[str, str]]]:
    """Return what rows are linked with, by their id and the relationship: up to `limit` names by id.

    One statement, however many rows and relationships.
    """
    known = {name: found for name, found in ways(schema, table).items() if name in names}
    if not known or not ids:
        return {}
    picked = (Pick(key="id", column=table.columns["id"]),)
    nested = tuple(_nested(table, name, link, other, limit) for name, (link, other) in known.items())
    where = Compare(column=table.columns["id"], operator="in", value=list(ids))
    found = fetch(
        tx, Rows(source=table.source, select=(*picked, *nested), where=where), organization=table.workspace_id
    )
    return {row["id"]: {name: {each["id"]: name_of(each) for each in row[name]} for name in known} for row in found}


def relate(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    table: str,
    row_id: str,
    relationship: str,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    actor: str,
    now: int,
) -> int | None:
    """Link a row with others and take links away; return the number of the change, None when it was so already.

    Raises NotFound for the row, and Invalid for a relationship or for rows that are not there.
    """
    schema = tables.load(tx, workspace_id=workspace_id, app_id=app_id)
    known = schema.find(table)
    row = read(tx, known, row_id)
    found = way(schema, known, relationship)
    wanted, gone = _ids(relationship, add), _ids(relationship, remove)
    lost = set(wanted) - set(names_of(tx, table=found.other, ids=wanted)) if wanted else set()
    if lost:
        raise Invalid(
            f'The table "{found.other.name}" has no row {min(lost)}.',
            hint="It may have been deleted.",
            field=relationship,
        )
    return put_links(tx, found, row["id"], add=wanted, remove=gone, actor=actor, now=now)


def put_links(
    tx: Tx,
    way: Way,
    row_id: str,
    *,
    add: Sequence[str],
    remove: Sequence[str],
    actor: str,
    now: int,
    undoes: int | None = None,
) -> int | None:
    """Add and take away links of a row; what is so already is no change."""
    table, place = way.table, way.table.workspace_id
    with breach.told(tx, way.schema, table):
        gone = part(tx, table.source, way.link, row_id, remove, organization=place)
        come = pair(tx, table.source, way.link, row_id, [(uuid7(), each) for each in add], organization=place)
    if not gone and not come:
        return None
    before, after = {way.name: sorted(gone)}, {way.name: sorted(come)}
    return keep(tx, table, row_id, "links", before=before, after=after, actor=actor, now=now, undoes=undoes)


def way(schema: Schema, table: Table, relationship: str) -> Way:
    """Return a relationship of many to many. Raises Invalid naming it."""
    known = ways(schema, table)
    if relationship not in known:
        raise Invalid(
            f'The table has no links "{relationship[:80]}".',
            hint=closest(relationship, list(known)) or "Load the page again.",
            field=relationship[:80],
        )
    link, other = known[relationship]
    return Way(schema=schema, table=table, name=relationship, link=link, other=other)


def links_of(tx: Tx, schema: Schema, table: Table, row_id: str) -> dict[str, list[str]]:
    """Return the ids of what a row is linked with by each relationship that it uses."""
    names = list(ways(schema, table))
    found = linked(tx, schema=schema, table=table, ids=[row_id], names=names, limit=MAX_LINKS)
    return {name: sorted(ids) for name, ids in found.get(row_id, {}).items() if ids}


def link_again(tx: Tx, schema: Schema, table: Table, row_id: str, links: Mapping[str, Sequence[str]]) -> None:
    """Link a row that came back with those of its former others that are there still."""
    for name, ids in links.items():
        link = way(schema, table, name).link
        pair(tx, table.source, link, row_id, [(uuid7(), each) for each in ids], organization=table.workspace_id)


def check_as_left(tx: Tx, way: Way, row_id: str, *, there: Sequence[str], gone: Sequence[str]) -> None:
    """Raise IllegalTransition unless a row is linked with all of some rows and with none of others."""
    identity = way.other.columns["id"]
    asked = Compare(column=identity, operator="in", value=[*there, *gone])
    query = Rows(source=way.other.source, select=(Pick(key="id", column=identity),), where=asked)
    where = Compare(column=way.table.columns["id"], operator="eq", value=row_id)
    rows = Rows(source=way.table.source, select=(Nested(key="of", link=way.link, query=query),), where=where)
    found = {each["id"] for row in fetch(tx, rows, organization=way.table.workspace_id) for each in row["of"]}
    if found != set(there):
        raise IllegalTransition(
            "The links were changed since, so that cannot be undone.",
            hint="Undo what came later first, or change them by hand.",
        )


def _nested(table: Table, name: str, link: Link, other: Table, limit: int) -> Nested:
    field = table.definition.find(name)
    label = label_of(other, field.display_field if field else "")
    picked = (Pick(key="id", column=other.columns["id"]), Pick(key="name", column=label))
    order = () if label.kind == "jsonb" else (Order(column=label),)
    return Nested(key=name, link=link, query=Rows(source=other.source, select=picked, order=order, limit=limit))


def _ids(relationship: str, sent: Sequence[str]) -> list[str]:
    if len(sent) > MAX_LINKS:
        raise Invalid(f"More than {MAX_LINKS} links at once.", hint="Change them a part at a time.", field=relationship)
    try:
        return list(dict.fromkeys(tables.checked("uuid", each) for each in sent))
    except Invalid as error:
        raise Invalid(error.message, hint=error.hint, code=error.code, field=relationship) from None
