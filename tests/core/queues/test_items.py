"""Single items: editing, cancelling, deleting, retrying; finding them; the numbers of a queue."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.clock import HOUR
from botyard.base.exceptions import AlreadyExists, IllegalTransition, Invalid, NotFound, StaleLease
from botyard.core import events, queues
from botyard.core.queues import Item, Queue, State
from botyard.core.queues.states import TRANSITIONS, Event
from botyard.storage import Database, Tx
from tests.support.queues import ANN, BOB, counts, make_queue, pull, push, read, report
from tests.support.work import NOW, SECOND, make_task, make_workspace


def item_in(tx: Tx, queue: Queue, state: State) -> Item:
    """Return an item that was brought into a state."""
    (item,) = push(tx, queue)
    if state is State.PENDING:
        return item
    if state is State.CANCELLED:
        return queues.cancel(tx, workspace_id=queue.workspace_id, item_id=item.id, actor="u", now=NOW)
    (item,) = pull(tx, queue)
    if state is State.TIMEOUT:
        queues.reap_items(tx, now=NOW + 60 * SECOND)
        return read(tx, item)
    return item if state is State.PROCESSING else report(tx, item, state)


class TestEveryPairOfStateAndEvent:
    """What the table of transitions says is what the operations do."""

    @pytest.mark.parametrize("event", Event)
    @pytest.mark.parametrize("state", State)
    async def test_happens_or_is_refused(self, db: Database, state: State, event: Event) -> None:
        def scenario(tx: Tx) -> tuple[State | None, State]:
            limits: dict[str, Any] = {"time_limit_on": True, "time_limit_minutes": 1, "lease_seconds": 30}
            queue = make_queue(tx, **{**limits, **({"lease_seconds": 999} if state is State.TIMEOUT else {})})
            item = item_in(tx, queue, state)
            try:
                self.do(tx, event, queue, item)
            except (IllegalTransition, StaleLease):
                assert read(tx, item) == item
                return None, item.state
            after = read(tx, item).state
            return after if after is not state else None, after

        happened, after = await db.write(scenario)

        wanted = TRANSITIONS.get((state, event))
        assert happened == (wanted if wanted is not state else None)
        assert wanted is None or after == wanted

    def do(self, tx: Tx, event: Event, queue: Queue, item: Item) -> None:
        """Make an event happen to an item, where it can."""
        where: dict[str, Any] = {"workspace_id": queue.workspace_id, "now": NOW}
        reports = {Event.FINISH: "done", Event.FAIL: "error", Event.ABANDON: "abandoned"}
        if event in reports:
            report(tx, item, reports[event])
        elif event is Event.PULL:
            pull(tx, queue)
        elif event is Event.CANCEL:
            queues.cancel(tx, item_id=item.id, actor="u", **where)
        elif event is Event.RELEASE:
            call = queues.Release(holder=ANN, item_ids=[item.id], **where)
            ((answer,),) = queues.release_many(tx, [call])
            if isinstance(answer, Exception):
                raise answer
        elif event is Event.LOSE:
            queues.reap_items(tx, now=NOW + 30 * SECOND)
        elif item.time_limit_at is not None:
            queues.update(tx, label=queue.label, actor="u", lease_seconds=999, **where)
            queues.reap_items(tx, now=NOW + 60 * SECOND)


class TestSave:
    async def test_anybody_may_change_what_waits_and_only_its_holder_what_is_held(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, schema=[{"label": "no", "display": True}])
            (item,) = push(tx, queue, {"no": 1})
            where: dict[str, Any] = {"workspace_id": queue.workspace_id, "item_id": item.id, "actor": "u", "now": NOW}
            waiting = queues.save(tx, **where, holder=BOB, values={"no": 2}, priority=7)
            pull(tx, queue)
            with pytest.raises(StaleLease):
                queues.save(tx, **where, holder=BOB, values={})
            held = queues.save(tx, **where, holder=ANN, values={"no": 3}, message="half way")
            forced = queues.save(tx, **where, holder=BOB, priority=1, force=True)
            return waiting, held, forced, read(tx, item)

        waiting, held, forced, stored = await db.write(scenario)

        assert (waiting.values, waiting.display_value, waiting.priority) == ({"no": 2}, "2", 7)
        assert (held.state, held.values, held.message) == (State.PROCESSING, {"no": 3}, "half way")
        assert forced == stored
        assert stored.priority == 1

    async def test_keeps_unique_keys_unique(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            queue = make_queue(tx, schema=[{"label": "no", "unique": True}], unique_scope="pending")
            first, _ = push(tx, queue, {"no": 1}, {"no": 2})
            where: dict[str, Any] = {"workspace_id": queue.workspace_id, "item_id": first.id, "actor": "u", "now": NOW}
            queues.save(tx, **where, holder=ANN, values={"no": 1, "more": True})
            with pytest.raises(AlreadyExists):
                queues.save(tx, **where, holder=ANN, values={"no": 2})

        await db.write(scenario)

    async def test_names_a_task_that_exists(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            workspace = make_workspace(tx)
            task, foreign = make_task(tx, workspace), make_task(tx, make_workspace(tx))
            queue = make_queue(tx, workspace)
            item = item_in(tx, queue, State.PROCESSING)
            where: dict[str, Any] = {"workspace_id": workspace.id, "item_id": item.id, "actor": "u", "now": NOW}
            for unknown in (foreign.id, 0, 2**80):
                with pytest.raises(NotFound):
                    queues.save(tx, **where, holder=ANN, task_id=unknown)
            return task.id, queues.save(tx, **where, holder=ANN, task_id=task.id).task_id

        wanted, stored = await db.write(scenario)
        assert wanted == stored

    async def test_knows_only_the_items_of_the_queue_and_workspace(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            queue, other = make_queue(tx), make_queue(tx)
            (item,) = push(tx, queue)
            where: dict[str, Any] = {"item_id": item.id, "actor": "u", "now": NOW}
            for place in (
                {"workspace_id": other.workspace_id},
                {"workspace_id": queue.workspace_id, "queue": other.label},
            ):
                for refused in (
                    lambda place=place: queues.save(tx, **where, **place, holder=ANN, values={}),
                    lambda place=place: queues.cancel(tx, **where, **place),
                    lambda place=place: queues.delete_item(tx, **where, **place),
                    lambda place=place: queues.get_item(tx, item_id=item.id, **place),
                ):
                    with pytest.raises(NotFound):
                        refused()

        await db.write(scenario)


class TestDelete:
    @pytest.mark.parametrize("state", State)
    async def test_removes_what_nobody_works_on(self, db: Database, state: State) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, time_limit_on=True, time_limit_minutes=1)
            item = item_in(tx, queue, state)
            where: dict[str, Any] = {"workspace_id": queue.workspace_id, "item_id": item.id, "actor": "u", "now": NOW}
            try:
                queues.delete_item(tx, **where)
            except IllegalTransition:
                return False, counts(tx, queue) == {state: 1}
            return True, counts(tx, queue) == {}

        assert await db.write(scenario) == (state not in (State.PROCESSING, State.TIMEOUT), True)

    async def test_leaves_the_rest_of_the_chain_in_order(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, max_retries=2)
            push(tx, queue)
            first, second = (report(tx, pull(tx, queue)[0], "error") for _ in range(2))
            queues.delete_item(tx, workspace_id=queue.workspace_id, item_id=second.id, actor="u", now=NOW)
            (third,) = pull(tx, queue)
            return read(tx, first).child_id, third.parent_id

        assert await db.write(scenario) == (None, None)


class TestBulk:
    async def test_cancels_and_retries_what_a_filter_matches_with_a_verdict_each(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx)
            push(tx, queue, {"n": "keep"}, {"n": "drop"}, {"n": "drop"})
            where: dict[str, Any] = {"workspace_id": queue.workspace_id, "actor": "u", "now": NOW}
            ids = queues.matching(
                tx, workspace_id=queue.workspace_id, label=queue.label, states=["pending"], text="DROP"
            )
            cancelled = queues.cancel_many(tx, item_ids=ids, **where)
            failed = report(tx, pull(tx, queue)[0], "error")
            retried = queues.retry_many(tx, item_ids=[failed.id, failed.id, ids[0], 10**9], **where)
            return ids, cancelled, failed, retried, counts(tx, queue)

        ids, cancelled, failed, retried, found = await db.write(scenario)

        assert [verdict.item_id for verdict in cancelled] == ids
        assert all(verdict.error is None for verdict in cancelled)
        assert retried[0] == retried[1]
        assert retried[0].item.parent_id == failed.id
        assert [type(verdict.error) for verdict in retried[2:]] == [IllegalTransition, NotFound]
        assert found == {"cancelled": 2, "error": 1, "pending": 1}

    async def test_takes_a_bounded_number(self, db: Database) -> None:
        queue = await db.write(make_queue)
        with pytest.raises(Invalid):
            await db.write(queues.cancel_many, workspace_id=queue.workspace_id, item_ids=range(501), actor="u", now=NOW)


class TestSearch:
    async def test_filters_and_pages_by_key(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, schema=[{"label": "no", "unique": True}])
            made = push(tx, queue, *({"no": number, "who": "ACME_%"} for number in range(5)))
            report(tx, pull(tx, queue)[0], "error", error_kind="business", message="wrong page")

            def found(**wanted: Any) -> list[int]:
                items = queues.search_items(tx, workspace_id=queue.workspace_id, label=queue.label, **wanted)
                return [made.index(next(one for one in made if one.id == item.id)) for item in items]

            return [
                found(),
                found(limit=2),
                found(before_id=made[3].id, limit=2),
                found(after_id=made[1].id, limit=2),
                found(states=["error"]),
                found(error_kind="business"),
                found(key="3"),
                found(text="WRONG PAGE"),
                found(text="acme_%"),
                found(text=f"#{made[2].id}"),
                found(states=[]),
            ]

        assert await db.write(scenario) == [
            [4, 3, 2, 1, 0], [4, 3], [2, 1], [3, 2], [0], [0], [3], [0], [4, 3, 2, 1, 0], [2], [],
        ]  # fmt: skip

    @pytest.mark.parametrize("newest_first", [False, True])
    async def test_numbered_pages_cover_everything_once(self, db: Database, newest_first: bool) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx)
            made = [item.id for item in push(tx, queue, *range(7))]
            pages = [
                queues.view(
                    tx,
                    workspace_id=queue.workspace_id,
                    label=queue.label,
                    offset=offset,
                    limit=2,
                    newest_first=newest_first,
                )
                for offset in range(0, 10, 2)
            ]
            return made, pages

        made, pages = await db.write(scenario)

        assert {total for _, total in pages} == {7}
        shown = [item.id for items, _ in pages for item in items]
        assert shown == (made[::-1] if newest_first else made)


class TestNumbers:
    async def test_tell_how_items_ended_hour_by_hour(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx)
            push(tx, queue, *range(3))
            first, second, third = pull(tx, queue, count=3)
            report(tx, first)
            report(tx, second, "error", error_kind="business")
            report(tx, third, "error", message="x", now=NOW + HOUR)
            report(tx, third, "done", now=NOW + HOUR)
            return queues.finished_by_hour(tx, queue_id=queue.id, since=NOW)

        hours = await db.write(scenario)

        start = NOW // HOUR * HOUR
        assert [(hour.since, hour.state, hour.error_kind, hour.total) for hour in hours] == [
            (start, State.DONE, None, 1),
            (start, State.ERROR, "business", 1),
            (start + HOUR, State.DONE, None, 1),
        ]

    async def test_tell_the_age_of_the_oldest_and_why_items_fail(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx)
            nothing = queues.oldest_pending(tx, queue_id=queue.id)
            push(tx, queue, *range(4))
            for item, message in zip(pull(tx, queue, count=3), ("slow", "gone", "slow"), strict=True):
                report(tx, item, "error", message=message)
            return nothing, queues.oldest_pending(tx, queue_id=queue.id), queues.failures(tx, queue_id=queue.id)

        nothing, oldest, failures = await db.write(scenario)

        assert (nothing, oldest) == (None, NOW)
        assert [(failure.message, failure.total) for failure in failures] == [("slow", 2), ("gone", 1)]


class TestPrune:
    async def test_removes_what_ended_long_ago_and_keeps_chains_that_still_move(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, max_retries=1)
            push(tx, queue, *range(3))
            done, failed, fresh = pull(tx, queue, count=3)
            report(tx, done)
            report(tx, failed, "error")
            report(tx, fresh, now=NOW + HOUR)
            removed = [queues.prune(tx, before=NOW + 1) for _ in range(2)]
            left = queues.search_items(tx, workspace_id=queue.workspace_id, label=queue.label)
            return removed, {item.state for item in left}, counts(tx, queue)

        removed, states, found = await db.write(scenario)

        assert removed == [1, 0]
        assert states == {State.DONE, State.ERROR, State.PENDING}
        assert found == {"done": 1, "error": 1, "pending": 1}


async def test_payloads_are_in_no_event(db: Database) -> None:
    def scenario(tx: Tx) -> str:
        queue = make_queue(tx, max_retries=1)
        push(tx, queue, {"iban": "CANARY-77"})
        (item,) = pull(tx, queue)
        where: dict[str, Any] = {"workspace_id": queue.workspace_id, "item_id": item.id, "actor": "u", "now": NOW}
        report(tx, item, "error")
        queues.save(tx, **where, holder=ANN, values={"iban": "CANARY-78"})
        report(tx, item, "done")
        return str(events.follow(tx, workspace_id=queue.workspace_id, after_id=0))

    assert "CANARY" not in await db.write(scenario)
