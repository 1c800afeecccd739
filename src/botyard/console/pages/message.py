"""One message, recipient by recipient; and the groups that mail goes to."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.console.frame import done, page
from botyard.console.pages.message_list import group_address, recipients_of
from botyard.console.wording import count_of
from botyard.core import messages
from botyard.core.messages import Delivery, Message, Recipient, State
from botyard.storage import Tx
from botyard.web import Form, Request, Response


async def show(request: Request) -> Response:
    """Show a message and what became of it."""
    context = await request.db.read(
        _context, workspace_id=request.caller.workspace_id, message_id=request.path_id("id")
    )
    return page(request, "pages/message.html", section="/messages", **context)


async def repeat(request: Request) -> Response:
    """Try what failed again."""
    message = await request.change(
        messages.repeat,
        workspace_id=request.caller.workspace_id,
        message_id=request.path_id("id"),
        actor=request.caller.actor,
        now=request.now,
    )
    return done(f"/messages/{message.id}", "What failed is on its way again.")


async def new_group(request: Request) -> Response:
    """Show the form that makes a group."""
    return _form(request, None, "", "")


async def edit_group(request: Request) -> Response:
    """Show the form that changes a group."""
    group = await request.db.read(
        messages.get_group, workspace_id=request.caller.workspace_id, name=request.path["name"]
    )
    return _form(request, group, group.name, "\n".join(member.name for member in group.members))


async def create_group(request: Request) -> Response:
    """Make a group."""
    form, workspace_id = await request.form(), request.caller.workspace_id
    try:
        made = await request.change(
            _create, audit_action="messages.create_group", workspace_id=workspace_id, form=form, **_who(request)
        )
    except (AlreadyExists, Invalid) as error:
        return _form(request, None, form.text("name"), form.text("members"), error)
    return done("/messages", f"The group {made.name} has {count_of(len(made.members), 'member')}.")


async def save_group(request: Request) -> Response:
    """Replace the members of a group."""
    form, name = await request.form(), request.path["name"]
    workspace_id = request.caller.workspace_id
    try:
        made = await request.change(
            _update,
            audit_action="messages.update_group",
            workspace_id=workspace_id,
            name=name,
            form=form,
            **_who(request),
        )
    except Invalid as error:
        return _form(request, name, name, form.text("members"), error)
    return done("/messages", f"The group {made.name} has {count_of(len(made.members), 'member')}.")


async def delete_group(request: Request) -> Response:
    """Delete a group with its subscriptions."""
    gone = await request.change(
        messages.delete_group,
        audit_target=lambda group: group.name,
        workspace_id=request.caller.workspace_id,
        name=request.path["name"],
        **_who(request),
    )
    return done("/messages", f"The group {gone.name} is gone.")


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}


def _create(tx: Tx, *, workspace_id: int, form: Form, actor: str, now: int) -> messages.Group:
    members = _members(tx, workspace_id, form.text("members"))
    return messages.create_group(
        tx, workspace_id=workspace_id, name=form.text("name"), members=members, actor=actor, now=now
    )


def _update(tx: Tx, *, workspace_id: int, name: str, form: Form, actor: str, now: int) -> messages.Group:
    members = _members(tx, workspace_id, form.text("members"))
    return messages.update_group(tx, workspace_id=workspace_id, name=name, members=members, actor=actor, now=now)


def _members(tx: Tx, workspace_id: int, text: str) -> list[Recipient]:
    found = []
    for line in filter(None, map(str.strip, text.replace(",", "\n").splitlines())):
        member = messages.find_recipient(tx, workspace_id=workspace_id, name=line, with_groups=False)
        if member is None:
            raise Invalid(
                f'"{line[:80]}" is neither a member of this workspace nor an e-mail address.',
                hint="Write a login name or name@example.org, one a line.",
                field="members",
            )
        found.append(member)
    return found


def _form(
    request: Request,
    group: messages.Group | str | None,
    name: str,
    members: str,
    error: AlreadyExists | Invalid | NotFound | None = None,
) -> Response:
    return page(
        request,
        "pages/group.html",
        section="/messages",
        block="main",
        status=400 if error else 200,
        group=group,
        href=group_address(name) if group else None,
        name=name,
        members=members,
        problem=error.message if error else "",
        hint=error.hint if error else "",
        wrong=error.field if error else None,
    )


def _context(tx: Tx, *, workspace_id: int, message_id: int) -> dict[str, Any]:
    message = messages.get(tx, workspace_id=workspace_id, message_id=message_id)
    deliveries = messages.deliveries_of(tx, workspace_id=workspace_id, message_id=message_id)
    return {
        "message": message,
        "recipients": recipients_of(message),
        "deliveries": deliveries,
        "answer": answer(message, deliveries),
    }


def answer(message: Message, deliveries: list[Delivery]) -> str:
    """Return what became of a message, in a sentence."""
    if message.failed:
        told = next((each.error for each in deliveries if each.state is State.FAILED and each.error), "")
        return f"{count_of(message.failed, 'recipient')} of {len(deliveries)} did not get it. {(told or '')[:300]}"
    if message.held:
        return "It is held until a mail server is configured."
    if message.queued:
        again = max((each.attempts for each in deliveries), default=0)
        return "It is on its way." if not again else f"It is tried again; {count_of(again, 'attempt')} so far."
    return f"The mail server took it for {count_of(len(deliveries), 'recipient')}."
