"""List under which keys something lies."""

from __future__ import annotations

from botyard.base.clock import SECOND
from botyard.core.cache.entries import sql
from botyard.core.cache.model import Key, Place
from botyard.storage import Tx


def list_keys(tx: Tx, *, place: Place, after: str, now: int, limit: int = 50) -> list[Key]:
    """Return keys of a place that begin as its key does, which may be empty, in their order; `after` continues."""
    rows = tx.all(
        sql.list_keys,
        workspace_id=place.workspace_id,
        app_id=place.app_id,
        prefix=place.key.replace("\0", ""),
        after=after.replace("\0", ""),
        now=now,
        limit=limit,
    )
    return [
        Key(
            key=row["key"],
            size=row["size"],
            ttl=None if row["expires_at"] is None else -((now - row["expires_at"]) // SECOND),
            updated_at=row["updated_at"],
        )
        for row in rows
    ]
