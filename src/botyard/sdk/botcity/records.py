"""Calls about alerts, messages and logs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from botyard.sdk.botcity.guards import ensure_access_token
from botyard.sdk.botcity.model import AlertType, Column, MessageType, ServerMessage
from botyard.sdk.botcity.session import Session, refuse
from botyard.sdk.transport import Reply, segment

_ALL_DAYS = 365


class RecordCalls(Session):
    """Calls raise ValueError with the server's status and message when it refuses, however its answer is written."""

    @ensure_access_token()
    def alert(self, task_id: Any, title: str, message: str, alert_type: AlertType | str) -> ServerMessage:
        """Raise an alert on a task.

        Better than in the vendor's package, whose error shows a pattern instead of the status and the message.
        """
        body = {"taskId": task_id, "title": title, "message": message, "type": alert_type}
        reply = self.call_api("POST", "/alerts", json=body)
        return ServerMessage.from_json(reply.text) if reply.ok else refuse("alert", reply)

    @ensure_access_token()
    def message(
        self,
        email: Sequence[str],
        users: Sequence[str],
        subject: str,
        body: str,
        msg_type: MessageType | str,
        group: str | None = None,
    ) -> ServerMessage:
        """Send an e-mail to addresses, users of the workspace and a group."""
        call = {"emails": email, "logins": users, "subject": subject, "body": body, "type": msg_type}
        return _told(self.call_api("POST", "/message", json=call | {"group": group or ""}), "message")

    @ensure_access_token()
    def new_log(self, activity_label: str, columns: Sequence[Column]) -> ServerMessage:
        """Declare a log and its columns."""
        body = {
            "activityLabel": activity_label,
            "columns": [asdict(column) for column in columns],
            "organizationLabel": self.organization,
        }
        reply = self.call_api("POST", "/log", json=body)
        return ServerMessage.from_json(reply.text) if reply.ok else refuse("new log", reply)

    @ensure_access_token()
    def new_log_entry(self, activity_label: str, values: dict[str, Any]) -> ServerMessage:
        """Add a row to a log: the labels of columns, and their values."""
        return _told(self.call_api("POST", f"/log/{segment(activity_label)}/entry", json=values), "new log entry")

    @ensure_access_token()
    def get_log(self, activity_label: str, date: str | None = "") -> list[dict[str, Any]]:
        """Return the rows of a log by the names of its columns: from a day on (DD/MM/YYYY), else those of a year.

        Better than in the vendor's package: a row that lacks a column has an empty text there, instead of a KeyError.
        """
        days = _ALL_DAYS
        if date:
            days = (dt.datetime.now() - dt.datetime.strptime(date, "%d/%m/%Y")).days + 1  # noqa: DTZ005, DTZ007
        path = f"/log/{segment(activity_label)}"
        reply = self.call_api("GET", path)
        columns = reply.json().get("columns") if reply.ok else refuse("log read", reply)
        if not columns:
            raise ValueError(f'The log "{activity_label}" has no columns, so its rows cannot be read.')
        reply = self.call_api("GET", f"{path}/entry-list", params={"days": days})
        rows = reply.json() if reply.ok else refuse("log entry read", reply)
        return [{one["name"]: row["columns"].get(one["label"], "") for one in columns} for row in rows]

    @ensure_access_token()
    def delete_log(self, activity_label: str) -> ServerMessage:
        """Delete a log with its rows."""
        return _told(self.call_api("DELETE", f"/log/{segment(activity_label)}"), "log delete")


def _told(reply: Reply, what: str) -> ServerMessage:
    """Return the answer of a call that has a text to tell, and its status as the type."""
    if reply.status_code != 200:
        refuse(what, reply)
    return ServerMessage.from_json(json.dumps({"message": reply.text, "type": reply.status_code}))
