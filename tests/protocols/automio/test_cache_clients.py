"""The unmodified clients keep values and tell their progress, in the database and in Redis."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.support.processes import Server, clean_environment, make_server
from tests.support.redis import RedisServer

BOT = Path(__file__).parent / "bots" / "cache.py"
CLIENTS = {"automio-0.1.6": "automio", "robotnikai-0.2.11": "robotnikai", "automio-0.5.7": "automio"}
OUTSIDE = "5b0e7a9c-1f2d-4c3b-8a69-0d1e2f3a4b5c"

Interpreter = Callable[[str], Path]


def run(python: Path, module: str, folder: Path, env: dict[str, str]) -> None:
    done = subprocess.run(
        [str(python), str(BOT), module],
        env=clean_environment(**env),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "fine\n"), done.stdout + done.stderr


def test_every_client_keeps_values_and_tells_its_progress(
    server: Server, client_python: Interpreter, tmp_path: Path
) -> None:
    env = server.json("connect", "automio")["env"]
    for client, module in CLIENTS.items():
        run(client_python(client), module, tmp_path, env)
    # A program outside of every runner makes up an id, and people write addresses with a slash at the end.
    outside = env | {"TASK_ID": OUTSIDE, "CACHE_SERVICE_URL": f"{server.url}/cache/"}
    run(client_python("automio-0.1.6"), "automio", tmp_path, outside)
    status = httpx2.get(
        f"{server.url}/api/actions/runs/1/status/", headers={"Authorization": f"App-Token {env['APP_TOKEN']}"}
    ).json()
    assert "Done" in str(status)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_client_keeps_values_in_redis(
    tmp_path: Path, data: Path, database_url: str | None, redis: RedisServer, client_python: Interpreter
) -> None:
    server = make_server(tmp_path, data, database_url, "--no-runner", BOTYARD_CACHE_URL=redis.url)
    try:
        server.start_ready()
        env = server.json("connect", "automio")["env"]
        run(client_python("automio-0.5.7"), "automio", tmp_path, env)
        assert b"botyard:cache:1:" in redis.command("KEYS", "*")
    finally:
        server.stop()
