"""`make up`, as a newcomer runs it: one command, and a real bot has gone through a task."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.processes import BOTYARD, clean_environment, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(data: Path, database_url: str | None) -> dict[str, str]:
    variables = {"BOTYARD_DATA": str(data), "BOTYARD_PORT": str(free_port())}
    if database_url is not None:
        variables["BOTYARD_DATABASE"] = database_url
    return clean_environment(**variables)


@pytest.fixture
def make_up(tmp_path: Path, environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    output = tmp_path / "output.txt"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "scripts" / "up.py")],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    yield process, output
    for child in [*psutil.Process(process.pid).children(recursive=True)] if process.poll() is None else []:
        child.kill()
    process.kill()
    process.wait()


def test_runs_the_example_bot_and_keeps_serving_until_interrupted(
    make_up: tuple[subprocess.Popen[bytes], Path], environment: dict[str, str]
) -> None:
    process, output = make_up
    wait_until(
        lambda: "Done." in output.read_text("utf-8") or process.poll() is not None,
        seconds=100,
        what="the example's end",
    )
    text = output.read_text("utf-8")
    assert process.poll() is None, text
    assert f"http://127.0.0.1:{environment['BOTYARD_PORT']}" in text
    assert "admin" in text

    shown = subprocess.run(
        [str(BOTYARD), "task", "show", "1", "--json"], env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(shown.stdout)["state"] in {"succeeded", "partial"}

    family = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(30) == 0
    wait_until(lambda: not any(member.is_running() for member in family), what="the end of every process")
