"""What happens to items by itself: time limits, ended leases, lost attempts."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import StaleLease
from botyard.core import queues, tasks
from botyard.core.queues import State
from botyard.core.tasks import EndReport
from botyard.storage import Database, Tx
from tests.support.queues import BOB, counts, holder_of, make_queue, pull, push, read, report
from tests.support.work import NOW, SECOND, lease_next, lose_all, make_runner, make_task, make_workspace

MINUTE = 60 * SECOND


class TestTimeLimit:
    async def test_makes_a_timeout_that_has_no_retry(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, time_limit_on=True, time_limit_minutes=1, max_retries=5)
            push(tx, queue)
            (item,) = pull(tx, queue)
            early = queues.reap_items(tx, now=NOW + MINUTE - 1)
            due = queues.reap_items(tx, now=NOW + MINUTE)
            return early, due, read(tx, item), counts(tx, queue)

        early, due, item, found = await db.write(scenario)

        assert (early.timed_out, due.timed_out) == (0, 1)
        assert (item.state, item.error_kind, item.child_id) == (State.TIMEOUT, "system", None)
        assert found == {"timeout": 1}

    @pytest.mark.parametrize("outcome", ["done", "error"])
    async def test_lets_the_holder_report_later(self, db: Database, outcome: str) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, time_limit_on=True, time_limit_minutes=1, max_retries=1)
            push(tx, queue)
            (item,) = pull(tx, queue)
            queues.reap_items(tx, now=NOW + MINUTE)
            with pytest.raises(StaleLease):
                report(tx, item, outcome, holder=BOB)
            return report(tx, item, outcome, now=NOW + 2 * MINUTE), counts(tx, queue)

        item, found = await db.write(scenario)

        assert item.state == outcome
        assert found == ({"done": 1} if outcome == "done" else {"error": 1, "pending": 1})

    @pytest.mark.parametrize("fields", [{"time_limit_on": True}, {"time_limit_minutes": 1}])
    async def test_is_off_without_its_switch_or_its_minutes(self, db: Database, fields: dict[str, Any]) -> None:
        def scenario(tx: Tx) -> int:
            queue = make_queue(tx, **fields)
            push(tx, queue)
            pull(tx, queue)
            return queues.reap_items(tx, now=NOW + 60 * MINUTE).timed_out

        assert await db.write(scenario) == 0


class TestLostHolders:
    async def test_an_ended_lease_gives_the_item_to_somebody_else(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, lease_seconds=60)
            push(tx, queue, {"n": 1}, priority=4)
            (item,) = pull(tx, queue)
            reaped = queues.reap_items(tx, now=NOW + MINUTE)
            return reaped, read(tx, item), pull(tx, queue, holder=BOB)[0]

        reaped, item, again = await db.write(scenario)

        assert reaped.abandoned == 1
        assert (item.state, item.error_kind, item.child_id) == (State.ABANDONED, "system", again.id)
        assert (again.parent_id, again.retry_index, again.recoveries) == (item.id, 0, 1)
        assert (again.values, again.priority) == ({"n": 1}, 4)

    @pytest.mark.parametrize("how", ["lost", "ended", "restarted"])
    async def test_an_attempt_that_is_gone_gives_its_items_back(self, db: Database, how: str) -> None:
        def scenario(tx: Tx) -> Any:
            workspace = make_workspace(tx)
            task = make_task(tx, workspace)
            runner = make_runner(tx, workspace)
            lease = lease_next(tx, workspace, runner)
            queue = make_queue(tx, workspace)
            push(tx, queue, 1, 2)
            pull(tx, queue, holder=holder_of(lease), count=2)
            before = queues.reap_items(tx, now=NOW + MINUTE).abandoned
            now = NOW + SECOND
            if how == "lost":
                lose_all(tx)
            else:
                ended = EndReport(runner_id=runner, attempt_id=lease.attempt_id, now=NOW, outcome="failed")
                tasks.end_many(tx, [ended])
                before += queues.reap_items(tx, now=NOW + MINUTE - 1).abandoned
                now = NOW + MINUTE
            if how == "restarted":
                now = NOW + SECOND
                tasks.restart(tx, workspace_id=workspace.id, task_id=task.id, actor="u", now=NOW)
                lease_next(tx, workspace, runner)
            return before, queues.reap_items(tx, now=now).abandoned, counts(tx, queue)

        assert await db.write(scenario) == (0, 2, {"abandoned": 2, "pending": 2})

    async def test_an_item_is_recovered_five_times_and_then_left(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, lease_seconds=60, max_retries=3)
            push(tx, queue)
            now = NOW
            while pull(tx, queue, now=now):
                now += MINUTE
                queues.reap_items(tx, now=now)
            return counts(tx, queue)

        assert await db.write(scenario) == {"abandoned": 6}

    async def test_a_late_report_of_a_key_counts_while_nobody_has_the_item(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, lease_seconds=60)
            push(tx, queue)
            (item,) = pull(tx, queue)
            queues.reap_items(tx, now=NOW + MINUTE)
            return report(tx, item, now=NOW + 2 * MINUTE).state, counts(tx, queue)

        assert await db.write(scenario) == (State.DONE, {"done": 1, "cancelled": 1})

    async def test_a_late_error_makes_the_recovery_a_retry(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, lease_seconds=60, max_retries=1)
            push(tx, queue)
            (item,) = pull(tx, queue)
            queues.reap_items(tx, now=NOW + MINUTE)
            report(tx, item, "error", now=NOW + 2 * MINUTE)
            (again,) = pull(tx, queue, now=NOW + 2 * MINUTE)
            report(tx, again, "error", now=NOW + 2 * MINUTE)
            return again, counts(tx, queue)

        again, found = await db.write(scenario)

        assert (again.retry_index, again.recoveries) == (1, 0)
        assert found == {"error": 2}

    async def test_after_a_jump_in_time_holders_get_a_little_more(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, lease_seconds=60, time_limit_on=True, time_limit_minutes=1)
            push(tx, queue)
            (item,) = pull(tx, queue)
            later = NOW + 60 * MINUTE
            queues.reap_items(tx, now=later, rebased=True)
            queues.reap_items(tx, now=later + SECOND)
            still = read(tx, item).state
            queues.reap_items(tx, now=later + 30 * SECOND)
            return still, read(tx, item).state

        assert await db.write(scenario) == (State.PROCESSING, State.TIMEOUT)
