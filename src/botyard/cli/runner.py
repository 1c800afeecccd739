"""`botyard runner`: run bots for a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def runner(
    *,
    server: Annotated[str, typer.Option("--server", envvar="BOTYARD_SERVER", help="Address of the server.")],
    token: Annotated[
        str | None,
        typer.Option("--token", envvar="BOTYARD_TOKEN", help="Join code from botyard connect runner; needed once."),
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", help="Take also tasks of automations that ask for this label.")
    ] = None,
    slots: Annotated[int, typer.Option("--slots", min=1, max=256, help="How many bots may run at once.")] = 1,
    name: Annotated[str | None, typer.Option("--name", help="Shown in the console; by default the machine's.")] = None,
    work: Annotated[
        Path, typer.Option("--work", help="Working directory; keeps the runner's identity and its caches.")
    ] = Path("botyard-runner"),
) -> None:
    """Take tasks from a server and run their bots on this machine, until stopped with Ctrl-C."""
    from botyard.runner.__main__ import main

    arguments = ["--server", server, "--slots", str(slots), "--work", str(work)]
    for option, value in (("--token", token), ("--label", label), ("--name", name)):
        arguments += [option, value] if value else []
    raise typer.Exit(main(arguments))
