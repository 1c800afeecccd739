"""Drain a runner, or forget one that is gone."""

from __future__ import annotations

from botyard.base.exceptions import IllegalTransition
from botyard.core import events
from botyard.core.runners.model import Runner
from botyard.core.runners.statements import read, sql
from botyard.storage import Tx


def drain(tx: Tx, *, workspace_id: int, runner_id: str, draining: bool, actor: str, now: int) -> Runner:
    """Let a runner finish what it has and take nothing new, or take it back into service. Raises NotFound."""
    read(tx, workspace_id=workspace_id, runner_id=runner_id)
    tx.one(sql.drain, workspace_id=workspace_id, runner_id=runner_id, draining=int(draining))
    kind = "runner.draining" if draining else "runner.resumed"
    events.record(tx, workspace_id=workspace_id, kind=kind, entity="runner", entity_id=runner_id, actor=actor, now=now)
    if not draining:
        tx.wake(f"tasks:{workspace_id}")
    return read(tx, workspace_id=workspace_id, runner_id=runner_id)


def forget(tx: Tx, *, workspace_id: int, runner_id: str, actor: str, now: int) -> None:
    """Remove a runner that holds no attempt. Raises NotFound, and IllegalTransition while it holds one."""
    runner = read(tx, workspace_id=workspace_id, runner_id=runner_id)
    if tx.one(sql.forget, workspace_id=workspace_id, runner_id=runner_id) is None:
        raise IllegalTransition(f'Runner "{runner.name}" still holds a task.', hint="Drain it and wait.")
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="runner.forgotten",
        entity="runner",
        entity_id=runner_id,
        actor=actor,
        now=now,
        data={"name": runner.name},
    )
