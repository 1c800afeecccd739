"""Small factories over the real operations: a workspace, a task in it, an attempt that holds the task."""

from __future__ import annotations

import itertools

from botyard.core import automations, packages, runners, tasks, workspaces
from botyard.core.tasks import AttemptRef, Lease, LeaseRequest, NewTask, Task
from botyard.core.workspaces import Workspace
from botyard.storage import Tx

NOW = 1_700_000_000_000_000
SECOND = 1_000_000
LEASE = 30 * SECOND
DIGEST = "0" * 64

_numbers = itertools.count(1)


def make_workspace(tx: Tx, *, label: str | None = None, now: int = NOW) -> Workspace:
    """Create a workspace with a label of its own."""
    label = label or f"workspace-{next(_numbers)}"
    return workspaces.create(tx, label=label, name=label, now=now)


def make_task(tx: Tx, workspace: Workspace, *, automation: str = "billing", test: bool = False, now: int = NOW) -> Task:
    """Create a task, and its automation with a released package when that is missing."""
    if automations.find(tx, workspace_id=workspace.id, label=automation) is None:
        deploy(tx, workspace, automation=automation, now=now)
    new = NewTask(workspace_id=workspace.id, automation=automation, actor="user:ann", now=now, test=test)
    (made,) = tasks.create_many(tx, [new])
    assert isinstance(made, Task), made
    return made


def deploy(tx: Tx, workspace: Workspace, *, automation: str, now: int = NOW) -> None:
    """Release a package on an automation, made when missing."""
    manifest = packages.Manifest(dialect="botcity", entry="bot.py")
    automations.deploy(
        tx,
        workspace_id=workspace.id,
        label=automation,
        manifest=manifest,
        digest=DIGEST,
        size=1,
        version=None,
        actor="user:ann",
        now=now,
    )


def make_runner(tx: Tx, workspace: Workspace, *, slots: int = 4, now: int = NOW) -> str:
    """Register a runner and return its id."""
    runner = runners.register(
        tx,
        workspace_id=workspace.id,
        name=f"vm-{next(_numbers)}",
        label=None,
        slots=slots,
        host="host",
        os="linux",
        version="1",
        embedded=False,
        actor="join:test",
        now=now,
    )
    return runner.id


def lease_next(tx: Tx, workspace: Workspace, runner_id: str, *, now: int = NOW) -> Lease:
    """Lease the next task of the workspace to a runner."""
    request = LeaseRequest(
        workspace_id=workspace.id,
        runner_id=runner_id,
        free=1,
        claim=f"claim-{next(_numbers)}",
        now=now,
        lease=LEASE,
    )
    (granted,) = tasks.lease_many(tx, [request])
    assert isinstance(granted, list), granted
    return granted[0]


def attempt_of(lease: Lease) -> AttemptRef:
    """Return the attempt that a lease opened."""
    return AttemptRef(id=lease.attempt_id, task_id=lease.task_id, epoch=lease.epoch)


def lose_all(tx: Tx, *, now: int = NOW) -> None:
    """Let time pass without a heartbeat until every lease given at `now` is lost."""
    later = now + 2 * LEASE
    tasks.reap(tx, now=later, previous=later - SECOND, lease=LEASE, grace=5 * SECOND)
