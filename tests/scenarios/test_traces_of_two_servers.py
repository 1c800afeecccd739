"""Two servers on one database tell one collector: each span once, and all of them when the one that sends dies."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.collector import Collector, collector
from tests.support.processes import Server, make_server, wait_until

AT = {"start_time": "2030-01-01T00:00:00Z", "end_time": "2030-01-01T00:00:01Z"}


@pytest.fixture
def backend() -> str:
    """Return the database that several servers can share."""
    return "postgres"


@pytest.fixture
def sink() -> Iterator[Collector]:
    """Yield a collector that takes everything."""
    with collector() as made:
        yield made


@pytest.fixture
def servers(tmp_path: Path, data: Path, database_url: str, sink: Collector) -> Iterator[list[Server]]:
    """Yield two running servers on one database and with one collector."""
    made = list[Server]()
    try:
        for number in (1, 2):
            home = tmp_path / f"server-{number}"
            home.mkdir()
            if number == 2:
                # Servers of one database share its secrets, not the token of the local administrator.
                secrets = shutil.ignore_patterns("server.json", "instance", "tmp", "runner")
                shutil.copytree(data, home / "data", ignore=secrets)
            folder = data if number == 1 else home / "data"
            server = make_server(home, folder, database_url, "--no-runner", BOTYARD_OTLP_URL=sink.url)
            made.append(server)
            server.start_ready()
        yield made
    finally:
        for server in made:
            server.stop()


@pytest.mark.kill
def test_every_span_is_told_once_and_the_other_server_goes_on(servers: list[Server], sink: Collector) -> None:
    first, second = servers
    made: dict[str, Any] = first.json("connect", "botvelocity")

    def send(server: Server, *names: str) -> None:
        base = f"{server.url}/default/orchestrator_/agent-traces/{made['execution_id']}/spans"
        body = {"spans": [{"span_id": name, "name": name, **AT} for name in names]}
        reply = httpx2.post(base, json=body, headers={"X-Robot-Token": made["robot_token"]})
        assert reply.status_code == 201, reply.text

    expected = {f"{number}" for number in range(40)}
    for name in sorted(expected):
        send(servers[int(name) % 2], name)
    wait_until(lambda: expected <= set(sink.names), what="every span")
    counts = Counter(each.span.name for each in sink.taken)
    assert {name for name, count in counts.items() if count > 1} == set(), "each came once"
    for killed, other, name in ((first, second, "told by the second"), (second, first, "told by the first")):
        killed.kill()
        send(other, name)
        wait_until(partial(sink.has, name), seconds=40, what=name)
        killed.start_ready()
