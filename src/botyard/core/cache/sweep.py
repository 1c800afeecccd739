"""Take out what is over, and what is too much."""

from __future__ import annotations

from botyard.core.cache.entries import sql
from botyard.storage import Tx


def delete_expired(tx: Tx, *, now: int, limit: int = 5_000) -> int:
    """Take out up to `limit` entries whose time is over; return how many were."""
    return tx.run(sql.delete_expired, now=now, limit=limit)


def trim(tx: Tx, *, max_size: int, limit: int = 5_000) -> int:
    """Take out up to `limit` of the entries that were written first where a workspace has more than `max_size`.

    The size is that of keys and values in characters. Returns how many were taken out.
    """
    return tx.run(sql.trim, max_size=max_size, limit=limit)
