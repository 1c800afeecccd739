"""Schedules in words and times: when they fire, by which rule of the clock, and the form that makes one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from botyard.base import clock, jsontext
from botyard.base.exceptions import Invalid
from botyard.console.wording import local_time
from botyard.core import schedules
from botyard.core.schedules import Schedule
from botyard.web import Form

UPCOMING = 10
DEFAULT_CRON = "0 2 * * *"
RULE = (
    "A local time that the clock jumps over fires once, when the clock has jumped. A local time that comes twice "
    "fires at its first coming, unless the expression fires in every hour."
)
_DAYS_AHEAD = 370


class Firing(NamedTuple):
    """One firing to come, in the schedule's zone and in UTC; `odd` says why it is not at its usual hour."""

    at: int
    local: str
    utc: str


class Preview(NamedTuple):
    """The next firings, or why there are none; `changes` are the next changes of the zone's clock."""

    firings: list[Firing]
    zone: str
    changes: list[str]
    problem: str = ""
    hint: str = ""


def preview_of(values: dict[str, Any], *, now: int) -> Preview:
    """Return when a form's schedule would fire. Never fails: what is wrong is in `problem`."""
    zone = values["timezone"].strip() or "UTC"
    try:
        if values["kind"] == "once":
            moment = _moment(values["once_at"], zone)
            return Preview([_firing(moment, zone)], zone, clock_changes(zone, now=now))
        found = schedules.preview(values["cron"], zone, now=now, count=UPCOMING)
    except Invalid as error:
        return Preview([], zone, [], error.message, error.hint)
    return Preview([_firing(at, zone) for at in found], zone, clock_changes(zone, now=now))


def preview_for(schedule: Schedule, *, now: int) -> Preview:
    """Return when a schedule fires next."""
    changes = clock_changes(schedule.timezone, now=now)
    if not schedule.active or schedule.next_at is None:
        return Preview([], schedule.timezone, changes)
    if schedule.cron is None:
        return Preview([_firing(schedule.next_at, schedule.timezone)], schedule.timezone, changes)
    later = schedules.preview(schedule.cron, schedule.timezone, now=schedule.next_at, count=UPCOMING - 1)
    return Preview([_firing(at, schedule.timezone) for at in (schedule.next_at, *later)], schedule.timezone, changes)


def clock_changes(name: str, *, now: int) -> list[str]:
    """Return the changes of a zone's clock in the next year, in words."""
    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return []
    start = clock.to_datetime(now).replace(minute=0, second=0, microsecond=0)
    days = [start + timedelta(days=day) for day in range(_DAYS_AHEAD)]
    found = []
    for before, after in pairwise(days):
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            found.append(_change(before, after, zone))
    return found[:2]


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> str:
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
    after = high.astimezone(zone)
    before = (high.astimezone(UTC) + (offset or timedelta())).replace(tzinfo=None)
    way = "forward" if (after.utcoffset() or timedelta()) > (offset or timedelta()) else "back"
    return f"{after:%a %Y-%m-%d}: the clock goes {way} from {_rounded(before)} to {_rounded(after)}."


def _rounded(moment: datetime) -> str:
    return f"{moment.replace(second=0, microsecond=0):%H:%M}"


def _firing(at: int, zone: str) -> Firing:
    return Firing(at, local_time(at, zone), local_time(at, "UTC").removesuffix(" UTC"))


@cache
def zones() -> list[str]:
    """Return the names of time zones to choose from."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))


def values_of(schedule: Schedule | None, automation: str = "") -> dict[str, Any]:
    """Return what the form of a schedule holds, or of a new one."""
    if schedule is None:
        return {
            "automation": automation,
            "kind": "cron",
            "cron": DEFAULT_CRON,
            "once_at": "",
            "timezone": "UTC",
            "name": "",
            "overlap": "skip",
            "catch_up": "last",
            "catch_up_cap": "10",
            "priority": "",
            "parameters": "",
        }
    moment = schedule.once_at
    zone = ZoneInfo(schedule.timezone)
    return {
        "automation": schedule.automation,
        "kind": "cron" if moment is None else "once",
        "cron": schedule.cron or "",
        "once_at": "" if moment is None else clock.to_datetime(moment).astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        "timezone": schedule.timezone,
        "name": schedule.name,
        "overlap": schedule.overlap,
        "catch_up": schedule.catch_up,
        "catch_up_cap": str(schedule.catch_up_cap),
        "priority": "" if schedule.priority is None else str(schedule.priority),
        "parameters": _pretty(schedule.parameters),
    }


def sent_values(form: Form) -> dict[str, Any]:
    """Return what the form of a schedule was sent with."""
    return {name: form.text(name) for name in values_of(None)}


def fields_of(values: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a schedule as a form gives them. Raises Invalid naming the field."""
    once = values["kind"] == "once"
    zone = values["timezone"].strip() or "UTC"
    return {
        "name": values["name"],
        "cron": None if once else values["cron"],
        "once_at": _moment(values["once_at"], zone) if once else None,
        "timezone": zone,
        "overlap": values["overlap"],
        "catch_up": values["catch_up"],
        "catch_up_cap": _whole(values["catch_up_cap"] or "10", "catch_up_cap"),
        "priority": _whole(values["priority"], "priority") if values["priority"].strip() else None,
        "parameters": _object(values["parameters"]),
    }


def _moment(text: str, zone: str) -> int:
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            f'"{zone[:80]}" is not a time zone.', hint="Use a name such as Europe/Warsaw or UTC.", field="timezone"
        ) from None
    try:
        return clock.from_datetime(datetime.fromisoformat(text.strip()).replace(tzinfo=place))
    except (ValueError, OverflowError):
        raise Invalid("That is not a date and time.", hint="Write 2026-12-24T18:00.", field="once_at") from None


def _whole(text: str, field: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Invalid(f'"{text[:20]}" is not a whole number.', hint="Use digits only.", field=field)
    return int(text)


def _object(text: str) -> dict[str, Any]:
    try:
        given = jsontext.decode(text) if text.strip() else {}
    except Invalid as error:
        raise Invalid(f"The JSON cannot be read. {error.message}", hint=error.hint, field="parameters") from None
    if not isinstance(given, dict):
        raise Invalid("The JSON is not an object.", hint='Write {"name": "value"}.', field="parameters")
    return given


def _pretty(parameters: dict[str, Any]) -> str:
    return msgspec.json.format(jsontext.encode(parameters), indent=2) if parameters else ""
