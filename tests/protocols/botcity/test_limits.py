from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from botyard.core import access, artifacts, audit, tasks
from botyard.core.tasks import EndReport, Lease
from botyard.protocols.botcity.routes import ROUTES
from botyard.storage import Database, Tx
from botyard.web import OPEN
from tests.protocols.botcity.conftest import AUTOMATION, MAX_UPLOAD, World
from tests.support.work import lease_next, lose_all, make_runner, make_task


async def log_in(api: httpx2.AsyncClient, world: World) -> dict[str, str]:
    reply = await api.post("/api/v2/workspace/login", json={"login": "acme", "key": world.key})
    return {"token": reply.json()["accessToken"]}


async def announce(api: httpx2.AsyncClient, headers: dict[str, str]) -> int:
    task = await api.post("/api/v2/task", json={"activityLabel": AUTOMATION}, headers=headers)
    body = {"taskId": task.json()["id"], "name": "big.bin", "filename": "big.bin"}
    made: int = (await api.post("/api/v2/artifact", json=body, headers=headers)).json()["id"]
    return made


def test_only_version_and_login_are_open() -> None:
    opened = {route.path for route in ROUTES.routes if route.permission is OPEN}
    assert opened == {"/maestro/version", "/workspace/login"}


class TestDialect:
    async def test_answers_nothing_before_there_is_a_key_or_a_bot(self, api: httpx2.AsyncClient) -> None:
        assert (await api.get("/api/v2/maestro/version")).status_code == 404
        reply = await api.post("/api/v2/workspace/login", json={"login": "a", "key": "b"})
        assert reply.status_code == 404
        assert reply.json()["message"]


class TestLogin:
    async def test_is_audited_whether_it_works_or_not(
        self, api: httpx2.AsyncClient, db: Database, world: World
    ) -> None:
        for key in ("wrong", world.key):
            await api.post("/api/v2/workspace/login", json={"login": "acme", "key": key})
        works, fails = await db.read(audit.list_latest, limit=2)
        assert (works.action, works.verdict) == ("access.login", "allowed")
        assert (fails.action, fails.verdict) == ("access.login", "denied")
        assert world.key not in f"{works}{fails}"

    async def test_answers_on_one_line_without_blanks(self, api: httpx2.AsyncClient, world: World) -> None:
        reply = await api.post("/api/v2/workspace/login", json={"login": "acme", "key": world.key})
        assert reply.content.startswith(b'{"accessToken":"by_login_')
        assert b" " not in reply.content
        assert b"\n" not in reply.content

    async def test_slows_an_address_that_fails_without_end(self, api: httpx2.AsyncClient, world: World) -> None:
        del world
        wrong = {"login": "acme", "key": "guess"}
        statuses = [(await api.post("/api/v2/workspace/login", json=wrong)).status_code for _ in range(260)]
        assert statuses[:200] == [401] * 200
        assert 429 in statuses
        while (slowed := await api.post("/api/v2/workspace/login", json=wrong)).status_code != 429:
            pass
        assert int(slowed.headers["retry-after"]) >= 1

    async def test_does_not_keep_others_out_because_one_bot_has_a_wrong_key(
        self, api: httpx2.AsyncClient, world: World
    ) -> None:
        for _ in range(20):
            await api.post("/api/v2/workspace/login", json={"login": "acme", "key": "wrong"})
        reply = await api.post("/api/v2/workspace/login", json={"login": "acme", "key": world.key})
        assert reply.status_code == 200

    async def test_token_lives_longer_than_a_day(self, api: httpx2.AsyncClient, db: Database, world: World) -> None:
        token = (await log_in(api, world))["token"]
        tomorrow = db.now() + 24 * 3_600_000_000 + 1
        caller = await db.read(access.authenticate, token=token, now=tomorrow)
        assert caller.workspace_label == "acme"

    async def test_token_dies_with_its_key(self, api: httpx2.AsyncClient, db: Database, world: World) -> None:
        headers = await log_in(api, world)
        assert (await api.get("/api/v2/task", headers=headers)).status_code == 200
        parsed = access.tokens.parse(world.key)
        assert parsed is not None
        await db.write(access.revoke, workspace_id=world.workspace.id, token_id=parsed.id, now=db.now())
        assert (await api.get("/api/v2/task", headers=headers)).status_code == 401


class TestTokenOfAnAttempt:
    async def hold(self, db: Database, world: World) -> Lease:
        def hold(tx: Tx) -> Lease:
            make_task(tx, world.workspace, automation=AUTOMATION, now=db.now())
            return lease_next(tx, world.workspace, make_runner(tx, world.workspace, now=db.now()), now=db.now())

        return await db.write(hold)

    async def test_is_refused_once_the_lease_is_lost(self, api: httpx2.AsyncClient, db: Database, world: World) -> None:
        lease = await self.hold(db, world)
        headers = {"token": lease.credential.text}
        path = f"/api/v2/task/{lease.task_id}"
        assert (await api.get(path, headers=headers)).status_code == 200
        await db.write(lose_all, now=db.now())
        finish = {"state": "FINISHED", "finishStatus": "SUCCESS", "finishMessage": ""}
        assert (await api.post(path, json=finish, headers=headers)).status_code == 401
        task = await db.read(tasks.get, workspace_id=world.workspace.id, task_id=lease.task_id)
        assert task.state == "queued"

    async def test_reports_on_its_own_task_only_after_the_process_has_ended(
        self, api: httpx2.AsyncClient, db: Database, world: World
    ) -> None:
        lease = await self.hold(db, world)
        headers = {"token": lease.credential.text}
        other = (await api.post("/api/v2/task", json={"activityLabel": AUTOMATION}, headers=headers)).json()["id"]
        runner_id = (await db.read(tasks.get, workspace_id=world.workspace.id, task_id=lease.task_id)).runner_id
        assert runner_id is not None
        report = EndReport(runner_id=runner_id, attempt_id=lease.attempt_id, now=db.now(), exit_code=0)
        await db.write_set(tasks.end_many, report)
        alert = {"taskId": lease.task_id, "title": "late", "message": "", "type": "INFO"}
        assert (await api.post("/api/v2/alerts", json=alert, headers=headers)).status_code == 200
        assert (await api.get(f"/api/v2/task/{lease.task_id}", headers=headers)).status_code == 200
        assert (await api.get(f"/api/v2/task/{other}", headers=headers)).status_code == 404
        assert (await api.post("/api/v2/task", json={"activityLabel": AUTOMATION}, headers=headers)).status_code == 403
        listed = (await api.get("/api/v2/alerts", headers=headers)).json()
        assert [row["title"] for row in listed["content"]] == ["late"]
        assert (await api.get("/api/v2/task", headers=headers)).status_code == 403


class TestUpload:
    async def test_of_exactly_the_limit_is_taken_and_comes_back(self, api: httpx2.AsyncClient, world: World) -> None:
        headers = await log_in(api, world)
        artifact_id = await announce(api, headers)
        content = bytes(range(256)) * (MAX_UPLOAD // 256)
        reply = await api.post(f"/api/v2/artifact/log/{artifact_id}", files={"file": ("x", content)}, headers=headers)
        assert reply.status_code == 200
        assert (await api.get(f"/api/v2/artifact/{artifact_id}/file", headers=headers)).content == content

    @pytest.mark.parametrize("excess", [1, 200_000])
    async def test_over_the_limit_is_refused_and_leaves_nothing(
        self, api: httpx2.AsyncClient, db: Database, world: World, excess: int
    ) -> None:
        headers = await log_in(api, world)
        artifact_id = await announce(api, headers)
        reply = await api.post(
            f"/api/v2/artifact/log/{artifact_id}", files={"file": ("x", b"x" * (MAX_UPLOAD + excess))}, headers=headers
        )
        assert reply.status_code == 413
        assert reply.json()["message"]
        found = await db.read(artifacts.announced, workspace_id=world.workspace.id, artifact_id=artifact_id)
        assert found.digest is None

    async def test_that_was_damaged_on_disk_is_never_handed_out(
        self, api: httpx2.AsyncClient, db: Database, world: World, data: Path
    ) -> None:
        headers = await log_in(api, world)
        artifact_id = await announce(api, headers)
        await api.post(f"/api/v2/artifact/log/{artifact_id}", files={"file": ("x", b"precious")}, headers=headers)
        found = await db.read(artifacts.get, workspace_id=world.workspace.id, artifact_id=artifact_id)
        (stored,) = [path for path in data.rglob(f"*{found.content[2:]}*") if path.is_file()]
        for damage in (lambda: stored.write_bytes(b"Precious"), stored.unlink):
            damage()
            reply = await api.get(f"/api/v2/artifact/{artifact_id}/file", headers=headers)
            assert reply.status_code == 404
            assert reply.json()["message"]

    async def test_may_come_in_chunks_without_a_length(self, api: httpx2.AsyncClient, world: World) -> None:
        headers = await log_in(api, world) | {"content-type": "multipart/form-data; boundary=b"}
        artifact_id = await announce(api, headers)

        async def chunks() -> AsyncIterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
            for _ in range(100):
                yield b"0123456789"
            yield b"\r\n--b--\r\n"

        reply = await api.post(f"/api/v2/artifact/log/{artifact_id}", content=chunks(), headers=headers)
        assert reply.status_code == 200
        assert (await api.get(f"/api/v2/artifact/{artifact_id}/file", headers=headers)).content == b"0123456789" * 100


class TestJsonBody:
    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/api/v2/task", {"activityLabel": AUTOMATION, "parameters": {"x": "y" * 3_000_000}}),
            ("/api/v2/alerts", {"taskId": 1, "title": "t", "message": "m" * 2_000_000, "type": "INFO"}),
            ("/api/v2/workspace/login", {"login": "acme", "key": "k" * 20_000}),
        ],
    )
    async def test_that_is_huge_gets_413(
        self, api: httpx2.AsyncClient, world: World, path: str, body: dict[str, Any]
    ) -> None:
        headers = await log_in(api, world)
        assert (await api.post(path, json=body, headers=headers)).status_code == 413

    @pytest.mark.parametrize(
        "raw",
        [b"", b"null", b"[]", b"1", b'"x"', b"{", b"\xff", b"[" * 3000, b'{"a":' * 3000, b'{"taskId":1e999}', b"{}"],
        ids=[
            "empty",
            "null",
            "list",
            "number",
            "text",
            "half",
            "latin",
            "deep-list",
            "deep-object",
            "infinite",
            "none",
        ],
    )
    async def test_that_cannot_be_meant_gets_400(self, api: httpx2.AsyncClient, world: World, raw: bytes) -> None:
        headers = await log_in(api, world) | {"content-type": "application/json"}
        for path in ("/api/v2/task", "/api/v2/alerts", "/api/v2/artifact", "/api/v2/workspace/login"):
            reply = await api.post(path, content=raw, headers=headers)
            assert reply.status_code == 400, reply.text
            assert json.loads(reply.content)["message"]
