"""Tasks that are given files as links: they prepare until the last file is there, or end with the reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import IllegalTransition, Invalid, NotFound, StaleLease
from botyard.core import artifacts, automations, events, logs, tasks
from botyard.core.tasks import Finish, NewTask, State, Task, TaskInput
from botyard.core.tasks.statements import sql
from botyard.storage import Database, Tx
from tests.support.work import LEASE, NOW, SECOND, deploy, lease_next, make_runner, make_workspace

PARAMETERS = [
    {"name": "File_in", "type": "file"},
    {"name": "Files_in", "type": "file", "array": True},
    {"name": "Count", "type": "int"},
    {"name": "File_out", "type": "file", "scope": "Out"},
]
LINKS = {"file_in": "http://127.0.0.1:8088/a?key=secret", "files_in": ["https://files.test/b", "https://files.test/c"]}
MINUTE = 60 * SECOND


class Yard:
    """A workspace with an automation that takes files, and whoever fetches them."""

    def __init__(self, tx: Tx, parameters: list[dict[str, Any]] | None = None) -> None:
        self.tx = tx
        self.workspace = make_workspace(tx)
        self.where: dict[str, Any] = {"workspace_id": self.workspace.id}
        deploy(tx, self.workspace, automation="billing")
        fields = {"parameters": PARAMETERS if parameters is None else parameters}
        automations.update(tx, **self.where, label="billing", fields=fields, actor="user:ann", now=NOW)
        self.runner = make_runner(tx, self.workspace)

    def create(self, parameters: dict[str, Any], **fields: Any) -> Task:
        return tasks.create(
            self.tx, **self.where, automation="billing", actor="user:ann", now=NOW, parameters=parameters, **fields
        )

    def claim(self, *, holder: str = "one", now: int = NOW, limit: int = 10) -> list[TaskInput]:
        return tasks.claim_inputs(self.tx, holder=holder, now=now, lease=MINUTE, limit=limit)

    def store(self, file: TaskInput, *, holder: str = "one", now: int = NOW) -> None:
        """Keep the bytes of a file, as whoever fetches does."""
        made = artifacts.create(
            self.tx,
            workspace_id=file.workspace_id,
            task_id=file.task_id,
            name=f"{file.parameter}.txt",
            file_name=f"{file.parameter}.txt",
            actor="system",
            now=now,
        )
        artifacts.attach(
            self.tx,
            workspace_id=file.workspace_id,
            artifact_id=made.id,
            digest=f"{made.id:064}",
            size=1,
            actor="system",
            now=now,
        )
        tasks.store_input(self.tx, input_id=file.id, holder=holder, artifact_id=made.id, now=now)

    def fail(self, file: TaskInput, *, retry_at: int | None = None, now: int = NOW) -> None:
        tasks.fail_input(self.tx, input_id=file.id, holder="one", reason="404 Not Found", retry_at=retry_at, now=now)

    def read(self, task: Task) -> Task:
        return tasks.get(self.tx, **self.where, task_id=task.id)

    def kinds(self, task: Task) -> list[str]:
        found = events.list_for(self.tx, **self.where, entity="task", entity_id=str(task.id), limit=50)
        return [event.kind for event in found if event.kind.startswith("task.")]

    def lines(self, task: Task) -> list[str]:
        return [line.shown for line in logs.follow(self.tx, **self.where, task_id=task.id)]

    def tick(self, *, now: int = NOW) -> None:
        tasks.reap(self.tx, now=now, previous=now - SECOND, lease=LEASE, grace=5 * SECOND)


Play = Callable[[Callable[[Yard], None]], Any]


@pytest.fixture
def play(db: Database) -> Play:
    """Return a function that plays a scene in a unit of work."""
    return lambda scene: db.write(lambda tx: scene(Yard(tx)))


class TestPreparing:
    async def test_a_task_waits_in_the_queue_once_its_last_file_is_there(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            task = yard.create({**LINKS, "count": "3"}, fetch={"allow_private": True})
            assert (task.state, task.ready, task.parameters["Count"]) == (State.PREPARING, False, 3)
            files = yard.claim()
            assert [(file.parameter, file.position, file.url, file.tries) for file in files] == [
                ("File_in", 0, "http://127.0.0.1:8088/a?key=secret", 1),
                ("Files_in", 0, "https://files.test/b", 1),
                ("Files_in", 1, "https://files.test/c", 1),
            ]
            assert files[0].policy == {"allow_private": True}
            assert yard.claim() == []
            for file in reversed(files):
                assert yard.read(task).state is State.PREPARING
                assert tasks.demand(yard.tx, **yard.where) == {}
                yard.store(file)
            task = yard.read(task)
            assert (task.state, task.ready) == (State.QUEUED, True)
            assert yard.kinds(task) == ["task.created", "task.prepared"]
            lease = lease_next(yard.tx, yard.workspace, yard.runner)
            assert [(file.parameter, file.position, file.file_name) for file in lease.files] == [
                ("File_in", 0, "File_in.txt"),
                ("Files_in", 0, "Files_in.txt"),
                ("Files_in", 1, "Files_in.txt"),
            ]
            assert lease.file_outputs == ["File_out"]
            assert lease.parameters == {"File_in": LINKS["file_in"], "Files_in": LINKS["files_in"], "Count": 3}
            row = tasks.input_of_attempt(
                yard.tx,
                runner_id=yard.runner,
                attempt_id=lease.attempt_id,
                artifact_id=lease.files[0].artifact_id or 0,
            )
            assert row["digest"] == lease.files[0].digest
            with pytest.raises(StaleLease):
                tasks.input_of_attempt(yard.tx, runner_id="another", attempt_id=lease.attempt_id, artifact_id=1)

        await play(scene)

    async def test_links_of_a_strict_caller_are_kept_from_the_eyes_of_others(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            task = yard.create({"file_in": "http://user:pw@h.test/a/b?key=secret#x", "files_in": None}, strict=True)
            assert task.parameters == {"File_in": "http://h.test/a/b?…", "Files_in": None, "Count": None}
            assert yard.claim()[0].url == "http://user:pw@h.test/a/b?key=secret#x"

        await play(scene)

    async def test_what_is_no_link_needs_no_preparing(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            assert yard.create({"file_in": "C:\\reports\\a.csv"}).state is State.QUEUED
            assert yard.create({"file_in": None, "other": "http://x.test/"}).state is State.QUEUED
            assert yard.create({"file_out": "http://x.test/"}).state is State.QUEUED

        await play(scene)

    async def test_a_batch_mixes_tasks_with_files_and_without(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            given: list[dict[str, Any]] = [{"count": 1}, {"file_in": "http://x.test/1"}, {"count": "x"}, {"count": 4}]
            new = [
                NewTask(**yard.where, automation="billing", actor="u", now=NOW, parameters=parameters)
                for parameters in given
            ]
            made = tasks.create_many(yard.tx, new)
            states = [task.state if isinstance(task, Task) else type(task) for task in made]
            assert states == [State.QUEUED, State.PREPARING, Invalid, State.QUEUED]
            assert isinstance(made[1], Task)
            assert [file.task_id for file in yard.claim()] == [made[1].id]

        await play(scene)

    async def test_too_many_files_are_refused(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            with pytest.raises(Invalid, match="201 files") as error:
                yard.create({"files_in": ["http://x.test/"] * 201})
            assert error.value.code == "too_large"

        await play(scene)

    async def test_a_page_says_what_the_task_waits_for(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            task = yard.create(LINKS)
            first, *_ = yard.claim()
            yard.fail(first, retry_at=NOW + 5 * SECOND)
            reasons = tasks.why_waiting(yard.tx, **yard.where, task_id=task.id, now=NOW)
            assert [reason.code for reason in reasons] == ["fetching", "fetch_failed"]
            assert "3 of the 3 files" in reasons[0].text
            assert "404 Not Found" in reasons[1].text
            shown = tasks.inputs_of(yard.tx, **yard.where, task_id=task.id)
            assert (shown[0].parameter, shown[0].tries, shown[0].error) == ("File_in", 1, "404 Not Found")

        await play(scene)


class TestFailure:
    async def test_a_file_is_tried_again_and_then_ends_the_task_with_the_reason(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            task = yard.create({"file_in": "http://x.test/"})
            (file,) = yard.claim()
            yard.fail(file, retry_at=NOW + 5 * SECOND)
            assert yard.claim(now=NOW + 4 * SECOND) == []
            (file,) = yard.claim(now=NOW + 5 * SECOND)
            assert file.tries == 2
            yard.fail(file, now=NOW + 5 * SECOND)
            task = yard.read(task)
            reason = 'The file of parameter "File_in" could not be fetched: 404 Not Found'
            assert (task.state, task.message, task.finished_at) == (State.FAILED, reason, NOW + 5 * SECOND)
            assert yard.lines(task) == [f"WARN  {reason} Trying again in 5 s.", f"ERROR {reason}"]
            assert yard.kinds(task) == ["task.created", "task.failed"]
            assert yard.claim(now=NOW + MINUTE * 10) == []

        await play(scene)

    async def test_one_file_given_up_gives_up_the_others(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            yard.create(LINKS)
            first, second, _ = yard.claim()
            yard.fail(first)
            with pytest.raises(StaleLease), yard.tx.savepoint():
                yard.store(second)
            with pytest.raises(StaleLease), yard.tx.savepoint():
                yard.fail(second)
            assert yard.claim(now=NOW + 10 * MINUTE) == []

        await play(scene)

    async def test_whoever_died_while_fetching_is_replaced(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            task = yard.create({"file_in": "http://x.test/"})
            (file,) = yard.claim()
            (again,) = yard.claim(holder="two", now=NOW + MINUTE)
            assert (again.id, again.tries) == (file.id, 2)
            with pytest.raises(StaleLease), yard.tx.savepoint():
                yard.store(file)
            yard.store(again, holder="two")
            assert yard.read(task).state is State.QUEUED

        await play(scene)

    async def test_a_restart_fetches_only_what_is_missing(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            task = yard.create(LINKS)
            first, second, third = yard.claim()
            yard.store(first)
            yard.store(second)
            yard.fail(third)
            restarted = tasks.restart(yard.tx, **yard.where, task_id=task.id, actor="user:ann", now=NOW)
            assert (restarted.state, restarted.message) == (State.PREPARING, None)
            with pytest.raises(IllegalTransition):
                tasks.restart(yard.tx, **yard.where, task_id=task.id, actor="user:ann", now=NOW)
            (file,) = yard.claim()
            assert (file.id, file.tries) == (third.id, 1)
            yard.store(file)
            assert yard.read(task).ready
            tasks.cancel(yard.tx, **yard.where, task_id=task.id, actor="user:ann", now=NOW)
            restarted = tasks.restart(yard.tx, **yard.where, task_id=task.id, actor="user:ann", now=NOW)
            assert (restarted.state, restarted.ready) == (State.QUEUED, True)

        await play(scene)


class TestEnds:
    async def test_a_cancel_ends_it_and_nothing_more_is_fetched(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            one, two = yard.create(LINKS), yard.create({"file_in": "http://x.test/"})
            files = yard.claim(limit=1)
            verdicts = tasks.cancel_many(yard.tx, **yard.where, task_ids=[one.id, two.id], actor="user:ann", now=NOW)
            assert [verdict.task and verdict.task.state for verdict in verdicts] == [State.CANCELLED] * 2
            assert yard.claim(now=NOW + 10 * MINUTE) == []
            with pytest.raises(StaleLease), yard.tx.savepoint():
                yard.store(files[0])
            assert artifacts.search(yard.tx, **yard.where, task_id=one.id) == []

        await play(scene)

    async def test_nobody_finishes_it_before_it_could_run(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            task = yard.create(LINKS)
            report = Finish(outcome="succeeded")
            with pytest.raises(IllegalTransition):
                tasks.finish(
                    yard.tx, **yard.where, task_id=task.id, report=report, attempt=None, actor="user:ann", now=NOW
                )

        await play(scene)

    async def test_a_task_that_prepares_without_files_goes_on_or_ends(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            stuck, whole = yard.create({"file_in": "http://x.test/"}), yard.create({"file_in": "http://x.test/"})
            yard.tick()
            assert yard.read(stuck).state is State.PREPARING
            lost, found = yard.claim()
            yard.tx.run(sql.close_inputs, task_id=lost.task_id)
            yard.tx.run(sql.store_input, input_id=found.id, holder="one", artifact_id=1)
            yard.tick()
            assert (yard.read(stuck).state, yard.read(whole).state) == (State.FAILED, State.QUEUED)
            assert "given up" in str(yard.read(stuck).message)

        await play(scene)

    async def test_its_files_go_with_it(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            task = yard.create({"file_in": "http://x.test/"}, test=True)
            tasks.delete(yard.tx, **yard.where, task_id=task.id, actor="user:ann", now=NOW)
            other = yard.create({"file_in": "http://x.test/"})
            yard.store(yard.claim()[0])
            tasks.cancel(yard.tx, **yard.where, task_id=other.id, actor="user:ann", now=NOW)
            assert tasks.prune(yard.tx, before=NOW + 1) == 1
            with pytest.raises(NotFound):
                yard.read(other)
            assert tasks.inputs_of(yard.tx, **yard.where, task_id=other.id) == []

        await play(scene)


class TestWaitingForItsTime:
    async def test_a_prepared_task_still_waits_for_its_time_and_its_package(self, play: Play) -> None:
        def scene(yard: Yard) -> None:
            later = yard.create({"file_in": "http://x.test/"}, not_before=NOW + MINUTE)
            automations.create(
                yard.tx, **yard.where, label="bare", fields={"parameters": PARAMETERS}, actor="user:ann", now=NOW
            )
            bare = tasks.create(
                yard.tx,
                **yard.where,
                automation="bare",
                actor="user:ann",
                now=NOW,
                parameters={"file_in": "http://x.test/"},
            )
            for file in yard.claim():
                yard.store(file)
            assert [(yard.read(task).state, yard.read(task).ready) for task in (later, bare)] == [
                (State.QUEUED, False)
            ] * 2
            yard.tick(now=NOW + MINUTE)
            assert (yard.read(later).ready, yard.read(bare).ready) == (True, False)

        await play(scene)


async def test_the_last_of_two_files_that_come_at_once_is_noticed(
    db: Database, database_url: str | None, data: Path
) -> None:
    yard = await db.write(Yard)
    other = db if database_url is None else await Database.open(database_url, data=data)

    def store(tx: Tx, *, file: TaskInput) -> None:
        mine = copy(yard)
        mine.tx = tx
        mine.store(file)

    def begin(tx: Tx) -> tuple[Task, list[TaskInput]]:
        yard.tx = tx
        return yard.create({"files_in": ["http://x.test/1", "http://x.test/2"]}), yard.claim()

    for _ in range(10):
        task, (first, second) = await db.write(begin)
        await asyncio.gather(db.write(store, file=first), other.write(store, file=second))
        assert (await db.read(tasks.get, workspace_id=task.workspace_id, task_id=task.id)).state is State.QUEUED
    if other is not db:
        await other.close()
