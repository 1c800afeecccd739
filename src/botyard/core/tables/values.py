"""What a value from outside becomes before it is stored: one form for each kind of column.

Numbers may come as numbers or as text, moments with an offset or without one (then they are in UTC), everything else
in one form (contract automio, section d.7).
"""

from __future__ import annotations

import datetime as dt
import math
import re
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import BotyardError, Invalid
from botyard.core.tables.model import Field
from botyard.storage.rows import Kind

_TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?")
_MAX_TEXT = 10_000_000
_INT = 2**31
_BIGINT = 2**63
_MAX_DIGITS = 100


def checked(kind: Kind, value: Any) -> Any:
    """Return a value that is not null in the form in which columns of the kind hold it. Raises Invalid."""
    return _READERS[kind](value)


def checked_default(field: Field, path: str) -> Any:
    """Return a field's default in its stored form. Raises Invalid."""
    column = field.column
    if field.default is None or column is None:
        return None
    try:
        value = checked(column.kind, field.default)
        check_choice(field, value)
    except BotyardError as error:
        raise Invalid(f"The default does not fit: {error.message}", field=path) from None
    return value if not isinstance(value, Decimal) else str(value)


def check_choice(field: Field, value: Any) -> None:
    """Raise Invalid when a select field cannot hold the value."""
    if field.type == "select" and value not in {choice.value for choice in field.choices}:
        names = ", ".join(choice.value for choice in field.choices[:20])
        raise Invalid(f'"{str(value)[:80]}" is not one of the choices of "{field.name}".', hint=f"They are {names}.")


def moment(value: Any) -> str:
    """Return a date and time as text in UTC, of one width. Raises Invalid."""
    if not isinstance(value, str) or len(value) > 64:
        raise _unfit(value, "a date and time", "2026-01-31T12:00:00Z")
    try:
        read = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        raise _unfit(value, "a date and time", "2026-01-31T12:00:00Z") from None
    read = read.replace(tzinfo=dt.UTC) if read.tzinfo is None else read
    try:
        return read.astimezone(dt.UTC).isoformat(timespec="microseconds")
    except OverflowError:
        raise _unfit(value, "a date and time", "2026-01-31T12:00:00Z") from None


def from_micros(now: int) -> str:
    """Return a moment in microseconds as the text that columns hold."""
    return dt.datetime.fromtimestamp(now / 1_000_000, dt.UTC).isoformat(timespec="microseconds")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _unfit(value, "a text", '"abc"')
    if len(value) > _MAX_TEXT:
        raise Invalid(f"A text of {len(value)} characters is too long.", hint=f"At most {_MAX_TEXT}.", code="too_large")
    return value


def _uuid(value: Any) -> str:
    try:
        if not isinstance(value, str) or len(value) > 64:
            raise _unfit(value, "a uuid", "0198c1b2-7a4e-7000-8000-000000000001")
        return str(uuid.UUID(value))
    except ValueError:
        raise _unfit(value, "a uuid", "0198c1b2-7a4e-7000-8000-000000000001") from None


def _whole(limit: int, word: str) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        number = _number(value)
        if number != number.to_integral_value() or not -limit <= number < limit:
            raise _unfit(value, word, "42")
        return int(number)

    return read


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise _unfit(value, "a number", "12.5")
    if isinstance(value, str) and len(value) > _MAX_DIGITS:
        raise _unfit(value, "a number", "12.5")
    if isinstance(value, float) and not math.isfinite(value):
        raise _unfit(value, "a number", "12.5")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise _unfit(value, "a number", "12.5") from None
    if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
        raise _unfit(value, "a number", "12.5")
    return number


def _float(value: Any) -> float:
    return float(_number(value))


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _unfit(value, "true or false", "true")
    return value


def _date(value: Any) -> str:
    try:
        if not isinstance(value, str) or len(value) > 32:
            raise _unfit(value, "a date", "2026-01-31")
        return dt.date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise _unfit(value, "a date", "2026-01-31") from None


def _time(value: Any) -> str:
    if not isinstance(value, str) or not _TIME.fullmatch(value.strip()):
        raise _unfit(value, "a time", "12:30:00")
    try:
        read = dt.time.fromisoformat(value.strip())
    except ValueError:
        raise _unfit(value, "a time", "12:30:00") from None
    text = read.isoformat()
    return text.rstrip("0") if "." in text else text


def _json(value: Any) -> Any:
    text = jsontext.encode(value)
    if len(text) > _MAX_TEXT:
        raise Invalid(f"A JSON value of {len(text)} bytes is too large.", code="too_large")
    jsontext.check(text.encode())
    return value


def _unfit(value: Any, word: str, example: str) -> Invalid:
    return Invalid(f"{ascii(value)[:80]} is not {word}.", hint=f"Send it as {example}.", code="bad_value")


_READERS: Mapping[Kind, Callable[[Any], Any]] = MappingProxyType(
    {
        "text": _text,
        "uuid": _uuid,
        "int": _whole(_INT, "a whole number of 32 bits"),
        "bigint": _whole(_BIGINT, "a whole number of 64 bits"),
        "numeric": _number,
        "float": _float,
        "boolean": _boolean,
        "timestamptz": moment,
        "date": _date,
        "time": _time,
        "jsonb": _json,
    }
)
