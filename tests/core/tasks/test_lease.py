"""Leasing: who gets which task, and that nobody gets it twice."""

from __future__ import annotations

from botyard.base.exceptions import NotFound
from botyard.core import runners, tasks
from botyard.core.tasks import Lease, LeaseRequest, NewTask, State, Task
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import LEASE, NOW, SECOND, deploy, lease_next, make_runner, make_task, make_workspace


def ask(workspace: Workspace, runner_id: str, *, free: int = 1, claim: str = "c", now: int = NOW) -> LeaseRequest:
    """Return a request for leases."""
    return LeaseRequest(workspace_id=workspace.id, runner_id=runner_id, free=free, claim=claim, now=now, lease=LEASE)


def granted(answer: list[Lease] | Exception) -> list[int]:
    """Return the ids of the tasks in an answer."""
    assert isinstance(answer, list), answer
    return [lease.task_id for lease in answer]


class TestLease:
    async def test_gives_the_highest_priority_first_then_the_oldest(self, db: Database) -> None:
        def scenario(tx: Tx) -> tuple[list[int], list[int]]:
            workspace = make_workspace(tx)
            deploy(tx, workspace, automation="a")
            wanted = [0, 5, 10, 5]
            new = [
                NewTask(workspace_id=workspace.id, automation="a", actor="user:ann", now=NOW, priority=priority)
                for priority in wanted
            ]
            made = [task.id for task in tasks.create_many(tx, new) if isinstance(task, Task)]
            runner = make_runner(tx, workspace, slots=4)
            (answer,) = tasks.lease_many(tx, [ask(workspace, runner, free=4)])
            return made, granted(answer)

        made, order = await db.write(scenario)

        assert [made[2], made[1], made[3], made[0]] == order

    async def test_spreads_tasks_over_the_runners_that_wait(self, db: Database) -> None:
        def scenario(tx: Tx) -> list[int]:
            workspace = make_workspace(tx)
            for _ in range(4):
                make_task(tx, workspace)
            pair = [make_runner(tx, workspace), make_runner(tx, workspace)]
            requests = [ask(workspace, runner, free=4, claim=runner) for runner in pair]
            return [len(granted(answer)) for answer in tasks.lease_many(tx, requests)]

        assert await db.write(scenario) == [2, 2]

    async def test_never_fills_more_than_the_slots_of_a_runner(self, db: Database) -> None:
        def scenario(tx: Tx) -> tuple[list[int], list[int]]:
            workspace = make_workspace(tx)
            for _ in range(5):
                make_task(tx, workspace)
            runner = make_runner(tx, workspace, slots=2)
            first = tasks.lease_many(
                tx, [ask(workspace, runner, free=9, claim="one"), ask(workspace, runner, free=9, claim="two")]
            )
            second = tasks.lease_many(tx, [ask(workspace, runner, free=9, claim="three")])
            return [len(granted(answer)) for answer in first], granted(second[0])

        first, second = await db.write(scenario)

        assert sum(first) == 2
        assert second == []

    async def test_repeating_a_claim_returns_the_same_lease_with_a_new_token(self, db: Database) -> None:
        def scenario(tx: Tx) -> tuple[Lease, Lease]:
            workspace = make_workspace(tx)
            make_task(tx, workspace)
            make_task(tx, workspace)
            runner = make_runner(tx, workspace)
            (first,) = tasks.lease_many(tx, [ask(workspace, runner, claim="same")])
            (again,) = tasks.lease_many(tx, [ask(workspace, runner, claim="same")])
            assert isinstance(first, list)
            assert isinstance(again, list)
            return first[0], again[0]

        first, again = await db.write(scenario)

        assert (first.task_id, first.attempt_id, first.epoch) == (again.task_id, again.attempt_id, again.epoch)
        assert first.credential.text != again.credential.text

    async def test_leaves_tasks_of_another_workspace_alone(self, db: Database) -> None:
        def scenario(tx: Tx) -> list[int]:
            make_task(tx, make_workspace(tx))
            mine = make_workspace(tx)
            (answer,) = tasks.lease_many(tx, [ask(mine, make_runner(tx, mine))])
            return granted(answer)

        assert await db.write(scenario) == []

    async def test_refuses_a_runner_of_another_workspace(self, db: Database) -> None:
        def scenario(tx: Tx) -> object:
            theirs, mine = make_workspace(tx), make_workspace(tx)
            make_task(tx, mine)
            (answer,) = tasks.lease_many(tx, [ask(mine, make_runner(tx, theirs))])
            return answer

        assert isinstance(await db.write(scenario), NotFound)

    async def test_gives_nothing_to_a_draining_runner(self, db: Database) -> None:
        def scenario(tx: Tx) -> list[int]:
            workspace = make_workspace(tx)
            make_task(tx, workspace)
            runner = make_runner(tx, workspace)
            runners.drain(tx, workspace_id=workspace.id, runner_id=runner, draining=True, actor="user:ann", now=NOW)
            (answer,) = tasks.lease_many(tx, [ask(workspace, runner)])
            return granted(answer)

        assert await db.write(scenario) == []

    async def test_does_not_hand_out_a_task_before_its_time_but_does_after(self, db: Database) -> None:
        def scenario(tx: Tx) -> tuple[list[int], list[int], int]:
            workspace = make_workspace(tx)
            deploy(tx, workspace, automation="a")
            due = NOW + 60 * SECOND
            task = tasks.create(tx, workspace_id=workspace.id, automation="a", actor="u", now=NOW, not_before=due)
            runner = make_runner(tx, workspace)
            early = granted(tasks.lease_many(tx, [ask(workspace, runner, claim="1")])[0])
            tasks.reap(tx, now=due, previous=due - SECOND, lease=LEASE, grace=0)
            late = granted(tasks.lease_many(tx, [ask(workspace, runner, claim="2", now=due)])[0])
            return early, late, task.id

        early, late, task_id = await db.write(scenario)

        assert early == []
        assert [task_id] == late

    async def test_a_task_waits_for_the_first_package_of_its_automation(self, db: Database) -> None:
        def scenario(tx: Tx) -> tuple[list[str], State, int]:
            from botyard.core import automations

            workspace = make_workspace(tx)
            automations.create(tx, workspace_id=workspace.id, label="bare", actor="u", now=NOW)
            task = tasks.create(tx, workspace_id=workspace.id, automation="bare", actor="u", now=NOW)
            reasons = tasks.why_waiting(tx, workspace_id=workspace.id, task_id=task.id, now=NOW)
            deploy(tx, workspace, automation="bare")
            tasks.reap(tx, now=NOW + SECOND, previous=NOW, lease=LEASE, grace=0)
            lease = lease_next(tx, workspace, make_runner(tx, workspace))
            state = tasks.get(tx, workspace_id=workspace.id, task_id=task.id).state
            return [reason.code for reason in reasons], state, lease.epoch

        reasons, state, epoch = await db.write(scenario)

        assert reasons == ["no_package", "no_runner"]
        assert (state, epoch) == (State.LEASED, 1)

    async def test_waiting_units_of_work_take_each_task_once(self, db: Database) -> None:
        def prepare(tx: Tx) -> tuple[Workspace, list[str]]:
            workspace = make_workspace(tx)
            for _ in range(40):
                make_task(tx, workspace)
            return workspace, [make_runner(tx, workspace, slots=8) for _ in range(8)]

        workspace, pool = await db.write(prepare)
        import asyncio

        calls = [
            db.write_set(tasks.lease_many, ask(workspace, pool[number % 8], free=1, claim=f"claim {number}"))
            for number in range(60)
        ]
        taken = [task_id for answer in await asyncio.gather(*calls) for task_id in granted(answer)]

        assert len(taken) == 40
        assert len(set(taken)) == 40
