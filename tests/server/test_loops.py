from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from botyard.base.clock import DAY
from botyard.base.settings import Settings
from botyard.core import artifacts, tasks
from botyard.server.loops import Loop, Upkeep, lead, reap, resign
from botyard.storage import Blobs, Database, Tx
from botyard.upstream import Upstream
from botyard.web import Application, Authenticator
from tests.support.work import LEASE, NOW, SECOND, lease_next, make_runner, make_task, make_workspace


class TestLoop:
    async def test_goes_on_after_a_tick_that_failed(self) -> None:
        ticks: list[int] = []
        enough = asyncio.Event()

        async def tick() -> None:
            ticks.append(len(ticks))
            if len(ticks) < 3:
                raise RuntimeError("no luck")
            enough.set()

        loop = Loop(name="test", interval=0.001, tick=tick)
        assert loop.age is None
        running = asyncio.create_task(loop.run())
        await asyncio.wait_for(enough.wait(), 5)
        running.cancel()
        assert loop.age is not None


class TestLead:
    async def test_belongs_to_one_holder_until_it_falls_silent(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            def leads(holder: str, now: int) -> bool:
                return lead(tx, name="x", holder=holder, now=now, lease=5 * SECOND)

            assert leads("a", NOW)
            assert not leads("b", NOW + SECOND)
            assert leads("a", NOW + 4 * SECOND)
            assert not leads("b", NOW + 9 * SECOND)
            assert leads("b", NOW + 10 * SECOND)
            assert not leads("a", NOW + 10 * SECOND)

        await db.write(check)

    async def test_is_taken_over_after_a_clock_was_set_back(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            assert lead(tx, name="x", holder="a", now=NOW + DAY, lease=5 * SECOND)
            assert lead(tx, name="x", holder="b", now=NOW, lease=5 * SECOND)

        await db.write(check)

    async def test_passes_on_at_once_when_it_is_given_up(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            assert lead(tx, name="x", holder="a", now=NOW, lease=5 * SECOND)
            resign(tx, holder="a")
            assert lead(tx, name="x", holder="b", now=NOW, lease=5 * SECOND)

        await db.write(check)


class TestReap:
    async def test_gives_back_the_task_of_a_silent_runner_but_not_after_a_pause_of_the_server(
        self, db: Database
    ) -> None:
        def check(tx: Tx) -> None:
            workspace = make_workspace(tx)
            task = make_task(tx, workspace)
            lease_next(tx, workspace, make_runner(tx, workspace))

            def tick(now: int) -> tasks.Reaped | None:
                return reap(tx, holder="a", now=now, lease=LEASE, grace=5 * SECOND)

            late = NOW + 100 * SECOND
            first = tick(late)
            assert first is not None
            assert first.rebased
            assert reap(tx, holder="b", now=late, lease=LEASE, grace=5 * SECOND) is None
            for second in range(1, 40):
                tick(late + second * SECOND)
            assert tasks.get(tx, workspace_id=workspace.id, task_id=task.id).state == "queued"

        await db.write(check)


class TestFiles:
    async def test_are_swept_unless_something_refers_to_them(
        self, settings: Settings, db: Database, blobs: Blobs, app: Application
    ) -> None:
        async def stored(content: bytes) -> str:
            async def chunks() -> AsyncIterator[bytes]:
                yield content

            return (await blobs.put(chunks(), limit=100)).digest

        def refer(tx: Tx, digest: str) -> None:
            workspace = make_workspace(tx)
            task = make_task(tx, workspace)
            made = artifacts.create(
                tx, workspace_id=workspace.id, task_id=task.id, name="a", file_name="a", actor="user:ann", now=NOW
            )
            artifacts.attach(
                tx, workspace_id=workspace.id, artifact_id=made.id, digest=digest, size=1, actor="user:ann", now=NOW
            )

        kept, loose = await stored(b"kept"), await stored(b"loose")
        await db.write(refer, digest=kept)
        upkeep = Upkeep(settings, db, blobs, app.tools.authenticator, upstream=app.tools.upstream, holder="a")
        assert await upkeep._referenced([kept, loose]) == {kept}


async def test_upkeep_stops_while_it_is_busy(settings: Settings, db: Database, blobs: Blobs) -> None:
    upkeep = Upkeep(settings, db, blobs, Authenticator(db), upstream=Upstream(), holder="a")
    upkeep.start()
    await asyncio.sleep(0)
    await upkeep.stop()
    assert all(task.done() for task in upkeep._running)
