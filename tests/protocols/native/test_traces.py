"""Spans, progress and the cache over native v1."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from botyard.base.settings import Settings
from botyard.core import progress, workspaces
from botyard.core.access import Role
from botyard.protocols.native.routes import ROUTES
from botyard.server.app import create_app
from botyard.storage import Blobs, Database, Tx
from botyard.wire.execution import task_uuid
from tests.protocols.native.conftest import Api, make_key
from tests.support.redis import RedisServer

SPANS = [
    {"span_id": "root", "name": "Answer", "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:02Z"},
    {"span_id": "model", "parent_id": "root", "name": "Ask the model", "started_at": "2026-01-01T00:00:01Z"},
    {"span_id": "a/b.c", "name": "Tool", "started_at": "2026-01-01T00:00:01.5Z", "status": "error", "message": "No!"},
]


@pytest.fixture
async def bot(api: Api) -> Api:
    """Return the API as the bot of task 1 sees it."""
    await api.deploy("agent")
    runner = await api.new_runner()
    await api.ok("POST", "/tasks", {"automation": "agent"})
    (lease,) = await runner.lease()
    return api.as_(lease["token"])


async def test_spans_are_added_listed_page_by_page_and_read_with_payloads(api: Api, bot: Api) -> None:
    assert await bot.ok("POST", "/tasks/1/spans", {"spans": SPANS}) == {"accepted": 3, "dropped": 0}
    more = {"span_id": "model", "name": "Ask the model", "status": "ok", "input": {"q": 1}, "tags": {"model": "m"}}
    assert (await api.ok("POST", "/tasks/1/spans", {"spans": [more]}))["accepted"] == 1
    found: list[Any] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = await api.ok("GET", "/tasks/1/spans", params=query)
        found += page["spans"]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert [span["span_id"] for span in found] == ["root", "model", "a/b.c"]
    assert found[0]["ended_at"] == "2026-01-01T00:00:02.000+00:00"
    whole = await api.ok("GET", "/tasks/1/spans/1/model")
    assert (whole["input"], whole["tags"], whole["status"], whole["parent_id"]) == (
        {"q": 1},
        {"model": "m"},
        "ok",
        "root",
    )
    assert (await api.ok("GET", f"/tasks/1/spans/1/{quote('a/b.c', safe='')}"))["message"] == "No!"
    assert [s["span_id"] for s in (await api.ok("GET", "/tasks/1/spans?status=error"))["spans"]] == ["a/b.c"]
    assert [s["span_id"] for s in (await api.ok("GET", "/tasks/1/spans?text=ASK&epoch=1"))["spans"]] == ["model"]
    assert (await api.ok("GET", "/tasks/1/spans?epoch=2"))["spans"] == []
    await api.problem("GET", "/tasks/1/spans/1/none", status=404)
    await api.problem("GET", "/tasks/9/spans", status=404)


async def test_spans_of_the_workspace_begin_with_the_newest_task(api: Api, bot: Api) -> None:
    await bot.ok("POST", "/tasks/1/spans", {"spans": SPANS})
    runner = await api.new_runner()
    await api.deploy("other")
    await api.ok("POST", "/tasks", {"automation": "other"})
    (lease,) = await runner.lease()
    await api.as_(lease["token"]).ok("POST", "/tasks/2/spans", {"spans": SPANS[:1]})
    found: list[Any] = []
    query: dict[str, Any] = {"limit": 1}
    while True:
        page = await api.ok("GET", "/spans", params=query)
        found += [(span["task"], span["span_id"]) for span in page["spans"]]
        if page["next"] is None:
            break
        query["before"] = page["next"]
    assert found == [(2, "root"), (1, "root"), (1, "model"), (1, "a/b.c")]
    assert len((await api.ok("GET", "/spans?automation=agent"))["spans"]) == 3
    (failed,) = (await api.ok("GET", "/spans?status=error&text=no!"))["spans"]
    assert failed["task"] == 1
    assert (await api.ok("GET", "/spans?automation=none"))["spans"] == []


NONSENSE: list[tuple[Any, Any, Any, Any]] = [
    ("POST", "/tasks/1/spans", {"spans": [{"span_id": "", "name": "x"}]}, 400),
    ("POST", "/tasks/1/spans", {"spans": [{"span_id": "x", "name": "x", "started_at": "soon"}]}, 400),
    ("POST", "/tasks/1/spans", {"spans": [], "epoch": 7}, 404),
    ("POST", "/tasks/7/spans", {"spans": []}, 404),
    ("GET", "/tasks/1/spans?after=x", None, 400),
    ("GET", "/spans?before=1.x.y", None, 400),
    ("GET", "/spans?status=perhaps", None, 400),
    ("GET", "/cache?limit=x", None, 400),
    ("GET", "/cache/none", None, 404),
    ("DELETE", "/cache/none", None, 404),
    ("PUT", "/cache/x", {"value": 1, "ttl": -1}, 400),
    ("PUT", "/cache/x", {}, 400),
    ("PUT", f"/cache/{'k' * 1025}", {"value": 1}, 400),
    ("PUT", "/cache/x", {"value": "v" * (1024 * 1024)}, 413),
    ("GET", "/apps/none/cache", None, 404),
]


@pytest.mark.usefixtures("bot")
async def test_nonsense_is_refused_with_a_word(api: Api) -> None:
    for method, path, body, status in NONSENSE:
        assert (await api.problem(method, path, body, status=status))["detail"]


async def test_progress_is_what_the_present_attempt_said(api: Api, bot: Api, db: Database) -> None:
    nothing = {"percent": None, "info": None, "status": None, "updated_at": None}
    assert await bot.ok("GET", "/tasks/1/progress") == nothing
    await api.ok("POST", "/apps", {"slug": "shop"})
    await api.ok("POST", "/apps/shop/actions", {"slug": "sync"})
    run = await api.ok("POST", "/apps/shop/actions/sync/run", {})
    await db.write(_report, task_id=run["task"], now=db.now())
    told = await api.ok("GET", f"/tasks/{run['task']}/progress")
    assert (told["percent"], told["info"], told["status"]) == (40, "Two of five", "pending")
    await api.problem("GET", "/tasks/99/progress", status=404)


def _report(tx: Tx, *, task_id: int, now: int) -> None:
    workspace = workspaces.get(tx, label="acme")
    key = task_uuid(task_id)
    progress.report(
        tx, workspace_id=workspace.id, app_id=1, task_key=key, percent=40, info="Two of five", status="", now=now
    )


async def test_values_are_kept_found_and_taken_out_by_app_and_for_the_workspace(api: Api) -> None:
    await api.ok("POST", "/apps", {"slug": "shop"})
    kept = await api.ok("PUT", "/cache/rate", {"value": {"pln": 4.31}, "ttl": 60.2})
    assert kept == {"key": "rate", "value": {"pln": 4.31}, "ttl": 61}
    own = f"/apps/shop/cache/{quote('a/b c', safe='')}"
    await api.ok("PUT", own, {"value": None})
    assert await api.ok("GET", own) == {"key": "a/b c", "value": None, "ttl": None}
    assert (await api.ok("GET", "/apps/1/cache"))["keys"][0]["key"] == "a/b c"
    await api.problem("GET", "/cache/a", status=404)
    for name in ("rate.eur", "rate.usd", "RATE"):
        await api.ok("PUT", f"/cache/{name}", {"value": 1})
    page = await api.ok("GET", "/cache?prefix=rate&limit=2")
    rest = await api.ok("GET", "/cache", params={"prefix": "rate", "after": page["next"]})
    assert [key["key"] for key in [*page["keys"], *rest["keys"]]] == ["rate", "rate.eur", "rate.usd"]
    assert 0 < page["keys"][0]["ttl"] <= 61
    await api.ok("DELETE", "/cache/rate")
    await api.problem("GET", "/cache/rate", status=404)


async def test_a_run_of_an_app_uses_its_own_values_and_those_that_are_shared(api: Api) -> None:
    for slug in ("shop", "crm"):
        await api.ok("POST", "/apps", {"slug": slug})
    await api.ok("POST", "/apps/shop/actions", {"slug": "sync"})
    await api.ok("PUT", "/apps/shop/actions/sync/code", {"code": "print()"})
    await api.ok("POST", "/apps/shop/actions/sync/run", {})
    (lease,) = await (await api.new_runner()).lease()
    bot = api.as_(lease["token"])
    await bot.ok("PUT", "/apps/shop/cache/x", {"value": 1})
    await bot.ok("PUT", "/cache/x", {"value": 2})
    await bot.problem("GET", "/apps/crm/cache", status=404)
    await bot.problem("PUT", "/apps/crm/cache/x", {"value": 1}, status=404)


async def test_another_workspace_has_none_of_it(api: Api, bot: Api, stranger: Api) -> None:
    await bot.ok("POST", "/tasks/1/spans", {"spans": SPANS})
    await api.ok("PUT", "/cache/x", {"value": 1})
    assert (await stranger.ok("GET", "/spans"))["spans"] == []
    assert (await stranger.ok("GET", "/cache"))["keys"] == []
    for path in ("/tasks/1/spans", "/tasks/1/spans/1/root", "/tasks/1/progress", "/cache/x"):
        await stranger.problem("GET", path, status=404)
    await stranger.problem("POST", "/tasks/1/spans", {"spans": SPANS}, status=404)
    await stranger.problem("DELETE", "/cache/x", status=404)


async def test_who_may_do_what(api: Api, bot: Api, db: Database) -> None:
    place = await db.read(workspaces.get, label="acme")
    viewer, operator = [
        api.as_(await db.write(make_key, workspace_id=place.id, role=role, now=db.now()))
        for role in (Role.VIEWER, Role.OPERATOR)
    ]
    await viewer.ok("GET", "/tasks/1/progress")
    for path in ("/tasks/1/spans", "/spans", "/cache"):
        await viewer.problem("GET", path, status=403)
        await operator.ok("GET", path)
    await viewer.problem("PUT", "/cache/x", {"value": 1}, status=403)
    await operator.ok("PUT", "/cache/x", {"value": 1})
    await api.ok("POST", "/tasks", {"automation": "agent"})
    await bot.problem("POST", "/tasks/2/spans", {"spans": SPANS}, status=403)


async def test_keys_are_listed_from_redis_too_and_its_absence_is_told(
    settings: Settings, db: Database, blobs: Blobs, api: Api, redis: RedisServer
) -> None:
    app = create_app(msgspec.structs.replace(settings, cache_url=redis.url), db, blobs, tables=[ROUTES])
    elsewhere = Api(app, api.token)
    for number in range(30):
        await elsewhere.ok("PUT", f"/cache/rate[{number}]", {"value": number, "ttl": 60})
    await elsewhere.ok("PUT", "/cache/ratex", {"value": "more"})
    found: dict[str, Any] = {}
    query: dict[str, Any] = {"prefix": "rate[", "limit": 10}
    while True:
        page = await elsewhere.ok("GET", "/cache", params=query)
        found |= {key["key"]: key["ttl"] for key in page["keys"]}
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert found.keys() == {f"rate[{number}]" for number in range(30)}
    assert all(0 < ttl <= 60 for ttl in found.values())
    await elsewhere.problem("GET", "/cache?after=x", status=400)
    redis.stop()
    for method, path, body in (
        ("GET", "/cache", None),
        ("PUT", "/cache/x", {"value": 1}),
        ("DELETE", "/cache/x", None),
    ):
        answer = await elsewhere(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
        assert answer.headers["retry-after"]
    for close in app.tools.closing:
        await close()
