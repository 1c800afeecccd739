"""Keys administer members, too: within their workspace, and never so that nobody is left who does."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import Denied, IllegalTransition, NotFound
from botyard.core import access
from botyard.core.access import ROLE_PERMISSIONS, Caller, Role
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace


def caller(workspace: Workspace, *, kind: Any = "key", caller_id: str = "k") -> Caller:
    """Return an administrator of the workspace, by default a key."""
    return Caller(
        kind=kind,
        id=caller_id,
        name="x",
        workspace_id=workspace.id,
        workspace_label=workspace.label,
        permissions=ROLE_PERMISSIONS[Role.ADMIN],
        role=Role.ADMIN,
    )


def person(tx: Tx, login: str, **roles: int) -> int:
    """Make somebody with a role in workspaces, given as role=workspace_id."""
    user = access.create_user(tx, login=login, name=login, password_hash="", must_change=False, now=NOW)
    for role, workspace_id in roles.items():
        access.set_role(tx, workspace_id=workspace_id, user_id=user.id, role=Role(role))
    return user.id


async def test_somebody_who_is_shut_out_is_no_administrator_that_is_left(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        key = caller(workspace)
        person(tx, "ann", admin=workspace.id)
        person(tx, "bob", admin=workspace.id)
        user, _ = access.update_member(tx, caller=key, login="bob", disabled=True)
        assert user.disabled
        for change in ({"disabled": True}, {"role": Role.DEVELOPER}):
            with pytest.raises(IllegalTransition):
                access.update_member(tx, caller=key, login="ann", **change)
        with pytest.raises(IllegalTransition):
            access.drop_member(tx, caller=key, login="ann", now=NOW)
        # Who is shut out already may go.
        access.drop_member(tx, caller=key, login="bob", now=NOW)

    await db.write(scenario)


async def test_people_neither_change_their_own_role_nor_shut_themselves_out(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        ann = person(tx, "ann", admin=workspace.id)
        person(tx, "bob", admin=workspace.id)
        own = caller(workspace, kind="user", caller_id=str(ann))
        for change in ({"disabled": True}, {"role": Role.VIEWER}):
            with pytest.raises(Denied):
                access.update_member(tx, caller=own, login="ann", **change)
        with pytest.raises(Denied):
            access.drop_member(tx, caller=own, login="ann", now=NOW)
        assert access.update_member(tx, caller=own, login="bob", role=Role.VIEWER)[1] is Role.VIEWER

    await db.write(scenario)


async def test_only_the_server_itself_governs_accounts_of_several_workspaces(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace, other = make_workspace(tx), make_workspace(tx)
        person(tx, "ann", viewer=workspace.id, operator=other.id)
        with pytest.raises(Denied):
            access.reset_member(tx, caller=caller(workspace), login="ann", password_hash="h")
        access.reset_member(tx, caller=caller(workspace, kind="local"), login="ann", password_hash="h")
        assert access.get_member(tx, workspace_id=other.id, user_id=person_of(tx, "ann"))[0].must_change
        with pytest.raises(NotFound):
            access.update_member(tx, caller=caller(workspace), login="nobody", disabled=True)

    await db.write(scenario)


def person_of(tx: Tx, login: str) -> int:
    """Return the id of an account."""
    stored = access.find_password(tx, login=login)
    assert stored is not None
    return stored.user_id
