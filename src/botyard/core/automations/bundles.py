"""Automations as those see them who deploy: a package under the label of its automation."""

from __future__ import annotations

from typing import Self

import msgspec

from botyard.base.exceptions import NotFound
from botyard.storage import Row, Select, Tx

COUNT_CAP = 10_000

_SOURCE = "packages p LEFT JOIN automations a ON a.workspace_id = p.workspace_id AND a.label = p.name"
_COLUMNS = (
    "p.id, p.name, p.dialect, p.released, p.created_at, COALESCE(a.folder, 'DEFAULT') AS folder,"
    " (SELECT v.version FROM package_versions v WHERE v.package_id = p.id"
    " ORDER BY v.created_at DESC, v.version LIMIT 1) AS latest"
)


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A package with the folder of its automation; `latest` is the version that came last, None before the first."""

    id: str
    name: str
    dialect: str
    released: str | None
    latest: str | None
    folder: str
    created_at: int

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the bundle of a row."""
        return cls(**row)


def get_bundle(tx: Tx, *, workspace_id: int, name: str) -> Bundle:
    """Return the bundle of that name. Raises NotFound."""
    found, _ = bundles(tx, workspace_id=workspace_id, name=name, limit=1)
    if not found:
        raise NotFound(f'The package "{name[:100]}" does not exist.', hint="Check the name, or upload it first.")
    return found[0]


def bundles(
    tx: Tx, *, workspace_id: int, name: str | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[Bundle], int]:
    """Return bundles in the order of names, all or the one called `name`, and how many match (counted to 10,000)."""
    select = Select(_SOURCE, _COLUMNS).where("p.workspace_id = :workspace_id", workspace_id=workspace_id)
    if name is not None:
        select = select.where("p.name = :name", name=name.replace("\0", ""))
    rows = tx.all_of(select.order_by("p.name").limit(limit, offset=offset))
    return [Bundle.from_row(row) for row in rows], tx.all_of(select.count(COUNT_CAP))[0]["total"]
