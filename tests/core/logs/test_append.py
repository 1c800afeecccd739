"""Task logs: ordered, stored once, bounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from botyard.base.exceptions import Invalid, StaleLease
from botyard.core import logs, tasks
from botyard.core.logs import Appended, LogBatch, Position
from botyard.core.logs.model import NewLine
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import LEASE, NOW, SECOND, lease_next, make_runner, make_task, make_workspace


class Attempted:
    """An attempt that writes a log."""

    def __init__(self, tx: Tx, *, max_lines: int = 1000, max_bytes: int = 1_000_000) -> None:
        self.tx = tx
        self.max_lines, self.max_bytes = max_lines, max_bytes
        self.workspace: Workspace = make_workspace(tx)
        self.task = make_task(tx, self.workspace)
        self.runner = make_runner(tx, self.workspace)
        self.lease = lease_next(tx, self.workspace, self.runner)

    def append(self, lines: Sequence[NewLine], *, complete: bool = False, runner: str | None = None) -> object:
        batch = LogBatch(
            runner_id=runner or self.runner,
            attempt_id=self.lease.attempt_id,
            lines=lines,
            complete=complete,
            now=NOW,
            max_lines=self.max_lines,
            max_bytes=self.max_bytes,
        )
        return logs.append_many(self.tx, [batch])[0]

    def texts(self) -> list[str]:
        found = logs.follow(self.tx, workspace_id=self.workspace.id, task_id=self.task.id)
        return [line.text for line in found]


def numbered(*numbers: int) -> list[NewLine]:
    """Return lines that say their number."""
    return [(number, NOW + number, "stdout", f"line {number}") for number in numbers]


class TestAppend:
    async def test_lines_are_read_in_the_order_of_their_numbers_however_they_arrive(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            attempted = Attempted(tx)
            assert Appended(accepted=2, dropped=0, limit_reached=False) == attempted.append(numbered(3, 4))
            attempted.append(numbered(1, 2))
            assert attempted.texts() == ["line 1", "line 2", "line 3", "line 4"]

        await db.write(scenario)

    async def test_a_line_sent_twice_is_stored_once(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            attempted = Attempted(tx)
            attempted.append(numbered(1, 2, 3))
            assert Appended(accepted=1, dropped=0, limit_reached=False) == attempted.append(numbered(2, 3, 4))
            assert len(attempted.texts()) == 4

        await db.write(scenario)

    async def test_what_passes_the_bound_is_counted_not_kept(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            attempted = Attempted(tx, max_lines=3)
            attempted.append(numbered(1, 2))
            assert Appended(accepted=1, dropped=2, limit_reached=True) == attempted.append(numbered(3, 4, 5))
            assert len(attempted.texts()) == 3
            found = tasks.attempts_of(tx, workspace_id=attempted.workspace.id, task_id=attempted.task.id)[0]
            assert (found.log_lines, found.log_dropped) == (3, 2)

        await db.write(scenario)

    async def test_the_bound_in_bytes_holds_too(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            attempted = Attempted(tx, max_bytes=13)
            assert Appended(accepted=2, dropped=1, limit_reached=True) == attempted.append(numbered(1, 2, 3))

        await db.write(scenario)

    async def test_lines_of_a_lost_attempt_are_kept_as_late(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            attempted = Attempted(tx)
            attempted.append(numbered(1))
            now = NOW + LEASE + 10 * SECOND
            tasks.reap(tx, now=now, previous=now - SECOND, lease=LEASE, grace=5 * SECOND)
            attempted.append(numbered(2))
            found = logs.follow(tx, workspace_id=attempted.workspace.id, task_id=attempted.task.id)
            assert [line.late for line in found] == [False, True]

        await db.write(scenario)

    async def test_another_runner_cannot_write_into_the_log(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            attempted = Attempted(tx)
            stranger = make_runner(tx, attempted.workspace)
            assert isinstance(attempted.append(numbered(1), runner=stranger), StaleLease)

        await db.write(scenario)

    @pytest.mark.parametrize(
        "line",
        [(0, NOW, "stdout", "x"), (1, -1, "stdout", "x"), (1, NOW, "other", "x"), (1, NOW, "stdout", "x" * 40_000)],
        ids=["number", "time", "stream", "length"],
    )
    async def test_lines_that_cannot_be_are_refused_whole(self, db: Database, line: NewLine) -> None:
        def scenario(tx: Tx) -> None:
            attempted = Attempted(tx)
            assert isinstance(attempted.append([*numbered(7), line]), Invalid)
            assert attempted.texts() == []

        await db.write(scenario)

    async def test_text_that_a_database_cannot_hold_is_shown_as_replaced(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            attempted = Attempted(tx)
            attempted.append([(1, NOW, "stderr", "a\0b")])
            assert attempted.texts() == ["a\ufffdb"]

        await db.write(scenario)


class TestRead:
    async def test_follow_tail_and_search_agree_on_positions(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            attempted = Attempted(tx)
            attempted.append(numbered(*range(1, 31)))
            where: dict[str, Any] = {"workspace_id": attempted.workspace.id, "task_id": attempted.task.id}
            tail = logs.tail(tx, **where, limit=5)
            assert [tail[0].text, tail[-1].text] == ["line 26", "line 30"]
            earlier = logs.tail(tx, **where, before=tail[0].position, limit=2)
            assert [line.text for line in earlier] == ["line 24", "line 25"]
            after = logs.follow(tx, **where, after=Position(1, 28))
            assert [line.text for line in after] == ["line 29", "line 30"]
            found = logs.search(tx, **where, text="LINE 2")
            assert ["line 2", *[f"line {number}" for number in range(20, 30)]] == [line.text for line in found]
            assert logs.search(tx, **where, text="line_2") == []

        await db.write(scenario)

    async def test_a_foreign_workspace_reads_nothing(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            attempted = Attempted(tx)
            attempted.append(numbered(1))
            other = make_workspace(tx)
            assert logs.follow(tx, workspace_id=other.id, task_id=attempted.task.id) == []

        await db.write(scenario)
