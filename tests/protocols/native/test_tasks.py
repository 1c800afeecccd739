"""Tasks over native v1: created, read, listed, steered, and closed to everybody else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from botyard.core import access
from botyard.core.access import Role
from botyard.storage import Database
from tests.protocols.native.conftest import Api, make_key

LONG_AGO, FAR_AHEAD = "2001-01-01T00:00:00", "2100-01-01T00:00:00+02:00"


@pytest.fixture(autouse=True)
async def deployed(api: Api) -> None:
    await api.deploy("invoices")


async def create(api: Api, **fields: Any) -> Any:
    return await api.ok("POST", "/tasks", {"automation": "invoices", **fields})


async def run(api: Api, runner: Api, *, lines: int = 0, exit_code: int = 0) -> Any:
    """Run the next task to its end with so many lines of log."""
    (lease,) = await runner.lease()
    path = f"/runner/attempts/{lease['attempt']}"
    await runner.ok("POST", f"{path}/start", {})
    batch = [[number, number, "stdout", f"line {number}"] for number in range(1, lines + 1)]
    await runner.ok("POST", f"{path}/logs", {"lines": batch, "complete": True})
    await runner.ok("POST", f"{path}/end", {"exit_code": exit_code})
    return lease


async def test_a_new_task_is_flat_and_queued(api: Api) -> None:
    task = await create(api, parameters={"a": [1, None]}, priority=7, not_before=FAR_AHEAD, test=True)
    assert (task["state"], task["parameters"], task["priority"], task["test"]) == ("queued", {"a": [1, None]}, 7, True)
    assert task["not_before"] == "2099-12-31T22:00:00.000+00:00"
    read = await api.ok("GET", f"/tasks/{task['id']}")
    assert read["settled"] is False
    assert any("2099" in reason for reason in read["waiting"])


async def test_a_task_without_a_runner_says_so_at_once(api: Api) -> None:
    task = await api.ok("GET", f"/tasks/{(await create(api))['id']}")
    assert "botyard connect runner" in task["waiting"][0]


async def test_a_task_that_cannot_be_is_refused(api: Api) -> None:
    cases: list[tuple[object, int, str | None]] = [
        ({}, 400, "automation"),
        ({"automation": "invoice"}, 404, None),
        ({"automation": "invoices", "priority": 11}, 400, "priority"),
        ({"automation": "invoices", "priority": "1"}, 400, "priority"),
        ({"automation": "invoices", "parameters": []}, 400, "parameters"),
        ({"automation": "invoices", "not_before": "tomorrow"}, 400, None),
        ({"automation": "invoices", "colour": 1}, 400, None),
        ([], 400, None),
    ]
    for body, status, field in cases:
        problem = await api.problem("POST", "/tasks", body, status=status)
        assert field is None or problem["field"] == field
        assert problem["hint"]


async def test_broken_json_is_a_clear_400(api: Api) -> None:
    cases: list[bytes] = [
        b"",
        b"{",
        b'{"automation": NaN}',
        b'{"automation": "invoices", "parameters": {"a": NaN}}',
        b'{"automation": "invoices", "parameters": {"a": 1e999}}',
        b'{"automation": "\xff"}',
        b'{"automation": "\\ud800"}',
        b'{"automation": "invoices", "parameters": ' + b'{"a":' * 100 + b"1" + b"}" * 101,
        b'{"automation": "invoices", "parameters": {"a": ' + b"9" * 5000 + b"}}",
        b"[" * 100_000,
    ]
    for raw in cases:
        await api.problem("POST", "/tasks", status=400, content=raw, headers={"Content-Type": "application/json"})


async def test_a_huge_body_is_refused_by_size(api: Api) -> None:
    body = {"automation": "invoices", "parameters": {"a": "x" * 3_000_000}}
    assert (await api.problem("POST", "/tasks", body, status=413))["code"] == "too_large"


async def test_another_content_type_is_refused(api: Api) -> None:
    await api.problem("POST", "/tasks", status=415, content=b"{}", headers={"Content-Type": "text/plain"})


async def test_times_without_a_zone_are_utc_and_past_ones_mean_now(api: Api) -> None:
    task = await create(api, not_before=LONG_AGO)
    assert task["not_before"] in (None, "2001-01-01T00:00:00.000+00:00")
    (lease,) = await (await api.new_runner()).lease()
    assert lease["task"] == task["id"]


async def test_the_list_goes_back_page_by_page(api: Api) -> None:
    made = [(await create(api))["id"] for _ in range(5)]
    first = await api.ok("GET", "/tasks", params={"limit": 3})
    rest = await api.ok("GET", "/tasks", params={"limit": 3, "before": first["next"]})
    assert [task["id"] for task in first["tasks"] + rest["tasks"]] == made[::-1]
    assert rest["next"] is None


async def test_the_list_can_be_narrowed(api: Api) -> None:
    await api.deploy("other")
    first, second = (
        await create(api),
        await api.ok("POST", "/tasks", {"automation": "other", "parameters": {"k": "needle"}}),
    )
    await api.ok("POST", f"/tasks/{first['id']}/cancel", {})
    for query, expected in (
        ({"state": "cancelled"}, [first["id"]]),
        ({"state": "queued,running"}, [second["id"]]),
        ({"automation": "other"}, [second["id"]]),
        ({"text": "needle"}, [second["id"]]),
        ({"automation": "absent"}, []),
    ):
        assert [task["id"] for task in (await api.ok("GET", "/tasks", params=query))["tasks"]] == expected


async def test_queries_that_are_not_understood_are_refused(api: Api) -> None:
    cases: list[tuple[dict[str, str], str]] = [
        ({"state": "asleep"}, "state"),
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"before": "-1"}, "before"),
        ({"before": "9" * 30}, "before"),
        ({"colour": "red"}, "colour"),
    ]
    for query, field in cases:
        assert (await api.problem("GET", "/tasks", status=400, params=query))["field"] == field


async def test_a_task_that_is_not_there_is_the_same_404_for_every_route(api: Api) -> None:
    cases: list[str] = ["0", "-1", "abc", "999999", "9" * 40, "1.0", "%00", "1%2f2"]
    for task_id in cases:
        await create(api)
        for path in ("", "/attempts", "/logs", "/artifacts", "/alerts", "/events"):
            await api.problem("GET", f"/tasks/{task_id}{path}", status=404)
        for action in ("cancel", "restart", "interrupt", "kill"):
            await api.problem("POST", f"/tasks/{task_id}/{action}", {}, status=404)


async def test_a_task_of_another_workspace_is_like_none(api: Api, stranger: Api) -> None:
    task_id = (await create(api))["id"]
    real = await stranger.problem("GET", f"/tasks/{task_id}", status=404)
    random = await stranger.problem("GET", "/tasks/4711", status=404)
    assert real["detail"].replace(str(task_id), "4711") == random["detail"]
    for path in ("/attempts", "/logs", "/artifacts", "/alerts", "/events"):
        await stranger.problem("GET", f"/tasks/{task_id}{path}", status=404)
    text = await stranger("GET", f"/tasks/{task_id}/logs", headers={"Accept": "text/plain"})
    assert text.status_code == 404
    for action in ("cancel", "restart", "interrupt", "kill"):
        await stranger.problem("POST", f"/tasks/{task_id}/{action}", {}, status=404)
    assert (await stranger.ok("GET", "/tasks"))["tasks"] == []
    (verdict,) = (await stranger.ok("POST", "/tasks/bulk", {"action": "cancel", "ids": [task_id]}))["verdicts"]
    assert verdict["code"] == "not_found"
    assert (await api.ok("GET", f"/tasks/{task_id}"))["state"] == "queued"


async def test_tasks_are_cancelled_and_restarted(api: Api) -> None:
    task_id = (await create(api))["id"]
    assert (await api.ok("POST", f"/tasks/{task_id}/cancel", {}))["state"] == "cancelled"
    assert (await api.ok("POST", f"/tasks/{task_id}/restart", {}))["state"] == "queued"


async def test_a_bulk_call_gives_each_task_its_verdict(api: Api) -> None:
    ids = [(await create(api))["id"] for _ in range(2)]
    reply = await api.ok("POST", "/tasks/bulk", {"action": "cancel", "ids": [*ids, 4711]})
    assert [(verdict["id"], verdict["state"], verdict["code"]) for verdict in reply["verdicts"]] == [
        (ids[0], "cancelled", None),
        (ids[1], "cancelled", None),
        (4711, None, "not_found"),
    ]


async def test_a_bulk_call_that_makes_no_sense_is_refused(api: Api) -> None:
    cases: list[object] = [
        {"action": "cancel", "ids": []},
        {"action": "cancel", "ids": [0]},
        {"action": "cancel", "ids": [2**70]},
        {"action": "explode", "ids": [1]},
        {"action": "cancel", "ids": list(range(1, 1002))},
    ]
    for body in cases:
        await api.problem("POST", "/tasks/bulk", body, status=400)


async def test_waiting_for_a_task_returns_when_it_has_settled(api: Api) -> None:
    task_id = (await create(api))["id"]
    waiting = asyncio.create_task(api.ok("GET", f"/tasks/{task_id}", params={"wait": "20"}))
    await run(api, await api.new_runner(), exit_code=3)
    task = await asyncio.wait_for(waiting, 5)
    assert (task["state"], task["settled"]) == ("failed", True)


async def test_the_log_is_read_from_a_position_on(api: Api) -> None:
    task_id = (await create(api))["id"]
    await run(api, await api.new_runner(), lines=5)
    first = await api.ok("GET", f"/tasks/{task_id}/logs", params={"limit": 3})
    assert ([line["text"] for line in first["lines"]], first["next"], first["complete"]) == (
        ["line 1", "line 2", "line 3"],
        "1.3",
        False,
    )
    rest = await api.ok("GET", f"/tasks/{task_id}/logs", params={"after": first["next"]})
    assert ([line["text"] for line in rest["lines"]], rest["complete"]) == (["line 4", "line 5"], True)


async def test_the_log_tells_how_many_lines_were_not_kept(api: Api) -> None:
    task_id = (await create(api))["id"]
    runner = await api.new_runner()
    (lease,) = await runner.lease()
    path = f"/runner/attempts/{lease['attempt']}/logs"
    await runner.ok("POST", path, {"lines": [[1, 1, "stdout", "one"]], "complete": True, "dropped": 7})
    assert (await api.ok("GET", f"/tasks/{task_id}/logs"))["dropped"] == 7


async def test_a_reader_of_the_log_is_woken_by_a_line(api: Api) -> None:
    task_id = (await create(api))["id"]
    reading = asyncio.create_task(api.ok("GET", f"/tasks/{task_id}/logs", params={"wait": "20"}))
    runner = await api.new_runner()
    (lease,) = await runner.lease()
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/logs", {"lines": [[1, 1, "stdout", "hello"]]})
    page = await asyncio.wait_for(reading, 5)
    assert [line["text"] for line in page["lines"]] == ["hello"]


async def test_the_whole_log_comes_as_text(api: Api) -> None:
    task_id = (await create(api))["id"]
    await run(api, await api.new_runner(), lines=3)
    reply = await api("GET", f"/tasks/{task_id}/logs", headers={"Accept": "text/plain"})
    assert reply.headers["content-type"].startswith("text/plain")
    assert reply.text == "line 1\nline 2\nline 3\n"


async def test_a_position_that_is_none_is_refused(api: Api) -> None:
    cases: list[str] = ["1", "1.", "a.b", "-1.2", "1.2.3", "9" * 20 + ".1"]
    for after in cases:
        task_id = (await create(api))["id"]
        await api.problem("GET", f"/tasks/{task_id}/logs", status=400, params={"after": after})


async def test_attempts_and_events_tell_the_story(api: Api) -> None:
    task_id = (await create(api))["id"]
    runner = await api.new_runner()
    await run(api, runner)
    await api.ok("POST", f"/tasks/{task_id}/restart", {})
    await run(api, runner, exit_code=1)
    attempts = (await api.ok("GET", f"/tasks/{task_id}/attempts"))["attempts"]
    assert [(attempt["epoch"], attempt["state"]) for attempt in attempts] == [(1, "succeeded"), (2, "failed")]
    kinds = [event["kind"] for event in (await api.ok("GET", f"/tasks/{task_id}/events"))["events"]]
    assert kinds[:3] == ["task.created", "task.leased", "task.started"]
    page = await api.ok("GET", f"/tasks/{task_id}/events", params={"limit": 2})
    rest = await api.ok("GET", f"/tasks/{task_id}/events", params={"after": page["next"]})
    assert [event["kind"] for event in page["events"] + rest["events"]] == kinds


async def test_a_bot_steers_its_own_task_and_no_other(api: Api) -> None:
    other = (await create(api))["id"]
    own = (await create(api, priority=9))["id"]
    (lease,) = await (await api.new_runner()).lease()
    bot = api.as_(lease["token"])
    assert (await bot.ok("GET", f"/tasks/{other}"))["id"] == other
    await bot.problem("POST", f"/tasks/{other}/cancel", {}, status=403)
    await bot.problem("POST", "/tasks/bulk", {"action": "cancel", "ids": [own, other]}, status=403)
    await bot.problem("POST", "/connect", {"dialect": "botcity"}, status=403)
    assert (await bot.ok("POST", f"/tasks/{own}/interrupt", {}))["interrupted"] is True


async def test_roles_go_as_far_as_they_go(api: Api, db: Database) -> None:
    caller = await db.read(access.authenticate, token=str(api.token), now=db.now())
    keys = {role: await db.write(make_key, workspace_id=caller.workspace_id, role=role, now=db.now()) for role in Role}
    viewer, operator, developer = (api.as_(keys[role]) for role in (Role.VIEWER, Role.OPERATOR, Role.DEVELOPER))
    await viewer.ok("GET", "/tasks")
    await viewer.problem("POST", "/tasks", {"automation": "invoices"}, status=403)
    await operator.ok("POST", "/tasks", {"automation": "invoices"})
    await operator.problem("POST", "/automations", {"label": "x"}, status=403)
    await developer.ok("POST", "/automations", {"label": "x"})
    await developer.problem("POST", "/connect", {"dialect": "botcity"}, status=403)
    await developer.problem("POST", "/apply", {"document": {}}, status=403)


async def test_without_a_known_token_nothing_is_answered(api: Api) -> None:
    cases: list[str | None] = [None, "", "x", "by_key_a_b_c", "by_attempt_" + "a" * 22 + "_" + "b" * 43 + "_cccccc"]
    for token in cases:
        unknown = api.as_(token)
        for method, path in (("GET", "/tasks"), ("POST", "/tasks"), ("GET", "/runners"), ("POST", "/apply")):
            assert (await unknown.problem(method, path, status=401))["code"] == "unauthenticated"


async def test_a_bot_that_has_ended_finds_only_its_own_task_in_the_list(api: Api) -> None:
    other = (await create(api))["id"]
    own = (await create(api, priority=9))["id"]
    runner = await api.new_runner()
    (lease,) = await runner.lease()
    bot = api.as_(lease["token"])
    assert {task["id"] for task in (await bot.ok("GET", "/tasks"))["tasks"]} == {own, other}
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/end", {"exit_code": 0})
    assert [task["id"] for task in (await bot.ok("GET", "/tasks"))["tasks"]] == [own]
    assert (await bot.ok("GET", "/tasks", params={"state": "queued"}))["tasks"] == []
