"""How this dialect knows its callers: an App-Token, or the token of an attempt that runs an action.

The token alone says which app, person and organization is meant (contract a.1). What a client sends besides to name its
app or organization is only a cross-check: another app's name, or another organization's, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from botyard.base.exceptions import BotyardError, Denied
from botyard.core import apps
from botyard.core.access import Caller
from botyard.web.auth import bearer_token, unauthenticated
from botyard.web.request import Request

DIALECT = "automio"

_SCHEME = "app-token"
_KINDS = frozenset({"app", "attempt"})
#: The text by which a client recognises that it may not send notifications.
_NO_NOTIFICATIONS = "Invalid or unauthorized App-Token for this application."


async def authenticate(request: Request) -> Caller:
    """Return who sends the request with `Authorization: App-Token`. Raises Denied."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    try:
        return await _caller_of(request, token if scheme.lower() == _SCHEME else None)
    except Denied as error:
        if request.route.path.endswith("/notifications/"):
            raise Denied(_NO_NOTIFICATIONS, code=error.code) from None
        raise


async def authenticate_bearer(request: Request) -> Caller:
    """Return who sends the request with `Authorization: Bearer`, as the cache service is asked. Raises Denied."""
    return await _caller_of(request, bearer_token(request))


def app_of(caller: Caller) -> int:
    """Return the app that the caller speaks for. Raises Denied for a caller who speaks for none."""
    if caller.app_id is None:
        raise _foreign()
    return caller.app_id


def check_organization(caller: Caller, organization: object) -> None:
    """Raise Denied unless an organization, as a client names one, is the caller's own or is not named at all."""
    text = "" if organization is None else str(organization).strip()
    if text not in ("", "None", str(caller.workspace_id), caller.workspace_label):
        raise Denied(
            f'This token does not open the organization "{text[:80]}".',
            hint=f"It is of the organization {caller.workspace_id}; leave the id out, or send that one.",
            code="foreign_organization",
        )


def check_app(caller: Caller, named: str) -> None:
    """Raise Denied unless an app, as a client names one, is the caller's own or is not named at all."""
    app_id, slug = app_of(caller), caller.app_slug or ""
    if not apps.names_app(named, app_id=app_id, app_slug=slug, organization=caller.workspace_label):
        raise Denied(
            f'This token does not belong to the app "{named[:80]}".',
            hint=f"It is of the app {app_id} ({slug}); send that, or leave it out.",
            code="foreign_app",
        )


async def _caller_of(request: Request, token: str | None) -> Caller:
    if not token or not token.strip():
        raise unauthenticated("This needs an App-Token.")
    caller = await request.tools.authenticator.caller_of(token.strip())
    if caller.kind not in _KINDS or caller.app_id is None:
        raise _foreign()
    for named in _named_apps(request):
        check_app(caller, named)
    for organization in (request.header("x-organization-id"), request.query.get("organization_id")):
        check_organization(caller, organization)
    return caller


def _named_apps(request: Request) -> Iterator[str]:
    for named in (
        request.header("x-app-id"),
        request.query.get("app"),
        request.query.get("app_id"),
        request.path.get("app"),
    ):
        if named is not None:
            yield named


def _foreign() -> BotyardError:
    return Denied("This token was made for something else.", hint="Get one with `botyard connect automio`.")
