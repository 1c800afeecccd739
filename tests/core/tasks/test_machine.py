"""Random lives of tasks, on both databases, against the promises that a lease makes.

One live attempt a task; an epoch that grows by one with each lease; no write by an attempt that lost its task;
only listed transitions; slots never exceeded; a cancelled waiting task never starts; time in order. A task waits in
the queue, or runs, only when all of its files are there.
"""

from __future__ import annotations

import asyncio
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

from botyard.base.exceptions import IllegalTransition, StaleLease
from botyard.core import artifacts, automations, events, tasks
from botyard.core.tasks import AttemptState, EndReport, Finish, LeaseRequest, State, Task
from botyard.core.tasks.states import FINAL, HELD, LIVE, TRANSITIONS
from botyard.storage import Database, Tx
from tests.support.work import LEASE, NOW, SECOND, attempt_of, deploy, make_runner, make_workspace

GRACE = 5 * SECOND
SLOTS = 2
OUTCOMES = st.sampled_from(["succeeded", "failed", "partial"])
PICK = st.integers(0, 10**6)

#: Which state may follow which within one operation; a lost attempt or a restart may pass through the queue.
FOLLOWS = {state: {state} | {after for (before, _), after in TRANSITIONS.items() if before is state} for state in State}


class TaskMachine(RuleBasedStateMachine):
    """Two runners, some tasks, a clock that only we move."""

    def __init__(self, call: Callable[..., Any]) -> None:
        super().__init__()
        self.call = call
        self.now = NOW
        self.tasks: list[int] = []
        self.leases: list[tuple[str, tasks.Lease]] = []
        self.seen: dict[int, Task] = {}
        self.claims = 0

    @initialize()
    def prepare(self) -> None:
        """Make a workspace of its own for this life."""

        def make(tx: Tx) -> tuple[Any, list[str]]:
            workspace = make_workspace(tx)
            deploy(tx, workspace, automation="a")
            where: dict[str, Any] = {"workspace_id": workspace.id, "label": "a", "actor": "u", "now": NOW}
            automations.update(tx, **where, fields={"parameters": [{"name": "f", "type": "file", "array": True}]})
            return workspace, [make_runner(tx, workspace, slots=SLOTS) for _ in range(2)]

        self.workspace, self.runners = self.call(make)
        self.ticked = self.now

    @rule(priority=st.integers(0, 10))
    def create(self, priority: int) -> None:
        """Put a task into the queue."""
        made = self.call(
            tasks.create, workspace_id=self.workspace.id, automation="a", actor="u", now=self.now, priority=priority
        )
        self.tasks.append(made.id)

    @rule(files=st.integers(1, 3))
    def create_with_files(self, files: int) -> None:
        """Start a task that is given files as links."""
        links = {"f": [f"http://files.test/{number}" for number in range(files)]}
        made = self.call(
            tasks.create, workspace_id=self.workspace.id, automation="a", actor="u", now=self.now, parameters=links
        )
        assert (made.state, made.ready) == (State.PREPARING, False)
        self.tasks.append(made.id)

    @rule(count=st.integers(1, 3), outcome=st.sampled_from(["stored", "later", "never", "died"]))
    def fetch(self, count: int, outcome: str) -> None:
        """Fetch some of the files that are due."""
        held: dict[str, Any] = {"holder": "one", "now": self.now}
        # Earlier lives have left theirs behind.
        claimed = self.call(tasks.claim_inputs, **held, lease=10 * SECOND, limit=1000)
        for file in [file for file in claimed if file.task_id in self.tasks][:count]:
            assert self._task(file.task_id).state is State.PREPARING
            if outcome == "stored":
                self.call(keep, file=file, **held)
            elif outcome in ("later", "never"):
                retry_at = self.now + SECOND if outcome == "later" else None
                self.call(tasks.fail_input, **held, input_id=file.id, reason="404", retry_at=retry_at)
                if outcome == "never":
                    return  # the others of its task are not wanted any more

    @rule(pick=PICK, free=st.integers(1, 3))
    def lease(self, pick: int, free: int) -> None:
        """Let a runner take what is first in line."""
        runner = self.runners[pick % 2]
        self.claims += 1
        request = LeaseRequest(
            workspace_id=self.workspace.id,
            runner_id=runner,
            free=free,
            claim=f"{self.workspace.id}-{self.claims}",
            now=self.now,
            lease=LEASE,
        )
        waiting = sorted(self._ready(), key=lambda task: (-task.priority, task.id))
        (answer,) = self.call(tasks.lease_many, [request])
        assert [lease.task_id for lease in answer] == [task.id for task in waiting[: len(answer)]]
        self.leases += [(runner, lease) for lease in answer]

    @precondition(lambda self: self.leases)
    @rule(pick=PICK)
    def start(self, pick: int) -> None:
        """Report that a process runs, perhaps for an attempt that is gone."""
        self._as_holder(
            pick,
            lambda runner, lease: self.call(tasks.start, runner_id=runner, attempt_id=lease.attempt_id, now=self.now),
            also_ended=False,
        )

    @precondition(lambda self: self.leases)
    @rule(pick=PICK, outcome=OUTCOMES)
    def finish_by_bot(self, pick: int, outcome: Any) -> None:
        """Let a bot finish its task, perhaps too late."""
        _, lease = self.leases[pick % len(self.leases)]
        task = self.seen.get(lease.task_id)
        may = task is not None and task.epoch == lease.epoch and task.state is not State.QUEUED
        before = self._task(lease.task_id)
        try:
            self.call(
                tasks.finish,
                workspace_id=self.workspace.id,
                task_id=lease.task_id,
                report=Finish(outcome=outcome),
                attempt=attempt_of(lease),
                actor="bot",
                now=self.now,
            )
        except StaleLease:
            assert not may
            assert self._task(lease.task_id) == before
        else:
            assert may

    @precondition(lambda self: self.leases)
    @rule(pick=PICK, code=st.sampled_from([0, 1, None]))
    def end(self, pick: int, code: int | None) -> None:
        """Let a runner report the end of a process, perhaps of one that is gone."""
        runner, lease = self.leases[pick % len(self.leases)]
        before = self._task(lease.task_id)
        live = self._attempt(lease).state in LIVE
        report = EndReport(runner_id=runner, attempt_id=lease.attempt_id, now=self.now, exit_code=code)
        (answer,) = self.call(tasks.end_many, [report])
        if live:
            assert isinstance(answer, Task)
        else:
            assert self._task(lease.task_id) == before

    @precondition(lambda self: self.tasks)
    @rule(pick=PICK, verb=st.sampled_from(["cancel", "interrupt", "kill", "restart"]))
    def control(self, pick: int, verb: str) -> None:
        """Let a person act on a task."""
        task_id = self.tasks[pick % len(self.tasks)]
        before = self._task(task_id)
        act = getattr(tasks, verb)
        if verb == "restart" and before.state is State.PREPARING:
            with pytest.raises(IllegalTransition):
                self.call(act, workspace_id=self.workspace.id, task_id=task_id, actor="user:ann", now=self.now)
            return
        after = self.call(act, workspace_id=self.workspace.id, task_id=task_id, actor="user:ann", now=self.now)
        if verb == "cancel":
            assert after.state is (before.state if before.is_final else State.CANCELLED)
        if verb == "restart":
            waits = State.PREPARING if self._missing(task_id) else State.QUEUED
            assert (after.state, after.message, after.interrupted, after.killed) == (waits, None, False, False)

    @rule(runner=st.integers(0, 1), seconds=st.integers(0, 20))
    def beat(self, runner: int, seconds: int) -> None:
        """Move the clock, and let one runner be heard."""
        self._tick(seconds)
        held = [lease.attempt_id for holder, lease in self.leases if holder == self.runners[runner]]
        beat = self.call(tasks.heartbeat, runner_id=self.runners[runner], attempts=held, now=self.now, lease=LEASE)
        stale = {command.attempt_id for command in beat.commands if command.action == "stale"}
        gone = {lease.attempt_id for _, lease in self.leases if self._attempt(lease).state not in LIVE}
        assert stale == gone & set(held)

    @rule(seconds=st.integers(0, 60))
    def pass_time(self, seconds: int) -> None:
        """Let time pass in silence, with the reaper ticking."""
        self._tick(seconds)

    @invariant()
    def every_promise_holds(self) -> None:
        """Compare what is stored with what was stored before."""
        if not hasattr(self, "workspace"):
            return
        for task_id in self.tasks:
            self._check(task_id)
        for runner in self.runners:
            held = [lease for holder, lease in self.leases if holder == runner]
            assert sum(self._attempt(lease).state in LIVE for lease in held) <= SLOTS

    def _check(self, task_id: int) -> None:
        task, attempts = self._task(task_id), self._attempts(task_id)
        before = self.seen.get(task_id)
        if before is not None:
            assert task.state in FOLLOWS[before.state]
            assert task.epoch - before.epoch == (1 if (before.state, task.state) == (State.QUEUED, State.LEASED) else 0)
        if not task.is_final:
            assert bool(self._missing(task_id)) == (task.state is State.PREPARING)
        assert [attempt.epoch for attempt in attempts] == list(range(task.epoch, 0, -1))
        live = [attempt for attempt in attempts if attempt.state in LIVE]
        assert len(live) <= 1
        if task.state in HELD:
            assert [task.epoch] == [attempt.epoch for attempt in live]
        if live:
            assert not task.ready
        assert (task.finished_at is not None) == (task.state in FINAL)
        times = [task.created_at, *(moment for moment in (task.started_at, task.finished_at) if moment is not None)]
        assert times == sorted(times)
        assert [attempt.state for attempt in attempts].count(AttemptState.LOST) >= task.lost
        self.seen[task_id] = task

    def _tick(self, seconds: int) -> None:
        for _ in range(max(seconds // 4, 1)):
            self.now += min(seconds, 4) * SECOND
            self.call(tasks.reap, now=self.now, previous=self.ticked, lease=LEASE, grace=GRACE)
            self.ticked = self.now
            self.every_promise_holds()

    def _as_holder(self, pick: int, act: Callable[[str, tasks.Lease], object], *, also_ended: bool) -> None:
        runner, lease = self.leases[pick % len(self.leases)]
        live = self._attempt(lease).state in LIVE
        try:
            act(runner, lease)
        except StaleLease:
            assert not live
        else:
            assert live or also_ended

    def _missing(self, task_id: int) -> list[tasks.InputFile]:
        files = self.call(tasks.inputs_of, workspace_id=self.workspace.id, task_id=task_id)
        return [file for file in files if file.artifact_id is None]

    def _ready(self) -> list[Task]:
        return [task for task in map(self._task, self.tasks) if task.state is State.QUEUED and task.ready]

    def _task(self, task_id: int) -> Task:
        task: Task = self.call(tasks.get, workspace_id=self.workspace.id, task_id=task_id)
        return task

    def _attempts(self, task_id: int) -> list[tasks.Attempt]:
        found: list[tasks.Attempt] = self.call(tasks.attempts_of, workspace_id=self.workspace.id, task_id=task_id)
        return found

    def _attempt(self, lease: tasks.Lease) -> tasks.Attempt:
        return next(a for a in self._attempts(lease.task_id) if a.epoch == lease.epoch)

    def teardown(self) -> None:
        """Fold the events of each task: the last one that names a state tells the state that is stored."""
        for task_id in self.tasks:
            found = self.call(
                events.list_for, workspace_id=self.workspace.id, entity="task", entity_id=str(task_id), limit=10_000
            )
            assert [event.id for event in found] == sorted({event.id for event in found})
            assert found[0].kind == "task.created"


def keep(tx: Tx, *, file: tasks.TaskInput, holder: str, now: int) -> None:
    """Store a file that was fetched."""
    made = artifacts.keep(
        tx,
        workspace_id=file.workspace_id,
        task_id=file.task_id,
        name=f"{file.position}.txt",
        digest="a" * 64,
        size=1,
        actor="system",
        now=now,
    )
    tasks.store_input(tx, input_id=file.id, holder=holder, artifact_id=made.id, now=now)


@pytest.mark.parametrize("examples", [25])
def test_the_promises_of_a_lease_hold_in_random_lives(database_url: str | None, data: Path, examples: int) -> None:
    with asyncio.Runner() as runner:
        db: Database = runner.run(Database.open(database_url, data=data))

        def call(operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            return runner.run(db.write(operation, *args, **kwargs))

        limits = settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        try:
            run_state_machine_as_test(lambda: TaskMachine(call), settings=limits)  # type: ignore[arg-type]
        finally:
            runner.run(db.close())
