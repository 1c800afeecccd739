"""Dates and times as text: read every usual ISO 8601 form, write one, and keep up to seven digits of a second."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

#: Some vendors' clocks count in tenths of a microsecond, which Python's own type cannot hold.
DIGITS = 7

_FORM = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
    r" ?(?:([Zz])|([+-])([0-9]{2})(?::?([0-9]{2}))?)?)?"
)


def normalised(text: str, *, cut: bool = False) -> str:
    """Return the moment that `text` names as `2026-01-31T08:30:00Z`, with the digits after the second as they were.

    A text without an offset means UTC, a date alone its midnight. Raises ValueError for anything else, and for more
    than seven digits unless they are to be `cut`.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, _, sign, hours, minutes = match.groups()
    if fraction is not None and len(fraction) > DIGITS and not cut:
        raise ValueError(text)
    moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001 -- the offset follows
    if sign is not None:
        if int(hours) > 23 or int(minutes or 0) > 59:
            raise ValueError(text)
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        try:
            moment = moment - offset if sign == "+" else moment + offset
        except OverflowError:
            raise ValueError(text) from None
    return f"{moment.isoformat()}{'.' + fraction[:DIGITS] if fraction else ''}Z"
