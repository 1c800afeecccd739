"""Find tables, and see how they hang together."""

from __future__ import annotations

from functools import cached_property

import msgspec

from botyard.base.exceptions import NotFound, closest
from botyard.core.tables.model import Definition, Field, Table, joining
from botyard.storage import Tx, load_queries
from botyard.storage.rows import Link, Through

sql = load_queries(__package__)

TOPIC = "tables:"
_NEWEST = 2**31


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What a table looked like from one change to the next; `change` says in words what was done."""

    version: int
    definition: Definition
    change: str
    at: int
    actor: str


class Schema:
    """All tables of one app at one moment, with the links between them. Made once for each version and shared."""

    def __init__(self, *, workspace_id: int, app_id: int, version: int, tables: list[Table]) -> None:
        self.workspace_id = workspace_id
        self.app_id = app_id
        self.version = version
        self.tables = {table.name: table for table in tables}

    def find(self, named: str) -> Table:
        """Return a table by its bare or full name (contract automio, section d.1). Raises NotFound."""
        table = self.tables.get(named) or self.tables.get(named.removeprefix(f"app_{self.app_id}_"))
        if table is None:
            raise NotFound(
                f'The app has no table "{named[:100]}".',
                hint=closest(named, list(self.tables)) or "Look under Tables, or declare it in a workspace file.",
                code="unknown_table",
                field="table",
            )
        return table

    def links(self, table: str) -> dict[str, tuple[Link, Table]]:
        """Return the relationships of a table by name, each with the table it leads to (section d.3)."""
        return self._links[table]

    @cached_property
    def _links(self) -> dict[str, dict[str, tuple[Link, Table]]]:
        links: dict[str, dict[str, tuple[Link, Table]]] = {name: {} for name in self.tables}
        back: list[tuple[Table, Field, Table]] = []
        for table in self.tables.values():
            for field in table.definition.fields:
                if field.to in self.tables and field.type in ("foreign_key", "many_to_many"):
                    target = self.tables[field.to]
                    links[table.name][field.name] = (_forward(table, field, target), target)
                    back.append((table, field, target))
        for table, field, target in back:
            name = self._backward_name(table, field, links[target.name])
            links[target.name][name] = (_backward(table, field), table)
        return links

    def _backward_name(self, table: Table, field: Field, taken: dict[str, tuple[Link, Table]]) -> str:
        """Return what the rows of `table` are called from the other end: the table's name, longer where unclear."""
        target = self.tables[field.to]
        fields = {*target.columns, *(own.name for own in target.definition.fields)}
        # Each relationship to many has an aggregate beside it.
        used = {*fields, *taken, *(f"{one}_aggregate" for one, (link, _) in taken.items() if link.many)}
        ways = [own for own in table.definition.fields if own.to == field.to]
        name = table.name if len(ways) == 1 else f"{table.name}_by_{field.name}"
        while name in used or f"{name}_aggregate" in used:
            name = f"{table.name}_by_{field.name}" if name == table.name else f"{name}_"
        return name


def load(tx: Tx, *, workspace_id: int, app_id: int) -> Schema:
    """Return the schema of an app as it is now."""
    version = schema_version(tx, workspace_id=workspace_id, app_id=app_id)
    found = tx.all(sql.list_all, workspace_id=workspace_id, app_id=app_id)
    return Schema(
        workspace_id=workspace_id,
        app_id=app_id,
        version=version,
        tables=[Table.from_row(each) for each in found],
    )


def schema_version(tx: Tx, *, workspace_id: int, app_id: int) -> int:
    """Return the number that grows with every change of a table of the app; 0 without any."""
    row = tx.one(sql.schema_version, workspace_id=workspace_id, app_id=app_id)
    return int(row["version"]) if row else 0


def get(tx: Tx, *, workspace_id: int, app_id: int, name: str) -> Table:
    """Return a table by its bare or full name. Raises NotFound."""
    return load(tx, workspace_id=workspace_id, app_id=app_id).find(name)


def versions(tx: Tx, *, table_id: int, before: int | None = None, limit: int = 50) -> list[Version]:
    """Return the versions of a table, the newest first; pass the last one's number as `before` for more."""
    rows = tx.all(sql.versions, table_id=table_id, before=before or _NEWEST, limit=limit)
    return [Version(**{**row, "definition": msgspec.json.decode(row["definition"], type=Definition)}) for row in rows]


def topic(workspace_id: int, app_id: int) -> str:
    """Return the wake-up that says that a table of the app changed."""
    return f"{TOPIC}{workspace_id}:{app_id}"


def _forward(table: Table, field: Field, target: Table) -> Link:
    if field.type == "foreign_key":
        return Link(target=target.source, own=f"{field.name}_id", other="id", many=False)
    through = Through(table=joining(table.id, field.name), own="own_id", other="other_id")
    return Link(target=target.source, own="id", other="id", many=True, through=through)


def _backward(table: Table, field: Field) -> Link:
    if field.type == "foreign_key":
        return Link(target=table.source, own="id", other=f"{field.name}_id", many=True)
    through = Through(table=joining(table.id, field.name), own="other_id", other="own_id")
    return Link(target=table.source, own="id", other="id", many=True, through=through)
