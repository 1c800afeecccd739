"""What happened in a workspace, and who did what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

AuditVerdict = Literal["allowed", "denied"]


class HistoryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: `kind` is described in the documents, `entity` and `entity_id` say to what."""

    id: int
    kind: str
    entity: str
    entity_id: str
    actor: str
    at: str
    data: dict[str, Any]


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events; `next` is where to go on in the same direction, and may be there although the page is empty."""

    events: list[HistoryEvent]
    next: int | None = None


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the audit: who did what to what, from where, and whether it was allowed."""

    id: int
    actor: str
    action: str
    target: str
    verdict: str
    address: str | None
    request_id: str | None
    at: str
    data: dict[str, Any]


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first; pass `next` as `before` for the following one."""

    entries: list[AuditEntry]
    next: int | None = None


_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ToolCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A use of a tool by an assistant: on what, with which arguments (their names alone), and who the assistant is."""

    tool: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    target: Annotated[str, msgspec.Meta(max_length=200)] = ""
    arguments: Annotated[list[_Name], msgspec.Meta(max_length=32)] = []
    client: Annotated[str, msgspec.Meta(max_length=64)] = ""
