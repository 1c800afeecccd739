"""A package that says what it is called becomes an automation of that name; a version is published once."""

from __future__ import annotations

import pytest

from botyard.base.exceptions import AlreadyExists, Invalid
from botyard.core import automations, packages
from botyard.core.automations import Deployment
from botyard.storage import Database
from botyard.wire.bvproject import Entrypoint, Project
from tests.support.work import NOW, make_workspace


@pytest.fixture
async def workspace_id(db: Database) -> int:
    return (await db.write(make_workspace)).id


def manifest(version: str, description: str = "", entrypoints: int = 1) -> packages.Manifest:
    starts = [Entrypoint(name=f"e{n}", command="main:main", default=n == 0) for n in range(entrypoints)]
    project = Project(name="agent", version=version, description=description, entrypoints=starts)
    return packages.Manifest(dialect="botvelocity", entry="main:main", version=version, project=project)


async def publish(db: Database, workspace_id: int, found: packages.Manifest, digest: str = "1" * 64) -> Deployment:
    return await db.write(
        automations.publish, workspace_id=workspace_id, manifest=found, digest=digest, size=1, actor="user:a", now=NOW
    )


async def check(db: Database, workspace_id: int, version: str) -> None:
    await db.read(automations.check_publishable, workspace_id=workspace_id, name="agent", version=version)


async def test_publishing_makes_the_automation_and_the_next_version_changes_it(db: Database, workspace_id: int) -> None:
    done = await publish(db, workspace_id, manifest("1.0.0", "Reads orders", entrypoints=2))
    made = done.automation
    assert (made.label, made.description, made.package_version) == ("agent", "Reads orders", "1.0.0")
    assert [parameter["name"] for parameter in made.parameters] == ["entrypoint"]
    await db.write(
        automations.update, workspace_id=workspace_id, label="agent", fields={"parameters": []}, actor="a", now=NOW
    )
    again = (await publish(db, workspace_id, manifest("1.0.1", "Reads all orders", entrypoints=2), "2" * 64)).automation
    assert (again.description, again.package_version, again.parameters) == ("Reads all orders", "1.0.1", [])


async def test_one_entrypoint_is_no_question(db: Database, workspace_id: int) -> None:
    assert (await publish(db, workspace_id, manifest("1.0.0"))).automation.parameters == []


async def test_a_version_is_published_once_even_with_the_same_bytes(db: Database, workspace_id: int) -> None:
    await check(db, workspace_id, "1.0.0")
    await publish(db, workspace_id, manifest("1.0.0"))
    with pytest.raises(AlreadyExists, match=r"1\.0\.0"):
        await check(db, workspace_id, "1.0.0")
    await check(db, workspace_id, "1.0.1\0")
    with pytest.raises(AlreadyExists):
        await publish(db, workspace_id, manifest("1.0.0"))


async def test_a_package_without_a_name_of_its_own_cannot_be_published(db: Database, workspace_id: int) -> None:
    with pytest.raises(Invalid):
        await publish(db, workspace_id, packages.Manifest(dialect="plain", entry="main.py"))
