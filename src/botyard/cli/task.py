"""`botyard task`: run, show, cancel, and read the log."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, NamedTuple, TextIO

import typer

from botyard.cli import exits, options
from botyard.cli.nouns import completion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from botyard.cli.output import Progress
    from botyard.sdk import Botyard
    from botyard.sdk.calls import Call
    from botyard.wire import native as wire

_HOLD = 25.0
_LINES = 5000
TaskId = Annotated[int, typer.Argument(help="Number of the task.", min=1, show_default=False)]


def run(
    *,
    label: Annotated[
        str, typer.Argument(help="Label of the automation.", show_default=False, autocompletion=completion.label)
    ],
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="An input as name=value, any number of times; JSON values are understood."),
    ] = None,
    priority: Annotated[int | None, typer.Option("--priority", help="0 to 10; higher goes first.")] = None,
    not_before: Annotated[str | None, typer.Option("--not-before", help="Earliest start, as ISO 8601.")] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Return when the process has ended and its log is complete.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Print the log as it is written, and wait.")] = False,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Start an automation. With --wait or --follow the exit code is 1 when the task did not succeed."""
    from botyard.cli import output, params, session

    with session.connect(data=data, server=server, token=token, workspace=workspace) as yard:
        with output.progress("Starting"):
            given = params.read(param or [], yard.automations.get(label).parameters)
            task = yard.tasks.create(label, given, priority=priority, not_before=not_before)
        if not (wait or follow):
            _started(yard.tasks.get(task.id), json=json)
            return
        if not json:
            output.note(f"Task {task.id} of {label} is queued.")
        try:
            task = followed(yard, task.id, json=json) if follow else _awaited(yard, task.id)
        except KeyboardInterrupt:
            output.note(f"Stopped waiting; task {task.id} goes on. Cancel it with: botyard task cancel {task.id}")
            raise typer.Exit(exits.INTERRUPTED) from None
    ended(task, json=json)


def show(
    *,
    task_id: TaskId,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Show one task."""
    from botyard.cli import output
    from botyard.sdk.concepts.tasks import Tasks

    task = _Reach(data, server, token, workspace).send("Reading", Tasks.get(task_id))
    if json:
        output.json(task)
    else:
        output.table(_rows(task))


def cancel(
    *,
    task_id: TaskId,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Cancel a task; its process, when there is one, is stopped."""
    from botyard.cli import output
    from botyard.sdk.concepts.tasks import Tasks

    task = _Reach(data, server, token, workspace).send("Cancelling", Tasks.cancel(task_id))
    if json:
        output.json(task)
    elif task.state == "cancelled":
        print(f"Task {task.id} is cancelled.")
    else:
        print(f"Task {task.id} had ended before: it is {task.state}.")


def rotate_token(
    *,
    task_id: TaskId,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Have the token of a running Bot Velocity task replaced; the bot goes on with the new one."""
    from botyard.cli import output
    from botyard.sdk.concepts.tasks import Tasks

    task = _Reach(data, server, token, workspace).send("Asking", Tasks.rotate_token(task_id))
    if json:
        output.json(task)
    else:
        print(f"The runner of task {task.id} fetches another token; the present one ends a minute later.")


def logs(
    *,
    task_id: TaskId,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until the log is complete.")] = False,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Print the lines of a task as the bot wrote them."""
    from botyard.cli import output, session

    with session.connect(data=data, server=server, token=token, workspace=workspace) as yard:
        if json:
            lines: list[wire.LineView] = []
            dropped = 0
            for page in _log_pages(yard, task_id, follow=follow):
                lines += page.lines
                dropped = page.dropped
            output.json({"lines": lines, "dropped": dropped})
        else:
            _print_log(yard, task_id, follow=follow)


class _Reach(NamedTuple):
    """The server that a command was told to talk to."""

    data: Path
    server: str | None
    token: str | None
    workspace: str | None

    def send(self, doing: str, call: Call[wire.TaskView]) -> wire.TaskView:
        """Send one call, saying meanwhile what is being done."""
        from botyard.cli import output, session

        with output.progress(doing), session.connect(**self._asdict()) as yard:
            return yard.send(call)


def _awaited(yard: Botyard, task_id: int) -> wire.TaskView:
    from botyard.cli import output

    with output.progress(f"Task {task_id} is queued") as shown:
        wait = 1.0
        while True:
            task = yard.tasks.get(task_id, wait=wait)
            if task.settled:
                return task
            shown.say(_status(task))
            wait = _HOLD if task.state == "running" else 2.0


def followed(yard: Botyard, task_id: int, *, json: bool) -> wire.TaskView:
    """Print the log of a task until it is complete, and return the task."""
    from botyard.cli import output

    with output.progress(f"Waiting for task {task_id}") as shown:
        _print_log(yard, task_id, follow=True, target=sys.stderr if json else sys.stdout, shown=shown)
    return yard.tasks.get(task_id)


def _print_log(
    yard: Botyard, task_id: int, *, follow: bool, target: TextIO | None = None, shown: Progress | None = None
) -> None:
    """Print a log as the bot wrote it; what runner and server have to say goes to standard error."""
    from botyard.cli import output

    dropped = 0
    for page in _log_pages(yard, task_id, follow=follow):
        dropped = page.dropped
        if page.lines and shown is not None:
            shown.hide()
        for line in page.lines:
            if line.stream in ("runner", "server"):
                print(f"[{line.stream}] {line.text}", file=sys.stderr)
            else:
                print(line.text, file=target or sys.stdout)
        (target or sys.stdout).flush()
    if dropped:
        output.note(f"{dropped:,} more lines were not kept: the log was full.")


def _log_pages(yard: Botyard, task_id: int, *, follow: bool) -> Iterator[wire.LogPage]:
    """Yield a task's log page by page; with `follow` until it is complete, else up to its present end."""
    after = None
    while True:
        page = yard.tasks.log_page(task_id, after=after, wait=_HOLD if follow else 0.0, limit=_LINES)
        yield page
        if page.complete or (not follow and not page.lines):
            return
        after = page.next


def _status(task: wire.TaskView) -> str:
    if task.state == "queued" and task.waiting:
        return f"Task {task.id} waits: {task.waiting[0]}"
    return f"Task {task.id} is {task.state}"


def _started(task: wire.TaskView, *, json: bool) -> None:
    from botyard.cli import output

    if json:
        output.json(task)
        return
    print(f"Task {task.id} of {task.automation} is {task.state}.")
    for reason in task.waiting[:3]:
        print(f"  {reason}")
    print(f"Follow it: botyard task logs {task.id} --follow")


def ended(task: wire.TaskView, *, json: bool) -> None:
    """Say how a task ended; the exit code is 1 unless it succeeded."""
    from botyard.cli import output

    if json:
        output.json(task)
    else:
        output.note(f"Task {task.id} {task.state}{f': {task.message}' if task.message else ''}.".replace("..", "."))
    if task.state != "succeeded":
        raise typer.Exit(exits.TASK_NOT_SUCCEEDED)


def _rows(task: wire.TaskView) -> list[tuple[str, object]]:
    flags = [name for name in ("interrupted", "killed", "overdue", "test") if getattr(task, name)]
    items = None
    if task.total_items is not None:
        items = f"{task.processed_items} processed, {task.failed_items} failed, {task.total_items} in all"
    return [
        ("Task", task.id),
        ("Automation", task.automation),
        ("State", ", ".join([task.state, *flags])),
        ("Message", task.message),
        ("Waiting", "; ".join(task.waiting)),
        ("Priority", task.priority),
        ("Parameters", task.parameters),
        ("Output", task.output),
        ("Items", items),
        ("Attempts", task.attempts),
        ("Runner", task.runner),
        ("Version", task.package_version),
        ("Created", f"{task.created_at} by {task.created_by}"),
        ("Not before", task.not_before),
        ("Started", task.started_at),
        ("Finished", task.finished_at),
    ]
