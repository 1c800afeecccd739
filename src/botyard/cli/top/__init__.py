"""`botyard top`: what goes on in a workspace, live in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from botyard.cli import options


def top(
    *,
    once: Annotated[bool, typer.Option("--once", help="Print one frame and end.")] = False,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Show running and waiting tasks, queues, runners and the latest faults, live; q ends it."""
    from botyard.cli import output, session
    from botyard.cli.top import board, live

    with session.connect(data=data, server=server, token=token, workspace=workspace) as yard:
        if json:
            output.json(board.look(yard))
        elif once or not live.is_terminal():
            live.print_once(board.look(yard))
        else:
            live.show(yard)
