"""Development tasks: nobody leases, loses or retries them; they end by cancel, by finish, or after a day."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.clock import DAY
from botyard.base.exceptions import Denied, IllegalTransition
from botyard.core import access, logs, tasks
from botyard.core.logs import LogEntry
from botyard.core.tasks import Finish, State
from botyard.core.tasks.develop import Development
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import LEASE, NOW, SECOND, deploy, make_runner, make_workspace


def opened(tx: Tx) -> tuple[Workspace, Development]:
    workspace = make_workspace(tx)
    deploy(tx, workspace, automation="agent")
    return workspace, tasks.develop(
        tx, workspace_id=workspace.id, automation="agent", dialect="botvelocity", actor="user:ann", now=NOW
    )


def state_of(tx: Tx, workspace: Workspace, made: Development) -> State:
    return tasks.get(tx, workspace_id=workspace.id, task_id=made.task.id).state


async def test_silence_does_not_end_one_but_a_day_does(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace, made = opened(tx)
        make_runner(tx, workspace)
        for at in (NOW + 2 * LEASE, NOW + DAY - SECOND):
            tasks.reap(tx, now=at, previous=None, lease=LEASE, grace=SECOND)
            tasks.reap(tx, now=at, previous=at - SECOND, lease=LEASE, grace=SECOND)
            assert state_of(tx, workspace, made) is State.RUNNING
        tasks.reap(tx, now=NOW + DAY, previous=NOW + DAY - SECOND, lease=LEASE, grace=SECOND)
        assert state_of(tx, workspace, made) is State.CANCELLED
        with pytest.raises(Denied):
            access.authenticate(tx, token=made.credential.text, now=NOW + DAY + 61 * SECOND)

    await db.write(scenario)


async def test_cancel_kill_and_finish_end_the_attempt(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        for how in ("cancel", "kill", "finish"):
            workspace, made = opened(tx)
            where: dict[str, Any] = {
                "workspace_id": workspace.id,
                "task_id": made.task.id,
                "actor": "user:ann",
                "now": NOW,
            }
            if how == "finish":
                tasks.finish(tx, report=Finish(outcome="succeeded"), attempt=None, **where)
            else:
                (tasks.cancel if how == "cancel" else tasks.kill)(tx, **where)
            (attempt,) = tasks.attempts_of(tx, workspace_id=workspace.id, task_id=made.task.id)
            assert attempt.ended_at == NOW
            with pytest.raises(IllegalTransition):
                tasks.restart(tx, **where)

    await db.write(scenario)


async def test_messages_go_into_its_log_with_their_levels(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace, made = opened(tx)

        def entry(text: str, level: str, most: int = 100) -> LogEntry:
            return LogEntry(attempt_id=made.attempt_id, at=NOW, level=level, text=text, max_lines=most, max_bytes=10**6)

        answers = logs.write_many(tx, [entry("one\ntwo", "WARN"), entry("", "strange"), entry("full", "INFO", 2)])
        assert [(each.accepted, each.dropped) for each in answers if isinstance(each, logs.Appended)] == [
            (2, 0),
            (1, 0),
            (0, 1),
        ]
        lines = logs.follow(tx, workspace_id=workspace.id, task_id=made.task.id)
        assert [(line.seq, line.stream, line.shown) for line in lines] == [
            (1, "log", "WARN  one"),
            (2, "log", "WARN  two"),
            (3, "log", "strange "),
        ]

    await db.write(scenario)
