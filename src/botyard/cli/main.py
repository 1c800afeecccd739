"""The command `botyard`: puts the commands together and turns what goes wrong into one sentence and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperGroup

from botyard import __version__
from botyard.cli import (
    apply,
    completion,
    connect,
    deploy,
    doctor,
    exits,
    exporting,
    importing,
    logs,
    mcp,
    migrate_bot,
    runner,
    top,
    up,
    vault,
    whoami,
)
from botyard.cli.nouns.lazy import nouns

app = typer.Typer(
    name="botyard",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Run automations: a server with a console, runners, and the tools to work with them.",
    epilog="Exit codes: 0 done, 1 the task did not succeed, 2 wrong usage, 3 refused, 4 no server, 130 stopped.",
)


def _version(*, wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=lambda value: _version(wanted=value), is_eager=True, help="Show it.")
    ] = False,
) -> None:
    pass


app.command("up")(up.up)
app.command("connect")(connect.connect)
app.command("deploy")(deploy.deploy)
app.command("apply")(apply.apply)
app.command("export")(exporting.export)
app.command("import")(importing.import_)
app.command("runner")(runner.runner)
app.command("logs")(logs.logs)
app.command("top")(top.top)
app.command("doctor")(doctor.doctor)
app.command("whoami")(whoami.whoami)
app.command("mcp")(mcp.mcp)
app.command("migrate-bot")(migrate_bot.migrate_bot)
app.command("completion")(completion.completion)
app.add_typer(vault.app, name="vault")


def command() -> TyperGroup:
    """Return the whole command line; what nouns it has is known, what they can do is loaded when they are used."""
    group = typer.main.get_group(app)
    for noun in nouns():
        group.add_command(noun)
    return group


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    if "_BOTYARD_COMPLETE" in os.environ:
        completion.prepare()
    try:
        code = command().main(arguments, prog_name="botyard", standalone_mode=False)
    except ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        _say("Stopped.")
        sys.exit(exits.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does: not an error, and nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(exits.OK)
    except Exception as error:  # noqa: BLE001 -- told in one sentence when expected, raised on when not
        sys.exit(_failed(error))
    sys.exit(code if isinstance(code, int) else exits.OK)


def _failed(error: Exception) -> int:
    """Say what happened in one sentence and return the exit code; what nobody expected is raised on."""
    from botyard.base.exceptions import BotyardError
    from botyard.sdk.errors import CallError, Unavailable

    if isinstance(error, CallError | BotyardError):
        _say(f"Error: {_sentences(error)}")
        return exits.UNREACHABLE if isinstance(error, Unavailable) else exits.REFUSED
    if isinstance(error, UnicodeEncodeError):
        _say("Error: A value on the command line is not valid UTF-8. Write it in UTF-8.")
        return exits.REFUSED
    if isinstance(error, OSError):
        _say(f"Error: {error.strerror or error}{f': {error.filename}' if error.filename else ''}.")
        return exits.REFUSED
    raise error


def _sentences(error: Any) -> str:
    return f"{error.message} {error.hint}".rstrip()


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
