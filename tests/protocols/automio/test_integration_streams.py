"""Streams and shutdowns over a real connection: events come when they are done, and nobody is cut off."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.otherapi import OtherApi, other_api
from tests.support.processes import Server, wait_until

__all__ = ["other_api"]

WORKSPACE = """
apps: [{{id: 130, slug: shop}}]
integrations:
  - {{id: open, name: Open, version: "1", base_url: "{url}", allow_private_network: true}}
"""


@pytest.fixture
def backend() -> str:
    """Return the one database that these tests need."""
    return "sqlite"


@pytest.fixture
def client(server: Server, other_api: OtherApi, tmp_path: Path) -> Iterator[httpx2.Client]:
    """Yield an HTTP client with the token of an app."""
    (tmp_path / "ws.yaml").write_text(WORKSPACE.format(url=other_api.url))
    server.cli("apply", str(tmp_path / "ws.yaml"))
    token = server.json("connect", "automio")["env"]["APP_TOKEN"]
    headers = {"Authorization": f"App-Token {token}"}
    with httpx2.Client(base_url=f"{server.url}/api/integrations/open", headers=headers, timeout=30) as client:
        yield client


def parallel(*endpoints: str) -> dict[str, Any]:
    return {"endpoint": "/{x}", "data_list": [{"url_params": {"x": one}} for one in endpoints], "streaming": True}


def test_the_first_event_comes_while_other_calls_are_under_way(client: httpx2.Client, other_api: OtherApi) -> None:
    with client.stream("POST", "/parallel_call/", json=parallel("hang", "echo")) as reply:
        assert reply.headers["transfer-encoding"] == "chunked"
        lines = (line for line in reply.iter_lines() if line.startswith("data: "))
        first = json.loads(next(lines).removeprefix("data: "))
        assert first["index"] == 1
        assert other_api.busy == 1
        other_api.release.set()
        second, last = (json.loads(line.removeprefix("data: ")) for line in lines)
        assert second["index"] == 0
        assert last == {"completed": True, "total_processed": 2}


def test_a_client_that_leaves_ends_its_calls(server: Server, client: httpx2.Client, other_api: OtherApi) -> None:
    endpoints = ["echo"] + ["hang"] * 30
    with client.stream("POST", "/parallel_call/", json=parallel(*endpoints)) as reply:
        next(reply.iter_lines())
        wait_until(lambda: other_api.busy == 30, what="the calls under way")
    # Their places are free again: forty more are made beside the thirty that the other side has not noticed the end of.
    endpoints = [f"echo{number}" for number in range(40)]
    with client.stream("POST", "/parallel_call/", json=parallel(*endpoints)) as reply:
        assert sum(line.startswith("data: ") for line in reply.iter_lines()) == 41
    assert "Traceback" not in server.output


def test_a_server_that_stops_answers_for_calls_in_flight(
    server: Server, client: httpx2.Client, other_api: OtherApi
) -> None:
    answers: list[httpx2.Response] = []
    calls = [
        threading.Thread(target=lambda: answers.append(client.post("/call/", json={"endpoint": "/hang"}))),
        threading.Thread(target=lambda: answers.append(client.post("/parallel_call/", json=parallel("hang")))),
    ]
    for call in calls:
        call.start()
    wait_until(lambda: other_api.busy == 2, what="the calls under way")
    assert server.stop(seconds=30) == 0
    for call in calls:
        call.join(10)
    assert [answer.status_code for answer in answers] == [200, 200]
    for answer in answers:
        assert "This server is stopping" in answer.text
        assert '"status_code":504' in answer.text
    streamed = next(answer.text for answer in answers if answer.text.startswith(":"))
    assert '"completed":true' in streamed
    assert "Traceback" not in server.output
