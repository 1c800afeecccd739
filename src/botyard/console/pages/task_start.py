"""Starting a task."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import Invalid
from botyard.console import starting
from botyard.console.frame import done, page
from botyard.core import automations, tasks
from botyard.storage import Tx
from botyard.web import Form, Request, Response

ANSWER = "Choose what to run; a runner takes it as soon as it can."
_MAX_CHOICES = 500


async def form(request: Request) -> Response:
    """Show the form for the chosen automation, filled from another task if one is named."""
    source = request.query_int("from", default=0, low=0, high=2**62)
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        label=request.query.get("automation"),
        source_id=source or None,
    )
    return page(request, "pages/start.html", block="main", section="/tasks", answer=ANSWER, **context)


async def create(request: Request) -> Response:
    """Start the task that the form describes."""
    sent = await request.form()
    workspace_id = request.caller.workspace_id
    try:
        task = await request.change(
            _create, audit_action="tasks.create", workspace_id=workspace_id, form=sent, **_who(request)
        )
    except Invalid as error:
        context = await request.db.read(_again, workspace_id=workspace_id, form=sent, error=error)
        return page(request, "pages/start.html", block="main", section="/tasks", status=400, answer=ANSWER, **context)
    return done(f"/tasks/{task.id}", f"Task {task.id} is queued.")


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}


def _create(tx: Tx, *, workspace_id: int, form: Form, actor: str, now: int) -> tasks.Task:
    automation = automations.get(tx, workspace_id=workspace_id, label=form.text("automation"))
    order = starting.order_of(automation, form)
    return tasks.create(tx, workspace_id=workspace_id, actor=actor, now=now, **order)


def _again(tx: Tx, *, workspace_id: int, form: Form, error: Invalid) -> dict[str, Any]:
    context = _context(tx, workspace_id=workspace_id, label=form.text("automation"), source_id=None)
    return {**context, "run": starting.sent_form(context["automation"], form, error)}


def _context(tx: Tx, *, workspace_id: int, label: str | None, source_id: int | None) -> dict[str, Any]:
    known = automations.search(tx, workspace_id=workspace_id, limit=_MAX_CHOICES)
    source = None if source_id is None else tasks.get(tx, workspace_id=workspace_id, task_id=source_id)
    wanted = label or (source.automation if source is not None else None)
    chosen = known[0] if known else None
    if wanted is not None:
        chosen = automations.get(tx, workspace_id=workspace_id, label=wanted)
    run = None if chosen is None else starting.empty_form(chosen, source)
    return {"automations": known, "automation": chosen, "run": run}
