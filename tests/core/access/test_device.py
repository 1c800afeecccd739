"""Logins of programs: begun by anybody, decided by a person, collected for a short while."""

from __future__ import annotations

import pytest

from botyard.base.clock import MINUTE
from botyard.base.exceptions import Denied, IllegalTransition, NotFound
from botyard.core import access
from botyard.core.access import DeviceLogin, DeviceToken, Role
from botyard.core.access.device import LIFETIME
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace


def begin(tx: Tx) -> tuple[Workspace, int, DeviceLogin]:
    workspace = make_workspace(tx)
    login = f"ann-{workspace.id}"
    user = access.create_user(tx, login=login, name="Ann", password_hash="", must_change=False, now=NOW)
    access.set_role(tx, workspace_id=workspace.id, user_id=user.id, role=Role.DEVELOPER)
    begun = access.begin_device_login(
        tx, workspace=workspace.label, dialect="botvelocity", machine="vm\n1", os="Linux", address="::1", now=NOW
    )
    return workspace, user.id, begun


def collect(tx: Tx, workspace: Workspace, login: DeviceLogin, *, now: int = NOW) -> DeviceToken | None:
    return access.collect_device_login(tx, workspace=workspace.label, login_id=login.id, now=now)


def decide(tx: Tx, workspace: Workspace, user_id: int, login: DeviceLogin, *, approve: bool, now: int = NOW) -> None:
    access.decide_device_login(
        tx, workspace_id=workspace.id, login_id=login.id, user_id=user_id, approve=approve, now=now
    )


async def test_the_token_acts_as_the_person_until_the_role_changes(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace, user_id, login = begin(tx)
        assert login.machine == "vm1"
        assert collect(tx, workspace, login) is None
        decide(tx, workspace, user_id, login, approve=True)
        first, second = collect(tx, workspace, login), collect(tx, workspace, login)
        assert first is not None
        assert second is not None
        with pytest.raises(Denied):
            access.authenticate(tx, token=first.text, now=NOW)
        caller = access.authenticate(tx, token=second.text, now=NOW)
        assert (caller.role, caller.workspace_id, caller.dialect) == (Role.DEVELOPER, workspace.id, "botvelocity")
        with pytest.raises(IllegalTransition):
            collect(tx, workspace, login, now=NOW + 2 * MINUTE)
        access.set_role(tx, workspace_id=workspace.id, user_id=user_id, role=Role.VIEWER)
        with pytest.raises(Denied):
            access.authenticate(tx, token=second.text, now=NOW)

    await db.write(scenario)


async def test_a_denied_or_late_login_gives_nothing(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace, user_id, login = begin(tx)
        decide(tx, workspace, user_id, login, approve=False)
        with pytest.raises(Denied):
            collect(tx, workspace, login)
        with pytest.raises(IllegalTransition):
            decide(tx, workspace, user_id, login, approve=True)
        workspace, user_id, login = begin(tx)
        with pytest.raises(IllegalTransition):
            decide(tx, workspace, user_id, login, approve=True, now=NOW + LIFETIME)
        with pytest.raises(IllegalTransition):
            collect(tx, workspace, login, now=NOW + LIFETIME)
        with pytest.raises(NotFound):
            collect(tx, make_workspace(tx), login)

    await db.write(scenario)
