"""A person's own page: password, where mail goes, sessions, colours."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import Denied, Invalid
from botyard.console.frame import back, done, page, theme_cookie
from botyard.core import access, messages
from botyard.storage import Tx
from botyard.web import Form, Request, Response, redirect, session


async def show(request: Request) -> Response:
    """Show the account of the person who is signed in."""
    return await _page(request)


async def change_password(request: Request) -> Response:
    """Set another password; every other session ends."""
    form = await request.form()
    try:
        cookie = await session.change_password(request, current=form.text("old"), new=_twice(form))
    except (Denied, Invalid) as error:
        return await _page(request, error)
    answer = done("/account", "The password is changed.", "Every other session was signed out.")
    answer.headers = (cookie, *answer.headers)
    return answer


async def set_address(request: Request) -> Response:
    """Say where mail to this person goes; nothing means the login name, if that is an address."""
    form = await request.form()
    try:
        await request.change(
            messages.set_address,
            audit_action="user.set_address",
            audit_target=request.caller.name,
            user_id=int(request.caller.id),
            address=form.text("address").strip() or None,
        )
    except Invalid as error:
        return await _page(request, mail=(error, form.text("address")))
    return done("/account", "Mail to you goes there from now on.", "What failed before can be tried again in Messages.")


async def end_session(request: Request) -> Response:
    """Sign another browser of the same person out."""
    await request.change(
        _end_own,
        audit_action="session.end",
        audit_target=lambda ended: f"session:{ended}",
        user_id=int(request.caller.id),
        session_id=(await request.form()).text("id"),
        now=request.now,
    )
    return done("/account", "That browser is signed out.")


async def set_theme(request: Request) -> Response:
    """Remember light or dark, or follow the system; without a choice, switch to the other one."""
    wanted = (await request.form()).text("theme")
    if wanted not in ("light", "dark", "system"):
        wanted = "light" if b"botyard_theme=dark" in dict(request.scope["headers"]).get(b"cookie", b"") else "dark"
    return redirect(back(request, "/account"), headers=[theme_cookie(wanted)])


async def _page(
    request: Request, error: Denied | Invalid | None = None, *, mail: tuple[Invalid, str] | None = None
) -> Response:
    caller = request.caller
    sessions, address = await request.db.read(_own, user_id=int(caller.id), now=request.now)
    context: dict[str, Any] = {
        "answer": f"You are {caller.name}, {_role(caller)} in the workspace {caller.workspace_label}.",
        "due": caller.temporary_password,
        "shortest": access.passwords.MIN_LENGTH,
        "problem": error.message if error else "",
        "hint": error.hint if error else "",
        "address": mail[1] if mail else address,
        "mail_problem": mail[0] if mail else None,
        "sessions": sessions[:50],
        "here": caller.session_id,
    }
    return page(request, "pages/account.html", section="/account", status=400 if error or mail else 200, **context)


def _own(tx: Tx, *, user_id: int, now: int) -> tuple[list[Any], str]:
    return access.list_sessions(tx, user_id=user_id, now=now), messages.get_address(tx, user_id=user_id) or ""


def _twice(form: Form) -> str:
    if form.text("new") != form.text("again"):
        raise Invalid("The two new passwords differ.", hint="Type the same twice.", field="again")
    return form.text("new")


def _role(caller: access.Caller) -> str:
    return f"with the role {caller.role}" if caller.role else "without a role"


def _end_own(tx: Tx, *, user_id: int, session_id: str, now: int) -> str:
    if any(each.id == session_id for each in access.list_sessions(tx, user_id=user_id, now=now)):
        access.end_session(tx, session_id=session_id)
    return session_id[:40]
