"""A runner's day: join, start, log, beat, end; and what happens when its lease is gone."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from botyard.base.clock import SECOND
from botyard.core import tasks
from botyard.storage import Database
from botyard.storage.sql import compile_query
from tests.protocols.native.conftest import Api, until
from tests.scenarios.yard import archive_of


@pytest.fixture
async def runner(api: Api) -> Api:
    await api.deploy("invoices")
    return await api.new_runner()


@pytest.fixture
async def lease(api: Api, runner: Api) -> Any:
    await api.ok("POST", "/tasks", {"automation": "invoices"})
    (found,) = await runner.lease()
    return found


async def beat(runner: Api, lease: Any, **fields: Any) -> list[Any]:
    reply = await runner.ok("POST", "/runner/heartbeat", {"attempts": [lease["attempt"]], **fields})
    commands: list[Any] = reply["commands"]
    return commands


async def lose(api: Api, db: Database) -> None:
    """Let the leases of every attempt run out."""
    later = db.now() + 60 * SECOND
    await db.write(tasks.reap, now=later, previous=later - SECOND, lease=30 * SECOND, grace=5 * SECOND)


async def test_a_join_code_makes_any_number_of_runners(api: Api) -> None:
    code = (await api.ok("POST", "/connect", {"dialect": "runner"}))["token"]
    made = [await api.as_(code).ok("POST", "/runners/register", {"name": "vm"}) for _ in range(2)]
    assert made[0]["runner_id"] != made[1]["runner_id"]
    assert (made[0]["workspace"], made[0]["lease_seconds"], made[0]["heartbeat_seconds"]) == ("acme", 30, 5)
    listed = (await api.ok("GET", "/runners"))["runners"]
    assert {found["id"] for found in listed} == {found["runner_id"] for found in made}
    assert all(found["online"] for found in listed)


async def test_runners_are_listed_by_name_in_pages(api: Api) -> None:
    code = api.as_((await api.ok("POST", "/connect", {"dialect": "runner"}))["token"])
    for name, label in (("b", "x"), ("a", "y"), ("b", "y"), ("c", "x")):
        await code.ok("POST", "/runners/register", {"name": name, "label": label})
    first = await api.ok("GET", "/runners?limit=3")
    rest = await api.ok("GET", "/runners", params={"limit": 3, "after": first["next"]})
    assert [each["name"] for each in first["runners"] + rest["runners"]] == ["a", "b", "b", "c"]
    assert len({each["id"] for each in first["runners"] + rest["runners"]}) == 4
    assert rest["next"] is None
    assert [each["name"] for each in (await api.ok("GET", "/runners?label=x"))["runners"]] == ["b", "c"]
    assert (await api.problem("GET", "/runners?after=gone", status=400))["field"] == "after"


async def test_a_runner_that_cannot_be_is_refused(api: Api) -> None:
    cases: list[object] = [{}, {"name": ""}, {"name": "vm", "slots": 0}, {"name": "vm", "slots": "2"}, []]
    for body in cases:
        code = (await api.ok("POST", "/connect", {"dialect": "runner"}))["token"]
        await api.as_(code).problem("POST", "/runners/register", body, status=400)


async def test_a_join_code_opens_nothing_else(api: Api) -> None:
    code = api.as_((await api.ok("POST", "/connect", {"dialect": "runner"}))["token"])
    await code.problem("GET", "/tasks", status=403)
    await code.problem("POST", "/runner/lease", {"free": 1, "claim": "a"}, status=403)


async def test_an_attempt_goes_from_lease_to_end(api: Api, runner: Api, lease: Any) -> None:
    path = f"/runner/attempts/{lease['attempt']}"
    await runner.ok("POST", f"{path}/start", {})
    assert (await api.ok("GET", f"/tasks/{lease['task']}"))["state"] == "running"
    lines = [[1, 1, "stdout", "one"], [2, 2, "stderr", "two"]]
    assert await runner.ok("POST", f"{path}/logs", {"lines": lines}) == {
        "accepted": 2,
        "dropped": 0,
        "limit_reached": False,
    }
    task = await runner.ok("POST", f"{path}/end", {"exit_code": 0, "output": {"sum": 3}})
    assert (task["state"], task["output"]) == ("succeeded", {"sum": 3})
    assert (await api.ok("GET", f"/tasks/{lease['task']}"))["settled"] is False
    await runner.ok("POST", f"{path}/logs", {"lines": [[3, 3, "stdout", "three"]], "complete": True})
    assert (await api.ok("GET", f"/tasks/{lease['task']}"))["settled"] is True


async def test_repeated_reports_do_no_more_than_one(runner: Api, lease: Any) -> None:
    path = f"/runner/attempts/{lease['attempt']}"
    for _ in range(2):
        await runner.ok("POST", f"{path}/start", {})
    batch = {"lines": [[1, 1, "stdout", "one"]]}
    assert [(await runner.ok("POST", f"{path}/logs", batch))["accepted"] for _ in range(2)] == [1, 0]
    ends = [await runner.ok("POST", f"{path}/end", {"exit_code": 3}) for _ in range(2)]
    assert ends[0] == ends[1]
    assert (await runner.problem("POST", f"{path}/end", {"exit_code": 0}, status=409))["code"] == "stale_lease"


async def test_a_heartbeat_brings_commands_once(api: Api, runner: Api, lease: Any) -> None:
    assert await beat(runner, lease) == []
    await api.ok("POST", f"/tasks/{lease['task']}/interrupt", {})
    command = {"attempt": lease["attempt"], "action": "interrupt"}
    assert await beat(runner, lease) == [command]
    assert await beat(runner, lease, known={lease["attempt"]: "interrupt"}) == []
    await api.ok("POST", f"/tasks/{lease['task']}/kill", {})
    assert await beat(runner, lease, known={lease["attempt"]: "interrupt"}) == [command | {"action": "kill"}]


async def test_a_heartbeat_that_waits_hears_of_a_cancel_at_once(api: Api, runner: Api, lease: Any) -> None:
    waiting = asyncio.create_task(beat(runner, lease, wait=20))
    topic = f"runner:{(await api.ok('GET', '/runners'))['runners'][0]['id']}"
    await until(lambda: topic in api.app.tools.db.wakeups._topics)
    await api.ok("POST", f"/tasks/{lease['task']}/cancel", {})
    assert await asyncio.wait_for(waiting, 5) == [{"attempt": lease["attempt"], "action": "cancel"}]


async def test_a_heartbeat_that_waits_hears_of_a_rotation_at_once(api: Api) -> None:
    lease, runner = await _velocity_lease(api)
    body: dict[str, Any] = {"attempts": [lease["attempt"]], "rotating": []}
    waiting = asyncio.create_task(runner.ok("POST", "/runner/heartbeat", body | {"wait": 20}))
    topic = f"runner:{(await api.ok('GET', '/runners'))['runners'][0]['id']}"
    await until(lambda: topic in api.app.tools.db.wakeups._topics)
    await api.ok("POST", f"/tasks/{lease['task']}/rotate-token", {})
    assert (await asyncio.wait_for(waiting, 5))["rotate"] == [lease["attempt"]]
    for quiet in ({"rotating": [lease["attempt"]]}, {"rotating": None}):
        assert (await runner.ok("POST", "/runner/heartbeat", body | quiet))["rotate"] == []
    path = f"/runner/attempts/{lease['attempt']}/token"
    made = await runner.ok("POST", path, {"claim": "c", "number": 1})
    assert made["overlap_seconds"] == 60
    assert made["token"] != lease["token"]
    await runner.problem("POST", path, {"claim": "c", "number": 1}, status=409)
    for wrong in ({"claim": "ä"}, {"claim": "d", "number": 0}, {"claim": "d", "number": 2**63}):
        await runner.problem("POST", path, wrong, status=400)
    await (await api.new_runner()).problem("POST", path, {"claim": "d"}, status=409)
    await api.problem("POST", path, {"claim": "d"}, status=403)


async def test_a_token_may_be_replaced_by_its_age(api: Api, db: Database) -> None:
    settings = api.app.tools.settings
    api.app.tools.settings = msgspec.structs.replace(settings, rotate_tokens_minutes=5)
    lease, runner = await _velocity_lease(api)
    body = {"attempts": [lease["attempt"]], "rotating": []}
    assert (await runner.ok("POST", "/runner/heartbeat", body))["rotate"] == []
    aged = compile_query("UPDATE attempts SET leased_at = leased_at - 300000000")
    await db.write(lambda tx: tx.run(aged))
    assert (await runner.ok("POST", "/runner/heartbeat", body))["rotate"] == [lease["attempt"]]


async def _velocity_lease(api: Api) -> tuple[Any, Api]:
    entry = "{name: m, command: 'main:main', default: true}"
    project = f"project: {{name: agent, version: 1.0.0, entrypoints: [{entry}]}}"
    await api.deploy("agent", archive_of(bvproject_yaml=project, main_py=""), dialect="botvelocity")
    runner = await api.new_runner()
    await api.ok("POST", "/tasks", {"automation": "agent"})
    (lease,) = await runner.lease()
    return lease, runner


async def test_an_attempt_that_lost_its_lease_can_change_nothing(
    api: Api, runner: Api, lease: Any, db: Database
) -> None:
    await lose(api, db)
    assert await beat(runner, lease) == [{"attempt": lease["attempt"], "action": "stale"}]
    path = f"/runner/attempts/{lease['attempt']}"
    for verb, body in (("start", {}), ("end", {"exit_code": 0}), ("release", {})):
        assert (await runner.problem("POST", f"{path}/{verb}", body, status=409))["code"] == "stale_lease"
    task = await api.ok("GET", f"/tasks/{lease['task']}")
    assert (task["state"], task["lost"]) == ("queued", 1)


async def test_a_runner_that_begins_anew_gives_up_what_it_held(api: Api, runner: Api, lease: Any) -> None:
    assert await (await api.new_runner()).ok("POST", "/runner/begin", {}) == {"lost": 0}
    assert await runner.ok("POST", "/runner/begin", {}) == {"lost": 1}
    assert [command["action"] for command in await beat(runner, lease)] == ["stale"]
    assert (await api.ok("GET", f"/tasks/{lease['task']}"))["state"] == "queued"
    (again,) = await runner.lease()
    assert (again["task"], again["epoch"]) == (lease["task"], 2)


async def test_another_runner_can_report_nothing_on_it(api: Api, lease: Any) -> None:
    other = await api.new_runner()
    path = f"/runner/attempts/{lease['attempt']}"
    for verb, body in (("start", {}), ("end", {"exit_code": 0}), ("release", {}), ("logs", {"lines": []})):
        await other.problem("POST", f"{path}/{verb}", body, status=409)
    assert (await api.ok("GET", f"/tasks/{lease['task']}"))["state"] == "leased"


async def test_a_released_attempt_is_not_counted(api: Api, runner: Api, lease: Any) -> None:
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/release", {"reason": "draining"})
    task = await api.ok("GET", f"/tasks/{lease['task']}")
    assert (task["state"], task["lost"]) == ("queued", 0)
    (again,) = await runner.lease()
    assert (again["task"], again["epoch"]) == (lease["task"], 2)


async def test_a_package_is_for_its_own_workspace(api: Api, runner: Api, lease: Any, stranger: Api) -> None:
    path = f"/packages/{lease['package_digest']}/content"
    assert (await runner("GET", path)).content[:2] == b"PK"
    await (await stranger.new_runner()).problem("GET", path, status=404)
    for digest in ("0" * 64, "..", "x", lease["package_digest"].upper()):
        await runner.problem("GET", f"/packages/{digest}/content", status=404)


async def test_a_runner_may_not_read_tasks(runner: Api, lease: Any) -> None:
    await runner.problem("GET", f"/tasks/{lease['task']}", status=403)


async def test_lines_that_cannot_be_are_refused(runner: Api, lease: Any) -> None:
    cases: list[object] = [
        [[0, 1, "stdout", "x"]],
        [[1, 1, "fax", "x"]],
        [[1, 1, "stdout"]],
        [["1", 1, "stdout", "x"]],
        [[1, 1, "stdout", 5]],
        "x",
    ]
    for lines in cases:
        await runner.problem("POST", f"/runner/attempts/{lease['attempt']}/logs", {"lines": lines}, status=400)
