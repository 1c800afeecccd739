"""Tasks: start them, change their course, wait for them, and read what belongs to them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from botyard.sdk.calls import Call, content, delete, get, make, post
from botyard.sdk.errors import Unsettled
from botyard.sdk.faces import C, Group, Steps, call, download, fields, listing, steps
from botyard.sdk.paging import Listing, pages, whole
from botyard.wire import ending, work
from botyard.wire import tasks as wire
from botyard.wire.bulk import MatchReply, TaskMatchCall
from botyard.wire.traces import ProgressView

_ALL = "/api/v1/tasks"
_ONE = "/api/v1/tasks/{id}"
#: How long one call waits for a task or for lines; the server allows 60 seconds.
_HOLD = 25.0
_LINES = 1000


class Tasks(Group[C]):
    """One run each of an automation."""

    @call
    def create(
        self,
        automation: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        priority: int | None = None,
        not_before: str | None = None,
        test: bool = False,
    ) -> Call[wire.TaskView]:
        """Start an automation. `not_before` is ISO 8601; of priorities from 0 to 10, higher ones go first."""
        return _create(automation, parameters, priority=priority, not_before=not_before, test=test)

    @listing
    def list(
        self,
        *,
        state: str | Sequence[str] | None = None,
        automation: str | None = None,
        text: str | None = None,
        limit: int | None = None,
    ) -> Listing[wire.TaskView]:
        """List tasks, newest first: those in one of some states, of an automation, or in which a text is found."""
        states = state if isinstance(state, str | None) else ",".join(state)
        return pages(
            _ALL,
            wire.TaskPage,
            lambda page: page.tasks,
            cursor="before",
            limit=limit,
            state=states,
            automation=automation,
            text=text,
        )

    @call
    def get(self, task_id: int, *, wait: float = 0.0) -> Call[wire.TaskView]:
        """Read one task; with `wait` as soon as it is settled, at the latest after so many seconds."""
        return get(_ONE, wire.TaskView, task_id, wait=wait)

    @steps
    def wait(self, task_id: int, *, timeout: float | None = None) -> Steps[wire.TaskView]:
        """Return the task once it is settled: it has ended, so has its process, and its log is complete.

        Raises Unsettled when it is not after `timeout` seconds.
        """
        return (yield from _wait(task_id, timeout))

    @steps
    def run(
        self,
        automation: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        priority: int | None = None,
        timeout: float | None = None,
    ) -> Steps[wire.TaskView]:
        """Start an automation and return its task once it is settled; look at `state` for how it ended.

        Raises Unsettled when it is not after `timeout` seconds; the task goes on then.
        """
        task: wire.TaskView = yield _create(automation, parameters, priority=priority)
        return (yield from _wait(task.id, timeout))

    @call
    def cancel(self, task_id: int) -> Call[wire.TaskView]:
        """Cancel a task; a process that runs is stopped. One that has ended stays as it is."""
        return _act(task_id, "cancel", repeatable=True)

    @call
    def restart(self, task_id: int) -> Call[wire.TaskView]:
        """Put a task back into the queue for a new attempt."""
        return _act(task_id, "restart")

    @call
    def interrupt(self, task_id: int) -> Call[wire.TaskView]:
        """Ask the bot to stop by itself."""
        return _act(task_id, "interrupt", repeatable=True)

    @call
    def kill(self, task_id: int) -> Call[wire.TaskView]:
        """Stop the process without asking; the task fails."""
        return _act(task_id, "kill", repeatable=True)

    @call
    def rotate_token(self, task_id: int) -> Call[wire.TaskView]:
        """Have the token of the running attempt replaced, where its bot can be given another."""
        return _act(task_id, "rotate-token", repeatable=True)

    @fields(ending.FinishTask)
    def finish(self, task_id: int, body: ending.FinishTask) -> Call[wire.TaskView]:
        """Say how a task ended; said again, it replaces what was said before."""
        return post(f"{_ONE}/finish", body, wire.TaskView, task_id, repeatable=True)

    @call
    def delete(self, task_id: int) -> Call[None]:
        """Delete a test task with all that belongs to it; other tasks stay in the history."""
        return delete(_ONE, task_id)

    @call
    def bulk(self, action: wire.BulkAction, ids: Sequence[int]) -> Call[wire.BulkReply]:
        """Cancel or restart up to a thousand tasks; each gets its own verdict."""
        body = wire.BulkCall(action=action, ids=[*ids])
        return post(f"{_ALL}/bulk", body, wire.BulkReply, repeatable=action == "cancel")

    @fields(TaskMatchCall)
    def bulk_matching(self, body: TaskMatchCall) -> Call[MatchReply]:
        """Cancel, restart, interrupt or kill the tasks that match; with `dry_run` only tell which they would be.

        Some hundreds are reached by one call; go on with `before=reply.next`.
        """
        return post(f"{_ALL}/bulk/matching", body, MatchReply)

    @listing
    def attempts(self, task_id: int) -> Listing[wire.AttemptView]:
        """List the attempts of a task, first to last."""
        return whole(f"{_ONE}/attempts", wire.AttemptList, lambda page: page.attempts, task_id)

    @listing
    def logs(self, task_id: int, *, follow: bool = False, after: str | None = None) -> Listing[wire.LineView]:
        """List the lines of a task; with `follow` go on as they are written, until the log is complete.

        `after` is a position, `f"{line.epoch}.{line.seq}"` of the last line that is known.
        """
        return Listing(
            first=_log_page(task_id, after, _HOLD if follow else 0.0, _LINES),
            items=lambda page: page.lines,
            following=_next_line if follow else _next_full,
            cursor="after",
        )

    @call
    def send_messages(
        self, task_id: int, writer: str, messages: Sequence[work.LogMessage], *, epoch: int | None = None
    ) -> Call[work.MessagesTaken]:
        """Add messages to the log of a task: a bot to its own, others to that of an attempt, else of the latest.

        Each has a number, from 1 for each writer, by which one that is sent again is known.
        """
        body = work.SendMessages(writer=writer, messages=[*messages], epoch=epoch)
        return post(f"{_ONE}/logs", body, work.MessagesTaken, task_id, repeatable=True)

    @call
    def tell_progress(
        self,
        task_id: int,
        percent: float,
        info: str = "",
        *,
        status: work.ProgressStatus = "pending",
        epoch: int | None = None,
    ) -> Call[ProgressView]:
        """Say how far a task is, from 0 to 100."""
        body = work.TellProgress(percent=percent, info=info, status=status, epoch=epoch)
        return post(f"{_ONE}/progress", body, ProgressView, task_id, repeatable=True)

    @call
    def log_page(
        self,
        task_id: int,
        *,
        after: str | None = None,
        tail: int | None = None,
        wait: float = 0.0,
        limit: int = _LINES,
    ) -> Call[wire.LogPage]:
        """Read some lines and where they end; with `wait` as soon as there are some, with `tail` so many last ones."""
        return _log_page(task_id, after, wait, limit, tail)

    @download
    def log_text(self, task_id: int) -> Call[None]:
        """Fetch the whole log as it is now, as text."""
        return content(f"{_ONE}/logs", task_id, accept="text/plain")

    @listing
    def artifacts(self, task_id: int, *, limit: int | None = None) -> Listing[wire.ArtifactView]:
        """List the files of a task, newest first."""
        return pages(
            f"{_ONE}/artifacts", wire.ArtifactList, lambda page: page.artifacts, task_id, cursor="before", limit=limit
        )

    @listing
    def alerts(self, task_id: int, *, limit: int | None = None) -> Listing[wire.AlertView]:
        """List the alerts of a task, newest first."""
        return pages(f"{_ONE}/alerts", wire.AlertList, lambda page: page.alerts, task_id, cursor="before", limit=limit)

    @listing
    def events(self, task_id: int, *, limit: int | None = None) -> Listing[wire.EventView]:
        """List what happened to a task, oldest first."""
        return pages(f"{_ONE}/events", wire.EventList, lambda page: page.events, task_id, limit=limit)


def _create(automation: str, parameters: Mapping[str, Any] | None, **rest: Any) -> Call[wire.TaskView]:
    body = wire.CreateTask(automation=automation, parameters=dict(parameters or {}), **rest)
    return make(_ALL, body, wire.TaskView)


def _act(task_id: int, action: str, *, repeatable: bool = False) -> Call[wire.TaskView]:
    return post(f"{_ONE}/{action}", None, wire.TaskView, task_id, repeatable=repeatable)


def _wait(task_id: int, timeout: float | None) -> Steps[wire.TaskView]:
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = _HOLD if end is None else min(_HOLD, max(0.0, end - time.monotonic()))
        task: wire.TaskView = yield get(_ONE, wire.TaskView, task_id, wait=round(left, 3))
        if task.settled:
            return task
        if end is not None and time.monotonic() >= end:
            raise Unsettled(
                f"Task {task_id} is {task.state} after {timeout:g} seconds.",
                hint=task.waiting[0] if task.waiting else "Wait longer, or look at its log.",
            )


def _log_page(task_id: int, after: str | None, wait: float, limit: int, tail: int | None = None) -> Call[wire.LogPage]:
    return get(f"{_ONE}/logs", wire.LogPage, task_id, wait=wait, after=after, limit=limit, tail=tail)


def _next_line(page: wire.LogPage) -> str | None:
    return None if page.complete else page.next


def _next_full(page: wire.LogPage) -> str | None:
    return page.next if page.lines and not page.complete else None
