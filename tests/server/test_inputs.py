"""Files that tasks are given as links: fetched from a real server, stored, tried again, refused, given up."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from botyard.base.settings import Settings
from botyard.core import artifacts, automations, logs, tasks
from botyard.core.artifacts import Artifact
from botyard.core.tasks import InputFile, State, Task
from botyard.server import inputs
from botyard.server.inputs import InputFetcher
from botyard.storage import Blobs, Database, Tx
from botyard.upstream import Upstream
from tests.support.scripted import answer, read_request, scripted, until
from tests.support.work import deploy, make_workspace

PARAMETERS = [{"name": "File", "type": "file"}, {"name": "Files", "type": "file", "array": True}]
PRIVATE = {"allow_private": True}


class Yard:
    """A workspace with an automation that takes files, and a server that fetches them."""

    def __init__(self, db: Database, blobs: Blobs, settings: Settings) -> None:
        self.db = db
        self.blobs = blobs
        self.settings = settings
        self.upstream = Upstream()
        self.workspace_id = 0

    async def create(self, fetch: dict[str, Any] | None = None, **parameters: Any) -> Task:
        """Make a task that is given files."""

        def make(tx: Tx) -> Task:
            if not self.workspace_id:
                workspace = make_workspace(tx)
                self.workspace_id = workspace.id
                deploy(tx, workspace, automation="billing")
                automations.update(
                    tx,
                    workspace_id=workspace.id,
                    label="billing",
                    fields={"parameters": PARAMETERS},
                    actor="user:ann",
                    now=self.db.now(),
                )
            return tasks.create(
                tx,
                workspace_id=self.workspace_id,
                automation="billing",
                actor="user:ann",
                now=self.db.now(),
                parameters=parameters,
                fetch=PRIVATE if fetch is None else fetch,
            )

        return await self.db.write(make)

    def fetcher(self, holder: str = "one", **settings: Any) -> InputFetcher:
        changed = msgspec.structs.replace(self.settings, **settings)
        return InputFetcher(changed, self.db, self.blobs, self.upstream, holder=holder)

    async def read(self, task: Task) -> Task:
        return await self.db.read(tasks.get, workspace_id=self.workspace_id, task_id=task.id)

    async def until_prepared(self, task: Task, fetcher: InputFetcher) -> Task:
        """Let a server work until the task is out of its preparation."""
        async with asyncio.timeout(30):
            while (found := await self.read(task)).state is State.PREPARING:
                await fetcher.tick()
        return found

    async def until_retried(self, task: Task, fetcher: InputFetcher) -> Task:
        """Likewise, and what was put off is due at once."""
        async with asyncio.timeout(30):
            while (found := await self.read(task)).state is State.PREPARING:
                await self.db.write(hurry, task_id=task.id)
                await fetcher.tick()
        return found

    async def files(self, task: Task) -> list[InputFile]:
        return await self.db.read(tasks.inputs_of, workspace_id=self.workspace_id, task_id=task.id)

    async def artifacts(self, task: Task) -> list[Artifact]:
        return await self.db.read(artifacts.search, workspace_id=self.workspace_id, task_id=task.id)

    async def content(self, digest: str | None) -> bytes:
        assert digest is not None
        return b"".join([chunk async for chunk in await self.blobs.read(digest)])

    async def lines(self, task: Task) -> list[str]:
        found = await self.db.read(logs.follow, workspace_id=self.workspace_id, task_id=task.id)
        return [line.shown for line in found]


def hurry(tx: Tx, *, task_id: int) -> None:
    from botyard.storage.sql import compile_query

    due = "UPDATE task_inputs SET next_at = 1 WHERE task_id = :id AND next_at IS NOT NULL AND holder IS NULL"
    tx.run(compile_query(due), id=task_id)


@pytest.fixture
async def yard(db: Database, blobs: Blobs, settings: Settings) -> AsyncIterator[Yard]:
    yard = Yard(db, blobs, settings)
    yield yard
    await yard.upstream.close()


class TestFetching:
    async def test_files_become_artifacts_and_the_task_waits_in_the_queue(self, yard: Yard) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                path = (await read_request(reader)).split(b" ")[1]
                writer.write(answer(path * 3, headers=("Content-Type: text/csv",)))

        async with scripted(script) as server:
            task = await yard.create(
                File=f"{server.url}/a/report.csv?key=s3cret", Files=[f"{server.url}/b", f"{server.url}/c"]
            )
            fetcher = yard.fetcher()
            task = await yard.until_prepared(task, fetcher)
        assert (task.state, task.ready) == (State.QUEUED, True)
        files = await yard.files(task)
        assert [(file.parameter, file.position, file.file_name) for file in files] == [
            ("File", 0, "report.csv"),
            ("Files", 0, "b.csv"),
            ("Files", 1, "c.csv"),
        ]
        assert await yard.content(files[0].digest) == b"/a/report.csv?key=s3cret" * 3
        assert {artifact.created_by for artifact in await yard.artifacts(task)} == {"system:inputs"}
        assert "s3cret" not in "".join(await yard.lines(task))

    async def test_a_large_file_is_not_held_in_memory(self, yard: Yard) -> None:
        size = 40_000_000

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
            for _ in range(size // 100_000):
                writer.write(b"x" * 100_000)
                await writer.drain()

        import tracemalloc

        async with scripted(script) as server:
            task = await yard.create(File=f"{server.url}/large.bin")
            tracemalloc.start()
            task = await yard.until_prepared(task, yard.fetcher())
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert task.state is State.QUEUED
        assert (await yard.files(task))[0].size == size
        assert peak < 10_000_000

    async def test_several_files_come_at_the_same_time(self, yard: Yard) -> None:
        together = asyncio.Event()
        arrived = 0

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal arrived
            await read_request(reader)
            arrived += 1
            if arrived == 5:
                together.set()
            await together.wait()
            writer.write(answer(b"x"))

        async with scripted(script) as server:
            task = await yard.create(Files=[f"{server.url}/{number}" for number in range(5)])
            assert (await yard.until_prepared(task, yard.fetcher())).state is State.QUEUED

    async def test_a_packed_answer_is_stored_unpacked(self, yard: Yard) -> None:
        async with scripted(answer(gzip.compress(b"plain", mtime=0), headers=("Content-Encoding: gzip",))) as server:
            task = await yard.create(File=f"{server.url}/a.txt")
            await yard.until_prepared(task, yard.fetcher())
        assert await yard.content((await yard.files(task))[0].digest) == b"plain"

    @pytest.mark.parametrize(
        ("path", "headers", "name"),
        [
            ("/a/b.txt", (), "b.txt"),
            ("/a/b%20c.txt?x=/y.zip", (), "b c.txt"),
            ("/download", ("Content-Disposition: attachment; filename=report.pdf",), "report.pdf"),
            ("/download", ('Content-Disposition: attachment; filename="a \\"b\\".pdf"',), 'a "b".pdf'),
            ("/d", ("Content-Disposition: attachment; filename=x; filename*=UTF-8''na%C3%AFve.txt",), "naïve.txt"),
            ("/d", ('Content-Disposition: attachment; filename="../../etc/passwd"',), "passwd"),
            ("/d", ('Content-Disposition: attachment; filename="C:\\\\evil\\\\a.exe"',), "a.exe"),
            ("/d.txt", ('Content-Disposition: attachment; filename=".."',), "d.txt"),
            ("/", ("Content-Type: application/pdf; charset=x",), "File.pdf"),
            ("/..%2f..%2f", ("Content-Type: application/octet-stream",), "File"),
            ("/%00%0a", (), "File"),
            ("/" + "n" * 300, (), "File"),
        ],
    )
    async def test_a_file_is_called_as_its_sender_says_or_its_address_ends(
        self, yard: Yard, path: str, headers: tuple[str, ...], name: str
    ) -> None:
        async with scripted(answer(b"x", headers=headers)) as server:
            task = await yard.create(File=server.url + path)
            await yard.until_prepared(task, yard.fetcher())
        assert (await yard.files(task))[0].file_name == name


class TestFailing:
    async def test_a_fault_that_passes_is_tried_again(self, yard: Yard) -> None:
        turns = iter([b"", answer(status="503 Busy"), answer(b"there")])

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(next(turns))

        async with scripted(script) as server:
            task = await yard.create(File=f"{server.url}/a.txt")
            task = await yard.until_retried(task, yard.fetcher())
            assert task.state is State.QUEUED
            assert len(server.requests) == 3
        lines = await yard.lines(task)
        assert "without an answer. Trying again in 1 s." in lines[0]
        assert "127.0.0.1 answered 503 Service Unavailable. Trying again in 4 s." in lines[1]

    async def test_after_the_last_try_the_task_fails_with_the_reason(self, yard: Yard) -> None:
        async with scripted(answer(status="500 Oh")) as server:
            task = await yard.create(File=f"{server.url}/a.txt")
            task = await yard.until_retried(task, yard.fetcher(input_tries=2))
            assert len(server.requests) == 2
        assert task.state is State.FAILED
        assert task.message == (
            'The file of parameter "File" could not be fetched: 127.0.0.1 answered 500 Internal Server Error.'
        )
        assert (await yard.lines(task))[-1] == f"ERROR {task.message}"

    @pytest.mark.parametrize(
        ("raw", "reason"),
        [
            (answer(status="404 Nope"), "127.0.0.1 answered 404 Not Found."),
            (answer(status="401 Nope"), "127.0.0.1 answered 401 Unauthorized."),
            (answer(status="204 Empty"), "127.0.0.1 answered 204 No Content."),
            (answer(status="799 Odd"), "127.0.0.1 answered 799."),
            (answer(b"x" * 1001), "The answer of 127.0.0.1 is larger than 1000 bytes."),
            (answer(status="302 F", headers=("Location: /",)), "127.0.0.1 redirects more than 5 times."),
            (answer(status="302 F", headers=("Location: http://169.254.169.254/x",)), "keep credentials"),
            (
                answer(status="302 F", headers=("Location: file:///etc/passwd",)),
                "redirects to an address that is refused",
            ),
        ],
    )
    async def test_what_no_other_try_would_mend_fails_at_once(self, yard: Yard, raw: bytes, reason: str) -> None:
        async with scripted(raw) as server:
            task = await yard.create(
                File=f"{server.url}/a.txt?k=s3cret", fetch={"allow_private": True, "max_bytes": 1000}
            )
            task = await yard.until_prepared(task, yard.fetcher())
        assert task.state is State.FAILED
        assert reason in (task.message or "")
        assert "s3cret" not in (task.message or "")
        assert await yard.artifacts(task) == []

    async def test_a_private_address_is_refused_unless_somebody_allows_it(self, yard: Yard) -> None:
        async with scripted(answer(b"x")) as server:
            refused = await yard.create(File=f"{server.url}/a.txt", fetch={})
            refused = await yard.until_prepared(refused, yard.fetcher())
            assert refused.state is State.FAILED
            assert "may not be called from here (this machine)" in (refused.message or "")
            assert server.connections == []
            allowed = await yard.create(File=f"{server.url}/a.txt", fetch={})
            allowed = await yard.until_prepared(allowed, yard.fetcher(allow_private_targets=True))
            assert allowed.state is State.QUEUED

    async def test_a_file_that_takes_too_long_fails_with_the_time(self, yard: Yard) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                while True:
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.02)

        async with scripted(script) as server:
            task = await yard.create(File=f"{server.url}/a.txt", fetch={"allow_private": True, "timeout": 0.3})
            task = await yard.until_retried(task, yard.fetcher(input_tries=2))
        assert task.state is State.FAILED
        assert "did not answer completely within 0.3 seconds" in (task.message or "")
        assert await yard.artifacts(task) == []

    async def test_a_server_never_takes_more_than_its_own_limits(self, yard: Yard) -> None:
        async with scripted(answer(b"x" * 2000)) as server:
            fetch = {"allow_private": True, "max_bytes": 10**9, "timeout": 10**9}
            task = await yard.create(File=f"{server.url}/a.txt", fetch=fetch)
            task = await yard.until_prepared(task, yard.fetcher(max_input_bytes=1999))
        assert "larger than 1999 bytes" in (task.message or "")

    async def test_a_policy_that_cannot_be_read_fails_the_task(self, yard: Yard) -> None:
        task = await yard.create(File="http://example.com/", fetch={"hosts": 5})
        task = await yard.until_prepared(task, yard.fetcher())
        assert task.state is State.FAILED


class TestServers:
    async def test_of_several_servers_one_fetches_a_file(self, yard: Yard) -> None:
        fetched = list[bytes]()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                fetched.append((await read_request(reader)).split(b" ")[1])
                writer.write(answer(b"x"))

        async with scripted(script) as server:
            made = [
                await yard.create(Files=[f"{server.url}/{task}/{number}" for number in range(5)]) for task in range(8)
            ]
            fetchers = [yard.fetcher(holder=f"server {number}") for number in range(3)]
            await asyncio.gather(*(yard.until_prepared(task, fetchers[task.id % 3]) for task in made))
            # Whoever claimed the last ones is not done yet, perhaps.
            await asyncio.gather(*(fetcher.stop() for fetcher in fetchers))
        assert len(fetched) == len(set(fetched)) == 40

    async def test_a_server_that_stops_gives_its_files_back(self, yard: Yard) -> None:
        hanging = asyncio.Event()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            if not hanging.is_set():
                hanging.set()
                await reader.read()
            writer.write(answer(b"x"))

        async with scripted(script) as server:
            task = await yard.create(File=f"{server.url}/a.txt")
            first = yard.fetcher(input_tries=1)
            working = asyncio.create_task(yard.until_prepared(task, first))
            await hanging.wait()
            working.cancel()
            await first.stop()
            assert (await yard.files(task))[0].tries == 0
            assert (await yard.until_prepared(task, yard.fetcher(input_tries=1))).state is State.QUEUED

    async def test_the_files_of_a_server_that_died_are_taken_over(
        self, yard: Yard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inputs, "LEASE", 1)
        async with scripted(answer(b"x")) as server:
            task = await yard.create(File=f"{server.url}/a.txt")
            await yard.db.write(tasks.claim_inputs, holder="dead", now=yard.db.now(), lease=1, limit=5)
            assert (await yard.until_prepared(task, yard.fetcher())).state is State.QUEUED

    async def test_a_file_that_nobody_wants_any_more_is_dropped(
        self, yard: Yard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inputs, "_RENEW_AFTER", 0)
        monkeypatch.setattr(inputs, "LOOK_SECONDS", 0.02)
        hanging = asyncio.Event()
        left = asyncio.Event()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            hanging.set()
            await reader.read()
            left.set()

        async with scripted(script) as server:
            task = await yard.create(File=f"{server.url}/a.txt")
            fetcher = yard.fetcher()
            working = asyncio.create_task(_tick_for_ever(fetcher))
            await hanging.wait()
            await yard.db.write(
                tasks.cancel, workspace_id=yard.workspace_id, task_id=task.id, actor="user:ann", now=yard.db.now()
            )
            await left.wait()
            await until(lambda: not fetcher._running)
            working.cancel()
        assert (await yard.read(task)).state is State.CANCELLED

    async def test_a_file_that_comes_too_late_is_no_artifact(self, yard: Yard) -> None:
        go = asyncio.Event()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            await go.wait()
            writer.write(answer(b"x"))

        async with scripted(script) as server:
            task = await yard.create(File=f"{server.url}/a.txt")
            fetcher = yard.fetcher()
            await _tick_until(fetcher, lambda: bool(server.requests))
            await yard.db.write(
                tasks.cancel, workspace_id=yard.workspace_id, task_id=task.id, actor="user:ann", now=yard.db.now()
            )
            go.set()
            await _tick_until(fetcher, lambda: not fetcher._running)
        assert await yard.artifacts(task) == []

    async def test_a_new_file_wakes_the_server_at_once(self, yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inputs, "LOOK_SECONDS", 60.0)
        async with scripted(answer(b"x")) as server:
            fetcher = yard.fetcher()
            waiting = asyncio.create_task(_tick_for_ever(fetcher))
            await until(lambda: tasks.INPUTS in yard.db.wakeups._topics)
            task = await yard.create(File=f"{server.url}/a.txt")
            async with yard.db.wakeups.subscribe(f"task:{task.id}") as changed:
                while (await yard.read(task)).state is State.PREPARING:
                    assert await changed.wait(20)
            waiting.cancel()


async def _tick_for_ever(fetcher: InputFetcher) -> None:
    while True:
        await fetcher.tick()


async def _tick_until(fetcher: InputFetcher, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await fetcher.tick()
