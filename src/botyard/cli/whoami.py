"""`botyard whoami`: who the key stands for, and what that allows."""

from __future__ import annotations

from botyard.cli import options


def whoami(
    *,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Show who the key stands for, in which workspace, and what that allows."""
    from botyard.cli import output, session
    from botyard.cli.nouns import shown

    with session.connect(data=data, server=server, token=token, workspace=workspace) as yard:
        me = yard.users.me()
    if json:
        output.json(me)
    else:
        shown.thing(me)
