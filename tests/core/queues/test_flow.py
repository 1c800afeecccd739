"""What the console draws of a queue: what came and went, how deep it was, how old its items are, what tasks took."""

from __future__ import annotations

from typing import Any

from botyard.base.clock import DAY, HOUR, MINUTE
from botyard.core import queues
from botyard.core.queues import State
from botyard.storage import Database, Tx
from tests.support.queues import holder_of, make_queue, pull, push, report
from tests.support.work import NOW, lease_next, make_runner, make_task, make_workspace

START = NOW // HOUR * HOUR


async def test_the_depth_of_past_hours_follows_from_what_came_and_went(db: Database) -> None:
    def scenario(tx: Tx) -> list[int]:
        queue = make_queue(tx)
        push(tx, queue, *range(5))
        push(tx, queue, *range(2), now=NOW + HOUR)
        for item in pull(tx, queue, count=3, now=NOW + HOUR):
            report(tx, item, now=NOW + 2 * HOUR)
        flow = queues.flow(tx, queues=[queue], since=NOW)[queue.id]
        counts = queues.summaries(tx, queues=[queue])[0].counts
        return queues.depths(counts, flow, starts=[START - HOUR, START, START + HOUR, START + 2 * HOUR])

    assert await db.write(scenario) == [0, 5, 7, 4]


async def test_a_deleted_item_leaves_the_depth_as_if_it_had_never_come(db: Database) -> None:
    def scenario(tx: Tx) -> list[tuple[State, int]]:
        queue = make_queue(tx)
        first, _ = push(tx, queue, 1, 2)
        queues.delete_item(tx, workspace_id=queue.workspace_id, item_id=first.id, actor="user:ann", now=NOW)
        return [(hour.state, hour.total) for hour in queues.flow(tx, queues=[queue], since=NOW)[queue.id]]

    assert await db.write(scenario) == [(State.PENDING, 1)]


async def test_the_oldest_pending_items_are_counted_by_age(db: Database) -> None:
    def scenario(tx: Tx) -> tuple[list[int], list[int]]:
        queue = make_queue(tx)
        for age in (30 * DAY, 2 * DAY, 2 * HOUR, 2 * HOUR, 20 * MINUTE, 2 * MINUTE, 0):
            push(tx, queue, age, now=NOW - age)
        return queues.ages(tx, queue_id=queue.id, now=NOW), queues.ages(tx, queue_id=queue.id, now=NOW, cap=2)

    every, oldest = await db.write(scenario)

    assert every == [1, 1, 1, 2, 1, 1]
    assert oldest == [0, 0, 0, 0, 1, 1]


async def test_the_items_that_a_task_took_are_found_by_it_in_its_workspace_only(db: Database) -> None:
    def scenario(tx: Tx) -> Any:
        workspace, other = make_workspace(tx), make_workspace(tx)
        make_task(tx, workspace)
        lease = lease_next(tx, workspace, make_runner(tx, workspace))
        first, second = make_queue(tx, workspace), make_queue(tx, workspace)
        push(tx, first, 1, 2)
        push(tx, second, 3)
        taken = [pull(tx, queue, holder=holder_of(lease))[0].id for queue in (first, second)]
        found = [queues.items_of_task(tx, workspace_id=each.id, task_id=lease.task_id) for each in (workspace, other)]
        return taken, [(item.id, item.queue) for item in found[0]], found[1], [first.label, second.label]

    taken, found, foreign, labels = await db.write(scenario)

    assert found == [(taken[1], labels[1]), (taken[0], labels[0])]
    assert foreign == []


async def test_a_bulk_preview_leaves_out_what_was_retried_and_what_is_newer(db: Database) -> None:
    def scenario(tx: Tx) -> Any:
        queue = make_queue(tx)
        push(tx, queue, *range(4))
        items = pull(tx, queue, count=4)
        for item in items:
            report(tx, item, "error", error_kind="business")
        scope: dict[str, Any] = {"workspace_id": queue.workspace_id}
        queues.retry_many(tx, item_ids=[items[0].id], actor="user:ann", now=NOW, **scope)
        wanted = {"label": queue.label, "states": ["error"], **scope}
        found = queues.matching(tx, not_retried=True, **wanted)
        older = queues.matching(tx, not_retried=True, up_to=items[2].id, **wanted)
        return [item.id for item in items], found, older

    ids, found, older = await db.write(scenario)

    assert found == [ids[3], ids[2], ids[1]]
    assert older == [ids[2], ids[1]]
