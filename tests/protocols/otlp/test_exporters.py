"""The real OpenTelemetry SDK exports to a real server, in both encodings, beside a Bot Velocity agent."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from botyard.core import traces
from botyard.core.traces import Bar, Span
from botyard.storage import Database, Tx
from tests.support.processes import PASSWORD, Server, clean_environment

BOT = Path(__file__).parent / "bots" / "export.py"
NAMES = {"plan", "ask model", "post", *(f"step {number}" for number in range(5))}

Interpreter = Callable[[str], Path]


def export(python: Path, server: Server, token: str, encoding: str, **environment: str) -> str:
    """Run the agent and return what its exporter complained about."""
    done = subprocess.run(
        [str(python), str(BOT), encoding],
        env=clean_environment(
            OTEL_EXPORTER_OTLP_ENDPOINT=f"{server.url}/api/v1/otlp",
            OTEL_EXPORTER_OTLP_HEADERS=f"Authorization=Bearer%20{token}",
            **environment,
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def trace_page(server: Server) -> str:
    """Return the page that shows the trace of the first task."""
    with httpx2.Client(base_url=server.url, headers={"origin": server.url}, follow_redirects=True) as browser:
        page = "/tasks/1?tab=trace"
        return browser.post("/sign-in", data={"login": "admin", "password": PASSWORD, "next": page}).text


def look(tx: Tx) -> tuple[dict[str, Bar], dict[str, Span]]:
    bars = traces.bars(tx, workspace_id=1, task_id=1)
    whole = [traces.get(tx, workspace_id=1, task_id=1, epoch=bar.epoch, span_id=bar.span_id) for bar in bars]
    return {bar.name: bar for bar in bars}, {span.name: span for span in whole}


async def stored(server: Server) -> tuple[dict[str, Bar], dict[str, Span]]:
    """Return what the stopped server has of the trace of the first task."""
    server.stop()
    db = await Database.open(server.database_url, data=server.data)
    try:
        return await db.read(look)
    finally:
        await db.close()


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
async def test_what_the_sdk_exports_lands_beside_the_spans_of_the_attempt(
    server: Server, client_python: Interpreter, encoding: str
) -> None:
    made: dict[str, Any] = server.json("connect", "botvelocity")
    agent = {"span_id": "11111111-2222-4333-8444-555555555555", "name": "agent"}
    sent = httpx2.post(
        f"{made['base_url']}/agent-traces/{made['execution_id']}/spans",
        json={"spans": [agent]},
        headers={"X-Robot-Token": made["robot_token"]},
    )
    assert sent.status_code == 201, sent.text
    packed = {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"} if encoding == "protobuf" else {}
    said = export(client_python("opentelemetry-1.45"), server, made["robot_token"], encoding, **packed)
    assert said == ""
    page = trace_page(server)
    assert all(name in page for name in NAMES | {"agent"})
    bars, spans = await stored(server)
    assert set(bars) == NAMES | {"agent"}
    plan, ask, post = spans["plan"], spans["ask model"], spans["post"]
    assert {bars[name].parent_id for name in NAMES - {"plan"}} == {plan.span_id}
    assert len({spans[name].trace_id for name in NAMES}) == 1
    assert (plan.status, plan.input, plan.parent_id, plan.source) == ("ok", {"goal": "pay"}, None, "otlp")
    assert ask.tags == {
        "text": "olá",
        "yes": True,
        "count": 2**53 + 1,
        "ratio": 0.5,
        "list": ["a", "b"],
        "numbers": [1, 2],
        "bytes": "AP8=",
    }
    assert ask.metadata["kind"] == "client"
    assert ask.metadata["links"][0]["span_id"] == plan.span_id
    assert (ask.metadata["events"][0]["name"], ask.metadata["events"][0]["attributes"]) == ("token", {"n": 1})
    assert ask.metadata["resource"]["service.name"] == "planner"
    assert ask.metadata["scope"] == {"name": "planner", "version": "1.2"}
    assert post.status == "error"
    assert post.message is not None
    assert "refused by the bank" in post.message
    assert post.started_at is not None
    assert post.ended_at is not None
    assert post.duration == post.ended_at - post.started_at


async def test_with_an_api_key_the_resource_or_a_header_names_the_task(
    server: Server, client_python: Interpreter
) -> None:
    made: dict[str, Any] = server.json("connect", "botvelocity")
    key, python = made["auth_json"]["access_token"], client_python("opentelemetry-1.45")
    assert "code: 400" in export(python, server, key, "protobuf")
    named = {"OTEL_RESOURCE_ATTRIBUTES": "botyard.task.id=1"}
    assert "code: 401" in export(python, server, "nonsense", "protobuf", **named)
    assert export(python, server, key, "json", **named) == ""
    bars, _ = await stored(server)
    assert set(bars) == NAMES
