"""Starting a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from botyard.base.exceptions import Invalid
from botyard.console import starting
from botyard.console.frame import done, page
from botyard.core import artifacts, automations, tasks
from botyard.core.automations import Automation
from botyard.storage import Tx
from botyard.web import Form, Request, Response

ANSWER = "Choose what to run; a runner takes it as soon as it can."
#: What a form with files may take; how large one file may be is a setting.
MAX_BODY = 1024 * 1024 * 1024
_MAX_CHOICES = 500


class GivenFile(NamedTuple):
    """A file of a new task whose bytes are in the file store."""

    parameter: str
    position: int
    name: str
    digest: str
    size: int


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
    """Start the task that the form describes; what is wrong is said beside the fields."""
    sent = await request.form()
    automation, order, files = await _order(request, sent)
    if order.faults:
        return await _again(request, sent, order.faults)
    try:
        task = await request.change(_create, audit_action="tasks.create", order=order, files=files, **_who(request))
    except Invalid as error:
        return await _again(request, sent, starting.fault_of(automation, error))
    return done(
        f"/tasks/{task.id}", f"Task {task.id} is {'getting its files' if task.state == 'preparing' else 'queued'}."
    )


def _who(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "actor": request.caller.actor, "now": request.now}


async def _order(request: Request, form: Form) -> tuple[Automation, starting.Order, list[GivenFile]]:
    """Return what to run, what the form orders, and its files, which are in the file store by then."""
    label, workspace_id = form.text("automation"), request.caller.workspace_id
    automation = await request.db.read(automations.get, workspace_id=workspace_id, label=label)
    order = starting.read(automation, form)
    files: list[GivenFile] = []
    for sent in [] if order.faults else order.files:
        try:
            files.append(await _given(request, sent))
        except Invalid as error:
            order.faults[sent.parameter] = f"{error.message} {error.hint}".strip()
    return automation, order, files


async def _given(request: Request, sent: starting.Sent) -> GivenFile:
    if sent.upload is not None:
        limit = request.tools.settings.max_upload_bytes
        blob = await request.blobs.put(sent.upload.chunks(), limit=limit)
        return GivenFile(sent.parameter, sent.position, sent.name, blob.digest, blob.size)
    workspace_id = request.caller.workspace_id
    file = await request.db.read(artifacts.get, workspace_id=workspace_id, artifact_id=sent.artifact_id)
    return GivenFile(sent.parameter, sent.position, file.file_name, file.digest or "", file.size or 0)


def _create(
    tx: Tx, *, workspace_id: int, order: starting.Order, files: list[GivenFile], actor: str, now: int
) -> tasks.Task:
    task = tasks.create(tx, workspace_id=workspace_id, actor=actor, now=now, **order.fields)
    for file in files:
        _give(tx, task, file, actor=actor, now=now)
    return task


def _give(tx: Tx, task: tasks.Task, file: GivenFile, *, actor: str, now: int) -> None:
    scope: dict[str, Any] = {"workspace_id": task.workspace_id, "task_id": task.id}
    said: dict[str, Any] = {"actor": actor, "now": now}
    made = artifacts.create(tx, name=file.name, file_name=file.name, **scope, **said)
    artifacts.attach(
        tx, workspace_id=task.workspace_id, artifact_id=made.id, digest=file.digest, size=file.size, **said
    )
    tasks.give_input(tx, parameter=file.parameter, position=file.position, artifact_id=made.id, **scope)


async def _again(request: Request, form: Form, faults: Mapping[str, str]) -> Response:
    source = form.text("from")
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        label=form.text("automation"),
        source_id=int(source) if source.isascii() and source.isdigit() and 0 < len(source) < 19 else None,
        form=form,
        faults=faults,
    )
    return page(request, "pages/start.html", block="main", section="/tasks", status=400, answer=ANSWER, **context)


def _context(
    tx: Tx,
    *,
    workspace_id: int,
    label: str | None,
    source_id: int | None,
    form: Form | None = None,
    faults: Mapping[str, str] = {},
) -> dict[str, Any]:
    known = automations.search(tx, workspace_id=workspace_id, limit=_MAX_CHOICES)
    source = tasks.get(tx, workspace_id=workspace_id, task_id=source_id) if source_id else None
    wanted = label or (source.automation if source is not None else None)
    chosen = known[0] if known else None
    if wanted is not None:
        chosen = automations.get(tx, workspace_id=workspace_id, label=wanted)
    files = tasks.inputs_of(tx, workspace_id=workspace_id, task_id=source.id) if source is not None else []
    run = None
    if chosen is not None:
        run = (
            starting.empty_form(chosen, source, files)
            if form is None
            else starting.sent_form(chosen, form, faults, source.id if source else 0, files)
        )
    return {"automations": known, "automation": chosen, "run": run}
