"""Signing in and out."""

from __future__ import annotations

from botyard.base.exceptions import Busy, Denied
from botyard.console.frame import page
from botyard.web import Request, Response, redirect, session


async def form(request: Request) -> Response:
    """Show the sign-in form."""
    return _form(request, target=session.safe_next(request.query.get("next")))


async def sign_in(request: Request) -> Response:
    """Begin a session and go where the person wanted to go."""
    sent = await request.form()
    target = session.safe_next(sent.text("next"))
    login = sent.text("login")
    try:
        _, cookie = await session.sign_in(request, login=login, password=sent.text("password"))
    except (Denied, Busy) as error:
        return _form(request, target=target, login=login[:128], error=error)
    return redirect(target, headers=[cookie])


async def sign_out(request: Request) -> Response:
    """End the session."""
    return redirect("/sign-in", headers=[await session.sign_out(request)])


def _form(request: Request, *, target: str, login: str = "", error: Denied | Busy | None = None) -> Response:
    status = 200 if error is None else 429 if isinstance(error, Busy) else 401
    return page(
        request,
        "pages/sign_in.html",
        block="body",
        status=status,
        next=target,
        login=login,
        problem=error.message if error else None,
        hint=error.hint if error else "",
    )
