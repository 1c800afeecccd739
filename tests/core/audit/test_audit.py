from __future__ import annotations

import pytest

from botyard.base.exceptions import AlreadyExists
from botyard.core import audit, workspaces
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace

ORIGIN = audit.Origin(workspace_id=None, actor="user:ann", address="10.0.0.1", request_id="r1")


def create_audited(tx: Tx, *, label: str) -> workspaces.Workspace:
    return audit.audited(
        tx,
        operation=workspaces.create,
        parameters={"label": label, "name": label, "now": NOW},
        origin=ORIGIN,
        action=audit.action_of(workspaces.create),
        target=audit.target_of,
        now=NOW,
    )


class TestAudited:
    async def test_writes_one_row_with_the_change(self, db: Database) -> None:
        await db.write(create_audited, label="acme")
        rows = await db.read(audit.list_latest, limit=10)
        assert [(row.actor, row.action, row.target, row.verdict) for row in rows] == [
            ("user:ann", "workspaces.create", "acme", "allowed")
        ]

    async def test_writes_nothing_when_the_change_fails(self, db: Database) -> None:
        await db.write(create_audited, label="acme")
        with pytest.raises(AlreadyExists):
            await db.write(create_audited, label="acme")
        assert len(await db.read(audit.list_latest, limit=10)) == 1


class TestListFor:
    async def test_shows_the_newest_of_one_workspace_in_pages(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            mine, other = make_workspace(tx), make_workspace(tx)
            for number in range(5):
                for workspace in (mine, other):
                    audit.record(
                        tx,
                        workspace_id=workspace.id,
                        actor="user:ann",
                        action="x",
                        target=f"{workspace.label} {number}",
                        verdict="denied",
                        now=NOW + number,
                        data={"number": number},
                    )
            first = audit.list_for(tx, workspace_id=mine.id, limit=3)
            rest = audit.list_for(tx, workspace_id=mine.id, before_id=first[-1].id, limit=3)
            assert [entry.data["number"] for entry in [*first, *rest]] == [4, 3, 2, 1, 0]
            assert {entry.workspace_id for entry in first} == {mine.id}

        await db.write(check)
