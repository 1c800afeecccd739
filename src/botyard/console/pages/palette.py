"""The palette: any page, automation, task or action, one key away."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from botyard.console.filters import address
from botyard.console.frame import page
from botyard.console.places import places_for
from botyard.console.wording import state_word
from botyard.core import automations, queues, tasks
from botyard.core.access import Caller, Permission
from botyard.storage import Tx
from botyard.web import Request, Response

_MAX = 8


class Place(NamedTuple):
    """Somewhere to go."""

    href: str
    title: str
    icon: str
    beside: str = ""


_VIEWS = (
    Place("/account", "Account", "person", "page"),
    Place("/tasks?q=state:failed+newer:24h", "Failed tasks of the last 24 hours", "list", "view"),
    Place("/tasks?q=state:waiting", "Waiting tasks", "list", "view"),
    Place("/tasks?q=state:active", "Running tasks", "list", "view"),
)


async def search(request: Request) -> Response:
    """Return the places that fit what was typed."""
    context = await request.db.read(_context, caller=request.caller, query=request.query.get("q", ""))
    return page(request, "parts/palette.html", **context)


def _context(tx: Tx, *, caller: Caller, query: str) -> dict[str, Any]:
    wanted = query.replace("\0", "").strip()[:100]
    found = automations.search(tx, workspace_id=caller.workspace_id, text=wanted or None, limit=_MAX)
    runs = caller.may(Permission.TASKS_RUN)
    return {
        "groups": [
            ("Tasks", _tasks(tx, caller.workspace_id, wanted)),
            ("Pages", _pages(caller, wanted.lower())),
            ("Automations", [_page_of(it) for it in found]),
            ("Queues", _queues(tx, caller, wanted)),
            ("Start", [_start(it) for it in found] if runs and wanted else []),
            ("Search", [Place(address("/tasks", q=wanted), f"Tasks with “{wanted}”", "search")] if wanted else []),
        ]
    }


def _tasks(tx: Tx, workspace_id: int, wanted: str) -> list[Place]:
    number = wanted.removeprefix("#")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return []
    task = tasks.find(tx, workspace_id=workspace_id, task_id=int(number))
    if task is None:
        return []
    return [Place(f"/tasks/{task.id}", f"Task {task.id} · {task.automation_name}", "list", state_word(task.state).word)]


def _pages(caller: Caller, wanted: str) -> list[Place]:
    menu = [Place(it.path, it.name, it.icon, "page") for _, group in places_for(caller) for it in group]
    return [place for place in (*menu, *_VIEWS) if wanted in place.title.lower()]


def _queues(tx: Tx, caller: Caller, wanted: str) -> list[Place]:
    if not caller.may(Permission.QUEUES_READ):
        return []
    found = queues.search(tx, workspace_id=caller.workspace_id, text=wanted or None, limit=_MAX)
    return [Place(f"/queues/{quote(it.label, safe='')}", it.name, "tray", it.label) for it in found]


def _page_of(it: automations.Automation) -> Place:
    return Place(f"/automations/{quote(it.label, safe='')}", it.name, "bot", it.label)


def _start(it: automations.Automation) -> Place:
    return Place(address("/tasks/new", automation=it.label), f"Start {it.name}", "play", "action")
