from __future__ import annotations

import pytest

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.core import access, workspaces
from botyard.core.access import Role
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace


class TestCreate:
    async def test_makes_a_workspace_that_is_found_by_label_and_id(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            made = workspaces.create(tx, label="acme", name="Acme GmbH", now=NOW)
            assert workspaces.get(tx, label="acme") == made
            assert workspaces.get_by_id(tx, workspace_id=made.id) == made
            assert workspaces.list_all(tx) == [made]

        await db.write(check)

    async def test_refuses_a_taken_label(self, db: Database) -> None:
        await db.write(make_workspace, label="acme")
        with pytest.raises(AlreadyExists):
            await db.write(make_workspace, label="acme")

    @pytest.mark.parametrize("label", ["", "a b", "../x", "-a", "a-", "x" * 65, "ä", "a/b", "a\n"])
    async def test_refuses_labels_that_cannot_be_in_an_address(self, db: Database, label: str) -> None:
        with pytest.raises(Invalid):
            await db.write(workspaces.create, label=label, name="x", now=NOW)


class TestGet:
    async def test_names_the_closest_label(self, db: Database) -> None:
        await db.write(make_workspace, label="finance")
        with pytest.raises(NotFound, match='closest is "finance"'):
            await db.read(workspaces.get, label="finanse")


class TestWorkspaceFor:
    async def test_lets_only_the_local_administrator_name_another(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            mine, other = make_workspace(tx, label="mine"), make_workspace(tx, label="other")

            def caller(kind: str) -> access.Caller:
                made = access.create_token(
                    tx, workspace_id=mine.id, kind=kind, name="x", owner="user:1", now=NOW, role=Role.ADMIN
                )
                return access.authenticate(tx, token=made.text, now=NOW)

            assert access.workspace_for(tx, caller=caller("local"), label="other") == other
            assert access.workspace_for(tx, caller=caller("key"), label="mine") == mine
            assert access.workspace_for(tx, caller=caller("key"), label=None) == mine
            hints = set()
            for label in ("other", "nothing"):
                with pytest.raises(NotFound) as caught:
                    access.workspace_for(tx, caller=caller("key"), label=label)
                hints.add(caught.value.hint)
            assert len(hints) == 1

        await db.write(check)
