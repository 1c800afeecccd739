"""The numbers of queues, changed in the transaction that changes the items."""

from __future__ import annotations

from collections import defaultdict

from botyard.base.clock import HOUR
from botyard.core.queues.statements import rows_text, sql
from botyard.core.queues.states import FINAL
from botyard.storage import Row, Tx


class Tally:
    """What a transaction changes in the numbers; `write` is its last statement, so that they are locked briefly."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
        self._hours: dict[tuple[int, int, str, str], int] = defaultdict(int)

    def add(self, queue_id: int, state: str, total: int) -> None:
        """Count items that are new in a state which is not final."""
        self._counts[queue_id, state][0] += total

    def arrive(self, queue_id: int, at: int, total: int) -> None:
        """Count items that came into a queue, in the hour of their coming too: its depth follows from that."""
        self.add(queue_id, "pending", total)
        self._hours[queue_id, at // HOUR, "pending", ""] += total

    def enter(self, row: Row) -> None:
        """Count an item in the state that its row has now."""
        self._put(row, 1)
        self._mark_hour(row, 1)

    def leave(self, row: Row) -> None:
        """Count an item out of the state that its row had."""
        self._put(row, -1)
        self._mark_hour(row, -1)

    def remove(self, row: Row) -> None:
        """Count out an item that is deleted; how many ended in its hour stays history."""
        self._put(row, -1)
        if row["state"] == "pending":
            self._hours[row["queue_id"], row["created_at"] // HOUR, "pending", ""] -= 1

    def write(self, tx: Tx) -> None:
        """Write the changes."""
        counts = [[*key, *values] for key, values in sorted(self._counts.items()) if any(values)]
        if counts:
            tx.run(sql.add_counts, rows=rows_text(counts))
        hours = [[*key, total] for key, total in sorted(self._hours.items()) if total]
        if hours:
            tx.run(sql.add_hours, rows=rows_text(hours))

    def _put(self, row: Row, sign: int) -> None:
        entry = self._counts[row["queue_id"], row["state"]]
        entry[0] += sign
        if row["state"] == "done":
            entry[1] += sign * (row["finished_at"] - row["started_at"])

    def _mark_hour(self, row: Row, sign: int) -> None:
        if row["state"] in FINAL:
            self._hours[row["queue_id"], row["finished_at"] // HOUR, row["state"], row["error_kind"] or ""] += sign
