"""The log of a task as one text (contract 7): its last lines, and at the end why it failed."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from botyard.base import clock
from botyard.core.logs import Line
from botyard.core.systems import TaskReport
from botyard.core.tasks import State, Task

BOT, RUNNER, SERVER = "Botyard.Bot", "Botyard.Runner", "Botyard.Server"
#: Who writes which stream of a log; all others are the bot's.
_COMPONENTS = MappingProxyType({"runner": RUNNER, "server": SERVER})

#: By the first letters of the bot's own word for how serious a line is.
_LEVELS = MappingProxyType(
    {
        "TRAC": "VRB",
        "VERB": "VRB",
        "VRB": "VRB",
        "DEBU": "DBG",
        "DBG": "DBG",
        "WARN": "WRN",
        "WRN": "WRN",
        "ERR": "ERR",
        "FATA": "FTL",
        "FTL": "FTL",
        "CRIT": "FTL",
    }
)
_MOST = 10_000


def render(report: TaskReport) -> str:
    """Return the text; each line ends with a line break."""
    return "".join(_lines(report))


def _lines(report: TaskReport) -> Iterator[str]:
    if report.cut:
        yield _line("INF", report.lines[0].at, SERVER, "Earlier lines are left out; Botyard's console has them all.")
    last = _words(report.task.message) if report.task.state is State.FAILED else None
    for line in report.lines:
        component = _COMPONENTS.get(line.stream, BOT)
        if component is not BOT and _words(line.text) == last:
            continue  # the end says it
        # A bot's message may have several lines; each reads like one of its own.
        for part in line.text.splitlines() or [""]:
            yield _line(_level(line), line.at, component, part)
    yield from _end(report.task)


def _end(task: Task) -> Iterator[str]:
    """Yield the line that says how the task ended, where that is not plain."""
    at = task.finished_at or task.updated_at
    message = _words(task.message)
    if task.state is State.CANCELLED:
        told = message if message.startswith("cancelled") else f"cancelled: {message}"
        yield _line("ERR", at, SERVER, f"The task was {told.rstrip(': ')}")
    elif task.state is State.FAILED:
        yield _line("ERR", at, SERVER, f"The task failed: {message or 'its bot did not say why.'}")
    elif task.state is State.PARTIAL:
        yield _line("WRN", at, SERVER, f"The task was done in part: {message or 'its bot did not say more.'}")


def _words(text: str | None) -> str:
    return " ".join((text or "").split())[:_MOST]


def _level(line: Line) -> str:
    if line.level is None:
        return "WRN" if line.stream == "stderr" else "INF"
    word = line.level.strip().upper()
    return next((level for begin, level in _LEVELS.items() if word.startswith(begin)), "INF")


def _line(level: str, at: int, component: str, text: str) -> str:
    return f"[{level}] {clock.to_datetime(at).strftime('%Y/%m/%d %H:%M:%S')} | [{component}] | {text}\n"
