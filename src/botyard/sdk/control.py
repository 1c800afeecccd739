"""Calls of people and scripts: start and watch tasks, deploy, make keys, apply a workspace file.

with Client("http://127.0.0.1:8080", key) as client:
task = client.send(control.create_task(wire.CreateTask(automation="invoices")))
for page in control.log_pages(client, task.id, follow=True):
...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from botyard.sdk.calls import Call, get, post
from botyard.sdk.errors import Refused
from botyard.sdk.native import Client
from botyard.wire import native as wire

_HOLD = 25.0


def get_automation(label: str) -> Call[wire.AutomationView]:
    """Read an automation."""
    return get(f"/api/v1/automations/{_segment(label)}", wire.AutomationView)


def deploy(
    label: str, archive: bytes, *, version: str | None, dialect: str | None, app: str | None = None
) -> Call[wire.Deployed]:
    """Store and release a package; repeatable because the same bytes return the version they have."""
    given = (("version", version), ("dialect", dialect), ("app", app))
    query = {name: value for name, value in given if value is not None}
    return Call(
        method="POST",
        path=f"/api/v1/automations/{_segment(label)}/deploy",
        reply=wire.Deployed,
        query=query,
        content=archive,
        media_type="application/zip",
        repeatable=True,
    )


def create_task(body: wire.CreateTask) -> Call[wire.TaskView]:
    """Start an automation."""
    return post("/api/v1/tasks", body, wire.TaskView)


def get_task(task_id: int, *, wait: float = 0.0) -> Call[wire.TaskView]:
    """Read a task; with `wait` as soon as it is settled, at the latest after so many seconds."""
    return get(f"/api/v1/tasks/{task_id}", wire.TaskView, wait=wait, **({"wait_": wait} if wait else {}))


def cancel_task(task_id: int) -> Call[wire.TaskView]:
    """Cancel a task; one that has ended stays as it is."""
    return post(f"/api/v1/tasks/{task_id}/cancel", {}, wire.TaskView, repeatable=True)


def rotate_token(task_id: int) -> Call[wire.TaskView]:
    """Have the token of a task's attempt replaced while it runs."""
    return post(f"/api/v1/tasks/{task_id}/rotate-token", {}, wire.TaskView, repeatable=True)


def get_log(task_id: int, *, after: str | None = None, wait: float = 0.0) -> Call[wire.LogPage]:
    """Read lines after a position; with `wait` as soon as there are some."""
    return get(
        f"/api/v1/tasks/{task_id}/logs",
        wire.LogPage,
        wait=wait,
        after=after,
        limit=5000,
        **({"wait_": wait} if wait else {}),
    )


def log_pages(client: Client, task_id: int, *, follow: bool = False) -> Iterator[wire.LogPage]:
    """Yield a task's log page by page; with `follow` until it is complete, else up to its present end."""
    after = None
    while True:
        page = client.send(get_log(task_id, after=after, wait=_HOLD if follow else 0.0))
        yield page
        if page.complete or (not follow and not page.lines):
            return
        after = page.next


def connect(body: wire.ConnectCall) -> Call[dict[str, Any]]:
    """Make a key and return what its client has to be given."""
    return post("/api/v1/connect", body, dict[str, Any])


def apply(
    document: Mapping[str, Any], *, file: str, lines: Mapping[str, int], dry_run: bool = False
) -> Call[wire.ApplyReply]:
    """Make the workspace agree with a document; repeatable because applying twice changes nothing."""
    body = wire.ApplyCall(document=dict(document), file=file, lines=dict(lines))
    path = f"/api/v1/apply?dry_run={'true' if dry_run else 'false'}"
    return post(path, body, wire.ApplyReply, repeatable=True)


def rotate_vault(*, begin: bool) -> Call[wire.RotationView]:
    """Do one step of a rotation of the vault's keys; each goes on where the last one stopped."""
    return post("/api/v1/vault/rotate", wire.RotateCall(begin=begin), wire.RotationView, repeatable=not begin)


def _segment(text: str) -> str:
    if not text:
        raise Refused("The label is empty.", hint="Give the label of an automation.")
    return quote(text, safe="")
