"""Files that get a name of their own within their task."""

from __future__ import annotations

import pytest

from botyard.base.exceptions import Invalid, NotFound, StaleLease
from botyard.core import artifacts
from botyard.core.artifacts import Artifact
from botyard.core.tasks import AttemptRef, Task
from botyard.storage import Database, Tx
from tests.support.work import NOW, attempt_of, lease_next, lose_all, make_runner, make_task, make_workspace


def keep(
    tx: Tx, task: Task, name: str, *, digest: str = "a", actor: str = "attempt:1/1", attempt: AttemptRef | None = None
) -> Artifact:
    """Keep a file of a task."""
    return artifacts.keep(
        tx,
        workspace_id=task.workspace_id,
        task_id=task.id,
        name=name,
        digest=digest * 64,
        size=1,
        actor=actor,
        now=NOW,
        attempt=attempt,
    )


def names(tx: Tx, task: Task) -> list[str]:
    """Return what the files of a task are called, oldest first."""
    found = artifacts.search(tx, workspace_id=task.workspace_id, task_id=task.id)
    return [artifact.file_name for artifact in reversed(found)]


async def test_files_of_one_attempt_get_numbers(db: Database) -> None:
    def scene(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        for digest, name in zip("abcd", ("a/12.txt", "b/12.txt", "C\\12.TXT", "12"), strict=True):
            keep(tx, task, name, digest=digest)
        assert names(tx, task) == ["12.txt", "12 (2).txt", "12 (3).TXT", "12"]

    await db.write(scene)


async def test_the_same_file_sent_again_is_kept_once(db: Database) -> None:
    def scene(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        assert keep(tx, task, "a/12.txt") == keep(tx, task, "a/12.txt")
        assert keep(tx, task, "b/12.txt").file_name == "12 (2).txt"

    await db.write(scene)


async def test_the_newest_attempt_has_the_plain_names(db: Database) -> None:
    def scene(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        keep(tx, task, "12.txt", actor="system:inputs")
        keep(tx, task, "12.txt", digest="b", actor="attempt:1/1")
        newest = keep(tx, task, "12.txt", digest="c", actor="attempt:1/2")
        assert names(tx, task) == ["12 (2).txt", "12 (3).txt", "12.txt"]
        assert newest.digest == "c" * 64

    await db.write(scene)


async def test_long_names_keep_their_endings(db: Database) -> None:
    def scene(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        long = "x" * 251 + ".txt"
        keep(tx, task, long)
        assert keep(tx, task, long, digest="b").file_name == "x" * 247 + " (2).txt"

    await db.write(scene)


@pytest.mark.parametrize("name", ["", "a/..", "a\nb", "x" * 256])
async def test_a_name_that_cannot_be_kept_is_refused(db: Database, name: str) -> None:
    def scene(tx: Tx) -> None:
        with pytest.raises(Invalid):
            keep(tx, make_task(tx, make_workspace(tx)), name)

    await db.write(scene)


async def test_only_the_newest_attempt_of_a_task_may_leave_files(db: Database) -> None:
    def scene(tx: Tx) -> None:
        workspace = make_workspace(tx)
        task = make_task(tx, workspace)
        runner = make_runner(tx, workspace)
        lease = lease_next(tx, workspace, runner)
        keep(tx, task, "a.txt", attempt=attempt_of(lease))
        lose_all(tx)
        with pytest.raises(StaleLease):
            keep(tx, task, "b.txt", attempt=attempt_of(lease))

    await db.write(scene)


async def test_a_task_of_another_workspace_is_not_found(db: Database) -> None:
    def scene(tx: Tx) -> None:
        task, other = make_task(tx, make_workspace(tx)), make_workspace(tx)
        with pytest.raises(NotFound):
            artifacts.keep(
                tx, workspace_id=other.id, task_id=task.id, name="a", digest="a" * 64, size=1, actor="u", now=NOW
            )

    await db.write(scene)
