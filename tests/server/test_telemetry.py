"""Traces go to a collector: whole, connected, and all of them, whatever the collector or the server goes through."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from botyard.base.exceptions import Invalid
from botyard.base.settings import Settings
from botyard.core import tasks, traces
from botyard.core.tasks import Lease
from botyard.core.traces import NewSpan
from botyard.core.workspaces import Workspace
from botyard.server.telemetry import Exporter, read_headers, traces_address
from botyard.storage import Database, Tx
from tests.support.collector import Collector, Taken, collector
from tests.support.processes import Server, make_server, wait_until
from tests.support.spans import send
from tests.support.work import NOW, SECOND, lease_next, make_runner, make_task, make_workspace


@pytest.fixture
def sink() -> Iterator[Collector]:
    """Yield a collector that takes everything until it is told otherwise."""
    with collector() as made:
        yield made


async def always() -> bool:
    return True


async def exporter_to(settings: Settings, db: Database, sink: Collector, **changes: Any) -> Exporter:
    """Return an exporter that has begun to note what comes."""
    made = Exporter(msgspec.structs.replace(settings, otlp_url=sink.url, **changes), db)
    assert not await made.has_work()
    return made


def begin(tx: Tx, now: int = NOW) -> tuple[Workspace, Lease]:
    workspace = make_workspace(tx, now=now)
    make_task(tx, workspace, now=now)
    return workspace, lease_next(tx, workspace, make_runner(tx, workspace, now=now), now=now)


def test_addresses_and_headers_are_read_strictly() -> None:
    assert traces_address("http://c:4318") == "http://c:4318/v1/traces"
    assert traces_address("https://c/base/") == "https://c/base/v1/traces"
    assert traces_address("https://c/base/v1/traces") == "https://c/base/v1/traces"
    for wrong in ("collector:4318", "ftp://c", "http://", "http://c:99999", "http://[::1", ""):
        with pytest.raises(Invalid):
            traces_address(wrong)
    assert read_headers("X-Key = a%2Cb , second=2")["x-key"] == "a,b"
    for wrong in ("hush-hush", "=hush-hush", "a b=hush-hush", "a=hush%0Ahush", "a=hüsh"):
        with pytest.raises(Invalid) as refusal:
            read_headers(wrong)
        assert "hush" not in str(refusal.value)


async def test_without_an_address_nothing_is_noted(settings: Settings, db: Database, sink: Collector) -> None:
    await exporter_to(settings, db, sink)
    workspace, lease = await db.write(begin)
    off = Exporter(settings, db)
    assert not await off.has_work()
    await db.write(send, workspace, lease, NewSpan(span_id="a", name="a", started_at=NOW, ended_at=NOW), now=NOW)
    on = await exporter_to(settings, db, sink)
    await on.run(always)
    assert sink.requests == 0


async def test_a_task_is_one_trace_from_its_root_to_the_spans_of_its_agent(
    settings: Settings, db: Database, sink: Collector
) -> None:
    now = db.now()
    exporter = await exporter_to(settings, db, sink, otlp_headers="Authorization=Bearer%20k")
    workspace, lease = await db.write(begin, now)
    spans = [
        NewSpan(span_id="child", parent_id="parent", name="child", started_at=now + 5, duration=7, tags={"n": [1, {}]}),
        NewSpan(span_id="parent", name="parent", started_at=now, ended_at=now + 9, input={"a": 1}, output="text"),
        NewSpan(span_id="open", parent_id="parent", name="open", started_at=now + 1, status="error", message="m"),
        NewSpan(span_id="x", name="odd", ended_at=now + 3, tags=["t"], metadata={"k": 2**70}),
    ]
    await db.write(send, workspace, lease, *spans, now=now)
    await exporter.run(always)
    assert sink.names == ["child", "odd", "parent"]
    await db.write(tasks.lose_all, runner_id=(await runner_of(db, workspace, lease)), now=db.now() + SECOND)
    await db.write(tasks.cancel, workspace_id=workspace.id, task_id=lease.task_id, actor="u", now=db.now() + 2 * SECOND)
    await exporter.run(always)
    assert not await exporter.has_work()
    assert sink.names == ["attempt 1", "child", "odd", "open", "parent", "task billing"]
    assert len(sink.taken) == len(sink.names), "each came once"
    assert sink.headers["authorization"] == "Bearer k"
    child, parent, opened, odd = (sink.named(name) for name in ("child", "parent", "open", "odd"))
    attempt, root = sink.named("attempt 1"), sink.named("task billing")
    assert len({each.span.trace_id for each in sink.taken}) == 1
    assert root.span.parent_span_id == b""
    assert [child.span.parent_span_id, parent.span.parent_span_id, odd.span.parent_span_id] == [
        parent.span.span_id,
        attempt.span.span_id,
        attempt.span.span_id,
    ]
    assert attempt.span.parent_span_id == root.span.span_id
    assert child.attributes["n"] == [1, {}]
    assert (odd.attributes["tags"], odd.attributes["botyard.span.metadata"]) == (["t"], {"k": str(2**70)})
    assert parent.attributes["input.value"] == '{"a":1}'
    assert (parent.attributes["output.value"], parent.attributes["output.mime_type"]) == ("text", "text/plain")
    assert (opened.span.status.code, opened.span.status.message) == (2, "m")
    assert opened.attributes["botyard.span.unfinished"] is True
    assert opened.span.end_time_unix_nano >= opened.span.start_time_unix_nano
    assert child.span.end_time_unix_nano - child.span.start_time_unix_nano == 7000
    assert parent.resource["service.name"] == "billing"
    assert parent.resource["botyard.task.id"] == lease.task_id


async def runner_of(db: Database, workspace: Workspace, lease: Lease) -> str:
    (attempt,) = await db.read(tasks.attempts_of, workspace_id=workspace.id, task_id=lease.task_id)
    assert attempt.runner_id is not None
    return attempt.runner_id


async def test_spans_that_came_by_otlp_keep_their_trace_and_link_to_the_attempt(
    settings: Settings, db: Database, sink: Collector
) -> None:
    exporter = await exporter_to(settings, db, sink)
    workspace, lease = await db.write(begin)
    metadata = {
        "kind": "client",
        "resource": {"service.name": "planner"},
        "scope": {"name": "lib", "version": "2"},
        "events": [{"name": "e", "at": "2026-01-02T03:04:05.678+00:00", "attributes": {"n": 1}}],
        "links": [{"trace_id": "b" * 32, "span_id": "c" * 16, "attributes": {}}, {"trace_id": "odd"}],
    }
    top = NewSpan(span_id="1" * 16, name="top", trace_id="a" * 32, ended_at=NOW, duration=1, metadata=metadata)
    low = NewSpan(span_id="2" * 16, name="low", trace_id="a" * 32, parent_id="1" * 16, ended_at=NOW, duration=1)
    batch = traces.SpanBatch(
        workspace_id=workspace.id, task_id=lease.task_id, epoch=1, spans=[top, low], source="otlp", now=NOW
    )
    await db.write_set(traces.append_many, batch)
    await exporter.run(always)
    upper, lower = sink.named("top"), sink.named("low")
    assert {each.span.trace_id.hex() for each in sink.taken} == {"a" * 32}
    assert (upper.span.span_id.hex(), lower.span.parent_span_id.hex()) == ("1" * 16, "1" * 16)
    assert upper.span.parent_span_id == b""
    assert [link.trace_id.hex() == "b" * 32 for link in upper.span.links] == [True, False]
    assert len(lower.span.links) == 0
    assert (upper.resource["service.name"], upper.span.kind, upper.span.events[0].name) == ("planner", 3, "e")


async def test_what_the_collector_refuses_for_good_is_left_out_alone(
    settings: Settings, db: Database, sink: Collector
) -> None:
    exporter = await exporter_to(settings, db, sink)
    workspace, lease = await db.write(begin)
    spans = [NewSpan(span_id=f"s{n}", name=f"s{n}", started_at=NOW, ended_at=NOW) for n in range(9)]
    await db.write(send, workspace, lease, *spans, now=NOW)

    def verdict(_number: int, came: list[Taken]) -> int:
        return 400 if any(each.span.name == "s4" for each in came) else 200

    sink.verdict, sink.reject = verdict, 1
    await exporter.run(always)
    assert sink.names == [f"s{n}" for n in range(9) if n != 4]
    assert not await exporter.has_work()


@pytest.mark.parametrize("status", [0, 301, 401, 404, 429, 500, 502, 503])
async def test_a_collector_that_fails_is_asked_again_later(
    settings: Settings, db: Database, sink: Collector, status: int
) -> None:
    exporter = await exporter_to(settings, db, sink)
    workspace, lease = await db.write(begin)
    await db.write(send, workspace, lease, NewSpan(span_id="a", name="a", started_at=NOW, ended_at=NOW), now=NOW)
    sink.verdict = lambda number, _spans: status if number == 1 else 200
    sink.reply_headers = {"retry-after": "7"}
    assert await exporter.has_work()
    await exporter.run(always)
    assert sink.taken == []
    assert not await exporter.has_work(), "it pauses"
    assert exporter._resume - time.monotonic() > (5 if status else 0)
    exporter._resume = 0.0
    assert await exporter.has_work()
    await exporter.run(always)
    assert sink.names == ["a"]


async def test_only_the_leader_sends(settings: Settings, db: Database, sink: Collector) -> None:
    exporter = await exporter_to(settings, db, sink)
    workspace, lease = await db.write(begin)
    await db.write(send, workspace, lease, NewSpan(span_id="a", name="a", started_at=NOW, ended_at=NOW), now=NOW)

    async def never() -> bool:
        return False

    await exporter.run(never)
    assert sink.requests == 0


def spans_of(server: Server, made: dict[str, Any], *names: str) -> None:
    """Send spans as a Bot Velocity agent."""
    path = f"/agent-traces/{made['execution_id']}/spans"
    at = {"start_time": "2030-01-01T00:00:00Z", "end_time": "2030-01-01T00:00:01Z"}
    body = {"spans": [{"span_id": name, "name": name, "input_payload": {"n": name}, **at} for name in names]}
    base = f"{server.url}/default/orchestrator_"
    reply = httpx2.post(base + path, json=body, headers={"X-Robot-Token": made["robot_token"]})
    assert reply.status_code == 201, reply.text


@pytest.mark.kill
def test_nothing_is_lost_when_the_collector_fails_and_the_server_is_killed(
    tmp_path: Path, data: Path, database_url: str | None, sink: Collector
) -> None:
    headers = {"BOTYARD_OTLP_URL": sink.url, "BOTYARD_OTLP_HEADERS": "x-key=canary-of-the-collector"}
    server = make_server(tmp_path, data, database_url, "--no-runner", **headers)
    expected = set()
    sink.verdict = lambda number, _spans: (200, 503, 200, 0)[number % 4]
    try:
        server.start_ready()
        made: dict[str, Any] = server.json("connect", "botvelocity")
        for generation in range(2):
            for batch in range(5):
                names = [f"{generation}-{batch}-{number}" for number in range(60)]
                spans_of(server, made, *names)
                expected |= set(names)
            wait_until(partial(sink.asked_more_than, generation), what="a request to the collector")
            server.kill()
            server.start_ready()
        server.cli("task", "cancel", "1")
        wait_until(lambda: {"task run-by-hand", "attempt 1"} <= set(sink.names), seconds=60, what="the root")
        wait_until(lambda: expected <= set(sink.names), seconds=60, what="every span")
    finally:
        server.stop()
    assert len({each.span.trace_id for each in sink.taken}) == 1
    assert "canary-of-the-collector" not in server.output
    assert sink.headers["x-key"] == "canary-of-the-collector"


def test_one_botyard_tells_another(tmp_path: Path, data: Path, database_url: str | None) -> None:
    (tmp_path / "second").mkdir()
    second = make_server(tmp_path / "second", tmp_path / "second" / "data", None, "--no-runner")
    first = make_server(tmp_path, data, database_url, "--no-runner")
    try:
        second.start_ready()
        there = second.json("connect", "botvelocity")
        first.environment |= {
            "BOTYARD_OTLP_URL": f"{second.url}/api/v1/otlp",
            "BOTYARD_OTLP_HEADERS": f"Authorization=Bearer%20{there['robot_token']}",
        }
        first.start_ready()
        here = first.json("connect", "botvelocity")
        spans_of(first, here, "from afar")
        first.cli("task", "cancel", "1")
        wait_until(lambda: "attempt 1" in names_in(second), what="the spans in the second Botyard")
        assert {"from afar", "task run-by-hand"} <= names_in(second)
        assert there["robot_token"] not in first.output
    finally:
        first.stop()
        second.stop()


def names_in(server: Server) -> set[str]:
    """Return the names of the spans in the trace of the first task of a running server on SQLite."""
    with contextlib.closing(sqlite3.connect(f"file:{server.data}/botyard.db?mode=ro", uri=True)) as found:
        return {name for (name,) in found.execute("SELECT name FROM spans WHERE task_id = 1")}
