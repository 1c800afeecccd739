"""Changing an automation: what it is called, where it runs, what it takes and gives, what it may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from botyard.base.exceptions import Invalid
from botyard.console.frame import done, page
from botyard.core import automations, folders, parameters
from botyard.core.automations import Automation
from botyard.storage import Tx
from botyard.web import Form, Request, Response

#: Empty rows, for parameters that are to be declared besides.
_MORE = 3
_TEXTS = ("name", "description", "folder", "runner_label", "priority", "max_attempts", "on_lost", "grace_seconds")
_NUMBERS = ("priority", "max_attempts", "grace_seconds")
_USES = ("queues", "credentials", "assets")
_PARTS = ("parameter", "type", "shape", "scope")


async def edit(request: Request) -> Response:
    """Show the form that changes an automation."""
    return await _show(request)


async def save(request: Request) -> Response:
    """Change an automation; tasks made before stay as they were made."""
    form = await request.form()
    try:
        changed = await request.change(
            _save, audit_action="automations.update", form=form, now=request.now, **_who(request)
        )
    except Invalid as error:
        return await _show(request, form=form, error=error)
    return done(_address(changed.label), f"{changed.name} is changed.")


async def _show(request: Request, *, form: Form | None = None, error: Invalid | None = None) -> Response:
    context = await request.db.read(
        _context, workspace_id=request.caller.workspace_id, label=request.path["label"], form=form
    )
    status, wrong = (400, error.field or "") if error else (200, "")
    said = {"problem": error.message if error else "", "hint": error.hint if error else "", "wrong": wrong}
    whole = {**context, **said}
    return page(request, "pages/automation_rules.html", section="/automations", block="main", status=status, **whole)


def _address(label: str) -> str:
    return f"/automations/{quote(label, safe='')}"


def _who(request: Request) -> dict[str, Any]:
    return {
        "workspace_id": request.caller.workspace_id,
        "label": request.path["label"],
        "actor": request.caller.actor,
    }


def _save(tx: Tx, *, workspace_id: int, label: str, form: Form, actor: str, now: int) -> Automation:
    return automations.update(tx, workspace_id=workspace_id, label=label, fields=fields_of(form), actor=actor, now=now)


def fields_of(form: Form) -> dict[str, Any]:
    """Return the fields of an automation that a form gives. Raises Invalid naming the field."""
    typed = {name: form.text(name).strip() for name in _TEXTS}
    return {
        **typed,
        **{name: _number(typed[name], name) for name in _NUMBERS},
        "folder": typed["folder"] or folders.DEFAULT,
        "runner_label": typed["runner_label"] or None,
        "parameters": [
            {"name": name, "type": kind, "array": shape == "list", "scope": scope}
            for name, kind, shape, scope in _rows(form)
        ],
        "uses": {each: _lines(form.text(f"uses.{each}")) for each in _USES} if form.text("uses") == "some" else None,
    }


def _rows(form: Form) -> list[tuple[str, ...]]:
    rows = zip(*(form.all(part) for part in _PARTS), strict=False)
    return [(name.strip(), *rest) for name, *rest in rows if name.strip()]


def _number(typed: str, name: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise Invalid(f'"{typed[:40]}" is not a whole number.', hint="Write digits only.", field=name)
    return int(typed)


def _lines(typed: str) -> list[str]:
    return [line.strip() for line in typed.splitlines() if line.strip()]


def _context(tx: Tx, *, workspace_id: int, label: str, form: Form | None) -> dict[str, Any]:
    automation = automations.get(tx, workspace_id=workspace_id, label=label)
    known = folders.search(tx, workspace_id=workspace_id)
    values = _values(automation) if form is None else _sent(form)
    rows = [*values["rows"], *[("", "string", "one", "In")] * _MORE]
    return {
        "automation": automation,
        "href": _address(automation.label),
        "values": {**values, "rows": rows},
        "types": [(kind, kind) for kind in parameters.TYPES],
        "scopes": [("In", "goes in"), ("Out", "comes out"), ("InOut", "both")],
        "folders": [folder.name for folder in known],
    }


def _values(automation: Automation) -> dict[str, Any]:
    uses: Mapping[str, Any] | None = automation.uses
    return {
        **{name: getattr(automation, name) for name in _TEXTS},
        "runner_label": automation.runner_label or "",
        "rows": [
            (each["name"], each["type"], "list" if each["array"] else "one", each["scope"])
            for each in automation.parameters
        ],
        "limited": uses is not None,
        **{f"uses_{each}": "\n".join((uses or {}).get(each, ())) for each in _USES},
    }


def _sent(form: Form) -> dict[str, Any]:
    return {
        **{name: form.text(name) for name in _TEXTS},
        "rows": _rows(form),
        "limited": form.text("uses") == "some",
        **{f"uses_{each}": form.text(f"uses.{each}") for each in _USES},
    }
