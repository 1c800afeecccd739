"""Lines that the server itself adds to logs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from botyard.base import jsontext
from botyard.core.logs.append import MAX_TEXT, sql
from botyard.core.logs.model import Note
from botyard.storage import Tx

STREAM = "server"


def note_many(tx: Tx, notes: Sequence[Note], *, now: int) -> None:
    """Add a line to the log of each note's attempt, after those that are there; limits of logs do not apply."""
    added: Counter[tuple[int, int]] = Counter()
    rows = []
    for note in notes:
        place = (note.task_id, note.epoch)
        added[place] += 1
        text = " ".join(note.text.replace("\0", "\ufffd").split())[:MAX_TEXT]
        rows.append([note.workspace_id, note.task_id, note.epoch, added[place], now, STREAM, text, note.level])
    if rows:
        tx.run(sql.note, rows=jsontext.encode(rows))
    for task_id in {note.task_id for note in notes}:
        tx.wake(f"task:{task_id}")
