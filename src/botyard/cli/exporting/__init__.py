"""`botyard export`: a workspace as a workspace file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from botyard.cli import options


def export(
    *,
    file: Annotated[
        Path | None,
        typer.Argument(help="A file in YAML, or an archive when it ends in .zip; - for standard output."),
    ] = None,
    with_packages: Annotated[
        bool, typer.Option("--with-packages", help="Put the released packages into the archive, too.")
    ] = False,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Write a workspace as a file that botyard apply and botyard import understand.

    Secrets are not in it: it names environment variables in their place, and this command lists them. Code of actions
    and plugins lies in a folder beside the file, or in the archive.
    """
    from botyard.cli import output, session
    from botyard.cli.exporting import document, write
    from botyard.sdk.errors import Refused

    target = None if file is None or str(file) == "-" else file
    zipped = target is not None and target.suffix == ".zip"
    if with_packages and not zipped:
        raise Refused("Packages need an archive.", hint="Give a file that ends in .zip.")
    if json and target is None:
        raise Refused("With --json a file is needed.", hint="Name the file to write.")
    with (
        output.progress("Reading the workspace") as shown,
        session.connect(data=data, server=server, token=token, workspace=workspace, timeout=300.0) as yard,
    ):
        found = document.of(yard, code_folder="code" if zipped or target is None else f"{target.stem}-code")
        if target is None:
            write.to_output(found)
        elif zipped:
            shown.say(f"Writing {target}")
            write.to_archive(found, target, yard if with_packages else None)
        else:
            write.to_file(found, target)
    if json:
        output.json({"file": str(target), "variables": found.variables, "left_out": found.left_out})
        return
    for each in found.left_out:
        output.note(f"Left out: {each}")
    if found.variables:
        output.note(f"Set these before it is applied: {', '.join(found.variables)}")
    if target is not None:
        output.note(f"{target} is written.")
