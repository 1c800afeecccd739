"""What an item may hold, and what its queue's declared fields make of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import Invalid
from botyard.core.queues.model import Field, NewItem, Queue

MAX_CONTENT = 1024 * 1024
MAX_KEY = 500
MAX_REFERENCE = 500
_CONTROLS = dict.fromkeys(range(32), " ") | {0: "\ufffd"}


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The values of an item as they are stored, with what is derived from them."""

    text: str
    unique_key: str | None
    display_value: str | None


def content_of(queue: Queue, values: Any, *, reference: str | None, path: str = "") -> Content:
    """Return values as they are stored. Raises Invalid; `path` goes before the field that it names."""
    text = jsontext.encode(values)
    if len(text) > MAX_CONTENT:
        raise Invalid(
            f"The values take {len(text)} bytes.",
            hint=f"Keep them under {MAX_CONTENT} bytes; hand larger data over as a file.",
            field=f"{path}values",
            code="too_large",
        )
    jsontext.check(text.encode())
    fields = values if isinstance(values, dict) else {}
    unique = _joined(queue.schema, fields, "unique")
    if unique is None and queue.unique_scope is not None:
        unique = reference
    if unique is not None and len(unique) > MAX_KEY and queue.unique_scope is not None:
        raise Invalid(
            f"The unique key is {len(unique)} characters long.", hint=f"Keep it to {MAX_KEY}.", field=f"{path}values"
        )
    return Content(
        text=text,
        unique_key=None if unique is None else unique[:MAX_KEY],
        display_value=_joined(queue.schema, fields, "display"),
    )


def checked_priority(value: Any, *, path: str = "") -> int:
    """Return a priority. Raises Invalid."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10:
        raise Invalid(
            f"Priority {ascii(value)[:80]} is not a whole number from 0 to 10.",
            hint="10 goes first.",
            field=f"{path}priority",
        )
    return value


def checked_reference(new: NewItem, *, path: str = "") -> str | None:
    """Return the reference of a new item. Raises Invalid."""
    if new.reference is None:
        return None
    if len(new.reference) > MAX_REFERENCE:
        raise Invalid(
            f"The reference is {len(new.reference)} characters long.",
            hint=f"Keep it to {MAX_REFERENCE}.",
            field=f"{path}reference",
        )
    return new.reference.replace("\0", "\ufffd")


def _joined(schema: Sequence[Field], values: dict[str, Any], purpose: str) -> str | None:
    parts = [
        _as_text(values[field.label])
        for field in schema
        if getattr(field, purpose) and values.get(field.label) is not None
    ]
    return " | ".join(parts)[: 2 * MAX_KEY] if parts else None


def _as_text(value: Any) -> str:
    text = value if isinstance(value, str) else jsontext.encode(value)
    return text.translate(_CONTROLS)
