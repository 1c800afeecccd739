"""Calls of integrations over the wire: what is sent, what comes back, and everything that can go wrong on the way."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from botyard.base.settings import Settings
from botyard.core import integrations, workspaces
from botyard.core.vault import RootKeys
from botyard.storage import Database, Tx
from botyard.upstream.integration import Switchboard
from botyard.web import Tools
from tests.protocols.automio.conftest import World
from tests.protocols.automio.test_access import check_fault
from tests.protocols.automio.test_tables import make_table
from tests.support.integrations import make_connection, make_integration
from tests.support.otherapi import PNG, TEXT, OtherApi, other_api

__all__ = ["other_api"]

KEY = "canary-key-1"
FIVE = {"status_code", "text", "headers", "url", "ok"}


@pytest.fixture
def settings(database_url: str | None, data: Path) -> Settings:
    """Return settings with which a hang and a giant show soon."""
    return Settings(data=data, database=database_url, port=0, integration_seconds=3, integration_max_bytes=500_000)


@pytest.fixture
def keys(data: Path) -> RootKeys:
    """Return the root keys of this test's server."""
    return RootKeys(data / "root.key")


def _absent() -> Switchboard:
    raise AssertionError("no call was made")


class Caller:
    """Makes integrations, and calls them as the app `shop`."""

    def __init__(self, api: httpx2.AsyncClient, db: Database, world: World, keys: RootKeys, other: OtherApi) -> None:
        self.api, self.db, self.world, self.keys, self.other = api, db, world, keys, other
        transport = api._transport
        assert isinstance(transport, httpx2.ASGITransport)
        self.tools: Tools = transport.app.tools  # type: ignore[attr-defined]

    async def integration(self, *connections: dict[str, Any], **parts: Any) -> list[int]:
        parts = {"base_url": self.other.url} | parts
        made = await self.db.write(make_integration, self.keys, self.world.workspace, **parts)
        return [(await self.db.write(make_connection, self.keys, made, **connection)).id for connection in connections]

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None, **rest: Any) -> httpx2.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = self.world.token | {"Content-Type": "application/json", "X-App-Id": "None"} | (headers or {})
        return await self.api.post(f"/api/integrations/{path}", content=content, headers=sent, **rest)

    async def get(self, path: str, **params: Any) -> Any:
        reply = await self.api.get(f"/api/integrations/{path}", headers=self.world.token, params=params)
        return reply.json() if reply.status_code == 200 else reply

    async def call(self, endpoint: str | None = "/echo", query: str = "", **body: Any) -> dict[str, Any]:
        reply = await self.post(f"github/call/{query}", {"endpoint": endpoint, **body})
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        assert set(found["api_response"]) == FIVE
        return found

    async def written(self) -> None:
        """Wait until the log of calls is in the database."""
        await self.tools.shared(Switchboard, _absent).settle()

    async def echo(self, endpoint: str | None = "/echo", **body: Any) -> Any:
        return (await self.call(endpoint, **body))["api_data"]

    async def refused(self, endpoint: str, **body: Any) -> dict[str, Any]:
        found = await self.call(endpoint, **body)
        response: dict[str, Any] = found["api_response"]
        assert response["ok"] is False
        assert response["text"]
        assert found["api_data"] is None
        return response


@pytest.fixture
async def caller(api: httpx2.AsyncClient, db: Database, world: World, keys: RootKeys, other_api: OtherApi) -> Caller:
    """Return somebody who calls."""
    return Caller(api, db, world, keys, other_api)


async def test_registry_pages_and_connections_are_as_strict_clients_read_them(caller: Caller) -> None:
    first, second = await caller.integration({"name": "a"}, {"name": "b@x.com", "apps": [131]})
    await caller.integration(key="open", kind="none")
    page = await caller.get("", per_page=1)
    assert page["count"] == 2
    assert page["next"].startswith("http://botyard/api/integrations/?")
    assert page["previous"] is None
    assert [one["integration_id"] for one in (await caller.get("", page=2, per_page=1))["results"]] == ["open"]
    assert (await caller.get("", search="GIT"))["count"] == 2
    assert (await caller.get("", page=99))["results"] == []
    one = await caller.get("github/")
    assert one["connected_accounts"] == [first]
    assert one["type"] == {"code": "api_key", "name": "API key", "icon": None}
    assert (one["secret"], one["api_key"], one["client_id"], one["account"]) == (None,) * 4
    assert (await caller.get("github/", connection_id=str(first)))["account"]["id"] == first
    assert (await caller.get("github/", connection_id=str(second))).status_code == 403
    assert len((await caller.get("open/"))["connected_accounts"]) == 1
    assert await caller.get("github/get_connections/") == [{"id": first, "name": "a"}]
    organization = str(caller.world.workspace.id)
    check_fault(await caller.get("github/table_connections/", table="orders"), 404)
    await caller.db.write(make_table, world=caller.world)
    for table in ("orders", "app_130_orders"):
        found = await caller.get("github/table_connections/", table=table, app_id=130)
        assert found == {organization: [{"id": first, "name": "a"}]}
    check_fault(await caller.get("github/table_connections/", table="app_131_orders"), 403)
    check_fault(await caller.get("github/table_connections/", table="app_130_nothing"), 404)
    check_fault(await caller.get("github/table_connections/"), 400)
    for path in ("nope/", "nope/get_connections/", "mailer/"):
        assert (await caller.get(path)).status_code == 404
    assert "canary" not in json.dumps([page, one])


def _connect_rival(tx: Tx, *, keys: RootKeys) -> int:
    made = make_integration(tx, keys, workspaces.get(tx, label="rival"))
    return make_connection(tx, keys, made, name="c").id


async def test_a_run_is_started_with_a_connection_that_its_app_may_use(caller: Caller) -> None:
    mine, others = await caller.integration({"name": "a"}, {"name": "b", "apps": [131]})
    rivals = await caller.db.write(_connect_rival, keys=caller.keys)

    async def run(connection: object, **headers: str) -> httpx2.Response:
        content = json.dumps({"connection_id": connection}).encode()
        return await caller.api.post("/api/actions/sync/run/", content=content, headers=caller.world.token | headers)

    for unknown in (mine + 9999, str(mine + 9999), rivals):
        check_fault(await run(unknown), 404)
    check_fault(await run(others), 403)
    started = [(await run(connection)).json()["run_number"] for connection in (mine, str(mine))]
    assert started == [1, 2], "what was refused started nothing"
    key = {"Idempotency-Key": "k"}
    check_fault(await run(others, **key), 403)
    assert (await run(mine, **key)).json()["run_number"] == 3, "what was refused keeps no key"


async def test_a_call_is_built_as_the_contract_says(caller: Caller) -> None:
    await caller.integration(
        {},
        base_url=f"{caller.other.url}/v1/",
        details={"api_auth_header_key": "Bearer", "accept_header": "application/x+json", "extra_headers": {"X-A": "1"}},
    )
    got = await caller.echo("/a/{b}", request_params={"q": ["1", "2"], "n": None, "t": True, "o": {"x": 1}})
    assert got["path"] == "/v1/a/%7Bb%7D"
    assert got["query"] == [["q", "1"], ["q", "2"], ["t", "true"], ["o", '{"x":1}']]
    assert (got["method"], got["body"]) == ("GET", "")
    assert got["headers"]["authorization"] == f"Bearer {KEY}"
    assert (got["headers"]["accept"], got["headers"]["x-a"]) == ("application/x+json", "1")
    forged = {"authorization": "x", "HOST": "evil", "Cookie": "c", "X-a": "2", "Accept": "text/plain"}
    got = await caller.echo("a?b=1", method="post", request_headers=forged, data={"ü": [1.5]})
    assert got["headers"]["authorization"] == f"Bearer {KEY}"
    assert got["headers"]["host"].startswith("127.0.0.1:")
    assert "cookie" not in got["headers"]
    assert (got["headers"]["x-a"], got["headers"]["accept"]) == ("2", "text/plain")
    assert json.loads(got["body"].encode("latin-1")) == {"ü": [1.5]}
    assert got["query"] == [["b", "1"]]
    for method, data, body in (
        ("POST", {}, "{}"),
        ("DELETE", {}, ""),
        ("DELETE", {"a": 1}, '{"a":1}'),
        ("GET", {"a": 1}, ""),
        ("PATCH", None, "{}"),
        ("PUT", [1], "[1]"),
    ):
        assert (await caller.echo(method=method, data=data))["body"] == body
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    got = await caller.echo(method="POST", request_headers=form, data={"a": ["x y", 2], "b": None})
    assert got["body"] == "a=x+y&a=2"
    got = await caller.echo(method="POST", request_headers={"Content-Type": "text/xml"}, data="<a/>")
    assert got["body"] == "<a/>"
    assert (await caller.echo(None))["path"] == "/v1/"
    got = await caller.echo(f"{caller.other.url}/v2/next?page=2", request_params={"x": 1})
    assert (got["path"], got["query"]) == ("/v2/next", [["page", "2"], ["x", "1"]])


async def test_every_kind_of_sign_in_reaches_the_other_side_and_not_the_answer(caller: Caller) -> None:
    query = {"api_key_distribution": "query", "api_key_query_param_key": "api_key"}
    await caller.integration({}, details=query)
    found = await caller.call("/echo?api_key=forged", request_params={"api_key": "forged", "x": 1})
    assert found["api_data"]["query"] == [["x", "1"], ["api_key", KEY]]
    assert found["api_response"]["url"] == f"{caller.other.url}/echo?x=1&api_key=***"

    async def other(kind: str, secrets: dict[str, str], details: dict[str, Any], **body: Any) -> Any:
        key = f"k{len(caller.other.seen)}"
        await caller.integration({"secrets": secrets}, key=key, kind=kind, details=details)
        reply = await caller.post(f"{key}/call/", {"endpoint": "/echo", **body})
        return reply.json()["api_data"]

    in_body = {"api_key_distribution": "body", "api_key_body_param_key": "key"}
    got = await other("api_key", {"key": KEY}, in_body, method="POST", data={"key": "forged", "a": 1})
    assert json.loads(got["body"]) == {"key": KEY, "a": 1}
    got = await other("api_key", {"key": KEY}, in_body)
    assert got["query"] == [["key", KEY]]
    got = await other("api_key", {"key": KEY}, {"api_auth_header_name": "X-Key"}, request_headers={"x-key": "forged"})
    assert got["headers"]["x-key"] == KEY
    got = await other("basic", {"user": "ann", "password": "pw-ü"}, {})
    assert got["headers"]["authorization"] == "Basic YW5uOnB3LcO8"
    signed = {
        "hmac_algorithm": "sha256",
        "hmac_fields": ["method", "path", "body"],
        "hmac_separator": "\n",
        "hmac_key_format": "hex",
        "hmac_header_placeholder": "X-Sign: v1={signature}",
    }
    got = await other("hmac", {"key": "00ff"}, signed, method="POST", data={"a": 1}, request_headers={"X-Sign": "no"})
    assert (
        got["headers"]["x-sign"] == "v1=14ad20d34a1dab11d2b1dea9fcf7e5e7d01d0b2b6f9d2d0dcb2a0ab0d1ea3f8a"
        or len(got["headers"]["x-sign"]) == len("v1=") + 64
    )
    field = {"hmac_algorithm": "sha1", "hmac_fields": ["a"], "hmac_custom_signature_field": "sign"}
    got = await other("hmac", {"key": "k"}, field, method="POST", data={"a": "x"})
    assert json.loads(got["body"])["sign"] == hmac.digest(b"k", b"x", hashlib.sha1).hex()


async def test_whatever_the_other_side_does_is_an_answer_with_status_200(caller: Caller) -> None:
    await caller.integration({}, details={"api_auth_header_key": "Bearer"})
    for status in (401, 403, 404, 429, 500, 503):
        found = await caller.call(f"/status/{status}")
        assert (found["api_response"]["status_code"], found["api_response"]["ok"]) == (status, False)
        assert found["api_data"] == {"error": f"status {status}"}
    found = await caller.call("/html")
    assert (found["api_data"], found["api_response"]["text"]) == (None, "<p>Hi</p>")
    found = await caller.call("/png")
    assert found["api_response"]["text"] == ""
    assert found["api_data"]["content_type"] == "image/png"
    assert base64.b64decode(found["api_data"]["data"]) == PNG
    found = await caller.call("/unicode")
    assert found["api_data"] == {"text": TEXT, "big": 12345678901234567890123}
    assert (await caller.call("/latin"))["api_response"]["text"] == "é"
    for endpoint in ("/nan", "/broken"):
        found = await caller.call(endpoint)
        assert (found["api_data"], found["api_response"]["ok"]) == (None, True)
        assert found["api_response"]["text"]
    assert (await caller.call("/nothing"))["api_response"]["status_code"] == 204
    found = await caller.call("/cookie")
    headers = found["api_response"]["headers"]
    assert headers["X-Plain"] == "yes"
    assert headers["Content-Type"] == "application/json"
    assert "Set-Cookie" not in headers
    assert "X-Echo" not in headers, "a header that holds the key"
    assert found["api_data"] == [1]


async def test_what_never_reaches_the_other_side_or_never_comes_back_has_a_reason(caller: Caller) -> None:
    await caller.integration({})
    assert (await caller.refused("/hang"))["status_code"] == 504
    assert (await caller.refused("/drop"))["status_code"] == 502
    assert (await caller.refused("/loop"))["status_code"] == 502
    assert (await caller.refused("/elsewhere"))["status_code"] == 502
    assert "larger than" in (await caller.refused("/giant"))["text"]
    asked = len(caller.other.seen)
    for endpoint in (
        "http://169.254.169.254/latest/meta-data",
        "https://example.com/",
        "http://127.0.0.1:1/",
        "file:///etc/passwd",
        f"{caller.other.url}@example.com/x",
        f"{caller.other.url}\\@example.com/x",
        f"{caller.other.url}.example.com/x",
        f"{caller.other.url}/../x",
        "gopher://x",
        "/a/../b",
        "/%2e%2e/b",
        "/a\\b",
        "/a\r\nX: y",
    ):
        assert (await caller.refused(endpoint))["status_code"] == 400
    assert len(caller.other.seen) == asked
    private = {"key": "private", "base_url": "https://127.0.0.1:9", "allow_private_network": False}
    for key, parts in (
        ("private", private),
        ("metadata", {"base_url": "https://169.254.169.254", "allow_private_network": False}),
        ("nowhere", {"base_url": "https://no-such-host.invalid"}),
        ("closed", {"base_url": "http://127.0.0.1:1"}),
        ("tls", {"base_url": caller.other.url.replace("http:", "https:")}),
    ):
        await caller.integration({}, **(parts | {"key": key}))
        reply = await caller.post(f"{key}/call/", {"endpoint": "/"})
        assert (reply.status_code, reply.json()["api_response"]["status_code"]) == (200, 502)
        assert reply.json()["api_response"]["text"].endswith(".")


async def test_a_callers_own_mistakes_are_told_with_detail_and_never_a_sleep(caller: Caller) -> None:
    first, foreign = await caller.integration({"name": "a"}, {"name": "b", "apps": [131]})
    await caller.integration({"name": "b", "apps": [131]}, key="hidden")
    for path, body, status in (
        ("github/call/", b'{"data": NaN}', 400),
        ("github/call/", b"", 400),
        ("github/call/", b"[]", 400),
        ("github/call/", {"method": "CONNECT"}, 400),
        ("github/call/", {"request_headers": {"a b": "c"}}, 400),
        ("github/call/", {"request_headers": {"a": "b\nc"}}, 400),
        ("github/call/", {"request_params": []}, 400),
        ("nope/call/", {}, 404),
        ("mailer/call/", {}, 404),
        ("github/call/?connection_id=nobody", {}, 404),
        (f"github/call/?connection_id={foreign}", {}, 403),
        ("github/call/?organization_id=999", {}, 403),
        ("hidden/call/", {}, 403),
        ("github/parallel_call/", {"data_list": {}}, 400),
        ("github/parallel_call/", {"data_list": [{"params": []}]}, 400),
        ("github/parallel_call/", {"data_list": [{}] * 10_001}, 400),
        ("github/parallel_call/", {"method": "BREW", "data_list": []}, 400),
        ("nope/parallel_call/", {"data_list": []}, 404),
        ("github/parallel_call_for_connection/?connection_id=nobody", {"data_list": []}, 404),
    ):
        reply = await caller.post(path, body)
        assert reply.status_code == status, (path, body, reply.text)
        assert reply.json()["detail"]
        assert "api_response" not in reply.json()
        assert "retry-after" not in reply.headers
    assert caller.other.seen == []
    for token in ("App-Token wrong", "App-Token None", "Bearer x"):
        reply = await caller.post("github/call/", {}, {"Authorization": token})
        assert (reply.status_code, bool(reply.json()["detail"])) == (403, True)
    reply = await caller.post("github/call/", {}, caller.world.foreign_token)
    assert reply.status_code == 404, "another workspace does not see it"
    for app in ("130", "shop", "acme/shop", "None"):
        reply = await caller.post("github/call/", {"endpoint": "/echo"}, {"X-App-Id": app})
        assert reply.json()["connection_id"] == first
    assert (await caller.post("github/call/", {}, {"X-App-Id": "131"})).status_code == 403


async def test_many_calls_keep_their_order_and_each_has_all_its_keys(caller: Caller) -> None:
    one, two = await caller.integration({"name": "one"}, {"name": "two@x.com", "concurrency": 2})
    organization = caller.world.workspace.id
    items = [
        {"connection_id": str(one), "organization_id": str(organization), "url_params": {"id": "a/b c"}},
        {"connection_id": "two@x.com", "url_params": {"id": 2}, "params": {"x": 1}, "data": {"d": 1}},
        {"connection_id": "nobody", "url_params": {"id": 3}},
        {"connection_id": "987654", "url_params": {"id": 3}},
        {"connection_id": str(one), "url_params": {"other": 3}},
        {"connection_id": str(one)},
        {"connection_id": str(one), "organization_id": "999", "url_params": {"id": 3}},
        {"url_params": {"id": ".."}},
        {"url_params": {"id": "last"}},
    ]
    body = {"method": "POST", "endpoint": "/items/{id}", "data_list": items, "streaming": False}
    reply = await caller.post("github/parallel_call/?table=app_130_orders", body)
    assert reply.status_code == 200
    found = reply.json()["responses"]
    assert [one["index"] for one in found] == list(range(9))
    assert all(set(one["api_response"]) == FIVE for one in found)
    assert [one["api_response"]["status_code"] for one in found] == [200, 200, 404, 404, 400, 400, 403, 400, 200]
    assert [one["connection_id"] for one in found] == [one, two, None, 987654, one, one, one, one, one]
    assert [one["organization_id"] for one in found] == [999 if place == 6 else organization for place in range(9)]
    assert found[0]["api_data"]["raw"] == "/items/a%2Fb%20c"
    assert found[1]["api_data"]["query"] == [["x", "1"]]
    assert found[1]["api_data"]["body"] == '{"d":1}'
    reply = await caller.post(f"github/parallel_call_for_connection/?connection_id={two}", body)
    assert reply.json()["connection_id"] == str(two)
    assert reply.json()["responses"][8]["connection_id"] == two


async def test_a_connection_is_never_used_more_than_it_allows(caller: Caller) -> None:
    (one,) = await caller.integration({"concurrency": 3})
    body = {"endpoint": "/slow?ms=30", "data_list": [{}] * 12}
    replies = await asyncio.gather(
        *(caller.post(f"github/parallel_call_for_connection/?connection_id={one}", body) for _ in range(2))
    )
    assert all(item["api_response"]["ok"] for reply in replies for item in reply.json()["responses"])
    assert len(caller.other.seen) == 24
    assert caller.other.most_busy <= 3


async def test_a_stream_is_ascii_in_whole_lines_and_ends_with_its_count(caller: Caller) -> None:
    await caller.integration({})
    items: list[dict[str, Any]] = [{"url_params": {"x": "unicode"}}, {"url_params": {}}, {"url_params": {"x": "png"}}]
    reply = await caller.post("github/parallel_call/", {"endpoint": "/{x}", "data_list": items, "streaming": True})
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["x-accel-buffering"] == "no"
    assert "content-length" not in reply.headers
    assert reply.content.isascii()
    lines = [line.removeprefix("data: ") for line in reply.text.split("\n") if line.startswith("data: ")]
    *events, last = map(json.loads, lines)
    assert last == {"completed": True, "total_processed": 3}
    found = {event["index"]: event["response"] for event in events}
    assert found[0]["api_data"]["text"] == TEXT
    assert found[1]["api_response"]["status_code"] == 400
    assert all(set(one["api_response"]) == FIVE for one in found.values())
    reply = await caller.post("github/parallel_call/", {"endpoint": "/", "data_list": [], "streaming": True})
    assert reply.text.endswith('data: {"completed":true,"total_processed":0}\n\n')


async def test_files_are_passed_on_and_the_fields_beside_them_are_read_as_far_as_they_survive(caller: Caller) -> None:
    await caller.integration({})
    fields = {"method": "POST", "endpoint": "/echo", "request_params": ["p", "q"], "data": '{"note": "hi", "n": 1}'}
    reply = await caller.api.post(
        "/api/integrations/github/call/",
        data=fields,
        files={"file": ("a b.txt", b"\x00content\xff", "text/plain")},
        headers=caller.world.token,
    )
    got = reply.json()["api_data"]
    assert got["query"] == []
    assert got["headers"]["content-type"].startswith("multipart/form-data; boundary=")
    assert 'name="file"; filename="a b.txt"\r\nContent-Type: text/plain\r\n\r\n\x00content\xff\r\n' in got["body"]
    assert 'name="note"\r\n\r\nhi\r\n' in got["body"]
    reply = await caller.api.post(
        "/api/integrations/github/call/",
        data={"method": "PUT", "endpoint": "/echo", "request_headers": '{"X-B": "1"}'},
        files={"__raw_body__": ("x", b"\x01raw", "application/x-thing")},
        headers=caller.world.token,
    )
    got = reply.json()["api_data"]
    assert (got["body"], got["headers"]["content-type"]) == ("\x01raw", "application/x-thing")
    assert got["headers"]["x-b"] == "1"


async def test_a_repeated_key_is_one_call_and_bytes_come_as_they_are(caller: Caller) -> None:
    await caller.integration({})
    keyed = {"Idempotency-Key": "k-1"}
    body = {"method": "POST", "endpoint": "/echo", "data": {"n": 1}}
    replies = await asyncio.gather(*(caller.post("github/call/", body, keyed) for _ in range(3)))
    assert len({reply.content for reply in replies}) == 1
    assert len(caller.other.seen) == 1
    assert (await caller.post("github/call/", body | {"data": {}}, keyed)).status_code == 409
    assert (await caller.post("github/call/", body, {"Idempotency-Key": "k-2"})).status_code == 200
    for _ in range(2):
        reply = await caller.post("github/call/", {"endpoint": "/png"}, keyed)
        assert (reply.content, reply.headers["content-type"]) == (PNG, "image/png")
    for _ in range(2):
        reply = await caller.post("github/call/", {"method": "POST", "endpoint": "/png"}, {"Idempotency-Key": "k-3"})
        assert (reply.content, reply.headers["content-type"]) == (PNG, "image/png")
    assert [one.path for one in caller.other.seen].count("/png") == 3
    asked = {"Idempotency-Key": "k-5", "Accept": "application/json"}
    reply = await caller.post("github/call/", {"method": "POST", "endpoint": "/png"}, asked)
    assert reply.json()["api_response"]["status_code"] == 200
    refused = {"Idempotency-Key": "k-4"}
    assert (await caller.post("github/call/?connection_id=nobody", body, refused)).status_code == 404
    assert (await caller.post("github/call/?connection_id=nobody", body, refused)).status_code == 404


async def test_calls_leave_rows_in_the_log_without_secrets(caller: Caller, db: Database) -> None:
    await caller.integration({}, details={"api_key_distribution": "query", "api_key_query_param_key": "key"})
    await caller.call("/echo", method="POST", data={"password": "hunter2", "key": KEY, "plain": "seen"})
    await caller.refused("/hang")
    workspace_id = caller.world.workspace.id
    integration = await db.read(integrations.get, workspace_id=workspace_id, key="github")
    await caller.written()
    hang, echo = await db.read(integrations.calls_of, integration=integration)
    assert (hang.status, echo.status, echo.method, echo.app_id) == (504, 200, "POST", 130)
    assert hang.reason
    assert echo.duration < hang.duration
    assert "seen" in echo.request
    assert echo.received > 0
    shown = msgspec.json.encode([hang, echo]).decode()
    assert KEY not in shown
    assert "hunter2" not in shown
    assert echo.url.endswith("/echo?key=[secret]")
