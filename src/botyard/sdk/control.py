"""Calls as the command line puts them together: those of the concepts, with bodies that it has at hand.

with Client("http://127.0.0.1:8080", key) as client:
    task = client.send(control.create_task(wire.CreateTask(automation="invoices")))
    for page in control.log_pages(client, task.id, follow=True):
        ...
"""

from __future__ import annotations

from collections.abc import Iterator

from botyard.sdk.calls import Call
from botyard.sdk.concepts.automations import Automations
from botyard.sdk.concepts.secrets import Vault
from botyard.sdk.concepts.tasks import Tasks
from botyard.sdk.concepts.workspace import Workspace
from botyard.sdk.native import Client
from botyard.wire import tasks as wire

_HOLD = 25.0
_LINES = 5000

get_automation = Automations.get
deploy = Automations.deploy
get_task = Tasks.get
cancel_task = Tasks.cancel
rotate_token = Tasks.rotate_token
apply = Workspace.apply
rotate_vault = Vault.step


def create_task(body: wire.CreateTask) -> Call[wire.TaskView]:
    """Start an automation."""
    return Tasks.create(
        body.automation,
        body.parameters,
        priority=body.priority,
        not_before=body.not_before,
        test=body.test,
    )


def log_pages(client: Client, task_id: int, *, follow: bool = False) -> Iterator[wire.LogPage]:
    """Yield a task's log page by page; with `follow` until it is complete, else up to its present end."""
    after = None
    while True:
        page = client.send(Tasks.log_page(task_id, after=after, wait=_HOLD if follow else 0.0, limit=_LINES))
        yield page
        if page.complete or (not follow and not page.lines):
            return
        after = page.next
