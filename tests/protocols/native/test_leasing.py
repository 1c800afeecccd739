"""What runners are sent for the runs of actions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botyard.core import actions
from botyard.core.actions import RunRequest
from botyard.core.vault import RootKeys
from botyard.protocols.native import leasing
from botyard.storage import Database, Tx
from tests.support.integrations import make_app, make_connection, make_integration
from tests.support.work import NOW, make_workspace


async def test_only_a_run_for_the_app_is_told_the_connections_of_the_app(db: Database, tmp_path: Path) -> None:
    keys = RootKeys(tmp_path / "root.key")

    def build(tx: Tx) -> tuple[int, list[int], list[int]]:
        workspace = make_workspace(tx)
        said: dict[str, Any] = {"workspace_id": workspace.id, "app_id": make_app(tx, workspace), "now": NOW}
        other = make_app(tx, workspace, 131, "crm")
        github, allegro = (make_integration(tx, keys, workspace, key=key) for key in ("github", "allegro"))
        ids = [
            make_connection(tx, keys, github).id,
            make_connection(tx, keys, github, name="bob").id,
            make_connection(tx, keys, allegro, name="own", apps=(130,)).id,
        ]
        make_connection(tx, keys, allegro, name="foreign", apps=(other,))
        runs = []
        for slug, kind in (("sync", "app_action"), ("other", "user_action")):
            actions.create(tx, slug=slug, fields={"type": kind}, actor="user:ann", **said)
            runs.append(actions.run(tx, request=RunRequest(action=slug, actor="user:ann", **said)).task_id)
        return workspace.id, ids, runs

    workspace_id, ids, (for_app, for_person) = await db.write(build)
    given = await db.read(leasing._given, task_ids=[for_app, for_person])
    run: Any = given[for_app]["run"]
    expected = {
        "github": [{"organization_id": workspace_id, "connection_ids": ids[:2]}],
        "allegro": [{"organization_id": workspace_id, "connection_ids": ids[2:]}],
    }
    assert run.values["APP_CONNECTIONS_BY_INTEGRATION"] == expected
    assert json.loads(run.variables["APP_CONNECTIONS_BY_INTEGRATION"]) == expected
    run = given[for_person]["run"]
    assert run.values["APP_CONNECTIONS_BY_INTEGRATION"] == {}
    assert "APP_CONNECTIONS_BY_INTEGRATION" not in run.variables
