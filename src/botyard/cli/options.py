"""Options that several commands share, accepted after the command and its arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="BOTYARD_DATA",
        help="Data folder of a server on this machine, to act as its local administrator.",
        show_default=False,
    ),
]
Server = Annotated[
    str | None, typer.Option("--server", envvar="BOTYARD_SERVER", help="Address of a server; needs --token.")
]
Token = Annotated[str | None, typer.Option("--token", envvar="BOTYARD_TOKEN", help="Key for --server.")]
Workspace = Annotated[
    str | None, typer.Option("--workspace", help="Workspace to work in; the local administrator's choice.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value on standard output and nothing else.")]

DEFAULT_DATA = Path("botyard-data")
