"""What describes a command: the call that it sends, and how its answer is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command of a noun. Its arguments and options are those of the call, which is where they are written."""

    #: The name of the call in the class of the noun.
    call: str
    #: What the command does; else what the call says.
    help: str = ""
    #: Fields of what is listed, separated by spaces; "total" may follow the name of a heading as `Items=total`.
    columns: str = ""
    #: The field of the answer that is meant.
    part: str = ""
    #: A sentence about what was done, with arguments and fields of the answer in braces.
    says: str = ""
    #: What is asked before something that cannot be undone; needs --yes where nobody can answer.
    asks: str = ""
    #: What `says` to add about a secret that is shown once.
    once: str = ""
    #: Arguments that are always the same.
    fixed: Mapping[str, Any] = field(default_factory=dict)
    #: Texts that are given as files.
    texts: tuple[str, ...] = ()
    #: Lists in which one value is given at a time: each becomes a list of one.
    single: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Described:
    """The commands of a noun by name, and the class whose calls they send."""

    calls: type
    commands: Mapping[str, Command]
    #: Commands of another kind, as functions.
    others: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


SHOW = Command(call="get")


def removal(what: str, call: str = "delete") -> Command:
    """Return the command that removes one thing for good; `what` names it, with arguments in braces."""
    return Command(call=call, asks=f"Delete {what}?", says=f"{what[:1].upper()}{what[1:]} is deleted.")
