"""`botyard connect`: make a key for a client, or a join code for runners."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from botyard.cli import options


class Dialect(StrEnum):
    """What can be connected."""

    BOTCITY = "botcity"
    MAESTRO_CLIENT = "maestro-client"
    BOTVELOCITY = "botvelocity"
    AUTOMIO = "automio"
    ELMA = "elma"
    RUNNER = "runner"


def connect(
    *,
    dialect: Annotated[Dialect, typer.Argument(help="The client library that connects, or a runner.")],
    name: Annotated[str | None, typer.Option("--name", help="What the key is called in lists.")] = None,
    expires: Annotated[
        str | None,
        typer.Option("--expires", help="When the key ends, such as 90d, 12h or 2030-01-31; by default never."),
    ] = None,
    app: Annotated[
        str | None,
        typer.Option("--app", help="The app that automio connects to, by id or slug; needed when there are several."),
    ] = None,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Make a key for a client library, or a join code for runners, and show it this once."""
    from msgspec import to_builtins

    from botyard.cli import output, session

    with (
        output.progress("Making a key"),
        session.connect(data=data, server=server, token=token, workspace=workspace) as yard,
    ):
        made = yard.workspace.connect(dialect=dialect.value, name=name, expires=_moment(expires), app=app)
    values = to_builtins(made)
    if json:
        output.json(values)
        return
    _explain(dialect, values)


def _explain(dialect: Dialect, values: dict[str, Any]) -> None:
    from botyard.cli import output

    if dialect is Dialect.RUNNER:
        print("Start any number of runners with this command within the next ten minutes:")
        print(f"  botyard runner --server {values['server']} --token {values['token']}")
        return
    if dialect is Dialect.AUTOMIO:
        print("\n".join(f"{name}={value}" for name, value in values["env"].items()))
        output.note("Keep this as .env beside the program. The token is shown only now; make another when it is lost.")
        return
    output.table([(name, _shown(value)) for name, value in values.items()])
    output.note("The key is shown only now. Keep it secret; make another with the same command when it is lost.")


def _shown(value: Any) -> str:
    """Return a value as a person copies it; an object is the content of a file."""
    from json import dumps

    return value if isinstance(value, str) else dumps(value)


def _moment(text: str | None) -> str | None:
    """Return a moment as the server wants it; 90d and 12h count from now. What else it is, the server judges."""
    import re
    from datetime import UTC, datetime, timedelta

    match = re.fullmatch(r"([0-9]{1,5})([dhms])", text or "")
    if match is None:
        return text
    unit = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}[match[2]]
    return (datetime.now(UTC) + timedelta(**{unit: int(match[1])})).isoformat()
