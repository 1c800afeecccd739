"""A call that makes something and carries an Idempotency-Key is carried out once, however often it comes."""

from __future__ import annotations

import asyncio

from botyard.core.access import Role
from botyard.storage import Database
from tests.protocols.native.conftest import Api, make_key

CALL = {"automation": "invoices", "parameters": {"month": "2026-03"}}


def keyed(key: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Idempotency-Key": key}}


async def test_a_repeated_call_gets_the_same_answer_and_is_not_carried_out_again(api: Api) -> None:
    await api.ok("POST", "/automations", {"label": "invoices"})
    first = await api("POST", "/tasks", CALL, **keyed("one"))
    again = await api("POST", "/tasks", CALL, **keyed("one"))
    assert (again.status_code, again.content) == (201, first.content)
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    other = await api("POST", "/tasks", CALL, **keyed("two"))
    assert other.json()["id"] != first.json()["id"]
    assert len((await api.ok("GET", "/tasks"))["tasks"]) == 2


async def test_another_call_with_the_same_key_is_refused(api: Api) -> None:
    await api.ok("POST", "/queues", {"label": "a"}, **keyed("one"))
    problem = await api.problem("POST", "/queues", {"label": "b"}, **keyed("one"), status=409)
    assert problem["code"] == "key_reused"
    assert (await api.problem("POST", "/folders", {"name": "a"}, **keyed("one"), status=409))["code"] == "key_reused"


async def test_calls_that_come_at_the_same_time_are_carried_out_once(api: Api) -> None:
    await api.ok("POST", "/queues", {"label": "orders"})
    path, body = "/queues/orders/items", {"items": [{"values": {"n": 1}}]}
    answers = await asyncio.gather(*(api("POST", path, body, **keyed("one")) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len((await api.ok("GET", path))["items"]) == 1


async def test_a_refused_call_may_be_made_again_with_its_key(api: Api) -> None:
    await api.problem("POST", "/tasks", CALL, **keyed("one"), status=404)
    await api.ok("POST", "/automations", {"label": "invoices"})
    await api.ok("POST", "/tasks", CALL, **keyed("one"))


async def test_an_answer_with_a_token_is_not_kept(api: Api) -> None:
    body = {"dialect": "runner"}
    await api.ok("POST", "/connect", body, **keyed("one"))
    assert (await api.problem("POST", "/connect", body, **keyed("one"), status=409))["code"] == "reply_gone"


async def test_a_key_is_one_of_its_caller_and_its_workspace(api: Api, stranger: Api, db: Database) -> None:
    first = await api("POST", "/folders", {"name": "a"}, **keyed("one"))
    elsewhere = await stranger("POST", "/folders", {"name": "b"}, **keyed("one"))
    assert (first.status_code, elsewhere.status_code) == (201, 201)
    workspace = 1
    other = api.as_(await db.write(make_key, workspace_id=workspace, role=Role.ADMIN, now=db.now()))
    await other.ok("POST", "/folders", {"name": "c"}, **keyed("one"))


async def test_a_key_that_is_none_is_refused(api: Api) -> None:
    for key in ("", "x" * 201):
        problem = await api.problem("POST", "/folders", {"name": "a"}, **keyed(key), status=400)
        assert problem["field"] == "Idempotency-Key"


async def test_an_answer_that_is_too_long_is_not_kept(api: Api) -> None:
    await api.ok("POST", "/automations", {"label": "invoices"})
    call = {"automation": "invoices", "parameters": {"text": "x" * 100_000}}
    await api.ok("POST", "/tasks", call, **keyed("one"))
    assert (await api.problem("POST", "/tasks", call, **keyed("one"), status=409))["code"] == "reply_gone"
