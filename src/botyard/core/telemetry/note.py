"""Switch exporting on and off, and note what comes while it is on."""

from __future__ import annotations

from collections.abc import Iterable

from botyard.base import jsontext
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)


def begin(tx: Tx, *, now: int) -> None:
    """Note what comes from now on; nothing changes where that is done already."""
    tx.run(sql.begin, now=now)


def end(tx: Tx) -> None:
    """Note nothing any more; what was noted stays until it is sent."""
    tx.run(sql.end)


def is_exporting(tx: Tx) -> bool:
    """Return whether what comes is noted."""
    return tx.one(sql.exporting) is not None


def note_spans(tx: Tx, keys: Iterable[tuple[int, int, str]], *, now: int) -> None:
    """Note the spans of these (task, attempt, id), which are stored; does nothing while exporting is off."""
    if is_exporting(tx):
        tx.run(sql.note_spans, keys=jsontext.encode([list(key) for key in keys]), now=now)
