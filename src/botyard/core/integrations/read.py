"""Find integrations and connections; secrets stay where they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from botyard.base import jsontext
from botyard.base.exceptions import NotFound, closest
from botyard.core.integrations.model import Connection, Integration
from botyard.storage import Select, Tx, load_queries

sql = load_queries(__package__)

#: How many connections of one integration a caller is told of.
MAX_LISTED = 10_000

_COLUMNS = (
    "id, workspace_id, key, name, version, kind, base_url, allow_private_network, details, secret_version, "
    "created_at, created_by, updated_at"
)


class Enabled(NamedTuple):
    """A connection that an app may use, as short as it can be said."""

    id: int
    name: str
    integration_id: int
    key: str


class Tally(NamedTuple):
    """How many connections an integration has, and how many of them no longer work."""

    total: int
    broken: int


class Page(NamedTuple):
    """Some integrations, and how many there are in all."""

    integrations: list[Integration]
    total: int


def find(tx: Tx, *, workspace_id: int, key: str) -> Integration | None:
    """Return the integration of that key, or None."""
    row = tx.one(sql.find, workspace_id=workspace_id, key=key.replace("\0", ""))
    return Integration.from_row(row) if row else None


def get(tx: Tx, *, workspace_id: int, key: str) -> Integration:
    """Return the integration of that key. Raises NotFound, with the closest key as a hint."""
    found = find(tx, workspace_id=workspace_id, key=key)
    if found is None:
        keys = [row["key"] for row in tx.all(sql.keys, workspace_id=workspace_id, limit=1000)]
        raise NotFound(
            f'The integration "{key[:100]}" does not exist.',
            hint=closest(key[:100], keys) or "Check its id under Integrations.",
        )
    return found


def search(
    tx: Tx,
    *,
    workspace_id: int,
    text: str | None = None,
    category: str | None = None,
    offset: int = 0,
    limit: int = 50,
    after: int = 0,
) -> Page:
    """Return integrations in the order in which they were made.

    `text` must be part of the key or the name; `category` is the slug or the name of one. `offset` skips as many, for
    clients that count pages; else go on `after` the id of the last one.
    """
    asked = Select("integrations", _COLUMNS).where("workspace_id = :workspace_id", workspace_id=workspace_id)
    if text:
        asked = asked.where(
            "LOWER(key) LIKE :text ESCAPE '!' OR LOWER(name) LIKE :text ESCAPE '!'", text=_pattern(text)
        )
    if category:
        # Few have many, so the rows are read and not an index.
        asked = asked.where("LOWER(details) LIKE :category ESCAPE '!'", category=_pattern(category))
    if after:
        asked = asked.where("id > :after", after=after)
    total = tx.all_of(asked.count(100_000))[0]["total"]
    rows = tx.all_of(asked.order_by("id").limit(limit, offset))
    return Page([Integration.from_row(row) for row in rows], total)


def connections_of(tx: Tx, *, integration: Integration, after: int = 0, limit: int = MAX_LISTED) -> list[Connection]:
    """Return the connections of an integration, oldest first."""
    rows = tx.all(
        sql.connections,
        workspace_id=integration.workspace_id,
        integration_id=integration.id,
        after=after,
        limit=limit,
    )
    return [Connection.from_row(row) for row in rows]


def tallies(tx: Tx, *, workspace_id: int, integrations: Sequence[Integration]) -> dict[int, Tally]:
    """Return the tallies of a page of integrations by their ids; those without any connection are left out."""
    if not integrations:
        return {}
    ids = [integration.id for integration in integrations]
    rows = tx.all(sql.tallies, workspace_id=workspace_id, first=min(ids), last=max(ids))
    return {row["integration_id"]: Tally(row["total"], row["broken"]) for row in rows}


def find_connection(tx: Tx, *, integration: Integration, name: str) -> Connection | None:
    """Return the connection of that name, or None."""
    rows = tx.all(sql.named, integration_id=integration.id, ids="[]", names=jsontext.encode([name]))
    return next((Connection.from_row(row) for row in rows if row["name"] == name), None)


def get_connection(tx: Tx, *, workspace_id: int, connection_id: int) -> tuple[Integration, Connection]:
    """Return a connection and its integration. Raises NotFound."""
    row = tx.one(sql.connection, workspace_id=workspace_id, id=connection_id)
    if row is None:
        raise missing_connection(connection_id)
    connection = Connection.from_row(row)
    owner = tx.one(sql.by_id, workspace_id=workspace_id, id=connection.integration_id)
    if owner is None:
        raise missing_connection(connection_id)
    return Integration.from_row(owner), connection


def enabled(
    tx: Tx, *, workspace_id: int, app_id: int | None, integrations: Sequence[int] | None = None
) -> list[Enabled]:
    """Return the connections that an app may use, oldest first: those of some integrations, or all but built-in ones.

    Without an app, those of every app.
    """
    if integrations is None:
        rows = tx.all(sql.enabled_everywhere, workspace_id=workspace_id, app_id=app_id or 0, limit=MAX_LISTED)
    else:
        rows = tx.all(
            sql.enabled,
            workspace_id=workspace_id,
            app_id=app_id or 0,
            any_app=int(app_id is None),
            integrations=jsontext.encode(list(integrations)),
            limit=MAX_LISTED,
        )
    return [Enabled(**row) for row in rows]


def missing_connection(given: int | str) -> NotFound:
    """Return the error for a connection that does not exist, or not in this workspace."""
    shown = given if isinstance(given, int) else f'"{given[:100]}"'
    return NotFound(f"The connection {shown} does not exist.", hint="Check its id or name under Integrations.")


def _pattern(text: str) -> str:
    escaped = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_").replace("\0", "")
    return f"%{escaped}%"
