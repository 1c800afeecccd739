"""What an audit row says."""

from __future__ import annotations

from typing import Any, Literal, Self

import msgspec

from botyard.base import jsontext

Verdict = Literal["allowed", "denied"]


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a change comes from: the caller, the address and the request."""

    workspace_id: int | None
    actor: str
    address: str | None = None
    request_id: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the audit."""

    id: int
    workspace_id: int | None
    actor: str
    action: str
    target: str
    verdict: Verdict
    address: str | None
    request_id: str | None
    at: int
    data: dict[str, Any]

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """Return the entry of a row."""
        return cls(**(row | {"data": jsontext.decode(row["data"])}))
