from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound, StaleLease
from botyard.core import artifacts, events
from botyard.core.artifacts import Artifact
from botyard.core.tasks import AttemptRef, Task
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, attempt_of, lease_next, lose_all, make_runner, make_task, make_workspace

FIRST, SECOND_DIGEST = "a" * 64, "b" * 64


def announce(
    tx: Tx,
    task: Task,
    *,
    name: str = "report",
    file_name: str = "report.csv",
    now: int = NOW,
    attempt: AttemptRef | None = None,
) -> Artifact:
    return artifacts.create(
        tx,
        workspace_id=task.workspace_id,
        task_id=task.id,
        name=name,
        file_name=file_name,
        actor="key:ci",
        now=now,
        attempt=attempt,
    )


def attach(
    tx: Tx,
    announced: Artifact,
    *,
    digest: str = FIRST,
    size: int = 3,
    now: int = NOW,
    attempt: AttemptRef | None = None,
) -> Artifact:
    return artifacts.attach(
        tx,
        workspace_id=announced.workspace_id,
        artifact_id=announced.id,
        digest=digest,
        size=size,
        actor="key:ci",
        now=now,
        attempt=attempt,
    )


async def test_a_file_is_hidden_until_its_bytes_are_there(db: Database) -> None:
    def hidden_then_shown(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        announced = announce(tx, task)
        scope: dict[str, Any] = {"workspace_id": task.workspace_id}
        assert announced.digest is None
        assert artifacts.search(tx, **scope, task_id=task.id) == []
        assert artifacts.page(tx, **scope) == ([], 0)
        with pytest.raises(NotFound):
            artifacts.get(tx, **scope, artifact_id=announced.id)
        attached = attach(tx, announced)
        assert (attached.digest, attached.size, attached.media_type) == (FIRST, 3, "text/csv")
        assert artifacts.get(tx, **scope, artifact_id=announced.id) == attached
        assert artifacts.search(tx, **scope, task_id=task.id) == [attached]
        assert artifacts.page(tx, **scope) == ([attached], 1)

    await db.write(hidden_then_shown)


async def test_an_upload_is_an_event_of_its_task(db: Database) -> None:
    def record(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        attached = attach(tx, announce(tx, task))
        history = events.list_for(tx, workspace_id=task.workspace_id, entity="task", entity_id=str(task.id))
        assert history[-1].kind == "artifact.uploaded"
        assert history[-1].data == {"artifact": attached.id, "name": "report", "size": 3}

    await db.write(record)


async def test_the_same_bytes_again_change_nothing_and_other_bytes_are_refused(db: Database) -> None:
    def send_twice(tx: Tx) -> None:
        announced = announce(tx, make_task(tx, make_workspace(tx)))
        first = attach(tx, announced)
        assert attach(tx, announced, now=NOW + SECOND) == first
        with pytest.raises(AlreadyExists):
            attach(tx, announced, digest=SECOND_DIGEST)

    await db.write(send_twice)


async def test_an_empty_file_is_a_file(db: Database) -> None:
    def send_nothing(tx: Tx) -> None:
        announced = announce(tx, make_task(tx, make_workspace(tx)))
        assert attach(tx, announced, size=0).size == 0

    await db.write(send_nothing)


async def test_a_file_of_an_unknown_task_and_of_a_foreign_one_are_refused_alike(db: Database) -> None:
    def refuse(tx: Tx) -> None:
        mine, theirs = make_workspace(tx), make_workspace(tx)
        foreign = make_task(tx, theirs)
        told = []
        for task_id in (foreign.id, foreign.id + 1000):
            with pytest.raises(NotFound) as refused:
                artifacts.create(
                    tx, workspace_id=mine.id, task_id=task_id, name="x", file_name="x", actor="key:ci", now=NOW
                )
            told.append(str(refused.value).replace(str(task_id), "N"))
        assert told[0] == told[1]
        stored = attach(tx, announce(tx, foreign))
        with pytest.raises(NotFound):
            artifacts.get(tx, workspace_id=mine.id, artifact_id=stored.id)
        assert artifacts.search(tx, workspace_id=mine.id, task_id=foreign.id) == []

    await db.write(refuse)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("report.csv", "report.csv"),
        ("/home/ann/report.csv", "report.csv"),
        ("C:\\Users\\ann\\report.csv", "report.csv"),
        ("../../etc/passwd", "passwd"),
        ("relatório final.xlsx", "relatório final.xlsx"),
    ],
)
async def test_only_the_last_part_of_a_path_is_kept(db: Database, sent: str, kept: str) -> None:
    artifact = await db.write(lambda tx: announce(tx, make_task(tx, make_workspace(tx)), file_name=sent))
    assert artifact.file_name == kept


@pytest.mark.parametrize("sent", ["", "  ", "folder/", "..", "C:\\", "a\nb", "nul\0byte", "x" * 256, "\u202egpj.exe"])
async def test_names_that_cannot_be_kept_are_refused(db: Database, sent: str) -> None:
    def refuse(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        with pytest.raises(Invalid) as refused:
            announce(tx, task, file_name=sent)
        assert refused.value.field == "filename"

    await db.write(refuse)


class TestAttempt:
    async def test_writes_while_it_is_the_newest(self, db: Database) -> None:
        def write(tx: Tx) -> None:
            workspace = make_workspace(tx)
            task = make_task(tx, workspace)
            attempt = attempt_of(lease_next(tx, workspace, make_runner(tx, workspace)))
            assert attach(tx, announce(tx, task, attempt=attempt), attempt=attempt).digest == FIRST

        await db.write(write)

    async def test_that_lost_its_lease_neither_announces_nor_attaches(self, db: Database) -> None:
        def write_late(tx: Tx) -> None:
            workspace = make_workspace(tx)
            task = make_task(tx, workspace)
            attempt = attempt_of(lease_next(tx, workspace, make_runner(tx, workspace)))
            announced = announce(tx, task, attempt=attempt)
            lose_all(tx)
            with pytest.raises(StaleLease):
                announce(tx, task, attempt=attempt)
            with pytest.raises(StaleLease):
                attach(tx, announced, attempt=attempt)
            assert artifacts.search(tx, workspace_id=workspace.id) == []

        await db.write(write_late)

    async def test_writes_to_no_other_task(self, db: Database) -> None:
        def write_elsewhere(tx: Tx) -> None:
            workspace = make_workspace(tx)
            make_task(tx, workspace)
            attempt = attempt_of(lease_next(tx, workspace, make_runner(tx, workspace)))
            other = make_task(tx, workspace)
            with pytest.raises(StaleLease):
                announce(tx, other, attempt=attempt)

        await db.write(write_elsewhere)


class TestPage:
    async def test_is_newest_first_and_counts_all(self, db: Database) -> None:
        def turn_pages(tx: Tx) -> None:
            task = make_task(tx, make_workspace(tx))
            made = [attach(tx, announce(tx, task, name=f"r{n}", now=NOW + n)) for n in range(5)]
            newest_first = [artifact.id for artifact in reversed(made)]
            shown: list[int] = []
            for offset in (0, 2, 4):
                found, total = artifacts.page(tx, workspace_id=task.workspace_id, offset=offset, limit=2)
                assert total == 5
                shown += [artifact.id for artifact in found]
            assert shown == newest_first
            assert artifacts.page(tx, workspace_id=task.workspace_id, offset=90, limit=2) == ([], 5)

        await db.write(turn_pages)

    async def test_is_narrowed_by_time_and_task(self, db: Database) -> None:
        def narrow(tx: Tx) -> None:
            workspace = make_workspace(tx)
            task, other = make_task(tx, workspace), make_task(tx, workspace)
            attach(tx, announce(tx, task, now=NOW))
            recent = attach(tx, announce(tx, task, now=NOW + SECOND))
            attach(tx, announce(tx, other, now=NOW + SECOND))
            found = artifacts.page(tx, workspace_id=workspace.id, task_id=task.id, since=NOW + 1)
            assert found == ([recent], 1)

        await db.write(narrow)


async def test_search_continues_after_a_page(db: Database) -> None:
    def turn_pages(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        made = [attach(tx, announce(tx, task)) for _ in range(3)]
        first = artifacts.search(tx, workspace_id=task.workspace_id, limit=2)
        rest = artifacts.search(tx, workspace_id=task.workspace_id, before_id=first[-1].id, limit=2)
        assert [artifact.id for artifact in first + rest] == [artifact.id for artifact in reversed(made)]

    await db.write(turn_pages)


async def test_bytes_are_unreferenced_when_no_artifact_holds_them(db: Database) -> None:
    def ask(tx: Tx) -> None:
        workspace: Workspace = make_workspace(tx)
        attach(tx, announce(tx, make_task(tx, workspace)))
        assert artifacts.unreferenced(tx, digests=[FIRST, SECOND_DIGEST]) == {SECOND_DIGEST}

    await db.write(ask)
