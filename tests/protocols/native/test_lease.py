"""Work reaches exactly one of those who wait, at once, and is not lost when that one is gone."""

from __future__ import annotations

import asyncio
import time

import pytest

from botyard.base.settings import Settings
from botyard.protocols.native.desk import Desk, Seat
from botyard.protocols.native.routes import ROUTES
from botyard.server.app import create_app
from botyard.storage import Blobs, Database
from tests.protocols.native.conftest import Api, hold_lease, until


@pytest.fixture(autouse=True)
async def deployed(api: Api) -> None:
    await api.deploy("invoices")


async def seated(api: Api, count: int) -> None:
    """Return when `count` calls wait at the desk."""
    desk = api.app.tools.shared(Desk, lambda: pytest.fail("no desk is open"))
    await until(lambda: sum(seat.timer is not None for line in desk._lines.values() for seat in line.seats) == count)


async def opened(api: Api) -> None:
    """Make sure that the desk is open."""
    await (await api.new_runner()).lease()


async def create(api: Api) -> int:
    task_id: int = (await api.ok("POST", "/tasks", {"automation": "invoices"}))["id"]
    return task_id


async def test_a_waiting_task_is_leased_at_once_with_all_that_a_runner_needs(api: Api) -> None:
    task_id = (await api.ok("POST", "/tasks", {"automation": "invoices", "parameters": {"a": 1}}))["id"]
    (lease,) = await (await api.new_runner()).lease(wait=10)
    assert (lease["task"], lease["epoch"], lease["automation"], lease["parameters"]) == (
        task_id,
        1,
        "invoices",
        {"a": 1},
    )
    assert (lease["dialect"], lease["entry"], lease["package_version"], lease["workspace"]) == (
        "plain",
        "main.py",
        "1",
        "acme",
    )
    assert lease["token"].startswith("by_attempt_")


async def test_nothing_to_do_is_answered_when_the_wait_is_over(api: Api) -> None:
    assert await (await api.new_runner()).lease(wait=0.05) == []


async def test_a_runner_that_waits_gets_a_new_task(api: Api) -> None:
    await opened(api)
    waiting = asyncio.create_task((await api.new_runner()).lease(wait=20))
    await seated(api, 1)
    task_id = await create(api)
    (lease,) = await asyncio.wait_for(waiting, 5)
    assert lease["task"] == task_id


async def test_each_task_goes_to_one_waiter_and_the_longest_waiting_goes_first(api: Api) -> None:
    await opened(api)
    runners = [await api.new_runner() for _ in range(5)]
    waits = []
    for count, runner in enumerate(runners, 1):
        waits.append(asyncio.create_task(runner.lease(wait=20)))
        await seated(api, count)
    tasks = [await create(api), await create(api)]
    first, second = await asyncio.wait_for(asyncio.gather(*waits[:2]), 5)
    assert [first[0]["task"], second[0]["task"]] == tasks
    await seated(api, 3)
    assert not any(wait.done() for wait in waits[2:])


async def test_many_tasks_at_once_reach_many_waiters(api: Api) -> None:
    await opened(api)
    runners = [await api.new_runner() for _ in range(12)]
    waits = [asyncio.create_task(runner.lease(wait=20)) for runner in runners]
    await seated(api, 12)
    tasks = await asyncio.gather(*(create(api) for _ in range(12)))
    leases = await asyncio.wait_for(asyncio.gather(*waits), 10)
    assert sorted(lease["task"] for (lease,) in leases) == sorted(tasks)


async def test_a_task_for_a_label_passes_over_runners_without_it(api: Api) -> None:
    await api.ok("PATCH", "/automations/invoices", {"runner_label": "gpu"})
    await opened(api)
    other = asyncio.create_task((await api.new_runner()).lease(wait=20))
    await seated(api, 1)
    wanted = asyncio.create_task((await api.new_runner(label="gpu")).lease(wait=20))
    await seated(api, 2)
    task_id = await create(api)
    (lease,) = await asyncio.wait_for(wanted, 5)
    assert lease["task"] == task_id
    assert not other.done()


async def test_a_repeated_claim_gets_the_same_lease(api: Api) -> None:
    runner = await api.new_runner()
    await create(api)
    (first,) = await runner.lease(claim="again")
    await create(api)
    (second,) = await runner.lease(claim="again")
    assert (second["task"], second["attempt"], second["epoch"]) == (first["task"], first["attempt"], 1)
    assert second["token"] != first["token"]


async def test_a_call_whose_client_left_takes_no_task_with_it(api: Api) -> None:
    await opened(api)
    held = hold_lease(await api.new_runner(), claim="left")
    await seated(api, 1)
    held.leave()
    await held.task
    task_id = await create(api)
    (lease,) = await (await api.new_runner()).lease(wait=10)
    assert (lease["task"], lease["epoch"]) == (task_id, 1)


async def test_what_cannot_be_delivered_any_more_goes_back_at_once(api: Api) -> None:
    await opened(api)
    runner, other = await api.new_runner(), await api.new_runner()
    await create(api)
    held = hold_lease(runner, claim="gone")
    held.leave()
    await held.task
    assert held.answers == []
    (lease,) = await other.lease(wait=10)
    task = await api.ok("GET", f"/tasks/{lease['task']}")
    assert (lease["epoch"], task["lost"]) == (2, 0)


async def test_a_repeated_call_takes_the_place_of_the_one_it_repeats(api: Api) -> None:
    await opened(api)
    runner = await api.new_runner()
    held = hold_lease(runner, claim="same")
    await seated(api, 1)
    again = asyncio.create_task(runner.lease(wait=20, claim="same"))
    await held.task
    await seated(api, 1)
    task_id = await create(api)
    (lease,) = await asyncio.wait_for(again, 5)
    assert (lease["task"], lease["epoch"]) == (task_id, 1)


async def test_no_task_is_lost_when_waits_end_while_tasks_come(api: Api) -> None:
    await opened(api)
    runners = [await api.new_runner(slots=64) for _ in range(4)]
    got: list[int] = []
    wanted = 40

    async def work(runner: Api, number: int) -> None:
        deadline = time.monotonic() + 20
        while len(got) < wanted and time.monotonic() < deadline:
            got.extend(lease["task"] for lease in await runner.lease(wait=0.002 * (number + 1)))

    working = [asyncio.create_task(work(runner, number)) for number, runner in enumerate(runners)]
    made = [await create(api) for _ in range(wanted)]
    await asyncio.gather(*working)
    assert sorted(got) == sorted(made)


async def test_waking_one_whose_wait_ends_in_the_same_turn_is_harmless() -> None:
    loop, faults = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _, context: faults.append(context))
    seat = Seat(1, "runner", 1, "claim")

    async def wait() -> None:
        async with asyncio.timeout(0) as seat.timer:
            loop.call_soon(seat.wake)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await wait()
    assert faults == []


async def test_a_draining_runner_that_waits_longest_is_passed_over(api: Api) -> None:
    await opened(api)
    draining = await api.new_runner(name="tired")
    waiting = asyncio.create_task(draining.lease(wait=20))
    await seated(api, 1)
    listed = (await api.ok("GET", "/runners"))["runners"]
    runner_id = next(runner["id"] for runner in listed if runner["name"] == "tired")
    await api.ok("POST", f"/runners/{runner_id}/drain", {})
    fresh = asyncio.create_task((await api.new_runner()).lease(wait=20))
    await seated(api, 2)
    task_id = await create(api)
    (lease,) = await asyncio.wait_for(fresh, 5)
    assert lease["task"] == task_id
    assert not waiting.done()


async def test_signals_that_were_missed_are_made_up_for(api: Api) -> None:
    await opened(api)
    waiting = asyncio.create_task((await api.new_runner()).lease(wait=20))
    await seated(api, 1)
    wakeups = api.app.tools.db.wakeups
    with pytest.MonkeyPatch.context() as deaf:
        deaf.setattr(wakeups, "signal", lambda _: None)
        task_id = await create(api)
    assert not waiting.done()
    wakeups.signal_all()
    (lease,) = await asyncio.wait_for(waiting, 5)
    assert lease["task"] == task_id


@pytest.mark.parametrize("backend", ["postgres"])
async def test_a_task_made_on_one_server_reaches_a_runner_that_waits_on_another(
    api: Api, settings: Settings, database_url: str, blobs: Blobs
) -> None:
    await opened(api)
    waiting = asyncio.create_task((await api.new_runner()).lease(wait=20))
    await seated(api, 1)
    other = await Database.open(database_url, data=settings.data)
    try:
        app = create_app(settings, other, blobs, tables=[ROUTES])
        task_id = await create(Api(app, api.token))
        (lease,) = await asyncio.wait_for(waiting, 5)
    finally:
        await other.close()
    assert lease["task"] == task_id


async def test_a_stopping_server_lets_go_of_those_who_wait(api: Api) -> None:
    await opened(api)
    waiting = asyncio.create_task((await api.new_runner()).lease(wait=20))
    await seated(api, 1)
    api.app.tools.drain.start()
    assert await asyncio.wait_for(waiting, 5) == []
    problem = await (await api.new_runner()).problem(
        "POST", "/runner/lease", {"free": 1, "claim": "a", "wait": 20}, status=503
    )
    assert problem["code"] == "busy"


async def test_calls_that_make_no_sense_are_refused(api: Api) -> None:
    cases: list[tuple[object, str]] = [
        ({"free": 0, "claim": "a"}, "free"),
        ({"free": 257, "claim": "a"}, "free"),
        ({"free": 1, "claim": ""}, "claim"),
        ({"free": 1, "claim": "x" * 65}, "claim"),
        ({"free": 1, "claim": "\u00e4"}, "claim"),
        ({"free": 1, "claim": "a", "wait": 61}, "wait"),
        ({"free": 1, "claim": "a", "wait": -1}, "wait"),
        ({"free": "1", "claim": "a"}, "free"),
        ({"free": 1}, "claim"),
    ]
    for body, field in cases:
        runner = await api.new_runner()
        assert (await runner.problem("POST", "/runner/lease", body, status=400))["field"] == field


async def test_only_runners_lease(api: Api) -> None:
    await api.problem("POST", "/runner/lease", {"free": 1, "claim": "a"}, status=403)
    await api.as_(None).problem("POST", "/runner/lease", {"free": 1, "claim": "a"}, status=401)
