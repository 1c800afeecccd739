"""From what the core returns to what goes over the wire: one function per struct, and no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from botyard.base.clock import iso
from botyard.core.access import Caller
from botyard.core.alerts import Alert
from botyard.core.artifacts import Artifact
from botyard.core.automations import Automation, Deployment
from botyard.core.events import Event
from botyard.core.logs import Line
from botyard.core.runners import Runner
from botyard.core.tasks import Attempt, InputFile, Lease, Task
from botyard.wire import native as wire


def moment(at: int | None) -> str | None:
    """Return a moment as text, None for none."""
    return None if at is None else iso(at)


def task(
    found: Task, *, settled: bool | None = None, waiting: Sequence[str] = (), inputs: Sequence[InputFile] = ()
) -> wire.TaskView:
    """Return a task; `settled`, `waiting` and `inputs` are for the page of a single one."""
    return wire.TaskView(
        id=found.id,
        state=found.state.value,
        automation=found.automation,
        automation_name=found.automation_name,
        priority=found.priority,
        parameters=found.parameters,
        test=found.test,
        created_at=iso(found.created_at),
        created_by=found.created_by,
        updated_at=iso(found.updated_at),
        not_before=moment(found.not_before),
        started_at=moment(found.started_at),
        finished_at=moment(found.finished_at),
        attempts=found.epoch,
        lost=found.lost,
        runner=found.runner,
        package_version=found.package_version,
        message=found.message,
        output=found.output,
        total_items=found.total_items,
        processed_items=found.processed_items,
        failed_items=found.failed_items,
        interrupted=found.interrupted,
        killed=found.killed,
        overdue=found.overdue,
        settled=settled,
        waiting=list(waiting),
        inputs=[task_input(file) for file in inputs],
    )


def attempt(found: Attempt) -> wire.AttemptView:
    """Return an attempt."""
    return wire.AttemptView(
        epoch=found.epoch,
        state=found.state.value,
        runner=found.runner,
        leased_at=iso(found.leased_at),
        started_at=moment(found.started_at),
        ended_at=moment(found.ended_at),
        exit_code=found.exit_code,
        message=found.message,
        package_version=found.package_version,
        log_lines=found.log_lines,
        log_dropped=found.log_dropped,
        log_complete=found.log_complete,
    )


def grant(lease: Lease, *, caller: Caller, lease_seconds: int, max_file_bytes: int) -> wire.LeaseGrant:
    """Return a lease with the attempt's token, for the runner that calls."""
    return wire.LeaseGrant(
        attempt=lease.attempt_id,
        task=lease.task_id,
        epoch=lease.epoch,
        token=lease.credential.text,
        automation=lease.automation,
        dialect=lease.dialect,
        entry=lease.entry,
        package_digest=lease.package_digest,
        package_version=lease.package_version,
        parameters=lease.parameters,
        workspace=caller.workspace_label,
        runner=caller.name,
        folder=lease.folder_id,
        lease_seconds=lease_seconds,
        grace_seconds=lease.grace_seconds,
        files=[given(file) for file in lease.files],
        file_outputs=lease.file_outputs,
        types=lease.types,
        max_file_bytes=max_file_bytes,
    )


def given(file: InputFile) -> wire.GivenFile:
    """Return a file that a bot is given."""
    return wire.GivenFile(
        id=file.artifact_id or 0,
        parameter=file.parameter,
        position=file.position,
        name=file.file_name or "",
        digest=file.digest or "",
        size=file.size or 0,
    )


def _state_of(file: InputFile) -> Literal["fetched", "waiting", "failed"]:
    if file.artifact_id is not None:
        return "fetched"
    return "failed" if file.next_at is None else "waiting"


def task_input(file: InputFile) -> wire.InputView:
    """Return a file that a task was given as a link."""
    return wire.InputView(
        parameter=file.parameter,
        position=file.position,
        state=_state_of(file),
        tries=file.tries,
        artifact=file.artifact_id,
        file_name=file.file_name,
        size=file.size,
        next_try_at=moment(file.next_at),
        error=file.error,
    )


def line(found: Line) -> wire.LineView:
    """Return a log line."""
    return wire.LineView(
        epoch=found.epoch, seq=found.seq, at=iso(found.at), stream=found.stream, text=found.shown, late=found.late
    )


def artifact(found: Artifact) -> wire.ArtifactView:
    """Return a file."""
    return wire.ArtifactView(
        id=found.id,
        task=found.task_id,
        automation=found.automation,
        name=found.name,
        file_name=found.file_name,
        digest=found.digest,
        size=found.size,
        media_type=found.media_type,
        created_at=iso(found.created_at),
        created_by=found.created_by,
    )


def alert(found: Alert) -> wire.AlertView:
    """Return an alert."""
    return wire.AlertView(
        id=found.id,
        task=found.task_id,
        automation=found.automation,
        level=found.level.value,
        title=found.title,
        message=found.message,
        created_at=iso(found.created_at),
        created_by=found.created_by,
    )


def event(found: Event) -> wire.EventView:
    """Return an entry of a history."""
    return wire.EventView(id=found.id, kind=found.kind, actor=found.actor, at=iso(found.at), data=found.data)


def history_event(found: Event) -> wire.HistoryEvent:
    """Return what happened in a workspace."""
    return wire.HistoryEvent(
        id=found.id,
        kind=found.kind,
        entity=found.entity,
        entity_id=found.entity_id,
        actor=found.actor,
        at=iso(found.at),
        data=found.data,
    )


def automation(found: Automation) -> wire.AutomationView:
    """Return an automation."""
    return wire.AutomationView(
        id=found.id,
        label=found.label,
        name=found.name,
        description=found.description,
        folder=found.folder,
        runner_label=found.runner_label,
        priority=found.priority,
        max_attempts=found.max_attempts,
        on_lost=found.on_lost,
        grace_seconds=found.grace_seconds,
        parameters=found.parameters,
        uses=found.uses,
        version=found.package_version,
        dialect=found.package_dialect,
        created_at=iso(found.created_at),
        updated_at=iso(found.updated_at),
    )


def deployed(done: Deployment) -> wire.Deployed:
    """Return what a deploy came to."""
    return wire.Deployed(
        automation=done.automation.label,
        version=done.version.version,
        process=done.automation.id,
        dialect=done.version.dialect,
        digest=done.version.digest,
        created=done.created,
    )


def runner(found: Runner, *, now: int) -> wire.RunnerView:
    """Return a runner."""
    return wire.RunnerView(
        id=found.id,
        name=found.name,
        label=found.label,
        slots=found.slots,
        host=found.host,
        os=found.os,
        version=found.version,
        embedded=found.embedded,
        draining=found.draining,
        online=found.is_online(now),
        busy=found.busy,
        created_at=iso(found.created_at),
        seen_at=iso(found.seen_at),
    )


def next_of(rows: Sequence[Any], limit: int) -> Any:
    """Return the last row when there may be more after it, else None."""
    return rows[-1] if len(rows) == limit else None
