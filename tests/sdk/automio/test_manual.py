"""Every example of the vendor's manual runs with our module, with a file `.env`, and with Redis for the server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.processes import clean_environment
from tests.support.redis import RedisServer

PROGRAMS = Path(__file__).parent / "programs"


def run(program: str, folder: Path, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / program)],
        env=clean_environment(**env),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_every_example_runs_with_the_variables_in_a_file(shop: dict[str, str], tmp_path: Path) -> None:
    lines = ["# the app\n", *(f'{name}="{value}"\n' for name, value in shop.items())]
    (tmp_path / ".env").write_text("".join(lines))
    (tmp_path / "below").mkdir()
    names = run("manual.py", tmp_path / "below").split()
    assert len(names) == 11


def test_values_are_kept_in_redis_where_there_is_no_cache_service(redis: RedisServer, tmp_path: Path) -> None:
    env = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(redis.port), "APP_ID": "130", "TASK_ID": "t-1"}
    assert run("in_redis.py", tmp_path, **env) == "fine\n"
    assert b"app:130:for ever" in redis.command("KEYS", "*")
    assert b'"mine"' in redis.command("GET", '"org:t-1:my key"')
    assert b'"progress":50' in redis.command("GET", "task:progress:t-1")
