"""What messages are made of: recipients, groups, subscriptions, deliveries."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.core.messages.states import State

#: The levels of alerts, each louder than the one before.
LEVELS = ("info", "warn", "error")

MAX_SUBJECT = 500
MAX_BODY = 256 * 1024
MAX_RECIPIENTS = 500


class Format(StrEnum):
    """How a body is to be read."""

    TEXT = "text"
    HTML = "html"


class Kind(StrEnum):
    """What a recipient is."""

    ADDRESS = "address"
    USER = "user"
    GROUP = "group"


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient by name: an address, a member's login, or a group's name."""

    kind: Kind
    name: str


class Recipients(msgspec.Struct, frozen=True, kw_only=True):
    """Who a message goes to, as it was asked for."""

    addresses: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A named list of members and addresses."""

    id: int
    workspace_id: int
    name: str
    members: tuple[Recipient, ...]
    created_at: int
    updated_at: int

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Group:
        """Return the group that a row of `mail_groups` holds."""
        return msgspec.convert({**row, "members": jsontext.decode(row["members"])}, cls)


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of an automation's alerts, from which level on."""

    recipient: Recipient
    level: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message with what became of it: how many deliveries are in which state, and the last error."""

    id: int
    workspace_id: int
    task_id: int | None
    #: The alert that the message tells of, None for a message that a bot wrote.
    alert_id: int | None
    subject: str
    body: str
    #: What an HTML message says as text; None for a text, and for HTML of earlier versions.
    plain: str | None
    format: Format
    recipients: Recipients
    created_at: int
    created_by: str
    queued: int
    sent: int
    failed: int
    held: int
    error: str | None

    @property
    def state(self) -> State:
        """Return the state that matters most of those its deliveries are in."""
        for state in (State.FAILED, State.HELD, State.QUEUED):
            if getattr(self, state.value):
                return state
        return State.SENT

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Message:
        """Return the message that a row of any query of this concept describes."""
        return msgspec.convert({**row, "recipients": jsontext.decode(row["recipients"])}, cls)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way to one recipient; `address` is None for a member who has none."""

    id: int
    message_id: int
    login: str | None
    address: str | None
    state: State
    attempts: int
    due_at: int
    error: str | None
    updated_at: int

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Delivery:
        """Return the delivery that a row holds."""
        return msgspec.convert(row, cls)


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that a server has taken on, with all it needs to send it. `attempt` goes back with the report."""

    id: int
    attempt: int
    message_id: int
    address: str
    subject: str
    body: str
    plain: str | None
    format: Format
    created_at: int


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is anything to do in the outbox."""

    due: bool
    held: bool
