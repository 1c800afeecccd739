"""Note changes of rows, in the transaction that makes them, for the actions that wait for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Literal, TypeAlias

from botyard.base import jsontext
from botyard.core import actions, events
from botyard.core.actions import Trigger
from botyard.core.events import NewEvent
from botyard.storage import Tx, load_queries
from botyard.storage.rows import Compare, Pick, Rows, Source, fetch

sql = load_queries(__package__)

Happened: TypeAlias = Literal["insert", "update", "delete"]

#: Woken when changes wait to start actions.
TOPIC = "triggers"
#: How many runs of triggers may follow from one another.
MAX_DEPTH = 5
#: How many rows one run is given at most, and how much of them as JSON; a larger change starts several.
MAX_ROWS = 500
MAX_BYTES = 512 * 1024


class Watch:
    """Sees what one unit of work does to rows of the tables of an app, and notes what actions wait for.

    Whoever changes rows makes one for its unit and tells it of every change: `saw` with the ids after an insert or an
    update, `saw_rows` with the rows themselves after a delete (`storage.rows.take` deletes and returns them; `waits`
    says beforehand whether that is needed). Without an action that waits it costs one small statement for each unit.
    `cause` is the task in whose name rows are changed; what it set off does not go on for ever.
    """

    def __init__(
        self, tx: Tx, *, workspace: int, app: int, organization: int, now: int, cause: int | None = None
    ) -> None:
        self._tx = tx
        self._workspace = workspace
        self._app = app
        self._organization = organization
        self._now = now
        self._cause = cause

    def waits(self, table: str, kind: Happened) -> bool:
        """Return whether any action waits for such a change of the table."""
        return any(kind in trigger.events for trigger in self._of(table))

    def present(self, table: str, source: Source, ids: Sequence[str]) -> set[str]:
        """Return which of the ids rows have already, if an action waits for rows of the table to come or to change."""
        if not (self.waits(table, "insert") or self.waits(table, "update")):
            return set()
        identity = source.column("id")
        wanted = Rows(
            source=source,
            select=(Pick(key="id", column=identity),),
            where=Compare(column=identity, operator="in", value=list(ids)),
        )
        return {row["id"] for row in fetch(self._tx, wanted, organization=self._organization)}

    def saw(self, table: str, source: Source, kind: Happened, ids: Sequence[str]) -> None:
        """Note that rows were inserted or updated; what they hold now is what the actions are given."""
        if not ids or not self.waits(table, kind):
            return
        identity = source.column("id")
        for at in range(0, len(ids), MAX_ROWS):
            wanted = Rows(
                source=source,
                select=tuple(Pick(key=name, column=column) for name, column in source.columns.items()),
                where=Compare(column=identity, operator="in", value=list(ids[at : at + MAX_ROWS])),
            )
            self._note(table, kind, fetch(self._tx, wanted, organization=self._organization))

    def saw_rows(self, table: str, kind: Happened, rows: Sequence[dict[str, Any]]) -> None:
        """Note a change of rows that are given as they are, or as they were before they went."""
        if rows and self.waits(table, kind):
            self._note(table, kind, rows)

    def _of(self, table: str) -> list[Trigger]:
        full = f"app_{self._app}_{table}"
        return [trigger for trigger in self._triggers if trigger.table in (table, full)]

    @cached_property
    def _triggers(self) -> list[Trigger]:
        return actions.list_triggers(self._tx, workspace_id=self._workspace, app_id=self._app)

    @cached_property
    def _depth(self) -> int:
        return actions.depth_of(self._tx, task_id=self._cause)

    def _note(self, table: str, kind: Happened, rows: Sequence[dict[str, Any]]) -> None:
        waiting = [trigger.action_id for trigger in self._of(table) if kind in trigger.events]
        if self._depth >= MAX_DEPTH:
            self._skip(waiting, table, kind, len(rows))
            return
        for part in _parts(rows):
            self._tx.run(
                sql.note,
                workspace_id=self._workspace,
                app_id=self._app,
                table_name=table,
                kind=kind,
                actions=jsontext.encode(waiting),
                changed=f"[{','.join(part)}]",
                depth=self._depth + 1,
                now=self._now,
            )
        self._tx.wake(TOPIC)

    def _skip(self, waiting: Sequence[int], table: str, kind: Happened, rows: int) -> None:
        data = {"table": table, "kind": kind, "rows": rows, "task": self._cause}
        told = [
            NewEvent(
                workspace_id=self._workspace,
                kind="action.trigger_stopped",
                entity="action",
                entity_id=str(action_id),
                actor=f"task:{self._cause}",
                data=data,
            )
            for action_id in waiting
        ]
        events.record_many(self._tx, told, now=self._now)


def _parts(rows: Sequence[dict[str, Any]]) -> Iterator[list[str]]:
    """Yield the rows as JSON, in parts that one run can be given; of a row that is too large, its id alone."""
    part: list[str] = []
    size = 0
    for row in rows:
        text = jsontext.encode(row)
        if len(text) > MAX_BYTES:
            text = jsontext.encode({"id": row["id"], "truncated": True})
        if part and (len(part) == MAX_ROWS or size + len(text) > MAX_BYTES):
            yield part
            part, size = [], 0
        part.append(text)
        size += len(text)
    if part:
        yield part
