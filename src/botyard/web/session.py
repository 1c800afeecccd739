"""Browsers: the session cookie, signing in and out, and the defence against forged requests.

The cookie holds a random token whose hash is stored. Unsafe requests must come from our own pages (by Origin or
Sec-Fetch-Site) and carry the form token of their session, in the field `form_token` or the header `X-Form-Token`.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botyard.base.exceptions import Busy, Denied
from botyard.core import access, audit
from botyard.core.access import Caller, passwords, tokens
from botyard.storage import Tx
from botyard.web.auth import unauthenticated
from botyard.web.hashing import Hashing

if TYPE_CHECKING:
    from botyard.web.request import Request
    from botyard.web.response import Header

FORM_FIELD = "form_token"
FORM_HEADER = "x-form-token"
_COOKIE = "botyard_session"
_SECURE_COOKIE = "__Host-botyard_session"
_SAFE = frozenset({"GET", "HEAD"})


async def authenticate(request: Request) -> Caller:
    """Return who is signed in; on unsafe methods also check the form token. Raises Denied."""
    cookie = _cookie(request)
    if cookie is None:
        raise unauthenticated("You are not signed in.")
    caller = await request.tools.authenticator.caller_of_session(cookie)
    if request.method not in _SAFE:
        check_origin(request)
        sent = request.header(FORM_HEADER) or (await request.form()).text(FORM_FIELD)
        if not hmac.compare_digest(sent.encode(), _form_token(cookie).encode()):
            raise _forged("The form is out of date or not ours.")
    return caller


async def guard(request: Request) -> None:
    """Check the origin of unsafe requests, also on pages that need no session (signing in)."""
    if request.method not in _SAFE:
        check_origin(request)


def check_origin(request: Request) -> None:
    """Raise Denied(code="csrf") unless the request comes from a page of this server."""
    site = request.header("sec-fetch-site")
    origin = request.header("origin")
    if origin is not None:
        authority = origin.partition("://")[2].lower()
        if not authority or authority != (request.header("host") or "").lower():
            raise _forged("The request comes from another site.")
    elif site not in ("same-origin", "none"):
        raise _forged("The request does not say where it comes from.")
    if site is not None and site not in ("same-origin", "none"):
        raise _forged("The request comes from another site.")


async def sign_in(request: Request, *, login: str, password: str) -> tuple[Caller, Header]:
    """Return the caller and the Set-Cookie header of a new session.

    Raises Denied(code="unauthenticated") with one text whatever is wrong, Busy(code="rate_limited") after many
    failures of this account or from this address.
    """
    account = login.strip().lower()[:128]
    throttle = request.tools.throttle
    throttle.check(account=account, address=request.address)
    stored = await request.db.read(access.find_password, login=account)
    if stored is not None and (stored.locked_until or 0) > request.now:
        wait = ((stored.locked_until or 0) - request.now) / 1_000_000
        raise Busy("There were too many failed sign-ins.", hint="Wait.", code="rate_limited", retry_after=wait)
    hashing = request.tools.shared(Hashing, Hashing)
    right = await hashing.verify(password, stored)
    if stored is None or stored.disabled or not right:
        throttle.failed(account=account, address=request.address)
        await request.db.write(
            _record_failure,
            user_id=stored.user_id if stored else None,
            origin=request.origin("anonymous"),
            account=account,
            now=request.now,
        )
        raise unauthenticated("The login name or the password is wrong.")
    throttle.succeeded(account=account)
    if passwords.needs_rehash(stored.password_hash):
        hashed = await hashing.hash(password)
        await request.db.write(access.rehash_password, stored=stored, password_hash=hashed)
    cookie, _ = await request.change(
        access.start_session,
        audit_action="session.start",
        audit_target=f"user:{account}",
        audit_actor=f"user:{account}",
        user_id=stored.user_id,
        now=request.now,
    )
    return await request.tools.authenticator.caller_of_session(cookie), set_cookie(request, cookie)


async def sign_out(request: Request) -> Header:
    """End the session and return the header that drops its cookie."""
    session_id = request.caller.session_id
    if session_id is not None:
        await request.change(
            access.end_session,
            audit_action="session.end",
            audit_target=f"session:{session_id}",
            session_id=session_id,
        )
    return set_cookie(request, None)


async def change_password(request: Request, *, current: str, new: str) -> Header:
    """Change the caller's password; every session ends and a fresh one begins: return its cookie.

    Raises Denied for a wrong current password, Invalid for a new one that is too weak.
    """
    user_id = int(request.caller.id)
    passwords.check_new(new, login=request.caller.name)
    request.tools.throttle.check(account=request.caller.name, address=request.address)
    stored = await request.db.read(access.find_password, user_id=user_id)
    hashing = request.tools.shared(Hashing, Hashing)
    if not await hashing.verify(current, stored):
        request.tools.throttle.failed(account=request.caller.name, address=request.address)
        raise Denied("The current password is wrong.", hint="Try again.")
    hashed = await hashing.hash(new)
    await request.change(
        access.change_password,
        audit_action="user.password",
        audit_target=f"user:{request.caller.name}",
        user_id=user_id,
        password_hash=hashed,
    )
    cookie, _ = await request.db.write(
        access.start_session, user_id=user_id, workspace_id=request.caller.workspace_id, now=request.now
    )
    return set_cookie(request, cookie)


def form_token(request: Request) -> str:
    """Return what every form of this session must send back, in the field `form_token`."""
    return _form_token(_cookie(request) or "")


def set_cookie(request: Request, value: str | None) -> Header:
    """Return the Set-Cookie header for a session, or the one that deletes it."""
    secure = _is_secure(request)
    parts = [
        f"{_SECURE_COOKIE if secure else _COOKIE}={value or ''}",
        "Path=/",
        "HttpOnly",
        "SameSite=Lax",
        *(["Secure"] if secure else []),
        *(["Max-Age=0"] if value is None else []),
    ]
    return b"set-cookie", "; ".join(parts).encode()


def safe_next(target: str | None, default: str = "/") -> str:
    """Return `target` if it is a path on this server, else `default`."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if any(char <= " " or char in "\\\x7f" for char in target) or urlsplit(target).netloc:
        return default
    return target


def _record_failure(tx: Tx, *, user_id: int | None, origin: audit.Origin, account: str, now: int) -> None:
    if user_id is not None:
        access.record_failed_login(tx, user_id=user_id, now=now)
    audit.record(
        tx,
        workspace_id=None,
        actor=origin.actor,
        action="session.start",
        target=f"user:{account}",
        verdict="denied",
        address=origin.address,
        request_id=origin.request_id,
        now=now,
    )


def _form_token(cookie: str) -> str:
    return tokens.sign("form", cookie)


def _cookie(request: Request) -> str | None:
    name = _SECURE_COOKIE if _is_secure(request) else _COOKIE
    for part in (request.header("cookie") or "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name and value:
            return value
    return None


def _is_secure(request: Request) -> bool:
    return request.scope.get("scheme") == "https" or request.tools.settings.secure_cookies


def _forged(message: str) -> Denied:
    return Denied(message, hint="Reload the page and try again.", code="csrf")
