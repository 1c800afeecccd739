"""Actions and runs over the wire: what strict clients accept, and what bad input gets (contract b.11 to b.14, b.18)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2

from botyard.core import actions, logs, progress, tasks
from botyard.core.logs import LogBatch
from botyard.core.tasks import EndReport, Lease
from botyard.core.vault import RootKeys
from botyard.protocols.automio.logstream import event_of
from botyard.storage import Database, Tx
from tests.protocols.automio.conftest import World
from tests.protocols.automio.test_access import check_fault
from tests.support.integrations import make_connection, make_integration
from tests.support.work import lease_next, make_runner

STATUSES = {"pending", "running", "completed", "failed", "stopped"}


async def start(api: httpx2.AsyncClient, world: World, **request: Any) -> dict[str, Any]:
    """Run the action "sync" and return what names the run."""
    headers = world.token | request.pop("headers", {})
    reply = await api.post("/api/actions/sync/run/", headers=headers, **request)
    assert reply.status_code == 200, reply.text
    run: dict[str, Any] = reply.json()
    assert set(run) == {"run_id", "task_id", "run_number"}
    assert [type(run[name]) for name in ("run_id", "task_id", "run_number")] == [int, str, int]
    return run


async def status(api: httpx2.AsyncClient, world: World, run: dict[str, Any]) -> dict[str, Any]:
    reply = await api.get(f"/api/actions/runs/{run['run_id']}/status/", headers=world.token)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    assert found["status"] in STATUSES
    assert isinstance(found["logs"], str)
    assert found["result"] is None or isinstance(found["result"], dict)
    return found


async def lease(db: Database, world: World) -> tuple[Lease, str]:
    """Lease and start the first run that waits; return it with its runner."""
    runner = await db.write(lambda tx: make_runner(tx, world.workspace, now=db.now()))
    leased = await db.write(lambda tx: lease_next(tx, world.workspace, runner, now=db.now()))
    await db.write(tasks.start, runner_id=runner, attempt_id=leased.attempt_id, now=db.now())
    return leased, runner


async def write(db: Database, attempt: str, runner: str, lines: list[tuple[str, str]], *, complete: bool) -> None:
    numbered = [(number, db.now(), stream, text) for number, (stream, text) in enumerate(lines, 1)]
    batch = LogBatch(
        runner_id=runner,
        attempt_id=attempt,
        lines=numbered,
        complete=complete,
        max_lines=1000,
        max_bytes=10**6,
        now=db.now(),
    )
    assert not isinstance((await db.write(logs.append_many, [batch]))[0], Exception)


async def end(db: Database, attempt: str, runner: str, code: int, output: Any = None) -> None:
    report = EndReport(runner_id=runner, attempt_id=attempt, now=db.now(), exit_code=code, output=output)
    assert not isinstance((await db.write(tasks.end_many, [report]))[0], Exception)


async def test_the_list_is_bare_and_of_known_types(api: httpx2.AsyncClient, world: World) -> None:
    found = (await api.get("/api/actions/", headers=world.token)).json()
    assert [(each["slug"], each["action_type"], each["app"]) for each in found] == [
        ("sync", "app_action", 130),
        ("hook", "webhook_action", 130),
    ]
    assert found[0]["organization"] == world.workspace.id
    hooks = await api.get("/api/actions/", headers=world.token, params={"action_type": "webhook_action"})
    assert [each["slug"] for each in hooks.json()] == ["hook"]
    assert found[0]["created_at"].endswith("+00:00")


async def test_a_run_may_be_asked_for_with_nothing_or_with_everything(
    api: httpx2.AsyncClient, world: World, db: Database, data: Path
) -> None:
    first = await start(api, world, content=b"", headers={"Content-Type": "application/json"})
    everything = {
        "selected_rows": ["a", 2],
        "selected_all": False,
        "filter_params": {"x": 1},
        "user_input": {"name": "Å"},
        "connection_id": str(await db.write(_connect, world=world, keys=RootKeys(data / "root.key"))),
        "language": "python",
    }
    second = await start(api, world, json=everything)
    assert (first["run_number"], second["run_number"]) == (1, 2)
    grant = (await db.read(actions.grants, task_ids=[second["run_id"]]))[second["run_id"]]
    assert (grant.values["SELECTED_ROWS"], grant.values["FILTER_PARAMS"]) == (["a", 2], {"x": 1})
    assert grant.variables["CONNECTION_ID"] == everything["connection_id"]
    task = await db.read(tasks.get, workspace_id=world.workspace.id, task_id=second["run_id"])
    assert task.parameters == {"name": "Å"}
    number = next(each["id"] for each in (await api.get("/api/actions/", headers=world.token)).json())
    assert (await api.post(f"/api/actions/{number}/run/", headers=world.token)).json()["run_number"] == 3


def _connect(tx: Tx, *, world: World, keys: RootKeys) -> int:
    return make_connection(tx, keys, make_integration(tx, keys, world.workspace), name="a").id


BAD = [
    b"{",
    b"[]",
    b'{"user_input": []}',
    b'{"user_input": {"a": NaN}}',
    b'{"selected_rows": "x"}',
    b'{"connection_id": "john@example.com"}',
    b'{"connection_id": -1}',
    b'{"connection_id": 99999999999999999999}',
    b'{"language": "javascript"}',
    b'{"user_input": {"a": "\\ud800"}}',
    b"\xff",
    b'{"user_input": ' + b"[" * 100 + b"]" * 100 + b"}",
    b'{"user_input": {"a": ' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"}}",
    b'{"user_input": {"a": "' + b"x" * 1_100_000 + b'"}}',
    b'{"selected_rows": ["' + b"x" * 1_100_000 + b'"]}',
]


async def test_what_cannot_be_run_is_refused_and_nothing_starts(api: httpx2.AsyncClient, world: World) -> None:
    for body in BAD:
        reply = await api.post("/api/actions/sync/run/", headers=world.token, content=body)
        check_fault(reply, 413 if len(body) > 10**6 else 400)
    assert (await start(api, world))["run_number"] == 1


async def test_unknown_actions_and_runs_are_404(api: httpx2.AsyncClient, world: World) -> None:
    for named in ("nothing", "999", "9" * 40, "%00", "run-by-hand"):
        check_fault(await api.post(f"/api/actions/{named}/run/", headers=world.token), 404)
    for named in ("999", "9" * 40, "x", "%2e%2e", "b07a9d7a-5c1d-8a3f-8000-0000000003e7"):
        check_fault(await api.get(f"/api/actions/runs/{named}/status/", headers=world.token), 404)
        check_fault(await api.get(f"/api/actions/run-code-stream/?task_id={named}", headers=world.token), 404)
    check_fault(await api.get("/api/actions/run-code-stream/", headers=world.token), 404)


async def test_one_idempotency_key_is_one_run(api: httpx2.AsyncClient, world: World, db: Database) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = await start(api, world, headers=key, json={"user_input": {"a": 1}})
    assert await start(api, world, headers=key, json={"user_input": {"a": 1}}) == first
    reply = await api.post("/api/actions/sync/run/", headers=world.token | key, json={"user_input": {"a": 2}})
    assert check_fault(reply, 409)["code"] == "request_key_reused"
    where = "/api/actions/sync/run-request/"
    params = {"app": "shop", "request_key": "k-1"}
    assert (await api.get(where, headers=world.token, params=params)).json() == first
    check_fault(await api.get(where, headers=world.token, params={"request_key": "other"}), 404)
    await api.post(f"/api/actions/runs/{first['run_id']}/stop/", headers=world.token)
    await db.write(tasks.prune, before=db.now() + 1)
    assert check_fault(await api.get(where, headers=world.token, params=params), 410)["code"] == "run_deleted"
    reply = await api.post("/api/actions/sync/run/", headers=world.token | key, json={"user_input": {"a": 1}})
    check_fault(reply, 410)
    long = {"Idempotency-Key": "k" * 300}
    check_fault(await api.post("/api/actions/sync/run/", headers=world.token | long), 400)


async def test_a_run_tells_where_it_is(api: httpx2.AsyncClient, world: World, db: Database) -> None:
    run = await start(api, world)
    assert (await status(api, world, run))["status"] == "pending"
    leased, runner = await lease(db, world)
    said: dict[str, Any] = {"workspace_id": world.workspace.id, "app_id": 130, "now": db.now(), "status": "in_progress"}
    await db.write(progress.report, task_key=run["task_id"], percent=40, info="Half", **said)
    await write(db, leased.attempt_id, runner, [("stdout", "one"), ("runner", "x"), ("stderr", "two")], complete=False)
    found = await status(api, world, run)
    assert (found["status"], found["progress"], found["info"]) == ("running", 40, "Half")
    assert found["logs"] == "one\ntwo"
    await end(db, leased.attempt_id, runner, 0, {"n": 1})
    found = await status(api, world, run)
    assert (found["status"], found["result"], found["error"]) == ("completed", {"n": 1}, None)


async def test_a_result_that_is_no_object_is_put_into_one(api: httpx2.AsyncClient, world: World, db: Database) -> None:
    for output, result in (([1, 2], {"value": [1, 2]}), ("x", {"value": "x"}), (0, {"value": 0}), (None, None)):
        run = await start(api, world)
        leased, runner = await lease(db, world)
        await end(db, leased.attempt_id, runner, 0, output)
        assert (await status(api, world, run))["result"] == result


async def test_a_failed_run_says_why(api: httpx2.AsyncClient, world: World, db: Database) -> None:
    run = await start(api, world)
    leased, runner = await lease(db, world)
    await end(db, leased.attempt_id, runner, 1)
    found = await status(api, world, run)
    assert found["status"] == "failed"
    assert "exit code 1" in found["error"]


async def test_stopping_is_confirmed_once_the_process_is_gone(
    api: httpx2.AsyncClient, world: World, db: Database
) -> None:
    waiting = await start(api, world)
    leased, runner = await lease(db, world)
    running = await start(api, world)
    stop = f"/api/actions/runs/{waiting['run_id']}/stop/"
    reply = await api.post(stop, headers=world.token)
    assert (reply.status_code, reply.json()) == (
        202,
        {"run_id": waiting["run_id"], "status": "stopped", "confirmed": False},
    )
    await end(db, leased.attempt_id, runner, 143)
    reply = await api.post(stop, headers=world.token)
    assert (reply.status_code, reply.json()["confirmed"]) == (200, True)
    reply = await api.post(f"/api/actions/runs/{running['task_id']}/stop/", headers=world.token)
    assert (reply.status_code, reply.json()["status"]) == (200, "stopped")
    assert (await status(api, world, running))["status"] == "stopped"


async def test_the_log_streams_to_its_end(api: httpx2.AsyncClient, world: World, db: Database) -> None:
    run = await start(api, world)
    leased, runner = await lease(db, world)
    lines = [("stdout", "Å … first"), ("runner", "not for clients"), ("stderr", "a\u2028b\x85c\rd")]
    await write(db, leased.attempt_id, runner, lines, complete=True)
    await end(db, leased.attempt_id, runner, 0)
    where = "/api/actions/run-code-stream/"
    reply = await api.get(where, headers=world.token, params={"task_id": run["task_id"], "app": "130"})
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["x-accel-buffering"] == "no"
    assert "content-length" not in reply.headers
    said = [line[5:].strip() for line in reply.text.splitlines() if line.startswith("data:")]
    assert said == ["Å … first", "a b c", "d"]
    reply = await api.get(where, headers=world.token, params={"task_id": run["run_id"], "skip_existing": "1"})
    assert "data:" not in reply.text


def test_an_event_is_one_line_for_every_client() -> None:
    assert event_of("") == b"data: \n\n"
    assert event_of("a\nb") == b"data: a\n\ndata: b\n\n"
    for end in "\v\f\x1c\x1d\x1e\x85\u2028\u2029":
        assert len(event_of(f"x{end}y").decode().splitlines()) == 2


async def test_a_webhook_runs_its_action_for_whoever_knows_the_address(
    api: httpx2.AsyncClient, world: World, db: Database
) -> None:
    async def payload_of(reply: httpx2.Response) -> Any:
        assert reply.status_code == 200, reply.text
        run = reply.json()
        return (await db.read(actions.grants, task_ids=[run["run_id"]]))[run["run_id"]].values["WEBHOOK_PAYLOAD"]

    assert await payload_of(await api.post(world.webhook, json={"order": 5})) == {"order": 5}
    assert await payload_of(await api.post(world.webhook.rstrip("/"), data={"order": "5"})) == {"order": "5"}
    assert await payload_of(await api.post(world.webhook, content="hello\0")) == "hello\ufffd"
    assert await payload_of(await api.post(world.webhook)) is None
    assert await payload_of(await api.post("/api/webhooks/shop/hook/", headers=world.token, json=[1])) == [1]
    task = await db.read(tasks.get, workspace_id=world.workspace.id, task_id=1)
    assert task.created_by == "webhook:hook"
    check_fault(await api.post("/api/webhooks/shop/hook/", json={}), 404)
    check_fault(await api.post(world.webhook[:-2] + "/", json={}), 404)
    check_fault(await api.post("/api/webhooks/shop/sync/", headers=world.token), 404)
    check_fault(await api.post("/api/webhooks/shop/hook/", headers=world.crm_token), 403)
    check_fault(await api.post(world.webhook, json={}, headers={"Authorization": "App-Token None"}), 403)
    json = {"Content-Type": "application/json"}
    check_fault(await api.post(world.webhook, content=b"{", headers=json), 400)
    check_fault(await api.post(world.webhook, content=b'"' + b"x" * 2_000_000 + b'"', headers=json), 413)
