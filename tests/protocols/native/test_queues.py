"""Queues over the native protocol: sets of items, verdicts, lists, bulk actions, tables."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import pytest

from botyard.core import workspaces
from botyard.core.access import Role
from botyard.storage import Database
from tests.protocols.native.conftest import Api, hold_call, make_key


@pytest.fixture
async def orders(api: Api) -> Api:
    """Return the API, with a queue called orders."""
    await api.ok("POST", "/queues", {"label": "orders", "max_retries": 1})
    return api


async def push(api: Api, *values: Any, **fields: Any) -> list[int]:
    body = {"items": [{"values": value} for value in values]} | fields
    return [item["id"] for item in (await api.ok("POST", "/queues/orders/items", body))["items"]]


async def pull(api: Api, count: int = 1, **fields: Any) -> list[Any]:
    reply = await api.ok("POST", "/queues/orders/pull", {"count": count} | fields)
    items: list[Any] = reply["items"]
    return items


async def report(api: Api, *reports: dict[str, Any]) -> list[Any]:
    reply = await api.ok("POST", "/queues/orders/report", {"reports": list(reports)})
    verdicts: list[Any] = reply["verdicts"]
    return verdicts


async def test_a_queue_is_made_changed_switched_and_deleted(api: Api) -> None:
    fields = {
        "name": "Orders", "policy": "lifo", "max_retries": 3, "retry_delay_seconds": 60, "lease_seconds": 3600,
        "unique_scope": "pending", "schema": [{"label": "no", "type": "integer", "unique": True, "display": True}],
        "time_limit_on": True, "time_limit_minutes": 5, "abort_on_error": True, "max_errors": 10,
    }  # fmt: skip
    made = await api.ok("POST", "/queues", {"label": "orders"} | fields)
    assert {name: made[name] for name in fields} == fields
    assert made["counts"] == dict.fromkeys(made["counts"], 0)
    assert (await api.ok("GET", "/queues/orders")) == made
    changed = await api.ok("PATCH", "/queues/orders", {"max_retries": 0, "unique_scope": None})
    assert (changed["max_retries"], changed["unique_scope"], changed["policy"]) == (0, None, "lifo")
    assert not (await api.ok("POST", "/queues/orders/pause"))["active"]
    assert (await api.ok("POST", "/queues/orders/resume"))["active"]
    for label in ("invoices", "zz"):
        await api.ok("POST", "/queues", {"label": label})
    first = await api.ok("GET", "/queues?limit=2")
    assert [one["label"] for one in first["queues"]] == ["invoices", "orders"]
    assert [one["label"] for one in (await api.ok("GET", f"/queues?after={first['next']}"))["queues"]] == ["zz"]
    assert [one["label"] for one in (await api.ok("GET", "/queues?text=ORD"))["queues"]] == ["orders"]
    await api.ok("DELETE", "/queues/orders")
    problem = await api.problem("GET", "/queues/orders", status=404)
    assert problem["code"] == "unknown_queue"
    assert (await api.problem("POST", "/queues", {"label": "orders"}, status=409))["field"] == "label"


async def test_sets_of_items_go_through_in_one_request_each(orders: Api) -> None:
    ids = await push(orders, *({"n": number} for number in range(32)))
    held = await pull(orders, 32)
    assert [item["id"] for item in held] == ids
    assert {item["state"] for item in held} == {"processing"}
    verdicts = await report(orders, *({"item": one, "outcome": "done", "result": {"ok": True}} for one in ids))
    assert verdicts == [{"item": one, "state": "done"} for one in ids]
    queue = await orders.ok("GET", "/queues/orders")
    assert (queue["counts"]["done"], queue["total"]) == (32, 32)


async def test_reporting_and_pulling_in_one_keeps_a_bot_busy(orders: Api) -> None:
    ids = await push(orders, *range(5))
    done: list[int] = []
    held = await pull(orders, 2)
    while held:
        told = [{"item": item["id"], "outcome": "done"} for item in held]
        reply = await orders.ok("POST", "/queues/orders/report-and-pull", {"reports": told, "count": 2})
        assert {verdict["state"] for verdict in reply["verdicts"]} == {"done"}
        done += [item["id"] for item in held]
        held = reply["items"]
    assert done == ids


async def test_each_report_gets_its_own_verdict(orders: Api) -> None:
    await orders.ok("POST", "/queues", {"label": "other"})
    first, second, third, waiting = await push(orders, {"n": 1}, {"n": 2}, {"n": 3}, {"n": 4})
    await pull(orders, 3)
    other = await orders.ok("POST", "/queues/other/items", {"items": [{}]})
    verdicts = await report(
        orders,
        {"item": first, "outcome": "error", "message": "no answer"},
        {"item": second, "outcome": "error", "error_kind": "business"},
        {"item": third, "outcome": "abandoned"},
        {"item": waiting, "outcome": "done"},
        {"item": other["items"][0]["id"], "outcome": "done"},
        {"item": 2**70, "outcome": "done"},
        {"item": -1, "outcome": "done"},
    )
    assert [verdict.get("state") for verdict in verdicts] == ["error", "error", "abandoned", None, None, None, None]
    assert verdicts[0]["child"]
    assert "child" not in verdicts[1]
    assert [verdict.get("code") for verdict in verdicts[3:]] == ["illegal_transition", *["not_found"] * 3]
    chain = await orders.ok("GET", f"/items/{verdicts[0]['child']}/chain")
    assert [(one["id"], one["parent"]) for one in chain["items"]] == [(first, None), (verdicts[0]["child"], first)]


async def test_repeating_a_pull_with_its_claim_gets_the_same_items(orders: Api) -> None:
    await push(orders, *range(4))
    held = await pull(orders, 2, claim="c1")
    assert await pull(orders, 2, claim="c1") == held
    assert {item["id"] for item in await pull(orders, 2, claim="c2")}.isdisjoint({item["id"] for item in held})


async def test_what_is_given_back_goes_to_the_next(orders: Api) -> None:
    (item,) = await push(orders, {"n": 1})
    await pull(orders)
    reply = await orders.ok("POST", "/queues/orders/release", {"items": [item, 4711]})
    assert [verdict.get("state") or verdict["code"] for verdict in reply["verdicts"]] == ["pending", "not_found"]
    assert [one["id"] for one in await pull(orders)] == [item]


async def test_a_pull_waits_until_something_is_pushed(orders: Api) -> None:
    waiting = asyncio.create_task(pull(orders, 5, wait=20))
    await asyncio.sleep(0)
    (item,) = await push(orders, {"n": 1})
    assert [one["id"] for one in await waiting] == [item]
    assert await pull(orders, wait=0.01) == []


async def test_a_client_that_leaves_before_the_answer_leaves_its_items_to_the_next(orders: Api) -> None:
    waiting = hold_call(orders, "/queues/orders/pull", {"count": 3, "wait": 20})
    (item,) = await push(orders, {"n": 1})
    # The push wakes the waiting call, which finds its client gone when it wants to answer, or before.
    waiting.leave()
    await waiting.task
    assert waiting.answers == []
    assert [one["id"] for one in await pull(orders, 3, wait=10)] == [item]


async def test_what_belongs_to_another_workspace_is_not_there(orders: Api, stranger: Api) -> None:
    (item,) = await push(orders, {"n": 1})
    await stranger.problem("GET", "/queues/orders", status=404)
    await stranger.ok("POST", "/queues", {"label": "orders"})
    assert await pull(stranger, 5) == []
    for path in (f"/items/{item}", f"/items/{item}/chain"):
        assert (await stranger.problem("GET", path, status=404))["code"] == "not_found"
    for action in ("cancel", "retry"):
        await stranger.problem("POST", f"/items/{item}/{action}", status=404)
    (verdict,) = await report(stranger, {"item": item, "outcome": "done"})
    assert verdict["code"] == "not_found"
    await stranger.problem("DELETE", f"/items/{item}", status=404)
    assert (await orders.ok("GET", f"/items/{item}"))["state"] == "pending"


async def test_another_caller_cannot_report_on_what_somebody_holds(orders: Api, db: Database) -> None:
    (item,) = await push(orders, {"n": 1})
    await pull(orders)
    workspace = await db.read(workspaces.get, label="acme")
    other = orders.as_(await db.write(make_key, workspace_id=workspace.id, role=Role.DEVELOPER, now=db.now()))
    (verdict,) = await report(other, {"item": item, "outcome": "done"})
    assert verdict["code"] == "stale_lease"
    await other.problem("PATCH", f"/items/{item}", {"values": {"n": 2}}, status=409)
    changed = await orders.ok("PATCH", f"/items/{item}", {"values": {"n": 2}, "priority": 7})
    assert (changed["values"], changed["priority"]) == ({"n": 2}, 7)


async def test_lists_are_filtered_and_go_on(orders: Api) -> None:
    ids = await push(orders, *({"n": number} for number in range(5)))
    await pull(orders, 2)
    await report(orders, {"item": ids[0], "outcome": "error", "error_kind": "business", "message": "no customer"})
    page = await orders.ok("GET", "/queues/orders/items?limit=3")
    assert [one["id"] for one in page["items"]] == ids[:1:-1]
    rest = await orders.ok("GET", f"/queues/orders/items?limit=3&before={page['next']}")
    assert ([one["id"] for one in rest["items"]], rest["next"]) == ([ids[1], ids[0]], None)
    for query, wanted in (
        ("state=pending", 3),
        ("state=processing,error", 2),
        ("error_kind=business", 1),
        ("text=no%20customer", 1),
        ("key=nothing", 0),
    ):
        assert len((await orders.ok("GET", f"/queues/orders/items?{query}"))["items"]) == wanted, query
    await orders.problem("GET", "/queues/orders/items?state=lost", status=400)


async def test_a_filter_cancels_and_retries_what_a_preview_has_shown(orders: Api) -> None:
    ids = await push(orders, *({"n": number} for number in range(6)))
    await pull(orders, 3)
    await report(orders, *({"item": one, "outcome": "error", "error_kind": "business"} for one in ids[:3]))
    preview = await orders.ok("POST", "/queues/orders/items/bulk", {"action": "retry", "dry_run": True})
    assert (preview["matched"], preview["done"], sorted(preview["ids"])) == (3, 0, ids[:3])
    done = await orders.ok("POST", "/queues/orders/items/bulk", {"action": "retry"})
    assert (done["matched"], done["done"], done["refused"]) == (3, 3, [])
    again = await orders.ok("POST", "/queues/orders/items/bulk", {"action": "retry", "error_kind": "business"})
    assert (again["done"], {one["code"] for one in again["refused"]}) == (0, {"illegal_transition"})
    done = await orders.ok("POST", "/items/bulk", {"action": "cancel", "ids": [ids[3], ids[0], 2**80]})
    assert (done["done"], [one["code"] for one in done["refused"]]) == (1, ["illegal_transition", "not_found"])
    done = await orders.ok("POST", "/queues/orders/items/bulk", {"action": "cancel", "text": '"n":5'})
    assert done["done"] == 1
    counts = (await orders.ok("GET", "/queues/orders"))["counts"]
    assert (counts["pending"], counts["cancelled"], counts["error"]) == (4, 2, 3)


async def test_single_items_are_cancelled_retried_and_deleted(orders: Api) -> None:
    first, second = await push(orders, 1, 2)
    cancelled = await orders.ok("POST", f"/items/{first}/cancel", {"message": "not needed"})
    assert (cancelled["state"], cancelled["message"]) == ("cancelled", "not needed")
    await pull(orders)
    await report(orders, {"item": second, "outcome": "error", "error_kind": "business"})
    retry = await orders.ok("POST", f"/items/{second}/retry")
    assert (retry["state"], retry["parent"]) == ("pending", second)
    await orders.problem("POST", f"/items/{second}/retry", status=409)
    await orders.ok("DELETE", f"/items/{first}")
    await orders.problem("GET", f"/items/{first}", status=404)


async def test_items_come_and_go_as_a_table_that_no_spreadsheet_runs(orders: Api) -> None:
    table = "customer;net;priority\r\n=HYPERLINK(1);10;9\r\nJosé;-5;\r\n".encode()
    reply = await orders("POST", "/queues/orders/import", content=b"\xef\xbb\xbf" + table)
    assert reply.status_code == 201, reply.text
    assert reply.json()["items"] == 2
    sent = await orders("GET", "/queues/orders/export")
    assert sent.headers["content-type"] == "text/csv; charset=utf-8"
    assert "orders.csv" in sent.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(sent.text)))
    assert [row["priority"] for row in rows] == ["9", "0"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    for content, said in (
        (b"", "empty"),
        (b"\xff\xfe", "UTF-8"),
        (b"a,a\n1,2\n", "same"),
        (b"a\n1,2\n", "cells"),
        (b"a,priority\nx,11\n", "10"),
        (b"a,priority\nx,high\n", "number"),
    ):
        reply = await orders("POST", "/queues/orders/import", content=content)
        assert reply.status_code == 400, reply.text
        assert said in reply.text, (content, reply.text)
    assert len((await orders.ok("GET", "/queues/orders/items"))["items"]) == 2


async def test_a_duplicate_key_is_refused_or_answered_with_what_is_there(api: Api) -> None:
    schema = [{"label": "no", "unique": True}]
    await api.ok("POST", "/queues", {"label": "orders", "unique_scope": "pending", "schema": schema})
    (first,) = await push(api, {"no": 1})
    body = {"items": [{"values": {"no": 2}}, {"values": {"no": 1}}]}
    problem = await api.problem("POST", "/queues/orders/items", body, status=409)
    assert problem["code"] == "duplicate_item"
    second, again = await push(api, {"no": 2}, {"no": 1}, keep_existing=True)
    assert (again, second) == (first, second)
    assert (await api.ok("GET", "/queues/orders"))["total"] == 2


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/queues", {"label": "x", "max_retries": -1}, "max_retries"),
        ("/queues", {"label": "x", "policy": "random"}, "policy"),
        ("/queues", {"label": "x", "trigger": "always"}, "automation"),
        ("/queues", {"label": "x", "colour": "red"}, "colour"),
        ("/queues", {"label": "x", "schema": [{"label": ""}]}, "schema[0].label"),
        ("/queues/orders/items", {"items": [{"values": {}, "priority": 11}]}, "priority"),
        ("/queues/orders/items", {"items": [{}, {"priority": -1}]}, "items[1].priority"),
        ("/queues/orders/items", {"items": [{}] * 1001}, "items"),
        ("/queues/orders/items", {"items": [{"reference": "x" * 501}]}, "reference"),
        ("/queues/orders/pull", {"count": 0}, "count"),
        ("/queues/orders/pull", {"count": 1001}, "count"),
        ("/queues/orders/pull", {"wait": 61}, "wait"),
        ("/queues/orders/pull", {"claim": "a\0b"}, "claim"),
        ("/queues/orders/report", {"reports": [{"item": 1, "outcome": "won"}]}, "reports[0].outcome"),
        ("/queues/orders/report", {"reports": [{"item": 1, "outcome": "done"}] * 1001}, "reports"),
        ("/queues/orders/report-and-pull", {"count": 0}, "count"),
        ("/items/bulk", {"action": "cancel", "ids": [1] * 501}, "ids"),
        ("/items/bulk", {"action": "burn", "ids": []}, "action"),
        ("/queues/orders/items/bulk", {"action": "retry", "states": ["lost"]}, "state"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_field_to_blame(orders: Api, path: str, body: Any, field: str) -> None:
    assert (await orders.problem("POST", path, body, status=400))["field"] == field


async def test_an_attempt_works_on_items_and_makes_queues_until_it_ends(orders: Api) -> None:
    await orders.deploy("invoices")
    await orders.ok("POST", "/tasks", {"automation": "invoices"})
    runner = await orders.new_runner()
    (lease,) = await runner.lease()
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/start", {})
    bot = orders.as_(lease["token"])
    await push(bot, {"n": 1}, {"n": 2})
    first, second = await pull(bot, 2)
    assert (first["task"], first["lease_until"]) == (lease["task"], None)
    assert first["runner"]
    await bot.ok("POST", "/queues", {"label": "mine"})
    await bot.problem("POST", "/queues/orders/pause", status=403)
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/end", {"exit_code": 0, "outcome": "succeeded"})
    # What it holds it may still report for a while; it gets nothing more.
    (verdict,) = await report(bot, {"item": first["id"], "outcome": "done"})
    assert verdict["state"] == "done"
    await bot.problem("POST", "/queues/orders/pull", {}, status=403)
    await bot.problem("POST", "/queues", {"label": "late"}, status=403)
    await bot.problem("GET", f"/items/{second['id']}", status=403)
