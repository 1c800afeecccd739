"""What the clients of this dialect send, and what they are answered."""

from __future__ import annotations

from typing import Any, Self

import msgspec

from botyard.base import clock
from botyard.base.exceptions import BotyardError, Invalid
from botyard.core import queues
from botyard.core.assets import Asset
from botyard.core.queues import Item, Report, State
from botyard.core.traces import NewSpan

MASK = "***"
MILLISECOND = 1000
#: What a client that says nothing of it means.
NORMAL = 1

_STATUSES = {
    State.PENDING: "NEW",
    State.PROCESSING: "IN_PROGRESS",
    State.DONE: "DONE",
    State.ERROR: "FAILED",
    State.ABANDONED: "ABANDONED",
    State.TIMEOUT: "ABANDONED",
    State.CANCELLED: "CANCELLED",
}


class ItemSent(msgspec.Struct, frozen=True):
    """An item for a queue."""

    queue_name: str
    payload: Any = None
    reference: str | None = None
    priority: int | None = None


class StatusSent(msgspec.Struct, frozen=True):
    """What became of an item."""

    status: str
    result: Any = None
    error_message: str | None = None
    error_type: str | None = None
    terminal: bool | None = None

    def report(self, item_id: int) -> Report:
        """Return this as a report. Raises Invalid for a combination that means nothing."""
        status, kind, reason = self.status.upper(), (self.error_type or "").upper() or None, self.error_message
        if kind not in (None, "APPLICATION", "BUSINESS"):
            raise Invalid(f'"{kind[:40]}" is not a type of error.', hint="Use APPLICATION or BUSINESS.")
        if status == "DONE":
            if kind or reason:
                raise Invalid("An item that is DONE has no error.", hint="Leave error type and message out.")
            return Report(item_id=item_id, outcome="done", result=self.result, amend=False)
        if status == "FAILED":
            if not kind or not reason:
                raise Invalid("An item that FAILED needs a type of error and a message.", field="error_type")
            business = kind == "BUSINESS"
            return Report(
                item_id=item_id,
                outcome="error",
                error_kind="business" if business else "application",
                message=reason,
                result=self.result,
                amend=False,
            )
        if status == "ABANDONED":
            if not reason:
                raise Invalid("An item that is ABANDONED needs a message.", field="error_message")
            return Report(item_id=item_id, outcome="abandoned", message=reason, result=self.result, amend=False)
        raise Invalid(f'"{self.status[:40]}" is not a status.', hint="Use DONE, FAILED or ABANDONED.", field="status")


class ItemView(msgspec.Struct, frozen=True):
    """An item as clients read it."""

    id: str
    queue_name: str
    reference: str | None
    priority: int
    retries: int
    payload: Any
    status: str

    @classmethod
    def of(cls, item: Item) -> Self:
        """Return the view of an item."""
        return cls(
            id=queues.uuid_of(item.id),
            queue_name=item.queue,
            reference=item.reference,
            priority=item.priority,
            retries=item.retry_index,
            payload=item.values,
            status=_STATUSES[item.state],
        )


class ValueSent(msgspec.Struct, frozen=True):
    """A value for an asset."""

    value: Any


class CredentialSent(msgspec.Struct, frozen=True):
    """The two parts of a credential."""

    username: Any
    password: Any


class NameSent(msgspec.Struct, frozen=True):
    """The name of a secret."""

    name: str


class AssetView(msgspec.Struct, frozen=True):
    """An asset as clients read it; what is secret is masked."""

    name: str
    type: str
    value: str | int | bool | None
    folder: str

    @classmethod
    def of(cls, asset: Asset) -> Self:
        """Return the view of an asset."""
        value = MASK if asset.is_secret else asset.value
        return cls(name=asset.name, type=asset.type, value=value, folder=asset.folder)


class MessageSent(msgspec.Struct, frozen=True):
    """A message for the log."""

    message: str = ""
    level: str = "INFO"
    timestamp: Any = None


class SpanSent(msgspec.Struct, frozen=True):
    """A span, finished or not; what is left out is not known yet."""

    span_id: str
    name: str = ""
    parent_span_id: str | None = None
    input_payload: Any = None
    output_payload: Any = None
    start_time: Any = None
    end_time: Any = None
    duration_ms: float | None = None
    tags: Any = None
    span_metadata: Any = None

    def span(self) -> NewSpan:
        """Return this as a span; a time that cannot be read counts as not sent."""
        return NewSpan(
            span_id=self.span_id,
            name=self.name,
            parent_id=self.parent_span_id,
            started_at=moment(self.start_time),
            ended_at=moment(self.end_time),
            duration=_micros(self.duration_ms),
            input=self.input_payload,
            output=self.output_payload,
            tags=self.tags,
            metadata=self.span_metadata,
        )


class SpansSent(msgspec.Struct, frozen=True):
    """Spans of one execution."""

    spans: list[SpanSent]


class LoginSent(msgspec.Struct, frozen=True):
    """A machine that wants to log in."""

    machine_name: str = ""
    os: str = ""


class PackageSent(msgspec.Struct, frozen=True):
    """A package that is about to be published."""

    name: str
    version: str


def moment(value: Any) -> int | None:
    """Return the time that a text says, None for what says none."""
    if not isinstance(value, str):
        return None
    try:
        return clock.parse(value)
    except BotyardError:
        return None


def _micros(milliseconds: float | None) -> int | None:
    if milliseconds is None or not 0 <= milliseconds < 1e15:
        return None
    return int(milliseconds * MILLISECOND)
