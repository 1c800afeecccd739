"""A bot with the vendor's SDK works a datapool off under real runners, one of which is killed meanwhile."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from botyard.sdk import calls
from botyard.wire import native as wire
from tests.scenarios.yard import Yard, archive_of
from tests.support.clients import ensure
from tests.support.processes import wait_until

ITEMS = 40
BLOCKING = 13

#: Takes items until there are none; one of them keeps it until a file appears.
BOT = """
    import os, sys, time
    sys.path.insert(0, {site!r})
    from botcity.maestro import AutomationTaskFinishStatus, BotMaestroSDK

    maestro = BotMaestroSDK.from_sys_args()
    execution = maestro.get_execution()
    pool = maestro.get_datapool("orders")
    print("up", flush=True)
    while not os.path.exists({begin!r}):
        time.sleep(0.01)
    done = 0
    while pool.has_next():
        entry = pool.next(task_id=execution.task_id)
        if entry is None:
            break
        if entry["n"] == {blocking} and not os.path.exists({flag!r}):
            print("blocked", flush=True)
            while not os.path.exists({flag!r}):
                time.sleep(0.01)
        entry.report_done(finish_message=str(entry["n"]))
        done += 1
    maestro.finish_task(
        task_id=execution.task_id, status=AutomationTaskFinishStatus.SUCCESS, message="done",
        total_items=done, processed_items=done,
    )
"""


@pytest.mark.kill
def test_every_item_is_done_once_although_a_runner_is_killed_with_one(yard: Yard) -> None:
    yard.restart_with(BOTYARD_LEASE_SECONDS="4", BOTYARD_LEASE_GRACE_SECONDS="1")
    begin, flag = yard.folder / "begin", yard.folder / "flag"
    yard.server.json("connect", "botcity")
    yard.client.send(calls.post("/api/v1/queues", wire.CreateQueue(label="orders"), wire.QueueView))
    new = [wire.NewItem(values={"n": number}) for number in range(ITEMS)]
    yard.client.queues.push("orders", new)
    code = BOT.format(site=_site_packages(), begin=str(begin), flag=str(flag), blocking=BLOCKING)
    yard.deploy("worker", archive_of(bot_py=code), "botcity")
    runners = {}
    tasks = []
    for _ in range(2):
        runner = yard.add_runner("--slots", "1")
        tasks.append(yard.client.tasks.create("worker").id)
        yard.running(tasks[-1], line="up")
        runners[tasks[-1]] = runner
    begin.touch()
    wait_until(lambda: [one for one in tasks if "blocked" in yard.lines(one)], what="the blocking item")
    (unlucky,) = [one for one in tasks if "blocked" in yard.lines(one)]
    (other,) = set(tasks) - {unlucky}
    wait_until(lambda: _counts(yard)["done"] == ITEMS - 1, what="the other items")
    killed = time.monotonic()
    runners[unlucky].kill()
    wait_until(lambda: _counts(yard)["pending"] == 1, what="the return of the item")
    assert time.monotonic() - killed < 4 + 1 + 5
    flag.touch()
    for task in (other, unlucky):
        assert yard.settled(task).state == "succeeded"
    assert (yard.task(other).attempts, yard.task(unlucky).attempts) == (1, 2)
    _check_items(yard, unlucky)


def _check_items(yard: Yard, unlucky: int) -> None:
    items = yard.client.send(calls.get("/api/v1/queues/orders/items", wire.ItemPage, limit=500)).items
    done = Counter(item.values["n"] for item in items if item.state == "done")
    assert done == Counter(range(ITEMS))
    (lost,) = [item for item in items if item.state == "abandoned"]
    (again,) = [item for item in items if item.parent == lost.id]
    assert (lost.child, lost.task, lost.values) == (again.id, unlucky, {"n": BLOCKING})
    assert (again.task, again.retry_index, again.recoveries) == (unlucky, 0, 1)
    assert len(items) == ITEMS + 1
    counts = _counts(yard)
    assert (counts["done"], counts["abandoned"], counts["processing"]) == (ITEMS, 1, 0)


def _counts(yard: Yard) -> dict[str, int]:
    return yard.client.send(calls.get("/api/v1/queues/orders", wire.QueueView)).counts


def _site_packages() -> str:
    environment = ensure("botcity-0.9.1").parent.parent
    (found,) = Path(environment).glob("lib/python3*/site-packages")
    return str(found)
