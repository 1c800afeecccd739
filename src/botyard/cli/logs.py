"""`botyard logs`: the lines of a task, and with `-f` how it ended."""

from __future__ import annotations

from typing import Annotated

import typer

from botyard.cli import options, task


def logs(
    *,
    task_id: task.TaskId,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the task has ended, and say how.")
    ] = False,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Print the lines of a task as the bot wrote them. With -f the exit code is 1 when it did not succeed."""
    if not follow:
        task.logs(task_id=task_id, data=data, server=server, token=token, workspace=workspace, json=json)
        return
    from botyard.cli import session

    with session.connect(data=data, server=server, token=token, workspace=workspace) as yard:
        ended = task.followed(yard, task_id, json=json)
    task.ended(ended, json=json)
