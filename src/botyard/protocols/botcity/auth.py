"""How this dialect knows its callers: a token in one of two headers, and perhaps the name of its workspace."""

from __future__ import annotations

from botyard.base.exceptions import Denied
from botyard.core.access import Caller
from botyard.core.tasks import AttemptRef
from botyard.web.auth import bearer_token, unauthenticated
from botyard.web.request import Request

#: Keys of either client library log in here, and their tokens work on every route.
DIALECTS = ("botcity", "maestro-client")

_KINDS = frozenset({"login", "attempt"})


async def authenticate(request: Request) -> Caller:
    """Return who sends the request. Raises Denied, with code "unauthenticated" only when no valid token came.

    The token leads to the workspace. A header that names the workspace is only a cross-check, because clients
    send its label, the login name, nothing, or an empty text.
    """
    token = request.header("token") or bearer_token(request)
    if not token:
        raise unauthenticated("This needs a token.")
    caller = await request.tools.authenticator.caller_of(token.strip())
    if caller.kind not in _KINDS or (caller.kind == "login" and caller.dialect not in DIALECTS):
        raise Denied(
            "This token was made for something else.", hint="Log in with a key from `botyard connect botcity`."
        )
    for header in ("organization", "x-organization"):
        _check_workspace(caller, (request.header(header) or "").strip())
    return caller


def attempt_of(caller: Caller) -> AttemptRef | None:
    """Return the attempt that speaks, None for a login."""
    if caller.attempt_id is None or caller.task_id is None or caller.epoch is None:
        return None
    return AttemptRef(id=caller.attempt_id, task_id=caller.task_id, epoch=caller.epoch)


def listed_task(caller: Caller, wanted: int | None) -> int | None:
    """Return the task that a list is narrowed to: for an attempt that has ended never more than its own."""
    if caller.ended:
        return caller.task_id if wanted in (None, caller.task_id) else 0
    return wanted


def check_lists_tasks(caller: Caller) -> None:
    """Raise Denied when the caller may see single tasks only: an attempt that has ended sees its own."""
    if caller.ended:
        raise Denied("This attempt has ended and sees its own task only.", hint="Ask for that task by its id.")


def _check_workspace(caller: Caller, named: str) -> None:
    if named and named not in (caller.workspace_label, caller.login):
        raise Denied(
            f'This token does not belong to the organization "{named[:80]}".',
            hint=f'Send "{caller.workspace_label}", or leave the header out.',
        )
