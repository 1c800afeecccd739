"""A piece of a task's log as the page shows it: tail first, earlier and later pieces on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from botyard.base.exceptions import Invalid
from botyard.console import terminal
from botyard.console.filters import address
from botyard.core import logs, tasks
from botyard.storage import Tx

TAIL = 500
_MAX_FIND = 200
#: The streams of a log, and what the filter calls them.
STREAMS = {
    "": "All streams",
    "log": "messages",
    "stdout": "stdout",
    "stderr": "stderr",
    "runner": "runner",
    "server": "server",
}
_ERRORS = ("ERROR", "ERR", "CRITICAL", "FATAL", "FTL", "SEVERE", "ALERT", "EMERGENCY")
_WARNINGS = ("WARN", "WARNING", "WRN")
_DETAILS = ("DEBUG", "DBG", "TRACE", "VERBOSE", "VRB", "NOTSET")
#: What the filter of levels offers: its words, and the levels in capitals.
LEVELS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("All levels", ()),
    "warn": ("warnings and errors", (*_WARNINGS, *_ERRORS)),
    "error": ("errors", _ERRORS),
}


class LogLine(NamedTuple):
    """One line, ready to be shown."""

    key: str
    epoch: int
    number: str
    at: int
    stream: str
    level: str | None
    runs: list[terminal.Run]
    new_attempt: bool

    @property
    def tone(self) -> str:
        """The class that its level is shown with."""
        word = (self.level or "").upper()
        return "bad" if word in _ERRORS else "warn" if word in _WARNINGS else "low" if word in _DETAILS else "plain"


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A run of lines; `earlier` and `later` are where the log goes on, None at its ends."""

    lines: list[LogLine]
    find: str = ""
    stream: str = ""
    level: str = ""
    earlier: str | None = None
    later: str | None = None
    first: str = ""
    last: str = ""
    nothing: str = "The bot has written nothing yet."

    @property
    def narrowed(self) -> bool:
        """Whether only lines that match a search are shown."""
        return bool(self.find or self.stream or self.level)


class Wish(NamedTuple):
    """Which piece is asked for."""

    find: str = ""
    stream: str = ""
    level: str = ""
    before: logs.Position | None = None
    after: logs.Position | None = None


def wish_of(query: Mapping[str, str]) -> Wish:
    """Return what the query asks for. Raises Invalid for a place that is none."""
    stream, level = query.get("stream", ""), query.get("level", "")
    return Wish(
        find=query.get("find", "").replace("\0", "")[:_MAX_FIND],
        stream=stream if stream in STREAMS else "",
        level=level if level in LEVELS else "",
        before=_position(query["before"], "before") if query.get("before") else None,
        after=_position(query["after"], "after") if query.get("after") else None,
    )


def piece(tx: Tx, *, workspace_id: int, task_id: int, wish: Wish) -> Piece:
    """Return the asked piece of a log; without a place, its end, or the first matches of a search.

    Raises NotFound for a task that is not in the workspace: it does not look like one without a log.
    """
    tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    where: dict[str, Any] = {"workspace_id": workspace_id, "task_id": task_id}
    if wish.find or wish.stream or wish.level:
        found = logs.search(
            tx,
            **where,
            text=wish.find,
            stream=wish.stream or None,
            levels=LEVELS[wish.level][1],
            after=wish.after or _START,
            limit=TAIL + 1,
        )
        return _piece(found[:TAIL], wish, task_id=task_id, more_after=len(found) > TAIL)
    if wish.after is not None:
        found = logs.follow(tx, **where, after=wish.after, limit=TAIL + 1)
        return _piece(found[:TAIL], wish, task_id=task_id, more_after=len(found) > TAIL)
    found = logs.tail(tx, **where, before=wish.before or _END, limit=TAIL + 1)
    return _piece(found[-TAIL:], wish, task_id=task_id, more_before=len(found) > TAIL)


_START = logs.Position(0, 0)
_END = logs.Position(2**53, 2**53)


def _piece(
    found: Sequence[logs.Line], wish: Wish, *, task_id: int, more_before: bool = False, more_after: bool = False
) -> Piece:
    lines = []
    epoch = wish.after.epoch if wish.after is not None else 0
    for line in found:
        key = f"{line.epoch}.{line.seq}"
        new = line.epoch != epoch and (epoch != 0 or line.epoch > 1 or line.seq == 1)
        lines.append(
            LogLine(key, line.epoch, line.number, line.at, line.stream, line.level, terminal.runs(line.text), new)
        )
        epoch = line.epoch
    base = f"/tasks/{task_id}/log"
    asked = {"find": wish.find, "stream": wish.stream, "level": wish.level}
    return Piece(
        lines=lines,
        find=wish.find,
        stream=wish.stream,
        level=wish.level,
        first=lines[0].key if lines else "",
        last=lines[-1].key if lines else "",
        earlier=address(base, **asked, before=lines[0].key) if more_before else None,
        later=address(base, **asked, after=lines[-1].key) if more_after else None,
    )


def _position(text: str, name: str) -> logs.Position:
    epoch, dot, seq = text.partition(".")
    fits = all(part.isascii() and part.isdigit() and len(part) < 16 for part in (epoch, seq))
    if not (dot and fits):
        raise Invalid(f'"{name}" is not a place in a log.', hint="Write attempt.line, such as 1.500.", field=name)
    return logs.Position(int(epoch), int(seq))
