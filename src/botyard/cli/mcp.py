"""`botyard mcp`: let an assistant look at work and start it."""

from __future__ import annotations

from typing import Annotated

import typer

from botyard.cli import options


def mcp(
    *,
    read_only: Annotated[bool, typer.Option("--read-only", help="Offer only tools that change nothing.")] = False,
    assistant: Annotated[
        str, typer.Option("--assistant", help="Name of the assistant, for the audit.", metavar="NAME")
    ] = "mcp",
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
) -> None:
    """Speak the Model Context Protocol on standard input and output, for assistants that start this command.

    Tools act with the key that is given: use one of the role that the assistant should have.
    """
    import asyncio

    from botyard.cli import session
    from botyard.mcp.server import serve

    address, secret = session.target(data, server, token)
    asyncio.run(serve(address, secret, workspace=workspace, looking_only=read_only, assistant=assistant))
