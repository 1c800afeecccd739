"""Another token for an attempt while its bot runs, and a short time in which the earlier one still holds."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from botyard.base.exceptions import Denied, IllegalTransition, NotFound, StaleLease, Unsupported
from botyard.core import access, automations, events, packages, tasks
from botyard.core.tasks import EndReport, Lease, NewTask
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import DIGEST, LEASE, NOW, SECOND, lease_next, lose_all, make_runner, make_task, make_workspace

OVERLAP = tasks.TOKEN_OVERLAP


class Held(NamedTuple):
    """A task whose attempt runs."""

    workspace: Workspace
    task_id: int
    runner: str
    lease: Lease

    @property
    def token(self) -> str:
        return self.lease.credential.text

    def ask(self, tx: Tx) -> tasks.Task:
        return tasks.ask_rotation(
            tx, workspace_id=self.workspace.id, task_id=self.task_id, actor="user:ann", now=NOW + SECOND
        )

    def fetch(self, tx: Tx, claim: str = "c", number: int = 1, *, now: int = NOW, runner: str | None = None) -> str:
        return tasks.rotate_token(
            tx, runner_id=runner or self.runner, attempt_id=self.lease.attempt_id, claim=claim, number=number, now=now
        ).text

    def beat(self, tx: Tx, *, max_age: int | None = None, now: int = NOW) -> list[str]:
        attempts = [self.lease.attempt_id]
        beat = tasks.heartbeat(tx, runner_id=self.runner, attempts=attempts, now=now, lease=LEASE, max_age=max_age)
        found = tasks.standing(tx, runner_id=self.runner, attempts=attempts, now=now, max_age=max_age)
        assert found.rotate == beat.rotate
        return beat.rotate


def held(tx: Tx, dialect: str = "botvelocity") -> Held:
    workspace = make_workspace(tx)
    automations.deploy(
        tx,
        workspace_id=workspace.id,
        label="agent",
        manifest=packages.Manifest(dialect=dialect, entry="main:main"),
        digest=DIGEST,
        size=1,
        version=None,
        actor="user:ann",
        now=NOW,
    )
    (task,) = tasks.create_many(tx, [NewTask(workspace_id=workspace.id, automation="agent", actor="a", now=NOW)])
    assert isinstance(task, tasks.Task)
    runner = make_runner(tx, workspace)
    return Held(workspace, task.id, runner, lease_next(tx, workspace, runner))


def holds(tx: Tx, token: str, *, now: int = NOW) -> bool:
    try:
        access.authenticate(tx, token=token, now=now)
    except Denied:
        return False
    return True


async def test_the_earlier_token_is_good_for_a_while_and_then_ends(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        run = held(tx)
        assert run.beat(tx) == []
        run.ask(tx)
        assert run.beat(tx) == [run.lease.attempt_id]
        fresh = run.fetch(tx)
        assert run.beat(tx) == []
        assert holds(tx, fresh)
        assert holds(tx, run.token, now=NOW + OVERLAP - 1)
        assert not holds(tx, run.token, now=NOW + OVERLAP)
        assert holds(tx, fresh, now=NOW + OVERLAP)
        found = events.list_for(tx, workspace_id=run.workspace.id, entity="task", entity_id=str(run.task_id))
        assert [event.kind for event in found][-2:] == ["attempt.token_asked", "attempt.token_rotated"]

    await db.write(scenario)


async def test_a_repeated_call_replaces_only_what_was_lost(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        run = held(tx)
        lost = run.fetch(tx, number=1)
        fresh = run.fetch(tx, number=2)
        assert [holds(tx, token) for token in (run.token, lost, fresh)] == [True, False, True]
        for late in (1, 2):
            with pytest.raises(StaleLease):
                run.fetch(tx, number=late)
        assert holds(tx, fresh)
        newest = run.fetch(tx, claim="another")
        assert [holds(tx, token) for token in (run.token, fresh, newest)] == [False, True, True]

    await db.write(scenario)


async def test_age_alone_is_reason_enough_where_it_is_set(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        run = held(tx)
        assert run.beat(tx, max_age=60 * SECOND, now=NOW + 59 * SECOND) == []
        assert run.beat(tx, max_age=60 * SECOND, now=NOW + 60 * SECOND) == [run.lease.attempt_id]
        run.fetch(tx, now=NOW + 60 * SECOND)
        assert run.beat(tx, max_age=60 * SECOND, now=NOW + 119 * SECOND) == []
        assert run.beat(tx, max_age=60 * SECOND, now=NOW + 120 * SECOND) == [run.lease.attempt_id]
        assert run.beat(tx, now=NOW + 120 * SECOND) == []

    await db.write(scenario)


@pytest.mark.parametrize("dialect", ["botcity", "plain"])
async def test_a_bot_that_would_not_notice_keeps_its_token(db: Database, dialect: str) -> None:
    def scenario(tx: Tx) -> None:
        run = held(tx, dialect)
        with pytest.raises(Unsupported, match=f"is a {dialect} bot: it got its token when it started"):
            run.ask(tx)
        assert run.beat(tx, max_age=SECOND, now=NOW + 60 * SECOND) == []

    await db.write(scenario)

    run = await db.write(held, dialect)
    with pytest.raises(StaleLease):
        await db.write(run.fetch)
    assert await db.read(holds, run.token)


async def test_only_a_running_attempt_of_the_workspace_has_a_token_to_replace(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        waiting = make_task(tx, make_workspace(tx))
        with pytest.raises(IllegalTransition, match="no attempt holds a token"):
            tasks.ask_rotation(tx, workspace_id=waiting.workspace_id, task_id=waiting.id, actor="user:ann", now=NOW)
        run = held(tx)
        with pytest.raises(NotFound):
            tasks.ask_rotation(tx, workspace_id=waiting.workspace_id, task_id=run.task_id, actor="a", now=NOW)
        where = {"workspace_id": run.workspace.id}
        development = tasks.develop(tx, **where, automation="agent", dialect="botvelocity", actor="a", now=NOW)
        with pytest.raises(IllegalTransition, match="run by hand"):
            tasks.ask_rotation(tx, **where, task_id=development.task.id, actor="a", now=NOW)
        with pytest.raises(StaleLease):
            run.fetch(tx, runner=make_runner(tx, run.workspace))
        report = EndReport(runner_id=run.runner, attempt_id=run.lease.attempt_id, now=NOW, exit_code=0)
        tasks.end_many(tx, [report])
        with pytest.raises(StaleLease):
            run.fetch(tx)

    await db.write(scenario)


async def test_a_lost_lease_ends_both_tokens(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        run = held(tx)
        fresh = run.fetch(tx)
        lose_all(tx)
        assert [holds(tx, token) for token in (run.token, fresh)] == [False, False]

    await db.write(scenario)
