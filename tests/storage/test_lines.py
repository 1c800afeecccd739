"""PostgreSQL behind a bad network: what is lost, what hangs, what is not known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from botyard.base.exceptions import Busy
from botyard.storage import Database, Tx
from tests.storage.operations import add, count, labels, turn
from tests.storage.proxy import Proxy, proxy_to


@pytest.fixture(params=["postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def proxy(database_url: str) -> Iterator[Proxy]:
    with proxy_to(database_url) as proxy:
        yield proxy


@pytest.fixture
async def db(proxy: Proxy, tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(proxy.url, data=tmp_path)
    yield database
    await database.close()


async def stored(database_url: str, tmp_path: Path) -> list[str]:
    other = await Database.open(database_url, data=tmp_path)
    try:
        return await other.read(labels)
    finally:
        await other.close()


@pytest.mark.parametrize("many", [False, True], ids=["write", "write_set"])
async def test_a_line_that_breaks_while_committing_gives_an_unknown_outcome_and_no_second_run(
    db: Database, proxy: Proxy, database_url: str, tmp_path: Path, many: bool
) -> None:
    await db.write(add, "warm")
    proxy.break_after = b"COMMIT"
    with pytest.raises(Busy) as refusal:
        await (db.write_set(add_set, "once") if many else db.write(add, "once"))
    assert refusal.value.code == "outcome_unknown"
    async with asyncio.timeout(10):
        while await stored(database_url, tmp_path) != ["once", "warm"]:
            pass
    assert await db.write(add, "next")
    assert await stored(database_url, tmp_path) == ["next", "once", "warm"]


async def test_a_server_that_hangs_is_busy_after_a_while_and_used_again_when_it_answers(
    db: Database, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botyard.storage.postgres.HANG_SECONDS", 0.2)
    monkeypatch.setattr("botyard.storage.postgres_session.CONNECT_SECONDS", 2)
    await db.write(add, "a")
    assert await db.read(count) == 1
    proxy.flowing.clear()
    refusals = await asyncio.gather(
        db.write(add, "b"), db.read(count), db.write_set(add_set, "c"), return_exceptions=True
    )
    assert [type(refusal) for refusal in refusals if not isinstance(refusal, Busy)] == []
    proxy.flowing.set()
    async with asyncio.timeout(10):
        while [Busy] == [type(x) for x in await asyncio.gather(db.write(add, "d"), return_exceptions=True)]:
            await turn()
    assert {"a", "d"} <= set(await db.read(labels))


def add_set(tx: Tx, items: list[str]) -> list[int]:
    return [add(tx, label) for label in items]
