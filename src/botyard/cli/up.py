"""`botyard up`: start a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def up(
    *,
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on; 127.0.0.1 unless set.", show_default=False)
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on; 8080 unless set.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Data folder; ./botyard-data unless set.", show_default=False)
    ] = None,
    database: Annotated[
        str | None, typer.Option("--database", help="postgresql:// address; SQLite in the data folder unless set.")
    ] = None,
    elma_port: Annotated[
        int | None,
        typer.Option(
            "--elma-port",
            help="Another port that answers callers of ELMA RPA's task queue and nothing else.",
            show_default=False,
        ),
    ] = None,
    no_runner: Annotated[bool, typer.Option("--no-runner", help="Start no runner on this machine.")] = False,
) -> None:
    """Start the server, its console and a runner; stop with Ctrl-C.

    Every option can be set by an environment variable as well: BOTYARD_HOST, BOTYARD_PORT, BOTYARD_DATA,
    BOTYARD_DATABASE, BOTYARD_ADMIN_PASSWORD and those in docs/configuration.md.
    """
    from botyard.base.settings import Settings
    from botyard.server.serve import serve

    settings = Settings.load(
        host=host,
        port=port,
        data=data,
        database=database,
        elma_port=elma_port,
        runner=False if no_runner else None,
    )
    raise typer.Exit(serve(settings))
