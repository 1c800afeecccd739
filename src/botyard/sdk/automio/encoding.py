"""JSON as it is sent."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import json
import uuid
from typing import Any


def encode(value: Any) -> bytes:
    """Return JSON: times in ISO 8601, decimals as text, models as objects.

    Raises ValueError for a number that JSON does not have, and TypeError for anything else that it does not have.
    """
    return json.dumps(value, default=_plain, allow_nan=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal | uuid.UUID):
        return str(value)
    if isinstance(value, enum.Enum):
        return value.value
    if callable(to_dict := getattr(value, "to_dict", None)):
        return to_dict()
    raise TypeError(f"A {type(value).__name__} cannot be sent as JSON.")
