"""Messages that processes of a bot number: stored once, between what is printed."""

from __future__ import annotations

import pytest

from botyard.base.exceptions import Invalid, NotFound
from botyard.core import logs
from botyard.core.logs import Appended, LogBatch, MessageBatch
from botyard.storage import Database, Tx
from tests.support.work import NOW, lease_next, make_runner, make_task, make_workspace


class Talking:
    """An attempt of a plain bot that prints and sends messages."""

    def __init__(self, tx: Tx, *, max_lines: int = 1000) -> None:
        self.tx, self.max_lines = tx, max_lines
        self.workspace = make_workspace(tx)
        self.task = make_task(tx, self.workspace)
        self.runner = make_runner(tx, self.workspace)
        self.lease = lease_next(tx, self.workspace, self.runner)

    def prints(self, *numbers: int) -> None:
        batch = LogBatch(
            runner_id=self.runner,
            attempt_id=self.lease.attempt_id,
            lines=[(number, NOW, "stdout", f"line {number}") for number in numbers],
            complete=False,
            now=NOW,
            max_lines=self.max_lines,
            max_bytes=1_000_000,
        )
        (answer,) = logs.append_many(self.tx, [batch])
        assert isinstance(answer, Appended)

    def batch(self, *numbers: int, writer: str = "w1", attempt: str | None = None) -> MessageBatch:
        return MessageBatch(
            attempt_id=attempt or self.lease.attempt_id,
            writer=writer,
            messages=[(number, NOW, "INFO", f"{writer} says {number}") for number in numbers],
            max_lines=self.max_lines,
            max_bytes=1_000_000,
        )

    def says(self, *numbers: int, writer: str = "w1") -> Appended | Exception:
        return logs.send_many(self.tx, [self.batch(*numbers, writer=writer)])[0]

    def texts(self) -> list[str]:
        found = logs.follow(self.tx, workspace_id=self.workspace.id, task_id=self.task.id)
        return [line.text for line in found]


async def test_messages_lie_between_what_was_printed_before_and_after(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        bot = Talking(tx)
        bot.prints(1, 2)
        bot.says(1, 2)
        bot.prints(3)
        bot.says(3)
        bot.prints(4)
        assert bot.texts() == ["line 1", "line 2", "w1 says 1", "w1 says 2", "line 3", "w1 says 3", "line 4"]
        found = logs.follow(tx, workspace_id=bot.workspace.id, task_id=bot.task.id)
        assert [line.number for line in found] == ["1", "2", "2.1", "2.2", "3", "3.1", "4"]

    await db.write(scenario)


async def test_what_is_sent_again_is_stored_once(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        bot = Talking(tx)
        bot.prints(1)
        assert bot.says(1, 2) == Appended(accepted=2, dropped=0, limit_reached=False)
        assert bot.says(1, 2) == Appended(accepted=0, dropped=0, limit_reached=False)
        assert bot.says(2, 3) == Appended(accepted=1, dropped=0, limit_reached=False)
        bot.prints(1, 2)
        bot.prints(2)
        logs.send_many(tx, [bot.batch(4), bot.batch(4), bot.batch(1, writer="w2")])
        said = ["w1 says 1", "w1 says 2", "w1 says 3"]
        assert bot.texts() == ["line 1", *said, "line 2", "w1 says 4", "w2 says 1"]

    await db.write(scenario)


async def test_a_log_without_messages_is_numbered_by_what_is_printed(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        bot = Talking(tx)
        bot.prints(1, 2, 3)
        found = logs.follow(tx, workspace_id=bot.workspace.id, task_id=bot.task.id)
        assert [line.seq for line in found] == [1, 2, 3]

    await db.write(scenario)


async def test_a_full_log_says_so_and_keeps_what_it_has(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        bot = Talking(tx, max_lines=2)
        assert bot.says(1, 2, 3) == Appended(accepted=2, dropped=1, limit_reached=True)
        assert bot.says(4) == Appended(accepted=0, dropped=1, limit_reached=True)
        assert bot.texts() == ["w1 says 1", "w1 says 2"]

    await db.write(scenario)


@pytest.mark.parametrize("number", [0, -1, 2**53])
async def test_numbers_that_cannot_be_are_refused(db: Database, number: int) -> None:
    def scenario(tx: Tx) -> None:
        assert isinstance(Talking(tx).says(number), Invalid)

    await db.write(scenario)


async def test_writers_that_cannot_be_and_attempts_that_are_not_there_are_refused(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        bot = Talking(tx)
        for writer in ("", "x" * 41, "a\nb"):
            assert isinstance(bot.says(1, writer=writer), Invalid)
        many = bot.batch(*range(1, 1002))
        answers = logs.send_many(tx, [many, bot.batch(1, attempt="nobody")])
        assert [type(answer) for answer in answers] == [Invalid, NotFound]
        assert bot.texts() == []

    await db.write(scenario)
