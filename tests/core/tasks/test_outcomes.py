"""How tasks end: by their bot, by their runner, by people, by silence."""

from __future__ import annotations

import pytest

from botyard.base.exceptions import Denied, Invalid, NotFound, StaleLease
from botyard.core import events, tasks
from botyard.core.tasks import AttemptState, EndReport, Finish, Lease, State, Task
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import LEASE, NOW, SECOND, attempt_of, lease_next, make_runner, make_task, make_workspace


class Held:
    """A task that a runner holds."""

    def __init__(self, tx: Tx, *, started: bool = True) -> None:
        self.tx = tx
        self.workspace: Workspace = make_workspace(tx)
        self.task = make_task(tx, self.workspace)
        self.runner = make_runner(tx, self.workspace)
        self.lease: Lease = lease_next(tx, self.workspace, self.runner)
        if started:
            tasks.start(tx, runner_id=self.runner, attempt_id=self.lease.attempt_id, now=NOW)

    def read(self) -> Task:
        return tasks.get(self.tx, workspace_id=self.workspace.id, task_id=self.task.id)

    def attempt(self) -> tasks.Attempt:
        return tasks.attempts_of(self.tx, workspace_id=self.workspace.id, task_id=self.task.id)[0]

    def finish(self, outcome: tasks.Outcome = "succeeded", *, own: bool = True, **counts: int) -> Task:
        return tasks.finish(
            self.tx,
            workspace_id=self.workspace.id,
            task_id=self.task.id,
            report=Finish(outcome=outcome, message=outcome, **counts),
            attempt=attempt_of(self.lease) if own else None,
            actor="bot",
            now=NOW + SECOND,
        )

    def end(self, exit_code: int | None = 0, **fields: object) -> Task | Exception:
        report = EndReport(
            runner_id=self.runner,
            attempt_id=self.lease.attempt_id,
            now=NOW + 2 * SECOND,
            exit_code=exit_code,
            **fields,  # type: ignore[arg-type]
        )
        return tasks.end_many(self.tx, [report])[0]

    def act(self, act: object, actor: str = "user:ann") -> Task:
        made: Task = act(  # type: ignore[operator]
            self.tx, workspace_id=self.workspace.id, task_id=self.task.id, actor=actor, now=NOW + SECOND
        )
        return made

    def lose(self, *, after: int = LEASE + 6 * SECOND) -> tasks.Reaped:
        now = NOW + after
        return tasks.reap(self.tx, now=now, previous=now - SECOND, lease=LEASE, grace=5 * SECOND)

    def kinds(self) -> list[str]:
        found = events.list_for(self.tx, workspace_id=self.workspace.id, entity="task", entity_id=str(self.task.id))
        return [event.kind for event in found]


class TestFinish:
    async def test_the_bot_decides_the_outcome_and_the_process_ends_later(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            finished = held.finish("partial", total=10, processed=7, failed=3)
            assert (
                finished.state,
                finished.total_items,
                finished.processed_items,
                finished.failed_items,
            ) == (State.PARTIAL, 10, 7, 3)
            assert held.attempt().state == AttemptState.RUNNING
            ended = held.end(3)
            assert isinstance(ended, Task)
            assert ended.state == State.PARTIAL
            assert (held.attempt().state, held.attempt().exit_code) == (AttemptState.PARTIAL, 3)

        await db.write(scenario)

    async def test_counts_that_do_not_add_up_are_refused(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            with pytest.raises(Invalid, match="not 7 processed plus 1 failed"):
                held.finish(total=10, processed=7, failed=1)
            assert held.read().state == State.RUNNING

        await db.write(scenario)

    async def test_finishing_again_amends_and_keeps_the_earlier_outcome_as_an_event(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            held.finish("failed")
            assert held.finish("succeeded").state == State.SUCCEEDED
            assert held.kinds()[-1] == "task.amended"
            assert held.finish("partial", own=False).state == State.PARTIAL

        await db.write(scenario)

    async def test_a_waiting_task_may_be_finished_by_key(self, db: Database) -> None:
        def scenario(tx: Tx) -> State:
            workspace = make_workspace(tx)
            task = make_task(tx, workspace)
            report = Finish(outcome="succeeded")
            return tasks.finish(
                tx, workspace_id=workspace.id, task_id=task.id, report=report, attempt=None, actor="key:x", now=NOW
            ).state

        assert await db.write(scenario) == State.SUCCEEDED

    async def test_an_attempt_may_finish_only_its_own_task(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            other = make_task(tx, held.workspace)
            with pytest.raises(Denied):
                tasks.finish(
                    tx,
                    workspace_id=held.workspace.id,
                    task_id=other.id,
                    report=Finish(outcome="succeeded"),
                    attempt=attempt_of(held.lease),
                    actor="bot",
                    now=NOW,
                )

        await db.write(scenario)

    async def test_a_foreign_task_looks_like_one_that_never_was(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held, stranger = Held(tx), make_workspace(tx)
            for task_id in (held.task.id, 10**15):
                with pytest.raises(NotFound, match=f"Task {task_id} does not exist"):
                    tasks.cancel(tx, workspace_id=stranger.id, task_id=task_id, actor="x", now=NOW)

        await db.write(scenario)


class TestEnd:
    async def test_a_botcity_process_that_does_not_finish_fails_its_task(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            held.end(0)
            assert (held.read().state, held.read().message) == (State.FAILED, "ended (exit code 0) without finishing")

        await db.write(scenario)

    async def test_the_runner_may_tell_why_nothing_could_start(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx, started=False)
            held.end(None, outcome="failed", message="requirements.txt names a package that does not exist")
            assert "requirements.txt" in (held.read().message or "")

        await db.write(scenario)

    async def test_repeating_the_report_changes_nothing_and_contradicting_it_is_refused(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            assert isinstance(held.end(1), Task)
            assert isinstance(held.end(1), Task)
            assert isinstance(held.end(0), StaleLease)
            assert held.kinds().count("task.failed") == 1

        await db.write(scenario)

    async def test_another_runner_cannot_end_the_attempt(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            held.runner = make_runner(tx, held.workspace)
            assert isinstance(held.end(0), StaleLease)
            assert held.read().state == State.RUNNING

        await db.write(scenario)


class TestLoss:
    async def test_a_silent_runner_loses_its_task_to_the_queue(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            assert held.lose(after=LEASE + 4 * SECOND).lost == 0
            assert held.lose().lost == 1
            assert (held.read().state, held.read().lost, held.read().ready) == (State.QUEUED, 1, True)
            assert held.attempt().state == AttemptState.LOST
            again = lease_next(tx, held.workspace, make_runner(tx, held.workspace))
            assert (held.task.id, 2) == (again.task_id, again.epoch)

        await db.write(scenario)

    async def test_a_lost_attempt_can_write_nothing_more(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            held.lose()
            lease_next(tx, held.workspace, make_runner(tx, held.workspace))
            with pytest.raises(StaleLease):
                held.finish()
            assert isinstance(held.end(0), StaleLease)
            beat = tasks.heartbeat(tx, runner_id=held.runner, attempts=[held.lease.attempt_id], now=NOW, lease=LEASE)
            assert [command.action for command in beat.commands] == ["stale"]
            assert held.read().state == State.LEASED

        await db.write(scenario)

    async def test_a_heartbeat_keeps_the_lease(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            tasks.heartbeat(
                tx, runner_id=held.runner, attempts=[held.lease.attempt_id], now=NOW + 20 * SECOND, lease=LEASE
            )
            assert held.lose().lost == 0

        await db.write(scenario)

    async def test_the_third_loss_fails_the_task(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            for _ in range(2):
                held.lose()
                lease_next(tx, held.workspace, make_runner(tx, held.workspace))
            held.lose()
            assert held.read().state == State.FAILED
            assert "3 of 3 attempts lost" in (held.read().message or "")

        await db.write(scenario)

    async def test_a_runner_that_is_started_again_gives_up_what_it_held_at_once(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            other = Held(tx)
            assert tasks.lose_all(tx, runner_id=held.runner, now=NOW + SECOND) == 1
            assert tasks.lose_all(tx, runner_id=held.runner, now=NOW + SECOND) == 0
            assert (held.read().state, held.read().lost, held.read().ready) == (State.QUEUED, 1, True)
            assert held.attempt().state == AttemptState.LOST
            assert "started again" in (held.attempt().message or "")
            assert other.read().state == State.RUNNING
            with pytest.raises(StaleLease):
                held.finish()

        await db.write(scenario)

    async def test_what_a_runner_leased_in_its_new_life_stays_its_own(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            assert tasks.lose_all(tx, runner_id=held.runner, now=held.attempt().leased_at) == 0

        await db.write(scenario)

    async def test_a_task_that_kills_its_runner_each_time_ends(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            for life in range(1, 4):
                assert tasks.lose_all(tx, runner_id=held.runner, now=NOW + life * SECOND) == 1
                if life < 3:
                    lease_next(tx, held.workspace, held.runner)
            assert held.read().state == State.FAILED
            assert "3 of 3 attempts lost" in (held.read().message or "")

        await db.write(scenario)

    async def test_a_finished_task_stays_finished_when_its_runner_dies(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            held.finish()
            held.lose()
            assert (held.read().state, held.attempt().state) == (State.SUCCEEDED, AttemptState.LOST)

        await db.write(scenario)

    @pytest.mark.parametrize("previous", [None, NOW - 90 * SECOND, NOW + 3600 * SECOND])
    async def test_after_a_gap_or_a_clock_step_leases_start_anew(self, db: Database, previous: int | None) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            now = NOW + LEASE + 60 * SECOND
            before = None if previous is None else previous
            reaped = tasks.reap(tx, now=now, previous=before, lease=LEASE, grace=5 * SECOND)
            assert (reaped.rebased, reaped.lost) == (True, 0)
            assert now + LEASE == held.attempt().lease_until

        await db.write(scenario)


class TestControl:
    async def test_a_cancelled_waiting_task_is_never_leased(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            workspace = make_workspace(tx)
            task = make_task(tx, workspace)
            tasks.cancel(tx, workspace_id=workspace.id, task_id=task.id, actor="user:ann", now=NOW)
            request = tasks.LeaseRequest(
                workspace_id=workspace.id, runner_id=make_runner(tx, workspace), free=1, claim="c", now=NOW, lease=LEASE
            )
            assert tasks.lease_many(tx, [request]) == [[]]

        await db.write(scenario)

    async def test_cancelling_a_running_task_is_final_at_once_and_stops_its_process(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            cancelled = held.act(tasks.cancel)
            assert (cancelled.state, cancelled.interrupted) == (State.CANCELLED, True)
            found = tasks.standing(tx, runner_id=held.runner, attempts=[held.lease.attempt_id], now=NOW).commands
            assert [command.action for command in found] == ["cancel"]
            held.end(-15)
            assert (held.read().state, held.attempt().state) == (State.CANCELLED, AttemptState.CANCELLED)

        await db.write(scenario)

    async def test_cancelling_twice_changes_nothing(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            first = held.act(tasks.cancel)
            assert first == held.act(tasks.cancel)
            assert held.kinds().count("task.cancelled") == 1

        await db.write(scenario)

    async def test_an_interruption_set_before_the_attempt_began_is_seen_by_it(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            workspace = make_workspace(tx)
            task = make_task(tx, workspace)
            tasks.interrupt(tx, workspace_id=workspace.id, task_id=task.id, actor="user:ann", now=NOW)
            lease = lease_next(tx, workspace, make_runner(tx, workspace))
            assert lease.stop == "interrupt"
            assert tasks.get(tx, workspace_id=workspace.id, task_id=task.id).interrupted

        await db.write(scenario)

    async def test_a_killed_task_fails_when_its_process_is_gone(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            assert held.act(tasks.kill).state == State.RUNNING
            held.end(-9)
            assert (held.read().state, held.read().message) == (State.FAILED, "killed on request")

        await db.write(scenario)

    async def test_a_restart_clears_outcome_and_flags_and_keeps_id_and_parameters(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            held.act(tasks.interrupt)
            held.finish(total=2, processed=1, failed=1)
            held.end(0)
            again = held.act(tasks.restart)
            assert (
                again.state,
                again.message,
                again.total_items,
                again.interrupted,
                again.finished_at,
            ) == (State.QUEUED, None, None, False, None)
            assert lease_next(tx, held.workspace, make_runner(tx, held.workspace)).epoch == 2

        await db.write(scenario)

    async def test_a_restarted_task_waits_until_the_earlier_process_has_ended(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            held.finish("failed")
            assert not held.act(tasks.restart, f"attempt:{held.task.id}/1").ready
            assert [held.attempt().stop] == [None]
            held.end(0)
            assert held.read().ready

        await db.write(scenario)

    async def test_a_bot_that_restarted_its_task_cannot_finish_it_any_more(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            held = Held(tx)
            held.act(tasks.restart, f"attempt:{held.task.id}/1")
            with pytest.raises(StaleLease):
                held.finish()

        await db.write(scenario)

    async def test_bulk_gives_a_verdict_for_each_task(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            workspace = make_workspace(tx)
            task = make_task(tx, workspace)
            verdicts = tasks.cancel_many(
                tx, workspace_id=workspace.id, task_ids=[10**15, task.id], actor="user:ann", now=NOW
            )
            assert isinstance(verdicts[0].error, NotFound)
            assert verdicts[1].task is not None
            assert verdicts[1].task.state == State.CANCELLED

        await db.write(scenario)
