"""What travels on this wire: a log with its lines."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.core.logtables import Column, LogRow, LogTable
from botyard.protocols.botcity.wire_records import EntryView, LogView

#: The columns of a log that its first line makes.
COLUMNS = (
    Column(label="message", name="Message", width=400),
    Column(label="level", name="Level", width=80),
)


class LogLineView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A line that was just written, with the id of its log, which is what the other calls take."""

    id: str
    label: str
    entry_id: int
    message: Any
    level: Any
    columns: dict[str, Any]
    organization_label: str
    date_creation: str

    @classmethod
    def of(cls, table: LogTable, row: LogRow, workspace: str) -> LogLineView:
        """Return what the client sees of a line."""
        log, entry = LogView.of(table, workspace), EntryView.of(row)
        return cls(
            id=log.id,
            label=log.label,
            entry_id=entry.id,
            message=entry.columns.get("message"),
            level=entry.columns.get("level"),
            columns=entry.columns,
            organization_label=workspace,
            date_creation=entry.date_creation,
        )


class LogWithLines(LogView, frozen=True, kw_only=True, rename="camel"):
    """A log with its latest lines, the latest last."""

    entries: list[EntryView]

    @classmethod
    def with_lines(cls, table: LogTable, latest: list[LogRow], workspace: str) -> LogWithLines:
        """Return what the client sees of a log; `latest` are its rows, newest first."""
        entries = [EntryView.of(row) for row in reversed(latest)]
        return cls(**msgspec.structs.asdict(LogView.of(table, workspace)), entries=entries)
