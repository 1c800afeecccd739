"""Changing members in the name of whoever administers the workspace, a person or a machine."""

from __future__ import annotations

from botyard.base.exceptions import Denied
from botyard.core.access.model import Caller, User
from botyard.core.access.permissions import Role
from botyard.core.access.users import (
    check_admin_left,
    check_governs,
    find_member,
    memberships,
    remove_member,
    reset_password,
    set_disabled,
    set_role,
)
from botyard.storage import Tx


def update_member(
    tx: Tx, *, caller: Caller, login: str, role: Role | None = None, disabled: bool | None = None
) -> tuple[User, Role]:
    """Give a member another role, shut its account out, or let it in again; None leaves what is.

    Raises NotFound, Denied for oneself and for an account that others govern too, and IllegalTransition when the
    workspace would have no administrator any more.
    """
    user, present = find_member(tx, workspace_id=caller.workspace_id, login=login)
    if disabled is not None and disabled != user.disabled:
        _check_may_shut(tx, caller, user)
    if (role is not None and role is not Role.ADMIN) or disabled:
        check_admin_left(tx, workspace_id=caller.workspace_id, user_id=user.id)
    if role is not None and role is not present:
        _check_other(caller, user, "Nobody changes their own role.")
        set_role(tx, workspace_id=caller.workspace_id, user_id=user.id, role=role)
    if disabled is not None and disabled != user.disabled:
        set_disabled(tx, user_id=user.id, disabled=disabled)
    return find_member(tx, workspace_id=caller.workspace_id, login=user.login)


def reset_member(tx: Tx, *, caller: Caller, login: str, password_hash: str) -> tuple[User, Role]:
    """Set a password that has to be replaced, and sign the member out everywhere. Raises NotFound and Denied."""
    user, _ = find_member(tx, workspace_id=caller.workspace_id, login=login)
    _check_may_shut(tx, caller, user)
    reset_password(tx, user_id=user.id, password_hash=password_hash)
    return find_member(tx, workspace_id=caller.workspace_id, login=user.login)


def drop_member(tx: Tx, *, caller: Caller, login: str, now: int) -> User:
    """Take a member out of the workspace; the account stays. Raises as `update_member` does."""
    user, _ = find_member(tx, workspace_id=caller.workspace_id, login=login)
    admin_id = int(caller.id) if caller.kind == "user" else 0
    return remove_member(tx, workspace_id=caller.workspace_id, admin_id=admin_id, user_id=user.id, now=now)


def _check_may_shut(tx: Tx, caller: Caller, user: User) -> None:
    """Raise Denied unless the caller governs the whole account, which may belong to other workspaces as well."""
    if caller.kind == "local":
        return
    if caller.kind == "user":
        check_governs(tx, admin_id=int(caller.id), user_id=user.id)
    elif any(each.workspace_id != caller.workspace_id for each in memberships(tx, user_id=user.id)):
        raise Denied(
            "This account belongs to another workspace as well.",
            hint="Take it out of this one, or ask somebody who administers all of them.",
        )


def _check_other(caller: Caller, user: User, message: str) -> None:
    if caller.kind == "user" and int(caller.id) == user.id:
        raise Denied(message, hint="Ask another administrator.")
