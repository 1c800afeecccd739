"""The dialect over a real database, without a socket: a workspace with a process, two systems, and whoever works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from botyard.core import artifacts, automations, runners, systems, tasks
from botyard.core.systems import NewSystem, State
from botyard.core.tasks import EndReport, Lease, Outcome, Task
from botyard.core.workspaces import Workspace
from botyard.storage import Blobs, Database, Tx
from botyard.web import Application
from tests.protocols.elma import seed
from tests.support.work import deploy, lease_next, make_workspace

PARAMETERS: list[dict[str, Any]] = [
    {"name": "StringParam_in", "type": "string"},
    {"name": "FileParam_in", "type": "file"},
    {"name": "DateTimeParam_in", "type": "datetime"},
    {"name": "BoolParam_in", "type": "bool"},
    {"name": "DoubleParam_in", "type": "double"},
    {"name": "IntParam_in", "type": "int"},
    {"name": "ArrayParam_in", "type": "file", "array": True},
    {"name": "StringValue_out", "type": "string", "scope": "Out"},
    {"name": "FileValue_out", "type": "file", "scope": "Out"},
    {"name": "DateTimeValue_out", "type": "datetime", "scope": "Out"},
    {"name": "BoolValue_out", "type": "bool", "scope": "Out"},
    {"name": "DoubleValue_out", "type": "double", "scope": "Out"},
    {"name": "IntValue_out", "type": "int", "scope": "Out"},
]


@dataclass
class Answer:
    """What came back: the status of HTTP, and the body."""

    http: int
    body: dict[str, Any]
    raw: httpx2.Response

    @property
    def task(self) -> dict[str, Any]:
        """Return the task in the body, which must be there."""
        task: dict[str, Any] = self.body["task"]
        return task


@dataclass
class Yard:
    """Everything that a test of this dialect needs."""

    app: Application
    db: Database
    blobs: Blobs
    workspace: Workspace
    process: str
    token: str
    system: str

    async def send(
        self, route: str, body: Any, *, app: Application | None = None, address: str = "127.0.0.1"
    ) -> Answer:
        """Send a body, bytes or what becomes JSON, to `/v1/<route>`."""
        transport = httpx2.ASGITransport(app=app or self.app, raise_app_exceptions=False, client=(address, 4711))
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        async with httpx2.AsyncClient(transport=transport, base_url="http://botyard") as client:
            # In a task of its own, as the server answers it.
            raw = await asyncio.create_task(client.post(f"/v1/{route}", timeout=30, **content))
        kind = raw.headers["content-type"]
        return Answer(raw.status_code, raw.json() if kind == "application/json" else {}, raw)

    async def create(self, *, token: str | None = None, **task: Any) -> Answer:
        """Ask for a task of the process."""
        body = {"auth_tkn": token or self.token, "task": {"process": self.process, "version": 0, **task}}
        return await self.send("orchestra/task/create", body)

    async def made(self, **task: Any) -> int:
        """Return the id of a task that waits in the queue."""
        answer = await self.create(**task)
        assert answer.body["status"] == 201, answer.body
        return int(answer.task["id"])

    async def status(self, task_id: Any, *, token: str | None = None) -> Answer:
        """Ask what a task is."""
        return await self.send("orchestra/task/status", {"auth_tkn": token or self.token, "id": task_id})

    async def cancel(self, task_id: Any, *, token: str | None = None) -> Answer:
        """Cancel a task."""
        return await self.send("orchestra/task/cancel", {"auth_tkn": token or self.token, "id": task_id})

    async def download(self, task_id: Any, name: Any, *, token: str | None = None) -> Answer:
        """Ask for a file."""
        body = {"auth_tkn": token or self.token, "taskid": task_id, "filename": name}
        return await self.send("repository/task/download", body)

    async def other(self, name: str = "ERP", **fields: Any) -> NewSystem:
        """Return another system of the workspace, allowed unless another state is given."""
        state = fields.pop("state", State.ALLOWED)
        return await self.db.write(
            systems.create,
            workspace_id=self.workspace.id,
            name=name,
            state=state,
            fields=fields,
            actor="user:ann",
            now=self.db.now(),
        )

    async def set(self, **fields: Any) -> None:
        """Change the system."""
        await self.db.write(
            systems.update,
            workspace_id=self.workspace.id,
            system_id=self.system,
            fields=fields,
            actor="user:ann",
            now=self.db.now(),
        )

    async def take(self, *, label: str | None = None) -> Lease:
        """Lease the next task to a runner of that label, and start it."""
        return await self.db.write(_take, workspace=self.workspace, label=label, now=self.db.now())

    async def end(self, lease: Lease, *, outcome: Outcome = "succeeded", output: Any = None, message: str = "") -> None:
        """Report the end of what was leased."""
        await self.db.write(_end, lease=lease, outcome=outcome, output=output, message=message, now=self.db.now())

    async def leave_file(self, task_id: int, name: str, content: bytes) -> None:
        """Store a file that the task leaves behind."""
        blob = await self.blobs.put(_chunks(content), limit=2**20)
        await self.db.write(
            _attach, workspace_id=self.workspace.id, task_id=task_id, name=name, blob=blob, now=self.db.now()
        )

    async def tasks(self) -> list[Task]:
        """Return the tasks of the workspace, oldest first."""
        found = await self.db.read(tasks.search, workspace_id=self.workspace.id, limit=500)
        return found[::-1]


def _take(tx: Tx, *, workspace: Workspace, label: str | None, now: int) -> Lease:
    runner = runners.register(
        tx,
        workspace_id=workspace.id,
        name="vm",
        label=label,
        slots=4,
        host="host",
        os="linux",
        version="1",
        embedded=False,
        actor="join:test",
        now=now,
    ).id
    lease = lease_next(tx, workspace, runner, now=now)
    tasks.start(tx, runner_id=runner, attempt_id=lease.attempt_id, now=now)
    return lease


def _end(tx: Tx, *, lease: Lease, outcome: Outcome, output: Any, message: str, now: int) -> None:
    (attempt, *_) = tasks.attempts_of(tx, workspace_id=_workspace_of(tx, lease), task_id=lease.task_id)
    report = EndReport(
        runner_id=attempt.runner_id or "",
        attempt_id=lease.attempt_id,
        now=now,
        exit_code=0,
        outcome=outcome,
        output=output,
        message=message,
    )
    (ended,) = tasks.end_many(tx, [report])
    assert isinstance(ended, Task), ended


def _workspace_of(tx: Tx, lease: Lease) -> int:
    started = systems.started_by(tx, task_id=lease.task_id)
    assert started is not None
    return started.workspace_id


def _attach(tx: Tx, *, workspace_id: int, task_id: int, name: str, blob: Any, now: int) -> None:
    made = artifacts.create(
        tx, workspace_id=workspace_id, task_id=task_id, name=name, file_name=name, actor="attempt:1/1", now=now
    )
    artifacts.attach(
        tx,
        workspace_id=workspace_id,
        artifact_id=made.id,
        digest=blob.digest,
        size=blob.size,
        actor="attempt:1/1",
        now=now,
    )


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _make(tx: Tx, *, now: int) -> tuple[Workspace, str, NewSystem]:
    workspace = make_workspace(tx, label="default", now=now)
    deploy(tx, workspace, automation="TestCI", now=now)
    automation = automations.update(
        tx,
        workspace_id=workspace.id,
        label="TestCI",
        fields={"parameters": PARAMETERS},
        actor="user:ann",
        now=now,
    )
    made = systems.create(
        tx,
        workspace_id=workspace.id,
        name="BPM",
        state=State.ALLOWED,
        token=seed.TOKEN,
        fields={"private_targets": True},
        actor="user:ann",
        now=now,
    )
    return workspace, automation.id, made


@pytest.fixture
async def yard(app: Application, db: Database, blobs: Blobs) -> Yard:
    """Return a workspace with the process `TestCI` and the system of the seed, which may call private addresses."""
    workspace, process, made = await db.write(_make, now=db.now())
    return Yard(app, db, blobs, workspace, process, made.token, made.id)
