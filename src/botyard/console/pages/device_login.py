"""A program on a machine wants to act for a person: who it says it is, and two buttons."""

from __future__ import annotations

from urllib.parse import quote

from botyard.base.exceptions import BotyardError, Denied
from botyard.console.frame import page
from botyard.core import access
from botyard.core.access import DeviceLogin
from botyard.web import Request, Response


async def orchestrator(request: Request) -> Response:
    """Say what the address is for; a login that is named behind a `#` is led to its page by a script."""
    return page(request, "pages/orchestrator.html", login=f"/{quote(request.path['workspace'])}/orchestrator_/sdk-auth")


async def show(request: Request) -> Response:
    """Show the machine that wants to log in."""
    _check_workspace(request)
    try:
        login = await request.db.read(
            access.device_login,
            workspace_id=request.caller.workspace_id,
            login_id=request.query.get("session_id", ""),
            now=request.now,
        )
    except BotyardError as error:
        return _page(request, None, problem=error)
    return _page(request, login)


async def decide(request: Request) -> Response:
    """Approve or deny, once."""
    _check_workspace(request)
    form = await request.form()
    approve = form.text("answer") == "approve"
    try:
        return _page(request, await _decided(request, login_id=form.text("session_id"), approve=approve))
    except BotyardError as error:
        return _page(request, None, problem=error)


async def _decided(request: Request, *, login_id: str, approve: bool) -> DeviceLogin:
    return await request.change(
        access.decide_device_login,
        audit_action="access.approve_device" if approve else "access.deny_device",
        workspace_id=request.caller.workspace_id,
        login_id=login_id,
        user_id=int(request.caller.id),
        approve=approve,
        now=request.now,
    )


def _check_workspace(request: Request) -> None:
    if request.path["workspace"] != request.caller.workspace_label:
        raise Denied(
            "You are not signed in to this workspace.", hint="Sign in with an account of the workspace in the address."
        )


def _page(request: Request, login: DeviceLogin | None, *, problem: BotyardError | None = None) -> Response:
    return page(
        request,
        "pages/device_login.html",
        block="main",
        status=200 if problem is None else 404,
        login=login,
        problem=problem.message if problem else "",
        hint=problem.hint if problem else "",
        here=f"/{request.path['workspace']}/orchestrator_/sdk-auth",
    )
