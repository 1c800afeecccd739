"""Members of the workspace: list, let in, change, shut out."""

from __future__ import annotations

from typing import Any

from botyard.base.clock import iso
from botyard.core import access
from botyard.core.access import Role, User
from botyard.protocols.native import asking, views
from botyard.storage import Tx
from botyard.web.hashing import Hashing
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import native as wire


async def search(request: Request) -> Response:
    """List members by login."""
    limit = asking.limit_of(request)
    found = await request.db.read(
        access.list_users,
        workspace_id=request.caller.workspace_id,
        after=asking.text_of(request, "after") or "",
        limit=limit,
    )
    last = views.next_of(found, limit)
    page = [_view(user, role) for user, role in found]
    return json_response(wire.UserPage(users=page, next=last and last[0].login))


async def get(request: Request) -> Response:
    """Read one member."""
    user, role = await request.db.read(
        access.find_member, workspace_id=request.caller.workspace_id, login=request.path["login"]
    )
    return json_response(_view(user, role))


async def create(request: Request) -> Response:
    """Make an account and let it in; its first password is in this answer and nowhere else."""
    call = await request.json(wire.CreateUser)
    password, hashed = await _new_password(request)
    made = await request.change(
        _create,
        audit_action="user.create",
        audit_target=_target,
        workspace_id=request.caller.workspace_id,
        login=call.login,
        name=call.name or call.login,
        role=Role(call.role),
        password_hash=hashed,
        now=request.now,
    )
    return json_response(wire.NewUserView(user=_view(*made), password=password), status=201)


def _create(tx: Tx, *, role: Role, **account: Any) -> tuple[User, Role]:
    """Let somebody in and return the member. Raises what `access.add_member` raises."""
    return access.add_member(tx, role=role, **account), role


async def update(request: Request) -> Response:
    """Give a member another role, shut its account out, or let it in again."""
    fields = asking.sent(await request.json(wire.UpdateUser))
    role = fields.get("role")
    changed = await request.change(
        access.update_member,
        audit_action="user.update",
        audit_target=lambda member: " ".join([_target(member), *(f"{name}={fields[name]}" for name in fields)]),
        caller=request.caller,
        login=request.path["login"],
        role=None if role is None else Role(role),
        disabled=fields.get("disabled"),
    )
    return json_response(_view(*changed))


async def reset_password(request: Request) -> Response:
    """Make up another first password, and sign the member out everywhere."""
    password, hashed = await _new_password(request)
    member = await request.change(
        access.reset_member,
        audit_action="user.reset_password",
        audit_target=_target,
        caller=request.caller,
        login=request.path["login"],
        password_hash=hashed,
    )
    return json_response(wire.NewUserView(user=_view(*member), password=password))


async def remove(request: Request) -> Response:
    """Take a member out of the workspace; the account stays."""
    await request.change(
        access.drop_member,
        audit_action="user.remove",
        audit_target=lambda user: f"user:{user.login}",
        caller=request.caller,
        login=request.path["login"],
        now=request.now,
    )
    return no_content()


async def _new_password(request: Request) -> tuple[str, str]:
    password = access.passwords.random_password()
    return password, await request.tools.shared(Hashing, Hashing).hash(password)


def _target(member: tuple[User, Role]) -> str:
    return f"user:{member[0].login}"


def _view(user: User, role: Role) -> wire.UserView:
    return wire.UserView(
        login=user.login,
        name=user.name,
        role=role.value,
        disabled=user.disabled,
        must_change_password=user.must_change,
        created_at=iso(user.created_at),
        last_login_at=views.moment(user.last_login_at),
    )
