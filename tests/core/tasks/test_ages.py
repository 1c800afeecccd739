"""Lists by age and by several states read ranges of ids; they must still be exactly the tasks that were asked for."""

from __future__ import annotations

import pytest

from botyard.core import tasks
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, make_task, make_workspace

MINUTE = 60 * SECOND


def one_task_a_minute(tx: Tx) -> tuple[int, list[int]]:
    workspace = make_workspace(tx)
    other = make_workspace(tx)
    made = []
    for minute in range(12):
        made.append(make_task(tx, workspace, now=NOW + minute * MINUTE).id)
        make_task(tx, other, now=NOW + minute * MINUTE)
    for task_id in made[::3]:
        tasks.cancel(tx, workspace_id=workspace.id, task_id=task_id, actor="user:ann", now=NOW)
    return workspace.id, made


@pytest.mark.parametrize("minute", [0, 1, 5, 11, 12, 500])
async def test_since_and_until_cut_a_list_in_two(db: Database, minute: int) -> None:
    workspace_id, made = await db.write(one_task_a_minute)
    moment = NOW + minute * MINUTE
    newer = await db.read(tasks.search, workspace_id=workspace_id, since=moment)
    older = await db.read(tasks.search, workspace_id=workspace_id, until=moment)
    assert [task.id for task in newer] == made[minute:][::-1]
    assert [task.id for task in older] == made[:minute][::-1]


async def test_a_moment_before_the_first_task_excludes_none(db: Database) -> None:
    workspace_id, made = await db.write(one_task_a_minute)
    found = await db.read(tasks.search, workspace_id=workspace_id, since=0)
    assert [task.id for task in found] == made[::-1]


async def test_an_empty_workspace_has_no_tasks_of_any_age(db: Database) -> None:
    workspace = await db.write(make_workspace)
    assert await db.read(tasks.search, workspace_id=workspace.id, since=NOW, until=NOW + MINUTE) == []


async def test_several_states_come_in_one_order_and_page_by_page(db: Database) -> None:
    workspace_id, made = await db.write(one_task_a_minute)
    states = ["queued", "cancelled", "running"]
    first = await db.read(tasks.search, workspace_id=workspace_id, states=states, limit=5)
    rest = await db.read(tasks.search, workspace_id=workspace_id, states=states, before_id=first[-1].id)
    assert [task.id for task in [*first, *rest]] == made[::-1]
    after = await db.read(tasks.search, workspace_id=workspace_id, states=states, after_id=made[3], limit=4)
    assert [task.id for task in after] == made[4:8][::-1]


async def test_no_state_at_all_finds_nothing(db: Database) -> None:
    workspace_id, _ = await db.write(one_task_a_minute)
    assert await db.read(tasks.search, workspace_id=workspace_id, states=[]) == []
