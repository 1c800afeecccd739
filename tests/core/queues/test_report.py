"""Reporting: outcomes, retries, errors in a row, late and repeated reports."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import IllegalTransition, Invalid, NotFound, StaleLease
from botyard.core import events, queues, tasks
from botyard.core.queues import Item, Queue, Report, Reports, State
from botyard.core.tasks import EndReport
from botyard.storage import Database, Tx
from tests.support.queues import ANN, BOB, counts, holder_of, make_queue, pull, push, read, report
from tests.support.work import NOW, SECOND, lease_next, lose_all, make_runner, make_task, make_workspace


def taken(tx: Tx, queue: Queue, values: Any = None) -> Item:
    """Push one item and pull it."""
    push(tx, queue, values or {})
    return pull(tx, queue)[0]


def history(tx: Tx, item: Item) -> list[str]:
    """Return the kinds of an item's events."""
    found = events.list_for(tx, workspace_id=item.workspace_id, entity="item", entity_id=str(item.id))
    return [event.kind for event in found]


class TestReport:
    async def test_done_ends_the_item_and_counts_its_time(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx)
            item = taken(tx, queue)
            done = report(tx, item, message="all well", result={"page": 3}, now=NOW + 2 * SECOND)
            summary = queues.summary(tx, workspace_id=queue.workspace_id, label=queue.label)
            return done, read(tx, done), summary

        done, stored, summary = await db.write(scenario)

        assert done == stored
        assert (done.state, done.message, done.result, done.error_kind) == (State.DONE, "all well", {"page": 3}, None)
        assert done.finished_at == NOW + 2 * SECOND
        assert summary.done_mean == 2.0
        assert summary.counts[State.DONE] == summary.total == 1

    @pytest.mark.parametrize(
        ("fields", "kind", "retried"),
        [
            ({}, None, True),
            ({}, "application", True),
            ({}, "business", False),
            ({"retry_business": True}, "business", True),
            ({"max_retries": 0}, "application", False),
            ({"auto_retry": False}, "application", False),
        ],
    )
    async def test_an_error_makes_a_retry_when_its_kind_and_the_queue_say_so(
        self, db: Database, fields: dict[str, Any], kind: Any, retried: bool
    ) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, **{"max_retries": 1, **fields})
            failed = report(tx, taken(tx, queue, {"n": 1}), "error", error_kind=kind, message="no such page")
            return failed, pull(tx, queue), counts(tx, queue)

        failed, again, found = await db.write(scenario)

        assert (failed.state, failed.error_kind, failed.message) == (
            State.ERROR,
            kind or "application",
            "no such page",
        )
        if not retried:
            assert (failed.child_id, again, found) == (None, [], {"error": 1})
            return
        assert [item.id for item in again] == [failed.child_id]
        assert (again[0].parent_id, again[0].retry_index, again[0].values) == (failed.id, 1, {"n": 1})
        assert found == {"error": 1, "processing": 1}

    async def test_retries_end_after_the_permitted_number(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, max_retries=2)
            push(tx, queue)
            tries = []
            while items := pull(tx, queue):
                tries.append(report(tx, items[0], "error"))
            return tries, queues.chain(tx, workspace_id=queue.workspace_id, item_id=tries[1].id)

        tries, chain = await db.write(scenario)

        assert [item.retry_index for item in tries] == [0, 1, 2]
        assert tries == chain

    async def test_a_delayed_retry_is_not_available_before_its_time(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, max_retries=1, retry_delay_seconds=60)
            report(tx, taken(tx, queue), "error")
            early = queues.reap_items(tx, now=NOW + 59 * SECOND), pull(tx, queue)
            due = queues.reap_items(tx, now=NOW + 60 * SECOND), pull(tx, queue)
            return early, due

        (early, nothing), (due, items) = await db.write(scenario)

        assert (early.promoted, nothing) == (0, [])
        assert (due.promoted, len(items)) == (1, 1)

    async def test_takes_new_values_and_derives_the_keys_anew(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, schema=[{"label": "no", "unique": True}])
            done = report(tx, taken(tx, queue, {"no": 1}), values={"no": 2, "total": 9.5}, priority=3)
            return done, read(tx, done)

        done, stored = await db.write(scenario)

        assert done == stored
        assert (done.values, done.unique_key, done.priority) == ({"no": 2, "total": 9.5}, "2", 3)

    async def test_answers_each_report_of_a_call_for_itself(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue, other = make_queue(tx), make_queue(tx)
            push(tx, queue, 1, 2, 3)
            first, second = pull(tx, queue, count=2)
            (pending,) = queues.search_items(tx, workspace_id=queue.workspace_id, label=queue.label, states=["pending"])
            asked = [
                Report(item_id=first.id, outcome="done"),
                Report(item_id=second.id, outcome="error", queue=other.label),
                Report(item_id=pending.id, outcome="done"),
                Report(item_id=10**12, outcome="done"),
                Report(item_id=second.id, outcome="error", priority=99),
                Report(item_id=first.id, outcome="done"),
            ]
            call = Reports(workspace_id=queue.workspace_id, holder=ANN, reports=asked, actor="u", now=NOW)
            return queues.report_many(tx, [call])[0], counts(tx, queue)

        answers, found = await db.write(scenario)

        assert isinstance(answers[0], Item)
        assert [type(answer) for answer in answers[1:5]] == [NotFound, IllegalTransition, NotFound, Invalid]
        assert answers[5] == answers[0]
        assert found == {"done": 1, "pending": 1, "processing": 1}

    async def test_names_the_task_of_a_holder_without_an_attempt(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            workspace = make_workspace(tx)
            task = make_task(tx, workspace)
            foreign = make_task(tx, make_workspace(tx))
            queue = make_queue(tx, workspace)
            first, second = taken(tx, queue), taken(tx, queue)
            done = report(tx, first, task_id=task.id)
            for unknown in (foreign.id, 2**70, -1):
                with pytest.raises(NotFound):
                    report(tx, second, task_id=unknown)
            return task, done

        task, done = await db.write(scenario)

        assert done.task_id == task.id


class TestHolders:
    async def test_nobody_else_may_report(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            item = taken(tx, make_queue(tx))
            with pytest.raises(StaleLease):
                report(tx, item, holder=BOB)
            return read(tx, item).state, history(tx, item)

        assert await db.write(scenario) == (State.PROCESSING, ["item.report_refused"])

    async def test_a_person_may_report_in_the_holders_place(self, db: Database) -> None:
        def scenario(tx: Tx) -> State:
            return report(tx, taken(tx, make_queue(tx)), holder=BOB, force=True).state

        assert await db.write(scenario) is State.DONE

    @pytest.mark.parametrize("how", ["lost", "restarted", "long ago"])
    async def test_an_attempt_that_lost_its_task_may_not_report(self, db: Database, how: str) -> None:
        def scenario(tx: Tx) -> Any:
            workspace = make_workspace(tx)
            task = make_task(tx, workspace)
            runner = make_runner(tx, workspace)
            lease = lease_next(tx, workspace, runner)
            queue = make_queue(tx, workspace)
            push(tx, queue)
            (item,) = pull(tx, queue, holder=holder_of(lease))
            later = NOW
            if how == "lost":
                lose_all(tx)
            else:
                ended = EndReport(runner_id=runner, attempt_id=lease.attempt_id, now=NOW, outcome="failed")
                tasks.end_many(tx, [ended])
                later = NOW + 61 * SECOND
            if how == "restarted":
                later = NOW + SECOND
                tasks.restart(tx, workspace_id=workspace.id, task_id=task.id, actor="u", now=NOW)
                lease_next(tx, workspace, runner)
            with pytest.raises(StaleLease):
                report(tx, item, holder=holder_of(lease), now=later)
            return read(tx, item).state

        assert await db.write(scenario) is State.PROCESSING

    async def test_an_attempt_that_ended_normally_may_report_within_the_grace(self, db: Database) -> None:
        def scenario(tx: Tx) -> State:
            workspace = make_workspace(tx)
            make_task(tx, workspace)
            runner = make_runner(tx, workspace)
            lease = lease_next(tx, workspace, runner)
            queue = make_queue(tx, workspace)
            push(tx, queue)
            (item,) = pull(tx, queue, holder=holder_of(lease))
            ended = EndReport(runner_id=runner, attempt_id=lease.attempt_id, now=NOW, outcome="succeeded")
            tasks.end_many(tx, [ended])
            return report(tx, item, holder=holder_of(lease), now=NOW + 59 * SECOND).state

        assert await db.write(scenario) is State.DONE


class TestLaterReports:
    async def test_the_same_again_changes_nothing(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, max_retries=1)
            item = taken(tx, queue)
            first = report(tx, item, "error", message="x", now=NOW + SECOND)
            again = report(tx, item, "error", message="x", now=NOW + 5 * SECOND)
            return first, again, history(tx, item), counts(tx, queue)

        first, again, kinds, found = await db.write(scenario)

        assert first == again
        assert kinds == []
        assert found == {"error": 1, "pending": 1}

    async def test_done_after_an_error_withdraws_the_waiting_retry(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, max_retries=3)
            item = taken(tx, queue)
            failed = report(tx, item, "error", message="first")
            report(tx, item, "error", message="second")
            done = report(tx, item, "done")
            child = queues.get_item(tx, workspace_id=item.workspace_id, item_id=failed.child_id or 0)
            return done, child, history(tx, item), history(tx, child), counts(tx, queue), pull(tx, queue)

        done, child, kinds, child_kinds, found, nothing = await db.write(scenario)

        assert (done.state, done.child_id) == (State.DONE, child.id)
        assert child.state is State.CANCELLED
        assert (kinds, child_kinds) == (["item.amended", "item.amended"], ["item.withdrawn"])
        assert (found, nothing) == ({"done": 1, "cancelled": 1}, [])

    async def test_a_business_error_after_another_withdraws_the_retry(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, max_retries=1)
            item = taken(tx, queue)
            report(tx, item, "error")
            report(tx, item, "error", error_kind="business")
            return counts(tx, queue)

        assert await db.write(scenario) == {"error": 1, "cancelled": 1}

    async def test_an_error_after_done_makes_the_retry_that_was_not_there(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, max_retries=1)
            item = taken(tx, queue)
            report(tx, item, "done")
            return report(tx, item, "error").child_id, counts(tx, queue)

        child, found = await db.write(scenario)

        assert child is not None
        assert found == {"error": 1, "pending": 1}

    async def test_is_refused_once_the_retry_was_taken(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, max_retries=1)
            item = taken(tx, queue)
            failed = report(tx, item, "error")
            pull(tx, queue, holder=BOB)
            with pytest.raises(StaleLease):
                report(tx, item, "done")
            return failed, read(tx, item), history(tx, item)

        failed, stored, kinds = await db.write(scenario)

        assert failed == stored
        assert kinds == ["item.report_refused"]

    async def test_nothing_can_be_reported_on_a_cancelled_item(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            queue = make_queue(tx)
            (item,) = push(tx, queue)
            queues.cancel(tx, workspace_id=queue.workspace_id, item_id=item.id, actor="u", now=NOW)
            with pytest.raises(IllegalTransition):
                report(tx, item)

        await db.write(scenario)


class TestErrorsInARow:
    @pytest.mark.parametrize(
        ("outcomes", "active", "errors"),
        [
            ("ee", True, 2),
            ("eee", False, 3),
            ("eede", True, 1),
            ("eed", True, 0),
            ("eeedd", False, 0),
            ("deee", False, 3),
        ],
    )
    @pytest.mark.parametrize("together", [False, True])
    async def test_deactivate_the_queue_at_exactly_the_limit(
        self, db: Database, outcomes: str, active: bool, errors: int, together: bool
    ) -> None:
        def scenario(tx: Tx) -> Queue:
            queue = make_queue(tx, abort_on_error=True, max_errors=3)
            push(tx, queue, *outcomes)
            items = pull(tx, queue, count=len(outcomes))
            wanted = [
                Report(item_id=item.id, outcome="error" if outcome == "e" else "done", error_kind="business")
                if outcome == "e"
                else Report(item_id=item.id, outcome="done")
                for item, outcome in zip(items, outcomes, strict=True)
            ]
            for part in [wanted] if together else [[one] for one in wanted]:
                call = Reports(workspace_id=queue.workspace_id, holder=ANN, reports=part, actor="u", now=NOW)
                queues.report_many(tx, [call])
            return queues.get(tx, workspace_id=queue.workspace_id, label=queue.label)

        queue = await db.write(scenario)

        assert (queue.active, queue.consecutive_errors) == (active, errors)

    @pytest.mark.parametrize("fields", [{"abort_on_error": True, "max_errors": 0}, {"max_errors": 1}])
    async def test_do_nothing_when_the_rule_is_off(self, db: Database, fields: dict[str, Any]) -> None:
        def scenario(tx: Tx) -> bool:
            queue = make_queue(tx, **fields)
            report(tx, taken(tx, queue), "error")
            return queues.get(tx, workspace_id=queue.workspace_id, label=queue.label).active

        assert await db.write(scenario) is True

    async def test_are_counted_anew_after_activation(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, abort_on_error=True, max_errors=1)
            report(tx, taken(tx, queue), "error")
            stopped = queues.get(tx, workspace_id=queue.workspace_id, label=queue.label)
            where: dict[str, Any] = {"workspace_id": queue.workspace_id, "label": queue.label}
            return stopped, queues.activate(tx, **where, actor="u", now=NOW)

        stopped, again = await db.write(scenario)

        assert (stopped.active, stopped.consecutive_errors) == (False, 1)
        assert (again.active, again.consecutive_errors) == (True, 0)
