"""`botyard apply`: make a workspace agree with a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botyard.cli import options

if TYPE_CHECKING:
    from botyard.sdk import Botyard
    from botyard.wire import native as wire


def apply(
    *,
    file: Annotated[Path, typer.Argument(help="The workspace file, in YAML.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")] = False,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Make a workspace hold what a file declares; what the file does not mention stays as it is."""
    from botyard.cli import output, session

    document, lines = _read(file)
    with (
        output.progress("Comparing" if dry_run else "Applying"),
        session.connect(data=data, server=server, token=token, workspace=workspace) as yard,
    ):
        reply = yard.workspace.apply(document, file=str(file), lines=lines, dry_run=dry_run)
    if json:
        output.json(reply)
    else:
        report(reply)


def send(yard: Botyard, file: Path, *, name: str, dry_run: bool) -> wire.ApplyReply:
    """Apply a file that is called `name` in what errors say."""
    document, lines = _read(file)
    return yard.workspace.apply(document, file=name, lines=lines, dry_run=dry_run)


def _read(file: Path) -> tuple[dict[str, Any], dict[str, int]]:
    from botyard.cli import secret_values, workspace_code, workspace_file

    document, lines = workspace_file.read(file)
    document = secret_values.resolved(document, lines, file)
    return workspace_code.resolved(document, lines, file), lines


def report(reply: wire.ApplyReply) -> None:
    """Print what was changed, or would be."""
    for change in reply.changes:
        print(f"{'+' if change.action == 'create' else '~'} {change.kind} {change.name}")
        for name, (before, after) in change.fields.items():
            print(f"    {name}: {after!r}" if change.action == "create" else f"    {name}: {before!r} -> {after!r}")
    count = len(reply.changes)
    if not count:
        print("Nothing to change.")
    elif reply.dry_run:
        print(f"{count} {'change' if count == 1 else 'changes'} to make; nothing was changed.")
    else:
        print(f"{count} {'change' if count == 1 else 'changes'} made.")
