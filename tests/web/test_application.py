from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

import httpx2
import pytest

from botyard.core import access, audit
from botyard.core.access import Role
from tests.web.conftest import Site


class TestAnswer:
    async def test_carries_a_request_id_and_security_headers(self, client: httpx2.AsyncClient) -> None:
        for path in ("/api/test/orders/a", "/api/test/nothing", "/api/test/fail/bug", "/elsewhere"):
            headers = (await client.get(path)).headers
            assert len(headers["x-request-id"]) == 16
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert "default-src 'none'" in headers["content-security-policy"]

    async def test_has_a_new_id_each_time(self, client: httpx2.AsyncClient) -> None:
        ids = {
            (await client.get("/api/test/orders/a", headers={"x-request-id": "mine"})).headers["x-request-id"]
            for _ in range(5)
        }
        assert len(ids) == 5
        assert "mine" not in ids


class TestAuthentication:
    @pytest.mark.parametrize(
        "header",
        [None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "bearer by_key_1_2_3", "Bearer \xff", "token"],
    )
    async def test_refuses_what_is_no_token(self, site: Site, header: str | None) -> None:
        headers = {} if header is None else {b"authorization": header.encode("latin-1")}
        async with site.client() as client:
            reply = await client.get("/api/test/orders/a", headers=headers)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"].startswith("Bearer")

    async def test_takes_the_scheme_in_any_case(self, site: Site) -> None:
        token = await site.key(Role.VIEWER)
        async with site.client() as client:
            reply = await client.get("/api/test/orders/a", headers={"Authorization": f"bEARER {token}"})
        assert reply.status_code == 200

    async def test_forgets_a_revoked_token_with_the_next_request(self, site: Site, client: httpx2.AsyncClient) -> None:
        assert (await client.get("/api/test/orders/a")).status_code == 200
        (key,) = await site.db.read(access.list_tokens, workspace_id=1)
        await site.db.write(access.revoke, workspace_id=1, token_id=key.id, now=site.db.now())
        assert (await client.get("/api/test/orders/a")).status_code == 401

    async def test_forgets_a_login_with_its_key(self, site: Site) -> None:
        now = site.db.now()
        made = await site.db.write(
            access.create_key,
            workspace_id=1,
            name="x",
            role=Role.VIEWER,
            owner="user:1",
            now=now,
            dialect="botcity",
            login="l",
        )
        login = await site.db.write(access.login_with_key, dialects=("botcity",), login="l", key=made.text, now=now)
        async with site.client(login.text) as client:
            assert (await client.get("/api/test/orders/a")).status_code == 200
            await site.db.write(access.revoke, workspace_id=1, token_id=made.token.id, now=now)
            assert (await client.get("/api/test/orders/a")).status_code == 401

    async def test_records_when_a_token_was_used(self, site: Site, client: httpx2.AsyncClient) -> None:
        await client.get("/api/test/orders/a")
        await site.app.tools.authenticator.record_use()
        (key,) = await site.db.read(access.list_tokens, workspace_id=1)
        assert key.used_at is not None


class TestPermission:
    async def test_is_checked_before_the_handler_and_the_refusal_is_audited(
        self, site: Site, client: httpx2.AsyncClient
    ) -> None:
        reply = await client.delete("/api/test/orders/a")
        assert reply.status_code == 403
        assert "workspace:manage" in reply.json()["detail"]
        (entry,) = await site.db.read(audit.list_for, workspace_id=1)
        assert (entry.actor, entry.action, entry.verdict) == ("key:operator", "workspace:manage", "denied")
        assert entry.request_id == reply.headers["x-request-id"]

    async def test_comes_from_the_role_of_the_key(self, site: Site) -> None:
        async with site.client(await site.key(Role.ADMIN)) as client:
            assert (await client.delete("/api/test/orders/a")).status_code == 200
        async with site.client(await site.key(Role.VIEWER)) as client:
            assert (await client.post("/api/test/orders", json={"label": "x"})).status_code == 403


class TestErrors:
    async def test_are_problems_with_code_field_and_hint(self, client: httpx2.AsyncClient) -> None:
        reply = await client.get("/api/test/fail/invalid")
        assert reply.status_code == 400
        assert reply.headers["content-type"] == "application/problem+json"
        problem = reply.json()
        assert (problem["code"], problem["field"], problem["hint"]) == ("invalid", "x", "Fix it.")
        assert problem["detail"] == "It is wrong."

    async def test_say_when_to_come_back(self, client: httpx2.AsyncClient) -> None:
        reply = await client.get("/api/test/fail/busy")
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "3")

    async def test_of_ours_tell_an_id_and_nothing_else(
        self, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR, "botyard.web"):
            reply = await client.get("/api/test/fail/bug")
        assert reply.status_code == 500
        assert "internals" not in reply.text
        assert reply.json()["request_id"] == reply.headers["x-request-id"]
        assert "internals" in caplog.text

    async def test_before_the_first_byte_of_a_stream_are_whole_answers(self, client: httpx2.AsyncClient) -> None:
        reply = await client.get("/api/test/broken")
        assert (reply.status_code, reply.json()["detail"]) == (404, "The file is gone.")

    async def test_in_the_middle_of_a_stream_do_not_look_like_an_end(self, site: Site) -> None:
        sent = []

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": "GET", "path": "/api/test/half", "query_string": b"", "headers": []}
        with pytest.raises(RuntimeError, match="disk"):
            await site.app(scope, receive, send)
        assert sent[-1]["more_body"] is True


class TestWebSocket:
    async def test_is_refused(self, site: Site) -> None:
        sent = []

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        async def receive() -> dict[str, object]:
            return {"type": "websocket.connect"}

        await site.app({"type": "websocket", "path": "/api/test/orders/a"}, receive, send)
        assert sent == [{"type": "websocket.close", "code": 1000}]
