"""Versions that a dialect uploads may be replaced and removed, and nothing that runs loses its bytes."""

from __future__ import annotations

import pytest

from botyard.base.exceptions import IllegalTransition, NotFound
from botyard.core import automations, packages, tasks
from botyard.core.automations import Bundle
from botyard.core.packages import Manifest, PackageVersion
from botyard.core.tasks import EndReport, NewTask, Task
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import LEASE, NOW, SECOND, lease_next, make_runner, make_workspace

MANIFEST = Manifest(dialect="botcity", entry="bot.py")
ONE, TWO, THREE = "1" * 64, "2" * 64, "3" * 64


@pytest.fixture
async def workspace(db: Database) -> Workspace:
    return await db.write(make_workspace)


def upload(tx: Tx, workspace: Workspace, digest: str, version: str, *, now: int = NOW) -> PackageVersion:
    done = automations.upload(
        tx,
        workspace_id=workspace.id,
        label="invoices",
        manifest=MANIFEST,
        digest=digest,
        size=1,
        version=version,
        actor="user:ann",
        now=now,
    )
    return done.version


def release(tx: Tx, workspace: Workspace, version: str) -> None:
    automations.release(tx, workspace_id=workspace.id, label="invoices", version=version, actor="user:ann", now=NOW)


def remove(tx: Tx, workspace: Workspace, version: str) -> None:
    automations.remove_version(
        tx, workspace_id=workspace.id, label="invoices", version=version, actor="user:ann", now=NOW
    )


def bundle(tx: Tx, workspace: Workspace) -> Bundle:
    return automations.get_bundle(tx, workspace_id=workspace.id, name="invoices")


def versions(tx: Tx, workspace: Workspace) -> dict[str, str]:
    found = packages.list_versions(tx, package_id=bundle(tx, workspace).id)
    return {version.version: version.digest for version in found}


def make_task(tx: Tx, workspace: Workspace) -> Task:
    (made,) = tasks.create_many(
        tx, [NewTask(workspace_id=workspace.id, automation="invoices", actor="user:ann", now=NOW)]
    )
    assert isinstance(made, Task), made
    return made


async def test_an_upload_is_not_released_and_its_tasks_wait_until_it_is(db: Database, workspace: Workspace) -> None:
    def check(tx: Tx) -> None:
        upload(tx, workspace, ONE, "1.0")
        found = bundle(tx, workspace)
        assert (found.released, found.latest) == (None, "1.0")
        task = make_task(tx, workspace)
        (reason, *_) = tasks.why_waiting(tx, workspace_id=workspace.id, task_id=task.id, now=NOW)
        assert reason.code == "no_package"

    await db.write(check)
    async with db.wakeups.subscribe(f"tasks:{workspace.id}") as waiting:
        await db.write(release, workspace, "1.0")
        assert await waiting.wait(5)

    def lease(tx: Tx) -> str | None:
        tasks.reap(tx, now=NOW + SECOND, previous=NOW, lease=LEASE, grace=SECOND)
        return lease_next(tx, workspace, make_runner(tx, workspace)).package_digest

    assert await db.write(lease) == ONE


async def test_bytes_that_are_replaced_stay_beside_their_version(db: Database, workspace: Workspace) -> None:
    def check(tx: Tx) -> None:
        upload(tx, workspace, ONE, "1.0")
        release(tx, workspace, "1.0")
        make_task(tx, workspace)
        lease = lease_next(tx, workspace, make_runner(tx, workspace))
        assert lease.package_digest == ONE
        upload(tx, workspace, TWO, "1.0", now=NOW + 1)
        upload(tx, workspace, TWO, "1.0", now=NOW + 2)
        upload(tx, workspace, THREE, "1.0", now=NOW + 3)
        assert versions(tx, workspace) == {"1.0": THREE, "1.0+replaced.1": ONE, "1.0+replaced.2": TWO}
        # Whoever has leased the earlier bytes still gets them, and new attempts run the new ones.
        assert packages.find_by_digest(tx, workspace_id=workspace.id, digest=ONE) is not None
        found = bundle(tx, workspace)
        assert (found.released, found.latest) == ("1.0", "1.0")
        make_task(tx, workspace)
        assert lease_next(tx, workspace, make_runner(tx, workspace)).package_digest == THREE

    await db.write(check)


async def test_the_same_bytes_may_have_several_versions(db: Database, workspace: Workspace) -> None:
    def check(tx: Tx) -> None:
        upload(tx, workspace, ONE, "1.0")
        upload(tx, workspace, ONE, "2.0")
        assert versions(tx, workspace) == {"1.0": ONE, "2.0": ONE}

    await db.write(check)


async def test_a_removed_version_takes_what_it_replaced_along(db: Database, workspace: Workspace) -> None:
    def check(tx: Tx) -> None:
        upload(tx, workspace, ONE, "1.0")
        upload(tx, workspace, TWO, "1.0")
        upload(tx, workspace, THREE, "1.0+replaced.x")
        release(tx, workspace, "1.0")
        remove(tx, workspace, "1.0")
        assert versions(tx, workspace) == {"1.0+replaced.x": THREE}
        assert bundle(tx, workspace).released is None
        for version in ("1.0", "9"):
            with pytest.raises(NotFound):
                remove(tx, workspace, version)

    await db.write(check)


async def test_what_runs_is_not_removed(db: Database, workspace: Workspace) -> None:
    def check(tx: Tx) -> None:
        upload(tx, workspace, ONE, "1.0")
        release(tx, workspace, "1.0")
        make_task(tx, workspace)
        runner_id = make_runner(tx, workspace)
        lease = lease_next(tx, workspace, runner_id)
        upload(tx, workspace, TWO, "1.0")
        with pytest.raises(IllegalTransition, match="is being run"):
            remove(tx, workspace, "1.0")
        assert set(versions(tx, workspace)) == {"1.0", "1.0+replaced.1"}
        report = EndReport(runner_id=runner_id, attempt_id=lease.attempt_id, exit_code=1, now=NOW + 1)
        tasks.end_many(tx, [report])
        remove(tx, workspace, "1.0")
        assert versions(tx, workspace) == {}

    with pytest.raises(NotFound):
        await db.write(remove, workspace, "1.0")
    await db.write(check)


async def test_an_announced_package_waits_for_its_first_version(db: Database, workspace: Workspace) -> None:
    def check(tx: Tx) -> None:
        for folder in ("Finance", "Office"):
            automations.announce(
                tx,
                workspace_id=workspace.id,
                label="invoices",
                dialect="botcity",
                folder=folder,
                actor="user:ann",
                now=NOW,
            )
        found = bundle(tx, workspace)
        assert (found.released, found.latest, found.folder) == (None, None, "Finance")
        assert automations.get(tx, workspace_id=workspace.id, label="invoices").package_id == found.id

    await db.write(check)
