"""The list of tasks: filter, live rows, and actions on several tasks at once."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import Invalid
from botyard.console import listing
from botyard.console.frame import done, page
from botyard.console.wording import UNFINISHED, count_of
from botyard.core import tasks
from botyard.storage import Tx
from botyard.web import Request, Response, session

_MAX_ROWS = 100
MAX_PICKED = 500
_ACTIONS = {"cancel": tasks.cancel_many, "restart": tasks.restart_many}
_VERBS = {"cancel": "Cancel", "restart": "Restart"}
_PAST = {"cancel": "cancelled", "restart": "queued again"}


async def show(request: Request) -> Response:
    """Show one page of the tasks that fit the filter."""
    before = request.query_int("before", default=0, low=0, high=2**62)
    context = await request.db.read(
        listing.context,
        workspace_id=request.caller.workspace_id,
        query=request.query.get("q", ""),
        before=before or None,
        now=request.now,
    )
    return page(request, "pages/tasks.html", section="/tasks", **context)


async def fresh(request: Request) -> Response:
    """Return the present rows of the tasks on the page, and how many new ones there are."""
    context = await request.db.read(
        listing.fresh,
        workspace_id=request.caller.workspace_id,
        query=request.query.get("q", ""),
        newest=request.query_int("newest", default=0, low=0, high=2**62),
        ids=_ids(request.query.get("ids", "").split(","))[:_MAX_ROWS],
        now=request.now,
    )
    return page(request, "parts/fresh_rows.html", **context)


async def preview(request: Request) -> Response:
    """Show exactly what an action on the ticked tasks would do."""
    action = _action(request.query.get("action", ""))
    picked = _ids(request.query_all("id"))
    back = session.safe_next(request.query.get("back"), "/tasks")
    context = await request.db.read(_preview, workspace_id=request.caller.workspace_id, action=action, picked=picked)
    return page(request, "pages/bulk.html", section="/tasks", block="sheet", back=back, **context)


async def act(request: Request) -> Response:
    """Cancel or restart the previewed tasks."""
    form = await request.form()
    action = _action(form.text("action"))
    verdicts = await request.change(
        _ACTIONS[action],
        audit_action=f"tasks.{action}_many",
        audit_target=lambda made: ",".join(str(verdict.task_id) for verdict in made)[:500],
        workspace_id=request.caller.workspace_id,
        task_ids=_ids(form.all("id")),
        actor=request.caller.actor,
        now=request.now,
    )
    return _report(action, verdicts, session.safe_next(form.text("back"), "/tasks"))


def _report(action: str, verdicts: list[tasks.Verdict], back: str) -> Response:
    refused = [verdict for verdict in verdicts if verdict.error is not None]
    title = f"{count_of(len(verdicts) - len(refused), 'task')} {_PAST[action]}."
    if not refused:
        return done(back, title)
    reasons = " ".join(f"{verdict.task_id}: {verdict.error}" for verdict in refused[:5])
    return done(back, title, f"{count_of(len(refused), 'task')} left alone. {reasons}", kind="warn")


def _preview(tx: Tx, *, workspace_id: int, action: str, picked: list[int]) -> dict[str, Any]:
    found = [tasks.find(tx, workspace_id=workspace_id, task_id=task_id) for task_id in picked]
    there = [task for task in found if task is not None]
    if action == "cancel":
        meant = [task for task in there if task.state in UNFINISHED]
        rest = f"{count_of(len(there) - len(meant), 'ticked task')} finished before and stay as they are."
    else:
        meant = [task for task in there if task.state != tasks.State.PREPARING]
        running = sum(task.state in tasks.HELD for task in meant)
        rest = f"{count_of(running, 'task')} of them run now; their attempts are stopped first."
        rest = rest if running else ""
    return {
        "action": action,
        "verb": _VERBS[action],
        "tasks": meant,
        "title": f"{_VERBS[action]} {count_of(len(meant), 'task')}",
        "sentence": rest if action == "restart" or len(meant) < len(there) else "",
    }


def _action(name: str) -> str:
    if name not in _ACTIONS:
        raise Invalid(f'"{name[:40]}" cannot be done to tasks.', hint="Cancel or restart them.", field="action")
    return name


def _ids(texts: list[str]) -> list[int]:
    """Return the ids among `texts`, each once. Raises Invalid for too many."""
    found = dict.fromkeys(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19)
    if len(found) > MAX_PICKED:
        raise Invalid(f"{len(found)} tasks are too many at once.", hint=f"Pick at most {MAX_PICKED}.", field="id")
    return list(found)
