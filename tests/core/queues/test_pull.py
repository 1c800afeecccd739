"""Pulling: who gets which item, for how long, and that nobody gets it twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from botyard.base.exceptions import Denied, Invalid, NotFound, StaleLease
from botyard.core import automations, queues, tasks
from botyard.core.queues import Holder, Item, NewItem, Pull, Push, Queue, Report, ReportAndPull, Reports, State
from botyard.core.tasks import EndReport
from botyard.storage import Database, Tx
from tests.support.queues import ANN, BOB, counts, holder_of, make_queue, pull, push, read, report
from tests.support.work import NOW, SECOND, lease_next, lose_all, make_runner, make_task, make_workspace


class TestOrder:
    @pytest.mark.parametrize(("policy", "order"), [("fifo", "cfbdae"), ("lifo", "fcdbea")])
    @pytest.mark.parametrize("step", [1, 2, 10])
    async def test_is_by_priority_then_by_policy(self, db: Database, policy: str, order: str, step: int) -> None:
        def scenario(tx: Tx) -> str:
            queue = make_queue(tx, policy=policy)
            for name, priority in zip("abcdef", (0, 5, 10, 5, 0, 10), strict=True):
                push(tx, queue, name, priority=priority)
            names = ""
            while taken := pull(tx, queue, count=step):
                names += "".join(item.values for item in taken)
            return names

        assert await db.write(scenario) == order

    async def test_gives_each_of_those_who_wait_something(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx)
            push(tx, queue, *range(3))
            asked = [
                Pull(workspace_id=queue.workspace_id, queue=queue.label, holder=holder, now=NOW, count=5)
                for holder in (ANN, BOB)
            ]
            return [[item.values for item in answer] for answer in queues.pull_many(tx, asked)]  # type: ignore[union-attr]

        assert await db.write(scenario) == [[0, 2], [1]]


class TestPull:
    async def test_returns_the_item_as_it_is_stored(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, lease_seconds=60, time_limit_on=True, time_limit_minutes=10)
            push(tx, queue, {"n": 1})
            (item,) = pull(tx, queue, now=NOW + SECOND)
            return item, read(tx, item), counts(tx, queue)

        item, stored, found = await db.write(scenario)

        assert item == stored
        assert (item.state, item.epoch, item.holder, item.ready) == (State.PROCESSING, 1, "key:ann", False)
        assert item.started_at == NOW + SECOND
        assert item.lease_until == NOW + 61 * SECOND
        assert item.time_limit_at == NOW + 601 * SECOND
        assert found == {"processing": 1}

    async def test_holds_as_long_as_the_attempt_and_names_its_task(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            workspace = make_workspace(tx)
            make_task(tx, workspace)
            lease = lease_next(tx, workspace, make_runner(tx, workspace))
            queue = make_queue(tx, workspace)
            push(tx, queue)
            (item,) = pull(tx, queue, holder=holder_of(lease))
            return lease, item

        lease, item = await db.write(scenario)

        assert (item.task_id, item.attempt_id, item.lease_until) == (lease.task_id, lease.attempt_id, None)
        assert item.runner.startswith("vm-")

    async def test_gives_nothing_to_an_attempt_that_does_not_run(self, db: Database) -> None:
        def scenario(tx: Tx, end: str) -> None:
            workspace = make_workspace(tx)
            make_task(tx, workspace)
            runner = make_runner(tx, workspace)
            lease = lease_next(tx, workspace, runner)
            queue = make_queue(tx, workspace)
            push(tx, queue)
            if end == "lost":
                lose_all(tx)
            else:
                ended = EndReport(runner_id=runner, attempt_id=lease.attempt_id, now=NOW, outcome="succeeded")
                tasks.end_many(tx, [ended])
            pull(tx, queue, holder=holder_of(lease))

        for end in ("lost", "ended"):
            with pytest.raises(StaleLease):
                await db.write(scenario, end)

    @pytest.mark.parametrize(("uses", "allowed"), [(None, True), ({"queues": ["orders"]}, True), ({}, False)])
    async def test_follows_what_the_attempts_automation_declares(
        self, db: Database, uses: dict[str, list[str]] | None, allowed: bool
    ) -> None:
        def scenario(tx: Tx) -> Any:
            workspace = make_workspace(tx)
            queue = make_queue(tx, workspace, label="orders")
            task = make_task(tx, workspace)
            automations.update(
                tx, workspace_id=workspace.id, label=task.automation, fields={"uses": uses}, actor="u", now=NOW
            )
            lease = lease_next(tx, workspace, make_runner(tx, workspace))
            new = [NewItem(values={})]
            (pushed,) = queues.push_many(
                tx,
                [
                    Push(
                        workspace_id=workspace.id,
                        queue="orders",
                        items=new,
                        actor="bot",
                        now=NOW,
                        attempt_id=lease.attempt_id,
                    )
                ],
            )
            asked = Pull(workspace_id=workspace.id, queue=queue.label, holder=holder_of(lease), now=NOW)
            return pushed, queues.pull_many(tx, [asked])[0]

        for answer in await db.write(scenario):
            assert isinstance(answer, list) if allowed else isinstance(answer, Denied)

    async def test_answers_a_repeated_claim_with_the_same_items(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx)
            push(tx, queue, 1, 2, 3)
            first = pull(tx, queue, count=2, claim="c")
            again = pull(tx, queue, count=2, claim="c")
            foreign = pull(tx, queue, holder=BOB, claim="c")
            return first, again, foreign

        first, again, foreign = await db.write(scenario)

        assert first == again
        assert [item.values for item in foreign] == [3]

    @pytest.mark.parametrize("count", [0, -1, 1001])
    async def test_refuses_a_count_out_of_range(self, db: Database, count: int) -> None:
        with pytest.raises(Invalid):
            await db.write(lambda tx: pull(tx, make_queue(tx), count=count))

    async def test_does_not_know_a_queue_of_another_workspace(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            queue = make_queue(tx)
            make_queue(tx, make_workspace(tx), label=f"{queue.label}s")
            stranger = make_workspace(tx)
            asked = Pull(workspace_id=stranger.id, queue=queue.label, holder=ANN, now=NOW)
            (answer,) = queues.pull_many(tx, [asked])
            assert isinstance(answer, NotFound)

        await db.write(scenario)


class TestRelease:
    async def test_puts_an_item_back_into_its_place(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx)
            push(tx, queue, "first", "second")
            (item,) = pull(tx, queue)
            call = queues.Release(workspace_id=queue.workspace_id, holder=ANN, item_ids=[item.id, 10**9], now=NOW)
            ((back, unknown),) = queues.release_many(tx, [call])
            stored, again = read(tx, item), pull(tx, queue, holder=BOB)
            ((refused, _),) = queues.release_many(tx, [call])
            return back, stored, again[0], unknown, refused, counts(tx, queue)

        back, stored, again, unknown, refused, found = await db.write(scenario)

        assert back == stored
        assert (back.state, back.holder, back.ready) == (State.PENDING, None, True)
        assert (again.values, again.epoch) == ("first", 2)
        assert isinstance(unknown, NotFound)
        assert isinstance(refused, StaleLease)
        assert found == {"pending": 1, "processing": 1}


async def test_eight_consumers_take_each_of_many_items_exactly_once(db: Database) -> None:
    total = 1200

    def prepare(tx: Tx) -> Queue:
        queue = make_queue(tx)
        for _ in range(total // 400):
            push(tx, queue, *range(400))
        return queue

    queue = await db.write(prepare)
    taken: Counter[int] = Counter()

    async def consume(number: int) -> None:
        holder = Holder(name=f"key:{number}")
        while True:
            # Every second caller goes through another lane, so that two transactions meet on PostgreSQL.
            asked = Pull(workspace_id=queue.workspace_id, queue=queue.label, holder=holder, now=NOW, count=1 + number)
            if number % 2:
                items = await db.write_set(queues.pull_many, asked)
            else:
                (items,) = await db.write(queues.pull_many, [asked])  # type: ignore[assignment]
            if not items:
                return
            taken.update(item.id for item in items)

    await asyncio.gather(*(consume(number) for number in range(8)))

    assert set(taken.values()) == {1}
    assert len(taken) == total
    assert await db.read(counts, queue) == {"processing": total}


async def test_report_and_pull_is_one_step(db: Database) -> None:
    def scenario(tx: Tx) -> tuple[list[Item | Exception], list[Item] | Exception]:
        queue = make_queue(tx)
        push(tx, queue, "a", "b")
        held = pull(tx, queue)
        reports = Reports(
            workspace_id=queue.workspace_id,
            holder=ANN,
            reports=[Report(item_id=held[0].id, outcome="done")],
            actor="u",
            now=NOW,
        )
        asked = Pull(workspace_id=queue.workspace_id, queue=queue.label, holder=ANN, now=NOW)
        (answer,) = queues.report_and_pull(tx, [ReportAndPull(reports=reports, pull=asked)])
        return answer

    (done,), items = await db.write(scenario)

    assert isinstance(done, Item)
    assert done.state is State.DONE
    assert isinstance(items, list)
    assert [item.values for item in items] == ["b"]


async def test_an_inactive_queue_hands_out_nothing_and_takes_reports(db: Database) -> None:
    def scenario(tx: Tx) -> Any:
        queue = make_queue(tx)
        push(tx, queue, 1, 2)
        (item,) = pull(tx, queue)
        queues.deactivate(tx, workspace_id=queue.workspace_id, label=queue.label, actor="u", now=NOW)
        return pull(tx, queue), report(tx, item).state

    assert await db.write(scenario) == ([], State.DONE)
