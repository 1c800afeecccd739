"""The cache service over HTTP: the same in SQLite, in PostgreSQL and in Redis."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import httpx2
import msgspec
import pytest

from botyard.base.exceptions import Invalid
from botyard.base.settings import Settings
from botyard.core import cache, progress
from botyard.server.app import create_app
from botyard.storage import Blobs, Database
from botyard.wire.execution import task_uuid
from tests.protocols.automio.conftest import World
from tests.support.redis import RedisServer
from tests.support.work import lease_next, make_runner

Headers = dict[str, str]


@pytest.fixture(params=["sqlite", "postgres", "redis"])
def home(request: pytest.FixtureRequest) -> str:
    """Return where the values lie."""
    name: str = request.param
    return name


@pytest.fixture
def backend(home: str) -> str:
    return "postgres" if home == "postgres" else "sqlite"


@pytest.fixture
def settings(settings: Settings, home: str, request: pytest.FixtureRequest) -> Settings:
    if home != "redis":
        return settings
    server: RedisServer = request.getfixturevalue("redis")
    return msgspec.structs.replace(settings, cache_url=server.url)


def bearer(token: Headers) -> Headers:
    return {"Authorization": token["Authorization"].replace("App-Token", "Bearer")}


class Client:
    """One program with a token, speaking as the clients do."""

    def __init__(self, api: httpx2.AsyncClient, token: Headers) -> None:
        self._api = api
        self._headers = bearer(token) | {"Content-Type": "application/json"}

    async def ask(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None) -> httpx2.Response:
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        reply = await self._api.request(method, f"/cache{path}", content=content, headers=self._headers)
        assert reply.headers["content-type"] == "application/json"
        return reply

    async def get(self, key: str, kind: str = "app") -> Any:
        return await self.told("GET", f"/get/{quote(key, safe='')}/?cache_type={kind}")

    async def set(self, key: str, value: Any, ttl: Any = None, kind: str = "app") -> Any:
        return await self.told("POST", f"/set/?cache_type={kind}", {"key": key, "value": value, "ttl": ttl})

    async def delete(self, key: str, kind: str = "app") -> Any:
        return await self.told("DELETE", f"/delete/{quote(key, safe='')}/?cache_type={kind}")

    async def told(self, *asked: Any) -> Any:
        reply = await self.ask(*asked)
        assert reply.status_code == 200, reply.text
        return reply.json()


@pytest.fixture
def shop(api: httpx2.AsyncClient, world: World) -> Client:
    return Client(api, world.token)


VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**53 + 1,
    2**70,
    1.0,
    0.1,
    1e300,
    "",
    "text",
    "ołówek \u2028 😀",
    "a\0b",
]
VALUES += [[], {}, [1, [2, {"a": None}]], {"a": {"b": [1.5, "x"]}}, "x" * 100_000]


async def test_any_json_comes_back_with_its_type(shop: Client) -> None:
    for number, value in enumerate(VALUES):
        told = await shop.set(f"k{number}", value)
        assert told == {"success": True, "key": f"k{number}", "message": told["message"], "ttl": None}
    for number, value in enumerate(VALUES):
        found = await shop.get(f"k{number}")
        assert found == {"key": f"k{number}", "value": value, "exists": True, "ttl": None}
        assert type(found["value"]) is type(value)
    reply = await shop.ask("POST", "/set/", raw=b'{"key": "n", "value": {"b": 1.0,  "a": 1e2}}')
    assert reply.status_code == 200
    reply = await shop.ask("GET", "/get/n/")
    assert b'{"b": 1.0,  "a": 1e2}' in reply.content, "to the last space"


KEYS = ["a", "a/b", "a b/c", "/", "//x//", "ä/ö", "%2F", "a%20b", "100%", "a+b", "x" * 900, "/".join("abc" * 40), "..."]


async def test_keys_hold_slashes_spaces_and_percent_signs(shop: Client) -> None:
    for key in KEYS:
        assert (await shop.set(key, key))["success"], key
    for key in KEYS:
        assert (await shop.get(key))["value"] == key
    # As an older client writes them: only what no address can hold is escaped.
    for key in ("a/b", "a b/c", "ä/ö", "//x//"):
        found = await shop.told("GET", f"/get/{quote(key)}/?task_id=x&action_id=1&cache_type=app")
        assert (found["key"], found["value"]) == (key, key)
    assert (await shop.told("GET", "/get/a/b"))["value"] == "a/b"
    assert (await shop.told("GET", "//get/a/"))["value"] == "a"
    for key in KEYS:
        assert (await shop.delete(key))["deleted"], key
        assert not (await shop.get(key))["exists"]


async def test_a_miss_is_no_error(shop: Client) -> None:
    miss = {"key": "nothing", "value": None, "exists": False, "ttl": None}
    assert await shop.get("nothing") == miss
    told = await shop.delete("nothing")
    assert (told["success"], told["deleted"]) == (True, False)
    await shop.set("nothing", None)
    assert await shop.get("nothing") == miss | {"exists": True}


async def test_apps_share_what_belongs_to_their_organization(
    api: httpx2.AsyncClient, world: World, shop: Client
) -> None:
    crm, foreign = Client(api, world.crm_token), Client(api, world.foreign_token)
    await shop.set("k", "shop")
    await shop.set("k", "all", kind="org")
    assert [(await each.get("k"))["value"] for each in (shop, crm, foreign)] == ["shop", None, None]
    assert [(await each.get("k", kind="org"))["value"] for each in (shop, crm, foreign)] == ["all", "all", None]
    assert not (await foreign.delete("k", kind="org"))["deleted"]
    assert (await crm.delete("k", kind="org"))["deleted"]
    assert (await shop.get("k"))["value"] == "shop"


async def test_a_value_goes_when_its_time_is_over(shop: Client) -> None:
    assert (await shop.set("short", 1, ttl=1))["ttl"] == 1
    assert (await shop.set("long", 1, ttl=100))["ttl"] == 100
    assert (await shop.set("forever", 1, ttl=0))["ttl"] is None
    assert 98 <= (await shop.get("long"))["ttl"] <= 100
    deadline = time.monotonic() + 10
    while (await shop.get("short"))["exists"]:
        assert time.monotonic() < deadline
    await shop.set("long", 2)
    assert (await shop.get("long"))["ttl"] is None
    assert (await shop.get("forever"))["exists"]


BAD: list[tuple[str, str, bytes | None, int]] = [
    ("GET", "/get/", None, 400),
    ("GET", "/get//", None, 400),
    ("GET", "/get/%ff/", None, 400),
    ("GET", "/get/a%00b/", None, 400),
    ("GET", f"/get/{'x' * 1025}/", None, 400),
    ("GET", "/get/a/?cache_type=other", None, 400),
    ("GET", f"/get/a/?app={10**30}", None, 403),
    ("PUT", "/get/a/", None, 405),
    ("GET", "/nothing/", None, 404),
    ("POST", "/set/", None, 400),
    ("POST", "/set/", b"{", 400),
    ("POST", "/set/", b"[]", 400),
    ("POST", "/set/", b'{"value": 1}', 400),
    ("POST", "/set/", b'{"key": 5, "value": 1}', 400),
    ("POST", "/set/", b'{"key": "", "value": 1}', 400),
    ("POST", "/set/", b'{"key": "a\\u0000", "value": 1}', 400),
    ("POST", "/set/", b'{"key": "a", "value": NaN}', 400),
    ("POST", "/set/", b'{"key": "a", "value": "\\ud800"}', 400),
    ("POST", "/set/", b'{"key": "a", "value": "\xff"}', 400),
    ("POST", "/set/", b'{"key": "a", "value": 1, "ttl": -1}', 400),
    ("POST", "/set/", b'{"key": "a", "value": 1, "ttl": "soon"}', 400),
    ("POST", "/set/", b'{"key": "a", "value": ' + b"[" * 70 + b"]" * 70 + b"}", 400),
    ("POST", "/set/", b'{"key": "a", "value": "' + b"x" * cache.MAX_VALUE + b'"}', 413),
    ("POST", "/set/", b'{"key": "a", "value": "' + b"x" * (2 * cache.MAX_VALUE) + b'"}', 413),
    ("POST", "/set-progress/x/", b'{"progress": "a lot"}', 400),
    ("POST", "/set-progress/x/", b'{"progress": NaN}', 400),
]


async def test_what_cannot_be_is_told_in_json(shop: Client) -> None:
    for method, path, raw, status in BAD:
        reply = await shop.ask(method, path, raw=raw)
        assert reply.status_code == status, f"{method} {path[:60]} {(raw or b'')[:60]!r}: {reply.text[:300]}"
        assert {"detail", "error", "code"} <= set(reply.json())
    assert not (await shop.get("a"))["exists"], "nothing was half done"


async def test_only_a_token_of_an_app_opens_the_cache(api: httpx2.AsyncClient, world: World) -> None:
    for headers in ({}, {"Authorization": "Bearer None"}, world.token, {"Authorization": "Bearer by_key_x"}):
        for method, path in (("GET", "/get/a/"), ("POST", "/set/"), ("DELETE", "/delete/a/")):
            reply = await api.request(method, f"/cache{path}", headers=headers)
            assert (reply.status_code, "detail" in reply.json()) == (403, True)


async def test_progress_is_brought_within_bounds_and_kept_for_programs_outside(shop: Client) -> None:
    outside = "5b0e7a9c-1f2d-4c3b-8a69-0d1e2f3a4b5c"
    cases = [
        ({"progress": 30, "info": "reading", "status": "in_progress"}, (30, "reading", "pending")),
        ({"progress": 33.6, "info": "on", "status": "pending"}, (34, "on", "pending")),
        ({"progress": -5, "info": "", "status": "pending"}, (0, "", "pending")),
        ({"progress": 170, "info": "done", "status": "pending"}, (100, "done", "completed")),
        ({"progress": 10, "info": "broke", "status": "failed"}, (100, "broke", "failed")),
        ({"progress": 1, "info": None, "status": None}, (1, "", "pending")),
    ]
    for sent, (percent, info, status) in cases:
        told = await shop.told("POST", f"/set-progress/{outside}/", sent)
        assert told == {
            "success": True,
            "message": told["message"],
            "task_id": outside,
            "progress": percent,
            "info": info,
            "status": status,
        }


async def test_an_app_that_runs_for_others_names_the_scope_in_the_body(
    api: httpx2.AsyncClient, world: World, shop: Client
) -> None:
    async def told(method: str, **body: Any) -> Any:
        path = "/api/apps/130/api-cache/"
        reply = await api.request(method, path, content=json.dumps(body).encode(), headers=world.token)
        assert reply.status_code == 200, reply.text
        return reply.json()

    assert await told("POST", scope="organization", key="a/b", value=[1], ttl=60) == {"ok": True}
    assert await told("GET", scope="organization", key="a/b") == {"value": [1]}
    assert await told("GET", scope="app", key="a/b") == {"value": None}
    assert (await shop.get("a/b", kind="org"))["value"] == [1]
    assert await told("DELETE", scope="organization", key="a/b") == {"ok": True}
    assert await told("GET", scope="organization", key="a/b") == {"value": None}


async def test_a_run_uses_the_cache_and_may_not_name_the_task_of_another_run(
    api: httpx2.AsyncClient, world: World, shop: Client, db: Database
) -> None:
    started = await api.post("/api/actions/sync/run/?app=130", headers=world.token)
    assert started.status_code == 200, started.text
    runner = await db.write(lambda tx: make_runner(tx, world.workspace, now=db.now()))
    lease = await db.write(lambda tx: lease_next(tx, world.workspace, runner, now=db.now()))
    run = Client(api, {"Authorization": f"App-Token {lease.credential.text}"})
    mine, other = task_uuid(lease.task_id), task_uuid(lease.task_id + 1)
    crm, foreign = Client(api, world.crm_token), Client(api, world.foreign_token)
    await run.told("POST", f"/set/?cache_type=app&task_id={mine}", {"key": "k", "value": 1})
    assert (await shop.get("k"))["value"] == 1
    # A token of an app is bound to no task, and an id that a client made up says nothing.
    for _ in range(2):
        assert (await shop.told("GET", f"/get/k/?task_id={mine}"))["exists"]
        assert (await shop.told("GET", f"/get/k/?task_id={other}"))["exists"], "no task is called so"
    for stranger in (crm, foreign):
        for method, path in (("GET", "/get/k/"), ("DELETE", "/delete/k/"), ("POST", "/set/")):
            reply = await stranger.ask(method, f"{path}?task_id={mine}", {"key": "k", "value": 2})
            assert (reply.status_code, "detail" in reply.json()) == (403, True), path
        body = {"progress": 40, "info": "half", "status": "pending"}
        assert (await stranger.ask("POST", f"/set-progress/{mine}/", body)).status_code == 403
    assert (await run.told("GET", "/get/k/?task_id=5b0e7a9c-1f2d-4c3b-8a69-0d1e2f3a4b5c"))["exists"]
    for method, path in (("GET", "/get/k/"), ("DELETE", "/delete/k/"), ("POST", "/set/")):
        reply = await run.ask(method, f"{path}?task_id={other}", {"key": "k", "value": 2})
        assert reply.status_code == 403, path
    body = {"progress": 40, "info": "half", "status": "pending"}
    assert (await run.ask("POST", f"/set-progress/{other}/", body)).status_code == 403
    assert (await run.told("POST", f"/set-progress/{mine}/", body))["progress"] == 40
    told = await db.read(progress.of_tasks, workspace_id=world.workspace.id, task_ids=[lease.task_id])
    assert told[lease.task_id].info == "half"


class TestShape:
    async def test_the_bare_value_is_answered_where_the_settings_want_it(
        self, api: httpx2.AsyncClient, world: World, settings: Settings, db: Database, blobs: Blobs
    ) -> None:
        await Client(api, world.token).set("k", {"a": 1})
        bare = msgspec.structs.replace(settings, cache_get_shape="value")
        app = create_app(bare, db, blobs)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://b") as client:
            for key, value in (("k", {"a": 1}), ("nothing", None)):
                assert (await client.get(f"/cache/get/{key}/", headers=bearer(world.token))).json() == value
        for close in app.tools.closing:
            await close()


@pytest.mark.parametrize("home", ["redis"], indirect=True)
class TestRedis:
    async def test_while_it_is_away_nothing_is_found_and_nothing_fails(
        self, shop: Client, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("botyard.storage.redis._PAUSE", 0.05)
        await shop.set("k", 1)
        redis.stop()
        miss = {"key": "k", "value": None, "exists": False, "ttl": None}
        for _ in range(3):
            assert await shop.get("k") == miss
            assert (await shop.set("k", 2, ttl=5))["success"] is False
            told = await shop.delete("k")
            assert (told["success"], told["deleted"]) == (False, False)
        redis.start()
        told = await shop.set("k", 3)
        while not told["success"]:
            told = await shop.set("k", 3)
        assert (await shop.get("k"))["value"] == 3

    async def test_what_somebody_else_put_there_is_a_miss(self, shop: Client, redis: RedisServer, world: World) -> None:
        for value in ("no-json", "\\xff", '"\\xff"'):
            redis.command("SET", f"botyard:cache:{world.workspace.id}:130:k", f'"{value}x"')
            assert (await shop.get("k"))["exists"] is False

    async def test_a_server_starts_while_it_is_away(self, redis: RedisServer, shop: Client) -> None:
        redis.stop()
        assert (await shop.get("k"))["exists"] is False

    async def test_a_password_in_the_address_is_used(self, shop: Client, redis: RedisServer) -> None:
        redis.command("CONFIG", "SET", "requirepass", "hush")
        try:
            assert (await shop.set("k", 1))["success"] is False
        finally:
            redis.stop()

    async def test_the_keys_of_apps_do_not_meet(self, shop: Client, redis: RedisServer, world: World) -> None:
        await shop.set("k", 1, ttl=50)
        names = redis.command("KEYS", "*")
        assert f"botyard:cache:{world.workspace.id}:130:k".encode() in names

    @pytest.mark.parametrize("url", ["", "http://127.0.0.1:6379", "redis://h:port", "localhost:6379"])
    def test_what_is_no_address_stops_the_start(self, settings: Settings, db: Database, blobs: Blobs, url: str) -> None:
        wrong = msgspec.structs.replace(settings, cache_url=url)
        if url == "":
            create_app(wrong, db, blobs)
            return
        with pytest.raises(Invalid) as refusal:
            create_app(wrong, db, blobs)
        assert refusal.value.field == "cache_url"
