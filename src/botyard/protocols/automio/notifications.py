"""What a program tells the person that it stands for: by mail, or on the page of its run (contract h, b.18)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from botyard.base.exceptions import Invalid, NotFound
from botyard.core import access, actions, alerts, messages
from botyard.core.access import Caller
from botyard.core.alerts import Level
from botyard.core.messages import Format, Message, Recipients, State
from botyard.core.tasks import AttemptRef
from botyard.protocols.automio.auth import app_of, check_organization
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import hidden

_LEVELS = {"info": Level.INFO, "success": Level.INFO, "warning": Level.WARN, "error": Level.ERROR}
_MAX_TITLE = 255
_MAX_DESCRIPTION = 4000


class MailSent(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to the person that the token stands for."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None


class NotificationSent(msgspec.Struct, frozen=True, kw_only=True):
    """A short message of an action."""

    title: str
    description: str = ""
    kind: Literal["info", "success", "warning", "error"] = "info"
    event_key: str = "custom"
    image: str | None = None
    data: dict[str, Any] | None = None
    actions: list[Any] | None = None
    organization_id: int | None = None


async def notify_me(request: Request) -> Response:
    """Put a mail to the token's person into the outbox; it is sent when the server can send mail."""
    sent = await hidden(request, await request.json(MailSent), "subject", "text", "html")
    subject, text, html = (sent.subject or "").strip(), sent.text or "", sent.html or ""
    if not text.strip() and not html.strip():
        raise Invalid("The mail is empty.", hint="Send a text, or html.", field="text")
    made = await request.db.write(
        _mail,
        caller=request.caller,
        subject=subject or "A message of your app",
        text=text,
        html=html,
        now=request.now,
    )
    return json_response(_told(made, can_send=bool(request.tools.settings.smtp_host)))


def _told(made: Message, *, can_send: bool) -> dict[str, Any]:
    """Return what became of a mail so far; nothing of it is worth six minutes of sleep, so none is an error."""
    if made.state is State.FAILED:
        return {"success": False, "message": f"The mail is not sent. {made.error or ''}".rstrip()}
    if not can_send:
        return {"success": True, "message": "The mail is in the outbox until this server is given a mail server."}
    return {"success": True, "message": "The mail is in the outbox, and sent in a moment."}


def _mail(tx: Tx, *, caller: Caller, subject: str, text: str, now: int, html: str = "") -> Message:
    as_html = bool(html.strip())
    return messages.create(
        tx,
        workspace_id=caller.workspace_id,
        subject=subject,
        body=html if as_html else text,
        plain=text if as_html else "",
        format=Format.HTML if as_html else Format.TEXT,
        recipients=Recipients(users=(_login_of(tx, caller),)),
        actor=caller.actor,
        now=now,
        attempt=_attempt_of(caller),
    )


async def notify(request: Request) -> Response:
    """Show a message on the page of the run that it comes from; one that comes from no run goes by mail."""
    sent = await hidden(request, await request.json(NotificationSent), "title", "description")
    check_organization(request.caller, sent.organization_id)
    if not sent.title.strip() or len(sent.title) > _MAX_TITLE:
        raise Invalid(f'"title" must have 1 to {_MAX_TITLE} characters.', hint="Correct it.", field="title")
    if len(sent.description) > _MAX_DESCRIPTION:
        raise Invalid(f'"description" may have {_MAX_DESCRIPTION} characters.', hint="Cut it.", field="description")
    run = request.header("x-task-id") or ""
    await request.db.write(_notify, caller=request.caller, sent=sent, run=run, now=request.now)
    return json_response({"ok": True}, status=201)


def _notify(tx: Tx, *, caller: Caller, sent: NotificationSent, run: str, now: int) -> None:
    task_id = caller.task_id or _run_of(tx, caller, run)
    if task_id is None:
        body = sent.description or sent.title
        _mail(tx, caller=caller, subject=sent.title, text=body, now=now)
        return
    alerts.create(
        tx,
        workspace_id=caller.workspace_id,
        task_id=task_id,
        level=_LEVELS[sent.kind],
        title=sent.title,
        message=sent.description,
        actor=caller.actor,
        now=now,
        attempt=_attempt_of(caller),
    )


def _run_of(tx: Tx, caller: Caller, run: str) -> int | None:
    """Return the task of a run that a client names, when it is one of its app: the name is only a claim."""
    try:
        found = actions.get_run(tx, workspace_id=caller.workspace_id, app_id=app_of(caller), named=run)
    except NotFound:
        return None
    return found.task_id


def _login_of(tx: Tx, caller: Caller) -> str:
    """Return the login of the person that a token stands for, else of the first administrator."""
    user_id = caller.user_id or access.first_admin(tx, workspace_id=caller.workspace_id)
    if user_id is None:
        raise Invalid("There is nobody to send this to.", hint="Give the app an owner.")
    return access.get_user(tx, user_id=user_id).login


def _attempt_of(caller: Caller) -> AttemptRef | None:
    if caller.attempt_id is None or caller.task_id is None or caller.epoch is None:
        return None
    return AttemptRef(id=caller.attempt_id, task_id=caller.task_id, epoch=caller.epoch)
