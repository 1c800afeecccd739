"""Reading tasks: pages, filters, counts, and what deletion leaves."""

from __future__ import annotations

from botyard.core import logs, tasks
from botyard.core.logs import LogBatch
from botyard.core.tasks import EndReport, State
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, lease_next, make_runner, make_task, make_workspace


class TestSearch:
    async def test_pages_go_from_new_to_old_without_gaps(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            workspace = make_workspace(tx)
            made = [make_task(tx, workspace).id for _ in range(5)]
            first = tasks.search(tx, workspace_id=workspace.id, limit=2)
            second = tasks.search(tx, workspace_id=workspace.id, limit=2, before_id=first[-1].id)
            assert made[:-5:-1] == [task.id for task in first + second]
            newer = tasks.search(tx, workspace_id=workspace.id, limit=2, after_id=made[1])
            assert [made[3], made[2]] == [task.id for task in newer]

        await db.write(scenario)

    async def test_filters_narrow_by_state_automation_and_text(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            workspace = make_workspace(tx)
            one = make_task(tx, workspace, automation="one_100")
            two = make_task(tx, workspace, automation="two")
            tasks.cancel(tx, workspace_id=workspace.id, task_id=two.id, actor="user:bob", now=NOW)

            def found(**filters: object) -> list[int]:
                return [task.id for task in tasks.search(tx, workspace_id=workspace.id, **filters)]  # type: ignore[arg-type]

            assert [two.id] == found(states=["cancelled"])
            assert found(states=[]) == []
            assert [one.id] == found(automation="one_100")
            assert [one.id] == found(text="E_100")
            assert [two.id] == found(text="by user:BOB")
            assert [two.id] == found(text=f"#{two.id}")
            assert found(text="one%100") == []

        await db.write(scenario)

    async def test_a_numbered_page_tells_how_many_there_are(self, db: Database) -> None:
        def scenario(tx: Tx) -> tuple[int, int]:
            workspace = make_workspace(tx)
            for _ in range(5):
                make_task(tx, workspace)
            page, total = tasks.page(tx, workspace_id=workspace.id, offset=4, limit=2)
            return len(page), total

        assert await db.write(scenario) == (1, 5)

    async def test_counts_by_state_and_by_hour_equal_the_rows(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            workspace = make_workspace(tx)
            for _ in range(3):
                make_task(tx, workspace)
            last = make_task(tx, workspace)
            tasks.cancel(tx, workspace_id=workspace.id, task_id=last.id, actor="u", now=NOW + 3 * SECOND)
            counts = tasks.count_by_state(tx, workspace_id=workspace.id)
            assert (counts[State.QUEUED], counts[State.CANCELLED], counts[State.FAILED]) == (3, 1, 0)
            hours = tasks.finished_by_hour(tx, workspace_id=workspace.id, since=NOW, bucket=2 * SECOND)
            assert hours == {1: {State.CANCELLED: 1}}

        await db.write(scenario)


class TestWhyWaiting:
    async def test_names_what_blocks_each_runner(self, db: Database) -> None:
        def scenario(tx: Tx) -> list[str]:
            workspace = make_workspace(tx)
            busy = make_runner(tx, workspace, slots=1)
            make_task(tx, workspace)
            lease_next(tx, workspace, busy)
            make_runner(tx, workspace, now=NOW - 3600 * SECOND)
            task = make_task(tx, workspace)
            reasons = tasks.why_waiting(tx, workspace_id=workspace.id, task_id=task.id, now=NOW)
            return [reason.code for reason in reasons]

        assert await db.write(scenario) == ["no_free_runner", "runner_busy", "runner_offline"]

    async def test_says_how_many_go_first(self, db: Database) -> None:
        def scenario(tx: Tx) -> list[str]:
            workspace = make_workspace(tx)
            make_runner(tx, workspace)
            make_task(tx, workspace)
            task = make_task(tx, workspace)
            reasons = tasks.why_waiting(tx, workspace_id=workspace.id, task_id=task.id, now=NOW)
            return [reason.text for reason in reasons]

        assert await db.write(scenario) == ["1 task goes first."]


class TestPrune:
    async def test_an_old_task_goes_with_all_that_belongs_to_it(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            workspace = make_workspace(tx)
            old, young = _finished(tx, workspace, now=NOW), _finished(tx, workspace, now=NOW + 10 * SECOND)
            waiting = make_task(tx, workspace)
            assert tasks.prune(tx, before=NOW + 5 * SECOND) == 1
            left = [task.id for task in tasks.search(tx, workspace_id=workspace.id)]
            assert [waiting.id, young] == left
            assert logs.follow(tx, workspace_id=workspace.id, task_id=old) == []
            assert logs.prune(tx, before=NOW + 60 * SECOND) != 0
            assert logs.follow(tx, workspace_id=workspace.id, task_id=young) == []
            assert logs.prune(tx, before=NOW + 60 * SECOND) == 0

        await db.write(scenario)


def _finished(tx: Tx, workspace: Workspace, *, now: int) -> int:
    make_task(tx, workspace)
    runner = make_runner(tx, workspace)
    lease = lease_next(tx, workspace, runner)
    batch = LogBatch(
        runner_id=runner,
        attempt_id=lease.attempt_id,
        lines=[(1, now, "stdout", "hello")],
        complete=True,
        max_lines=10,
        max_bytes=1000,
        now=now,
    )
    logs.append_many(tx, [batch])
    tasks.end_many(tx, [EndReport(runner_id=runner, attempt_id=lease.attempt_id, now=now, exit_code=0)])
    return lease.task_id
