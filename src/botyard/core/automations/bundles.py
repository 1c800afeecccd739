"""Automations as those see them who deploy: a package under the label of its automation."""

from __future__ import annotations

from typing import Self

import msgspec

from botyard.base.exceptions import NotFound
from botyard.core.automations.read import COUNT_CAP, sql
from botyard.storage import Row, Tx


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
    sought = {"workspace_id": workspace_id, "name": None if name is None else name.replace("\0", "")}
    rows = tx.all(sql.bundles, **sought, limit=limit, offset=offset)
    total = tx.one(sql.count_bundles, **sought, cap=COUNT_CAP)
    return [Bundle.from_row(row) for row in rows], total["total"] if total else 0
