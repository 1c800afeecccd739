"""The tasks' filter line: `state:failed automation:invoices older:2h late report`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from botyard.base import clock

#: What `state:` accepts besides the states themselves.
GROUPS = {
    "waiting": ("preparing", "queued"),
    "active": ("leased", "running"),
    "unfinished": ("preparing", "queued", "leased", "running"),
    "finished": ("succeeded", "partial", "failed", "cancelled"),
}
TASK_STATES = ("preparing", "queued", "leased", "running", "succeeded", "partial", "failed", "cancelled")
_TERM = re.compile(r'(?:(\w+):)?("[^"]*"|\S+)')
_AGE = re.compile(r"(\d{1,6})(m|min|h|d)")
_UNITS = {"m": clock.MINUTE, "min": clock.MINUTE, "h": clock.HOUR, "d": clock.DAY}
MAX_QUERY = 500


@dataclass(frozen=True)
class Filter:
    """What a filter line asks for; `problems` are the parts that it could not read, in words."""

    query: str = ""
    states: tuple[str, ...] = ()
    automation: str | None = None
    text: str | None = None
    runner: str | None = None
    newer: int | None = None
    older: int | None = None
    problems: tuple[str, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """Whether every task matches."""
        return not self.query


def parse(line: str) -> Filter:
    """Read a filter line. Never fails: what it cannot read is named in `problems`."""
    line = " ".join(line[:MAX_QUERY].replace("\0", "").split())
    found = Filter(query=line)
    words: list[str] = []
    for key, raw in _TERM.findall(line):
        value = raw.strip('"')
        if key in _READERS:
            found = _READERS[key](found, value)
        else:
            words.append(f"{key}:{value}" if key else value)
    return replace(found, text=" ".join(words) or None)


def _state(found: Filter, value: str) -> Filter:
    states = list(found.states)
    for name in value.lower().split(","):
        if name in GROUPS:
            states += GROUPS[name]
        elif name in TASK_STATES:
            states.append(name)
        elif name:
            return _problem(found, f'"{name}" is not a state; states are {", ".join(TASK_STATES)}.')
    return replace(found, states=tuple(dict.fromkeys(states)))


def _age(found: Filter, value: str, name: str) -> Filter:
    match = _AGE.fullmatch(value.lower())
    if match is None:
        return _problem(found, f'"{name}:{value}" is not an age; write {name}:30m, {name}:2h or {name}:7d.')
    length = int(match.group(1)) * _UNITS[match.group(2)]
    return replace(found, newer=length) if name == "newer" else replace(found, older=length)


def _problem(found: Filter, words: str) -> Filter:
    return replace(found, problems=(*found.problems, words))


_READERS: dict[str, Callable[[Filter, str], Filter]] = {
    "state": _state,
    "automation": lambda found, value: replace(found, automation=value),
    "runner": lambda found, value: replace(found, runner=value),
    "newer": lambda found, value: _age(found, value, "newer"),
    "older": lambda found, value: _age(found, value, "older"),
}


def terms(line: str) -> list[tuple[str, str]]:
    """Return the words of a filter line with the key before each, empty for a plain word."""
    return [(key, raw.strip('"')) for key, raw in _TERM.findall(line)]


def address(path: str, **query: object) -> str:
    """Return `path` with the parts of the query that say something."""
    said = {key: value for key, value in query.items() if value not in (None, "", ())}
    return f"{path}?{urlencode(said)}" if said else path


def with_term(line: str, key: str, value: str | None) -> str:
    """Return a filter line with its `key:` term replaced, or removed when `value` is None."""
    kept = [f"{name}:{raw}" if name else raw for name, raw in _TERM.findall(line) if name != key]
    if value:
        kept.insert(0, f'{key}:"{value}"' if " " in value else f"{key}:{value}")
    return " ".join(kept)
