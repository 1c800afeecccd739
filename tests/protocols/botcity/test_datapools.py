"""Reports that come late, from the wrong holder or about the wrong thing, over the routes of the dialect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from botyard.base.clock import DAY, MINUTE, SECOND
from botyard.core import access, queues, tasks
from botyard.storage import Database, Tx
from tests.protocols.botcity.conftest import AUTOMATION, World, make_key
from tests.support.work import lease_next, make_runner, make_task


@dataclass
class Client:
    """A client with one token, of one datapool."""

    api: httpx2.AsyncClient
    token: str

    async def __call__(self, method: str, path: str = "", body: Any = None, *, status: int = 200) -> Any:
        reply = await self.api.request(method, f"/api/v2/datapool{path}", json=body, headers={"token": self.token})
        assert reply.status_code == status, (method, path, reply.status_code, reply.text)
        return reply.json() if reply.content else None

    async def push(self, **values: Any) -> Any:
        return await self("POST", "/pool/push", {"values": values})

    async def save(self, entry: Any, *, status: int = 200, **changes: Any) -> Any:
        return await self("POST", f"/pool/entry/{entry['id']}", {**entry, **changes}, status=status)


@pytest.fixture
async def ann(api: httpx2.AsyncClient, db: Database, world: World) -> Client:
    """Return a client with a key of its own and a datapool."""
    client = Client(api, await db.write(_log_in, world, now=db.now()))
    await client("POST", "", {"label": "pool", "maxAutoRetry": 1})
    return client


@pytest.fixture
async def bob(api: httpx2.AsyncClient, db: Database, world: World) -> Client:
    """Return a client with another key."""
    return Client(api, await db.write(_log_in, world, now=db.now()))


def _log_in(tx: Tx, world: World, *, now: int) -> str:
    key = make_key(tx, world.workspace, now=now)
    return access.login_with_key(tx, dialects=("botcity",), login="acme", key=key, now=now).text


async def reap(db: Database, after: int) -> None:
    await db.write(queues.reap_items, now=db.now() + after)


async def test_a_report_after_the_time_limit_counts_while_nobody_else_has_the_entry(ann: Client, db: Database) -> None:
    await ann("POST", "/pool", {"enableProcessingTime": True, "itemMaxProcessingTime": 1})
    for state, error_type in (("DONE", None), ("ERROR", "SYSTEM")):
        await ann.push(n=1)
        entry = await ann("GET", "/pool/pull")
        await reap(db, 61 * SECOND)
        late = await ann("GET", f"/pool/entry/{entry['id']}")
        assert (late["state"], late["child"]) == ("TIMEOUT", None)
        assert (await ann("GET", "/pool/summary"))["countTimeout"] == 1
        # Edits are still taken, and answered with the state that it has.
        assert (await ann.save(entry, values={"n": 2}))["state"] == "TIMEOUT"
        ended = await ann.save(entry, state=state, errorType=error_type)
        assert ended["state"] == state
        if ended["child"]:
            await ann("PUT", f"/pool/entry/{ended['child']}/cancel")


async def test_an_entry_that_went_to_somebody_else_is_refused_to_its_former_holder(
    ann: Client, bob: Client, db: Database
) -> None:
    await ann.push(n=1)
    entry = await ann("GET", "/pool/pull")
    await bob.save(entry, state="DONE", status=409)
    await bob.save(entry, values={"n": 666}, status=409)
    await reap(db, DAY + MINUTE)
    lost = await ann("GET", f"/pool/entry/{entry['id']}")
    assert (lost["state"], lost["errorType"]) == ("ERROR", "SYSTEM")
    again = await bob("GET", "/pool/pull")
    assert (again["id"], again["parent"], again["retryIndex"]) == (lost["child"], entry["id"], 0)
    told = await ann.save(entry, state="DONE", status=409)
    assert "not held" in told["message"]
    await ann.save(again, state="DONE", status=409)
    assert (await bob.save(again, state="DONE"))["state"] == "DONE"
    assert (await ann("GET", f"/pool/entry/{entry['id']}"))["state"] == "ERROR"
    assert (await ann("GET", "/pool/summary"))["countDone"] == 1


async def test_a_retry_that_was_taken_makes_the_first_report_final(ann: Client, bob: Client) -> None:
    await ann.push(n=1)
    entry = await ann("GET", "/pool/pull")
    failed = await ann.save(entry, state="ERROR")
    again = await bob("GET", "/pool/pull")
    assert again["id"] == failed["child"]
    await ann.save(failed, state="DONE", status=409)
    # Saying the same thing once more is harmless even then.
    assert (await ann.save(failed))["child"] == again["id"]
    await bob.save(again, state="ERROR")
    assert (await ann("GET", "/pool/summary"))["countPending"] == 0


async def test_an_attempt_that_lost_its_task_has_lost_its_entries(
    api: httpx2.AsyncClient, ann: Client, db: Database, world: World
) -> None:
    await ann.push(n=1)

    def begin(tx: Tx) -> tuple[str, str, int]:
        task = make_task(tx, world.workspace, automation=AUTOMATION, now=db.now())
        runner = make_runner(tx, world.workspace, now=db.now())
        lease = lease_next(tx, world.workspace, runner, now=db.now())
        tasks.start(tx, runner_id=runner, attempt_id=lease.attempt_id, now=db.now())
        return lease.credential.text, lease.attempt_id, task.id

    token, _, task_id = await db.write(begin)
    bot = Client(api, token)
    entry = await bot("GET", "/pool/pull")
    # The token tells the task, whatever the client writes into the entry.
    assert (await bot.save(entry, taskId="4711"))["taskId"] == str(task_id)
    now, lease = db.now(), 30 * SECOND
    await db.write(tasks.reap, now=now + 2 * lease, previous=now + 2 * lease - SECOND, lease=lease, grace=5 * SECOND)
    await reap(db, 2 * lease)
    reply = await api.post(
        f"/api/v2/datapool/pool/entry/{entry['id']}", json={"state": "DONE"}, headers={"token": token}
    )
    assert reply.status_code in (401, 409), reply.text
    again = await ann("GET", "/pool/pull")
    assert again["parent"] == entry["id"]


async def test_a_task_of_somebody_else_is_never_linked(ann: Client, db: Database, world: World) -> None:
    foreign = await db.write(make_task, world.foreign, automation=AUTOMATION, now=db.now())
    own = await db.write(make_task, world.workspace, automation=AUTOMATION, now=db.now())
    for sent, linked in ((foreign.id, None), ("999999", None), ("None", None), (str(own.id), str(own.id))):
        await ann.push(n=1)
        entry = await ann("GET", "/pool/pull")
        assert (await ann.save(entry, taskId=sent))["taskId"] == linked
        assert (await ann.save(entry, taskId=sent, state="DONE"))["taskId"] == linked


async def test_items_of_other_clients_are_entries_too(ann: Client, db: Database, world: World) -> None:
    push = queues.Push(
        workspace_id=world.workspace.id,
        queue="pool",
        items=[queues.NewItem(values=[1, 2]), queues.NewItem(values=None)],
        actor="user:ann",
        now=db.now(),
    )
    await db.write_set(queues.push_many, push)
    assert [(await ann("GET", "/pool/pull"))["values"] for _ in range(2)] == [{"value": [1, 2]}, {"value": None}]


async def test_a_trigger_starts_its_automation_once_per_entry_or_once_at_a_time(ann: Client) -> None:
    for label, trigger, wanted in (("each", "ALWAYS", 3), ("one", "NO_TASK_ACTIVE", 0)):
        body = {"label": label, "trigger": trigger, "defaultAutomation": AUTOMATION}
        await ann("POST", "", body)
        before = await _tasks(ann)
        for number in range(3):
            await ann("POST", f"/{label}/push", {"values": {"n": number}})
        assert await _tasks(ann) - before == wanted, label


async def _tasks(client: Client) -> int:
    reply = await client.api.get("/api/v2/task", headers={"token": client.token})
    total: int = reply.json()["totalElements"]
    return total
