"""Logs and events over server-sent events: sent as they come, gone on with after a break, bounded in number."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from botyard.core import workspaces
from botyard.storage import Database, Tx
from botyard.storage.sql import compile_query
from botyard.web import sse
from botyard.web.sse import Streams
from tests.protocols.native.conftest import Api, until


@dataclass
class Followed:
    """A stream that a client reads, until it leaves."""

    gone: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 0
    text: str = ""
    ended: bool = False
    task: asyncio.Task[None] | None = None

    @property
    def messages(self) -> list[dict[str, str]]:
        """Return the whole messages that came, without comments."""
        whole = [part for part in self.text.split("\n\n")[:-1] if "data: " in part]
        return [dict(line.split(": ", 1) for line in part.splitlines()) for part in whole]

    @property
    def data(self) -> list[Any]:
        return [json.loads(message["data"]) for message in self.messages]

    async def leave(self) -> None:
        self.gone.set()
        if self.task is not None:
            await asyncio.wait_for(self.task, 10)


def follow(api: Api, path: str, **headers: str) -> Followed:
    """Begin to read a stream."""
    followed = Followed()
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        message = next(asked, None)
        if message is not None:
            return message
        await followed.gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            followed.status = message["status"]
        else:
            followed.text += message["body"].decode()
            followed.ended = not message.get("more_body")

    plain, _, query = path.partition("?")
    sent = {"authorization": f"Bearer {api.token}"} | {name.replace("_", "-"): text for name, text in headers.items()}
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/api/v1{plain}",
        "raw_path": f"/api/v1{plain}".encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), text.encode()) for name, text in sent.items()],
        "client": ("127.0.0.1", 1),
    }
    followed.task = asyncio.create_task(api.app(scope, receive, send))
    return followed


async def running_task(api: Api) -> tuple[Api, dict[str, Any]]:
    """Return a runner and the lease of a task that it runs."""
    await api.deploy("invoices")
    await api.ok("POST", "/tasks", {"automation": "invoices"})
    runner = await api.new_runner()
    (lease,) = await runner.lease()
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/start")
    return runner, lease


async def write(runner: Api, lease: dict[str, Any], first: int, *texts: str, complete: bool = False) -> None:
    lines = [[first + number, 1_767_225_600_000_000, "stdout", text] for number, text in enumerate(texts)]
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/logs", {"lines": lines, "complete": complete})


async def test_lines_come_as_they_are_written_and_then_the_end(api: Api) -> None:
    runner, lease = await running_task(api)
    await write(runner, lease, 1, "one", "two")
    followed = follow(api, f"/tasks/{lease['task']}/logs/stream")
    await until(lambda: len(followed.messages) == 2)
    await write(runner, lease, 3, "three")
    await until(lambda: len(followed.messages) == 3)
    assert [line["text"] for line in followed.data] == ["one", "two", "three"]
    assert [message["id"] for message in followed.messages] == ["1.1", "1.2", "1.3"]
    await write(runner, lease, 4, complete=True)
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/end", {"exit_code": 0})
    await until(lambda: followed.ended)
    assert (followed.messages[-1]["event"], followed.data[-1]) == ("end", {"dropped": 0})


async def test_a_client_that_was_cut_off_goes_on_where_it_was(api: Api) -> None:
    runner, lease = await running_task(api)
    await write(runner, lease, 1, "one", "two")
    path = f"/tasks/{lease['task']}/logs"
    for where, headers in ((f"{path}/stream", {"last_event_id": "1.1"}), (f"{path}?after=1.1", {})):
        followed = follow(api, where, accept="text/event-stream", **headers)
        await until(lambda followed=followed: len(followed.messages) == 1)  # type: ignore[misc]
        assert followed.data[0]["text"] == "two"
        await followed.leave()


async def test_events_come_as_they_happen_from_now_on_or_behind_one(api: Api) -> None:
    await api.ok("POST", "/automations", {"label": "before"})
    followed = follow(api, "/events/stream")
    await until(lambda: followed.status == 200)
    await api.ok("POST", "/automations", {"label": "invoices"})
    task = await api.ok("POST", "/tasks", {"automation": "invoices"})
    await until(lambda: any(event["entity"] == "task" for event in followed.data))
    assert {event["kind"] for event in followed.data} >= {"automation.created", "task.created"}
    ids = [int(message["id"]) for message in followed.messages]
    assert ids == sorted(set(ids))
    await followed.leave()
    again = follow(api, f"/events/stream?entity=task&entity_id={task['id']}", last_event_id=str(ids[0] - 1))
    await until(lambda: len(again.messages) == 1)
    assert again.data[0]["entity_id"] == str(task["id"])
    await api.ok("POST", f"/tasks/{task['id']}/cancel")
    await until(lambda: len(again.messages) == 2)
    await again.leave()


async def test_an_event_that_is_seen_later_than_its_successor_is_told_all_the_same(api: Api, db: Database) -> None:
    followed = follow(api, "/events/stream")
    await until(lambda: followed.status == 200)
    for number in (1001, 1000, 1002):
        await db.write(_record, number=number, now=db.now())
        await until(lambda number=number: number in [event["id"] for event in followed.data])  # type: ignore[misc]
    assert [event["id"] for event in followed.data] == [1001, 1000, 1002]
    assert [message["id"] for message in followed.messages] == ["1001", "1001", "1002"]
    await followed.leave()


def _record(tx: Tx, *, number: int, now: int) -> None:
    """Record an event under a number, as a transaction that took it earlier would."""
    workspace = workspaces.get(tx, label="acme")
    tx.run(
        compile_query(
            "INSERT INTO events (id, workspace_id, kind, entity, entity_id, actor, at, data)"
            " VALUES (:number, :workspace_id, 'task.created', 'task', '1', 'user:ann', :now, '{}')"
        ),
        number=number,
        workspace_id=workspace.id,
        now=now,
    )
    tx.wake(f"events:{workspace.id}")


async def test_nobody_hears_of_another_workspace(api: Api, stranger: Api) -> None:
    followed = follow(api, "/events/stream")
    await until(lambda: followed.status == 200)
    await stranger.ok("POST", "/automations", {"label": "theirs"})
    await api.ok("POST", "/automations", {"label": "ours"})
    await until(lambda: len(followed.messages) == 1)
    assert followed.data[0]["entity_id"] != "theirs"
    await followed.leave()
    _, lease = await running_task(api)
    hidden = follow(stranger, f"/tasks/{lease['task']}/logs/stream")
    await until(lambda: hidden.ended)
    assert hidden.status == 404


async def test_a_stream_without_news_says_that_it_is_there(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "QUIET_SECONDS", 0.05)
    followed = follow(api, "/events/stream")
    await until(lambda: followed.text.count(": quiet\n\n") >= 2)
    await followed.leave()


async def test_streams_end_with_the_server_and_with_the_credential(api: Api, db: Database) -> None:
    key = await api.ok("POST", "/keys", {"name": "short", "role": "operator"})
    other = follow(api.as_(key["token"] if isinstance(key["token"], str) else key["key"]), "/events/stream")
    await until(lambda: other.status == 200)
    await api.ok("DELETE", f"/keys/{(await api.ok('GET', '/keys'))['keys'][0]['id']}")
    followed = follow(api, "/events/stream")
    await until(lambda: followed.status == 200)
    api.app.tools.drain.start()
    await until(lambda: followed.ended and other.ended)


async def test_there_are_not_more_streams_than_there_are_places(api: Api) -> None:
    places = Streams(most=2, of_workspace=1)
    api.app.tools.shared(Streams, lambda: places)
    first = follow(api, "/events/stream")
    await until(lambda: first.status == 200)
    second = follow(api, "/events/stream")
    await until(lambda: second.ended)
    assert (second.status, json.loads(second.text)["code"]) == (503, "busy")
    await first.leave()
    third = follow(api, "/events/stream")
    await until(lambda: third.status == 200)
    await third.leave()


@pytest.mark.parametrize("last", ["x", "1.x", "-1", "1" * 30])
async def test_a_place_that_is_none_is_refused(api: Api, last: str) -> None:
    _, lease = await running_task(api)
    for path in ("/events/stream", f"/tasks/{lease['task']}/logs/stream"):
        refused = follow(api, path, last_event_id=last)
        await until(lambda refused=refused: refused.ended)  # type: ignore[misc]
        assert refused.status == 400
