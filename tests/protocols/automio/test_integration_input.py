"""Whatever a client sends to have called, it is answered: never with a 5xx, never half, never without all keys."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

from botyard.core.vault import RootKeys
from botyard.storage import Database
from tests.protocols.automio.conftest import World
from tests.protocols.automio.test_integrations import FIVE, Caller, caller, keys, other_api, settings

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
