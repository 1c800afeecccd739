"""Logs, errors and messages: limits, long lists, and who may still write."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx2
import pytest

from botyard.core import errors, logtables, messages, tasks
from botyard.core.tasks import EndReport, Lease
from botyard.storage import Database, Tx
from tests.protocols.botcity.conftest import AUTOMATION, MAX_UPLOAD, World
from tests.support.work import lease_next, lose_all, make_runner, make_task

COLUMNS = [{"name": "Número", "label": "n", "width": 10}, {"name": "Text", "label": "t", "width": 10}]


@pytest.fixture
async def login(api: httpx2.AsyncClient, world: World) -> dict[str, str]:
    reply = await api.post("/api/v2/workspace/login", json={"login": "acme", "key": world.key})
    return {"token": reply.json()["accessToken"]}


async def report(api: httpx2.AsyncClient, headers: dict[str, str], task_id: int) -> int:
    reply = await api.post("/api/v2/error", json={"taskId": task_id, "type": "E", "message": "m"}, headers=headers)
    assert reply.status_code == 201, reply.text
    made: int = reply.json()["id"]
    return made


async def test_a_long_log_is_answered_whole(
    api: httpx2.AsyncClient, db: Database, world: World, login: dict[str, str]
) -> None:
    made = await api.post("/api/v2/log", json={"activityLabel": "long", "columns": COLUMNS}, headers=login)
    assert made.status_code == 200

    def fill(tx: Tx) -> None:
        for number in range(2_000):
            logtables.append(
                tx,
                workspace_id=world.workspace.id,
                label="long",
                content={"n": number, "t": "=1+1"},
                actor="key:ci",
                now=db.now(),
            )

    await db.write(fill)
    rows: list[dict[str, Any]] = (await api.get("/api/v2/log/long/entry-list?days=365", headers=login)).json()
    assert [row["columns"]["n"] for row in rows] == list(range(2_000))
    exported = await api.get("/api/v2/log/long/export?days=7&format=csv", headers=login)
    assert exported.headers["content-disposition"].startswith("attachment")
    head, *lines = csv.reader(io.StringIO(exported.content.decode()))
    assert head == ["Número", "Text", "dateCreation"]
    assert [line[0] for line in lines] == [str(number) for number in range(2_000)]
    assert {line[1] for line in lines} == {"'=1+1"}


@pytest.mark.parametrize("kind", ["screenshot", "attachments"])
async def test_files_of_an_error_have_a_limit_and_nothing_of_a_refused_one_stays(
    kind: str, api: httpx2.AsyncClient, db: Database, world: World, login: dict[str, str]
) -> None:
    task = await db.write(make_task, world.workspace, automation=AUTOMATION, now=db.now())
    address = f"/api/v2/error/{await report(api, login, task.id)}/{kind}"
    fits = await api.post(address, files={"file": ("a.bin", b"x" * MAX_UPLOAD)}, headers=login)
    assert fits.status_code == 200
    too_big = await api.post(address, files={"file": ("b.bin", b"x" * (MAX_UPLOAD + 1))}, headers=login)
    assert too_big.status_code == 413
    assert too_big.json()["message"]
    cut = b'--b\r\nContent-Disposition: form-data; name="file"; filename="c"\r\n\r\nabc'
    kinds = {"content-type": "multipart/form-data; boundary=b"}
    assert (await api.post(address, content=cut, headers=login | kinds)).status_code == 400
    (found,) = (await db.read(errors.page, workspace_id=world.workspace.id))[0]
    assert [file.name for file in found[1]] == ["a.bin"]


class TestAttempt:
    @pytest.fixture
    async def lease(self, db: Database, world: World) -> Lease:
        def take(tx: Tx) -> Lease:
            make_task(tx, world.workspace, automation=AUTOMATION, now=db.now())
            runner = make_runner(tx, world.workspace, now=db.now())
            lease = lease_next(tx, world.workspace, runner, now=db.now())
            tasks.start(tx, runner_id=runner, attempt_id=lease.attempt_id, now=db.now())
            return lease

        return await db.write(take)

    async def write_everything(self, api: httpx2.AsyncClient, lease: Lease, error_id: int) -> list[int]:
        headers = {"token": lease.credential.text}
        message = {"emails": ["a@example.org"], "subject": "s", "body": "b", "type": "TEXT"}
        replies = [
            await api.post("/api/v2/log", json={"activityLabel": "l", "columns": COLUMNS}, headers=headers),
            await api.post("/api/v2/log/l/entry", json={"n": 1}, headers=headers),
            await api.post("/api/v2/message", json=message, headers=headers),
            await api.post("/api/v2/error", json={"taskId": lease.task_id, "type": "E"}, headers=headers),
            await api.post(f"/api/v2/error/{error_id}/attachments", files={"file": b"x"}, headers=headers),
        ]
        return [reply.status_code for reply in replies]

    async def test_writes_what_is_its_own_and_nothing_once_it_was_replaced(
        self, api: httpx2.AsyncClient, db: Database, world: World, login: dict[str, str], lease: Lease
    ) -> None:
        error_id = await report(api, login, lease.task_id)
        assert await self.write_everything(api, lease, error_id) == [200, 200, 200, 201, 200]
        other = await db.write(make_task, world.workspace, automation=AUTOMATION, now=db.now())
        elsewhere = await report(api, login, other.id)
        headers = {"token": lease.credential.text}
        body = {"taskId": other.id, "type": "E"}
        assert (await api.post("/api/v2/error", json=body, headers=headers)).status_code == 403
        refused = await api.post(f"/api/v2/error/{elsewhere}/screenshot", files={"file": b"x"}, headers=headers)
        assert refused.status_code == 403
        await db.write(lose_all, now=db.now())
        late = await self.write_everything(api, lease, error_id)
        assert set(late) <= {401, 409}, late
        assert len(await db.read(messages.search, workspace_id=world.workspace.id)) == 1

    async def test_that_has_ended_writes_its_last_lines_and_reads_its_own_only(
        self, api: httpx2.AsyncClient, db: Database, world: World, login: dict[str, str], lease: Lease
    ) -> None:
        error_id = await report(api, login, lease.task_id)
        other = await db.write(make_task, world.workspace, automation=AUTOMATION, now=db.now())
        elsewhere = await report(api, login, other.id)
        runner_id = (await db.read(tasks.get, workspace_id=world.workspace.id, task_id=lease.task_id)).runner_id
        assert runner_id is not None
        ended = EndReport(runner_id=runner_id, attempt_id=lease.attempt_id, now=db.now(), exit_code=0)
        await db.write_set(tasks.end_many, ended)
        assert await self.write_everything(api, lease, error_id) == [200, 200, 200, 201, 200]
        headers = {"token": lease.credential.text}
        assert (await api.get(f"/api/v2/error/{error_id}", headers=headers)).status_code == 200
        assert (await api.get(f"/api/v2/error/{elsewhere}", headers=headers)).status_code == 404
        listed = (await api.get("/api/v2/error", headers=headers)).json()
        assert {row["taskId"] for row in listed["content"]} == {lease.task_id}
        for address in ("/api/v2/log", "/api/v2/log/l", "/api/v2/log/l/entry-list", "/api/v2/log/l/export"):
            assert (await api.get(address, headers=headers)).status_code == 403
