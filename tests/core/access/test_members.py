"""What an administrator may do to the account of somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Denied, NotFound
from botyard.core import access
from botyard.core.access import Role
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace


def person(tx: Tx, login: str, **roles: int) -> int:
    """Make somebody with a role in workspaces, given as role=workspace_id."""
    user = access.create_user(tx, login=login, name=login, password_hash="", must_change=False, now=NOW)
    for role, workspace_id in roles.items():
        access.set_role(tx, workspace_id=workspace_id, user_id=user.id, role=Role(role))
    return user.id


async def test_a_member_is_found_in_their_workspace_only(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        own, other = make_workspace(tx), make_workspace(tx)
        ann = person(tx, "ann", operator=own.id)
        user, role = access.get_member(tx, workspace_id=own.id, user_id=ann)
        assert (user.login, role) == ("ann", Role.OPERATOR)
        for workspace, user_id in ((other, ann), (own, 424242)):
            with pytest.raises(NotFound):
                access.get_member(tx, workspace_id=workspace.id, user_id=user_id)

    await db.write(scenario)


async def test_nobody_governs_themselves_or_somebody_with_a_foreign_workspace(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        own, other = make_workspace(tx), make_workspace(tx)
        admin = person(tx, "admin-of-one", admin=own.id, viewer=other.id)
        access.check_governs(tx, admin_id=admin, user_id=person(tx, "local", developer=own.id))
        for user_id in (admin, person(tx, "guest", viewer=own.id, admin=other.id)):
            with pytest.raises(Denied):
                access.check_governs(tx, admin_id=admin, user_id=user_id)

    await db.write(scenario)


async def test_a_reset_password_ends_every_session_and_must_be_replaced(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        ann = person(tx, "ann", operator=make_workspace(tx).id)
        cookie, _ = access.start_session(tx, user_id=ann, now=NOW)
        access.reset_password(tx, user_id=ann, password_hash="other")
        assert access.get_user(tx, user_id=ann).must_change
        with pytest.raises(Denied):
            access.authenticate_session(tx, token=cookie, now=NOW)

    await db.write(scenario)


async def test_a_removed_member_is_out_at_once_and_elsewhere_as_before(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        own, other = make_workspace(tx), make_workspace(tx)
        admin, ann = person(tx, "boss", admin=own.id), person(tx, "ann", operator=own.id, viewer=other.id)
        here, _ = access.start_session(tx, user_id=ann, now=NOW, workspace_id=own.id)
        there, _ = access.start_session(tx, user_id=ann, now=NOW, workspace_id=other.id)
        assert access.remove_member(tx, workspace_id=own.id, admin_id=admin, user_id=ann, now=NOW).login == "ann"
        with pytest.raises(Denied):
            access.authenticate_session(tx, token=here, now=NOW)
        assert access.authenticate_session(tx, token=there, now=NOW).workspace_id == other.id
        with pytest.raises(NotFound):
            access.remove_member(tx, workspace_id=own.id, admin_id=admin, user_id=ann, now=NOW)
        with pytest.raises(Denied):
            access.remove_member(tx, workspace_id=own.id, admin_id=admin, user_id=admin, now=NOW)

    await db.write(scenario)


async def test_an_account_without_a_workspace_is_taken_back_with_a_new_password(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        own = make_workspace(tx)
        admin, ann = person(tx, "boss", admin=own.id), person(tx, "ann", operator=own.id)
        add: dict[str, Any] = {"workspace_id": own.id, "name": "Ann", "password_hash": "new", "now": NOW}
        with pytest.raises(AlreadyExists):
            access.add_member(tx, login="ann", role=Role.VIEWER, **add)
        access.remove_member(tx, workspace_id=own.id, admin_id=admin, user_id=ann, now=NOW)
        back = access.add_member(tx, login="Ann", role=Role.VIEWER, **add)
        assert (back.id, back.must_change) == (ann, True)
        assert access.get_member(tx, workspace_id=own.id, user_id=ann)[1] is Role.VIEWER
        stored = access.find_password(tx, login="ann")
        assert stored is not None
        assert stored.password_hash == "new"

    await db.write(scenario)
