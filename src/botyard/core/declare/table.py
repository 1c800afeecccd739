"""Tables of an app in a document: `{name, title, fields: [{name, type, ...}], unique_together, search_fields}`.

What the document does not mention stays: fields that a table has besides, constraints of several fields, other tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from botyard.core import tables
from botyard.core.apps import App
from botyard.core.declare.section import Target
from botyard.core.declare.source import Source
from botyard.core.tables import Definition, Field, Schema, Table
from botyard.storage import Tx

_KEYS = ("name", "title", "fields", "unique_together", "search_fields")


class NewTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table as a document has it."""

    name: str
    title: str | None
    definition: Definition
    said: Mapping[str, Any]
    path: str

    def merged(self, present: Table | None) -> Definition:
        """Return what the table becomes: as it is now, with what the document says of it."""
        if present is None:
            return self.definition
        before, own = present.definition, self.definition
        fields = [own.find(field.name) or field for field in before.fields]
        fields += [field for field in own.fields if before.find(field.name) is None]
        return Definition(
            fields=tuple(fields),
            unique_together=tuple(dict.fromkeys((*before.unique_together, *own.unique_together))),
            search_fields=own.search_fields if "search_fields" in self.said else before.search_fields,
            hidden=before.hidden,
        )


def read(found: Any, path: str, source: Source) -> tuple[NewTable, ...]:
    """Return the tables of an app's entry. Raises Invalid with the place of what is wrong."""
    if not isinstance(found, list):
        raise source.problem(path, "Tables must be a list.", "Write - {name: orders, fields: []}.")
    read_ones: list[NewTable] = []
    for number, entry in enumerate(found):
        read_ones.append(_table(entry, f"{path}[{number}]", source, [one.name for one in read_ones]))
    return tuple(read_ones)


def plan(tx: Tx, target: Target, app: App | None, new: Sequence[NewTable]) -> dict[str, tuple[Any, Any]]:
    """Return what would change. Raises Invalid for fields that lead to tables which will not be there."""
    schema = _schema(tx, target, app)
    there = {*schema.tables, *(one.name for one in new)} if schema else {one.name for one in new}
    changes: dict[str, tuple[Any, Any]] = {}
    for one in new:
        _check_links(one, there, target.source)
        present = schema.tables.get(one.name) if schema else None
        merged = one.merged(present)
        if present is None:
            changes[f"tables.{one.name}"] = (None, [field.name for field in merged.fields])
            continue
        for field in merged.fields:
            before = present.definition.find(field.name)
            if before != field:
                changes[f"tables.{one.name}.{field.name}"] = (_shown(before), _shown(field))
        if one.title is not None and one.title != present.title:
            changes[f"tables.{one.name}.title"] = (present.title, one.title)
        for name in ("unique_together", "search_fields"):
            pair = (getattr(present.definition, name), getattr(merged, name))
            if pair[0] != pair[1]:
                changes[f"tables.{one.name}.{name}"] = pair
    return changes


def write(tx: Tx, target: Target, app: App, new: Sequence[NewTable]) -> None:
    """Make and change the tables; those that others lead to come first."""
    said: dict[str, Any] = {
        "workspace_id": target.workspace_id,
        "app_id": app.id,
        "actor": target.actor,
        "now": target.now,
    }
    schema = tables.load(tx, workspace_id=target.workspace_id, app_id=app.id)
    later: list[NewTable] = []
    made = set(schema.tables)
    for one in _in_order(new):
        present = schema.tables.get(one.name)
        if present is not None:
            later.append(one)
            continue
        definition = one.definition
        if any(field.to and field.to not in {*made, one.name} for field in definition.fields):
            # Tables that lead to each other: the links come once both are there.
            own = tuple(field for field in definition.fields if not field.to)
            definition = msgspec.structs.replace(definition, fields=own, unique_together=(), search_fields=())
            later.append(one)
        _checked(
            target, one, tables.create, name=one.name, title=one.title, definition=_plain(definition), tx=tx, **said
        )
        made.add(one.name)
    for one in later:
        present = tables.get(tx, workspace_id=target.workspace_id, app_id=app.id, name=one.name)
        merged = _plain(one.merged(present))
        _checked(target, one, tables.change, name=one.name, title=one.title, definition=merged, tx=tx, **said)


def _checked(target: Target, one: NewTable, operation: Any, *, tx: Tx, **fields: Any) -> None:
    target.source.checked(lambda: operation(tx, **fields), one.path)


def _table(entry: Any, path: str, source: Source, before: list[str]) -> NewTable:
    if not isinstance(entry, dict):
        raise source.problem(path, "A table must hold keys and values.", "Write - {name: orders, fields: []}.")
    source.check_keys(entry, _KEYS, path)
    name = source.checked(lambda: tables.check_table_name(entry.get("name"), before), path)
    if not isinstance(entry.get("title", ""), str):
        raise source.problem(f"{path}.title", "title must be a text.")
    links = [field.get("to") for field in entry.get("fields") or () if isinstance(field, dict)]
    anything = [link for link in links if isinstance(link, str)]
    definition = source.checked(lambda: tables.checked_definition(entry, tables=anything), path)
    return NewTable(name=name, title=entry.get("title"), definition=definition, said=entry, path=path)


def _check_links(one: NewTable, there: set[str], source: Source) -> None:
    for number, field in enumerate(one.definition.fields):
        if field.to and field.to not in there:
            raise source.problem(
                f"{one.path}.fields[{number}].to",
                f'The app has no table "{field.to}".',
                "Declare it in the same file, or name one that is there.",
            )


def _schema(tx: Tx, target: Target, app: App | None) -> Schema | None:
    return tables.load(tx, workspace_id=target.workspace_id, app_id=app.id) if app else None


def _in_order(new: Sequence[NewTable]) -> Iterator[NewTable]:
    waiting = list(new)
    names = {one.name for one in waiting}
    done: set[str] = set()
    while waiting:
        free = next(
            (
                one
                for one in waiting
                if all(
                    not field.to or field.to in done or field.to == one.name or field.to not in names
                    for field in one.definition.fields
                )
            ),
            waiting[0],
        )
        waiting.remove(free)
        done.add(free.name)
        yield free


def _plain(definition: Definition) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(definition))
    found.pop("hidden", None)
    return found


def _shown(field: Field | None) -> Any:
    return None if field is None else msgspec.json.decode(msgspec.json.encode(field))
