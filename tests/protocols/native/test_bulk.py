"""One action on everything that a filter matches: told beforehand, carried out in parts, with a verdict for each."""

from __future__ import annotations

from tests.protocols.native.conftest import Api

TASKS, SCHEDULES, RUNNERS = "/tasks/bulk/matching", "/schedules/bulk/matching", "/runners/bulk/matching"


async def make_tasks(api: Api, count: int, automation: str = "invoices") -> list[int]:
    await api.ok("POST", "/automations", {"label": automation})
    return [(await api.ok("POST", "/tasks", {"automation": automation}))["id"] for _ in range(count)]


async def test_tasks_are_told_and_then_cancelled_in_parts(api: Api) -> None:
    ids = await make_tasks(api, 5)
    (other,) = await make_tasks(api, 1, "orders")
    call = {"action": "cancel", "automation": "invoices", "limit": 3}
    told = await api.ok("POST", TASKS, call | {"dry_run": True})
    assert (told["matched"], told["done"], told["ids"], told["dry_run"]) == (5, 0, ids[:1:-1], True)
    assert {task["state"] for task in (await api.ok("GET", "/tasks"))["tasks"]} == {"queued"}
    first = await api.ok("POST", TASKS, call)
    assert (first["matched"], first["done"], first["next"]) == (3, 3, ids[2])
    rest = await api.ok("POST", TASKS, call | {"before": first["next"]})
    assert (rest["done"], rest["ids"], rest["next"]) == (2, [ids[1], ids[0]], None)
    cancelled = await api.ok("GET", "/tasks", params={"state": "cancelled"})
    assert sorted(task["id"] for task in cancelled["tasks"]) == ids
    assert (await api.ok("GET", f"/tasks/{other}"))["state"] == "queued"


async def test_an_action_means_the_tasks_that_it_is_for_unless_states_are_named(api: Api) -> None:
    await make_tasks(api, 2)
    assert (await api.ok("POST", TASKS, {"action": "restart"}))["matched"] == 0
    assert (await api.ok("POST", TASKS, {"action": "kill"}))["matched"] == 0
    await api.ok("POST", TASKS, {"action": "cancel"})
    assert (await api.ok("POST", TASKS, {"action": "restart", "dry_run": True}))["matched"] == 2
    assert (await api.ok("POST", TASKS, {"action": "restart", "states": ["succeeded"]}))["matched"] == 0
    assert (await api.ok("POST", TASKS, {"action": "restart"}))["done"] == 2


async def test_a_task_that_refuses_has_a_verdict_and_the_others_go_on(api: Api) -> None:
    ids = await make_tasks(api, 2)
    await api.ok("POST", f"/tasks/{ids[0]}/cancel")
    reply = await api.ok("POST", TASKS, {"action": "cancel", "states": ["queued", "cancelled"]})
    assert (reply["matched"], reply["done"] + len(reply["refused"])) == (2, 2)


async def test_running_tasks_are_killed(api: Api) -> None:
    await api.deploy("invoices")
    (task,) = [await api.ok("POST", "/tasks", {"automation": "invoices"})]
    runner = await api.new_runner()
    await runner.lease()
    reply = await api.ok("POST", TASKS, {"action": "kill"})
    assert (reply["done"], reply["ids"]) == (1, [task["id"]])
    assert (await api.ok("GET", f"/tasks/{task['id']}"))["killed"]


async def test_a_bot_reaches_no_task_but_its_own(api: Api) -> None:
    await api.deploy("invoices")
    own, other = [(await api.ok("POST", "/tasks", {"automation": "invoices"}))["id"] for _ in range(2)]
    runner = await api.new_runner()
    (lease,) = await runner.lease()
    reply = await api.as_(lease["token"]).ok("POST", TASKS, {"action": "cancel"})
    assert reply["ids"] == [own]
    assert (await api.ok("GET", f"/tasks/{other}"))["state"] == "queued"


async def test_schedules_are_paused_and_go_on(api: Api) -> None:
    await make_tasks(api, 0)
    await make_tasks(api, 0, "orders")
    made = [
        (await api.ok("POST", "/schedules", {"automation": automation, "cron": "@daily"}))["id"]
        for automation in ("invoices", "invoices", "orders")
    ]
    call = {"action": "pause", "automation": "invoices"}
    told = await api.ok("POST", SCHEDULES, call | {"dry_run": True, "limit": 1})
    assert (told["matched"], told["done"], told["ids"], told["next"]) == (2, 0, [made[1]], made[1])
    assert (await api.ok("POST", SCHEDULES, call))["done"] == 2
    active = {one["id"]: one["active"] for one in (await api.ok("GET", "/schedules"))["schedules"]}
    assert active == {made[0]: False, made[1]: False, made[2]: True}
    assert (await api.ok("POST", SCHEDULES, call))["matched"] == 0
    assert (await api.ok("POST", SCHEDULES, {"action": "resume"}))["ids"] == [made[1], made[0]]


async def test_runners_are_drained_and_taken_back(api: Api) -> None:
    for label in ("windows", "windows", None):
        await api.new_runner(label=label)
    drain = {"action": "drain", "label": "windows"}
    told = await api.ok("POST", RUNNERS, drain | {"dry_run": True})
    assert (told["done"], len(told["ids"])) == (0, 2)
    first = await api.ok("POST", RUNNERS, drain | {"limit": 1})
    assert (first["done"], first["next"]) == (1, told["ids"][0])
    await api.ok("POST", RUNNERS, drain | {"after": first["next"]})
    assert sum(runner["draining"] for runner in (await api.ok("GET", "/runners"))["runners"]) == 2
    assert (await api.ok("POST", RUNNERS, {"action": "resume"}))["done"] == 2


async def test_a_call_is_bounded(api: Api) -> None:
    for path, action in ((TASKS, "cancel"), (SCHEDULES, "pause"), (RUNNERS, "drain")):
        for limit in (0, 501):
            problem = await api.problem("POST", path, {"action": action, "limit": limit}, status=400)
            assert problem["field"] == "limit"
    problem = await api.problem("POST", TASKS, {"action": "cancel", "states": ["gone"]}, status=400)
    assert problem["field"] == "state"


async def test_items_are_cancelled_in_parts(api: Api) -> None:
    await api.ok("POST", "/queues", {"label": "orders"})
    pushed = await api.ok("POST", "/queues/orders/items", {"items": [{} for _ in range(5)]})
    ids = [item["id"] for item in pushed["items"]]
    path, call = "/queues/orders/items/bulk", {"action": "cancel", "limit": 3}
    told = await api.ok("POST", path, call | {"dry_run": True})
    assert (told["done"], told["ids"], told["next"], told["dry_run"]) == (0, ids[:1:-1], ids[2], True)
    first = await api.ok("POST", path, call | {"before": told["next"] + 10})
    assert (first["done"], first["next"]) == (3, ids[2])
    rest = await api.ok("POST", path, call | {"before": first["next"]})
    assert (rest["ids"], rest["next"]) == ([ids[1], ids[0]], None)


async def test_a_place_may_be_any_number(api: Api) -> None:
    await api.ok("POST", "/queues", {"label": "orders"})
    for before in (-(2**63), -1, 0, 2**63):
        for path, action in ((TASKS, "cancel"), (SCHEDULES, "pause"), ("/queues/orders/items/bulk", "cancel")):
            assert (await api.ok("POST", path, {"action": action, "before": before}))["ids"] == []
