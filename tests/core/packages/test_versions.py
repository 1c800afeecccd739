"""Versions are numbered or named, never change, and the same bytes keep the version they have."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.core import packages
from botyard.core.packages import Manifest, PackageVersion
from botyard.storage import Database
from tests.support.work import NOW, make_workspace

MANIFEST = Manifest(dialect="plain", entry="main.py")
ONE, TWO = "1" * 64, "2" * 64


@pytest.fixture
async def workspace_id(db: Database) -> int:
    return (await db.write(make_workspace)).id


async def store(db: Database, workspace_id: int, digest: str, **fields: Any) -> tuple[PackageVersion, bool]:
    given = {"name": "invoices", "manifest": MANIFEST, "size": 1, "version": None, "actor": "user:ann", "now": NOW}
    return await db.write(packages.store_version, workspace_id=workspace_id, digest=digest, **{**given, **fields})


async def test_versions_without_a_name_are_numbered(db: Database, workspace_id: int) -> None:
    assert [(await store(db, workspace_id, str(number) * 64))[0].version for number in (1, 2, 3)] == ["1", "2", "3"]


async def test_the_next_number_follows_the_highest_one_used(db: Database, workspace_id: int) -> None:
    await store(db, workspace_id, ONE, version="41")
    assert (await store(db, workspace_id, TWO))[0].version == "42"


async def test_the_same_bytes_keep_their_version(db: Database, workspace_id: int) -> None:
    first, created = await store(db, workspace_id, ONE)
    again, created_again = await store(db, workspace_id, ONE)
    assert (created, created_again) == (True, False)
    assert again == first


async def test_the_same_bytes_under_the_same_name_are_no_error(db: Database, workspace_id: int) -> None:
    await store(db, workspace_id, ONE, version="1.0")
    assert (await store(db, workspace_id, ONE, version="1.0"))[1] is False


async def test_the_same_bytes_keep_their_version_whatever_is_asked_for(db: Database, workspace_id: int) -> None:
    first, _ = await store(db, workspace_id, ONE)
    again, created = await store(db, workspace_id, ONE, version="5")
    assert (again.version, created) == (first.version, False)
    await store(db, workspace_id, TWO, version="5")
    with pytest.raises(AlreadyExists):
        await store(db, workspace_id, ONE, version="5")


async def test_other_bytes_under_a_used_version_are_refused(db: Database, workspace_id: int) -> None:
    await store(db, workspace_id, ONE, version="1.0")
    with pytest.raises(AlreadyExists) as error:
        await store(db, workspace_id, TWO, version="1.0")
    assert error.value.code == "version_exists"


async def test_the_manifests_version_is_used_unless_another_is_asked_for(db: Database, workspace_id: int) -> None:
    manifest = Manifest(dialect="plain", entry="main.py", version="2.1")
    assert (await store(db, workspace_id, ONE, manifest=manifest))[0].version == "2.1"
    assert (await store(db, workspace_id, TWO, manifest=manifest, version="3"))[0].version == "3"


async def test_odd_versions_are_refused(db: Database, workspace_id: int) -> None:
    for version in (" 1", "a b", "../1", "x" * 65, "-1", "1\n"):
        with pytest.raises(Invalid):
            await store(db, workspace_id, ONE, version=version)


async def test_an_empty_version_is_none(db: Database, workspace_id: int) -> None:
    assert (await store(db, workspace_id, ONE, version=""))[0].version == "1"


async def test_a_package_of_another_workspace_is_not_found(db: Database, workspace_id: int) -> None:
    other = (await db.write(make_workspace)).id
    stored, _ = await store(db, workspace_id, ONE)
    assert await db.read(packages.find_by_digest, workspace_id=other, digest=ONE) is None
    with pytest.raises(NotFound):
        await db.read(packages.get_version, workspace_id=other, package_id=stored.package_id, version="1")


async def test_only_a_stored_version_can_be_released(db: Database, workspace_id: int) -> None:
    stored, _ = await store(db, workspace_id, ONE)
    await db.write(packages.release, package_id=stored.package_id, version="1")
    package = await db.read(packages.find, workspace_id=workspace_id, name="invoices")
    assert package is not None
    assert package.released == "1"
    with pytest.raises(NotFound):
        await db.write(packages.release, package_id=stored.package_id, version="2")


async def test_versions_are_listed_newest_first(db: Database, workspace_id: int) -> None:
    for number in (1, 2):
        stored, _ = await store(db, workspace_id, str(number) * 64, now=NOW + number)
    found = await db.read(packages.list_versions, package_id=stored.package_id)
    assert [version.version for version in found] == ["2", "1"]


async def test_digests_that_no_version_holds_are_told(db: Database, workspace_id: int) -> None:
    await store(db, workspace_id, ONE)
    assert await db.read(packages.unreferenced, digests=[ONE, TWO]) == {TWO}
