"""Making a queue, changing its rules, deleting it."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.console import queueview
from botyard.console.frame import done, page
from botyard.core import automations, queues
from botyard.core.queues import Field, Queue
from botyard.storage import Tx
from botyard.web import Form, Request, Response

_MAX_CHOICES = 500
_FLAGS = ("auto_retry", "retry_business", "abort_on_error", "time_limit_on")
_NUMBERS = ("max_retries", "retry_delay_seconds", "max_errors", "time_limit_minutes", "lease_seconds")
_WORDS = ("name", "folder", "policy", "trigger")
_MARKS = ("unique", "display")


async def new(request: Request) -> Response:
    """Show the form that makes a queue."""
    context = await request.db.read(_context, workspace_id=request.caller.workspace_id, label=None)
    return page(request, "pages/queue_rules.html", section="/queues", block="main", **context)


async def create(request: Request) -> Response:
    """Make a queue."""
    form, workspace_id = await request.form(), request.caller.workspace_id
    try:
        label = form.text("label")
        made = await request.change(
            queues.create, workspace_id=workspace_id, label=label, **_who(request), **_rules(form, new=label)
        )
    except (AlreadyExists, Invalid, NotFound) as error:
        context = await request.db.read(_context, workspace_id=workspace_id, label=None, form=form, error=error)
        return page(request, "pages/queue_rules.html", section="/queues", block="main", status=400, **context)
    return done(queueview.page_of(made.label), f"Queue {made.name} is there.")


async def edit(request: Request) -> Response:
    """Show the form that changes a queue's rules."""
    context = await request.db.read(_context, workspace_id=request.caller.workspace_id, label=request.path["label"])
    return page(request, "pages/queue_rules.html", section="/queues", block="main", **context)


async def save(request: Request) -> Response:
    """Change a queue's rules."""
    form, place = await request.form(), _place(request)
    try:
        queue = await request.change(queues.update, **place, **_who(request), **_rules(form))
    except (Invalid, NotFound) as error:
        context = await request.db.read(_context, form=form, error=error, **place)
        return page(request, "pages/queue_rules.html", section="/queues", block="main", status=400, **context)
    return done(queueview.page_of(queue.label), f"The rules of {queue.name} are changed.")


async def delete(request: Request) -> Response:
    """Delete a queue."""
    label = request.path["label"]
    await request.change(queues.delete, audit_target=label[:200], **_place(request), **_who(request))
    return done("/queues", f"Queue {label[:100]} is deleted.")


def _place(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "label": request.path["label"]}


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}


def _rules(form: Form, *, new: str = "") -> dict[str, Any]:
    rules: dict[str, Any] = {name: form.text(name).strip() for name in _WORDS}
    rules["name"] = rules["name"] or new
    rules["folder"] = rules["folder"] or "DEFAULT"
    rules |= {flag: bool(form.text(flag)) for flag in _FLAGS}
    rules |= {name: _whole(form.text(name), name) for name in _NUMBERS}
    rules["automation"] = form.text("automation").strip() or None
    rules["unique_scope"] = form.text("unique_scope").strip() or None
    rules["schema"] = fields_of(form.text("schema"))
    return rules


def fields_of(text: str) -> list[Field]:
    """Return the fields that lines such as `invoice: text unique display` declare. Raises Invalid."""
    found = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), start=1):
        label, _, rest = line.partition(":")
        words = rest.split()
        marks = [word for word in words if word in _MARKS]
        kinds = [word for word in words if word not in _MARKS]
        if len(kinds) > 1:
            raise Invalid(
                f'Line {number} of the fields has a word too many: "{kinds[1][:40]}".',
                hint="Write invoice: text unique display.",
                field="schema",
            )
        kind = kinds[0] if kinds else "text"
        found.append(Field(label=label.strip(), type=kind, unique="unique" in marks, display="display" in marks))
    return found


def lines_of(schema: list[Field]) -> str:
    """Return declared fields as the lines that `fields_of` reads."""
    return "\n".join(
        f"{each.label}: {each.type}{' unique' if each.unique else ''}{' display' if each.display else ''}"
        for each in schema
    )


def _whole(text: str, field: str) -> int:
    text = text.strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise Invalid(f'"{text[:20]}" is not a whole number.', hint="Use digits only.", field=field)
    return int(text)


def _context(
    tx: Tx,
    *,
    workspace_id: int,
    label: str | None,
    form: Form | None = None,
    error: AlreadyExists | Invalid | NotFound | None = None,
) -> dict[str, Any]:
    queue = None if label is None else queues.get(tx, workspace_id=workspace_id, label=label)
    return {
        "queue": queue,
        "href": None if queue is None else queueview.page_of(queue.label),
        "values": _sent(form) if form is not None else _stored(queue),
        "automation_choices": [
            ("", "none"),
            *((each, each) for each in automations.labels(tx, workspace_id=workspace_id, limit=_MAX_CHOICES)),
        ],
        "problem": error.message if error else "",
        "hint": error.hint if error else "",
        "wrong": error.field if error else None,
    }


def _stored(queue: Queue | None) -> dict[str, Any]:
    if queue is None:
        return {**queues.DEFAULTS, "label": "", "name": "", "schema": ""}
    return {name: getattr(queue, name) for name in ("label", "name", *queues.DEFAULTS)} | {
        "schema": lines_of(queue.schema)
    }


def _sent(form: Form) -> dict[str, Any]:
    names = ("label", "automation", "unique_scope", "schema", *_WORDS, *_NUMBERS)
    return {name: form.text(name) for name in names} | {flag: bool(form.text(flag)) for flag in _FLAGS}
