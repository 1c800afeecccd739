"""What a Bot Velocity package is started with."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from botyard.runner import velocity
from botyard.runner.environment import PreparationFailed
from botyard.runner.job import Job
from botyard.runner.launch import launch_of
from botyard.runner.platform import Launch, current
from botyard.wire import native as wire
from botyard.wire.execution import execution_id

PROJECT = """
project:
  name: agent
  type: agent
  version: 1.0.0
  entrypoints:
  - {name: main, command: "main:main", default: true}
  - {name: deep, command: "deep.module:run", workdir: data}
  dependencies: [idna]
"""


@pytest.fixture
def job(tmp_path: Path) -> Job:
    job = Job(tmp_path / "job", current())
    job.create()
    (job.package / "bvproject.yaml").write_text(PROJECT)
    return job


def grant(**changes: Any) -> wire.LeaseGrant:
    fields: dict[str, Any] = {
        "attempt": "a",
        "task": 1,
        "epoch": 1,
        "token": "by_attempt_1",
        "automation": "agent",
        "dialect": "botvelocity",
        "entry": "main:main",
        "package_digest": "d",
        "package_version": "1",
        "parameters": {},
        "workspace": "acme",
        "runner": "vm-1",
        "folder": "folder-id",
    }
    return wire.LeaseGrant(**fields | changes)


def launch(job: Job, **changes: Any) -> Launch:
    environment, server = job.folder / "env", "http://x/"
    return launch_of(grant(**changes), job=job, environment=environment, server=server, until=0.0, platform=current())


def test_the_context_is_private_and_replaced_as_a_whole(job: Job) -> None:
    launch(job)
    first = job.context.stat()
    assert stat.S_IMODE(first.st_mode) == 0o600
    found = json.loads(job.context.read_bytes())
    assert (found["base_url"], found["robot_token"]) == ("http://x/acme/orchestrator_", "by_attempt_1")
    assert (found["execution_id"], found["project_type"]) == (execution_id("a"), "agent")
    assert (found["tenant_id"], found["folder_id"]) == ("acme", "folder-id")
    assert (found["robot_name"], found["machine_name"]) == ("vm-1", socket.gethostname())
    velocity.write_context(grant(token="by_attempt_2"), job, server="http://x", project_type="agent")
    assert json.loads(job.context.read_bytes())["robot_token"] == "by_attempt_2"
    assert job.context.stat().st_ino != first.st_ino
    assert [path.name for path in job.exchange.iterdir() if path.is_file()] == ["runtime_context.json"]


def test_no_variable_and_no_argument_holds_an_address_or_a_token(job: Job) -> None:
    found = launch(job)
    assert not [text for text in (*found.argv, *found.env.values()) if "http://x" in text or "by_attempt" in text]
    assert found.env["BV_SDK_RUN"] == "1"


def test_an_entrypoint_starts_in_its_folder(job: Job) -> None:
    with pytest.raises(PreparationFailed, match='no folder "data"'):
        launch(job, parameters={"entrypoint": "deep"})
    (job.package / "data").mkdir()
    found = launch(job, parameters={"entrypoint": "deep"})
    assert (found.cwd, found.argv[-1]) == (job.package / "data", "deep.module:run")
    assert launch(job).argv[-1] == "main:main"


def test_a_package_without_a_lock_gets_what_its_project_depends_on(job: Job) -> None:
    (job.package / "requirements.lock").write_text("")
    velocity.prepare(job.package)
    assert not (job.package / "requirements.txt").exists()
    (job.package / "requirements.lock").unlink()
    velocity.prepare(job.package)
    assert (job.package / "requirements.txt").read_text() == "idna\n"


@pytest.mark.parametrize(("content", "fault"), [(None, "has no"), ("project: [", "was refused")])
def test_a_project_that_cannot_be_read_fails_the_attempt(job: Job, content: str | None, fault: str) -> None:
    (job.package / "bvproject.yaml").unlink()
    if content is not None:
        (job.package / "bvproject.yaml").write_text(content)
    with pytest.raises(PreparationFailed, match=fault):
        velocity.project_of(job.package)
