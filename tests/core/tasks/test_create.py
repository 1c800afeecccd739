"""Creating tasks, and every way of asking wrongly."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import BotyardError, Invalid, NotFound
from botyard.core import tasks
from botyard.core.tasks import NewTask, State, Task
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, deploy, make_workspace


async def create(db: Database, **fields: Any) -> Task | Exception:
    """Create one task on an automation that has a package."""

    def scenario(tx: Tx) -> Task | Exception:
        workspace = make_workspace(tx)
        deploy(tx, workspace, automation="invoices")
        values: dict[str, Any] = {"automation": "invoices", "actor": "user:ann", "now": NOW} | fields
        return tasks.create_many(tx, [NewTask(workspace_id=workspace.id, **values)])[0]

    return await db.write(scenario)


class TestCreate:
    async def test_a_task_starts_in_the_queue_with_what_was_asked_for(self, db: Database) -> None:
        parameters = {"n": 1, "deep": {"list": [1.5, None, "é"], "nul": "\0"}}
        task = await create(db, parameters=parameters, priority=7, test=True)

        assert isinstance(task, Task)
        assert (State.QUEUED, parameters, 7, True, True) == (
            task.state,
            task.parameters,
            task.priority,
            task.test,
            task.ready,
        )
        assert (task.total_items, task.processed_items, task.failed_items) == (None, None, None)

    async def test_a_date_in_the_past_means_now(self, db: Database) -> None:
        task = await create(db, not_before=NOW - SECOND)

        assert isinstance(task, Task)
        assert task.ready

    @pytest.mark.parametrize(
        "fields",
        [
            {"priority": -1},
            {"priority": 11},
            {"priority": True},
            {"priority": 1.5},
            {"parameters": [1]},
            {"parameters": {"x": float("nan")}},
            {"parameters": {"x": "\ud800"}},
            {"parameters": {"x": "y" * 1_100_000}},
        ],
        ids=lambda fields: repr(fields)[:60],
    )
    async def test_what_cannot_be_is_refused(self, db: Database, fields: dict[str, Any]) -> None:
        assert isinstance(await create(db, **fields), Invalid)

    async def test_an_unknown_automation_is_named_with_the_closest_one(self, db: Database) -> None:
        answer = await create(db, automation="invoice")

        assert isinstance(answer, NotFound)
        assert '"invoices"' in answer.hint

    async def test_one_bad_task_does_not_touch_its_neighbours(self, db: Database) -> None:
        def scenario(tx: Tx) -> list[Task | Exception]:
            workspace = make_workspace(tx)
            deploy(tx, workspace, automation="a")
            new = [
                NewTask(workspace_id=workspace.id, automation=label, actor="u", now=NOW, parameters={"label": label})
                for label in ("a", "b", "a", "\0")
            ]
            return tasks.create_many(tx, new)

        answers = await db.write(scenario)

        assert [isinstance(answer, BotyardError) for answer in answers] == [False, True, False, True]
        assert [answer.parameters for answer in answers if isinstance(answer, Task)] == [{"label": "a"}, {"label": "a"}]
