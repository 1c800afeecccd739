"""Put values in, get them back, take them out."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.base import jsontext
from botyard.base.clock import SECOND
from botyard.core.cache.model import Entry, Place, Stored
from botyard.storage import Row, Tx, load_queries

sql = load_queries(__package__)


def set_many(tx: Tx, entries: Sequence[Entry]) -> list[None]:
    """Keep each value under its key, instead of what was there; of two with one key the later wins."""
    # In one order everywhere, so that two servers do not wait for each other.
    latest = sorted({entry.place: entry for entry in entries}.items())
    tx.run_many(sql.put, [_row(entry) for _, entry in latest])
    return [None] * len(entries)


def get(tx: Tx, *, place: Place, now: int) -> Stored | None:
    """Return what lies under a key, None when nothing does or its time is over."""
    row = tx.one(sql.get, workspace_id=place.workspace_id, app_id=place.app_id, key=place.key, now=now)
    if row is None:
        return None
    end = row["expires_at"]
    return Stored(value=row["value"], ttl=None if end is None else -((now - end) // SECOND))


def delete_many(tx: Tx, deletes: Sequence[tuple[Place, int]]) -> list[bool]:
    """Take out what lies under each key at a moment, and return whether there was anything.

    Of two for one key only the first finds it.
    """
    wanted = dict(reversed(deletes))
    keys = jsontext.encode([[*place, now] for place, now in sorted(wanted.items())])
    gone = {Place(row["workspace_id"], row["app_id"], row["key"]): row for row in tx.all(sql.delete, keys=keys)}
    found = []
    for place, now in deletes:
        row = gone.pop(place, None)
        found.append(row is not None and (row["expires_at"] is None or row["expires_at"] > now))
    return found


def _row(entry: Entry) -> Row:
    place = entry.place
    return {
        "workspace_id": place.workspace_id,
        "app_id": place.app_id,
        "key": place.key,
        "value": entry.value,
        "size": len(place.key) + len(entry.value),
        "expires_at": None if entry.ttl is None else entry.now + entry.ttl * SECOND,
        "now": entry.now,
    }
