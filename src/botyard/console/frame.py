"""What every page shares: who looks at it, how it is framed, one-time notices, and how errors look."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from botyard.base.exceptions import BotyardError, Denied
from botyard.console import templating
from botyard.console.places import places_for
from botyard.core.access import Caller
from botyard.web import ErrorTable, Failure, Request, Response, html_response, redirect, session

_FLASH = "botyard_flash"
_THEME = "botyard_theme"
_NAV = "botyard_nav"
_YEAR = 365 * 24 * 3600

#: The request being answered, so that the page of an error can be framed like any other.
_looking: ContextVar[Request | None] = ContextVar("console_request", default=None)


class Flash(msgspec.Struct, frozen=True):
    """A notice that the next page shows once: what a form came to."""

    kind: str
    title: str
    text: str = ""


class SignInNeeded(Denied):
    """Nobody is signed in; the browser is sent to the sign-in page and afterwards back to `target`."""

    def __init__(self, target: str) -> None:
        super().__init__("You are not signed in.", hint="Sign in.", code="unauthenticated")
        self.target = target


class PasswordDue(Denied):
    """The password must be changed before anything else."""


async def authenticate(request: Request) -> Caller:
    """Return who is signed in. Raises SignInNeeded, and PasswordDue until a first password has been replaced."""
    _looking.set(request)
    try:
        caller = await session.authenticate(request)
    except Denied as error:
        if error.code != "unauthenticated":
            raise
        raise SignInNeeded(_address(request) if request.method == "GET" else "/") from None
    if caller.must_change_password and not _path(request).startswith(("/account", "/sign-out")):
        raise PasswordDue("Change the password first.", hint="It was made by the server and shown once.")
    return caller


async def guard(request: Request) -> None:
    """Check that forms come from our own pages, also where nobody is signed in yet."""
    _looking.set(request)
    await session.guard(request)


def page(request: Request, template: str, *, status: int = 200, block: str = "live", **context: Any) -> Response:
    """Return a page, or the block of it that a script asked for."""
    whole = {**shared(request), **context}
    if is_fragment(request):
        return html_response(templating.part(template, block, whole), status=status)
    flash = take_flash(request)
    headers = [_cookie(_FLASH, "", seconds=0)] if flash else []
    return html_response(templating.whole(template, {**whole, "flash": flash}), status=status, headers=headers)


def shared(request: Request) -> dict[str, Any]:
    """Return what the frame of every page needs."""
    caller = request.caller if request.signed_in else None
    cookies = _cookies(request)
    theme = cookies.get(_THEME)
    return {
        "now": request.now,
        "caller": caller,
        "can": lambda permission: caller is not None and permission in caller.permissions,
        "csrf": session.form_token(request),
        "theme": theme if theme in ("light", "dark") else None,
        "narrow": cookies.get(_NAV) == "narrow",
        "flash": None,
        "section": "",
        "places": places_for(caller),
    }


def is_fragment(request: Request) -> bool:
    """Return whether a script asks for a part of the page."""
    return request.header("hx-request") == "true"


def done(target: str, title: str, text: str = "", *, kind: str = "good") -> Response:
    """Send the browser to `target`, which says once what was done."""
    flash = quote(msgspec.json.encode(Flash(kind, title[:300], text[:700])).decode())
    return redirect(target, headers=[_cookie(_FLASH, flash, seconds=60)])


def take_flash(request: Request) -> Flash | None:
    """Return the notice that the last form left, if any."""
    text = _cookies(request).get(_FLASH)
    if not text:
        return None
    try:
        return msgspec.json.decode(unquote(text), type=Flash)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def theme_cookie(theme: str) -> tuple[bytes, bytes]:
    """Return the header that remembers `light` or `dark`, or forgets it for anything else."""
    return _cookie(_THEME, theme, seconds=_YEAR) if theme in ("light", "dark") else _cookie(_THEME, "", seconds=0)


def back(request: Request, default: str) -> str:
    """Return the path of the page that a form was sent from."""
    sent_from = urlsplit(request.header("referer") or "")
    path = f"{sent_from.path}?{sent_from.query}" if sent_from.query else sent_from.path
    return session.safe_next(path or None, default)


class PageErrors(ErrorTable, frozen=True):
    """Errors as pages of the same design; a form that was refused goes back to its page with a notice."""

    def response(self, error: BotyardError, request_id: str) -> Response:
        """Return the answer for `error`."""
        request = _looking.get()
        if isinstance(error, SignInNeeded):
            return _to_sign_in(error, request)
        if isinstance(error, PasswordDue):
            return redirect("/account")
        answer = super().response(error, request_id)
        if request is not None and request.method == "POST" and answer.status in (400, 404, 409):
            return done(back(request, "/"), error.message, error.hint, kind="bad")
        headers = [header for header in answer.headers if header[0] != b"www-authenticate"]
        return html_response(answer.body.decode(), status=answer.status, headers=headers)


def _to_sign_in(error: SignInNeeded, request: Request | None) -> Response:
    where = "/sign-in" if error.target == "/" else f"/sign-in?next={quote(error.target, safe='')}"
    if request is not None and is_fragment(request):
        return html_response("", status=401, headers=[(b"hx-redirect", where.encode())])
    return redirect(where)


def _problem(failure: Failure) -> bytes:
    request = _looking.get()
    titles = {403: "Not allowed", 404: "Not found", 405: "Not possible", 429: "Too often", 503: "Busy"}
    context = {
        "status": failure.status,
        "title": titles.get(failure.status, "Something is wrong" if failure.status < 500 else "The server failed"),
        "text": failure.message,
        "hint": failure.hint,
        "request_id": failure.request_id,
    }
    if request is None or not request.signed_in:
        return templating.whole("pages/problem_alone.html", {"theme": None, "narrow": False, **context}).encode()
    return templating.whole("pages/problem.html", {**shared(request), **context}).encode()


ERRORS = PageErrors(_problem, b"text/html; charset=utf-8")


def _path(request: Request) -> str:
    return request.raw_path.decode("latin-1")


def _address(request: Request) -> str:
    query: bytes = request.scope["query_string"]
    return f"{_path(request)}?{query.decode('latin-1')}" if query else _path(request)


def _cookies(request: Request) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in (request.header("cookie") or "").split(";"))
    return {name: value for name, _, value in pairs}


def _cookie(name: str, value: str, *, seconds: int) -> tuple[bytes, bytes]:
    return b"set-cookie", f"{name}={value}; Path=/; SameSite=Lax; Max-Age={seconds}".encode()
