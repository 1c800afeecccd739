"""Who is mailed the alerts of an automation, and from which level."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from botyard.base.exceptions import Invalid
from botyard.console.frame import done, page
from botyard.console.wording import count_of
from botyard.core import access, automations, messages
from botyard.core.messages import LEVELS, Subscription
from botyard.storage import Tx
from botyard.web import Form, Request, Response

#: Empty rows, for whoever is to be told besides.
_MORE = 3
_SUGGESTED = 200
#: What a level means here.
WORDS = {"info": "every alert", "warn": "warnings and errors", "error": "errors only"}


async def edit(request: Request) -> Response:
    """Show who is told of the alerts."""
    return await _show(request)


async def save(request: Request) -> Response:
    """Replace who is told of the alerts."""
    form, label = await request.form(), request.path["label"]
    try:
        told = await request.change(
            _save, audit_action="messages.subscribe", audit_target=label[:100], form=form, **_place(request)
        )
    except Invalid as error:
        return await _show(request, form=form, error=error)
    words = f"{count_of(len(told), 'recipient')} told of its alerts." if told else "Nobody is told of its alerts."
    return done(_address(label), words)


async def _show(request: Request, *, form: Form | None = None, error: Invalid | None = None) -> Response:
    context = await request.db.read(_context, **_place(request))
    rows = context["rows"] if form is None else _rows(form)
    return page(
        request,
        "pages/alert_subscriptions.html",
        section="/automations",
        block="main",
        status=400 if error else 200,
        href=_address(request.path["label"]),
        problem=error.message if error else "",
        hint=error.hint if error else "",
        wrong=error.field if error else None,
        **{**context, "rows": [*rows, *[("", "warn")] * _MORE]},
    )


def _address(label: str) -> str:
    return f"/automations/{quote(label, safe='')}"


def _place(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "label": request.path["label"]}


def _rows(form: Form) -> list[tuple[str, str]]:
    pairs = zip(form.all("to"), form.all("level"), strict=False)
    return [(to.strip(), level) for to, level in pairs if to.strip()]


def _save(tx: Tx, *, workspace_id: int, label: str, form: Form) -> list[Subscription]:
    wanted = []
    for number, (to, level) in enumerate(_rows(form)):
        recipient = messages.find_recipient(tx, workspace_id=workspace_id, name=to)
        if recipient is None:
            raise Invalid(
                f'"{to[:80]}" is neither a group, nor a member of this workspace, nor an e-mail address.',
                hint="Write the name of a group, a login name, or name@example.org.",
                field=f"to-{number}",
            )
        wanted.append(Subscription(recipient=recipient, level=level))
    return messages.subscribe(tx, workspace_id=workspace_id, automation=label, wanted=wanted)


def _context(tx: Tx, *, workspace_id: int, label: str) -> dict[str, Any]:
    automation = automations.get(tx, workspace_id=workspace_id, label=label)
    told = messages.subscriptions(tx, workspace_id=workspace_id, automation=label)
    people = access.list_users(tx, workspace_id=workspace_id)
    groups = messages.list_groups(tx, workspace_id=workspace_id, limit=_SUGGESTED)
    known = [group.name for group in groups] + [user.login for user, _ in people]
    return {
        "automation": automation,
        "rows": [(each.recipient.name, each.level) for each in told],
        "levels": [(level, WORDS[level]) for level in LEVELS],
        "known": known[:_SUGGESTED],
    }
