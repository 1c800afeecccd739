"""What travels on this wire about log tables, messages and error reports, with this dialect's exact field names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from botyard.base import clock, jsontext
from botyard.base.exceptions import Invalid
from botyard.core.errors import ErrorFile, ErrorReport, FileKind
from botyard.core.logtables import Column, LogRow, LogTable
from botyard.core.messages import Recipients
from botyard.protocols.botcity.enums import MessageType

_WIDTH = 100


class ColumnView(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a log; of name and label one is enough."""

    name: str | None = None
    label: str | None = None
    width: int | float | None = _WIDTH
    visible: bool | None = True

    def column(self, number: int) -> Column:
        """Return our column. Raises Invalid when it has neither name nor label."""
        label, name = self.label or self.name, self.name or self.label
        if not label or not name:
            raise Invalid(
                f"Column {number} has no label.", hint='Give each column a "label" and a "name".', field="columns"
            )
        width = _WIDTH if self.width is None else min(self.width, 2**31)
        return Column(label=label, name=name, width=int(width), visible=self.visible is not False)


class CreateLog(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A log to declare; one client says `label` where the others say `activityLabel`."""

    activity_label: str | None = None
    label: str | None = None
    columns: list[ColumnView] | None = None
    repository_label: str | None = None

    @property
    def name(self) -> str:
        """The label, under either name."""
        return self.activity_label or self.label or ""

    def declared(self) -> list[Column]:
        """Return our columns. Raises Invalid."""
        return [column.column(number) for number, column in enumerate(self.columns or [], 1)]


class LogView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A log without its rows."""

    id: str
    organization_label: str
    repository_label: str
    label: str
    activity_label: str
    columns: list[ColumnView]
    date_creation: str

    @classmethod
    def of(cls, table: LogTable, workspace: str) -> LogView:
        """Return what clients see of a log of the workspace with that label."""
        return cls(
            id=f"{workspace}-{table.label}",
            organization_label=workspace,
            repository_label=table.folder,
            label=table.label,
            activity_label=table.label,
            columns=[
                ColumnView(name=column.name, label=column.label, width=column.width, visible=column.visible)
                for column in table.columns
            ],
            date_creation=clock.iso(table.created_at),
        )


class EntryView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A row of a log; every declared column is there."""

    id: int
    columns: dict[str, Any]
    date_creation: str

    @classmethod
    def of(cls, row: LogRow) -> EntryView:
        """Return what clients see of a row."""
        return cls(id=row.id, columns=row.content, date_creation=clock.iso(row.created_at))


class SendMessage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A mail to send; one client says `groups` where the others say `group`."""

    emails: list[str] | str | None = None
    logins: list[str] | str | None = None
    subject: str | None = None
    body: str | None = None
    type: str | int | None = None
    group: list[str] | str | None = None
    groups: list[str] | str | None = None

    @property
    def recipients(self) -> Recipients:
        """Who it goes to."""
        return Recipients(
            addresses=_names(self.emails), users=_names(self.logins), groups=_names(self.group) + _names(self.groups)
        )


class CreateError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An error to report."""

    task_id: int | str
    type: str | None = None
    message: str | None = None
    stack_trace: str | None = None
    language: str | None = None
    tags: dict[str, Any] | None = None

    @property
    def labels(self) -> dict[str, str]:
        """The tags as texts, whatever a client sent."""
        return {name: _text(value) for name, value in (self.tags or {}).items()}


class ErrorFileView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file of an error."""

    id: int
    file_name: str
    size: int
    date_creation: str

    @classmethod
    def of(cls, file: ErrorFile) -> ErrorFileView:
        """Return what clients see of a file."""
        return cls(id=file.id, file_name=file.name, size=file.size, date_creation=clock.iso(file.created_at))


class ErrorView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An error."""

    id: int
    task_id: int
    organization_label: str
    repository_label: str
    activity_label: str
    activity_name: str
    automation_label: str
    automation_name: str
    bot_id: str | None
    bot_version: str | None
    type: str
    message: str
    stack_trace: str | None
    language: str
    tags: dict[str, str]
    date: str
    date_creation: str
    screenshot: ErrorFileView | None
    attachments: list[ErrorFileView]

    @classmethod
    def of(cls, error: ErrorReport, files: Sequence[ErrorFile], workspace: str) -> ErrorView:
        """Return what clients see of an error of the workspace with that label."""
        shots = [ErrorFileView.of(file) for file in files if file.kind is FileKind.SCREENSHOT]
        return cls(
            id=error.id,
            task_id=error.task_id,
            organization_label=workspace,
            repository_label=error.folder,
            activity_label=error.automation,
            activity_name=error.automation_name,
            automation_label=error.automation,
            automation_name=error.automation_name,
            bot_id=error.package,
            bot_version=error.package_version,
            type=error.type,
            message=error.message,
            stack_trace=error.stack,
            language=error.language,
            tags=error.tags,
            date=clock.iso(error.created_at),
            date_creation=clock.iso(error.created_at),
            screenshot=shots[0] if shots else None,
            attachments=[ErrorFileView.of(file) for file in files if file.kind is FileKind.ATTACHMENT],
        )


def message_type(sent: str | int | None) -> str | int:
    """Return what a client sent as the type of a message; nothing means text."""
    return MessageType.TEXT if sent is None else sent


def _names(sent: list[str] | str | None) -> tuple[str, ...]:
    names = [sent] if isinstance(sent, str) else sent or []
    return tuple(name for name in names if name.strip())


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.encode(value)
