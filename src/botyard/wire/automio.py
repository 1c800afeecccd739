"""What both ends know of the client library of Automio: how it is installed and which variables it reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

DIALECT = "automio"
#: The file that an action starts from.
ENTRY = "main.py"
#: The client that an action gets which asks for none.
CLIENT = "automio==0.1.6"
#: Where the cache service is, below the address of the server.
CACHE_PATH = "/cache"

#: Runs after the code of a plugin, so that also what it takes over from its interface counts.
_MISSING = """


def _botyard_missing(name):
    def missing(*_, **__):
        raise NotImplementedError(name)

    return missing


for _botyard_name in {names!r}:
    globals().setdefault(_botyard_name, _botyard_missing(_botyard_name))
"""
#: The vendor's clients, and the distributions that ours is in.
_VENDORS = frozenset({"automio", "robotnikai"})
_OURS = frozenset({"botyard-sdk", "botyard"})
#: What some of the vendor's clients import and do not ask for themselves.
_FORGOTTEN = "requests"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_REQUIREMENT = re.compile(
    rf"\s*({_NAME})\s*(?:\[\s*{_NAME}(?:\s*,\s*{_NAME})*\s*\])?"
    r"\s*((?:===|[<>=!~]=|[<>])\s*[0-9A-Za-z.*+!_-]+(?:\s*,\s*(?:===|[<>=!~]=|[<>])\s*[0-9A-Za-z.*+!_-]+)*)?\s*"
)


def is_requirement(line: str) -> bool:
    """Tell whether a line is a name with perhaps extras and versions: no option, address or file."""
    return len(line) <= 200 and _REQUIREMENT.fullmatch(line) is not None


def completed(lines: Sequence[str]) -> list[str]:
    """Return requirements with a client among them and with what a client needs; nothing is added twice."""
    names = {found for line in lines if (found := _name_of(line))}
    if names & _OURS and not names & _VENDORS:
        return list(lines)
    added = [] if names & _VENDORS else [CLIENT]
    return [*lines, *added, *([] if _FORGOTTEN in names else [_FORGOTTEN])]


def plugin_module(source: str, capabilities: Sequence[str]) -> str:
    """Return the source of a plugin's module: each capability that its code leaves out raises NotImplementedError.

    That is what clients take for "this plugin cannot do that" (contract f).
    """
    return source.rstrip("\n") + _MISSING.format(names=tuple(capabilities))


def _name_of(line: str) -> str | None:
    found = re.match(rf"\s*({_NAME})", line)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else None
