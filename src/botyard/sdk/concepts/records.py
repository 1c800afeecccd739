"""What tasks leave behind for people: files, alerts, errors, messages and log tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botyard.sdk.calls import Call, content, delete, get, make, post, upload
from botyard.sdk.content import Source
from botyard.sdk.faces import C, Group, call, download, fields, listing
from botyard.sdk.paging import Listing, pages
from botyard.wire import records as wire
from botyard.wire import tasks

_ARTIFACTS = "/api/v1/artifacts"
_ARTIFACT = "/api/v1/artifacts/{id}"
_ALERTS = "/api/v1/alerts"
_ERRORS = "/api/v1/errors"
_ERROR = "/api/v1/errors/{id}"
_GROUPS = "/api/v1/error-groups"
_GROUP = "/api/v1/error-groups/{id}"
_MESSAGES = "/api/v1/messages"
_MESSAGE = "/api/v1/messages/{id}"
_LOGS = "/api/v1/log-tables"
_LOG = "/api/v1/log-tables/{label}"


class Artifacts(Group[C]):
    """Files that tasks left."""

    @listing
    def list(
        self,
        *,
        task: int | None = None,
        automation: str | None = None,
        text: str | None = None,
        limit: int | None = None,
    ) -> Listing[tasks.ArtifactView]:
        """List files, newest first: of a task, of an automation, or with a text in their names."""
        return pages(
            _ARTIFACTS,
            tasks.ArtifactList,
            lambda page: page.artifacts,
            cursor="before",
            limit=limit,
            task=task,
            automation=automation,
            text=text,
        )

    @call
    def get(self, artifact_id: int) -> Call[tasks.ArtifactView]:
        """Describe one file."""
        return get(_ARTIFACT, tasks.ArtifactView, artifact_id)

    @download
    def content(self, artifact_id: int) -> Call[None]:
        """Fetch the bytes of a file."""
        return content(f"{_ARTIFACT}/content", artifact_id)

    @call
    def upload(self, task_id: int, name: str, content: Source) -> Call[tasks.ArtifactView]:
        """Leave a file with a task."""
        return upload("/api/v1/tasks/{id}/artifacts", content, tasks.ArtifactView, task_id, name=name)

    @call
    def delete(self, artifact_id: int) -> Call[None]:
        """Delete a file, for good."""
        return delete(_ARTIFACT, artifact_id)


class Alerts(Group[C]):
    """Notices that tasks raise."""

    @listing
    def list(
        self,
        *,
        task: int | None = None,
        level: wire.AlertLevel | None = None,
        automation: str | None = None,
        app: int | None = None,
        text: str | None = None,
        limit: int | None = None,
    ) -> Listing[tasks.AlertView]:
        """List alerts, newest first: of a task, of a level, of an automation, of an app, or with a text in them."""
        return pages(
            _ALERTS,
            tasks.AlertList,
            lambda page: page.alerts,
            cursor="before",
            limit=limit,
            task=task,
            level=level,
            automation=automation,
            app=app,
            text=text,
        )

    @call
    def get(self, alert_id: int) -> Call[tasks.AlertView]:
        """Read one alert."""
        return get(f"{_ALERTS}/{{id}}", tasks.AlertView, alert_id)

    @call
    def create(
        self, task_id: int, title: str, message: str = "", *, level: wire.AlertLevel = "info"
    ) -> Call[tasks.AlertView]:
        """Raise an alert on a task; whoever subscribed to its level gets mail."""
        body = wire.CreateAlert(title=title, message=message, level=level)
        return make("/api/v1/tasks/{id}/alerts", body, tasks.AlertView, task_id)


class Errors(Group[C]):
    """What went wrong in tasks, with screenshots and other files."""

    @listing
    def list(
        self,
        *,
        task: int | None = None,
        group: int | None = None,
        automation: str | None = None,
        limit: int | None = None,
    ) -> Listing[wire.ErrorView]:
        """List reports, newest first: of a task, of one fault, or of an automation."""
        return pages(
            _ERRORS,
            wire.ErrorPage,
            lambda page: page.errors,
            cursor="before",
            limit=limit,
            task=task,
            group=group,
            automation=automation,
        )

    @call
    def get(self, error_id: int) -> Call[wire.ErrorView]:
        """Read one report, with its files."""
        return get(_ERROR, wire.ErrorView, error_id)

    @fields(wire.ReportError)
    def report(self, task_id: int, body: wire.ReportError) -> Call[wire.ErrorView]:
        """Say that something went wrong in a task."""
        return make("/api/v1/tasks/{id}/errors", body, wire.ErrorView, task_id)

    @call
    def attach(
        self, error_id: int, name: str, content: Source, *, kind: wire.ErrorFileKind = "attachment"
    ) -> Call[wire.ErrorFileView]:
        """Add a file to a report."""
        return upload(f"{_ERROR}/files", content, wire.ErrorFileView, error_id, name=name, kind=kind)

    @download
    def file(self, file_id: int) -> Call[None]:
        """Fetch the bytes of a file of a report."""
        return content(f"{_ERRORS}/files/{{id}}/content", file_id)


class ErrorGroups(Group[C]):
    """Faults: reports of the same kind from the same place in the code."""

    @listing
    def list(
        self,
        *,
        state: str | None = None,
        automation: str | None = None,
        text: str | None = None,
        since: str | None = None,
        limit: int | None = None,
    ) -> Listing[wire.ErrorGroupView]:
        """List faults, the one that was seen last first; `state` is open, resolved or all."""
        return pages(
            _GROUPS,
            wire.ErrorGroupPage,
            lambda page: page.groups,
            cursor="before",
            limit=limit,
            state=state,
            automation=automation,
            text=text,
            since=since,
        )

    @call
    def get(self, group_id: int) -> Call[wire.ErrorGroupView]:
        """Read one fault."""
        return get(_GROUP, wire.ErrorGroupView, group_id)

    @call
    def resolve(self, group_id: int) -> Call[wire.ErrorGroupView]:
        """Mark a fault as mended."""
        return post(f"{_GROUP}/resolve", None, wire.ErrorGroupView, group_id, repeatable=True)

    @call
    def reopen(self, group_id: int) -> Call[wire.ErrorGroupView]:
        """Take the mark away."""
        return post(f"{_GROUP}/reopen", None, wire.ErrorGroupView, group_id, repeatable=True)


class Messages(Group[C]):
    """Mail that the server sends."""

    @listing
    def list(
        self, *, state: str | None = None, task: int | None = None, limit: int | None = None
    ) -> Listing[wire.MessageView]:
        """List messages, newest first: those with a delivery in a state, or those of a task."""
        return pages(
            _MESSAGES,
            wire.MessagePage,
            lambda page: page.messages,
            cursor="before",
            limit=limit,
            state=state,
            task=task,
        )

    @call
    def get(self, message_id: int) -> Call[wire.MessageView]:
        """Read one message, with what became of it for each recipient."""
        return get(_MESSAGE, wire.MessageView, message_id)

    @fields(wire.SendMessage)
    def send(self, body: wire.SendMessage) -> Call[wire.MessageView]:
        """Send mail to addresses, to members by their logins, and to groups by their names."""
        return make(_MESSAGES, body, wire.MessageView)

    @call
    def repeat(self, message_id: int) -> Call[wire.MessageView]:
        """Try again what failed of a message."""
        return post(f"{_MESSAGE}/repeat", None, wire.MessageView, message_id)


class LogTables(Group[C]):
    """Logs with columns, which bots write rows into."""

    @listing
    def list(self, *, text: str | None = None, limit: int | None = None) -> Listing[wire.LogTableView]:
        """List the tables by label."""
        return pages(_LOGS, wire.LogTablePage, lambda page: page.tables, limit=limit, text=text)

    @call
    def get(self, label: str) -> Call[wire.LogTableView]:
        """Describe a table."""
        return get(_LOG, wire.LogTableView, label)

    @call
    def create(
        self, label: str, columns: Sequence[str | wire.LogColumn], *, folder: str | None = None
    ) -> Call[wire.LogTableView]:
        """Make a table with columns, by their labels; one that is there with the same columns is returned."""
        made = [one if isinstance(one, wire.LogColumn) else wire.LogColumn(label=one) for one in columns]
        body = wire.CreateLogTable(label=label, columns=made, folder=folder)
        return post(_LOGS, body, wire.LogTableView, repeatable=True)

    @call
    def delete(self, label: str) -> Call[None]:
        """Delete a table with its rows."""
        return delete(_LOG, label)

    @listing
    def rows(self, label: str, *, since: str | None = None, limit: int | None = None) -> Listing[wire.LogRowView]:
        """List the rows of a table, newest first, those from a moment on or all."""
        return pages(
            f"{_LOG}/rows", wire.LogRowPage, lambda page: page.rows, label, cursor="before", limit=limit, since=since
        )

    @call
    def add(self, label: str, rows: Sequence[Mapping[str, Any]]) -> Call[wire.RowsAdded]:
        """Add rows, each from the labels of columns to values; all or none."""
        return make(f"{_LOG}/rows", wire.AddLogRows(rows=[dict(row) for row in rows]), wire.RowsAdded, label)

    @download
    def export_csv(self, label: str, *, since: str | None = None) -> Call[None]:
        """Fetch the rows of a table as CSV, those from a moment on or all."""
        return content(f"{_LOG}/export", label, accept="text/csv", since=since)
