"""`botyard deploy`: send a package to an automation."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from botyard.cli import options


class Dialect(StrEnum):
    """The kinds of package that a server runs."""

    BOTCITY = "botcity"
    BOTVELOCITY = "botvelocity"
    AUTOMIO = "automio"
    ELMA = "elma"
    PLAIN = "plain"


def deploy(
    *,
    path: Annotated[Path, typer.Argument(help="Folder of the bot, or a zip archive of it.", show_default=False)],
    automation: Annotated[str, typer.Option("--automation", help="Label; the automation is made when missing.")],
    dialect: Annotated[
        Dialect | None,
        typer.Option(
            "--dialect", help="What the package is; by default what its bot.py or bvproject.yaml says, else plain."
        ),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option("--version", help="By default the version that the package gives itself, else the next number."),
    ] = None,
    app: Annotated[
        str | None,
        typer.Option("--app", help="The app of an automio action, by id or slug; needed when there are several."),
    ] = None,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Store a package as a new version of an automation and release it.

    The same bytes again change nothing and return the version they have; other bytes under a version that
    exists are refused.
    """
    from botyard.cli import output, pack, session

    with output.progress(f"Packing {path}") as shown:
        archive = pack.pack(path)
        shown.say(f"Sending {len(archive) / 1024:,.0f} KiB to the server")
        with session.connect(data=data, server=server, token=token, workspace=workspace, timeout=300.0) as yard:
            kind = dialect.value if dialect else None
            done = yard.automations.deploy(automation, archive, version=version, dialect=kind, app=app)
    if json:
        output.json({"automation": done.automation, "version": done.version, "process": done.process})
        return
    what = "is released" if done.created else "has these bytes already and is released"
    print(f"Version {done.version} of {done.automation} ({done.dialect}) {what}.")
    print(f"Run it: botyard task run {done.automation}")
