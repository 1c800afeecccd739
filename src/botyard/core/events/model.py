"""What an event is."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.base import jsontext


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event to record; `kind` is listed in docs/events.md, `entity` is what it happened to."""

    workspace_id: int
    kind: str
    entity: str
    entity_id: str
    actor: str
    data: dict[str, Any] = {}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. `id` grows in the order of recording; `at` is in microseconds UTC."""

    id: int
    workspace_id: int
    kind: str
    entity: str
    entity_id: str
    actor: str
    at: int
    data: dict[str, Any]

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Event:
        """Return the event of a database row."""
        return cls(**{**row, "data": jsontext.decode(row["data"])})
