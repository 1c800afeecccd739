"""Settings of the workspace, for administrators: members and the audit."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import AlreadyExists, Denied, Invalid
from botyard.console.filters import address
from botyard.console.frame import done, page
from botyard.console.wording import count_of
from botyard.core import access, audit
from botyard.core.access import Role, User
from botyard.storage import Tx
from botyard.web import Form, Request, Response
from botyard.web.hashing import Hashing

_AUDIT = 100


async def members(request: Request) -> Response:
    """Show the members with their roles."""
    return await _members(request)


async def add(request: Request) -> Response:
    """Make an account, and show its first password once."""
    form = await request.form()
    password, hashed = await _new_password(request)
    try:
        user = await request.change(
            _add,
            audit_action="user.create",
            audit_target=lambda made: f"user:{made.login}",
            workspace_id=request.caller.workspace_id,
            form=form,
            password_hash=hashed,
            now=request.now,
        )
    except (AlreadyExists, Invalid) as error:
        return await _members(request, form=form, error=error)
    return await _members(request, once=(user, password))


async def set_role(request: Request) -> Response:
    """Give a member another role."""
    role = (await request.form()).text("role")
    user = await request.change(
        _set_role,
        audit_action="user.role",
        audit_target=lambda who: f"user:{who.login} {role[:20]}",
        role=role,
        **_whom(request),
    )
    return done("/settings", f"{user.login} has the role {role} now.")


async def disable(request: Request) -> Response:
    """Shut an account out, at once."""
    user = await request.change(
        _set_disabled, audit_action="user.disable", audit_target=_target, disabled=True, **_whom(request)
    )
    return done("/settings", f"{user.login} is shut out and signed out everywhere.")


async def enable(request: Request) -> Response:
    """Let an account in again."""
    user = await request.change(
        _set_disabled, audit_action="user.enable", audit_target=_target, disabled=False, **_whom(request)
    )
    return done("/settings", f"{user.login} may sign in again.")


async def reset_password(request: Request) -> Response:
    """Set a new first password, and show it once."""
    password, hashed = await _new_password(request)
    user = await request.change(
        _reset, audit_action="user.reset_password", audit_target=_target, password_hash=hashed, **_whom(request)
    )
    return await _members(request, once=(user, password))


async def remove(request: Request) -> Response:
    """Take somebody out of the workspace; the account stays."""
    user = await request.change(
        access.remove_member, audit_action="user.remove", audit_target=_target, now=request.now, **_whom(request)
    )
    return done("/settings", f"{user.login} is no member any more. What they made stays, and so do their keys.")


async def show_audit(request: Request) -> Response:
    """Show who did what, newest first."""
    before = request.query_int("before", default=0, low=0, high=2**62) or None
    context = await request.db.read(_audit, workspace_id=request.caller.workspace_id, before=before)
    return page(request, "pages/settings_audit.html", section="/settings", tab="audit", **context)


async def _members(
    request: Request,
    *,
    once: tuple[User, str] | None = None,
    form: Form | None = None,
    error: AlreadyExists | Invalid | None = None,
) -> Response:
    found = await request.db.read(access.list_users, workspace_id=request.caller.workspace_id)
    context = _members_context(found, form, error)
    status, own = 400 if error else 200, int(request.caller.id)
    return page(
        request, "pages/settings.html", section="/settings", block="main", status=status, own=own, once=once, **context
    )


def _members_context(
    found: list[tuple[User, Role]], form: Form | None, error: AlreadyExists | Invalid | None
) -> dict[str, Any]:
    disabled = sum(user.disabled for user, _ in found)
    return {
        "tab": "members",
        "answer": count_of(len(found), "member") + (f", {disabled} of them shut out." if disabled else "."),
        "members": found,
        "roles": [(str(role), str(role)) for role in Role],
        "login": form.text("login") if form else "",
        "name": form.text("name") if form else "",
        "role": form.text("role") if form else "operator",
        "problem": error.message if error else "",
        "hint": error.hint if error else "",
    }


async def _new_password(request: Request) -> tuple[str, str]:
    password = access.passwords.random_password()
    return password, await request.tools.shared(Hashing, Hashing).hash(password)


def _whom(request: Request) -> dict[str, Any]:
    return {
        "workspace_id": request.caller.workspace_id,
        "admin_id": int(request.caller.id),
        "user_id": request.path_id("id"),
    }


def _target(user: User) -> str:
    return f"user:{user.login}"


def _role(text: str) -> Role:
    if text not in set(Role):
        raise Invalid(f'"{text[:40]}" is not a role.', hint=f"Roles are {', '.join(Role)}.", field="role")
    return Role(text)


def _add(tx: Tx, *, workspace_id: int, form: Form, password_hash: str, now: int) -> User:
    login = form.text("login")
    return access.add_member(
        tx,
        workspace_id=workspace_id,
        login=login,
        name=form.text("name").strip() or login,
        password_hash=password_hash,
        role=_role(form.text("role")),
        now=now,
    )


def _set_role(tx: Tx, *, workspace_id: int, admin_id: int, user_id: int, role: str) -> User:
    user, _ = access.get_member(tx, workspace_id=workspace_id, user_id=user_id)
    if user_id == admin_id:
        raise Denied("Nobody changes their own role.", hint="Ask another administrator.")
    wanted = _role(role)
    if wanted is not Role.ADMIN:
        access.check_admin_left(tx, workspace_id=workspace_id, user_id=user_id)
    access.set_role(tx, workspace_id=workspace_id, user_id=user_id, role=wanted)
    return user


def _set_disabled(tx: Tx, *, workspace_id: int, admin_id: int, user_id: int, disabled: bool) -> User:
    user, _ = access.get_member(tx, workspace_id=workspace_id, user_id=user_id)
    access.check_governs(tx, admin_id=admin_id, user_id=user_id)
    if disabled:
        access.check_admin_left(tx, workspace_id=workspace_id, user_id=user_id)
    access.set_disabled(tx, user_id=user_id, disabled=disabled)
    return user


def _reset(tx: Tx, *, workspace_id: int, admin_id: int, user_id: int, password_hash: str) -> User:
    user, _ = access.get_member(tx, workspace_id=workspace_id, user_id=user_id)
    access.check_governs(tx, admin_id=admin_id, user_id=user_id)
    access.reset_password(tx, user_id=user_id, password_hash=password_hash)
    return user


def _audit(tx: Tx, *, workspace_id: int, before: int | None) -> dict[str, Any]:
    found = audit.list_for(tx, workspace_id=workspace_id, before_id=before, limit=_AUDIT + 1)
    shown = found[:_AUDIT]
    denied = sum(entry.verdict == "denied" for entry in shown)
    return {
        "entries": shown,
        "answer": (
            f"{count_of(denied, 'denied attempt')} among the {len(shown)} shown."
            if denied
            else "Nothing was denied among those shown."
        ),
        "start": "/settings/audit" if before else None,
        "after": address("/settings/audit", before=shown[-1].id) if len(found) > _AUDIT else None,
    }
