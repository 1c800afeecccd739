"""A statement in the making: its parameters, its aliases, and the predicate that holds it to one organization."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from botyard.storage.rows import values
from botyard.storage.rows.json_order import COLLATION
from botyard.storage.rows.late import Late, Ready
from botyard.storage.rows.model import ORGANIZATION, Column, Kind, Source
from botyard.storage.sql import Query, compile_query
from botyard.storage.tx import Backend, Row

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def quoted(name: str) -> str:
    """Return an identifier of the catalogue as SQL. Raises ValueError for anything that could not be one."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a table or column.")
    return f'"{name}"'


class Statement:
    """Collects the parameters of one statement for one database and one organization."""

    def __init__(self, backend: Backend, organization: int) -> None:
        self.backend: Backend = backend
        self.params: dict[str, Any] = {"organization": organization}
        self.late: dict[str, tuple[Kind, str]] = {}
        self._aliases = 0

    @property
    def sqlite(self) -> bool:
        """Say whether this is for SQLite."""
        return self.backend == "sqlite"

    def alias(self) -> str:
        """Return a name for a table that no other part of the statement uses."""
        self._aliases += 1
        return f"t{self._aliases}"

    def bind(self, kind: Kind, value: Any) -> str:
        """Return the placeholder of a value for a column of the kind."""
        if isinstance(value, Late):
            name = self.keep(None)
            self.late[name] = (kind, value.name)
        else:
            name = self.keep(values.stored(self.backend, kind, value))
        return values.placeholder(self.backend, kind, name, many=False)

    def bind_many(self, kind: Kind, several: list[Any]) -> str:
        """Return what follows `IN` or `= ANY` of a column of the kind, in parentheses."""
        kept = [values.stored(self.backend, kind, value) for value in several]
        if self.sqlite:
            return f"(SELECT value FROM json_each(:{self.keep(values.json_text(kept))}))"  # noqa: S608 -- bound
        kept = [value if value is None else str(value) for value in kept]
        return f"({values.placeholder(self.backend, kind, self.keep(kept), many=True)})"

    def keep(self, value: Any) -> str:
        """Return the name of a parameter that holds `value` as it is."""
        if isinstance(value, Late):
            value.needed()
        name = f"v{len(self.params)}"
        self.params[name] = value
        return name

    def own(self, alias: str, source: Source) -> str:
        """Return the condition that a row is the organization's own. Every table of every statement carries it."""
        held = f"{alias}.{quoted(source.column(ORGANIZATION).name)} = {self.organization()}"
        # Most rows of a table are of one organization: without that hint SQLite reads them all to find a few by id.
        return f"likely({held})" if self.sqlite else held

    def organization(self) -> str:
        """Return the placeholder of the organization."""
        return values.placeholder(self.backend, "int", "organization")

    def shown(self, alias: str, column: Column) -> str:
        """Return the expression that reads a column for an answer."""
        return values.shown(self.backend, column.kind, f"{alias}.{quoted(column.name)}")

    def collation(self, column: Column) -> str:
        """Return what makes an order of the column the same on both databases."""
        return f" COLLATE {COLLATION}" if self.sqlite and column.kind == "jsonb" else ""

    def query(self, text: str) -> Query:
        """Return the finished statement; run it with `**params`."""
        return compile_query(text, "rows")

    def ready(self, text: str, load: Callable[[list[Row]], Any]) -> Ready:
        """Return the finished statement with its parameters, and how to read its rows."""
        return Ready(query=self.query(text), params=self.params, late=self.late, load=load)
