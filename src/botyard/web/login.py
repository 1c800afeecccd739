"""Logins of machines: a dialect's client shows a login name and a key and gets a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botyard.base.exceptions import Denied
from botyard.core import access
from botyard.core.access import Login, tokens

if TYPE_CHECKING:
    from botyard.web.request import Request


async def login_with_key(request: Request, *, dialects: tuple[str, ...], login: str, key: str) -> Login:
    """Return a token for a key of one of the dialects, with its audit row.

    Raises Denied(code="unauthenticated") whatever is wrong, Busy(code="rate_limited") for an address that fails
    again and again, and for a key that logs in without end. One wrong key never keeps other keys of the same login
    name out.
    """
    failures = request.tools.key_failures
    failures.check(request.address)
    parsed = tokens.parse(key)
    if parsed is not None:
        request.tools.key_logins.take(parsed.id)
    try:
        return await request.change(
            access.login_with_key,
            audit_action="access.login",
            audit_target=lambda made: f"key:{made.key_id}",
            audit_actor=f"login:{login[:64]}",
            dialects=dialects,
            login=login,
            key=key,
            now=request.now,
        )
    except Denied:
        failures.spend(request.address)
        await request.record_denied("access.login", actor=f"login:{login[:64]}")
        raise
