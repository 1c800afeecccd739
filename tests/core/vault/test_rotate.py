"""Rotation: everything stays readable, nothing is left under an old key, and a cut-off rotation goes on."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Busy
from botyard.core import vault
from botyard.core.vault import RootKeys, Rotation, Secret
from botyard.core.vault.rotate import rotate
from botyard.storage import Database
from botyard.storage.sql import compile_query
from tests.support.work import NOW, SECOND, make_workspace

SECRETS = 30


@pytest.fixture
def keys(tmp_path: Path) -> RootKeys:
    return RootKeys(tmp_path / "root.key")


@pytest.fixture
async def workspaces(db: Database, keys: RootKeys) -> list[int]:
    """Return two workspaces with secrets in each."""
    ids = [(await db.write(make_workspace)).id for _ in range(2)]
    for workspace_id in ids:
        for number in range(SECRETS):
            await put(db, keys, workspace_id, number)
    return ids


async def put(db: Database, keys: RootKeys, workspace_id: int, number: int, *, version: int = 1) -> None:
    await db.write(
        vault.put,
        root_keys=keys,
        workspace_id=workspace_id,
        name=f"name-{number}",
        version=version,
        secret=Secret(f"value-{workspace_id}-{number}"),
        now=NOW,
    )


async def step(db: Database, keys: RootKeys, *, begin: bool = False, limit: int = 7, now: int = NOW) -> Rotation:
    return await db.write(rotate, root_keys=keys, begin=begin, now=now + SECOND, limit=limit)


async def rotate_all(db: Database, keys: RootKeys, *, limit: int = 7, now: int = NOW) -> int:
    done = await step(db, keys, begin=True, limit=limit, now=now)
    rewrapped = done.rewrapped
    while not done.done:
        done = await step(db, keys, limit=limit, now=now)
        rewrapped += done.rewrapped
    return rewrapped


async def check_all(db: Database, keys: RootKeys, workspaces: list[int]) -> None:
    names = [f"name-{number}" for number in range(SECRETS)]
    for workspace_id in workspaces:
        found = await db.read(vault.unseal, root_keys=keys, workspace_id=workspace_id, names=names)
        assert {name: secret.reveal() for name, secret in found.items()} == {
            f"name-{number}": f"value-{workspace_id}-{number}" for number in range(SECRETS)
        }


async def rows(db: Database, statement: str) -> list[dict[str, Any]]:
    return await db.read(lambda tx: tx.all(compile_query(statement)))


async def wrapped(db: Database) -> dict[tuple[int, str], str]:
    found = await rows(db, "SELECT workspace_id, name, wrapped_key FROM vault_values")
    return {(row["workspace_id"], row["name"]): row["wrapped_key"] for row in found}


class TestRotation:
    async def test_leaves_nothing_under_an_old_key(self, db: Database, keys: RootKeys, workspaces: list[int]) -> None:
        old_root, before = keys.load()[0], await wrapped(db)
        assert await rotate_all(db, keys) == 2 * SECRETS
        after = await wrapped(db)
        assert before.keys() == after.keys()
        assert not set(before.values()) & set(after.values())
        roots = {row["root_id"] for row in await rows(db, "SELECT root_id FROM vault_keys")}
        assert roots == {keys.load()[0].id}
        assert old_root.id not in roots
        assert await rows(db, "SELECT workspace_id, term FROM vault_keys WHERE term < 2") == []
        await check_all(db, keys, workspaces)

    async def test_needs_the_new_root_key_only(
        self, db: Database, keys: RootKeys, workspaces: list[int], tmp_path: Path
    ) -> None:
        await rotate_all(db, keys)
        alone = RootKeys(tmp_path / "alone.key")
        alone.path.write_text(keys.load()[0].key.hex())
        assert await db.read(vault.check, root_keys=alone) == "open"
        await check_all(db, alone, workspaces)

    async def test_can_be_done_again_and_again(self, db: Database, keys: RootKeys, workspaces: list[int]) -> None:
        for round_ in range(3):
            assert await rotate_all(db, keys, limit=1000, now=NOW + 10 * round_ * SECOND) == 2 * SECRETS
        assert len(keys.load()) == 4
        await check_all(db, keys, workspaces)

    async def test_takes_a_key_that_was_put_first_by_hand(
        self, db: Database, keys: RootKeys, workspaces: list[int]
    ) -> None:
        mine = "ab" * 32
        keys.path.write_text(f"{mine}\n{keys.path.read_text()}")
        await rotate_all(db, keys)
        assert len(keys.load()) == 2
        assert {row["root_id"] for row in await rows(db, "SELECT root_id FROM vault")} == {keys.load()[0].id}
        assert keys.load()[0].key.hex() == mine
        await check_all(db, keys, workspaces)

    async def test_keeps_the_root_key_where_the_file_cannot_be_written(
        self, db: Database, keys: RootKeys, workspaces: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = keys.load()

        def read_only(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(RootKeys, "_publish", read_only)
        assert await rotate_all(db, keys) == 2 * SECRETS
        assert keys.load() == before
        await check_all(db, keys, workspaces)

    async def test_does_nothing_without_secrets(self, db: Database, keys: RootKeys) -> None:
        done = await step(db, keys, begin=True)
        assert (done.done, done.root_id) == (True, None)
        assert not keys.path.exists()

    async def test_is_refused_where_a_key_is_missing(
        self, db: Database, keys: RootKeys, workspaces: list[int], tmp_path: Path
    ) -> None:
        with pytest.raises(Busy):
            await step(db, RootKeys(tmp_path / "other.key"), begin=True)
        keys.path.unlink()
        with pytest.raises(Busy):
            await step(db, keys, begin=True)
        assert not keys.path.exists()
        await check_all(db, keys, workspaces)


class TestInterruption:
    @pytest.mark.parametrize("steps", range(0, 11, 2))
    async def test_goes_on_where_it_stopped(
        self, db: Database, keys: RootKeys, workspaces: list[int], steps: int
    ) -> None:
        for number in range(steps):
            await step(db, keys, begin=number == 0)
        await check_all(db, keys, workspaces)
        after_restart = RootKeys(keys.path)
        assert await db.read(vault.check, root_keys=after_restart) == "open"
        await rotate_all(db, after_restart)
        await check_all(db, after_restart, workspaces)
        assert await rows(db, "SELECT rotating_since FROM vault WHERE rotating_since IS NOT NULL") == []

    async def test_a_key_made_before_the_database_knew_is_the_next_one(
        self, db: Database, keys: RootKeys, workspaces: list[int]
    ) -> None:
        prepared = keys.add()
        after_restart = RootKeys(keys.path)
        assert await db.read(vault.check, root_keys=after_restart) == "open"
        await put(db, after_restart, workspaces[0], 0, version=2)
        await rotate_all(db, after_restart)
        assert after_restart.load()[0] == prepared
        await check_all(db, after_restart, workspaces)

    async def test_a_step_that_fails_changes_nothing(
        self, db: Database, keys: RootKeys, workspaces: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await step(db, keys, begin=True)
        before = await wrapped(db)
        counted = itertools.count()

        def failing(*arguments: Any) -> str:
            if next(counted) == 4:
                raise ZeroDivisionError
            return original(*arguments)

        original: Callable[..., str] = vault.rotate.__globals__["wrap"]
        monkeypatch.setitem(vault.rotate.__globals__, "wrap", failing)
        with pytest.raises(ZeroDivisionError):
            await step(db, keys)
        monkeypatch.undo()
        assert await wrapped(db) == before
        await rotate_all(db, keys)
        await check_all(db, keys, workspaces)


async def test_reads_and_writes_go_on_under_rotation(db: Database, keys: RootKeys, workspaces: list[int]) -> None:
    stop = asyncio.Event()
    reads = 0

    async def read_on() -> None:
        nonlocal reads
        while not stop.is_set():
            await check_all(db, keys, workspaces)
            reads += 1

    async def write_on() -> None:
        for version in itertools.count(2):
            if stop.is_set():
                return
            await asyncio.gather(
                *(
                    put(db, keys, workspace_id, number, version=version)
                    for workspace_id in workspaces
                    for number in (1, 2, 3)
                )
            )

    others = [asyncio.create_task(one()) for one in (read_on, read_on, write_on)]
    for round_ in range(3):
        # Two operators at once do no harm.
        now = NOW + 10 * round_ * SECOND
        await asyncio.gather(rotate_all(db, keys, limit=5, now=now), rotate_all(db, keys, limit=3, now=now))
    stop.set()
    await asyncio.gather(*others)
    assert reads > 0
    await check_all(db, keys, workspaces)
    assert await rows(db, "SELECT rotating_since FROM vault WHERE rotating_since IS NOT NULL") == []
