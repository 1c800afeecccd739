"""The filter line of a queue's items: `state:error kind:business key:INV-7 words in their values`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from botyard.console.filters import MAX_QUERY, terms
from botyard.core import queues

GROUPS = {
    "failed": ("error", "abandoned", "timeout"),
    "open": ("pending", "processing"),
    "finished": ("done", "error", "abandoned", "timeout", "cancelled"),
}
STATES = tuple(str(state) for state in queues.State)
KINDS = ("business", "application", "system")


@dataclass(frozen=True)
class ItemFilter:
    """What a filter line asks for; `problems` are the parts that it could not read, in words."""

    query: str = ""
    states: tuple[str, ...] = ()
    kind: str | None = None
    key: str | None = None
    text: str | None = None
    problems: tuple[str, ...] = ()

    def found(self, *, among: tuple[str, ...] = STATES) -> dict[str, Any]:
        """Return the filter as the core's search takes it, with the states that are in `among`."""
        states = [state for state in self.states or among if state in among]
        every = not self.states and among == STATES
        return {"states": None if every else states, "error_kind": self.kind, "key": self.key, "text": self.text}


def parse(line: str) -> ItemFilter:
    """Read a filter line. Never fails: what it cannot read is named in `problems`."""
    line = " ".join(line[:MAX_QUERY].replace("\0", "").split())
    found = ItemFilter(query=line)
    words: list[str] = []
    for key, value in terms(line):
        if key == "state":
            found = _state(found, value)
        elif key == "kind":
            found = _kind(found, value.lower())
        elif key == "key":
            found = replace(found, key=value)
        else:
            words.append(f"{key}:{value}" if key else value)
    return replace(found, text=" ".join(words) or None)


def _state(found: ItemFilter, value: str) -> ItemFilter:
    states = list(found.states)
    for name in filter(None, value.lower().split(",")):
        if name not in STATES and name not in GROUPS:
            return _problem(found, f'"{name}" is not a state; states are {", ".join(STATES)}.')
        states += GROUPS.get(name, (name,))
    return replace(found, states=tuple(dict.fromkeys(states)))


def _kind(found: ItemFilter, value: str) -> ItemFilter:
    if value not in KINDS:
        return _problem(found, f'"{value}" is not a kind of error; kinds are {", ".join(KINDS)}.')
    return replace(found, kind=value)


def _problem(found: ItemFilter, words: str) -> ItemFilter:
    return replace(found, problems=(*found.problems, words))
