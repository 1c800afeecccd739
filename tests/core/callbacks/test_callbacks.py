"""Callbacks: when one is due, who has it, and what the history says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from botyard.base.exceptions import IllegalTransition, NotFound
from botyard.core import callbacks, events, tasks
from botyard.core.callbacks import TRANSITIONS, Callback, Delivery, NewCallback, State
from botyard.core.callbacks.deliver import PATIENCE
from botyard.core.tasks import Finish, Task
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, attempt_of, deploy, lease_next, make_runner, make_workspace

LEASE = 40 * SECOND
URL = "https://bpm.test/done?key=s3cret"


class Yard:
    """A workspace whose tasks somebody wants to be told of."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.workspace = make_workspace(tx)
        self.where: dict[str, Any] = {"workspace_id": self.workspace.id}
        deploy(tx, self.workspace, automation="billing")
        self.runner = make_runner(tx, self.workspace)

    def create(self, *, url: str | None = URL) -> Task:
        task = tasks.create(self.tx, **self.where, automation="billing", actor="user:ann", now=NOW)
        if url is not None:
            callbacks.register(self.tx, **self.where, task_id=task.id, url=url, policy={"x": 1}, kind="elma", now=NOW)
        return task

    def cancel(self, task: Task, *, now: int = NOW) -> None:
        tasks.cancel(self.tx, **self.where, task_id=task.id, actor="user:ann", now=now)

    def settle(self, *only: Task, now: int = NOW, since: int = 0) -> int:
        found = callbacks.settled(self.tx, now=now, task_ids=[task.id for task in only])
        assert [end for end in callbacks.all_settled(self.tx, now=now, since=since) if end in found] == found
        return callbacks.settle(self.tx, ends=found, now=now)

    def claim(self, *, holder: str = "one", now: int = NOW, limit: int = 10) -> list[Delivery]:
        return callbacks.claim(self.tx, holder=holder, now=now, lease=LEASE, limit=limit)

    def read(self, task: Task) -> Callback:
        found = callbacks.of_task(self.tx, **self.where, task_id=task.id)
        assert found is not None
        return found

    def told(self, task: Task) -> list[tuple[str, Any]]:
        found = events.list_for(self.tx, **self.where, entity="task", entity_id=str(task.id), limit=50)
        return [(event.kind, event.data) for event in found if "callback" in event.kind]


Play = Callable[[Callable[[Yard], None]], Any]


@pytest.fixture
def play(db: Database) -> Play:
    """Return a function that plays a scene in a unit of work."""
    return lambda scene: db.write(lambda tx: scene(Yard(tx)))


async def test_nobody_is_told_before_the_end(play: Play) -> None:
    def scene(yard: Yard) -> None:
        task, other = yard.create(), yard.create(url=None)
        yard.cancel(other)
        assert yard.settle(task, other) == 0
        assert yard.read(task).state is State.WAITING
        assert callbacks.of_task(yard.tx, **yard.where, task_id=other.id) is None
        yard.cancel(task)
        assert yard.settle(task) == 1
        assert yard.settle(task) == 0
        assert callbacks.has_work(yard.tx, now=NOW)

    await play(scene)


async def test_a_task_that_ended_is_told_of_once_its_process_has_ended_and_its_log_is_complete(play: Play) -> None:
    def scene(yard: Yard) -> None:
        task = yard.create()
        lease = lease_next(yard.tx, yard.workspace, yard.runner)
        tasks.start(yard.tx, attempt_id=lease.attempt_id, runner_id=yard.runner, now=NOW)
        tasks.finish(
            yard.tx,
            **yard.where,
            task_id=task.id,
            report=Finish(outcome="succeeded"),
            actor="attempt",
            now=NOW,
            attempt=attempt_of(lease),
        )
        assert yard.settle(task) == 0
        assert yard.settle(task, now=NOW + PATIENCE) == 0
        # Nobody closes the log: after a while the task is told of all the same.
        assert yard.settle(task, now=NOW + PATIENCE + 1) == 1

    await play(scene)


async def test_what_is_due_belongs_to_one_server_until_its_claim_runs_out(play: Play) -> None:
    def scene(yard: Yard) -> None:
        task = yard.create()
        yard.cancel(task)
        yard.settle(task)
        first = yard.claim()
        assert [(each.task_id, each.url, each.policy, each.kind, each.tries) for each in first] == [
            (task.id, URL, {"x": 1}, "elma", 1)
        ]
        assert yard.claim(holder="two", now=NOW + LEASE - 1) == []
        second = yard.claim(holder="two", now=NOW + LEASE)
        assert second[0].tries == 2
        late: dict[str, Any] = {"delivery": first[0], "holder": "one", "now": NOW + LEASE}
        assert not callbacks.report_delivered(yard.tx, **late, status=200)
        assert not callbacks.report_failed(yard.tx, **late, reason="x", retry_at=None)
        callbacks.release(yard.tx, **late)
        assert callbacks.report_delivered(yard.tx, delivery=second[0], holder="two", status=204, now=NOW + LEASE)
        assert yard.read(task).state is State.DELIVERED
        assert yard.told(task) == [("task.callback_delivered", {"status": 204, "tries": 2})]
        assert yard.claim(now=NOW + 10 * LEASE) == []

    await play(scene)


async def test_a_claim_lasts_as_long_as_it_is_renewed(play: Play) -> None:
    def scene(yard: Yard) -> None:
        task = yard.create()
        yard.cancel(task)
        yard.settle(task)
        delivery = yard.claim()[0]
        for holder, now in (("one", NOW + LEASE - 1), ("two", NOW + LEASE)):
            callbacks.renew(yard.tx, holder=holder, task_ids=[task.id], now=now, lease=LEASE)
        assert yard.claim(holder="two", now=NOW + 2 * LEASE - 2) == []
        assert callbacks.report_delivered(yard.tx, delivery=delivery, holder="one", status=200, now=NOW)

    await play(scene)


async def test_the_history_tells_of_the_first_failure_and_of_the_last(play: Play) -> None:
    def scene(yard: Yard) -> None:
        task = yard.create()
        yard.cancel(task)
        yard.settle(task)
        for number in (1, 2, 3):
            delivery = yard.claim(now=NOW + number)[0]
            retry_at = NOW + number + 1 if number < 3 else None
            assert callbacks.report_failed(
                yard.tx, delivery=delivery, holder="one", reason=f"no {number}\0", retry_at=retry_at, now=NOW + number
            )
        assert yard.told(task) == [
            ("task.callback_delayed", {"reason": "no 1\ufffd", "tries": 1}),
            ("task.callback_failed", {"reason": "no 3\ufffd", "tries": 3}),
        ]
        found = yard.read(task)
        assert (found.state, found.tries, found.next_at, found.error) == (State.FAILED, 3, None, "no 3\ufffd")

    await play(scene)


async def test_a_try_given_back_does_not_count(play: Play) -> None:
    def scene(yard: Yard) -> None:
        task = yard.create()
        yard.cancel(task)
        yard.settle(task)
        callbacks.release(yard.tx, delivery=yard.claim()[0], holder="one", now=NOW)
        assert yard.claim(holder="two")[0].tries == 1
        assert callbacks.reclaim(yard.tx, now=NOW) == 1
        assert yard.claim(holder="three")[0].tries == 2

    await play(scene)


async def test_a_task_that_is_restarted_and_ends_again_is_told_of_again(play: Play) -> None:
    def scene(yard: Yard) -> None:
        task = yard.create()
        yard.cancel(task)
        yard.settle(task)
        callbacks.report_delivered(yard.tx, delivery=yard.claim()[0], holder="one", status=200, now=NOW)
        tasks.restart(yard.tx, **yard.where, task_id=task.id, actor="user:ann", now=NOW + 1)
        assert yard.settle(task, now=NOW + 1) == 0
        yard.cancel(task, now=NOW + 2)
        assert callbacks.all_settled(yard.tx, now=NOW + 2, since=NOW) == []
        assert yard.settle(task, now=NOW + 2) == 1
        assert yard.claim(now=NOW + 2)[0].tries == 1

    await play(scene)


async def test_the_first_callback_of_a_task_stays(play: Play) -> None:
    def scene(yard: Yard) -> None:
        task = yard.create()
        new = NewCallback(**yard.where, task_id=task.id, url="https://other.test/", policy=None, kind="x", now=NOW)
        callbacks.register_many(yard.tx, [new])
        callbacks.register_many(yard.tx, [])
        assert yard.read(task).url == URL
        assert callbacks.of_task(yard.tx, workspace_id=yard.workspace.id + 1, task_id=task.id) is None

    await play(scene)


async def test_a_deleted_task_takes_its_callback_along(play: Play) -> None:
    def scene(yard: Yard) -> None:
        task = yard.create()
        yard.cancel(task)
        yard.settle(task)
        delivery = yard.claim()[0]
        assert tasks.prune(yard.tx, before=NOW + 1) == 1
        assert not callbacks.report_delivered(yard.tx, delivery=delivery, holder="one", status=200, now=NOW)
        assert callbacks.of_task(yard.tx, **yard.where, task_id=task.id) is None

    await play(scene)


def test_the_life_of_a_callback_is_what_its_statements_do() -> None:
    assert {state for state, _ in TRANSITIONS} == set(State)


async def test_somebody_may_have_it_told_once_more(play: Play) -> None:
    def scene(yard: Yard) -> None:
        task, silent = yard.create(), yard.create(url=None)
        again: dict[str, Any] = {**yard.where, "actor": "user:ann"}
        with pytest.raises(NotFound):
            callbacks.repeat(yard.tx, **again, task_id=silent.id, now=NOW)
        with pytest.raises(IllegalTransition):
            callbacks.repeat(yard.tx, **again, task_id=task.id, now=NOW)
        yard.cancel(task)
        yard.settle(task)
        first = yard.claim()[0]
        with pytest.raises(IllegalTransition):
            callbacks.repeat(yard.tx, **again, task_id=task.id, now=NOW)
        callbacks.report_failed(yard.tx, delivery=first, holder="one", reason="x", retry_at=NOW + 9 * LEASE, now=NOW)
        assert yard.claim() == []
        found = callbacks.repeat(yard.tx, **again, task_id=task.id, now=NOW + 1)
        assert (found.state, found.tries, found.error) == (State.DUE, 0, None)
        second = yard.claim(now=NOW + 1)[0]
        assert (second.tries, second.due_at, second.ended_at) == (1, NOW + 1, first.ended_at)
        callbacks.report_failed(yard.tx, delivery=second, holder="one", reason="gone", retry_at=None, now=NOW + 1)
        assert callbacks.repeat(yard.tx, **again, task_id=task.id, now=NOW + 2).state is State.DUE
        third = yard.claim(now=NOW + 2)[0]
        callbacks.report_delivered(yard.tx, delivery=third, holder="one", status=200, now=NOW + 2)
        assert callbacks.repeat(yard.tx, **again, task_id=task.id, now=NOW + 3).state is State.DUE
        told = [data for kind, data in yard.told(task) if kind == "task.callback_repeated"]
        assert sorted(told, key=str) == [
            {"state": "delivered", "tries": 1},
            {"state": "due", "tries": 1},
            {"state": "failed", "tries": 1},
        ]

    await play(scene)
