from __future__ import annotations

import httpx2
import pytest

from botyard.core import access, tasks
from botyard.core.access import Role
from botyard.storage import Database, Tx
from tests.protocols.botcity.conftest import World, make_key
from tests.protocols.botcity.conversation import names, replay
from tests.support.work import lease_next, make_runner, make_task


@pytest.mark.parametrize("case", names())
async def test_every_recorded_answer_is_given(case: str, api: httpx2.AsyncClient, db: Database, world: World) -> None:
    def prepare(tx: Tx) -> tuple[dict[str, object], dict[str, str]]:
        now = db.now()
        foreign_task = make_task(tx, world.foreign, automation="TestCI", now=now)
        own_task = make_task(tx, world.workspace, automation="TestCI", now=now)
        runner = make_runner(tx, world.workspace, now=now)
        lease = lease_next(tx, world.workspace, runner, now=now)
        assert lease.task_id == own_task.id
        tasks.start(tx, runner_id=runner, attempt_id=lease.attempt_id, now=now)
        viewer_key = make_key(tx, world.workspace, role=Role.VIEWER, now=now)
        logins = {
            name: access.login_with_key(tx, dialects=("botcity",), login=login, key=key, now=now).text
            for name, login, key in (
                ("login", "acme", world.key),
                ("foreign", "rival", world.foreign_key),
                ("viewer", "acme", viewer_key),
            )
        }
        values: dict[str, object] = {
            "key": world.key,
            "own_task": own_task.id,
            "foreign_task": foreign_task.id,
            "login_token": logins["login"],
            "attempt_token": lease.credential.text,
        }
        return values, {**logins, "attempt": lease.credential.text}

    values, tokens = await db.write(prepare)
    await replay(case, api, values, tokens)
