from __future__ import annotations

from typing import NamedTuple

import pytest

from botyard.base.exceptions import Denied, NotFound
from botyard.core import access, tasks
from botyard.core.access import Caller, Permission
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, lease_next, make_runner, make_task, make_workspace


class Held(NamedTuple):
    workspace: Workspace
    runner_id: str
    task_id: int
    attempt_id: str
    token: str


def hold(tx: Tx) -> Held:
    workspace = make_workspace(tx)
    task = make_task(tx, workspace)
    runner_id = make_runner(tx, workspace)
    lease = lease_next(tx, workspace, runner_id)
    return Held(workspace, runner_id, task.id, lease.attempt_id, lease.credential.text)


def caller_of(tx: Tx, held: Held, *, now: int = NOW) -> Caller:
    return access.authenticate(tx, token=held.token, now=now)


def end(tx: Tx, held: Held, *, now: int = NOW) -> None:
    report = tasks.EndReport(
        runner_id=held.runner_id, attempt_id=held.attempt_id, now=now, exit_code=0, outcome="succeeded"
    )
    (ended,) = tasks.end_many(tx, [report])
    assert not isinstance(ended, Exception), ended


class TestAttemptToken:
    async def test_works_for_its_workspace_while_the_attempt_is_live(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            held = hold(tx)
            caller = caller_of(tx, held)
            assert caller.actor == f"attempt:{held.task_id}/1"
            assert caller.may(Permission.TASKS_RUN)
            caller.check_writes_to(held.task_id)
            caller.check_reads(held.task_id + 1)
            with pytest.raises(Denied, match="own task"):
                caller.check_writes_to(held.task_id + 1)

        await db.write(check)

    async def test_only_reports_on_its_own_task_for_a_minute_after_a_normal_end(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            held = hold(tx)
            end(tx, held)
            caller = caller_of(tx, held, now=NOW + 59 * SECOND)
            assert caller.may(Permission.TASKS_REPORT)
            assert not caller.may(Permission.TASKS_RUN)
            caller.check_reads(held.task_id)
            with pytest.raises(NotFound):
                caller.check_reads(held.task_id + 1)
            with pytest.raises(Denied):
                caller_of(tx, held, now=NOW + 60 * SECOND)

        await db.write(check)

    async def test_is_dead_the_moment_the_lease_is_lost(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            held = hold(tx)
            later = NOW + 100 * SECOND
            tasks.reap(tx, now=later, previous=later - SECOND, lease=30 * SECOND, grace=5 * SECOND)
            with pytest.raises(Denied) as caught:
                caller_of(tx, held, now=later)
            assert caught.value.code == "unauthenticated"

        await db.write(check)

    async def test_is_dead_once_another_attempt_exists_even_within_the_minute(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            held = hold(tx)
            end(tx, held)
            tasks.restart(tx, workspace_id=held.workspace.id, task_id=held.task_id, actor="user:ann", now=NOW)
            lease_next(tx, held.workspace, held.runner_id)
            with pytest.raises(Denied):
                caller_of(tx, held, now=NOW + SECOND)

        await db.write(check)
