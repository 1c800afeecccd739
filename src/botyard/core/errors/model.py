"""What error reports, their files and their groups are."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import NotFound

#: Totals are exact up to here and say "at least" beyond: nothing counts an unbounded history.
COUNT_CAP = 10_000
#: Filters look at this many of the newest reports.
WINDOW = 20_000


class FileKind(StrEnum):
    """What a file of a report is."""

    SCREENSHOT = "screenshot"
    ATTACHMENT = "attachment"


class ErrorFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a report; `media_type` follows from its name and is never taken on trust by a page."""

    id: int
    workspace_id: int
    error_id: int
    #: The task of the report.
    task_id: int
    kind: FileKind
    name: str
    media_type: str
    #: SHA-256 of the bytes in hexadecimal, their name in the blob store.
    digest: str
    size: int
    created_at: int

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> ErrorFile:
        """Return the file that a row of any query of this concept describes."""
        return msgspec.convert(row, cls)


class ErrorReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report, with the words a list needs to show it; its files are read apart."""

    id: int
    workspace_id: int
    task_id: int
    group_id: int
    #: The automation's label.
    automation: str
    automation_name: str
    folder: str
    #: None when the automation never had a package.
    package: str | None
    #: The version that the task ran when it reported, None when it was reported by hand.
    package_version: str | None
    type: str
    message: str
    stack: str | None
    language: str
    tags: dict[str, str]
    created_at: int
    created_by: str

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> ErrorReport:
        """Return the report that a row of any query of this concept describes."""
        return msgspec.convert({**row, "tags": jsontext.decode(row["tags"])}, cls)


class ErrorGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of one fault. `total` counts all that ever came, also those that are deleted by now."""

    id: int
    workspace_id: int
    automation: str
    automation_name: str
    fingerprint: str
    type: str
    #: The message of the latest report.
    message: str
    #: Where in the code, as people read it; empty when no stack was sent.
    place: str
    total: int
    first_seen: int
    last_seen: int
    last_task_id: int
    resolved_at: int | None
    resolved_by: str | None

    @property
    def resolved(self) -> bool:
        """Return whether somebody marked the fault as mended and it has not come back."""
        return self.resolved_at is not None

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> ErrorGroup:
        """Return the group that a row of any query of this concept describes."""
        return msgspec.convert(row, cls)


def missing(error_id: int) -> NotFound:
    """Return the error for a report that is not there for the caller, whatever the reason."""
    return NotFound(f"Error {error_id} does not exist.", hint="Check the id, or list the errors of its task.")
