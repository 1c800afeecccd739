"""What tasks leave behind for people: files, alerts, errors, messages and log tables. Times are ISO 8601 in UTC."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

AlertLevel = Literal["info", "warn", "error"]
ErrorFileKind = Literal["screenshot", "attachment"]
MessageFormat = Literal["text", "html"]


class CreateAlert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alert on a task; whoever subscribed to its level gets mail."""

    title: str
    message: str = ""
    level: AlertLevel = "info"


class ReportError(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that went wrong in a task. Reports of one fault, by type and place in the code, form a group."""

    type: str
    message: str = ""
    stack: str | None = None
    language: str = "python"
    tags: dict[str, str] = {}


class ErrorFileView(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a report; its bytes are below `/errors/files`."""

    id: int
    kind: str
    name: str
    media_type: str
    digest: str
    size: int
    created_at: str


class ErrorView(msgspec.Struct, frozen=True, kw_only=True):
    """One report. `files` are filled in when a single one is read."""

    id: int
    task: int
    group: int
    automation: str
    package_version: str | None
    type: str
    message: str
    stack: str | None
    language: str
    tags: dict[str, str]
    created_at: str
    created_by: str
    files: list[ErrorFileView] = []


class ErrorPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first; pass `next` as `before` for the following one."""

    errors: list[ErrorView]
    next: int | None = None


class ErrorGroupView(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of one fault: the latest message, where in the code, how often in all, and whether it was mended."""

    id: int
    automation: str
    type: str
    message: str
    place: str
    total: int
    first_seen: str
    last_seen: str
    last_task: int
    resolved_at: str | None
    resolved_by: str | None


class ErrorGroupPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the fault that was seen last first; pass `next` as `before` for the following one."""

    groups: list[ErrorGroupView]
    next: str | None = None


class SendMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mail to addresses, to members by their logins, and to groups by their names."""

    subject: str = ""
    body: str = ""
    format: MessageFormat = "text"
    addresses: list[str] = []
    users: list[str] = []
    groups: list[str] = []


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way to one recipient; `error` is why the last attempt failed."""

    login: str | None
    address: str | None
    state: str
    attempts: int
    due_at: str
    updated_at: str
    error: str | None


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """One message, and how many of its deliveries are in which state. `deliveries` come with a single one."""

    id: int
    task: int | None
    alert: int | None
    subject: str
    body: str
    format: str
    addresses: list[str]
    users: list[str]
    groups: list[str]
    state: str
    queued: int
    sent: int
    failed: int
    held: int
    error: str | None
    created_at: str
    created_by: str
    deliveries: list[DeliveryView] = []


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first; pass `next` as `before` for the following one."""

    messages: list[MessageView]
    next: int | None = None


class LogColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column of a log table: its key in rows, its heading, how wide people want it, and whether they see it."""

    label: str
    name: str | None = None
    width: int = 100
    visible: bool = True


class CreateLogTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A log table. One that is there with the same columns is answered as it is."""

    label: str
    columns: list[LogColumn]
    folder: str | None = None


class LogTableView(msgspec.Struct, frozen=True, kw_only=True):
    """A log table without its rows."""

    id: int
    label: str
    folder: str
    columns: list[LogColumn]
    created_at: str
    created_by: str


class LogTablePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page by label; pass `next` as `after` for the following one."""

    tables: list[LogTableView]
    next: str | None = None


class AddLogRows(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows to add, each from the labels of columns to values; all or none."""

    rows: list[dict[str, Any]]


class RowsAdded(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows were added."""

    added: int


class LogRowView(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `values` has every column, then what else was sent."""

    id: int
    values: dict[str, Any]
    task: int | None
    created_at: str
    created_by: str


class LogRowPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of rows, newest first; pass `next` as `before` for the following one."""

    rows: list[LogRowView]
    next: str | None = None
