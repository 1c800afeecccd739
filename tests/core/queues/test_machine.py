"""Random lives of items, on both databases, against what queues promise.

One holder at a time and an epoch that grows by one with each pull; no write by a holder that lost its item; only
listed transitions; numbers that equal a recount; chains with one child and one parent, as long as the retries allow;
a queue that stops at exactly the permitted errors in a row; order by priority and policy; a cancelled item that is
never pulled.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from botyard.base.exceptions import BotyardError, IllegalTransition, StaleLease
from botyard.core import queues, tasks
from botyard.core.queues import FINAL, Holder, Item, NewItem, Pull, Push, Release, Report, Reports, State
from botyard.core.queues.states import TRANSITIONS
from botyard.core.tasks import EndReport
from botyard.storage import Database, Tx
from tests.support.queues import holder_of, make_queue
from tests.support.work import NOW, SECOND, lease_next, lose_all, make_runner, make_task, make_workspace

PICK = st.integers(0, 10**6)
MAX_RECOVERIES = 5
READS = (queues.get_item, queues.search_items, queues.summary)
MINUTE = 60 * SECOND
#: Which state may follow which within one operation; an item may be made and taken back within one.
FOLLOWS = {state: {state} | {after for (before, _), after in TRANSITIONS.items() if before is state} for state in State}


class QueueMachine(RuleBasedStateMachine):
    """One queue, two keys, attempts that come and go, and a clock that only we move."""

    def __init__(self, call: Callable[..., Any]) -> None:
        super().__init__()
        self.call = call
        self.now = NOW
        self.seen: dict[int, Item] = {}
        self.pulled: list[tuple[Holder, Item]] = []
        self.dead: set[str] = set()
        self.errors = 0
        self.active = True
        self.claims = 0

    @initialize(
        policy=st.sampled_from(["fifo", "lifo"]),
        max_retries=st.integers(0, 2),
        delay=st.sampled_from([0, 90]),
        max_errors=st.integers(0, 3),
        limit=st.sampled_from([0, 2]),
    )
    def prepare(self, policy: str, max_retries: int, delay: int, max_errors: int, limit: int) -> None:
        """Make a queue of its own, and an attempt, for this life."""

        def make(tx: Tx) -> Any:
            workspace = make_workspace(tx)
            queue = make_queue(
                tx,
                workspace,
                policy=policy,
                max_retries=max_retries,
                retry_delay_seconds=delay,
                abort_on_error=True,
                max_errors=max_errors,
                time_limit_on=True,
                time_limit_minutes=limit,
                lease_seconds=180,
            )
            return workspace, queue, make_runner(tx, workspace)

        self.workspace, self.queue, self.runner = self.call(make)
        self.holders = [Holder(name="key:a"), Holder(name="key:b"), self._attempt()]

    @rule(count=st.integers(1, 3), priority=st.integers(0, 2))
    def push(self, count: int, priority: int) -> None:
        """Put items into the queue."""
        new = [NewItem(values={"n": number}, priority=priority) for number in range(count)]
        push = Push(workspace_id=self.workspace.id, queue=self.queue.label, items=new, actor="u", now=self.now)
        (made,) = self.call(queues.push_many, [push])
        assert [item.state for item in made] == [State.PENDING] * count

    @rule(pick=PICK, count=st.integers(1, 3), together=st.booleans())
    def pull(self, pick: int, count: int, together: bool) -> None:
        """Let one holder, or all that live, take what is first in line."""
        living = [holder for holder in self.holders if holder.name not in self.dead]
        asking = living if together else [living[pick % len(living)]]
        waiting = self._waiting() if self.active else []
        asked = [
            Pull(workspace_id=self.workspace.id, queue=self.queue.label, holder=holder, count=count, now=self.now)
            for holder in asking
        ]
        answers = self.call(queues.pull_many, asked)
        taken = [item for answer in answers for item in answer]
        first = [item.id for item in waiting[: count * len(asking)]]
        assert sorted(item.id for item in taken) == sorted(first)
        if not together:
            assert [item.id for item in taken] == first
        self.pulled += [(holder, item) for holder, answer in zip(asking, answers, strict=True) for item in answer]

    @rule(pick=PICK)
    def pull_twice(self, pick: int) -> None:
        """Repeat a claim; the answer is the same."""
        self.claims += 1
        claim = f"{self.workspace.id}-{self.claims}"
        holder = self.holders[pick % 2]
        pull = Pull(
            workspace_id=self.workspace.id, queue=self.queue.label, holder=holder, count=2, now=self.now, claim=claim
        )
        (first,) = self.call(queues.pull_many, [pull])
        if first:
            assert self.call(queues.pull_many, [pull]) == [first]
        self.pulled += [(holder, item) for item in first]

    @precondition(lambda self: self.pulled)
    @rule(
        pick=PICK,
        outcome=st.sampled_from(["done", "error", "error", "abandoned"]),
        kind=st.sampled_from(["application", "business"]),
    )
    def report(self, pick: int, outcome: Any, kind: Any) -> None:
        """Let a holder report on something that it pulled, perhaps too late, perhaps again."""
        holder, item = self.pulled[pick % len(self.pulled)]
        before = self._read(item.id)
        child = self._read(before.child_id) if before.child_id else None
        mine = before.epoch == item.epoch and before.holder == holder.name and holder.name not in self.dead
        reported = Report(item_id=item.id, outcome=outcome, error_kind=kind if outcome == "error" else None)
        call = Reports(workspace_id=self.workspace.id, holder=holder, reports=[reported], actor="bot", now=self.now)
        ((answer,),) = self.call(queues.report_many, [call])
        if isinstance(answer, BotyardError):
            assert isinstance(answer, (StaleLease, IllegalTransition))
            assert self._read(item.id) == before
            taken = child is not None and child.state is not State.PENDING
            assert not mine or taken or before.state in (State.PENDING, State.CANCELLED)
            return
        # A holder that released an item may have pulled it again; then it holds the newer epoch.
        assert before.holder == holder.name
        assert holder.name not in self.dead
        assert answer.state == outcome
        self._expect_count(before, answer)
        self._expect_retry(before, child, answer)

    def _expect_count(self, before: Item, after: Item) -> None:
        if after.state is State.DONE and before != after:
            self.errors = 0
        elif after.state is State.ERROR and before.state is not State.ERROR:
            self.errors += 1
            if self.queue.max_errors and self.errors >= self.queue.max_errors:
                self.active = False

    def _expect_retry(self, before: Item, child: Item | None, after: Item) -> None:
        if before == after:
            return
        retries = (
            after.state is State.ERROR
            and after.error_kind == "application"
            and after.retry_index < self.queue.max_retries
        )
        if retries:
            assert after.child_id is not None
            follower = self._read(after.child_id)
            assert (follower.state, follower.retry_index) == (State.PENDING, after.retry_index + 1)
        elif child is not None:
            assert self._read(child.id).state is State.CANCELLED
        else:
            assert after.child_id is None

    @precondition(lambda self: self.pulled)
    @rule(pick=PICK)
    def release(self, pick: int) -> None:
        """Let a holder give something back."""
        holder, item = self.pulled[pick % len(self.pulled)]
        before = self._read(item.id)
        call = Release(workspace_id=self.workspace.id, holder=holder, item_ids=[item.id], now=self.now)
        ((answer,),) = self.call(queues.release_many, [call])
        if isinstance(answer, BotyardError):
            assert self._read(item.id) == before
        else:
            assert (before.state, answer.state) == (State.PROCESSING, State.PENDING)
            assert before.holder == holder.name
            assert holder.name not in self.dead

    @precondition(lambda self: self.seen)
    @rule(pick=PICK, verb=st.sampled_from(["cancel", "delete", "retry"]))
    def control(self, pick: int, verb: str) -> None:
        """Let a person act on an item."""
        item_id = sorted(self.seen)[pick % len(self.seen)]
        before = self._read(item_id)
        where = {"workspace_id": self.workspace.id, "actor": "user:ann", "now": self.now}
        try:
            if verb == "cancel":
                assert self.call(queues.cancel, item_id=item_id, **where).state is State.CANCELLED
                assert before.state in (State.PENDING, State.CANCELLED)
            elif verb == "delete":
                self.call(queues.delete_item, item_id=item_id, **where)
                del self.seen[item_id]
                self.pulled = [(holder, item) for holder, item in self.pulled if item.id != item_id]
            else:
                (verdict,) = self.call(queues.retry_many, item_ids=[item_id], **where)
                assert (verdict.error is None) == (
                    before.child_id is None and before.state in (State.ERROR, State.ABANDONED, State.TIMEOUT)
                )
        except IllegalTransition:
            assert self._read(item_id) == before

    @rule(active=st.booleans())
    def switch(self, active: bool) -> None:
        """Switch the queue on or off."""
        verb = queues.activate if active else queues.deactivate
        was = self.active
        self.call(verb, workspace_id=self.workspace.id, label=self.queue.label, actor="u", now=self.now)
        self.active = active
        if active and not was:
            self.errors = 0

    @rule(seconds=st.sampled_from([1, 30, 100, 200]))
    def wait(self, seconds: int) -> None:
        """Let time pass and the reaper come round."""
        self.now += seconds * SECOND
        self._reap()

    @rule(how=st.sampled_from(["lost", "ended"]))
    def end_attempt(self, how: str) -> None:
        """Let the attempt die; a new one of another task takes its place."""
        lease = self.lease

        def end(tx: Tx) -> None:
            if how == "lost":
                lose_all(tx, now=self.now)
            else:
                ended = EndReport(runner_id=self.runner, attempt_id=lease.attempt_id, now=self.now, outcome="succeeded")
                tasks.end_many(tx, [ended])
                self.now += MINUTE

        self.call(end)
        self.dead.add(self.holders[2].name)
        self._reap()
        self.holders[2] = self._attempt()

    @invariant()
    def every_promise_holds(self) -> None:
        """Compare every item with what it was, its chain, and the kept numbers with a recount."""
        items = self._all()
        by_id = {item.id: item for item in items}
        for item in items:
            self._check_life(item)
            self._check_chain(item, by_id)
        summary = self.call(queues.summary, workspace_id=self.workspace.id, label=self.queue.label)
        recount = Counter(item.state for item in items)
        assert {state: total for state, total in summary.counts.items() if total} == dict(recount)
        times = [item.finished_at - item.started_at for item in items if item.state is State.DONE]  # type: ignore[operator]
        assert summary.done_mean == pytest.approx(sum(times) / len(times) / SECOND if times else 0, abs=1e-5)
        assert (summary.queue.active, summary.queue.consecutive_errors) == (self.active, self.errors)
        self.seen = by_id

    def _check_life(self, item: Item) -> None:
        before = self.seen.get(item.id)
        if before is not None:
            assert item.state in FOLLOWS[before.state]
            assert 0 <= item.epoch - before.epoch <= 1
        assert (item.finished_at is not None) == (item.state in FINAL)
        assert item.state is not State.CANCELLED or item.started_at is None
        times = [item.created_at, *(moment for moment in (item.started_at, item.finished_at) if moment is not None)]
        assert times == sorted(times)
        assert (item.holder is None) == (item.started_at is None)

    def _check_chain(self, item: Item, by_id: dict[int, Item]) -> None:
        if item.child_id is not None:
            assert by_id[item.child_id].parent_id == item.id
        if item.parent_id is not None:
            parent = by_id[item.parent_id]
            assert parent.child_id == item.id
            assert parent.id < item.id
            assert parent.state in FINAL
            assert item.values == parent.values
            assert item.available_at >= parent.created_at
        assert item.recoveries <= MAX_RECOVERIES

    def _reap(self) -> None:
        self.call(queues.reap_items, now=self.now)
        for item in self._all():
            if item.state is State.PROCESSING:
                assert item.lease_until is None or item.lease_until > self.now
                assert item.time_limit_at is None or item.time_limit_at > self.now
                assert item.holder not in self.dead

    def _waiting(self) -> list[Item]:
        waiting = [item for item in self._all() if item.state is State.PENDING and item.ready]
        assert all(item.available_at <= self.now for item in waiting)
        sign = 1 if self.queue.policy == "fifo" else -1
        return sorted(waiting, key=lambda item: (-item.priority, sign * item.id))

    def _attempt(self) -> Holder:
        def start(tx: Tx) -> Any:
            make_task(tx, self.workspace, now=self.now)
            return lease_next(tx, self.workspace, self.runner, now=self.now)

        self.lease = self.call(start)
        return holder_of(self.lease)

    def _all(self) -> list[Item]:
        found: list[Item] = self.call(
            queues.search_items, workspace_id=self.workspace.id, label=self.queue.label, limit=1000
        )
        return found

    def _read(self, item_id: int) -> Item:
        item: Item = self.call(queues.get_item, workspace_id=self.workspace.id, item_id=item_id)
        return item


@pytest.mark.parametrize("examples", [25])
def test_the_promises_of_a_queue_hold_in_random_lives(database_url: str | None, data: Path, examples: int) -> None:
    with asyncio.Runner() as runner:
        db: Database = runner.run(Database.open(database_url, data=data))

        def call(operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            run = db.read if operation in READS else db.write
            return runner.run(run(operation, *args, **kwargs))

        limits = settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        try:
            run_state_machine_as_test(lambda: QueueMachine(call), settings=limits)  # type: ignore[arg-type]
        finally:
            runner.run(db.close())
