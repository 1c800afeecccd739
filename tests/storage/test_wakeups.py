"""Wake-ups in one process and between servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botyard.base.ids import uuid7
from botyard.storage import Database, Tx, Wakeups
from botyard.storage.sql import compile_query
from tests.storage.operations import LABELS, Refused, add

END_LISTENERS = compile_query(
    "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity"
    " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
)


def wake(tx: Tx, topic: str) -> None:
    add(tx, topic.replace("'", ""))
    tx.wake(topic)


class TestSubscription:
    async def test_a_signal_before_the_wait_is_kept(self) -> None:
        wakeups = Wakeups()
        async with wakeups.subscribe("a") as subscription:
            wakeups.signal("a")
            assert await subscription.wait(0)
            assert not await subscription.wait(0)

    async def test_a_signal_during_the_wait_ends_it(self) -> None:
        wakeups = Wakeups()
        async with wakeups.subscribe("a") as subscription:
            asyncio.get_running_loop().call_soon(wakeups.signal, "a")
            assert await subscription.wait(5)

    async def test_a_signal_in_the_turn_of_the_timeout_is_not_lost(self) -> None:
        wakeups = Wakeups()
        async with wakeups.subscribe("a") as subscription:
            loop = asyncio.get_running_loop()
            for _ in range(50):
                loop.call_later(0.001, wakeups.signal, "a")
                if not await subscription.wait(0.001):
                    assert await subscription.wait(5)

    async def test_other_topics_do_not_wake(self) -> None:
        wakeups = Wakeups()
        async with wakeups.subscribe("a") as subscription:
            wakeups.signal("b")
            assert not await subscription.wait(0)

    async def test_every_subscriber_wakes(self) -> None:
        wakeups = Wakeups()
        async with wakeups.subscribe("a") as first, wakeups.subscribe("a") as second:
            wakeups.signal("a")
            assert await first.wait(0)
            assert await second.wait(0)

    async def test_nothing_is_kept_after_the_end(self) -> None:
        wakeups = Wakeups()
        async with wakeups.subscribe("a"):
            pass
        wakeups.signal("a")
        assert wakeups._topics == {}


class TestListener:
    async def test_hears_every_topic_until_it_stops(self) -> None:
        wakeups = Wakeups()
        heard: list[str] = []
        stop = wakeups.listen(heard.append)
        wakeups.signal("a")
        wakeups.signal("b")
        stop()
        wakeups.signal("c")
        assert heard == ["a", "b"]

    async def test_one_that_fails_does_not_silence_the_others(self) -> None:
        wakeups = Wakeups()
        heard: list[str] = []

        def fail(topic: str) -> None:
            raise Refused(topic)

        wakeups.listen(fail)
        wakeups.listen(heard.append)
        wakeups.signal("a")
        assert heard == ["a"]


class TestAcrossTransactions:
    async def test_a_write_wakes_its_topic_once_it_is_durable(self, db: Database) -> None:
        async with db.wakeups.subscribe("it's") as subscription:
            await db.write(wake, "it's")
            assert await subscription.wait(0)

    async def test_no_wake_up_is_lost_between_asking_and_waiting(self, db: Database) -> None:
        seen = 0
        async with db.wakeups.subscribe("t") as subscription:

            def put(tx: Tx, label: str) -> None:
                add(tx, label)
                tx.wake("t")

            writes = [asyncio.create_task(db.write(put, f"l{number}")) for number in range(100)]
            while seen < 100:
                assert await subscription.wait(10)
                seen = len(await db.read(lambda tx: tx.all(LABELS)))
            await asyncio.gather(*writes)


class TestBetweenServers:
    @pytest.fixture(params=["postgres"])
    def backend(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    async def other(self, database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
        server = await Database.open(database_url, data=tmp_path / "other")
        yield server
        await server.close()

    async def test_another_server_hears_a_write(self, db: Database, other: Database) -> None:
        await hears(other, db)
        async with other.wakeups.subscribe("it's") as subscription:
            await db.write(wake, "it's")
            assert await subscription.wait(10)

    async def test_a_server_does_not_hear_itself_twice(self, db: Database, other: Database) -> None:
        await hears(db, other)
        heard: list[str] = []
        db.wakeups.listen(heard.append)
        async with db.wakeups.subscribe("end") as end:
            await db.write(wake, "t")
            await other.write(wake, "end")
            assert await end.wait(10)
        assert heard == ["t", "end"]

    async def test_whoever_waits_asks_again_after_the_listener_lost_its_connection(
        self, db: Database, other: Database
    ) -> None:
        await hears(db, other)
        async with db.wakeups.subscribe("anything") as subscription:
            await other.write(lambda tx: tx.all(END_LISTENERS))
            assert await subscription.wait(10)
        await hears(db, other)


async def hears(listener: Database, speaker: Database) -> None:
    """Return once `listener` hears what `speaker` signals."""
    topic = f"hello-{uuid7()}"
    async with listener.wakeups.subscribe(topic) as subscription:
        for _ in range(100):
            await speaker.write(lambda tx: tx.wake(topic))
            if await subscription.wait(0.1):
                return
    raise AssertionError("The other server was not heard.")
