"""Automations as systems see them: by id, with versions that are numbers."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.base import jsontext
from botyard.core.systems.model import Process, System
from botyard.core.systems.search import sql
from botyard.storage import Tx

#: A list without a limit ends here.
MOST = 10_000


def list_processes(tx: Tx, *, system: System, offset: int = 0, limit: int = 0) -> tuple[list[Process], int]:
    """Return automations that the system may use, by label, and how many those are; `limit` 0 means all."""
    where = {
        "workspace_id": system.workspace_id,
        "every": int(system.processes is None),
        "labels": jsontext.encode(list(system.processes or ())),
    }
    rows = tx.all(sql.list_processes, **where, limit=min(limit or MOST, MOST), offset=offset)
    total = tx.one(sql.count_processes, **where)
    found = []
    for row in rows:
        ordinal = row.pop("ordinal")
        number = 0 if row["version"] is None else number_of(row["version"], ordinal)
        found.append(Process(**row, number=number))
    return found, total["total"] if total else 0


def number_of(version: str, ordinal: int) -> int:
    """Return the number that systems call a version by: itself if it is one, else its place in time, from 1."""
    plain = version.isascii() and version.isdigit() and len(version) < 10 and not version.startswith("0")
    return int(version) if plain else ordinal


def version_called(versions: Sequence[str], number: int) -> str | None:
    """Return which of a package's versions, oldest first, is called `number`; None when none is."""
    if str(number) in versions:
        return str(number)
    called = (version for ordinal, version in enumerate(versions, 1) if number_of(version, ordinal) == number)
    return next(called, None)
