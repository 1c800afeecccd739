"""Pushing: what is accepted, what it makes, which tasks it starts."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.core import events, queues, tasks
from botyard.core.queues import NewItem, Push, Queue, State
from botyard.storage import Database, Tx
from tests.support.queues import counts, make_queue, pull, push, report
from tests.support.work import NOW, deploy, make_workspace

KEYED = [{"label": "invoice", "unique": True}, {"label": "customer", "display": True}]


def request(queue: Queue, *new: NewItem, label: str | None = None, **fields: Any) -> Push:
    """Return a request to push items."""
    return Push(
        workspace_id=queue.workspace_id, queue=label or queue.label, items=list(new), actor="u", now=NOW, **fields
    )


class TestPush:
    async def test_makes_pending_items_in_the_order_sent(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx)
            made = push(tx, queue, {"n": 1}, {"n": 2}, ["any", "json"])
            stored = [queues.get_item(tx, workspace_id=queue.workspace_id, item_id=item.id) for item in made]
            return made, stored, counts(tx, queue)

        made, stored, found = await db.write(scenario)

        assert made == stored
        assert [item.values for item in made] == [{"n": 1}, {"n": 2}, ["any", "json"]]
        assert [item.id for item in made] == sorted(item.id for item in made)
        assert {item.state for item in made} == {State.PENDING}
        assert found == {"pending": 3}

    async def test_answers_each_waiting_request_for_itself(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx)
            return queue, queues.push_many(
                tx,
                [
                    request(queue, NewItem(values={"a": 1})),
                    request(queue, NewItem(values={}), label="other"),
                    request(queue, NewItem(values={}), NewItem(values={}, priority=11)),
                    request(queue, NewItem(values={"b": 2})),
                ],
            )

        queue, (first, unknown, wrong, last) = await db.write(scenario)

        assert [item.values for item in first + last] == [{"a": 1}, {"b": 2}]
        assert isinstance(unknown, NotFound)
        assert isinstance(wrong, Invalid)
        assert wrong.field == "items[1].priority"
        assert await db.read(counts, queue) == {"pending": 2}

    @pytest.mark.parametrize("priority", [-1, 11, True, "5", 1.5, None])
    async def test_refuses_a_priority_that_is_no_whole_number_from_0_to_10(self, db: Database, priority: Any) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx)
            return queues.push_many(tx, [request(queue, NewItem(values={}, priority=priority))])

        (answer,) = await db.write(scenario)

        assert isinstance(answer, Invalid)
        assert answer.field == "priority"

    async def test_accepts_items_while_the_queue_is_inactive(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, active=False)
            push(tx, queue)
            return counts(tx, queue), pull(tx, queue)

        assert await db.write(scenario) == ({"pending": 1}, [])

    async def test_keeps_characters_that_databases_find_hard(self, db: Database) -> None:
        values = {"nul": "a\0b", "quote": "'\"\\", "emoji": "🤖", "big": 2**70, "": None}

        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, schema=[{"label": "nul", "display": True}])
            (item,) = push(tx, queue, values)
            return queues.get_item(tx, workspace_id=queue.workspace_id, item_id=item.id)

        item = await db.write(scenario)

        assert item.values == values
        assert item.display_value == "a\ufffdb"


class TestUniqueKeys:
    async def test_come_from_the_declared_fields(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, schema=KEYED)
            return push(tx, queue, {"invoice": 7, "customer": "ACME"}, {"invoice": 7}, {})

        first, again, without = await db.write(scenario)

        assert (first.unique_key, first.display_value) == ("7", "ACME")
        assert (again.unique_key, again.display_value) == ("7", None)
        assert without.unique_key is None

    async def test_refuse_the_whole_request_that_repeats_one(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, schema=KEYED, unique_scope="pending")
            push(tx, queue, {"invoice": 1})
            twice = request(queue, NewItem(values={"invoice": 2}), NewItem(values={"invoice": 2}))
            there = request(queue, NewItem(values={"invoice": 3}), NewItem(values={"invoice": 1}))
            fine = request(queue, NewItem(values={"invoice": 3}))
            return queue, queues.push_many(tx, [twice, there, fine])

        queue, (twice, there, fine) = await db.write(scenario)

        assert isinstance(twice, AlreadyExists)
        assert isinstance(there, AlreadyExists)
        assert there.code == "duplicate_item"
        assert len(fine) == 1
        assert await db.read(counts, queue) == {"pending": 2}

    async def test_can_be_answered_with_the_item_that_exists(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, schema=KEYED, unique_scope="pending")
            (first,) = push(tx, queue, {"invoice": 1})
            wanted = [NewItem(values={"invoice": n}) for n in (1, 2, 2)]
            (answer,) = queues.push_many(tx, [request(queue, *wanted, keep_existing=True)])
            return first, answer, counts(tx, queue)

        first, answer, found = await db.write(scenario)

        assert answer[0] == first
        assert answer[1] == answer[2]
        assert found == {"pending": 2}

    @pytest.mark.parametrize(("scope", "accepted"), [("pending", True), ("always", False)])
    async def test_may_come_again_after_the_end_only_in_the_scope_pending(
        self, db: Database, scope: str, accepted: bool
    ) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, schema=KEYED, unique_scope=scope)
            push(tx, queue, {"invoice": 1})
            report(tx, pull(tx, queue)[0])
            return queues.push_many(tx, [request(queue, NewItem(values={"invoice": 1}))])

        (answer,) = await db.write(scenario)

        assert isinstance(answer, list) is accepted

    async def test_fall_back_to_the_reference_when_no_field_makes_one(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, unique_scope="always")
            return [
                queues.push_many(tx, [request(queue, NewItem(values={}, reference=text))])[0]
                for text in ("INV-1", "INV-1", "INV-2")
            ]

        first, again, other = await db.write(scenario)

        assert isinstance(again, AlreadyExists)
        assert [first[0].unique_key, other[0].unique_key] == ["INV-1", "INV-2"]


class TestTriggers:
    @pytest.mark.parametrize(("trigger", "started"), [("never", 0), ("always", 3), ("no_task_active", 1)])
    async def test_start_tasks_with_the_push(self, db: Database, trigger: str, started: int) -> None:
        def scenario(tx: Tx) -> Any:
            workspace = make_workspace(tx)
            deploy(tx, workspace, automation="billing")
            queue = make_queue(tx, workspace, automation="billing", trigger=trigger)
            push(tx, queue, {}, {})
            push(tx, queue)
            return tasks.search(tx, workspace_id=workspace.id)

        made = await db.write(scenario)

        assert [task.automation for task in made] == ["billing"] * started
        assert not any(task.test for task in made)

    async def test_do_not_start_tasks_of_an_inactive_queue(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            workspace = make_workspace(tx)
            deploy(tx, workspace, automation="billing")
            push(tx, make_queue(tx, workspace, automation="billing", trigger="always", active=False))
            return tasks.search(tx, workspace_id=workspace.id)

        assert await db.write(scenario) == []

    async def test_wait_for_the_end_of_a_retrys_delay(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            workspace = make_workspace(tx)
            deploy(tx, workspace, automation="billing")
            queue = make_queue(
                tx, workspace, automation="billing", trigger="always", max_retries=1, retry_delay_seconds=60
            )
            push(tx, queue)
            report(tx, pull(tx, queue)[0], "error")
            before = len(tasks.search(tx, workspace_id=workspace.id))
            queues.reap_items(tx, now=NOW + 60_000_000)
            return before, len(tasks.search(tx, workspace_id=workspace.id))

        assert await db.write(scenario) == (1, 2)

    async def test_need_an_automation_that_exists(self, db: Database) -> None:
        with pytest.raises(Invalid):
            await db.write(lambda tx: make_queue(tx, trigger="always"))
        with pytest.raises(NotFound):
            await db.write(lambda tx: make_queue(tx, trigger="always", automation="gone"))
        assert (await db.write(lambda tx: make_queue(tx, automation="later"))).automation == "later"


async def test_pushing_is_not_an_event_and_creating_the_queue_is(db: Database) -> None:
    def scenario(tx: Tx) -> Any:
        queue = make_queue(tx)
        push(tx, queue)
        return events.follow(tx, workspace_id=queue.workspace_id, after_id=0)[0]

    assert [event.kind for event in await db.write(scenario)] == ["queue.created"]
