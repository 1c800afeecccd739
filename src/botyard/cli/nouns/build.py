"""From the description of a command to a function that typer takes: every call becomes one."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from typer.models import ArgumentInfo

from botyard.cli import options
from botyard.cli.nouns import completion, run, words
from botyard.cli.nouns.command import Command, Described
from botyard.cli.nouns.kinds import Kind, kind

P = inspect.Parameter
_COMMON = {"data", "server", "token", "workspace", "json", "yes", "file", "set", "output"}
_LIMIT = Annotated[int, typer.Option("--limit", min=1, help="How many to list at most.")]
_YES = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
_OUTPUT = Annotated[
    Path | None, typer.Option("--output", "-o", help="File to write; - or nothing for standard output.")
]
_FILE = Annotated[
    str | None, typer.Option("--file", help="The fields as a JSON object in a file, - for standard input.")
]
_SET = Annotated[
    list[str] | None,
    typer.Option("--set", help="A field as name=value, any number of times; JSON values are understood."),
]


def built(module: ModuleType, noun: str) -> typer.Typer:
    """Return the commands that a module describes for a noun."""
    described: Described = module.NOUNS[noun]
    app: typer.Typer = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)
    for name, command in described.commands.items():
        app.command(name)(function(described.calls, command, f"{noun} {name}"))
    for name, other in described.others.items():
        app.command(name)(other)
    return app


def function(calls: type, command: Command, name: str) -> Callable[..., None]:
    """Return a function that sends the call of a command with what was given on the command line."""
    face = vars(calls)[command.call]
    sent = [one for one in face.parameters() if one.name not in command.fixed]
    has_body = run.body_of(face) is not None
    plan = run.Plan(
        name=name, command=command, calls=calls, face=face, kinds={one.name: _kind(one, command) for one in sent}
    )
    taken = [
        _parameter(one, plan.kinds[one.name], in_body=_in_body(one, face), owner=calls)
        for one in sent
        if not _left_out(one, face)
    ]
    # What stands without a name comes first.
    taken.sort(key=lambda one: not isinstance(one.annotation.__metadata__[0], ArgumentInfo))
    taken += _further(command, face.way, has_body=has_body)

    def act(**given: Any) -> None:
        run.run(plan, given)

    act.__doc__ = command.help or inspect.cleandoc(face.__doc__ or "").partition("\n\n")[0]
    act.__name__ = name.replace(" ", "_").replace("-", "_")
    act.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
    act.__annotations__ = {one.name: one.annotation for one in taken}
    return act


def _kind(one: P, command: Command) -> Kind:
    if one.name in command.texts:
        return Kind(Path)
    return kind(one.annotation)


def _left_out(one: P, face: Any) -> bool:
    """Say whether something has no place on the command line: the body as a whole, or a name that is taken."""
    if one.name == "limit" and face.way == "iterate":
        return True
    return one.name == run.body_of(face) or (one.kind is P.KEYWORD_ONLY and one.name in _COMMON)


def _in_body(one: P, face: Any) -> bool:
    return face.struct is not None and one.kind is P.KEYWORD_ONLY


def _parameter(one: P, how: Kind, *, in_body: bool, owner: type) -> P:
    """Return what typer reads for a parameter: an argument for what has to be given, else an option."""
    required = one.default is P.empty
    argument = required or one.kind is not P.KEYWORD_ONLY
    type_: Any = types.GenericAlias(list, (how.type,)) if how.list else how.type
    hint = " As JSON, @FILE or -." if how.json else ""
    about = f"{words.about(one.name, how)}{hint}"
    if argument:
        complete = completion.of(one.name, owner)
        optional = in_body or not required
        annotation: Any = type_ | None if optional else type_
        info: Any = typer.Argument(help=about, show_default=False, autocompletion=complete)
        default: Any = None if optional else P.empty
        return P(one.name, P.KEYWORD_ONLY, default=default, annotation=Annotated[annotation, info])
    spelling = f"--{one.name.replace('_', '-')}"
    if how.type is bool:
        spelling += f"/--no-{one.name.replace('_', '-')}"
    info = typer.Option(spelling, help=about, show_default=False, autocompletion=completion.of(one.name, owner))
    return P(one.name, P.KEYWORD_ONLY, default=None, annotation=Annotated[type_ | None, info])


def _further(command: Command, way: str, *, has_body: bool) -> Sequence[P]:
    """Return the options that a command has besides those of its call."""
    found: list[tuple[str, Any, Any]] = []
    if has_body:
        found += [("file", _FILE, None), ("set", _SET, None)]
    if way == "iterate":
        found.append(("limit", _LIMIT, 50))
    if way == "fetch":
        found.append(("output", _OUTPUT, None))
    if command.asks:
        found.append(("yes", _YES, False))
    found += [
        ("data", options.Data, options.DEFAULT_DATA),
        ("server", options.Server, None),
        ("token", options.Token, None),
        ("workspace", options.Workspace, None),
    ]
    if way != "fetch":
        found.append(("json", options.Json, False))
    return [P(name, P.KEYWORD_ONLY, default=default, annotation=annotation) for name, annotation, default in found]
