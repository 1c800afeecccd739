"""`botyard doctor`: what is wrong with a server, or with the way to it, and what to do."""

from __future__ import annotations

from typing import Annotated

import typer

from botyard.cli import exits, options


def doctor(
    *,
    database: Annotated[
        str | None,
        typer.Option("--database", envvar="BOTYARD_DATABASE", help="The server's database, unless it is SQLite."),
    ] = None,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Look whether a server and all around it is well, and say what to do where it is not.

    With --server the server alone is looked at, else also the data folder on this machine. The exit code is 1 when
    something is bad.
    """
    from botyard.cli import output
    from botyard.cli.doctor import local, remote

    with output.progress("Looking"):
        found = [] if server or token else local.look(data, database)
        found += remote.look(data=data, server=server, token=token, workspace=workspace)
    if json:
        output.json(found)
    else:
        for check in found:
            print(f"{check.verdict:<4}  {check.name}: {check.text}")
            if check.hint:
                print(f"      {check.hint}")
    if any(check.verdict == "bad" for check in found):
        raise typer.Exit(exits.TASK_NOT_SUCCEEDED)
