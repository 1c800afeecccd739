"""Carrying out a command that is described as data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from botyard.cli.nouns import body, kinds, shown
from botyard.cli.nouns.command import Command
from botyard.cli.nouns.kinds import Kind

if TYPE_CHECKING:
    from botyard.sdk import Botyard

#: Arguments that hold values by name, and are given with --set and --file.
_BODIES = ("values", "secrets")


class Plan(NamedTuple):
    """A command with what was found out about its call."""

    name: str
    command: Command
    calls: type
    face: Any
    kinds: Mapping[str, Kind]


def body_of(face: Any) -> str | None:
    """Return what takes the fields of --set and --file: the name of a parameter, "" for a call's own, None for none."""
    if face.struct is not None:
        return ""
    names = [one.name for one in face.parameters()]
    return next((name for name in _BODIES if name in names), None)


def run(plan: Plan, given: dict[str, Any]) -> None:
    """Send the call of a command and show what came of it."""
    from botyard.cli import output, session

    reach = {name: given.pop(name) for name in ("data", "server", "token", "workspace")}
    own = {name: given.pop(name, None) for name in ("json", "yes", "file", "set", "output")}
    # A call that is no list may have a limit of its own.
    own["limit"] = given.pop("limit") if plan.face.way == "iterate" else None
    arguments = _arguments(plan, given, own)
    if plan.command.asks and not arguments.get("dry_run"):
        body.ask(plan.command.asks.format_map(_Known(arguments)), sure=bool(own["yes"]), machine=bool(own["json"]))
    streams = plan.face.way in ("follow", "fetch")
    with (
        nullcontext() if streams else output.progress(f"Running {plan.name}"),
        session.connect(**reach) as yard,
    ):
        answer = getattr(yard, plan.face.way)(_call(plan.face, arguments))
        _WAYS[plan.face.way](plan, yard, answer, arguments, own)


def _call(face: Any, arguments: Mapping[str, Any]) -> Any:
    """Return the call as data. What stands in its address comes in order, since the rest may be a body."""
    places = [name for name in body.places(face) if name in arguments]
    rest = {name: value for name, value in arguments.items() if name not in places}
    return face.build(*(arguments[name] for name in places), **rest)


def _arguments(plan: Plan, given: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the call takes."""
    typed = {name: _value(plan, name, value) for name, value in given.items() if value is not None}
    target = body_of(plan.face)
    fields = body.given(own["file"], own["set"]) if target is not None else {}
    if target:
        typed[target] = fields
    elif plan.face.struct is not None:
        typed = body.checked(plan.face, {**fields, **typed}, fixed=plan.command.fixed)
    if plan.face.way == "iterate" and _takes_limit(plan.face):
        typed["limit"] = own["limit"] + 1
    return {**typed, **plan.command.fixed}


def _takes_limit(face: Any) -> bool:
    return any(one.name == "limit" for one in face.parameters())


def _value(plan: Plan, name: str, value: Any) -> Any:
    how = plan.kinds[name]
    if name in plan.command.texts:
        return body.text(value)
    if how.file:
        return body.source(value)
    found = kinds.read(name, value, how)
    return [plan.command.single[name](found)] if name in plan.command.single else found


def _listed(plan: Plan, yard: Botyard, answer: Any, arguments: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    from botyard.cli import output

    del yard, arguments
    found = list(islice(answer, own["limit"] + 1))
    more = len(found) > own["limit"]
    found = found[: own["limit"]]
    if own["json"]:
        output.json(found)
    else:
        shown.listing(found, plan.command.columns)
    if more:
        output.note(f"There are more; --limit lists more than {own['limit']}.")


def _answered(plan: Plan, yard: Botyard, answer: Any, arguments: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    from botyard.cli import output

    del yard
    found = getattr(answer, plan.command.part) if plan.command.part and answer is not None else answer
    if own["json"]:
        output.json({"done": True} if answer is None else answer)
    elif plan.command.says and not arguments.get("dry_run"):
        print(plan.command.says.format_map(_Known({**arguments, **shown.fields(found)})))
    elif isinstance(found, list):
        shown.listing(found, plan.command.columns)
    else:
        shown.thing(found)
    if plan.command.once:
        output.note(plan.command.once)


def _fetched(plan: Plan, yard: Botyard, answer: Any, arguments: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    from botyard.cli import output

    del plan, yard, arguments
    target: Path | None = own["output"]
    if target is None or str(target) == "-":
        answer.copy_to(sys.stdout.buffer)
        sys.stdout.buffer.flush()
    else:
        output.note(f"{answer.save(target)} is written.")


def _followed(plan: Plan, yard: Botyard, answer: Any, arguments: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Print each thing as it happens, one line each, until it is stopped."""
    del yard, arguments
    for one in answer:
        shown.line(one, plan.command.columns, json=bool(own["json"]))


class _Known(dict[str, Any]):
    """Values for a sentence; one that is not known is left out."""

    def __missing__(self, key: str) -> str:
        return ""


_WAYS = {"iterate": _listed, "send": _answered, "fetch": _fetched, "follow": _followed, "run": _answered}
