"""How the console writes times, sizes, counts and states. Pure functions; the templates' filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from botyard.base import clock

_THIN = "\u202f"


class Word(NamedTuple):
    """A state as the reader sees it: the tone picks the colour, the dot moves while it is live."""

    word: str
    tone: str
    live: bool = False
    hollow: bool = False


STATES: dict[str, Word] = {
    "preparing": Word("preparing", "waiting", hollow=True),
    "queued": Word("queued", "waiting", hollow=True),
    "leased": Word("starting", "running", hollow=True),
    "running": Word("running", "running", live=True),
    "succeeded": Word("succeeded", "succeeded"),
    "partial": Word("partial", "partial"),
    "failed": Word("failed", "failed"),
    "cancelled": Word("cancelled", "cancelled"),
    "lost": Word("lost", "overdue"),
    "released": Word("given back", "cancelled"),
    # Items of queues
    "pending": Word("pending", "waiting", hollow=True),
    "processing": Word("in work", "running", live=True),
    "done": Word("done", "succeeded"),
    "abandoned": Word("abandoned", "overdue"),
    "timeout": Word("timed out", "overdue"),
    # Messages, and firings of schedules
    "sent": Word("sent", "succeeded"),
    "held": Word("held", "overdue", hollow=True),
    "started": Word("started", "succeeded"),
    "skipped": Word("skipped", "partial", hollow=True),
    "missed": Word("missed", "overdue"),
    # Systems
    "request": Word("requested", "waiting", hollow=True),
    "locked": Word("locked", "failed", hollow=True),
    # Verdicts of the audit, and systems
    "allowed": Word("allowed", "succeeded"),
    "denied": Word("denied", "failed"),
}
LEVELS: dict[str, Word] = {
    "info": Word("info", "running"),
    "warn": Word("warning", "partial"),
    "error": Word("error", "failed"),
}
UNFINISHED = ("preparing", "queued", "leased", "running")


def state_word(state: str) -> Word:
    """Return how a task's, attempt's or alert's state is shown; an unknown one is shown as it is."""
    return STATES.get(state) or LEVELS.get(state) or Word(state, "waiting")


def duration(micros: int | None) -> str:
    """Return a length of time in its two largest units: `640 ms`, `12.4 s`, `1 m 12 s`, `2 h 05 m`, `3 d 4 h`."""
    if micros is None:
        return "–"
    micros = max(0, micros)
    if micros < clock.SECOND:
        return f"{micros // 1000} ms"
    tenths = micros // 100_000
    if tenths < 600:
        return f"{tenths / 10:.1f} s"
    seconds = micros // clock.SECOND
    if seconds < 3600:
        return f"{seconds // 60} m {seconds % 60:02d} s"
    minutes = seconds // 60
    if minutes < 1440:
        return f"{minutes // 60} h {minutes % 60:02d} m"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"


def ago(moment: int | None, now: int) -> str:
    """Return a moment relative to `now`: `just now`, `12 s ago`, `3 min ago`, `in 2 h`."""
    if moment is None:
        return "never"
    distance = now - moment
    if abs(distance) < 5 * clock.SECOND:
        return "just now"
    words = _rough(abs(distance))
    return f"{words} ago" if distance > 0 else f"in {words}"


def _rough(micros: int) -> str:
    seconds = micros // clock.SECOND
    if seconds < 90:
        return f"{seconds} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 36 * 3600:
        return f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86400)} d"


def absolute(moment: int | None) -> str:
    """Return a moment in full, in UTC; the browser replaces it by the reader's own zone."""
    if moment is None:
        return ""
    return clock.to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S UTC")


def clock_time(moment: int) -> str:
    """Return the time of day with milliseconds, for log lines."""
    return clock.to_datetime(moment).strftime("%H:%M:%S.%f")[:-3]


def iso(moment: int) -> str:
    """Return a moment as the machine-readable half of a <time>."""
    return clock.iso(moment)


def number(value: int) -> str:
    """Return a count with thin spaces between thousands."""
    return f"{value:,}".replace(",", _THIN)


def count_of(value: int, noun: str, plural: str | None = None) -> str:
    """Return `1 task`, `2 tasks`."""
    return f"{number(value)} {noun if value == 1 else plural or noun + 's'}"


def size(value: int | None) -> str:
    """Return bytes in the largest fitting binary unit."""
    if value is None:
        return "–"
    if value < 1024:
        return f"{value} B"
    amount = float(value)
    units = ["KiB", "MiB", "GiB", "TiB"]
    while True:
        amount /= 1024
        unit = units.pop(0)
        if amount < 1024 or not units:
            return f"{amount:.1f} {unit}"


def short_id(identifier: str) -> str:
    """Return the end of a long id, which is the part that differs."""
    return identifier if len(identifier) <= 12 else f"…{identifier[-8:]}"


def actor(text: str, names: Mapping[str, str] | None = None) -> str:
    """Return who did something in words: `user:ann` becomes `ann`, `attempt:7/2` becomes `bot, attempt 2`.

    `names` are those of runners by their ids.
    """
    kind, _, name = text.partition(":")
    if not name:
        return text
    words = {
        "user": name,
        "local": f"{name} (command line)",
        "attempt": f"bot, attempt {name.rpartition('/')[2]}",
        "runner": f"runner {(names or {}).get(name) or short_id(name)}",
    }
    return words.get(kind, f"{kind} {name}")


def message(text: str | None) -> str:
    """Return what a task says about its end, with people by their names."""
    words, by, who = (text or "").partition("ancelled by ")
    return f"{words}{by}{actor(who)}" if by and words in ("c", "C") else text or ""


def rate(per_minute: float) -> str:
    """Return how many in a minute: `9.1`, `132`, `0.04`, `0`."""
    if per_minute >= 100:
        return number(round(per_minute))
    return f"{per_minute:.1f}" if per_minute >= 1 else f"{per_minute:.2f}".rstrip("0").rstrip(".")


def local_time(moment: int, zone: str) -> str:
    """Return a moment as the clocks of a time zone show it, with the day of the week."""
    local = clock.to_datetime(moment).astimezone(ZoneInfo(zone))
    return local.strftime("%a %Y-%m-%d %H:%M:%S %Z" if local.second else "%a %Y-%m-%d %H:%M %Z")


def lowered(text: str) -> str:
    """Return a sentence as it goes on after a colon: small at its start, unless it starts with an abbreviation."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
