"""Calls of runs, and whatever a client sends: it is answered, never with a 5xx, never half, never without all keys."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest

from botyard.core import integrations
from botyard.core.vault import RootKeys
from botyard.protocols.automio import parallel
from botyard.storage import Database
from tests.protocols.automio.conftest import World
from tests.protocols.automio.test_integrations import FIVE, Caller, caller, keys, other_api, settings
from tests.support.work import lease_next, make_runner

__all__ = ["caller", "keys", "other_api", "settings"]

TEXTS = [
    "",
    "/",
    "/echo",
    "x" * 9000,
    "ü…😀",
    "{a}",
    "{{a}}",
    "{",
    "?",
    "?a=b&a=c",
    "#x",
    "//evil.example/x",
    "/\\evil",
    "http:",
    "https://",
    "http://[::1",
    "HTTP://127.0.0.1:1/x",
    "javascript:alert(1)",
    "/a/./b",
    "/%00",
    "/%zz",
    "\u2028",
    " /echo ",
    "GET",
    "post",
    "Content-Type",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/xml",
    "-1",
    "99999999999999999999",
    "None",
    "a@b",
]
SCALARS: list[Any] = [None, True, False, 0, -1, 2**63, 1.5, 1e300, *TEXTS]


def anything(dice: random.Random, depth: int = 0) -> Any:
    kind = dice.random()
    if depth > 3 or kind < 0.6:
        return dice.choice(SCALARS)
    if kind < 0.8:
        return [anything(dice, depth + 1) for _ in range(dice.randrange(3))]
    return {dice.choice(TEXTS): anything(dice, depth + 1) for _ in range(dice.randrange(3))}


def body(dice: random.Random) -> dict[str, Any]:
    """Return a call that is right in most of its parts."""
    objects = {dice.choice(TEXTS): dice.choice(SCALARS) for _ in range(dice.randrange(3))}
    item = {
        "connection_id": dice.choice(SCALARS),
        "url_params": objects,
        "params": dice.choice([{}, objects]),
        "data": anything(dice),
    }
    whole = {
        "method": dice.choice(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", None]),
        "endpoint": dice.choice(TEXTS),
        "request_headers": dice.choice([{}, objects]),
        "request_params": dice.choice([{}, objects]),
        "data": anything(dice),
        "data_list": [item, {}],
        "streaming": dice.random() < 0.3,
    }
    if dice.random() < 0.5:
        whole[dice.choice(list(whole))] = anything(dice)
    return whole


async def test_any_call_is_answered(caller: Caller) -> None:
    await caller.integration({})
    dice = random.Random(20261125)
    paths = ("call/", "parallel_call/", "parallel_call_for_connection/", "call/?connection_id=x", "call/?table=%FF")
    good = 0
    for _ in range(60):
        sent = [(dice.choice(paths), body(dice)) for _ in range(10)]
        replies = await asyncio.gather(*(caller.post(f"github/{path}", each) for path, each in sent))
        for (path, each), reply in zip(sent, replies, strict=True):
            assert reply.status_code in (200, 400, 403, 404), (path, each, reply.text)
            if reply.status_code != 200:
                assert reply.json()["detail"]
            elif reply.headers["content-type"] == "application/json":
                good += 1
                found = reply.json()
                for one in found.get("responses", [found]):
                    assert set(one["api_response"]) == FIVE
            else:
                assert '"completed":true' in reply.text
    assert good > 50


async def test_any_multipart_is_answered(caller: Caller, world: World, db: Database, keys: RootKeys) -> None:
    del world, db, keys
    await caller.integration({})
    disposition = b'Content-Disposition: form-data; name="endpoint"\r\n\r\n/echo\r\n'
    for kind, content in (
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b"--\r\n"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b\r\n" + disposition),
        ("multipart/form-data; boundary=b", b"--b\r\n" + disposition + b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b"\xff" * 1000),
        ("multipart/form-data; boundary=b", json.dumps({"endpoint": "/echo"}).encode()),
        ("multipart/mixed; boundary=b", b"{}"),
        ("text/plain", b'{"endpoint": "/echo"}'),
        ("application/json; charset=utf-16", "{}".encode("utf-16")),
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"data": ' + b'{"a":' * 200 + b"1" + b"}" * 201),
        ("application/json", b'{"data": 1e999}'),
        ("application/json", b'{"data": Infinity}'),
        ("application/json", b'{"endpoint": "\\ud800"}'),
        ("application/json", b"x" * 17_000_000),
    ):
        reply = await caller.post("github/call/", content, {"Content-Type": kind})
        assert reply.status_code in (200, 400, 413, 415), (kind, content[:80], reply.text)
        if reply.status_code != 200:
            assert reply.json()["detail"], kind


async def test_a_run_calls_with_its_own_connection_and_is_named_in_the_log(caller: Caller, world: World) -> None:
    first, second = await caller.integration({"name": "a"}, {"name": "b"})
    run = await caller.api.post(
        "/api/actions/sync/run/", headers=world.token, json={"connection_id": second, "user_input": {}}
    )
    runner = await caller.db.write(lambda tx: make_runner(tx, world.workspace, now=caller.db.now()))
    lease = await caller.db.write(lambda tx: lease_next(tx, world.workspace, runner, now=caller.db.now()))
    assert lease.task_id == run.json()["run_id"]
    attempt = {"Authorization": f"App-Token {lease.credential.text}"}
    reply = await caller.post("github/call/", {"endpoint": "/echo"}, attempt)
    assert reply.json()["connection_id"] == second
    reply = await caller.post(f"github/call/?connection_id={first}", {"endpoint": "/echo"}, attempt)
    assert reply.json()["connection_id"] == first
    reply = await caller.post("github/parallel_call/", {"endpoint": "/echo", "data_list": [{}]}, attempt)
    assert reply.json()["responses"][0]["connection_id"] == second
    assert (await caller.post("github/call/", {"endpoint": "/echo"})).json()["connection_id"] == first
    await caller.written()
    found = await caller.db.read(integrations.get, workspace_id=world.workspace.id, key="github")
    calls = await caller.db.read(integrations.calls_of, integration=found)
    assert [call.task_id for call in calls] == [None, *[lease.task_id] * 3]


async def test_comments_come_while_nothing_else_does(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "KEEP_ALIVE_SECONDS", 0.05)
    await caller.integration({})
    body = {"endpoint": "/slow?ms=300", "data_list": [{}], "streaming": True}
    reply = await caller.post("github/parallel_call/", body)
    assert 2 <= reply.text.count(": keep-alive\n\n") <= 7
    assert reply.text.endswith('data: {"completed":true,"total_processed":1}\n\n')
