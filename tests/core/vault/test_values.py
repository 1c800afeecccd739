"""What the vault keeps opens only as what it is: this workspace, this name, this version, this root key."""

from __future__ import annotations

from pathlib import Path

import pytest

from botyard.base.exceptions import Busy, Invalid, NotFound
from botyard.core import vault
from botyard.core.vault import RootKeys, Secret
from botyard.core.vault.envelope import DoesNotOpen, decrypt, encrypt, new_key
from botyard.storage import Database, Tx
from botyard.storage.sql import compile_query
from tests.support.work import NOW, make_workspace

VALUE = "s3cret-ação-\N{SNOWMAN}"


@pytest.fixture
async def workspace_id(db: Database) -> int:
    return (await db.write(make_workspace)).id


@pytest.fixture
def keys(tmp_path: Path) -> RootKeys:
    return RootKeys(tmp_path / "root.key")


async def put(db: Database, keys: RootKeys, workspace_id: int, name: str = "a", version: int = 1) -> None:
    await db.write(
        vault.put,
        root_keys=keys,
        workspace_id=workspace_id,
        name=name,
        version=version,
        secret=Secret(VALUE),
        now=NOW,
    )


async def opened(db: Database, keys: RootKeys, workspace_id: int, name: str = "a") -> str | None:
    found = await db.read(vault.unseal, root_keys=keys, workspace_id=workspace_id, names=[name])
    return found[name].reveal() if found else None


def behind_our_back(tx: Tx, /, statement: str, **params: object) -> int:
    return tx.run(compile_query(statement), **params)


class TestEnvelope:
    def test_opens_with_the_same_key_and_context_only(self) -> None:
        key = new_key()
        text = encrypt(key, b"x", "a", 1)
        assert decrypt(key, text, "a", 1) == b"x"
        for other in ((new_key(), text, "a", 1), (key, text, "a", 2), (key, text, "a/1"), (key, text[:-4], "a", 1)):
            with pytest.raises(DoesNotOpen):
                decrypt(*other)

    def test_joined_parts_of_a_context_differ(self) -> None:
        key = new_key()
        with pytest.raises(DoesNotOpen):
            decrypt(key, encrypt(key, b"x", "a", "b/c"), "a/b", "c")

    def test_never_gives_the_same_text_twice(self) -> None:
        key = new_key()
        assert len({encrypt(key, b"x", "a") for _ in range(1000)}) == 1000


class TestValues:
    async def test_come_back_as_they_were(self, db: Database, keys: RootKeys, workspace_id: int) -> None:
        await put(db, keys, workspace_id)
        assert await opened(db, keys, workspace_id) == VALUE
        assert await opened(db, keys, workspace_id, "b") is None

    async def test_can_be_forgotten(self, db: Database, keys: RootKeys, workspace_id: int) -> None:
        await put(db, keys, workspace_id)
        await db.write(vault.forget, workspace_id=workspace_id, names=["a"])
        assert await opened(db, keys, workspace_id) is None

    @pytest.mark.parametrize(
        ("moved", "name"),
        [
            ("UPDATE vault_values SET name = 'b' WHERE name = 'a'", "b"),
            ("UPDATE vault_values SET version = 2", "a"),
            ("UPDATE vault_values SET content = (SELECT o.content FROM vault_values o WHERE o.name = 'z')", "a"),
            (
                "UPDATE vault_values SET wrapped_key = (SELECT o.wrapped_key FROM vault_values o WHERE o.name = 'z')",
                "a",
            ),
            ("UPDATE vault_values SET content = 'AAAA'", "a"),
            ("UPDATE vault_values SET content = '!'", "a"),
        ],
    )
    async def test_do_not_open_elsewhere_or_when_changed(
        self, db: Database, keys: RootKeys, workspace_id: int, moved: str, name: str
    ) -> None:
        await put(db, keys, workspace_id)
        await put(db, keys, workspace_id, "z")
        await db.write(behind_our_back, moved)
        with pytest.raises(NotFound) as refused:
            await opened(db, keys, workspace_id, name)
        assert refused.value.code == "damaged_secret"
        assert VALUE not in str(refused.value)

    async def test_do_not_open_in_another_workspace(self, db: Database, keys: RootKeys, workspace_id: int) -> None:
        other = (await db.write(make_workspace)).id
        await put(db, keys, workspace_id)
        await put(db, keys, other, "own")
        await db.write(behind_our_back, "UPDATE vault_values SET workspace_id = :other WHERE name = 'a'", other=other)
        with pytest.raises(NotFound):
            await opened(db, keys, other)

    async def test_are_wrapped_by_a_new_term_when_the_old_one_is_used_up(
        self, db: Database, keys: RootKeys, workspace_id: int
    ) -> None:
        await put(db, keys, workspace_id)
        await db.write(behind_our_back, "UPDATE vault_keys SET uses = 20000000")
        await put(db, keys, workspace_id, "b")
        rows = await db.read(lambda tx: tx.all(compile_query("SELECT name, term FROM vault_values ORDER BY name")))
        assert [(row["name"], row["term"]) for row in rows] == [("a", 1), ("b", 2)]
        assert await opened(db, keys, workspace_id) == await opened(db, keys, workspace_id, "b") == VALUE


class TestStart:
    async def test_makes_the_key_while_there_is_no_secret(self, db: Database, keys: RootKeys) -> None:
        assert await db.read(vault.check, root_keys=keys) == "open"
        assert keys.path.exists()

    async def test_is_sealed_without_the_file_and_makes_none(
        self, db: Database, keys: RootKeys, workspace_id: int
    ) -> None:
        await put(db, keys, workspace_id)
        content = keys.path.read_bytes()
        keys.path.unlink()
        later = RootKeys(keys.path)
        assert await db.read(vault.check, root_keys=later) == "sealed"
        assert not keys.path.exists()
        for act in (put, opened):
            with pytest.raises(Busy, match=r"root\.key") as refused:
                await act(db, later, workspace_id)
            assert refused.value.code == "sealed"
        assert not keys.path.exists()
        keys.path.write_bytes(content)
        assert await opened(db, later, workspace_id) == VALUE

    async def test_refuses_a_key_of_another_database(
        self, db: Database, keys: RootKeys, workspace_id: int, tmp_path: Path
    ) -> None:
        await put(db, keys, workspace_id)
        other = RootKeys(tmp_path / "other.key")
        other.create()
        with pytest.raises(Invalid) as refused:
            await db.read(vault.check, root_keys=other)
        assert refused.value.code == "wrong_root_key"
        with pytest.raises(Busy):
            await put(db, other, (await db.write(make_workspace)).id)
        assert await opened(db, keys, workspace_id) == VALUE

    async def test_refuses_a_truncated_key(self, db: Database, keys: RootKeys, workspace_id: int) -> None:
        await put(db, keys, workspace_id)
        keys.path.write_bytes(keys.path.read_bytes()[:-5])
        with pytest.raises(Invalid) as refused:
            await db.read(vault.check, root_keys=RootKeys(keys.path))
        assert refused.value.code == "bad_key_file"

    async def test_refuses_a_check_value_that_the_key_does_not_open(
        self, db: Database, keys: RootKeys, workspace_id: int
    ) -> None:
        await put(db, keys, workspace_id)
        await db.write(behind_our_back, "UPDATE vault SET check_value = 'AAAA'")
        with pytest.raises(Invalid):
            await db.read(vault.check, root_keys=RootKeys(keys.path))
