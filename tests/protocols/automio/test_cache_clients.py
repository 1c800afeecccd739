"""The unmodified clients, and ours, keep values and tell their progress, in the database and in Redis."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from tests.support.automio import CLIENTS, OURS, run
from tests.support.processes import Server, make_server
from tests.support.redis import RedisServer

OUTSIDE = "5b0e7a9c-1f2d-4c3b-8a69-0d1e2f3a4b5c"


def test_every_client_keeps_values_and_tells_its_progress(server: Server, tmp_path: Path) -> None:
    env = server.json("connect", "automio")["env"]
    for client, module in CLIENTS.items():
        assert run(client, "cache.py", env, tmp_path, module) == "fine\n"
    # A program outside of every runner makes up an id, and people write addresses with a slash at the end.
    outside = env | {"TASK_ID": OUTSIDE, "CACHE_SERVICE_URL": f"{server.url}/cache/"}
    for client in ("automio-0.1.6", OURS):
        assert run(client, "cache.py", outside, tmp_path, "automio") == "fine\n"
    status = httpx2.get(
        f"{server.url}/api/actions/runs/1/status/", headers={"Authorization": f"App-Token {env['APP_TOKEN']}"}
    ).json()
    assert "Done" in str(status)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_client_keeps_values_in_redis(
    tmp_path: Path, data: Path, database_url: str | None, redis: RedisServer
) -> None:
    server = make_server(tmp_path, data, database_url, "--no-runner", BOTYARD_CACHE_URL=redis.url)
    try:
        server.start_ready()
        env = server.json("connect", "automio")["env"]
        for client in ("automio-0.5.7", OURS):
            assert run(client, "cache.py", env, tmp_path, "automio") == "fine\n"
        assert b"botyard:cache:1:" in redis.command("KEYS", "*")
    finally:
        server.stop()
