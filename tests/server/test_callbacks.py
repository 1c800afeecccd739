"""Telling a real receiver of the end of a task: one that refuses, fails, hangs, redirects, and servers that die."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from botyard.base.clock import HOUR, SECOND
from botyard.base.settings import Settings
from botyard.core import callbacks, events, tasks
from botyard.core.callbacks import Callback, State
from botyard.core.tasks import Task
from botyard.server import callbacks as sending
from botyard.server.callbacks import CallbackSender, pause
from botyard.storage import Database, Tx
from botyard.storage.sql import compile_query
from botyard.upstream import Upstream
from tests.support.scripted import answer, read_request, scripted
from tests.support.work import deploy, make_workspace

KIND = "test"
PRIVATE = {"allow_private": True}


async def render(db: Database, *, workspace_id: int, task_id: int) -> bytes:
    """Return what a receiver of the tests is told."""
    task = await db.read(tasks.get, workspace_id=workspace_id, task_id=task_id)
    return json.dumps({"id": task.id, "state": task.state}).encode()


class Yard:
    """Tasks that somebody wants to be told of, and servers that do."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db = db
        self.settings = settings
        self.upstream = Upstream()
        self.workspace_id = 0

    async def create(self, url: str, *, policy: dict[str, Any] | None = None, kind: str = KIND) -> Task:
        """Make a task with a callback."""

        def make(tx: Tx) -> Task:
            if not self.workspace_id:
                workspace = make_workspace(tx)
                self.workspace_id = workspace.id
                deploy(tx, workspace, automation="billing")
            place = {"workspace_id": self.workspace_id}
            now = self.db.now()
            task = tasks.create(tx, **place, automation="billing", actor="user:ann", now=now)
            given = PRIVATE if policy is None else policy
            callbacks.register(tx, **place, task_id=task.id, url=url, policy=given, kind=kind, now=now)
            return task

        return await self.db.write(make)

    async def end(self, *ended: Task) -> None:
        for task in ended:
            await self.db.write(
                tasks.cancel, workspace_id=self.workspace_id, task_id=task.id, actor="user:ann", now=self.db.now()
            )

    def sender(self, holder: str = "one", **settings: Any) -> CallbackSender:
        changed = msgspec.structs.replace(self.settings, **settings)
        return CallbackSender(changed, self.db, self.upstream, renderers={KIND: render}, holder=holder)

    async def read(self, task: Task) -> Callback:
        found = await self.db.read(callbacks.of_task, workspace_id=self.workspace_id, task_id=task.id)
        assert found is not None
        return found

    async def until_told(self, task: Task, sender: CallbackSender) -> Callback:
        """Let a server work until nothing is to be done any more; what was put off is due at once."""
        async with asyncio.timeout(30):
            while (found := await self.read(task)).state not in (State.DELIVERED, State.FAILED):
                await self.db.write(hurry, task_id=task.id)
                await sender.tick()
        return found

    async def history(self, task: Task) -> list[tuple[str, Any]]:
        found = await self.db.read(
            events.list_for, workspace_id=self.workspace_id, entity="task", entity_id=str(task.id), limit=50
        )
        return [(event.kind.removeprefix("task.callback_"), event.data) for event in found if "callback" in event.kind]


def hurry(tx: Tx, *, task_id: int) -> None:
    due = "UPDATE callbacks SET next_at = 1 WHERE task_id = :id AND state = 'due' AND holder IS NULL"
    tx.run(compile_query(due), id=task_id)


@pytest.fixture
async def yard(db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Yard]:
    monkeypatch.setattr(sending, "LOOK_SECONDS", 0.05)
    yard = Yard(db, settings)
    yield yard
    await yard.upstream.close()


class TestTelling:
    async def test_the_receiver_gets_the_status_once_the_task_has_ended(self, yard: Yard) -> None:
        bodies = list[bytes]()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:"))
            bodies.append(await reader.readexactly(length))
            writer.write(answer(b"thanks"))

        async with scripted(script) as server:
            task = await yard.create(f"{server.url}/done?key=s3cret")
            sender = yard.sender()
            await sender.tick()
            assert server.requests == []
            await yard.end(task)
            assert (await yard.until_told(task, sender)).state is State.DELIVERED
        head = server.requests[0]
        assert head.startswith(b"POST /done?key=s3cret HTTP/1.1\r\n")
        assert b"Content-Type: application/json\r\n" in head
        assert f"Idempotency-Key: {task.id}-".encode() in head
        assert [json.loads(body) for body in bodies] == [{"id": task.id, "state": "cancelled"}]
        assert await yard.history(task) == [("delivered", {"status": 200, "tries": 1})]

    async def test_a_flaky_receiver_is_told_in_the_end(self, yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sending, "TIMEOUT", 0.3)
        turns = iter(["refuse", "garbage", "hang", "500", "302", "204"])
        keys = set[bytes]()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await read_request(reader)
            keys.add(next(line for line in head.split(b"\r\n") if line.startswith(b"Idempotency-Key")))
            match next(turns):
                case "garbage":
                    writer.write(b"what?\r\n\r\n")
                case "hang":
                    await reader.read()
                case "500":
                    writer.write(answer(b"x" * 100_000, status="500 Oh"))
                case "302":
                    writer.write(answer(status="302 Found", headers=("Location: /login",)))
                case "204":
                    writer.write(answer(status="204 Done"))

        async with scripted(script) as server:
            task = await yard.create(f"{server.url}/done")
            await yard.end(task)
            found = await yard.until_told(task, yard.sender())
            assert (found.state, found.tries) == (State.DELIVERED, 6)
        assert len(keys) == 1
        assert [kind for kind, _ in await yard.history(task)] == ["delayed", "delivered"]

    async def test_nobody_listening_is_tried_again_until_the_time_is_up(self, yard: Yard) -> None:
        async with scripted(b"") as server:
            pass
        task = await yard.create(f"{server.url}/done")
        await yard.end(task)
        sender = yard.sender()
        async with asyncio.timeout(20):
            while (await yard.read(task)).tries == 0 or (await yard.read(task)).error is None:
                await sender.tick()
        waiting = await yard.read(task)
        assert waiting.state is State.DUE
        assert "No connection to 127.0.0.1" in (waiting.error or "")
        assert waiting.next_at is not None
        assert 0 < waiting.next_at - yard.db.now() <= 6 * SECOND

        def age(tx: Tx) -> None:
            tx.run(compile_query("UPDATE callbacks SET due_at = due_at - :day WHERE state = 'due'"), day=24 * HOUR)

        await yard.db.write(age)
        assert (await yard.until_told(task, sender)).state is State.FAILED
        kinds = [kind for kind, _ in await yard.history(task)]
        assert kinds == ["delayed", "failed"]

    @pytest.mark.parametrize(
        ("raw", "reason"),
        [
            (answer(status="307 X", headers=("Location: http://169.254.169.254/",)), "keep credentials"),
            (
                answer(status="308 X", headers=("Location: file:///etc/passwd",)),
                "redirects to an address that is refused",
            ),
            (answer(status="410 Gone"), "127.0.0.1 answered 410 Gone."),
        ],
    )
    async def test_what_will_never_be_taken_is_given_up_at_once(self, yard: Yard, raw: bytes, reason: str) -> None:
        async with scripted(raw) as server:
            task = await yard.create(f"{server.url}/done")
            await yard.end(task)
            found = await yard.until_told(task, yard.sender())
            assert len(server.requests) == 1
        assert found.state is State.FAILED
        assert reason in (found.error or "")
        assert [kind for kind, _ in await yard.history(task)] == ["failed"]

    async def test_a_redirect_to_a_private_address_reaches_nobody(self, yard: Yard) -> None:
        async with scripted(answer(b"inside")) as inside:
            location = f"Location: http://127.0.0.2:{inside.port}/"
            async with scripted(answer(status="307 X", headers=(location,))) as server:
                task = await yard.create(f"{server.url}/done", policy={**PRIVATE, "hosts": ["127.0.0.1"]})
                await yard.end(task)
                assert (await yard.until_told(task, yard.sender())).state is State.FAILED
            assert inside.connections == []

    async def test_a_private_receiver_is_refused_unless_somebody_allows_it(self, yard: Yard) -> None:
        async with scripted(answer(b"ok")) as server:
            refused, allowed = await yard.create(server.url, policy={}), await yard.create(server.url, policy={})
            await yard.end(refused)
            assert (await yard.until_told(refused, yard.sender())).state is State.FAILED
            assert server.connections == []
            await yard.end(allowed)
            told = await yard.until_told(allowed, yard.sender(allow_private_targets=True))
            assert told.state is State.DELIVERED

    async def test_the_same_call_is_made_where_the_receiver_has_moved(self, yard: Yard) -> None:
        async with (
            scripted(answer(b"ok")) as there,
            scripted(answer(status="308 X", headers=(f"Location: {there.url}/new",))) as server,
        ):
            task = await yard.create(f"{server.url}/done")
            await yard.end(task)
            assert (await yard.until_told(task, yard.sender())).state is State.DELIVERED
        assert there.requests[0].startswith(b"POST /new ")

    async def test_an_endless_answer_is_not_read(self, yard: Yard) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                while True:
                    writer.write(b"x" * 100_000)
                    await writer.drain()

        async with scripted(script) as server:
            task = await yard.create(server.url)
            await yard.end(task)
            assert (await yard.until_told(task, yard.sender())).state is State.DELIVERED

    @pytest.mark.parametrize("policy", [{"hosts": 5}, {"timeout": "x"}])
    async def test_a_policy_that_cannot_be_read_is_given_up(self, yard: Yard, policy: dict[str, Any]) -> None:
        task = await yard.create("http://example.com/", policy=policy)
        await yard.end(task)
        assert (await yard.until_told(task, yard.sender())).state is State.FAILED

    async def test_a_task_that_is_gone_is_dropped(self, yard: Yard) -> None:
        async with scripted(answer(b"ok")) as server:
            task = await yard.create(server.url, kind="other")
            await yard.end(task)
            sender = yard.sender()
            async with asyncio.timeout(20):
                while (await yard.read(task)).error is None:
                    await sender.tick()
            assert "does not speak" in ((await yard.read(task)).error or "")
            assert server.requests == []


class TestServers:
    async def test_of_several_servers_one_tells_each(self, yard: Yard) -> None:
        told = list[bytes]()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                told.append((await read_request(reader)).split(b" ")[1])
                writer.write(answer(b"ok"))

        async with scripted(script) as server:
            made = [await yard.create(f"{server.url}/{number}") for number in range(30)]
            senders = [yard.sender(holder=f"server {number}") for number in range(3)]
            for sender in senders:
                await sender.tick()
            await yard.end(*made)
            await asyncio.gather(*(yard.until_told(task, senders[task.id % 3]) for task in made))
            await asyncio.gather(*(sender.stop() for sender in senders))
        assert len(told) == len(set(told)) == 30

    async def test_a_server_that_stops_gives_back_what_was_not_answered(
        self, yard: Yard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sending, "_GOODBYE", 0.05)
        hanging = asyncio.Event()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            if not hanging.is_set():
                hanging.set()
                await reader.read()
            writer.write(answer(b"ok"))

        async with scripted(script) as server:
            task = await yard.create(server.url)
            await yard.end(task)
            first = yard.sender()
            working = asyncio.create_task(yard.until_told(task, first))
            await hanging.wait()
            working.cancel()
            await first.stop()
            assert (await yard.read(task)).tries == 0
            assert (await yard.until_told(task, yard.sender())).state is State.DELIVERED
            assert len(server.requests) == 2

    async def test_an_end_wakes_the_server_at_once(self, yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sending, "LOOK_SECONDS", 60.0)
        monkeypatch.setattr(sending, "SWEEP_SECONDS", 600.0)
        async with scripted(answer(b"ok")) as server:
            task = await yard.create(server.url)
            sender = yard.sender()

            async def work() -> None:
                while True:
                    await sender.tick()

            working = asyncio.create_task(work())
            async with yard.db.wakeups.subscribe(f"task:{task.id}") as changed:
                await yard.end(task)
                while (await yard.read(task)).state is not State.DELIVERED:
                    assert await changed.wait(20)
            working.cancel()


def test_pauses_grow_to_an_hour_and_differ() -> None:
    assert {pause(1) for _ in range(50)} != {pause(1)}
    for tries, seconds in ((0, 5), (1, 5), (2, 10), (5, 80), (11, 3600), (500, 3600)):
        assert all(0.8 * seconds <= pause(tries) / SECOND <= 1.2 * seconds for _ in range(50))
