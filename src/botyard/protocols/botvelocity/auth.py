"""How this dialect knows its callers: a robot's token or a developer's, and the tenant in the address."""

from __future__ import annotations

from botyard.base.exceptions import Denied, NotFound
from botyard.core.access import Caller
from botyard.core.tasks import AttemptRef
from botyard.web.auth import bearer_token, unauthenticated
from botyard.web.request import Request
from botyard.wire.execution import execution_id

DIALECT = "botvelocity"

_ROBOT = "x-robot-token"
_DEVELOPERS = frozenset({"key", "login"})


async def authenticate(request: Request) -> Caller:
    """Return who sends the request. Raises Denied, with code "unauthenticated" only when no valid token came.

    The token leads to the workspace; the tenant in the address is only a cross-check.
    """
    robot = (request.header(_ROBOT) or "").strip()
    token = robot or bearer_token(request)
    if not token:
        raise unauthenticated("This needs a token.")
    caller = await request.tools.authenticator.caller_of(token.strip())
    if not (caller.kind == "attempt" if robot else caller.kind in _DEVELOPERS and caller.dialect == DIALECT):
        raise Denied(
            "This token was made for something else.",
            hint="Run `bv auth login`, or get a token with `botyard connect botvelocity`.",
        )
    _check_tenant(request, caller)
    return caller


def attempt_of(caller: Caller) -> AttemptRef | None:
    """Return the attempt that speaks, None for a developer."""
    if caller.attempt_id is None or caller.task_id is None or caller.epoch is None:
        return None
    return AttemptRef(id=caller.attempt_id, task_id=caller.task_id, epoch=caller.epoch)


def execution_of(request: Request) -> AttemptRef:
    """Return the attempt whose execution the address names. Raises NotFound unless the caller is it."""
    attempt, named = attempt_of(request.caller), request.path["execution"].strip().lower()
    if attempt is None or execution_id(attempt.id) != named:
        raise NotFound(
            f'The execution "{named[:80]}" does not exist, or is not that of this token.',
            hint="Use the execution id and the token of one context.",
        )
    return attempt


def folder_of(request: Request) -> str | None:
    """Return the folder that the request is about, by its id or its name; None when it names none.

    A name that is not ASCII is UTF-8, as our client sends it, or else Latin-1, as headers were once.
    """
    text = (request.header("x-folder-id") or "").strip()
    try:
        return text.encode("latin-1").decode("utf-8") or None
    except UnicodeDecodeError:
        return text


def _check_tenant(request: Request, caller: Caller) -> None:
    tenant = request.path.get("workspace", caller.workspace_label)
    if tenant != caller.workspace_label:
        raise Denied(
            f'This token does not belong to the tenant "{tenant[:80]}".', hint=f'Ask "{caller.workspace_label}".'
        )
